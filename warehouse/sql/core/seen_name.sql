-- One row for each system, kind and name of a model or company in the sources: how many rows use it.
with named as (
    select source, 'model' as kind, coalesce(model_group, model) as name, recorded_at
    from core.benchmark_score
    union all
    select source, 'company' as kind, organisation as name, recorded_at
    from core.benchmark_score
    where organisation is not null
    union all
    select source, 'company' as kind, entity as name, recorded_at
    from core.observation_latest
    where metric = 'funding_round_usd' and attributes['withdrawn'] is null
)
select
    regexp_replace(source, '^sandbox_', '') as system, kind, name,
    count(*) as rows, min(recorded_at) as first_seen
from named
group by all
