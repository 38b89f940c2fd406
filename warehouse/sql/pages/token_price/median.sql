-- Median price of a token, open and closed. One row for each kind of token, openness and week.
select
    if(token = 'blended', 'three input, one output', token || ' only') as token,
    if(openness = 'proprietary', 'closed', openness) as series,
    period_start as day, median_usd_per_million as value, source,
    money(median_usd_per_million) || ' ' || series as label,
    week_number(period_start) - row_number() over (
        partition by token, openness, source order by period_start
    ) as stretch,
    'Week of ' || on_day(period_start) || ', ' || series || ': ' || money(median_usd_per_million)
    || ' for a million tokens (' || token || '), the median of ' || whole(models) || ' models; half of them cost '
    || money(low_usd_per_million) || ' to ' || money(high_usd_per_million) as sentence
from charts.token_price
where median_usd_per_million is not null
order by charts.token_price.token <> 'blended', charts.token_price.token, series, day
