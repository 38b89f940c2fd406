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
undated as (select count(*) filter (released_on is null) as undated, count(*) as models from newest)
select
    'On the newest board ' || string_agg(
        model || ' leads the ' || openness || ' models with ' || printf('%.0f', rating), ', ' order by openness
    )
    || '; ' || any_value(undated) || ' of ' || any_value(models)
    || ' models have no known release date and are not drawn.'
from leader cross join undated
having count(*) > 0
