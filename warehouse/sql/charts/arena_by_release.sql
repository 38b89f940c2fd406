-- One row for each board and model of its newest day: its rating, at the day of its release. The release day is the
-- curated one, or the one that Epoch states.
with newest as (
    select *, benchmark as board, regexp_replace(source, '^sandbox_', '') as system
    from core.benchmark_score
    where unit = 'rating points'
    qualify published_on = max(published_on) over (partition by source, benchmark)
),
stated as (
    select name.entity, min(score.released_on) as released_on
    from core.benchmark_score as score
    join core.entity_name as name
        on name.kind = 'model'
        and name.system = regexp_replace(score.source, '^sandbox_', '')
        and name.name = coalesce(score.model_group, score.model)
    where score.source in ('epoch_benchmarks', 'sandbox_epoch_benchmarks') and score.released_on is not null
    group by all
),
-- An identical name needs no entity.
same_name as (
    select coalesce(model_group, model) as name, min(released_on) as released_on
    from core.benchmark_score
    where source in ('epoch_benchmarks', 'sandbox_epoch_benchmarks') and released_on is not null
    group by all
)
select
    newest.published_on as period_start, 'day' as date_precision, newest.board, newest.model, name.entity,
    newest.organisation, newest.licence, newest.openness, newest.score as rating, newest.low as rating_low,
    newest.high as rating_high, newest.votes,
    coalesce(entity.released_on, stated.released_on, same_name.released_on) as released_on,
    case
        when entity.released_on is not null then 'curated'
        when stated.released_on is not null or same_name.released_on is not null then 'epoch_benchmarks'
    end as released_on_source,
    'measured' as basis, newest.source
from newest
left join core.entity_name as name
    on name.kind = 'model' and name.system = newest.system and name.name = newest.model
left join core.entity as entity on entity.entity = name.entity
left join stated on stated.entity = name.entity
left join same_name on same_name.name = newest.model
