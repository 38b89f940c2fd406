-- Shares of the top 1% of models and authors, and of models without downloads. One row for each week and share.
select
    week as day, series, value, source, digits(value) || '% ' || series as label,
    week_number(week) - row_number() over (partition by series, source order by week) as stretch,
    'Week of ' || on_day(week) || ': ' || digits(value) || '% ' || series as sentence
from (
    select
        period_start as week, source, share_of_top_1_pct as value,
        if(entity = 'model', 'of downloads: top 1% of models', 'of downloads: top 1% of authors') as series
    from charts.concentration
    union all
    select period_start, source, share_without_downloads_pct, 'of models have none'
    from charts.concentration
    where entity = 'model'
)
where value is not null
order by series, day
