"""The past that others have kept: brought in once, on demand, and identified with what the weekly walk sees."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from assets.http.client import Service
from assets.http.downloads import digest, download
from assets.http.errors import SourceError
from assets.hub import snapshots as hub_snapshots
from assets.hub.snapshots import Announced
from assets.resources import Warehouse
from assets.settings import Settings
from assets.table_asset import asset_key, asset_spec, derived_assets
from warehouse.database import schema
from warehouse.database.derive import CheckError, count
from warehouse.hub import snapshots
from warehouse.tables.snapshots import MODEL_SNAPSHOT, SNAPSHOT_MATCH, SNAPSHOT_MODEL, SNAPSHOT_READING

# Rebuilt with every refresh: a model that is seen for the first time, or under another name, is recognised in the past.
IDENTIFIED = derived_assets("snapshot_tables", (SNAPSHOT_MATCH, MODEL_SNAPSHOT), group="hub")
FACTS = (SNAPSHOT_MODEL, SNAPSHOT_READING)
# Told how many bytes of a file are there.
OnBytes = Callable[[int], None]


@dg.multi_asset(
    name="snapshots",
    specs=[asset_spec(table, group="hub", kinds={"parquet", "duckdb"}, deps=[]) for table in FACTS],
)
def snapshots_of_the_past(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any]]:
    """What `tidegauge backfill hub-snapshots` has brought in and checked, as it stands; a refresh adds nothing to it."""
    with warehouse.writing() as connection:
        rows = {table: count(connection, table) for table in FACTS}
    for table, number in rows.items():
        yield dg.MaterializeResult(asset_key=asset_key(table), metadata={"dagster/row_count": number})


@dataclass(frozen=True)
class LoadedSnapshot:
    """What became of a snapshot: loaded, repeat, partial or refused, and why if it was refused."""

    label: date
    status: str
    reason: str | None = None


def announced(settings: Settings, folder: Path | None) -> tuple[Service, list[Announced]]:
    """List the snapshots on the Hub, or in a folder. Raises SourceError like `on_the_hub` and `in_a_folder`."""
    service = hub_snapshots.snapshots_service(settings.hub_endpoint, settings.token)
    return service, hub_snapshots.in_a_folder(folder) if folder else hub_snapshots.on_the_hub(service)


def missing(warehouse: Warehouse, listed: Sequence[Announced], *, again: bool) -> Iterator[Announced]:
    """Give those that were not read yet, or are another file now, each with its SHA-256; `again` those refused as well."""
    with warehouse.writing() as connection:
        known = snapshots.known(connection, _source(listed[0]))
    for one in listed:
        one = one if one.file is None else replace(one, sha256=digest(one.file))
        sha256, status = known.get(one.label, (None, None))
        if sha256 != one.sha256 or (again and status == "refused"):
            yield one


def load_snapshot(
    warehouse: Warehouse, service: Service, one: Announced, now: datetime, on_bytes: OnBytes
) -> LoadedSnapshot:
    """Bring a snapshot in: one transaction, after which the downloaded file is deleted. A file of a folder stays.

    Raises:
        SourceError: it could not be downloaded; what came is continued the next time.
        OriginError: the database holds rows of another origin.
    """
    snapshot = snapshots.Snapshot(
        source=_source(one),
        label=one.label,
        sha256=one.sha256 or "",
        bytes=one.size,
        revision=one.revision,
        evidence_url=None if one.file else f"{service.base_url}/{one.question.url}",
    )
    with warehouse.writing() as connection:
        schema.assert_origin(connection, "sandbox" if one.is_made_up else "live")
        if (status := snapshots.repeat(connection, snapshot, now)) is not None:
            return LoadedSnapshot(one.label, status)
    file = one.file or download(service, one.question, _place(warehouse, one), one.size, snapshot.sha256, on_bytes)
    brought = _load(warehouse, file, snapshot, now)
    if one.file is None:
        file.unlink()
    return brought


def _load(warehouse: Warehouse, file: Path, snapshot: snapshots.Snapshot, now: datetime) -> LoadedSnapshot:
    try:
        columns = hub_snapshots.examine_file(file, snapshot.label)
        with warehouse.writing() as connection:
            status = snapshots.load(connection, file, snapshot, columns, now)
        return LoadedSnapshot(snapshot.label, status)
    except (SourceError, snapshots.SnapshotRefusedError, CheckError) as error:
        reason = error.reason if isinstance(error, SourceError) else str(error)
        with warehouse.writing() as connection:
            snapshots.refuse(connection, snapshot, reason, now)
        return LoadedSnapshot(snapshot.label, "refused", reason)


def _place(warehouse: Warehouse, one: Announced) -> Path:
    # By its content: what was begun of a file that has changed since is not continued.
    return warehouse.landing / hub_snapshots.SOURCE / f"{one.label}-{str(one.sha256)[:12]}.parquet"


def _source(one: Announced) -> str:
    return f"sandbox_{hub_snapshots.SOURCE}" if one.is_made_up else hub_snapshots.SOURCE
