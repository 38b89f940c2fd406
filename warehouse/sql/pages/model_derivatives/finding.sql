-- Sentence: the family with most derivatives; before the first count, the published number. One row.
with reported as (
    select
        family, arg_max_null(qualified(whole(derivatives), qualifier), period_start) as last,
        max(period_start) as last_on,
        arg_min_null(whole(derivatives), period_start) as first, min(period_start) as first_on
    from charts.model_derivatives
    where basis = 'published'
    group by family
),
measured as (
    select family, derivatives, coverage_pct from charts.model_derivatives
    where basis = 'measured'
    qualify row_number() over (order by period_start desc, derivatives desc) = 1
),
unnamed as (
    select
        count(*) as roots, sum(models_unnamed)::bigint as models, sum(downloads_30d_unnamed)::bigint as downloads_30d
    from core.unlisted_root
)
select
    concat_ws(
        ' ',
        coalesce(
            measured.family || ' has the most derivatives: at least ' || whole(derivatives)
            || '. A parent is known for ' || digits(coverage_pct) || '% of all models.',
            reported.family || ' had ' || last || ' derivatives in ' || in_month(last_on) || ', after ' || first
            || ' in ' || in_month(first_on) || ', as reported.'
        ),
        'Not yet named: ' || whole(nullif(unnamed.roots, 0)) || if(unnamed.roots = 1, ' large root', ' large roots')
        || ' in no family, with their derivatives ' || whole(unnamed.models) || ' models'
        || coalesce(' and ' || whole(unnamed.downloads_30d) || ' downloads in 30 days', '') || '.'
    )
from unnamed left join reported on true left join measured on true
