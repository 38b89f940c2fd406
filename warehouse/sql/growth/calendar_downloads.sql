-- One row for each calendar period, method and source: estimated downloads, computed from walks at their exact times.
-- Downloads are whole numbers, so that the months of a quarter add up to it. Times are microseconds since 1970, UTC.
with reading as (
    select
        source, stalled, rolled_back, frozen, downloads_30d, downloads_30d_robust, flow_robust,
        epoch_us(observed_before) as before_us,
        epoch_us(observed_at) as moment_us,
        flow - flow_recovered + flow_of_new as flowed,
        flow_recovered + unplaced as doubtful,
        30 * 86_400_000_000 as window_us
    from core.hub_week
),
span as (
    select
        make_timestamp(min(moment_us) - any_value(window_us)) as first_moment,
        make_timestamp(max(moment_us)) as last_moment
    from reading
),
period as (
    select
        grain,
        unnest(generate_series(date_trunc(grain, first_moment)::timestamp, last_moment, step)) as starts,
        starts + step as ends,
        epoch_us(starts) as start_us,
        epoch_us(ends) as end_us
    from span
    cross join (
        values ('month', interval 1 month), ('quarter', interval 3 months), ('year', interval 1 year)
    ) as calendar (grain, step)
),
-- Downloads up to a time within an interval are rounded down. A part is the difference of two, so the parts add up.
part_of_interval as (
    select
        period.*, source, stalled, rolled_back, frozen, flowed, doubtful, before_us, moment_us,
        least(moment_us, end_us) as until_us,
        greatest(before_us, start_us) as from_us,
        (
            flowed::hugeint * (until_us - before_us) // (moment_us - before_us)
            - flowed::hugeint * (from_us - before_us) // (moment_us - before_us)
        ) as downloads,
        (
            flow_robust::hugeint * (until_us - before_us) // (moment_us - before_us)
            - flow_robust::hugeint * (from_us - before_us) // (moment_us - before_us)
        ) as robust
    from reading
    join period on before_us < end_us and moment_us > start_us
    where flowed is not null
),
by_deltas as (
    select
        grain, starts, ends, source, 'all_time_deltas' as method,
        sum(downloads)::bigint as downloads,
        if(count(robust) = count(*), least(sum(robust), sum(downloads)), null)::bigint as downloads_robust,
        coalesce(sum(flowed) filter (before_us >= start_us and moment_us <= end_us), 0)::bigint as low,
        sum(flowed + doubtful)::bigint as high,
        sum(until_us - from_us) as observed_us,
        bool_or(moment_us - before_us > 10 * 86_400_000_000) as has_long_interval,
        coalesce(bool_or(stalled), false) as has_stalled,
        coalesce(bool_or(rolled_back), false) as has_rolled_back,
        coalesce(bool_or(frozen), false) as has_frozen
    from part_of_interval
    group by grain, starts, ends, source
),
-- All windows have the same length: what a window adds to the earlier ones begins where the last of them ended.
window_of_reading as (
    select
        *, moment_us - window_us as opens_us,
        greatest(moment_us - window_us, lag(moment_us) over (partition by source order by moment_us)) as adds_from_us
    from reading
    where downloads_30d is not null
),
part_of_window as (
    select
        period.*, source, stalled, rolled_back, frozen, downloads_30d, downloads_30d_robust, window_us,
        least(moment_us, end_us) - greatest(opens_us, start_us) as overlap_us,
        greatest(least(moment_us, end_us) - greatest(adds_from_us, start_us), 0) as added_us
    from window_of_reading
    join period on opens_us < end_us and moment_us > start_us
    where grain = 'month'
),
month_by_windows as (
    select
        starts, ends, source,
        sum(added_us)::bigint as observed_us,
        observed_us / any_value(window_us) as windows,
        sum(downloads_30d::hugeint * overlap_us) / sum(overlap_us) as per_window,
        if(
            count(downloads_30d_robust) = count(*),
            sum(downloads_30d_robust::hugeint * overlap_us) / sum(overlap_us),
            null
        ) as robust_per_window,
        min(downloads_30d) filter (overlap_us >= 20 * 86_400_000_000) as smallest,
        max(downloads_30d) filter (overlap_us >= 20 * 86_400_000_000) as largest,
        coalesce(bool_or(stalled), false) as has_stalled,
        coalesce(bool_or(rolled_back), false) as has_rolled_back,
        coalesce(bool_or(frozen), false) as has_frozen
    from part_of_window
    group by starts, ends, source
),
month_figure as (
    select
        *,
        round(windows * per_window)::bigint as downloads,
        round(windows * robust_per_window)::bigint as robust,
        if(smallest is null, null, least(downloads, floor(windows * smallest)::bigint)) as low,
        if(largest is null, null, greatest(downloads, ceil(windows * largest)::bigint)) as high
    from month_by_windows
),
by_windows as (
    select
        period.grain, period.starts, period.ends, source, 'windows_30d' as method,
        sum(downloads)::bigint as downloads,
        if(count(robust) = count(*), sum(robust), null)::bigint as downloads_robust,
        if(count(low) = count(*), sum(low), null)::bigint as low,
        if(count(high) = count(*), sum(high), null)::bigint as high,
        sum(observed_us) as observed_us,
        false as has_long_interval,
        bool_or(has_stalled) as has_stalled,
        bool_or(has_rolled_back) as has_rolled_back,
        bool_or(has_frozen) as has_frozen
    from month_figure
    join period on month_figure.starts >= period.starts and month_figure.starts < period.ends
    group by period.grain, period.starts, period.ends, source
),
estimate as (
    from by_deltas
    union all by name
    from by_windows
)
select
    one.grain,
    one.starts::date as period_start,
    one.method,
    one.method = 'all_time_deltas' as is_primary,
    one.downloads,
    one.downloads_robust,
    one.low,
    one.high,
    one.observed_us / 86_400_000_000 as days_observed,
    date_diff('day', one.starts, one.ends) as days_in_period,
    days_observed < days_in_period as is_partial,
    nullif(concat_ws(
        ', ',
        if(is_partial, 'partial', null),
        if(one.has_long_interval, 'long_interval', null),
        if(one.has_stalled, 'stalled', null),
        if(one.has_rolled_back, 'rolled_back', null),
        if(one.has_frozen, 'frozen', null)
    ), '') as flag,
    100 * ((one.downloads / one.observed_us) / nullif(other.downloads / other.observed_us, 0) - 1) as difference_pct,
    'estimated' as basis,
    one.source
from estimate as one
left join estimate as other
    on other.grain = one.grain and other.starts = one.starts and other.source = one.source
    and other.method <> one.method
