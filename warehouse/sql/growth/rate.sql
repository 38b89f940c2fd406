-- One row for each series and pair of consecutive calendar periods, or of figures in one publication: the growth
-- between them.
with calendar (grain, step, rank) as (
    values
        ('week', interval 7 days, 1),
        ('month', interval 1 month, 2),
        ('quarter', interval 3 months, 3),
        ('half_year', interval 6 months, 4),
        ('year', interval 1 year, 5)
),
-- A figure for a year says nothing about one of its months: a figure counts for its own grain and coarser ones.
known_to (date_precision, rank, lasts) as (
    values
        ('day', 1, interval 1 day),
        ('week', 1, interval 7 days),
        ('month', 2, interval 1 month),
        ('quarter', 3, interval 3 months),
        ('year', 5, interval 1 year)
),
-- Series that are computed from a counter change with its definition.
counts (metric, counter) as (
    from core.metric select metric, metric as counter
    union all
    values
        ('hub_downloads_30d_robust', 'hub_downloads_30d'),
        ('hub_downloads_calendar_month', 'hub_downloads_all_time'),
        ('hub_downloads_calendar_month_robust', 'hub_downloads_all_time'),
        ('hub_downloads_calendar_month_by_windows', 'hub_downloads_30d'),
        ('hub_downloads_calendar_month_by_windows_robust', 'hub_downloads_30d'),
        ('licence_class_models', 'hub_models_by_licence'),
        ('licence_class_share_of_models', 'hub_models_by_licence'),
        ('licence_class_downloads_30d', 'hub_downloads_30d_by_licence'),
        ('licence_class_share_of_downloads', 'hub_downloads_30d_by_licence'),
        ('family_downloads_30d', 'hub_downloads_30d'),
        ('family_downloads_30d_robust', 'hub_downloads_30d'),
        ('maker_downloads_30d', 'hub_downloads_30d'),
        ('maker_downloads_30d_robust', 'hub_downloads_30d'),
        ('arena_gap_points', 'benchmark_score'),
        ('arena_lag_months', 'benchmark_score'),
        ('capability_gap_points', 'benchmark_score'),
        ('capability_lag_months', 'benchmark_score'),
        ('facet_downloads_30d', 'hub_downloads_30d'),
        ('concentration_share_of_top_1_pct', 'hub_downloads_30d'),
        ('concentration_share_without_downloads', 'hub_downloads_30d'),
        ('concentration_median_downloads_30d', 'hub_downloads_30d'),
        ('concentration_gini', 'hub_downloads_30d')
),
-- A change that is dated by month only may have been on any day of that month.
redefined as (
    select source, counts.metric, effective_on as earliest, (effective_on + lasts - interval 1 day)::date as latest
    from meta.definition_change as change
    join known_to using (date_precision)
    join counts on counts.counter = change.metric
),
reading as (
    select
        metric, entity, source, basis, input_basis, kind, unit, date_precision, period_start as day,
        days_observed is not null as is_sum,
        {
            'day': period_start, 'last_day': (period_start + lasts - interval 1 day)::date,
            'value': value, 'qualifier': qualifier,
            'low': coalesce(low, value),
            'high': if(qualifier = 'at_least', high, coalesce(high, value)), -- at least has no upper end
            -- A weekly figure represents its week from Monday on; this is the day of the measurement.
            'read_on': if(date_precision = 'week', (observed_at at time zone 'UTC')::date, period_start),
            'days': coalesce(days_observed, 1), -- a sum is compared by the day, any other figure as it is
            'definition': definition, 'is_whole': true
        } as figure
    from growth.series
    join known_to using (date_precision)
),
placed as (
    select
        reading.*, calendar.grain, calendar.step,
        case calendar.grain
            when 'week' then date_trunc('week', day)::date -- Monday
            when 'month' then date_trunc('month', day)::date
            when 'quarter' then date_trunc('quarter', day)::date
            when 'half_year' then make_date(year(day), if(month(day) <= 6, 1, 7), 1)
            when 'year' then date_trunc('year', day)::date
        end as period,
        (period + step)::date as next_period,
        -- The last window of a month covers its days; the first one covers those of the month before.
        coalesce(kind = 'window_30d', false) and calendar.grain <> 'week' as takes_last
    from reading
    join known_to using (date_precision)
    join calendar on calendar.rank >= known_to.rank
),
representative as (
    -- Weekly readings are at most 6 days away from the end of the period for which they stand.
    select
        placed.* replace (
            struct_update(figure, is_whole := if(takes_last, day >= next_period - 7, day < period + 7)) as figure
        )
    from placed
    where not is_sum
    qualify row_number() over (
        partition by metric, entity, source, basis, grain, period
        order by if(takes_last, next_period - day, day - period)
    ) = 1
    union all by name
    select
        metric, entity, source, basis, input_basis, kind, unit, grain, step, period, next_period, is_sum,
        {
            'day': min(day), 'last_day': max(figure.last_day),
            'value': if(count(figure.value) = count(*), sum(figure.value), null),
            'qualifier': if(bool_and(figure.qualifier = 'exact'), 'exact', 'approximate'),
            'low': if(count(figure.low) = count(*), sum(figure.low), null),
            'high': if(count(figure.high) = count(*), sum(figure.high), null),
            'read_on': min(day), 'days': sum(figure.days), 'definition': null::varchar,
            'is_whole': sum(figure.days) >= next_period - period
        } as figure
    from placed
    where is_sum
    group by metric, entity, source, basis, input_basis, kind, unit, grain, step, period, next_period, is_sum
),
adjacent as (
    select
        metric, entity, source, basis, kind, unit, is_sum, grain, false as whole_span,
        lag(period) over one_series as period_start, period as period_end,
        lag(figure) over one_series as a, figure as b
    from representative
    window one_series as (partition by metric, entity, source, basis, grain order by period)
    qualify lag(period) over one_series = (period - step)::date
),
printed as (
    select
        *, lag(figure) over one_series as before, first_value(figure) over one_series as first,
        row_number() over one_series as position, count(*) over (partition by metric, entity, source, basis) as readings
    from reading
    where input_basis = 'published'
    window one_series as (partition by metric, entity, source, basis order by day)
),
pair as (
    select * from adjacent
    union all by name
    select
        metric, entity, source, basis, kind, unit, is_sum, 'as_published' as grain, false as whole_span,
        before.day as period_start, day as period_end, before as a, figure as b
    from printed
    where position > 1
    union all by name
    select
        metric, entity, source, basis, kind, unit, is_sum, 'as_published' as grain, true as whole_span,
        first.day as period_start, day as period_end, first as a, figure as b
    from printed
    where position = readings and readings > 2
),
compared as (
    select
        *,
        if(
            is_sum,
            date_diff('day', period_start, period_end),
            date_diff('day', if(b.read_on > a.read_on, a.read_on, a.day), if(b.read_on > a.read_on, b.read_on, b.day))
        ) as days_observed,
        date_diff('day', period_start, period_end) as days_in_period,
        coalesce(a.value, a.low, a.high) as base,
        coalesce(b.value, b.low, b.high) as arrived,
        not a.is_whole or not b.is_whole as is_partial,
        coalesce(a.definition = b.definition, a.definition is null and b.definition is null) as is_same,
        -- Windows of 30 days that are less than 15 days apart share most of their days.
        coalesce(kind = 'window_30d', false) and grain <> 'as_published' and days_observed < 15 as is_overlapping,
        -- Differences keep 14 significant digits: 43.9 - 26.1 is 17.8, not 17.799999999999997.
        14 - ceil(log10(greatest(abs(a.high), abs(b.high), abs(a.low), abs(b.low), 1e-100)))::integer as digits,
        a.days / b.days as per_day,
        if(a.value > 0 and is_same, b.value / a.value * per_day, null) as ratio,
        -- A window of 30 days still holds days of the old definition when its own day is past the change.
        not is_same or exists (
            from redefined
            where redefined.source = pair.source and redefined.metric = pair.metric
                and redefined.earliest <= b.last_day
                and redefined.latest > a.day - if(kind = 'window_30d', 30, 0)
        ) as definition_changed,
        -- The ends of a quotient of two ranges; without a positive base there are none.
        case
            when not is_same then null
            when a.low > 0 and b.low < 0 then b.low / a.low * per_day
            when a.low >= 0 and a.high > 0 and b.low >= 0 then b.low / a.high * per_day
        end as ratio_low,
        case when a.low > 0 and is_same then b.high / if(b.high < 0, a.high, a.low) * per_day end as ratio_high,
        -- Neither two definitions nor two sums over parts of their periods have a difference that means anything.
        is_same and not (is_sum and is_partial) as has_change
    from pair
),
-- Student's t for 95%, by degrees of freedom.
student (freedom, t) as (
    values
        (3, 3.182), (4, 2.776), (5, 2.571), (6, 2.447), (7, 2.365),
        (8, 2.306), (9, 2.262), (10, 2.228), (11, 2.201), (12, 2.179)
),
-- How far the changes from week to week scatter, over the 13 weeks up to each.
scatter as (
    select metric, entity, source, basis, period_end as week, t * deviation as margin
    from (
        select
            metric, entity, source, basis, period_end,
            stddev_samp(ln(ratio)) over quarter_of_year as deviation, count(*) over quarter_of_year - 1 as freedom
        from compared
        where grain = 'week' and ratio > 0 and isfinite(ratio)
        window quarter_of_year as (
            partition by metric, entity, source, basis order by period_end
            range between interval 84 days preceding and current row
        )
    )
    join student using (freedom)
),
rate as (
    select
        compared.*,
        -- A gap or a lag passes zero: it does not compound. Counts of small groups scatter from week to week: one model
        -- more in ten would be 14,000% a year.
        not is_overlapping and not (is_sum and is_partial)
        and not (compared.metric in ('maker_models', 'facet_models') and days_observed < 15)
        and unit not in ('points', 'rating points', 'index points', 'months') as has_pace,
        365.25 / days_observed as times_a_year,
        margin * sqrt(days_observed / 7) as spread,
        spread is not null
        or coalesce(ratio_low <> ratio, (ratio_low is null) <> (ratio is null))
        or coalesce(ratio_high <> ratio, (ratio_high is null) <> (ratio is null)) as has_interval,
        if(has_pace and ratio > 0, 100 * (pow(ratio, times_a_year) - 1), null) as annualised_pct,
        if(has_pace and has_interval and ratio_low > 0,
            100 * (pow(ratio_low * exp(-coalesce(spread, 0)), times_a_year) - 1), null) as annualised_low_pct,
        if(has_pace and has_interval and ratio_high > 0,
            100 * (pow(ratio_high * exp(coalesce(spread, 0)), times_a_year) - 1), null) as annualised_high_pct,
        if(has_pace and ratio > 1 and isfinite(ratio), days_observed * ln(2) / ln(ratio), null) as doubling_days
    from compared
    left join scatter
        on scatter.metric = compared.metric and scatter.entity = compared.entity and scatter.source = compared.source
        and scatter.basis = compared.basis and scatter.week = date_trunc('week', b.day)
)
select
    metric, entity, source, basis, grain, period_start, period_end,
    a.value as value_start, b.value as value_end,
    if(has_change, round(b.value - a.value, digits), null) as change,
    if(isfinite(ratio), 100 * (ratio - 1), null) as growth_pct,
    if(isfinite(annualised_pct), annualised_pct, null) as annualised_pct,
    doubling_days, days_observed, days_in_period,
    nullif(concat_ws(
        ', ',
        case
            when base is null or arrived is null then 'missing'
            when base < 0 then 'negative_base'
            when base = 0 and coalesce(a.value, a.high) = 0 and coalesce(b.value, b.high) = 0 then 'zero'
            when base = 0 then 'from_zero'
            when coalesce(b.value, b.high) = 0 then 'to_zero'
            when arrived < 0 then 'negative_end'
        end,
        if((base is not null and a.value is null) or (arrived is not null and b.value is null), 'range', null),
        if(b.qualifier = 'at_least', 'at_least', null),
        if(a.qualifier = 'at_least', 'at_most', null),
        if(is_partial, 'partial', null),
        if(is_sum, 'per_day', null),
        if(is_overlapping, 'overlapping_windows', null),
        if(kind = 'window_30d' and grain not in ('week', 'as_published'), 'window_is_not_period', null),
        if(days_observed <> days_in_period, 'uneven_days', null),
        if(definition_changed, 'definition_changed', null),
        if(not isfinite(ratio) or not isfinite(annualised_pct), 'overflow', null)
    ), '') as flag,
    is_partial, whole_span, kind, unit,
    a.day as reading_start, b.day as reading_end,
    a.low as low_start, a.high as high_start, b.low as low_end, b.high as high_end,
    a.qualifier as qualifier_start, b.qualifier as qualifier_end,
    if(is_sum, a.days, null) as days_start, if(is_sum, b.days, null) as days_end,
    if(has_change, round(b.low - a.high, digits), null) as change_low,
    if(has_change, round(b.high - a.low, digits), null) as change_high,
    if(isfinite(ratio), ratio, null) as ratio,
    if(isfinite(ratio_low), ratio_low, null) as ratio_low,
    if(isfinite(ratio_high), ratio_high, null) as ratio_high,
    if(isfinite(ratio_low), 100 * (ratio_low - 1), null) as growth_low_pct,
    if(isfinite(ratio_high), 100 * (ratio_high - 1), null) as growth_high_pct,
    if(isfinite(annualised_low_pct), annualised_low_pct, null) as annualised_low_pct,
    if(isfinite(annualised_high_pct), annualised_high_pct, null) as annualised_high_pct
from rate
