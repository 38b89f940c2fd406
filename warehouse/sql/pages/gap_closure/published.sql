-- Published shares of the reference score. One row for each benchmark and date.
select
    benchmark as series, period_start as day, share_pct as value, source,
    printf('%.1f', share_pct) || '% ' || benchmark as label,
    benchmark || ', ' || in_month(period_start) || ': ' || printf('%.1f', share_pct) || '% of ' || reference_model
    || coalesce(' (' || signed(change_points) || ' points)', '') as sentence
from charts.gap_closure
where basis = 'published' and share_pct is not null
order by series, day
