"""Landed pages of the Hub's listing, read in bulk into temporary tables; every record is read, or accounted for.

Most of that work can be done while the walk still waits for its quota: `read_ahead` reads a batch of pages into a file, by
the same SELECT, and `read_records` takes the file instead of the pages if it was made of just these.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
from isal import igzip

from assets.hub.page_parser import split
from assets.hub.walk import Walk
from assets.landing.walk_folder import Landing, Page, Unreadable
from warehouse.hub import staging
from warehouse.tables.table import sql_literal

_SQL = Path(__file__).with_suffix(".sql")
_READS_PAGES = "create or replace temp table page_record as"
PAGES_A_BATCH = 20

# The records of a page, by its file, that cannot be read at all.
UnreadableRecords = dict[str, list[Unreadable]]


class PageRejectedError(RuntimeError):
    """DuckDB does not accept a landed page; the transaction is over. `find_unreadable` tells which records it is."""


def read_records(
    connection: duckdb.DuckDBPyConnection, walk: Walk, unreadable: UnreadableRecords, ahead: Path | None = None
) -> None:
    """Read a walk into the staging tables `staging.INCOMING`.

    The `unreadable` records are left out, and set aside with their reasons. `ahead` is the folder of the batches that were
    parsed during the walk; it must exist for as long as the staging tables are used.

    Raises:
        PageRejectedError: more records than these are unreadable.
    """
    with _readable_pages(Landing(walk.folder), walk.pages, unreadable) as files:
        _execute(connection, walk.edge, *_sources(walk, unreadable, files, ahead))
    staging.verify(connection, *staging.INCOMING)
    rows = [(file, record.reason, record.content) for file, records in unreadable.items() for record in records]
    if rows:
        connection.executemany(
            "insert into incoming_set_aside (page, reason, content, treatment) values (?, ?, ?, 'left_out')", rows
        )


def read_ahead(landing: Landing, pages: Sequence[Page], edge: datetime, folder: Path) -> None:
    """Read a batch of pages of a walk that stands for the state at `edge`, and keep what was read in `folder`.

    Raises:
        PageRejectedError: DuckDB does not accept one of them; nothing is kept.
    """
    unreadable = {page.file: page.unreadable for page in pages if page.unreadable}
    place = folder / _name(pages, unreadable, edge)
    if place.exists():
        return
    with _readable_pages(landing, pages, unreadable) as files, duckdb.connect(config=_AHEAD) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for statement in _statements():
            if _READS_PAGES in statement.query:
                try:
                    connection.execute(statement.query, {"pages": files, "edge": edge})
                except duckdb.Error as error:
                    raise PageRejectedError(str(error)) from error
                unfinished = place.with_suffix(".unfinished")
                connection.execute(f"copy page_record to {sql_literal(str(unfinished))} (format parquet)")
                unfinished.replace(place)
                return
            connection.execute(statement)


# Beside a walk, and no faster than that.
_AHEAD: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": "500MB"}


def landed_unreadable(walk: Walk) -> UnreadableRecords:
    """Give the records that were found not to be well-formed when their pages were landed."""
    return {page.file: list(page.unreadable) for page in walk.pages if page.unreadable}


def find_unreadable(walk: Walk) -> UnreadableRecords:
    """Find every record that DuckDB does not accept, by reading page by page, and the bad pages record by record."""
    landing = Landing(walk.folder)
    found: UnreadableRecords = {}
    for page in walk.pages:
        if not _is_accepted(walk, landing.folder / page.file):
            found[page.file] = _rejected_records(walk, landing, page)
    return found


def _statements() -> list[duckdb.Statement]:
    return duckdb.extract_statements(_SQL.read_text(encoding="utf-8"))


def _execute(connection: duckdb.DuckDBPyConnection, edge: datetime, ahead: Sequence[str], pages: Sequence[str]) -> None:
    """Read the records of files that were read ahead, and of pages that were not."""
    for statement in _statements():
        if _READS_PAGES in statement.query:
            try:
                _find_records(connection, statement.query, edge, ahead, pages)
            except duckdb.Error as error:
                raise PageRejectedError(str(error)) from error
        else:
            connection.execute(statement)


def _find_records(
    connection: duckdb.DuckDBPyConnection, query: str, edge: datetime, ahead: Sequence[str], pages: Sequence[str]
) -> None:
    """Make the view `read_record`: every record in its place; what was read ahead stays in its files, which are columns."""
    parts: list[str] = []
    if ahead:
        files = ", ".join(sql_literal(file) for file in ahead)
        parts.append(
            f"select * rename (file_row_number as position) from read_parquet([{files}], file_row_number = true)"
        )
    if pages:
        connection.execute(query, {"pages": pages, "edge": edge})
        parts.append("select *, rowid as position from page_record")
    connection.execute(f"create or replace temp view read_record as {' union all by name '.join(parts)}")
    # A file that was cut off by a crash shows it here, and not half-way.
    connection.execute("select count(*) from read_record")


def _sources(
    walk: Walk, unreadable: UnreadableRecords, files: Sequence[str], ahead: Path | None
) -> tuple[list[str], list[str]]:
    """Give the files that were read ahead, and those of the pages that were not."""
    read: list[str] = []
    unread: list[str] = []
    for begin in range(0, len(files), PAGES_A_BATCH):
        batch = slice(begin, begin + PAGES_A_BATCH)
        place = ahead / _name(walk.pages[batch], unreadable, walk.edge) if ahead else None
        if place and place.exists():
            read.append(str(place))
        else:
            unread += files[batch]
    return read, unread


def _name(pages: Sequence[Page], unreadable: UnreadableRecords, edge: datetime) -> str:
    """Name what was read by all that it is made of: the pages, what of them is left out, the SELECT and the moment."""
    made_of = [
        (page.file, page.sha256, [record.position for record in unreadable.get(page.file, [])]) for page in pages
    ]
    text = f"{_SQL.read_text(encoding='utf-8')} {edge.isoformat()} {made_of}"
    return f"{hashlib.sha256(text.encode()).hexdigest()}.parquet"


def _is_accepted(walk: Walk, file: Path) -> bool:
    with duckdb.connect() as connection:
        try:
            _execute(connection, walk.edge, [], [str(file)])
        except PageRejectedError:
            return False
    return True


def _rejected_records(walk: Walk, landing: Landing, page: Page) -> list[Unreadable]:
    known = {record.position: record for record in page.unreadable}
    rejected: list[Unreadable] = []
    with tempfile.TemporaryDirectory(dir=landing.folder) as scratch:
        trial = Path(scratch) / "page.json"
        for position, record in enumerate(split(landing.body(page))):
            trial.write_bytes(b"[" + record + b"]")
            if position in known:
                rejected.append(known[position])
            elif not _is_accepted(walk, trial):
                content = record[:500].decode("utf-8", "replace")
                rejected.append(
                    Unreadable(
                        position,
                        "the record is ambiguous or not JSON: a field occurs twice, or cannot be read",
                        content,
                    )
                )
    return rejected


@contextmanager
def _readable_pages(landing: Landing, pages: Sequence[Page], unreadable: UnreadableRecords) -> Iterator[list[str]]:
    """Give the files to read: the landed pages, and of those that hold unreadable records a copy without them."""
    with tempfile.TemporaryDirectory(dir=landing.folder) as scratch:
        files: list[str] = []
        for page in pages:
            path = landing.folder / page.file
            if page.file in unreadable:
                positions = {record.position for record in unreadable[page.file]}
                records = [r for place, r in enumerate(split(landing.body(page))) if place not in positions]
                path = Path(scratch) / page.file
                path.write_bytes(igzip.compress(b"[" + b",".join(records) + b"]"))
            files.append(str(path))
        yield files
