"""`tidegauge restore`: rebuild the working database from the last release and the responses stored after it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assets.landing.atomic_files import to_disk
from assets.replay import Replayed, replay
from assets.resources import Warehouse
from pipelines.console import ExitCode
from pipelines.exclusive_run import RunInProgressError, exclusive_run
from warehouse.database.checksums import KEPT_BY_WEEK, checksum, row_sum
from warehouse.database.connection import Database, File, WarehouseBusyError, database_lock
from warehouse.database.derive import CheckError, count
from warehouse.database.schema import OriginError
from warehouse.release.publish import finish_interrupted_swap
from warehouse.release.rebuild import derive_all
from warehouse.release.restore import STORED, DamagedReleaseError, find_release, load, matches_release
from warehouse.seeds.csv_reader import CuratedError
from warehouse.tables.events import ALERT
from warehouse.tables.table import Table

_SCRATCH = "restoring"


class NotRestoredError(Exception):
    """There is nothing to restore from; nothing was changed."""


@dataclass(frozen=True)
class Line:
    """Result for a table: its rows, their origin, and whether they equal those that they were compared with.

    `is_equal` is None if there was nothing to compare with.
    """

    table: str
    rows: int
    origin: str
    is_equal: bool | None

    def __str__(self) -> str:
        verdict = {True: "equal", False: "DIFFERS", None: "nothing to compare with"}[self.is_equal]
        return f"{self.table:<32}{self.rows:>14,} rows  {self.origin:<32}{verdict}"


@dataclass(frozen=True)
class Restored:
    """Result of a restore: a line for each table, stored responses that could not be read, and notes."""

    lines: list[Line]
    not_read: list[str]
    notes: list[str] = field(default_factory=list[str])

    @property
    def differing(self) -> list[str]:
        """The tables that differ from those that they were compared with."""
        return [line.table for line in self.lines if line.is_equal is False]


@dataclass(frozen=True)
class Outcome:
    """Output of the command: lines, problems, and the exit code."""

    lines: list[str]
    problems: list[str]
    exit_code: ExitCode


class Aside(Warehouse):
    """A warehouse whose working database is another file than that of the settings."""

    file: str

    @property
    def database(self) -> Path:
        """The file."""
        return Path(self.file)

    def opened(self) -> File:
        """Return that file as a database, which is not open yet."""
        return File(self.database)


def run(home: Path, working: Path, target: Path, present: Database | None) -> Outcome:
    """Restore `target`, or only compare the restored tables with the database `present`; return the output."""
    try:
        done = restore(home, working, target) if present is None else drill(home, working, target, present)
    except (RunInProgressError, NotRestoredError, DamagedReleaseError) as error:
        return Outcome([], [str(error)], ExitCode.NOTHING_PUBLISHED)
    except (CheckError, CuratedError, OriginError, OSError, WarehouseBusyError, duckdb.Error) as error:
        why = f"the restore failed: {str(error).partition(chr(10))[0]} Nothing was changed."
        return Outcome([], [why], ExitCode.NOTHING_PUBLISHED)
    problems = [f"not restored: {one}" for one in done.not_read]
    if done.differing:
        problems.append(_why_they_differ(present, done.differing))
    verdict = "compared, nothing was changed" if present else f"restored: {target}"
    code = ExitCode.SOURCE_MISSING if problems else ExitCode.WELL
    if present and done.differing:
        code = ExitCode.NOTHING_PUBLISHED
    return Outcome([*map(str, done.lines), *done.notes, verdict], problems, code)


def restore(home: Path, working: Path, target: Path) -> Restored:
    """Rebuild the database `target` from `home`, a folder with `published` and `working/landing`.

    It is built next to `target`, and replaces it when it is complete; the old file is kept under another name. `working` is
    the folder whose lock a refresh holds.

    Raises:
        RunInProgressError, NotRestoredError, DamagedReleaseError: nothing was changed.
    """
    with exclusive_run(working), _made_aside(home, target) as (aside, restored):
        return Restored(restored.lines, restored.not_read, [*restored.notes, *put_in_place(aside.database, target)])


def drill(home: Path, working: Path, target: Path, present: Database) -> Restored:
    """Restore next to `target`, compare every table with the database `present`, and delete the restored one.

    Raises:
        RunInProgressError, NotRestoredError, DamagedReleaseError: it cannot be restored; nothing was changed.
    """
    if not present.exists():
        raise NotRestoredError(f"there is no {present} to compare with. Nothing was changed. To do: tidegauge restore")
    with exclusive_run(working), _made_aside(home, target) as (aside, restored):
        try:
            with aside.reading() as ours, closing(present), present.reading() as theirs:
                lines = [
                    _compared(line, table, ours, theirs) for line, table in zip(restored.lines, STORED, strict=True)
                ]
        except duckdb.Error as error:
            raise NotRestoredError(
                f"{present} cannot be read: {str(error).splitlines()[0]} Nothing was changed. To do: tidegauge restore"
            ) from error
    return Restored(lines, restored.not_read, restored.notes)


def _compared(line: Line, table: Table, ours: duckdb.DuckDBPyConnection, theirs: duckdb.DuckDBPyConnection) -> Line:
    try:
        is_equal = row_sum(ours, table) == row_sum(theirs, table)
    except duckdb.CatalogException:  # the present database was written by an earlier version
        is_equal = False
    return Line(line.table, line.rows, line.origin, is_equal)


def _why_they_differ(compared_with: Database | None, tables: list[str]) -> str:
    if compared_with is None:
        return (
            f"{len(tables)} tables differ from the release: {', '.join(tables)}. They are derived from the same facts, by "
            "SELECTs that have changed since. To do: nothing, the next refresh publishes them."
        )
    return (
        f"{len(tables)} tables differ from {compared_with}: {', '.join(tables)}. Nothing was changed. To do: look at their rows; "
        "rows without a stored response (curated lists, the inbox, snapshots of others) are in no backup before the next release."
    )


@contextmanager
def _made_aside(home: Path, target: Path) -> Iterator[tuple[Aside, Restored]]:
    """Restore into a folder next to `target`, which is deleted afterwards."""
    scratch = target.with_name(f"{target.name}.{_SCRATCH}")
    shutil.rmtree(scratch, ignore_errors=True)  # left behind by a killed process
    scratch.mkdir(parents=True)
    try:
        aside = Aside(file=str(scratch / target.name))
        yield aside, _restore(aside, home, scratch)
    finally:
        shutil.rmtree(scratch)


def _restore(aside: Aside, home: Path, scratch: Path) -> Restored:
    landing, published = home / "working" / "landing", home / "published"
    finish_interrupted_swap(published)  # of a run that died: until then its files are of two releases
    release = find_release(published)
    if release is None and not landing.exists():
        raise NotRestoredError(
            f"neither {published / 'parquet'} nor {landing} exists. Nothing was changed. To do: restore them from a "
            "backup, or name its folder with --from."
        )
    equal: dict[str, bool | None] = {}
    if release is not None:
        with aside.writing() as connection:
            load(connection, release)
            derive_all(connection)
            equal = {table.name: matches_release(connection, release, table) for table in STORED}
    replayed = replay(aside, landing, scratch)
    with aside.writing() as connection:
        if replayed.attempts or release is None:
            derive_all(connection)
            for table in KEPT_BY_WEEK:
                checksum(connection, table)
        origin = f"release {release.version}" if release else "stored responses"
        if release and replayed.attempts:
            origin = f"{origin} and responses"
        lines = [
            Line(
                table.name,
                count(connection, table),
                "derived" if table.is_derived else origin,
                equal.get(table.name),
            )
            for table in STORED
        ]
    if release is None and not replayed.attempts:
        raise NotRestoredError(
            f"there is no release in {published}, and nothing in {landing} that can be read: "
            f"{'; '.join(replayed.not_loaded) or 'it is empty'}. Nothing was changed."
        )
    return Restored(lines, replayed.not_loaded, _notes(replayed))


def _notes(replayed: Replayed) -> list[str]:
    notes: list[str] = []
    if replayed.attempts:
        weeks = ", ".join(week.isoformat() for week in replayed.weeks)
        notes.append(
            f"replayed from stored responses: {replayed.walks} walks and {replayed.collections} collections of the weeks {weeks}"
        )
    notes.append(
        f"{ALERT.name}: alerts posted after the last release are missing; news of the last four weeks may be posted again"
    )
    return notes


def put_in_place(fresh: Path, target: Path) -> list[str]:
    """Rename the new database to its place; the old one gets a second name first, so that it is never lost."""
    notes: list[str] = []
    with database_lock(target):
        wal = Path(f"{target}.wal")
        if target.exists():
            kept = target.with_name(f"{target.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
            os.link(target, kept)
            if wal.exists():
                os.link(wal, f"{kept}.wal")
            notes.append(f"the old database is kept as {kept}")
        to_disk(fresh)
        fresh.replace(target)
        with suppress(FileNotFoundError):
            wal.unlink()  # of the old database
        to_disk(target.parent)
    return notes
