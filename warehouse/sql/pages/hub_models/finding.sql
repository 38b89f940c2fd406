-- Sentence: the newest count of models; before the first, the growth of the published number. At most one row.
with reported as (
    select
        arg_max_null(models, period_start) as last, arg_min_null(models, period_start) as first,
        max(period_start) as last_on, min(period_start) as first_on
    from charts.hub_models
    where basis = 'published'
),
measured as (
    select models, added_per_month, period_start from charts.hub_models
    where basis = 'measured'
    qualify row_number() over (order by period_start desc) = 1
)
select
    coalesce(
        'The Hub has ' || whole(models) || ' public models'
        || coalesce('; ' || whole(added_per_month) || ' of them were created in the last 30 days', '') || '.',
        'The reported number of models ' || if(last < first, 'fell', 'rose') || ' from about ' || short(first) || ' in '
        || in_month(first_on) || ' to about ' || short(last) || ' in ' || in_month(last_on) || '.'
    )
from reported left join measured on true
where first is not null or models is not null
