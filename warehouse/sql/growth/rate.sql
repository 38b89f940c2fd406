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
-- A change that is dated by month only may have been on any day of that month.
redefined as (
    select source, metric, effective_on as earliest, (effective_on + lasts - interval 1 day)::date as latest
    from meta.definition_change
    join known_to using (date_precision)
),
reading as (
    select
        metric, entity, source, basis, input_basis, kind, unit, date_precision, period_start as day,
        {
            'day': period_start, 'last_day': (period_start + lasts - interval 1 day)::date,
            'value': value, 'qualifier': qualifier,
            'low': coalesce(low, value),
            'high': if(qualifier = 'at_least', high, coalesce(high, value)), -- at least has no upper end
            -- A weekly figure represents its week from Monday on; this is the day of the measurement.
            'read_on': if(date_precision = 'week', (observed_at at time zone 'UTC')::date, period_start)
        } as figure
    from growth.series
    join known_to using (date_precision)
),
first_reading as (
    select
        reading.*, calendar.grain, calendar.step,
        case calendar.grain
            when 'week' then date_trunc('week', day)::date -- Monday
            when 'month' then date_trunc('month', day)::date
            when 'quarter' then date_trunc('quarter', day)::date
            when 'half_year' then make_date(year(day), if(month(day) <= 6, 1, 7), 1)
            when 'year' then date_trunc('year', day)::date
        end as period
    from reading
    join known_to using (date_precision)
    join calendar on calendar.rank >= known_to.rank
    qualify row_number() over (partition by metric, entity, source, basis, calendar.grain, period order by day) = 1
),
adjacent as (
    select
        metric, entity, source, basis, kind, unit, grain, false as whole_span,
        lag(period) over one_series as period_start, period as period_end,
        lag(figure) over one_series as a, figure as b
    from first_reading
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
        metric, entity, source, basis, kind, unit, 'as_published' as grain, false as whole_span,
        before.day as period_start, day as period_end, before as a, figure as b
    from printed
    where position > 1
    union all by name
    select
        metric, entity, source, basis, kind, unit, 'as_published' as grain, true as whole_span,
        first.day as period_start, day as period_end, first as a, figure as b
    from printed
    where position = readings and readings > 2
),
compared as (
    select
        *,
        date_diff('day', if(b.read_on > a.read_on, a.read_on, a.day), if(b.read_on > a.read_on, b.read_on, b.day))
            as days_observed,
        date_diff('day', period_start, period_end) as days_in_period,
        coalesce(a.value, a.low, a.high) as base,
        coalesce(b.value, b.low, b.high) as arrived,
        -- Differences keep 14 significant digits: 43.9 - 26.1 is 17.8, not 17.799999999999997.
        14 - ceil(log10(greatest(abs(a.high), abs(b.high), abs(a.low), abs(b.low), 1e-100)))::integer as digits,
        if(a.value > 0, b.value / a.value, null) as ratio,
        -- A window of 30 days still holds days of the old definition when its own day is past the change.
        exists (
            from redefined
            where redefined.source = pair.source and redefined.metric = pair.metric
                and redefined.earliest <= b.last_day
                and redefined.latest > a.day - if(kind = 'window_30d', 30, 0)
        ) as definition_changed,
        -- The ends of a quotient of two ranges; without a positive base there are none.
        case
            when a.low > 0 and b.low < 0 then b.low / a.low
            when a.low >= 0 and a.high > 0 and b.low >= 0 then b.low / a.high
        end as ratio_low,
        case when a.low > 0 then b.high / if(b.high < 0, a.high, a.low) end as ratio_high
    from pair
),
rate as (
    select
        *,
        if(ratio > 0, 100 * (pow(ratio, 365.25 / days_observed) - 1), null) as annualised_pct,
        if(ratio > 1 and isfinite(ratio), days_observed * ln(2) / ln(ratio), null) as doubling_days
    from compared
)
select
    metric, entity, source, basis, grain, period_start, period_end,
    a.value as value_start, b.value as value_end,
    round(b.value - a.value, digits) as change,
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
        case
            when kind = 'window_30d' and grain = 'week' then 'overlapping_windows'
            when kind = 'window_30d' and grain <> 'as_published' then 'window_is_not_period'
        end,
        if(days_observed <> days_in_period, 'uneven_days', null),
        if(definition_changed, 'definition_changed', null),
        if(not isfinite(ratio) or not isfinite(annualised_pct), 'overflow', null)
    ), '') as flag,
    whole_span, kind, unit,
    a.day as reading_start, b.day as reading_end,
    a.low as low_start, a.high as high_start, b.low as low_end, b.high as high_end,
    a.qualifier as qualifier_start, b.qualifier as qualifier_end,
    round(b.low - a.high, digits) as change_low, round(b.high - a.low, digits) as change_high,
    if(isfinite(ratio), ratio, null) as ratio,
    if(isfinite(ratio_low), ratio_low, null) as ratio_low,
    if(isfinite(ratio_high), ratio_high, null) as ratio_high,
    if(isfinite(ratio_low), 100 * (ratio_low - 1), null) as growth_low_pct,
    if(isfinite(ratio_high), 100 * (ratio_high - 1), null) as growth_high_pct
from rate
