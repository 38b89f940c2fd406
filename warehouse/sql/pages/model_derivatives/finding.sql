-- Sentence: the published number of derivatives, and the family with most now. One row.
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
)
select
    concat_ws(
        ' ',
        reported.family || ' had ' || first || ' derivatives in ' || in_month(first_on) || ' and ' || last || ' in '
        || in_month(last_on) || ', as reported.',
        'The family with the most derivatives is now ' || measured.family || ', with at least ' || whole(derivatives)
        || '; a parent is known for ' || digits(coverage_pct) || '% of all models.'
    )
from (select 1) left join reported on true left join measured on true
