"""Checks of a release: stale sources and curated lists, missing weeks of the Hub, and free disk space."""

from datetime import datetime

import dagster as dg
import duckdb

from assets.disk_space import DiskSpace

SOURCES_ARE_FRESH = "every_source_is_fresh"
LISTS_ARE_REVIEWED = "every_list_is_reviewed"
NO_WEEK_IS_MISSING = "no_week_is_missing"
DISK_HAS_ROOM = "the_disk_has_room"


def check_specs(asset: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """Return the checks of a release; each only warns, none blocks."""
    return [
        dg.AssetCheckSpec(
            SOURCES_ARE_FRESH,
            asset=asset,
            description="every source was collected completely within the last eight days",
        ),
        dg.AssetCheckSpec(
            LISTS_ARE_REVIEWED,
            asset=asset,
            description="a person compared every curated list with its sources before the age at which it is stale",
        ),
        dg.AssetCheckSpec(
            NO_WEEK_IS_MISSING,
            asset=asset,
            description="the Hub was walked in every week since the first; a missed week cannot be collected later",
        ),
        dg.AssetCheckSpec(
            DISK_HAS_ROOM, asset=asset, description="the disk has twice the free space that the next refresh needs"
        ),
    ]


def verdicts(connection: duckdb.DuckDBPyConnection, asset: dg.AssetKey, space: DiskSpace) -> list[dg.AssetCheckResult]:
    """Return the results of these checks on the working database after a release, with a remedy for each failure."""
    return [_freshness(connection, asset), _lists(connection, asset), _weeks(connection, asset), _disk(space, asset)]


def _freshness(connection: duckdb.DuckDBPyConnection, asset: dg.AssetKey) -> dg.AssetCheckResult:
    sources = connection.execute(
        """
        select source, last_complete_at, last_tried_at, last_status, coalesce(last_reason, ''), is_stale
        from meta.freshness
        where kind = 'source'
        order by last_complete_at nulls first, source
        """
    ).fetchall()
    stale = [row for row in sources if row[-1]]
    lines = [
        f"| {source} | {_day(complete)} | {_day(tried)}, {status} | {_in_a_cell(reason)} |"
        for source, complete, tried, status, reason, _ in sources
    ]
    table = "\n".join(["| source | last complete | last attempt | error |", "|---|---|---|---|", *lines])
    summary = "; ".join(
        f"{source}: {f'last complete on {_day(complete)}' if complete else 'never complete'}, last attempt {status}"
        for source, complete, _, status, _, _ in stale
    )
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=SOURCES_ARE_FRESH,
        passed=not stale,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{summary}. Kept: their earlier figures, with their dates. To do: read the error of the source below; set the "
            "missing key, or switch the source off with TIDEGAUGE_SWITCHED_OFF; `tidegauge doctor` tests each source; "
            f"docs/operations.md#{SOURCES_ARE_FRESH}."
            if stale
            else f"all {len(sources)} sources are fresh"
        ),
        metadata={"sources": len(sources), "stale": len(stale), "by source": dg.MetadataValue.md(table)},
    )


def _lists(connection: duckdb.DuckDBPyConnection, asset: dg.AssetKey) -> dg.AssetCheckResult:
    lists = connection.execute(
        """
        select curated.file, curated.reviewed_on, curated.stale_after_days, curated.note, freshness.is_stale
        from meta.curated_list as curated
        join meta.freshness as freshness on freshness.source = curated.file
        order by freshness.is_stale desc, curated.reviewed_on, curated.file
        """
    ).fetchall()
    stale = [row for row in lists if row[-1]]
    lines = [
        f"| {_in_a_cell(file)} | {reviewed} | {'' if days is None else f'{days} days'} | {_in_a_cell(note)} |"
        for file, reviewed, days, note, _ in lists
    ]
    table = "\n".join(["| list | last review | stale after | compare it with |", "|---|---|---|---|", *lines])
    summary = "; ".join(
        f"{file}: last reviewed on {reviewed}, due after {days} days" for file, reviewed, days, *_ in stale
    )
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=LISTS_ARE_REVIEWED,
        passed=not stale,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{summary}. Kept: their rows. To do: tidegauge review; docs/operations.md#{LISTS_ARE_REVIEWED}."
            if stale
            else f"all {len(lists)} lists were reviewed in time"
        ),
        metadata={"lists": len(lists), "stale": len(stale), "by list": dg.MetadataValue.md(table)},
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
            "do: find out why the schedule did not run. The Hub has only its present state; docs/operations.md#"
            f"{NO_WEEK_IS_MISSING}."
            if missing
            else "no week is missing"
        ),
        metadata={"missing": len(missing)},
    )


def _disk(space: DiskSpace, asset: dg.AssetKey) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=DISK_HAS_ROOM,
        passed=not space.is_low,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{space}. Kept: this release is complete. To do: free some space, or the next refresh does not start; "
            f"docs/operations.md#{DISK_HAS_ROOM} says what may be deleted."
            if space.is_low
            else f"{space}"
        ),
        metadata={"free_gigabytes": round(space.free / 1e9, 2), "needed_gigabytes": round(space.needed / 1e9, 2)},
    )


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "never"


def _in_a_cell(text: str) -> str:
    """Escape a text so that it stays in its cell and is not read as Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|!" else " " if c in "\r\n" else c for c in text[:300])
