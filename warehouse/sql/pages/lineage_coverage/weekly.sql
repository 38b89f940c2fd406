-- Shares of models with a known parent. One row for each week and share.
select
    week as day, series, value, source, digits(value) || '% ' || series as label,
    week_number(week) - row_number() over (partition by series, source order by week) as stretch,
    'Week of ' || on_day(week) || ': ' || digits(value) || '% ' || series as sentence
from (
    select week, source, 'of all models' as series, coverage_pct as value from charts.lineage_coverage
    union all
    select week, source, 'of those naming a base', resolved_pct from charts.lineage_coverage
)
where value is not null
order by series, day
