-- One row for each event: a series that passed a round number, set a record, accelerated, spiked or dropped, a stale
-- source, changed response fields, many rejected records, an item that could not be used, or a root that no family
-- holds.
with headline (metric, only_entity) as (
    values
        ('hub_models', 'all models'), ('hub_downloads_30d', 'all models'), ('hub_downloads_all_time', 'all models'),
        ('hub_authors', 'all models'), ('community_members', null), ('subreddit_subscribers', null),
        ('discord_members', null), ('hub_organisation_followers', null), ('replicate_runs', null)
),
reading as (
    select
        metric, title, entity, source, basis, unit, kind as series_kind, period_start as day, value,
        lag(value) over before as value_before, lag(period_start) over before as day_before,
        max(value) over (before rows between unbounded preceding and 1 preceding) as highest_before,
        arg_max(period_start, value) over (before rows between unbounded preceding and 1 preceding) as highest_on,
        count(*) over (before rows between unbounded preceding and 1 preceding) as readings_before
    from growth.series as series
    join headline using (metric)
    join (select metric, title from core.metric) using (metric)
    where basis = 'measured' and value is not null and entity = coalesce(only_entity, entity)
    window before as (partition by metric, entity, source, basis order by period_start)
),

-- A round number passed for the first time; the highest if one figure passes several.
round_number as (
    select factor * pow(10, exponent) as threshold
    from (values (1), (2), (5)) as of_each (factor)
    cross join range(0, 16) as power (exponent)
),
milestone as (
    select
        'milestone' as kind, reading.*, day_before as since, threshold,
        format('{:.0f}', threshold) as detail
    from reading
    join round_number on threshold > highest_before and threshold <= value
    qualify row_number() over (partition by metric, entity, source, basis, day order by threshold desc) = 1
),

-- Only after a decline: a series that only rises sets a record every week.
record as (
    select
        'record' as kind, reading.* replace (highest_before as value_before),
        highest_on as since, day::varchar as detail
    from reading
    where readings_before >= 8 and value > highest_before and value_before < highest_before
),

span as (
    select
        now.*, four.day as day_4, four.value as value_4, eight.day as day_8,
        100 * (now.value / four.value - 1) as growth_4_pct, 100 * (four.value / eight.value - 1) as growth_8_pct
    from reading as now
    join reading as four
        on four.day = now.day - 28
        and four.metric = now.metric and four.entity = now.entity and four.source = now.source and four.value > 0
    join reading as eight
        on eight.day = now.day - 56
        and eight.metric = now.metric and eight.entity = now.entity and eight.source = now.source and eight.value > 0
),
faster as (
    select *, growth_8_pct > 0 and growth_4_pct >= 1 and growth_4_pct >= 1.5 * growth_8_pct as is_faster
    from span
),
acceleration as (
    select
        'acceleration' as kind, metric, title, entity, source, basis, unit, series_kind, day, day_8 as since,
        value, value_4 as value_before, growth_8_pct as usual_pct, day::varchar as detail
    from (
        select
            *, lag(is_faster) over one_series as was_faster, lag(day) over one_series as judged_before
        from faster
        window one_series as (partition by metric, entity, source, basis order by day)
    )
    where is_faster and not (coalesce(was_faster, false) and judged_before = day - 7) -- reported when it begins
),

weekly as (
    select
        rate.metric, title, rate.entity, rate.source, rate.basis, reading.unit, series_kind,
        rate.reading_start as since, rate.reading_end as day, rate.value_end as value, rate.value_start as value_before,
        rate.growth_pct,
        median(abs(rate.growth_pct)) over (before rows between 26 preceding and 1 preceding) as usual_pct,
        count(rate.growth_pct) over (before rows between 26 preceding and 1 preceding) as rates_before
    from growth.rate as rate
    join reading
        on reading.metric = rate.metric and reading.entity = rate.entity and reading.source = rate.source
        and reading.basis = rate.basis and reading.day = rate.reading_end
    where rate.grain = 'week'
    window before as (
        partition by rate.metric, rate.entity, rate.source, rate.basis order by rate.reading_end
    )
),
spike as (
    select 'spike' as kind, * exclude (growth_pct, rates_before), day::varchar as detail
    from weekly
    where rates_before >= 8 and 20 * (value - value_before) >= value_before and growth_pct >= 5 * usual_pct
),
mass_drop as (
    select 'mass_drop' as kind, * exclude (growth_pct, usual_pct, rates_before), day::varchar as detail
    from weekly
    where metric in ('hub_models', 'hub_downloads_30d', 'hub_downloads_all_time')
        and 20 * (value_before - value) > value_before -- in whole numbers: exactly 5 percent
),

-- A large figure does not double or halve in a week; a small one may. It is marked and kept.
implausible as (
    select 'implausible' as kind, * exclude (growth_pct, usual_pct, rates_before), day::varchar as detail
    from weekly
    where greatest(value, value_before) >= 10_000 and (value > 2 * value_before or 2 * value < value_before)
),

-- The age is measured to the newest attempt to collect any source. A walk over the Hub counts once it is loaded.
collected as (
    select
        source,
        max(finished_at) filter (
            (status = 'complete' or (status = 'partial' and rows > 0))
            and (source not in (select source from core.hub_week)
                or (source, started_at) in (select (source, observed_at) from core.hub_week))
        ) as last_complete,
        (select max(finished_at) from meta.collection) as newest
    from meta.collection
    group by source
),
stale_source as (
    select
        'stale_source' as kind, source, newest::date as day, last_complete::date as since, 'days' as unit,
        date_diff('day', last_complete, newest)::double as value, last_complete::date::varchar as detail
    from collected
    where newest - last_complete > interval 9 days
),

-- Sources with at least four collections, so that their usual fields are known. Reported on the day of the change.
looked as (
    select source, max(last_looked_on) as day, max(times_seen + times_missed) as times
    from meta.answer_field
    group by source
),
changed_field as (
    select
        source, day, times,
        case
            when retyped_on = day then 'other type: ' || field || ' (' || types || ', was ' || types_before || ')'
            when first_seen_on = day then 'new: ' || field
            when last_looked_on = day and last_seen_on < day and times_missed = 1 and times_seen >= 3
                then 'missing: ' || field
        end as change
    from meta.answer_field
    join looked using (source)
    where times >= 4
),
shape_change as (
    select
        'shape_change' as kind, source, day, day as since, 'fields' as unit, count(*)::double as value,
        day::varchar as detail, left(string_agg(change, '; ' order by change), 400) as said
    from changed_field
    where change is not null
    group by source, day
),
set_aside as (
    select
        'set_aside' as kind, aside.source, aside.week as day, aside.week as since, 'records' as unit,
        count(*)::double as value, aside.week::varchar as detail, any_value(models) as models
    from meta.set_aside as aside
    join (select distinct week, models from core.hub_week) using (week)
    where treatment in ('left_out', 'without_field')
    group by aside.source, aside.week
    having count(*) >= 10 and 100 * count(*) > any_value(models)
),

-- One event when an item is first set aside, and none until a collection had it again.
collected_week as (
    select source, week, row_number() over (partition by source order by week) as turn
    from meta.collection
    where status = 'complete' or (status = 'partial' and rows > 0)
    group by source, week
),
item_set_aside as (
    select
        'item_set_aside' as kind, source, item as entity, week as day, week as since, 'items' as unit,
        1.0 as value, week::varchar as detail, left(reason, 400) as said
    from meta.set_aside_item
    join collected_week using (source, week)
    qualify turn is distinct from lag(turn) over (partition by source, item order by week) + 1
),

-- A root that no family holds, and that has become large since the walk before: what it had then.
large_root as materialized (
    select root.*, model.model_key, (select max(week) from core.hub_week where week < root.week) as week_before
    from core.unlisted_root as root
    join core.model as model on model.hub_id = root.root
    where root.descendants >= 100 or root.downloads_30d >= 1_000_000
),
root_before as (
    select
        large_root.*, own.downloads_30d as downloads_before,
        (
            select count(*)
            from base.model_family as pair
            join base.model_week as descendant on descendant.model_key = pair.model_key
            where pair.root_key = large_root.model_key and pair.depth > 0 and descendant.week = large_root.week_before
        ) as descendants_before
    from large_root
    left join base.model_week as own on own.model_key = large_root.model_key and own.week = large_root.week_before
    where week_before is not null
),
unlisted_root as (
    select
        'unlisted_root' as kind, walk.source, root.name as entity, root.week as day, root.week_before as since,
        if(by_descendants, 'models', 'downloads') as unit,
        if(by_descendants, descendants, root.downloads_30d)::double as value,
        if(by_descendants, descendants_before, downloads_before)::double as value_before,
        if(by_descendants, 100, 1_000_000)::double as threshold,
        root.root as detail
    from (select *, descendants >= 100 and descendants_before < 100 as by_descendants from root_before) as root
    join reading as walk on walk.day = root.week and walk.metric = 'hub_models'
    where by_descendants or (root.downloads_30d >= 1_000_000 and coalesce(downloads_before, 0) < 1_000_000)
),

found as (
    select * from milestone
    union all by name
    select * from record
    union all by name
    select * from acceleration
    union all by name
    select * from spike
    union all by name
    select * from mass_drop
    union all by name
    select * from implausible
    union all by name
    select * from stale_source
    union all by name
    select * from shape_change
    union all by name
    select * from set_aside
    union all by name
    select * from item_set_aside
    union all by name
    select * from unlisted_root
),
length (date_precision, lasts) as (
    values
        ('day', interval 1 day), ('week', interval 7 days), ('month', interval 1 month),
        ('quarter', interval 3 months), ('year', interval 1 year)
),
compared as (
    select
        *, if(value_before > 0, 100 * (value / value_before - 1), null) as growth_pct,
        exists (
            from meta.definition_change as change
            join length using (date_precision)
            where change.source = found.source and change.metric = found.metric
                and change.effective_on <= found.day + 6 -- a weekly reading may be from any day of its week
                and (change.effective_on + lasts - interval 1 day)::date > since - if(series_kind = 'window_30d', 30, 0)
        ) as definition_changed,
        if(entity = 'all models', title, entity || ': ' || lower(title[1]) || title[2:]) as series
    from found
)
select
    -- A root is one event under any name.
    concat_ws('/', kind, source, metric, if(kind = 'unlisted_root', null, entity), detail) as event,
    kind, source, metric, entity, basis, day as period_start, value, value_before, threshold, growth_pct,
    usual_pct, unit, definition_changed,
    case kind
        when 'milestone' then format('{} passed {:,.0f}: {:,.0f} {}.', series, threshold, value, unit)
        when 'record' then format(
            '{}: higher than ever, {:,.0f} {} (before: {:,.0f} on {}).', series, value, unit, value_before, since
        )
        when 'acceleration' then format(
            '{}: {:+.1f}% in four weeks, after {:+.1f}% in the four before.', series, growth_pct, usual_pct
        )
        when 'spike' then format(
            '{}: {:+.1f}% in a week, where {:.1f}% is usual: {:,.0f} {}.', series, growth_pct, usual_pct, value, unit
        )
        when 'mass_drop' then format(
            '{}: {:.1f}% in a week, from {:,.0f} to {:,.0f} {}.', series, growth_pct, value_before, value, unit
        )
        when 'implausible' then format(
            '{}: {:+.1f}% in a week, from {:,.0f} to {:,.0f} {}, is more than is plausible.',
            series, growth_pct, value_before, value, unit
        )
        when 'shape_change' then format('The answers of {} have changed their form: {}.', source, said)
        when 'set_aside' then format(
            '{:,.0f} records of {} were not taken as they came, of {:,.0f} models.', value, source, models::double
        )
        when 'item_set_aside' then format('{}: {} was set aside. {}', source, entity, said)
        when 'unlisted_root' then format(
            '{} is in no family, and has passed {:,.0f} {}: {:,.0f}, after {} on {}.',
            entity, threshold, if(unit = 'models', 'descendants', 'downloads in 30 days'), value,
            coalesce(format('{:,.0f}', value_before), 'no reading'), since
        )
        when 'stale_source' then format('{} was last collected on {}, {:.0f} days ago.', source, since, value)
    end || if(definition_changed, ' What is counted was changed in this time.', '') as statement
from compared
