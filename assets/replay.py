"""What is landed and not in the database yet, read week by week as it would have been read then; no service is asked."""

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
from assets.hub.assets import load_walk as bring_in_walk
from assets.hub.walk import SANDBOX_SOURCE, Walk, landed_walk
from assets.landing.replayed_responses import ReplayedResponses
from assets.landing.responses import ResponseStore
from assets.landing.walk_folder import DamagedLandingError, Landing, landings
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
from warehouse.hub import closure, families, lineage_totals
from warehouse.release.alerts import keep_new
from warehouse.release.rebuild import derive_all
from warehouse.seeds import entities, published_figures, survey_answers
from warehouse.tables.events import MILESTONE

HUB = "hub"
# Answers of one name that are asked for in two ways: every week, and once for the past.
_ALSO = {MONTHS.name: MONTHS.collect}


@dataclass(frozen=True)
class Replayed:
    """What was read again, and what was landed and could not be, each with its reason."""

    weeks: list[date] = field(default_factory=list[date])
    walks: int = 0
    collections: int = 0
    not_read: list[str] = field(default_factory=list[str])

    @property
    def attempts(self) -> int:
        """Walks and collections together."""
        return self.walks + self.collections


@dataclass(frozen=True)
class _Attempt:
    """A landed collection, with the name of the client that reads it, or a landed walk."""

    moment: datetime
    week: date
    record: Collection | None
    source: str = HUB
    walk: Walk | None = None


def replay(warehouse: Warehouse, landing: Path, scratch: Path) -> Replayed:
    """Bring everything that is landed below `landing` and newer than what the database holds into it, oldest week first.

    Each answer is read as of the moment at which it was asked for. Nothing is written below `landing`; `scratch` is a
    folder for what has to be written meanwhile.
    """
    not_read: list[str] = []
    with warehouse.writing() as connection:
        rows = connection.execute("select run_id, source, started_at, status from meta.collection").fetchall()
        is_new = not connection.execute("select count(*) from core.metric").fetchall()[0][0]
    tried = {(run_id, source) for run_id, source, _, _ in rows}
    newest = {
        source: max(begun for _, other, begun, status in rows if other == source and status == "complete")
        for source in {source for _, source, _, status in rows if status == "complete"}
    }
    found = [*_collections(landing, not_read, newest), *_walks(landing, scratch, not_read, newest)]
    due = [one for one in found if _is_due(one, newest)]
    known = [one.record for one in found if one.record and one.record.status != "complete"]
    if is_new and (due or known):
        _read_lists(warehouse, scratch)
    for record in known:
        if (record.run_id, record.source) not in tried:
            with warehouse.writing() as connection:
                record_collection(connection, record)
    for week in sorted({one.week for one in due}):
        _replay_week(warehouse, sorted((one for one in due if one.week == week), key=_order), not_read)
    walks = sum(one.walk is not None for one in due)
    return Replayed(sorted({one.week for one in due}), walks, len(due) - walks, not_read)


def _is_due(one: _Attempt, newest: dict[str, datetime]) -> bool:
    """Say whether it is newer than the newest that the database has of its source: what is older is in it, or was replaced."""
    name = one.walk.source if one.walk else one.record.source if one.record else one.source
    is_complete = one.walk is not None or (one.record is not None and one.record.status == "complete")
    return is_complete and (name not in newest or one.moment > newest[name])


def _order(one: _Attempt) -> tuple[datetime, str]:
    return one.moment, one.source


def _known(newest: dict[str, datetime], source: str) -> datetime | None:
    """Give the newest moment that the database has of a source, or of its stand-in."""
    return max((newest[name] for name in (source, f"sandbox_{source}") if name in newest), default=None)


def _collections(landing: Path, not_read: list[str], newest: dict[str, datetime]) -> Iterator[_Attempt]:
    for folder in sorted(landing.glob("*/????-??-??/collection-*")):
        record, source = stored_record(folder), folder.parent.parent.name
        known = _known(newest, source)
        if record is not None:
            yield _Attempt(record.started_at, record.week, record, source)
        elif known is None or folder.parent.name > monday(known).isoformat():
            not_read.append(
                f"{folder}: it has no {RECORD}: the collection broke off, or was landed before there was one"
            )


def _walks(landing: Path, scratch: Path, not_read: list[str], newest: dict[str, datetime]) -> Iterator[_Attempt]:
    """Give the newest whole walk of each week, taken up where nothing that is written beside it touches the landed one."""
    known = max((newest[name] for name in (SOURCE, SANDBOX_SOURCE) if name in newest), default=None)
    for week in weeks_of_walks(landing / HUB):
        for one in reversed(landings(landing / HUB, week)):
            if one.outcome is None or one.outcome.status != "complete":
                continue
            if known is not None and datetime.fromisoformat(one.request["edge"]) <= known:
                break  # it was read long ago: not even looked at
            try:
                walk = landed_walk(_stand_in(one, scratch))
            except DamagedLandingError as error:
                not_read.append(str(error).replace(str(scratch / HUB), str(landing / HUB)))
                continue
            yield _Attempt(walk.edge, week, stored_record(one.folder), walk=walk)
            break


def _stand_in(one: Landing, scratch: Path) -> Landing:
    folder = scratch / HUB / one.folder.parent.name / one.folder.name
    folder.mkdir(parents=True)
    for file in one.folder.iterdir():
        if file.suffix == ".gz":
            (folder / file.name).symlink_to(file)
        elif file.is_file():
            shutil.copyfile(file, folder / file.name)
    return Landing(folder)


def _read_lists(warehouse: Warehouse, scratch: Path) -> None:
    """Read what is kept by hand: it is known from now on, for nothing tells what the lists of then were."""
    now = datetime.now(UTC)
    with warehouse.writing() as connection:
        published_figures.load(connection, published_figures.CURATED, now, SOURCE_ROWS)
        entities.load(connection)
        survey_answers.load(connection, now)
    responses = ResponseStore(scratch, cost_model.SOURCE.name, now.date())
    context = SourceContext(responses, warehouse.settings, now, now.date())
    load_result(warehouse, context, cost_model.collect(context))


def _replay_week(warehouse: Warehouse, attempts: list[_Attempt], not_read: list[str]) -> None:
    for one in attempts:
        try:
            record = _read_walk(warehouse, one.walk, one.record) if one.walk else _read_answers(warehouse, one)
        except (SourceError, DamagedLandingError, OriginError, CheckError, NoObservationError, dg.Failure) as error:
            why = error.description or "" if isinstance(error, dg.Failure) else str(error)
            not_read.append(f"{one.record.folder if one.record else one.week}: {why}")
            if one.record is None:
                continue
            record = one.record
            record.status, record.reason = "failed", f"it was landed, and could not be read again: {why}"
        with warehouse.writing() as connection:
            record_collection(connection, record)
    with warehouse.writing() as connection:
        if any(one.walk for one in attempts):
            families.load(connection, published_figures.CURATED)
            closure.close(connection)
            if (week := families.newest_week(connection)) is not None:
                families.count_week(connection, week)
                lineage_totals.sum_up_week(connection, week)
        derive_all(connection, up_to=MILESTONE)
        keep_new(connection, max(one.moment for one in attempts))


def _read_walk(warehouse: Warehouse, walk: Walk, record: Collection | None) -> Collection:
    # It was read when it had come to its end.
    read_at = record.finished_at if record else walk.edge + (walk.finished_at - walk.began_at)
    bring_in_walk(warehouse, walk, read_at)
    return record or Collection(
        run_id=f"landed {walk.week}/{walk.folder.name}",
        source=walk.source,
        week=walk.week,
        started_at=walk.edge,
        finished_at=read_at,
        requests=len(walk.pages),
        rows=walk.rows,
        bytes=walk.bytes,
    )


def _read_answers(warehouse: Warehouse, one: _Attempt) -> Collection:
    assert one.record is not None
    assert one.record.folder is not None
    weekly = COLLECTED.get(one.source)
    readers = [reader for reader in (weekly and weekly.collect, _ALSO.get(one.source)) if reader]
    if not readers:
        raise DamagedLandingError(f"nothing here reads the answers of {one.source}")
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
        load_result(warehouse, context, found)
        break
    return one.record


def _with_placeholder_keys(settings: Settings) -> Settings:
    """Return the settings with a placeholder for each key that a client requires: nothing is sent."""
    placeholder = "replay sends no request"
    keys = {key.setting: SecretStr(placeholder) for key in KEYS}
    return settings.model_copy(update={"contact": placeholder, "keys": keys})
