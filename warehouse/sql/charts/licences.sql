-- One row for each period and licence class: models and downloads. Tags are those of each week, classified as of now.
with figure as (
    select * from core.observation_latest where attributes['withdrawn'] is null
),
tag as (
    select
        models.period_start, models.date_precision, models.basis, models.source,
        models.value as models, downloads.value as downloads_30d,
        if(models.entity = 'none stated', 'none stated', coalesce(class.licence_class, 'not classified'))
            as licence_class,
        coalesce(class.permits_commercial_use, false) as permits_commercial_use,
        models.entity <> 'none stated' and class.licence is null as is_unlisted
    from figure as models
    left join figure as downloads
        on downloads.metric = 'hub_downloads_30d_by_licence'
        and downloads.entity = models.entity
        and downloads.period_start = models.period_start
        and downloads.basis = models.basis
        and downloads.source = models.source
    left join core.licence_class as class on class.licence = models.entity
    where models.metric = 'hub_models_by_licence'
)
select
    period_start, any_value(date_precision) as date_precision, licence_class,
    sum(models)::bigint as models, sum(downloads_30d)::bigint as downloads_30d,
    100 * sum(models) / nullif(sum(sum(models)) over (partition by period_start, basis, source), 0)
        as share_of_models_pct,
    100 * sum(downloads_30d) / nullif(sum(sum(downloads_30d)) over (partition by period_start, basis, source), 0)
        as share_of_downloads_pct,
    coalesce(sum(models) filter (permits_commercial_use), 0)::bigint as models_for_commercial_use,
    count(*) filter (is_unlisted and models > 0) as unlisted_labels,
    coalesce(sum(models) filter (is_unlisted), 0)::bigint as models_with_unlisted_label,
    basis, source
from tag
group by period_start, licence_class, basis, source
