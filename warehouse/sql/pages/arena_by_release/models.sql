-- Ratings of the newest day of each board by release date. One row for each board and model with a known release date.
select
    board,
    released_on as day, rating as value, rating_low as low, rating_high as high,
    if(openness = 'proprietary', 'closed', openness) as series,
    source,
    if(
        row_number() over (partition by board, openness order by rating desc) = 1 and openness <> 'unknown', model, null
    ) as label,
    model || coalesce(' of ' || organisation, '') || ', released ' || on_day(released_on) || ': '
    || printf('%.0f', rating)
    || coalesce(' (between ' || printf('%.0f', rating_low) || ' and ' || printf('%.0f', rating_high) || ')', '')
    || ', ' || series || coalesce(', ' || licence, '') as sentence
from charts.arena_by_release
where released_on is not null
order by board, series, day
