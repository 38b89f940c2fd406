"""Assets of Hub snapshots by others: loaded once, on demand, and matched with the models of the weekly walk."""

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
from assets.hub.snapshots import AvailableSnapshot
from assets.resources import Warehouse
from assets.settings import Settings
from assets.table_asset import asset_key, asset_spec, derived_assets
from warehouse.database import schema
from warehouse.database.derive import CheckError, count
from warehouse.hub import snapshots
from warehouse.tables.snapshots import MODEL_SNAPSHOT, SNAPSHOT_MATCH, SNAPSHOT_MODEL, SNAPSHOT_READING

# Rebuilt with every refresh: a new or renamed model may match models in older snapshots.
MATCHED = derived_assets("snapshot_tables", (SNAPSHOT_MATCH, MODEL_SNAPSHOT), group="hub")
FACTS = (SNAPSHOT_MODEL, SNAPSHOT_READING)
# Called with the number of bytes that are downloaded.
OnBytes = Callable[[int], None]


@dg.multi_asset(
    name="snapshots",
    specs=[asset_spec(table, group="hub", kinds={"parquet", "duckdb"}, deps=[]) for table in FACTS],
)
def snapshots_of_the_past(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any]]:
    """Report the rows that `tidegauge backfill hub-snapshots` has loaded; a refresh adds none."""
    with warehouse.writing() as connection:
        rows = {table: count(connection, table) for table in FACTS}
    for table, number in rows.items():
        yield dg.MaterializeResult(asset_key=asset_key(table), metadata={"dagster/row_count": number})


@dataclass(frozen=True)
class LoadedSnapshot:
    """Result of loading a snapshot: status loaded, repeat, partial or refused; a refused one has a reason."""

    label: date
    status: str
    reason: str | None = None


def available(settings: Settings, folder: Path | None) -> tuple[Service, list[AvailableSnapshot]]:
    """List the snapshots on the Hub, or in a folder. Raises SourceError like `list_on_hub` and `list_folder`."""
    service = hub_snapshots.snapshots_service(settings.hub_endpoint, settings.token)
    return service, hub_snapshots.list_folder(folder) if folder else hub_snapshots.list_on_hub(service)


def missing(warehouse: Warehouse, listed: Sequence[AvailableSnapshot], *, again: bool) -> Iterator[AvailableSnapshot]:
    """Yield new and changed snapshots, each with its SHA-256; with `again` also the refused ones."""
    with warehouse.writing() as connection:
        known = snapshots.known(connection, _source(listed[0]))
    for one in listed:
        one = one if one.file is None else replace(one, sha256=digest(one.file))
        sha256, status = known.get(one.label, (None, None))
        if sha256 != one.sha256 or (again and status == "refused"):
            yield one


def load_snapshot(
    warehouse: Warehouse, service: Service, one: AvailableSnapshot, now: datetime, on_bytes: OnBytes
) -> LoadedSnapshot:
    """Load a snapshot in one transaction, then delete the downloaded file. A file of a folder stays.

    Raises:
        SourceError: the download failed; the next call continues it.
        OriginError: the database has rows of another origin.
    """
    snapshot = snapshots.Snapshot(
        source=_source(one),
        label=one.label,
        sha256=one.sha256 or "",
        bytes=one.size,
        revision=one.revision,
        evidence_url=None if one.file else f"{service.base_url}/{one.request.url}",
    )
    with warehouse.writing() as connection:
        schema.assert_origin(connection, "sandbox" if one.is_from_sandbox else "live")
        if (status := snapshots.repeat(connection, snapshot, now)) is not None:
            return LoadedSnapshot(one.label, status)
    file = one.file or download(service, one.request, _place(warehouse, one), one.size, snapshot.sha256, on_bytes)
    loaded = _load(warehouse, file, snapshot, now)
    if one.file is None:
        file.unlink()
    return loaded


def _load(warehouse: Warehouse, file: Path, snapshot: snapshots.Snapshot, now: datetime) -> LoadedSnapshot:
    try:
        columns = hub_snapshots.check_schema(file, snapshot.label)
        with warehouse.writing() as connection:
            status = snapshots.load(connection, file, snapshot, columns, now)
        return LoadedSnapshot(snapshot.label, status)
    except (SourceError, snapshots.SnapshotRefusedError, CheckError) as error:
        reason = error.reason if isinstance(error, SourceError) else str(error)
        with warehouse.writing() as connection:
            snapshots.refuse(connection, snapshot, reason, now)
        return LoadedSnapshot(snapshot.label, "refused", reason)


def _place(warehouse: Warehouse, one: AvailableSnapshot) -> Path:
    # Named by content: the download of a file that has changed is not continued.
    return warehouse.landing / hub_snapshots.SOURCE / f"{one.label}-{str(one.sha256)[:12]}.parquet"


def _source(one: AvailableSnapshot) -> str:
    return f"sandbox_{hub_snapshots.SOURCE}" if one.is_from_sandbox else hub_snapshots.SOURCE
