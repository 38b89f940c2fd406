"""What a watcher has to know at one look: which source is stale or could not be collected, and which weeks are missing."""

from datetime import datetime

import dagster as dg
import duckdb

from assets.disk_space import Room

SOURCES_ARE_FRESH = "every_source_is_fresh"
NO_WEEK_IS_MISSING = "no_week_is_missing"
DISK_HAS_ROOM = "the_disk_has_room"


def check_specs(asset: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """Give the checks of a release: none stops it, each is yellow when something is to be done."""
    return [
        dg.AssetCheckSpec(
            SOURCES_ARE_FRESH, asset=asset, description="every source was collected whole within eight days"
        ),
        dg.AssetCheckSpec(
            NO_WEEK_IS_MISSING,
            asset=asset,
            description="the Hub was walked in every week since the first; a week that was missed can not be made up for",
        ),
        dg.AssetCheckSpec(
            DISK_HAS_ROOM, asset=asset, description="the disk has room for twice of what the next refresh needs"
        ),
    ]


def verdicts(connection: duckdb.DuckDBPyConnection, asset: dg.AssetKey, room: Room) -> list[dg.AssetCheckResult]:
    """Give the verdicts of these checks on the working database after a release, with what is to be done."""
    return [_freshness(connection, asset), _weeks(connection, asset), _disk(room, asset)]


def _freshness(connection: duckdb.DuckDBPyConnection, asset: dg.AssetKey) -> dg.AssetCheckResult:
    sources = connection.execute(
        """
        select source, last_complete_at, last_tried_at, last_status, coalesce(last_reason, ''), is_stale
        from meta.freshness
        order by last_complete_at nulls first, source
        """
    ).fetchall()
    stale = [row for row in sources if row[-1]]
    lines = [
        f"| {source} | {_day(complete)} | {_day(tried)}, {status} | {_in_a_cell(reason)} |"
        for source, complete, tried, status, reason, _ in sources
    ]
    table = "\n".join(["| source | last complete | last attempt | what it said |", "|---|---|---|---|", *lines])
    told = "; ".join(
        f"{source}: {f'last complete on {_day(complete)}' if complete else 'never complete'}, last attempt {status}"
        for source, complete, _, status, _, _ in stale
    )
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=SOURCES_ARE_FRESH,
        passed=not stale,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{told}. Kept: what they said before stands, with its own dates. To do: read what the source said below; set the "
            "key that is missing, or switch it off with TIDEGAUGE_SWITCHED_OFF; `tidegauge doctor` asks each source again; "
            f"docs/operations.md#{SOURCES_ARE_FRESH}."
            if stale
            else f"all {len(sources)} sources are fresh"
        ),
        metadata={"sources": len(sources), "stale": len(stale), "by source": dg.MetadataValue.md(table)},
    )


def _weeks(connection: duckdb.DuckDBPyConnection, asset: dg.AssetKey) -> dg.AssetCheckResult:
    missing = connection.execute(
        """
        with seen as (select distinct week from core.hub_week)
        select unnest(generate_series(min(week)::timestamp, max(week)::timestamp, interval 7 days))::date as monday
        from seen
        except
        from seen
        order by monday
        """
    ).fetchall()
    days = ", ".join(f"{monday:%Y-%m-%d}" for (monday,) in missing)
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=NO_WEEK_IS_MISSING,
        passed=not missing,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"the Hub was not walked in the weeks of {days}. Kept: every other week; a rate across a gap is not computed. To "
            "do: see why the schedule did not run then. The Hub tells only its present state; docs/operations.md#"
            f"{NO_WEEK_IS_MISSING}."
            if missing
            else "no week is missing"
        ),
        metadata={"missing": len(missing)},
    )


def _disk(room: Room, asset: dg.AssetKey) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=DISK_HAS_ROOM,
        passed=not room.is_low,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{room}. Kept: this release is whole. To do: make room before the next refresh, which does not begin without; "
            f"docs/operations.md#{DISK_HAS_ROOM} says what may be deleted."
            if room.is_low
            else f"{room}"
        ),
        metadata={"free_gigabytes": round(room.free / 1e9, 2), "needed_gigabytes": round(room.needed / 1e9, 2)},
    )


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "never"


def _in_a_cell(text: str) -> str:
    """Write what a service said so that it stays in its cell and is not read as Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|!" else " " if c in "\r\n" else c for c in text[:300])
