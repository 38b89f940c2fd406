-- One row for each chart and change of definition within the time that it shows for a source: of a metric, or of what
-- one family counts.
with drawn (chart, metric) as (
    values
        ('hub_downloads', 'hub_downloads_month'), ('hub_downloads', 'hub_downloads_30d'),
        ('hub_downloads', 'hub_downloads_all_time'), ('hub_downloads', 'hub_downloads_calendar_month'),
        ('hub_downloads', 'hub_snapshot_downloads_30d'), ('hub_downloads', 'hub_snapshot_downloads_all_time'),
        ('hub_models', 'hub_snapshot_models'), ('hub_models', 'hub_snapshot_models_created_30d'),
        ('hub_models', 'hub_models'), ('hub_models', 'hub_models_added_per_month'),
        ('hub_models', 'hub_models_created_30d'),
        ('maker_adoption', 'hub_downloads_30d'),
        ('births_and_deaths', 'hub_models'),
        ('benchmark_gap', 'benchmark_score'), ('benchmark_gap', 'benchmark_gap_points'),
        ('model_derivatives', 'model_derivatives'), ('model_derivatives', 'hub_downloads_30d'),
        ('lineage_depth', 'hub_downloads_30d'),
        ('facets', 'hub_downloads_30d'), ('concentration', 'hub_downloads_30d'),
        ('community', 'community_members'), ('community', 'subreddit_subscribers'),
        ('community', 'subreddit_subscribers_month'), ('community', 'discord_members'),
        ('community', 'discord_presence'), ('community', 'hub_organisation_followers'),
        ('community', 'hub_organisation_members'), ('community', 'hub_authors'),
        ('training_cost_steps', 'training_cost_usd'), ('training_cost', 'training_cost_usd'),
        ('inference_speed', 'inference_tokens_per_second'), ('inference_speed', 'model_parameters_b'),
        ('price_at_rating', 'token_price_input'), ('price_at_rating', 'token_price_output'),
        ('token_price', 'token_price_input'), ('token_price', 'token_price_output'),
        ('funding', 'funding_round_usd'),
        ('adoption', 'survey_share_pct'),
        ('laptop_models', 'laptop_models'), ('laptop_models', 'laptop_models_fitting'),
        ('gap_closure', 'share_of_reference_score'),
        ('arena_gap', 'benchmark_score'), ('capability_gap', 'benchmark_score'),
        ('best_by_memory', 'benchmark_score'),
        ('platform_runs', 'replicate_runs'), ('platform_runs', 'pypi_downloads_30d'),
        ('platform_runs', 'docker_hub_pulls'), ('platform_runs', 'github_stars'),
        ('platform_runs', 'github_contributors'),
        ('licences', 'hub_models_by_licence'), ('licences', 'hub_downloads_30d_by_licence')
),
row_of_chart as (
    select 'hub_downloads' as chart, source, period_start as day, date_precision from charts.hub_downloads
    union all by name
    select 'hub_models' as chart, source, period_start as day, date_precision from charts.hub_models
    union all by name
    select 'maker_adoption' as chart, source, period_start as day, date_precision from charts.maker_adoption
    union all by name
    select 'births_and_deaths' as chart, source, period_start as day, date_precision from charts.births_and_deaths
    union all by name
    select 'benchmark_gap' as chart, source, period_start as day, date_precision from charts.benchmark_gap
    union all by name
    select 'model_derivatives' as chart, source, period_start as day, date_precision from charts.model_derivatives
    union all by name
    select 'lineage_depth' as chart, source, week as day, 'week' as date_precision from charts.lineage_depth
    union all by name
    select 'facets' as chart, source, period_start as day, date_precision from charts.facets
    union all by name
    select 'concentration' as chart, source, period_start as day, date_precision from charts.concentration
    union all by name
    select 'community' as chart, source, period_start as day, date_precision from charts.community
    union all by name
    select 'training_cost_steps' as chart, source, published_on as day, date_precision from charts.training_cost_steps
    union all by name
    select 'training_cost' as chart, source, period_start as day, date_precision from charts.training_cost
    union all by name
    select 'inference_speed' as chart, source, period_start as day, date_precision from charts.inference_speed
    union all by name
    select 'price_at_rating' as chart, source, period_start as day, date_precision from charts.price_at_rating
    union all by name
    select 'token_price' as chart, source, period_start as day, date_precision from charts.token_price
    union all by name
    select 'funding' as chart, source, announced_on as day, date_precision from charts.funding
    union all by name
    select 'adoption' as chart, source, period_start as day, date_precision from charts.adoption
    union all by name
    select 'laptop_models' as chart, source, period_start as day, date_precision from charts.laptop_models
    union all by name
    select 'gap_closure' as chart, source, period_start as day, date_precision from charts.gap_closure
    union all by name
    select 'arena_gap' as chart, source, period_start as day, date_precision from charts.arena_gap
    union all by name
    select 'capability_gap' as chart, source, period_start as day, date_precision from charts.capability_gap
    union all by name
    select 'best_by_memory' as chart, source, period_start as day, date_precision from charts.best_by_memory
    union all by name
    select 'platform_runs' as chart, source, period_start as day, date_precision from charts.platform_runs
    union all by name
    select 'licences' as chart, source, period_start as day, date_precision from charts.licences
),
length (date_precision, lasts) as (
    values
        ('day', interval 1 day), ('week', interval 7 days), ('month', interval 1 month),
        ('quarter', interval 3 months), ('year', interval 1 year)
),
span as (
    select chart, source, min(day) as first_day, max(day + lasts - interval 1 day)::date as last_day
    from row_of_chart
    join length using (date_precision)
    group by chart, source
),
-- The first count of a family with another list of roots, or with one of them that was not found before.
other_roots as (
    select week, family
    from core.family_reading
    where roots_seen > 0
    qualify definition <> lag(definition) over (partition by family order by week)
)
select
    chart, effective_on as period_start, change.date_precision, change.source, change.metric, null::varchar as entity,
    change.what_changed, change.url
from meta.definition_change as change
join drawn using (metric)
join span using (chart, source)
join length using (date_precision)
left join core.metric as definition using (metric)
-- The same rule as for the flag of a rate: a window of 30 days reaches back before its own day.
where effective_on <= last_day
    and (effective_on + lasts - interval 1 day)::date > first_day - if(definition.kind = 'window_30d', 30, 0)
union all by name
select
    chart, week as period_start, 'week' as date_precision, source, 'model_derivatives' as metric, family as entity,
    'Another list of root repositories, or one found for the first time: not compared with the weeks before.'
        as what_changed,
    'no public page' as url
from other_roots
join core.hub_week using (week)
cross join (values ('model_derivatives'), ('lineage_depth')) as counts_families (chart)
