-- One row for each platform, model or package, and period: runs, downloads, pulls, stars or contributors.
select
    period_start, date_precision,
    case metric
        when 'replicate_runs' then 'Replicate'
        when 'pypi_downloads_30d' then 'PyPI'
        when 'docker_hub_pulls' then 'Docker Hub'
        else 'GitHub'
    end as platform,
    entity as model,
    definition.title as counted, definition.kind,
    value::bigint as runs, qualifier,
    -- A window shares most of its days with the one a week before: their ratio is not the growth of a week.
    if(definition.kind = 'window_30d', null, growth_pct) as growth_pct,
    if(definition.kind = 'cumulative', change, null)::bigint as runs_since_week_before,
    flag as growth_flag,
    metric, basis, source
from growth.reading
join core.metric as definition using (metric)
where metric in ('replicate_runs', 'pypi_downloads_30d', 'docker_hub_pulls', 'github_stars', 'github_contributors')
