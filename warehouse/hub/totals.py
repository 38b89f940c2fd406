"""Weekly totals of the Hub in one row: totals, flows, quality figures, and robust totals without spikes."""

from datetime import date, datetime, timedelta

import duckdb

from warehouse.database.derive import check
from warehouse.tables.history import BASE_DOWNLOAD_SPIKE, HUB_WEEK

# A model's own history: the median of its readings in the last weeks, if it has at least FEWEST_READINGS of them.
WEEKS_OF_HISTORY = 8
FEWEST_READINGS = 3
# A model counts in the robust total up to the larger of usual x FACTOR and usual + ALLOWANCE.
SPIKE_FACTOR = 10
SPIKE_ALLOWANCE = 10_000

# The counter of a model with more 30-day downloads than this changes every day, unless it is stalled.
LARGE = 60_000
STALLED_SHARE_PCT = 25
ROLLED_BACK_SHARE_PCT = 5
FROZEN_FOR = timedelta(days=35)
FROZEN_SHARE_PCT = 1


def sum_up(
    connection: duckdb.DuckDBPyConnection,
    week: date,
    week_before: date | None,
    observed_at: datetime,
    source: str,
    *,
    has_attributes: bool,
) -> None:
    """Write the row of `week` in core.hub_week, and its spikes, replacing those of an earlier load of the same week.

    Reads the staging table `reading_pair`, and the events and restatements of the week. `has_attributes` is whether names,
    gating and licences were compared.

    Raises:
        CheckError: a declared check fails.
    """
    _write_spikes(connection, week)
    _find_frozen(connection, week, observed_at)
    connection.execute("delete from core.hub_week where week = ?", [week])
    connection.execute(
        """
        insert into core.hub_week by name
        with before as (
            select week as week_before, observed_at as observed_before, epoch($observed_at - observed_at) / 86400 as days
            from core.hub_week
            where week = $week_before
        ),
        pair as (
            select
                reading_pair.*,
                if(is_present and was_present, downloads_all_time - downloads_all_time_before, null) as step,
                if(is_present and was_present and downloads_30d_before > $large, true, null) as is_large
            from reading_pair
        ),
        total as (
            select
                count(*) filter (is_present) as models,
                sum(downloads_30d)::bigint as downloads_30d,
                sum(downloads_all_time)::bigint as downloads_all_time,
                count(step) as models_compared,
                sum(greatest(step, 0)) filter (step is not null)::bigint as flow,
                sum(downloads_30d_before) filter (not is_present)::bigint as downloads_30d_of_removed,
                count(is_large) as models_large,
                count(*) filter (is_large and (step = 0 or downloads_30d = downloads_30d_before)) as models_unchanged
            from pair
        ),
        restated as (
            select
                coalesce(sum(amount) filter (kind = 'fall'), 0)::bigint as down,
                count(*) filter (kind = 'fall') as models_down,
                coalesce(sum(amount) filter (kind = 'recovery'), 0)::bigint as recovered
            from base.counter_restatement
            where week = $week
        ),
        event as (
            select
                count(*) filter (event = 'added') as added,
                count(*) filter (event = 'removed') as removed,
                count(*) filter (event = 'returned') as returned,
                count(*) filter (event = 'renamed') as renamed,
                count(*) filter (event = 'gated') as gated,
                count(*) filter (event = 'ungated') as ungated,
                count(*) filter (event = 'relicensed') as relicensed
            from base.model_event
            where week = $week
        ),
        -- Downloads of new models; is_young if they were created since the week before.
        new_model as (
            select change.model_key, downloads_all_time, created_at >= observed_before as is_young
            from (from base.model_event where week = $week and event = 'added') as change
            join core.model using (model_key)
            join pair using (model_key)
            cross join before
        ),
        arrival as (
            select
                coalesce(sum(downloads_all_time) filter (is_young), 0)::bigint as flow_of_new,
                coalesce(sum(downloads_all_time) filter (not is_young), 0)::bigint as unplaced
            from new_model
        ),
        -- Flow of a spiking model above its cap in the days between the readings.
        spike as (
            select
                count(*) as models,
                coalesce(sum(downloads_30d - kept), 0)::bigint as removed,
                coalesce(sum(greatest(flowed - ceil(kept * days / 30)::bigint, 0)), 0)::bigint as removed_of_flow
            from (
                select
                    spike.downloads_30d,
                    spike.kept,
                    coalesce(
                        if(step is null, null, greatest(step, 0) - coalesce(recovery.amount, 0)),
                        if(new_model.is_young, new_model.downloads_all_time, null),
                        0
                    ) as flowed
                from (from base.download_spike where week = $week) as spike
                join pair using (model_key)
                left join new_model using (model_key)
                left join (from base.counter_restatement where week = $week and kind = 'recovery') as recovery using (model_key)
            )
            left join before on true
        )
        select
            $week as week,
            $source as source,
            $observed_at as observed_at,
            week_before,
            observed_before,
            days as days_since_before,
            total.models,
            total.downloads_30d,
            if($is_judged, total.downloads_30d - spike.removed, null) as downloads_30d_robust,
            if($is_judged, 100.0 * spike.removed / nullif(total.downloads_30d, 0), null) as share_removed_pct,
            if($is_judged, spike.models, null) as models_spiking,
            downloads_all_time,
            if(week_before is null, null, models_compared) as models_compared,
            flow,
            if(flow is null, null, recovered) as flow_recovered,
            if(week_before is null, null, flow_of_new) as flow_of_new,
            if(week_before is null, null, unplaced) as unplaced,
            if($is_judged, flow - recovered + flow_of_new - removed_of_flow, null) as flow_robust,
            if(event.removed = 0 and week_before is not null, 0, downloads_30d_of_removed) as downloads_30d_of_removed,
            if(week_before is null, null, down) as restated_down,
            if(week_before is null, null, models_down) as models_restated_down,
            100.0 * models_down / nullif(models_compared, 0) as share_fallen_pct,
            if(week_before is null, null, models_large) as models_large,
            100.0 * models_unchanged / nullif(models_large, 0) as share_large_unchanged_pct,
            frozen_model.models as models_frozen,
            100.0 * frozen_model.downloads_30d / nullif(total.downloads_30d, 0) as share_frozen_pct,
            share_large_unchanged_pct > $stalled_pct as stalled,
            share_fallen_pct > $rolled_back_pct as rolled_back,
            share_frozen_pct > $frozen_pct as frozen,
            if(week_before is null, null, added) as added,
            if(week_before is null, null, event.removed) as removed,
            if(week_before is null, null, returned) as returned,
            if($has_attributes and week_before is not null, renamed, null) as renamed,
            if($has_attributes and week_before is not null, gated, null) as gated,
            if($has_attributes and week_before is not null, ungated, null) as ungated,
            if($has_attributes and week_before is not null, relicensed, null) as relicensed
        from total, restated, event, arrival, spike, frozen_model
        left join before on true
        """,
        {
            "week": week,
            "week_before": week_before,
            "observed_at": observed_at,
            "source": source,
            "has_attributes": has_attributes,
            "is_judged": len(_weeks_before(connection, week)) >= FEWEST_READINGS,
            "large": LARGE,
            "stalled_pct": STALLED_SHARE_PCT,
            "rolled_back_pct": ROLLED_BACK_SHARE_PCT,
            "frozen_pct": FROZEN_SHARE_PCT,
        },
    )
    check(connection, BASE_DOWNLOAD_SPIKE, where=f"week = '{week}'")
    check(connection, HUB_WEEK, where=f"week = '{week}'")


def _weeks_before(connection: duckdb.DuckDBPyConnection, week: date) -> list[date]:
    """Return the weeks of a model's own history, newest first."""
    rows = connection.execute(
        "select week from core.hub_week where week < ? order by week desc limit ?", [week, WEEKS_OF_HISTORY]
    ).fetchall()
    return [found for (found,) in rows]


def _write_spikes(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    """Write the models above their cap. No cap is below the allowance, so only models above it are candidates."""
    connection.execute("delete from base.download_spike where week = ?", [week])
    weeks = _weeks_before(connection, week)
    if len(weeks) < FEWEST_READINGS:
        return
    connection.execute(
        """
        insert into base.download_spike by name
        with candidate as (
            select model_key, downloads_30d from reading_pair where downloads_30d > $allowance
        ),
        history as (
            select model_key, count(downloads_30d) as readings, median(downloads_30d) as median
            from base.model_week
            where week in $weeks and model_key in (select model_key from candidate)
            group by model_key
        ),
        capped as (
            select
                model_key, downloads_30d,
                coalesce(readings, 0) as readings,
                if(readings >= $fewest, median, null) as usual,
                floor(coalesce(greatest($factor * usual, usual + $allowance), $allowance))::bigint as kept
            from candidate
            left join history using (model_key)
        )
        select $week as week, *
        from capped
        where downloads_30d > kept
        order by model_key
        """,
        {
            "week": week,
            "weeks": weeks,
            "allowance": SPIKE_ALLOWANCE,
            "fewest": FEWEST_READINGS,
            "factor": SPIKE_FACTOR,
        },
    )


def _find_frozen(connection: duckdb.DuckDBPyConnection, week: date, observed_at: datetime) -> None:
    """Find the models whose counter was the same in every reading of `FROZEN_FOR`."""
    weeks = connection.execute(
        """
        select list(week)
        from core.hub_week
        where week < $week
            and observed_at >= (select max(observed_at) from core.hub_week where observed_at <= $since and week < $week)
        """,
        {"week": week, "since": observed_at - FROZEN_FOR},
    ).fetchall()[0][0]
    connection.execute(
        """
        create or replace temp table frozen_model as
        with unmoved as (
            select model_key, downloads_30d
            from reading_pair
            where downloads_30d > 0 and downloads_30d = downloads_30d_before
        ),
        frozen as (
            select model_key, downloads_30d
            from unmoved
            join base.model_week as earlier using (model_key, downloads_30d)
            where earlier.week in $weeks
            group by model_key, downloads_30d
            having count(*) = len($weeks)
        )
        select
            if($is_known, count(*), null) as models,
            if($is_known, coalesce(sum(downloads_30d), 0), null)::bigint as downloads_30d
        from frozen
        """,
        {"weeks": weeks or [], "is_known": bool(weeks)},
    )
