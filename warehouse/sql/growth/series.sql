-- One row for each series and period: the latest observation, and the series computed from figures of one source.
with observed as (
    select
        metric, entity, source, basis, basis as input_basis, false as computed, unit,
        period_start, date_precision, observed_at, value, low, high, qualifier, attributes
    from core.observation_latest
    where attributes['withdrawn'] is null
),
score as (
    select
        attributes['benchmark'] as benchmark, attributes['openness'] as openness, attributes['model'] as model,
        source, basis, period_start, date_precision, value, qualifier = 'exact' as is_exact
    from observed
    where metric = 'benchmark_score' and value is not null
),
-- The model with which open models are compared, with its first score.
reference as (
    select benchmark, source, basis, model, arg_min(value, period_start) as value, bool_and(is_exact) as is_exact
    from score
    where model = 'GPT-3.5'
    group by all
),
gap as (
    select
        'benchmark_gap_points' as metric, open.benchmark as entity, source, basis, 'points' as unit,
        period_start, open.date_precision, round(closed.value - open.value, 9) as value,
        open.is_exact and closed.is_exact as is_exact,
        map {'benchmark': open.benchmark, 'model': open.model, 'closed_model': closed.model} as attributes
    from (select * from score where openness = 'open') as open
    join (select * from score where openness = 'closed') as closed using (benchmark, source, basis, period_start)
),
compared as (
    select
        benchmark, source, basis, score.period_start, score.date_precision, score.value,
        reference.value as reference_value, score.is_exact and reference.is_exact as is_exact,
        benchmark || ' / ' || reference.model as entity,
        map {'benchmark': benchmark, 'model': score.model, 'reference_model': reference.model} as attributes
    from score
    join reference using (benchmark, source, basis)
    where score.openness = 'open'
),
reference_gap as (
    select
        'reference_gap_points' as metric, entity, source, basis, 'points' as unit, period_start, date_precision,
        round(reference_value - value, 9) as value, is_exact, attributes
    from compared
),
share as (
    select
        'share_of_reference_score' as metric, entity, source, basis, 'percent' as unit, period_start, date_precision,
        100 * value / nullif(reference_value, 0) as value, is_exact, attributes
    from compared
),
-- A model that guesses has 0, and the reference model 100.
corrected_share as (
    select
        'corrected_share_of_reference_score' as metric, entity, source, basis, 'percent' as unit, period_start,
        date_precision, 100 * (value - chance_pct) / (reference_value - chance_pct) as value, is_exact, attributes
    from compared
    join core.benchmark_scale as scale using (benchmark, source)
    where reference_value > chance_pct
),
-- Only over the whole set of benchmarks: an average over a changing set would move without any score moving.
average as (
    select
        'share_of_reference_score' as metric,
        'Average / ' || attributes['reference_model'] as entity,
        source, basis, 'percent' as unit, period_start, any_value(date_precision) as date_precision,
        round(avg(value), 9) as value, bool_and(qualifier = 'exact') as is_exact,
        map {
            'benchmark': 'Average', 'reference_model': attributes['reference_model'],
            'benchmarks': string_agg(attributes['benchmark'], ', ' order by attributes['benchmark'])
        } as attributes
    from observed
    where metric = 'share_of_reference_score' and value is not null and attributes['benchmark'] <> 'Average'
    group by attributes['reference_model'], source, basis, period_start
    qualify count(*) = max(count(*)) over (partition by attributes['reference_model'], source, basis)
),
by_figures as (
    select
        metric, entity, source, 'estimated' as basis, basis as input_basis, unit,
        period_start, date_precision, value, if(is_exact, 'exact', 'approximate') as qualifier, attributes
    from (
        from gap union all by name from reference_gap union all by name from share
        union all by name from corrected_share union all by name from average
    )
),
-- What each week of the Hub was counted from, and when.
walk as (
    select week, source, observed_at, downloads_30d_robust as robust from core.hub_week
),
robust as (
    select
        'hub_downloads_30d_robust' as metric, 'all models' as entity, source, 'estimated' as basis,
        'measured' as input_basis, 'downloads' as unit, week as period_start, 'week' as date_precision, observed_at,
        robust::double as value, 'exact' as qualifier
    from walk
    where robust is not null
),
-- Months only: quarters and years are sums of them, which growth.rate makes.
calendar_month as (
    select
        unnest([
            {
                'metric': 'hub_downloads_calendar_month' || if(method = 'windows_30d', '_by_windows', ''),
                'value': downloads, 'low': low, 'high': high
            },
            {
                'metric': 'hub_downloads_calendar_month' || if(method = 'windows_30d', '_by_windows', '') || '_robust',
                'value': downloads_robust, 'low': null, 'high': null
            }
        ], recursive := true),
        period_start, days_observed, source
    from growth.calendar_downloads
    where grain = 'month'
),
calendar as (
    select
        metric, 'all models' as entity, source, 'estimated' as basis, 'measured' as input_basis, 'downloads' as unit,
        period_start, 'month' as date_precision, value::double as value, low::double as low, high::double as high,
        'approximate' as qualifier, days_observed
    from calendar_month
    where value is not null
),
derivatives as (
    select
        'model_derivatives' as metric, family as entity, source, 'measured' as basis, 'measured' as input_basis,
        'models' as unit, week as period_start, 'week' as date_precision, any_value(observed_at) as observed_at,
        coalesce(sum(models), 0)::double as value, 'at_least' as qualifier, definition
    from core.family_reading
    left join core.family_week using (week, family)
    join walk using (week)
    where roots_seen > 0
    group by family, source, week, definition
),
family as (
    select
        unnest([
            {'metric': 'family_downloads_30d', 'basis': 'measured', 'value': downloads_30d::double},
            {'metric': 'family_downloads_30d_robust', 'basis': 'estimated', 'value': downloads_30d_robust::double}
        ], recursive := true),
        family as entity, source, 'measured' as input_basis, 'downloads' as unit, week as period_start,
        'week' as date_precision, observed_at, 'exact' as qualifier, definition
    from growth.family
    join core.family_reading using (week, family)
    join walk using (week)
),
maker_total as (
    select
        week, maker, source, observed_at, definition, coalesce(sum(models), 0)::double as models,
        sum(downloads_30d)::double as downloads_30d, sum(downloads_30d_robust)::double as downloads_30d_robust
    from core.maker_reading
    join core.maker_week using (week, maker)
    join walk using (week)
    group by week, maker, source, observed_at, definition
),
maker as (
    select
        unnest([
            {'metric': 'maker_downloads_30d', 'basis': 'measured', 'unit': 'downloads', 'value': downloads_30d},
            {
                'metric': 'maker_downloads_30d_robust', 'basis': 'estimated', 'unit': 'downloads',
                'value': downloads_30d_robust
            },
            {'metric': 'maker_models', 'basis': 'measured', 'unit': 'models', 'value': models}
        ], recursive := true),
        maker as entity, source, 'measured' as input_basis, week as period_start, 'week' as date_precision,
        observed_at, 'exact' as qualifier, definition
    from maker_total
),
licence_class as (
    select
        unnest([
            {'metric': 'licence_class_models', 'unit': 'models', 'value': models},
            {'metric': 'licence_class_downloads_30d', 'unit': 'downloads', 'value': downloads_30d},
            {'metric': 'licence_class_share_of_models', 'unit': 'percent', 'value': share_of_models_pct},
            {'metric': 'licence_class_share_of_downloads', 'unit': 'percent', 'value': share_of_downloads_pct}
        ], recursive := true),
        licence_class as entity, licences.source, basis, basis as input_basis, period_start, date_precision,
        observed_at, 'exact' as qualifier
    from charts.licences as licences
    left join walk on walk.week = licences.period_start and walk.source = licences.source
),
arena as (
    select
        unnest([
            {
                'metric': 'arena_gap_points', 'unit': 'rating points',
                'value': gap_points, 'low': gap_low, 'high': gap_high, 'qualifier': 'exact'
            },
            {
                -- Before the first proprietary model of the board nothing is known: the lag is at least this.
                'metric': 'arena_lag_months', 'unit': 'months', 'value': lag_months, 'low': null, 'high': null,
                'qualifier': if(lag_censoring = 'left', 'at_least', 'exact')
            }
        ], recursive := true),
        board as entity, source, basis, basis as input_basis, period_start, date_precision,
        map {'model': best_open_model, 'closed_model': best_proprietary_model} as attributes
    from charts.arena_gap
    where gap_points is not null
),
measured_gap as (
    select
        'benchmark_gap_points' as metric, benchmark as entity, source, basis, basis as input_basis, 'points' as unit,
        period_start, date_precision, gap_points as value, 'exact' as qualifier,
        map {'benchmark': benchmark, 'model': best_open_model, 'closed_model': best_closed_model} as attributes
    from charts.benchmark_gap
    where basis = 'measured' and gap_points is not null
),
-- Finished months only: the newest one has not all of its releases yet. These intervals are of 90%.
capability as (
    select
        unnest([
            {
                'metric': 'capability_gap_points', 'unit': 'index points',
                'value': gap_points, 'low': gap_low, 'high': gap_high, 'qualifier': 'exact'
            },
            {
                'metric': 'capability_lag_months', 'unit': 'months',
                'value': lag_months, 'low': lag_low_months, 'high': lag_high_months,
                'qualifier': if(lag_censoring = 'left', 'at_least', 'exact')
            }
        ], recursive := true),
        'Epoch Capabilities Index' as entity, source, basis, basis as input_basis, period_start, date_precision,
        map {
            'model': best_open_model, 'closed_model': best_closed_model, 'interval_pct': interval_pct::varchar
        } as attributes
    from charts.capability_gap
    where gap_points is not null and as_of = last_day(period_start)
),
-- The facets with few values: growth.facet has the hundreds of the others. What counts as other differs by week.
facet as (
    select
        unnest([
            {'metric': 'facet_models', 'unit': 'models', 'value': models::double},
            {'metric': 'facet_downloads_30d', 'unit': 'downloads', 'value': downloads_30d::double}
        ], recursive := true),
        entity, source, 'measured' as basis, 'measured' as input_basis, week as period_start, 'week' as date_precision,
        observed_at, 'exact' as qualifier
    from (
        select week, facet || ' / ' || value as entity, models, downloads_30d
        from core.facet_week
        where facet in ('format', 'modality', 'task', 'quantisation', 'bits', 'region') and value <> '(other)'
    )
    join walk using (week)
),
concentration as (
    select
        unnest([
            {'metric': 'concentration_share_of_top_1_pct', 'unit': 'percent', 'value': share_of_top_1_pct},
            {
                'metric': 'concentration_share_without_downloads', 'unit': 'percent',
                'value': share_without_downloads_pct
            },
            {
                'metric': 'concentration_median_downloads_30d', 'unit': 'downloads', 'value': median_downloads_30d
            },
            {'metric': 'concentration_gini', 'unit': 'coefficient', 'value': gini}
        ], recursive := true),
        entity, source, 'measured' as basis, 'measured' as input_basis, week as period_start, 'week' as date_precision,
        observed_at, 'exact' as qualifier
    from core.concentration_week
    join walk using (week)
),
computed as (
    from by_figures
    union all by name
    from robust
    union all by name
    from calendar
    union all by name
    from derivatives
    union all by name
    from family
    where value is not null
    union all by name
    from maker
    where value is not null
    union all by name
    from licence_class
    where value is not null
    union all by name
    from arena
    where value is not null
    union all by name
    from measured_gap
    union all by name
    from capability
    where value is not null
    union all by name
    from facet
    where value is not null
    union all by name
    from concentration
    where value is not null
)
select
    series.metric, series.entity, series.source, series.basis, series.input_basis, series.computed, series.unit,
    series.period_start, series.date_precision, series.observed_at, series.value, series.low, series.high,
    series.qualifier, coalesce(series.attributes, map {}::map (varchar, varchar)) as attributes,
    series.days_observed, series.definition, definition.kind
from (from observed union all by name select *, true as computed from computed) as series
left join core.metric as definition using (metric)
