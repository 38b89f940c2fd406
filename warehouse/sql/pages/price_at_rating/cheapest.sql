-- Price of the cheapest model at each rating, open and closed, on the first board. One row for each week.
select
    'at least ' || rating_at_least as rating_of,
    if(openness = 'proprietary', 'closed', openness) as series,
    period_start as day,
    blended_usd_per_million as value,
    source, money(blended_usd_per_million) || ' ' || series as label,
    week_number(period_start) - row_number() over (
        partition by rating_at_least, openness, source order by period_start
    ) as stretch,
    'Week of ' || on_day(period_start) || ', ' || series || ', rated at least ' || rating_at_least || ': '
    || money(blended_usd_per_million) || ' for a million tokens (' || model || ', rated '
    || printf('%.0f', rating) || '), the cheapest of ' || models as sentence
from charts.price_at_rating
where board = 'Arena text'
order by rating_at_least desc, series, day
