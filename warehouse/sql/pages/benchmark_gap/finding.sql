-- Sentence: by how much the best open or closed model leads; before the first measurement, as published. One row.
with reported as (
    select
        benchmark, arg_min_null(gap_points, period_start) as first, min(period_start) as first_on,
        arg_max_null(gap_points, period_start) as last, max(period_start) as last_on, min(gap_points) as least
    from charts.benchmark_gap
    where basis = 'published'
    group by benchmark
    order by benchmark
    limit 1
),
measured as (
    select benchmark, gap_points from charts.benchmark_gap
    where basis = 'measured' and gap_points is not null
    qualify row_number() over (order by period_start desc, benchmark) = 1
)
select
    coalesce(
        'On ' || measured.benchmark
        || if(
            round(gap_points, 1) = 0, ' the best open and the best closed model are level.',
            if(gap_points < 0, ' the best open model leads by ', ' the best closed model leads by ')
            || printf('%.1f', abs(gap_points)) || ' points.'
        ),
        'On ' || reported.benchmark || ' the best closed model led by ' || printf('%.1f', first) || ' points in '
        || in_month(first_on) || ' and by ' || printf('%.1f', last) || ' in ' || in_month(last_on)
        || if(least < last, ', with a minimum of ' || printf('%.1f', least) || ' in between', '') || '.'
    )
from (select 1) left join reported on true left join measured on true
