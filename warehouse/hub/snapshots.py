"""Load snapshots of the Hub by others: one by one, in any order, with the same final tables.

After each one the status of all is determined again: a repeat belongs to the first label with the same content, and a
partial snapshot has fewer models than its neighbours.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database.bulk_insert import insert
from warehouse.database.derive import check
from warehouse.facts.observations import Observation, record
from warehouse.tables.snapshots import BACKFILL, SNAPSHOT_READING
from warehouse.tables.table import sql_literal

# A smaller share of the largest file within NEARBY means that a part is missing: the Hub grows by a tenth in this time,
# and has never shrunk so much.
LEAST_SHARE = 0.7
NEARBY = timedelta(days=35)
# A snapshot is taken before the next label; a later one belongs to another label.
LATEST_AFTER_LABEL = timedelta(days=8)
LARGEST_UNUSABLE_SHARE = 0.001
_TOTALS = (
    "observed_at", "rows", "duplicates", "unusable", "models", "models_created_30d", "downloads_30d", "downloads_all_time",
    "content",
)  # fmt: skip
_METRICS = {
    "hub_snapshot_models": ("models", "models"),
    "hub_snapshot_models_created_30d": ("models_created_30d", "models"),
    "hub_snapshot_downloads_30d": ("downloads_30d", "downloads"),
    "hub_snapshot_downloads_all_time": ("downloads_all_time", "downloads"),
}


class SnapshotRefusedError(RuntimeError):
    """The rows of a snapshot are not valid; nothing of it is used."""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot and its origin."""

    source: str
    label: date
    sha256: str
    bytes: int
    revision: str | None = None
    evidence_url: str | None = None


def known(connection: duckdb.DuckDBPyConnection, source: str) -> dict[date, tuple[str, str]]:
    """Return the SHA-256 and the status of each loaded snapshot of a source, by label."""
    rows = connection.execute("select label, sha256, status from meta.backfill where source = ?", [source]).fetchall()
    return {label: (sha256, status) for label, sha256, status in rows}


def load(
    connection: duckdb.DuckDBPyConnection, file: Path, snapshot: Snapshot, columns: Collection[str], now: datetime
) -> str:
    """Load a snapshot, replacing an earlier one with the same label; return its status.

    `columns` are the optional columns of the file.

    Raises:
        SnapshotRefusedError: the file cannot be parsed, too many rows are unusable, or it is of a later time than its label.
        CheckError: a declared check fails.
    """
    connection.execute("set preserve_insertion_order = false")
    try:
        _read(connection, file, columns)
        totals = _totals(connection, snapshot)
    except duckdb.Error as error:
        # DuckDB raises its base class for some damaged files; any other error of the statement is a mistake in it.
        if isinstance(error, duckdb.ProgrammingError) and not isinstance(error, duckdb.InvalidInputException):
            raise
        raise SnapshotRefusedError(f"a row cannot be read: {(str(error).splitlines() or ['damaged'])[0]}") from error
    if totals["models"] == 0 or totals["unusable"] > LARGEST_UNUSABLE_SHARE * totals["rows"]:
        raise SnapshotRefusedError(
            f"{totals['unusable']:,} of {totals['rows']:,} rows have no name or creation, or a counter that is "
            f"not a whole number from 0 up: more than {LARGEST_UNUSABLE_SHARE:.1%}"
        )
    if totals["observed_at"].date() > snapshot.label + LATEST_AFTER_LABEL:
        raise SnapshotRefusedError(
            f"it has models created on {totals['observed_at']:%Y-%m-%d}, after the week of its label"
        )
    _delete(connection, snapshot)
    _insert_backfill(connection, snapshot, now, status="loaded", **totals)
    if _assign_content(connection, snapshot.source, totals["content"]) == snapshot.label:
        _write(connection, snapshot)
    connection.execute("drop table incoming_row; drop table incoming_snapshot")
    return _update_statuses(connection, snapshot, now)


def repeat(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, now: datetime) -> str | None:
    """Record a snapshot whose file was already loaded under another label; return its status.

    None if the file was not loaded yet, or its content is of a later time than this label.
    """
    found = connection.execute(
        """
        from meta.backfill
        where source = ? and sha256 = ? and label <> ? and status <> 'refused' and observed_at::date <= ?
        limit 1
        """,
        [snapshot.source, snapshot.sha256, snapshot.label, snapshot.label + LATEST_AFTER_LABEL],
    )
    names = [column[0] for column in found.description]
    rows = found.fetchall()
    if not rows:
        return None
    twin = dict(zip(names, rows[0], strict=True))
    _delete(connection, snapshot)
    _insert_backfill(connection, snapshot, now, status="loaded", **{name: twin[name] for name in _TOTALS})
    if snapshot.label < (first := twin["repeat_of"] or twin["label"]):
        _relabel(connection, snapshot.source, first, snapshot.label)
    _assign_content(connection, snapshot.source, twin["content"])
    return _update_statuses(connection, snapshot, now)


def refuse(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, reason: str, now: datetime) -> None:
    """Record that a snapshot was not loaded, and why; an earlier one with this label stays."""
    if known(connection, snapshot.source).get(snapshot.label, ("", "refused"))[1] == "refused":
        _delete(connection, snapshot)
        _insert_backfill(connection, snapshot, now, status="refused", reason=reason)
        check(connection, BACKFILL)


def _read(connection: duckdb.DuckDBPyConnection, file: Path, columns: Collection[str]) -> None:
    """Load the rows into incoming_row, and the newest row of each name into incoming_snapshot.

    A row is usable if it has a name and a creation, and counters that are whole numbers from 0 up, or NULL.
    """
    modified = 'try_cast("lastModified" as timestamptz)' if "lastModified" in columns else "null::timestamptz"
    all_time = '"downloadsAllTime"' if "downloadsAllTime" in columns else "null::bigint"
    counters = ('"downloads"', all_time, '"likes"')
    connection.execute(
        f"""
        create or replace temp table incoming_row as
        select
            * exclude (stated),
            coalesce(trim(id) <> '' and created_at is not null, false)
            and stated = [downloads_30d is not null, downloads_all_time is not null, likes is not null] as is_usable
        from (
            select
                id::varchar as id, date_trunc('second', try_cast("createdAt" as timestamptz)) as created_at,
                {modified} as modified_at, {_counter(counters[0])} as downloads_30d, {_counter(all_time)} as downloads_all_time,
                try_cast({_counter(counters[2])} as integer) as likes,
                [{", ".join(f"{column} is not null" for column in counters)}] as stated
            from read_parquet({sql_literal(str(file))})
        )
        """
    )
    connection.execute(
        """
        create or replace temp table incoming_snapshot as
        with doubled as (select id from incoming_row where is_usable group by id having count(*) > 1)
        select id, created_at, downloads_30d, downloads_all_time, likes
        from incoming_row where is_usable and id not in (from doubled)
        union all
        (
            select id, created_at, downloads_30d, downloads_all_time, likes
            from incoming_row where is_usable and id in (from doubled)
            qualify row_number() over (
                partition by id
                order by
                    created_at desc, downloads_all_time desc nulls last, downloads_30d desc nulls last, likes desc nulls last
            ) = 1
        )
        """
    )


def _counter(column: str) -> str:
    """Return the SQL for a counter as BIGINT, also if it was written as DOUBLE because it has NULLs; NULL if it is odd.

    More than 10^15 is an error of the publisher, and sums could overflow.
    """
    return f"if({column} between 0 and 1e15 and {column} = trunc({column}), try_cast({column} as bigint), null)"


def _totals(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> dict[str, Any]:
    # Ignore modification times after the week of the label: they are not the time of the snapshot.
    found = connection.execute(
        """
        with file as (
            select
                count(*) as rows, count(*) filter (not is_usable) as unusable,
                greatest(
                    max(created_at) filter (is_usable),
                    max(modified_at) filter (is_usable and modified_at < $latest::timestamptz)
                ) as observed_at
            from incoming_row
        )
        select
            observed_at, rows, rows - unusable - count(id) as duplicates, unusable, count(id) as models,
            count(*) filter (created_at >= observed_at - interval 30 days) as models_created_30d,
            sum(downloads_30d)::bigint as downloads_30d, sum(downloads_all_time)::bigint as downloads_all_time,
            sum(md5_number_lower(concat_ws(
                '|', id, epoch(created_at)::bigint, coalesce(downloads_30d, -1), coalesce(downloads_all_time, -1),
                coalesce(likes, -1)
            )))::varchar as content
        from file left join incoming_snapshot on true
        group by observed_at, rows, unusable
        """,
        {"latest": snapshot.label + LATEST_AFTER_LABEL},
    ).fetchall()[0]
    return dict(zip(_TOTALS, found, strict=True))


def _insert_backfill(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, now: datetime, **cells: Any) -> None:  # noqa: ANN401
    row = {**vars(snapshot), "loaded_at": now, **cells}
    insert(connection, BACKFILL, list(row), [list(row.values())])


def _write(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    connection.execute(
        """
        insert into core.snapshot_model by name
        select
            (select coalesce(max(snapshot_key), 0) from core.snapshot_model)
            + row_number() over (order by created_at, id) as snapshot_key,
            id, created_at
        from incoming_snapshot anti join core.snapshot_model using (id, created_at)
        order by snapshot_key
        """
    )
    connection.execute(
        """
        insert into core.snapshot_reading by name
        select $source as source, $label as label, snapshot_key, downloads_30d, downloads_all_time, likes
        from incoming_snapshot join core.snapshot_model using (id, created_at)
        order by snapshot_key
        """,
        {"source": snapshot.source, "label": snapshot.label},
    )


def _delete(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    """Delete a label; if others repeat it, the first of them gets its rows."""
    place = {"source": snapshot.source, "label": snapshot.label}
    (successor,) = connection.execute(
        "select min(label) from meta.backfill where source = $source and repeat_of = $label", place
    ).fetchall()[0]
    connection.execute("delete from meta.backfill where source = $source and label = $label", place)
    if successor is None:
        connection.execute("delete from core.snapshot_reading where source = $source and label = $label", place)
        return
    _relabel(connection, snapshot.source, snapshot.label, successor)
    content = connection.execute(
        "select content from meta.backfill where source = ? and label = ?", [snapshot.source, successor]
    ).fetchall()[0][0]
    _assign_content(connection, snapshot.source, content)


def _relabel(connection: duckdb.DuckDBPyConnection, source: str, before: date, after: date) -> None:
    connection.execute(
        "update core.snapshot_reading set label = ? where source = ? and label = ?", [after, source, before]
    )


def _assign_content(connection: duckdb.DuckDBPyConnection, source: str, content: str) -> date:
    """Assign the rows of a content to its first label and mark the others as repeats; return that label."""
    place = {"source": source, "content": content}
    (first,) = connection.execute(
        "select min(label) from meta.backfill where source = $source and content = $content", place
    ).fetchall()[0]
    connection.execute(
        """
        delete from core.snapshot_reading where source = $source and label in (
            select label from meta.backfill where source = $source and content = $content and label <> $first
        )
        """,
        {**place, "first": first},
    )
    connection.execute(
        """
        update meta.backfill
        set status = if(label = $first, 'loaded', 'repeat'), repeat_of = if(label = $first, null, $first)
        where source = $source and content = $content
        """,
        {**place, "first": first},
    )
    return date.fromisoformat(str(first))


def _update_statuses(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, now: datetime) -> str:
    """Update which snapshots are partial, record the totals of the others, and check the tables; return the new status."""
    connection.execute(
        """
        update meta.backfill as kept
        set status = if(kept.models < $share * compared.largest, 'partial', 'loaded')
        from (
            select label, max(models) over (
                order by label::timestamp range between $nearby preceding and $nearby following
            ) as largest
            from meta.backfill where source = $source and status in ('loaded', 'partial')
        ) as compared
        where kept.source = $source and kept.label = compared.label
        """,
        {"source": snapshot.source, "share": LEAST_SHARE, "nearby": NEARBY},
    )
    check(connection, BACKFILL)
    check(
        connection,
        SNAPSHOT_READING,
        where=f"source = {sql_literal(snapshot.source)} and label = '{snapshot.label.isoformat()}'",
    )
    if observations := _observations(connection, snapshot.source):
        record(connection, observations, now)
    return known(connection, snapshot.source)[snapshot.label][1]


def _observations(connection: duckdb.DuckDBPyConnection, source: str) -> list[Observation]:
    """Return the totals of every loaded snapshot, and withdrawals for those that no longer count."""
    rows = connection.execute(
        f"""
        select observed_at, label, evidence_url, {", ".join(total for total, _ in _METRICS.values())}
        from meta.backfill where source = ? and status = 'loaded'
        qualify row_number() over (partition by observed_at::date order by label desc) = 1
        order by label
        """,
        [source],
    ).fetchall()
    found = [
        Observation(
            metric=metric,
            entity="all models",
            period_start=observed_at.date(),
            observed_at=observed_at,
            value=float(value),
            unit=unit,
            basis="measured",
            source=source,
            evidence_url=evidence_url,
            attributes={"label": label.isoformat()},
        )
        for observed_at, label, evidence_url, *values in rows
        for (metric, (_, unit)), value in zip(_METRICS.items(), values, strict=True)
        if value is not None
    ]
    present = {(one.metric, one.period_start) for one in found}
    current = connection.execute(
        """
        select metric, period_start, unit, attributes from core.observation_latest
        where source = $source and metric in $metrics and attributes['withdrawn'] is null
        """,
        {"source": source, "metrics": list(_METRICS)},
    ).fetchall()
    return found + [
        Observation(
            metric=metric,
            entity="all models",
            period_start=day,
            unit=unit,
            basis="measured",
            source=source,
            attributes={**words, "withdrawn": "yes"},
        )
        for metric, day, unit, words in current
        if (metric, day) not in present
    ]
