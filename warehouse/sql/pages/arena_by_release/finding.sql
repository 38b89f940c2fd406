-- Sentence: the leading model of each kind on the first board (without style control). At most one row.
with newest as (
    from charts.arena_by_release
    where board = (select min(board) from charts.arena_by_release)
),
leader as (
    select openness, arg_max(model, rating) as model, max(rating) as rating
    from newest
    where openness in ('open', 'proprietary')
    group by openness
),
ranked as (select *, row_number() over (order by rating desc, openness) = 1 as is_first from leader)

select
    string_agg(
        if(is_first, 'The best ', 'the best ') || if(openness = 'open', 'open', 'closed') || ' model has '
        || printf('%.0f', rating) || if(is_first, ' points on the Arena', '') || ' (' || model || ')',
        ', ' order by is_first desc
    ) || '.'
from ranked
having count(*) > 0
