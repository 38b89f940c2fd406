-- Sentence: the published share of the reference score that the best open model reached, how many pinned scores it has
-- reached, and how many of the present frontier. One row.
with reported as (
    select
        arg_min_null(share_pct, period_start) as first, min(period_start) as first_on,
        arg_max_null(share_pct, period_start) as last, max(period_start) as last_on, any_value(reference_model) as model
    from charts.gap_closure
    where basis = 'published' and benchmark = 'Average'
),
measured as (
    select
        count(*) filter (reference_known_on is not null) as pinned,
        count(*) filter (is_closed) as reached,
        count(*) filter (reference_known_on is null) as benchmarks,
        count(*) filter (reference_known_on is null and share_pct >= 100) as level
    from (
        from charts.gap_closure
        where basis = 'measured' and share_pct is not null
        qualify row_number() over (partition by benchmark, reference_model order by period_start desc) = 1
    )
)
select
    coalesce(
        nullif(
            concat_ws(
                ' ',
                if(
                    pinned > 0,
                    'The best open model has reached ' || reached || ' of ' || pinned
                    || ' pinned scores; these comparisons are finished.',
                    null
                ),
                if(
                    benchmarks > 0,
                    'It is level with the best closed model of today on ' || level || ' of ' || benchmarks
                    || ' benchmarks.',
                    null
                )
            ), ''
        ),
        'On average the best open model had ' || printf('%.1f', last) || '% of the score of ' || model || ' in '
        || in_month(last_on) || ', after ' || printf('%.1f', first) || '% in ' || in_month(first_on)
        || ', as reported.'
    )
from (select 1) left join reported on true left join measured on true
