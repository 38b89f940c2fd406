"""Replay stored responses that the database does not have yet, week by week, without calling a service."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
from pydantic import SecretStr

from assets.communities.subreddit_history import MONTHS
from assets.declared_sources import COLLECTED, KEYS, SOURCE_ROWS
from assets.http.errors import ItemNotFoundError, SourceError
from assets.http.hub_service import SOURCE
from assets.hub.assets import load_walk
from assets.hub.walk import SANDBOX_SOURCE, Walk, stored_walk
from assets.landing.replayed_responses import ReplayedResponses
from assets.landing.responses import ResponseStore
from assets.landing.walk_folder import DamagedLandingError, WalkFolder, walk_folders
from assets.landing.walk_folder import weeks as weeks_of_walks
from assets.resources import Warehouse
from assets.settings import Settings
from assets.source import SourceContext, SourceResult
from assets.source_asset import load_result
from assets.training import cost_model
from assets.weeks import monday
from warehouse.database.derive import CheckError
from warehouse.database.schema import OriginError
from warehouse.facts.collections import RECORD, Collection, record_collection, stored_record
from warehouse.facts.observations import NoObservationError
from warehouse.hub import closure, families, lineage_totals, makers
from warehouse.release.alerts import keep_new
from warehouse.release.rebuild import derive_all
from warehouse.seeds import entities, published_figures, survey_answers
from warehouse.tables.events import MILESTONE

HUB = "hub"
# Sources with two collectors: one for every week, and one for the past.
_ALSO = {MONTHS.name: MONTHS.collect}


@dataclass(frozen=True)
class Replayed:
    """Result of a replay: what was loaded, and what could not be, each with its reason."""

    weeks: list[date] = field(default_factory=list[date])
    walks: int = 0
    collections: int = 0
    not_loaded: list[str] = field(default_factory=list[str])

    @property
    def attempts(self) -> int:
        """Number of walks and collections."""
        return self.walks + self.collections


@dataclass(frozen=True)
class _Attempt:
    """A stored collection, with the source whose client parses it, or a stored walk."""

    moment: datetime
    week: date
    record: Collection | None
    source: str = HUB
    walk: Walk | None = None


def replay(warehouse: Warehouse, landing: Path, scratch: Path) -> Replayed:
    """Load everything below `landing` that is newer than the database, oldest week first.

    Each response is loaded as of the time of its request. Nothing is written below `landing`; `scratch` is a folder for
    temporary files.
    """
    not_loaded: list[str] = []
    with warehouse.writing() as connection:
        rows = connection.execute(
            "select run_id, source, started_at, "
            "status = 'complete' or (status = 'partial' and coalesce(\"rows\", 0) > 0) from meta.collection"
        ).fetchall()
        is_new = not connection.execute("select count(*) from core.metric").fetchall()[0][0]
    tried = {(run_id, source) for run_id, source, _, _ in rows}
    newest = {
        source: max(begun for _, other, begun, is_loaded in rows if other == source and is_loaded)
        for source in {source for _, source, _, is_loaded in rows if is_loaded}
    }
    found = [*_collections(landing, not_loaded, newest), *_walks(landing, scratch, not_loaded, newest)]
    due = [one for one in found if _is_due(one, newest)]
    known = [one.record for one in found if one.record and not one.record.is_loaded]
    if is_new and (due or known):
        _load_lists(warehouse, scratch)
    for record in known:
        if (record.run_id, record.source) not in tried:
            with warehouse.writing() as connection:
                record_collection(connection, record)
    for week in sorted({one.week for one in due}):
        _replay_week(warehouse, sorted((one for one in due if one.week == week), key=_order), not_loaded)
    walks = sum(one.walk is not None for one in due)
    return Replayed(sorted({one.week for one in due}), walks, len(due) - walks, not_loaded)


def _is_due(one: _Attempt, newest: dict[str, datetime]) -> bool:
    """Return whether an attempt is newer than the newest in the database: an older one is loaded already, or was replaced."""
    name = one.walk.source if one.walk else one.record.source if one.record else one.source
    is_complete = one.walk is not None or (one.record is not None and one.record.is_loaded)
    return is_complete and (name not in newest or one.moment > newest[name])


def _order(one: _Attempt) -> tuple[datetime, str]:
    return one.moment, one.source


def _known(newest: dict[str, datetime], source: str) -> datetime | None:
    """Return the time of the newest collection of a source, or of its sandbox, in the database."""
    return max((newest[name] for name in (source, f"sandbox_{source}") if name in newest), default=None)


def _collections(landing: Path, not_loaded: list[str], newest: dict[str, datetime]) -> Iterator[_Attempt]:
    for folder in sorted(landing.glob("*/????-??-??/collection-*")):
        record, source = stored_record(folder), folder.parent.parent.name
        known = _known(newest, source)
        if record is not None:
            yield _Attempt(record.started_at, record.week, record, source)
        elif known is None or folder.parent.name > monday(known).isoformat():
            not_loaded.append(
                f"{folder}: it has no {RECORD}: the collection was interrupted, or is older than this file"
            )


def _walks(landing: Path, scratch: Path, not_loaded: list[str], newest: dict[str, datetime]) -> Iterator[_Attempt]:
    """Yield the newest complete walk of each week, in a copy of its folder, because loading writes into the folder."""
    known = max((newest[name] for name in (SOURCE, SANDBOX_SOURCE) if name in newest), default=None)
    for week in weeks_of_walks(landing / HUB):
        for one in reversed(walk_folders(landing / HUB, week)):
            if one.outcome is None or one.outcome.status != "complete":
                continue
            if known is not None and datetime.fromisoformat(one.request["edge"]) <= known:
                break  # loaded already: do not read it
            try:
                walk = stored_walk(_copy_of(one, scratch))
            except DamagedLandingError as error:
                not_loaded.append(str(error).replace(str(scratch / HUB), str(landing / HUB)))
                continue
            yield _Attempt(walk.edge, week, stored_record(one.path), walk=walk)
            break


def _copy_of(one: WalkFolder, scratch: Path) -> WalkFolder:
    folder = scratch / HUB / one.path.parent.name / one.path.name
    folder.mkdir(parents=True)
    for file in one.path.iterdir():
        if file.suffix == ".gz":
            (folder / file.name).symlink_to(file)
        elif file.is_file():
            shutil.copyfile(file, folder / file.name)
    return WalkFolder(folder)


def _load_lists(warehouse: Warehouse, scratch: Path) -> None:
    """Load the curated lists, as known from now on: earlier versions of them are not stored."""
    now = datetime.now(UTC)
    with warehouse.writing() as connection:
        published_figures.load(connection, published_figures.CURATED, now, SOURCE_ROWS)
        entities.load(connection)
        survey_answers.load(connection, now)
    responses = ResponseStore(scratch, cost_model.SOURCE.name, now.date())
    context = SourceContext(responses, warehouse.settings, now, now.date())
    load_result(warehouse, context, cost_model.collect(context))


def _replay_week(warehouse: Warehouse, attempts: list[_Attempt], not_loaded: list[str]) -> None:
    for one in attempts:
        try:
            record = _load_walk(warehouse, one.walk, one.record) if one.walk else _load_responses(warehouse, one)
        except (SourceError, DamagedLandingError, OriginError, CheckError, NoObservationError, dg.Failure) as error:
            why = error.description or "" if isinstance(error, dg.Failure) else str(error)
            not_loaded.append(f"{one.record.folder if one.record else one.week}: {why}")
            if one.record is None:
                continue
            record = one.record
            record.status, record.reason = "failed", f"its stored responses could not be loaded: {why}"
        with warehouse.writing() as connection:
            record_collection(connection, record)
    with warehouse.writing() as connection:
        if any(one.walk for one in attempts):
            families.load(connection, published_figures.CURATED)
            closure.close(connection)
            if (week := families.newest_week(connection)) is not None:
                families.count_week(connection, week)
                makers.count_week(connection, week)
                lineage_totals.sum_up_week(connection, week)
        derive_all(connection, up_to=MILESTONE)
        keep_new(connection, max(one.moment for one in attempts))


def _load_walk(warehouse: Warehouse, walk: Walk, record: Collection | None) -> Collection:
    # It was loaded when it had ended.
    loaded_at = record.finished_at if record else walk.edge + (walk.finished_at - walk.began_at)
    load_walk(warehouse, walk, loaded_at)
    return record or Collection(
        run_id=f"landed {walk.week}/{walk.folder.name}",
        source=walk.source,
        week=walk.week,
        started_at=walk.edge,
        finished_at=loaded_at,
        requests=len(walk.pages),
        rows=walk.rows,
        bytes=walk.bytes,
    )


def _load_responses(warehouse: Warehouse, one: _Attempt) -> Collection:
    assert one.record is not None
    assert one.record.folder is not None
    weekly = COLLECTED.get(one.source)
    readers = [reader for reader in (weekly and weekly.collect, _ALSO.get(one.source)) if reader]
    if not readers:
        raise DamagedLandingError(f"no client parses the responses of {one.source}")
    for reader in readers:
        responses = ReplayedResponses(one.record.folder, one.source, one.record.requests)
        context = SourceContext(
            responses, _with_placeholder_keys(warehouse.settings), one.record.started_at, one.record.week
        )
        try:
            found: SourceResult = reader(context)
        except ItemNotFoundError:
            if reader is readers[-1]:
                raise
            continue
        load_result(warehouse, context, found, one.record.set_aside)
        break
    return one.record


def _with_placeholder_keys(settings: Settings) -> Settings:
    """Return the settings with a placeholder for each key that a client requires: nothing is sent."""
    placeholder = "replay sends no request"
    keys = {key.setting: SecretStr(placeholder) for key in KEYS}
    return settings.model_copy(update={"contact": placeholder, "keys": keys})
