-- Best open score as a share of each reference score. One row for each benchmark, reference model and day.
select
    benchmark, reference_model as series, period_start as day, share_pct as value, source,
    reference_model as label,
    benchmark || ', ' || on_day(period_start) || ': ' || coalesce(best_open_model, 'the best open model') || ' has '
    || printf('%.1f', share_pct) || '% of the score of ' || reference_version
    || coalesce(' (' || printf('%.1f', corrected_share_pct) || '% above chance)', '') as sentence
from charts.gap_closure
where basis = 'measured' and share_pct is not null
order by benchmark, series, day
