-- Sentence: models that run on 16 GB, as estimated here; before that, as published. One row.
with reported as (
    select
        arg_min_null(coalesce(models_low || '–' || models_high, models_low || '+'), period_start) as first,
        min(period_start) as first_on,
        arg_max_null(coalesce(models_low || '–' || models_high, models_low || '+'), period_start) as last,
        max(period_start) as last_on
    from charts.laptop_models
    where basis = 'published' and ram_gb = 16
),
estimated as (
    select models_low, models_known, coverage_pct from charts.laptop_models
    where basis = 'estimated' and ram_gb = 16 and bits = 4
    qualify row_number() over (order by period_start desc) = 1
)
select
    coalesce(
        'At least ' || whole(models_low) || ' of the ' || whole(models_known)
        || ' text models of known size fit into 16 GB at 4 bits.',
        'The reported number of models that run on 16 GB was ' || last || ' in ' || in_month(last_on) || ', after '
        || first || ' in ' || in_month(first_on) || '.'
    )
from (select 1) left join reported on true left join estimated on true
