-- One row for each period and source: the number of models, and models added in a month.
with added as (
    select entity, source, basis, period_start, value, qualifier
    from growth.reading
    where metric in ('hub_models_added_per_month', 'hub_models_created_30d', 'hub_snapshot_models_created_30d')
)
select
    models.period_start, models.date_precision,
    models.value::bigint as models, models.qualifier, models.growth_pct,
    added.value::bigint as added_per_month, added.qualifier as added_qualifier,
    models.basis, models.source
from growth.reading as models
left join added using (entity, source, basis, period_start)
where models.metric in ('hub_models', 'hub_snapshot_models') and models.entity = 'all models'
