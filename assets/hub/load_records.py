"""Parse the stored pages of the Hub's listing in bulk into staging tables; every record is loaded or set aside.

Most of this can be done while the walk waits for its quota: `read_ahead` parses a batch of pages into a Parquet file with
the same SELECT, and `read_records` reads the file instead of the pages if it was made from exactly these.
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
from assets.landing.walk_folder import Page, Unreadable, WalkFolder
from warehouse.hub import staging
from warehouse.tables.table import sql_literal

_SQL = Path(__file__).with_suffix(".sql")
_PARSES_PAGES = "create or replace temp table page_record as"
BATCH_PAGES = 20

# Unreadable records by page file.
UnreadableRecords = dict[str, list[Unreadable]]


class PageRejectedError(RuntimeError):
    """DuckDB cannot parse a stored page; the transaction is aborted. `find_unreadable` finds the records."""


def read_records(
    connection: duckdb.DuckDBPyConnection, walk: Walk, unreadable: UnreadableRecords, ahead: Path | None = None
) -> None:
    """Read a walk into the staging tables `staging.INCOMING`.

    The `unreadable` records are left out, and set aside with their reasons. `ahead` is the folder of the batches that were
    parsed during the walk; it must exist for as long as the staging tables are used.

    Raises:
        PageRejectedError: more records than these are unreadable.
    """
    with _readable_pages(WalkFolder(walk.folder), walk.pages, unreadable) as files:
        _execute(connection, walk.edge, *_sources(walk, unreadable, files, ahead))
    staging.verify(connection, *staging.INCOMING)
    rows = [(file, record.reason, record.content) for file, records in unreadable.items() for record in records]
    if rows:
        connection.executemany(
            "insert into incoming_set_aside (page, reason, content, treatment) values (?, ?, ?, 'left_out')", rows
        )


def read_ahead(walk_folder: WalkFolder, pages: Sequence[Page], edge: datetime, folder: Path) -> None:
    """Parse a batch of pages of a walk with the state at `edge` into a Parquet file in `folder`.

    Raises:
        PageRejectedError: DuckDB cannot parse one of them; no file is written.
    """
    unreadable = {page.file: page.unreadable for page in pages if page.unreadable}
    place = folder / _name(pages, unreadable, edge)
    if place.exists():
        return
    with _readable_pages(walk_folder, pages, unreadable) as files, duckdb.connect(config=_AHEAD) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for statement in _statements():
            if _PARSES_PAGES in statement.query:
                try:
                    connection.execute(statement.query, {"pages": files, "edge": edge})
                except duckdb.Error as error:
                    raise PageRejectedError(str(error)) from error
                unfinished = place.with_suffix(".unfinished")
                connection.execute(f"copy page_record to {sql_literal(str(unfinished))} (format parquet)")
                unfinished.replace(place)
                return
            connection.execute(statement)


# Limits for parsing during a walk: one thread is faster than the rate limit of the walk.
_AHEAD: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": "500MB"}


def unreadable_records(walk: Walk) -> UnreadableRecords:
    """Return the records that were found to be malformed when their pages were stored."""
    return {page.file: list(page.unreadable) for page in walk.pages if page.unreadable}


def find_unreadable(walk: Walk) -> UnreadableRecords:
    """Find every record that DuckDB cannot parse: page by page, and in the bad pages record by record."""
    folder = WalkFolder(walk.folder)
    found: UnreadableRecords = {}
    for page in walk.pages:
        if not _is_accepted(walk, folder.path / page.file):
            found[page.file] = _rejected_records(walk, folder, page)
    return found


def _statements() -> list[duckdb.Statement]:
    return duckdb.extract_statements(_SQL.read_text(encoding="utf-8"))


def _execute(connection: duckdb.DuckDBPyConnection, edge: datetime, ahead: Sequence[str], pages: Sequence[str]) -> None:
    """Run the statements of load_records.sql on batches that were read ahead and on the remaining pages."""
    for statement in _statements():
        if _PARSES_PAGES in statement.query:
            try:
                _find_records(connection, statement.query, edge, ahead, pages)
            except duckdb.Error as error:
                raise PageRejectedError(str(error)) from error
        else:
            connection.execute(statement)


def _find_records(
    connection: duckdb.DuckDBPyConnection, query: str, edge: datetime, ahead: Sequence[str], pages: Sequence[str]
) -> None:
    """Create the view `read_record` of all records with their positions; batches read ahead stay in their Parquet files."""
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
    # A file that was cut off by a crash fails here, not later.
    connection.execute("select count(*) from read_record")


def _sources(
    walk: Walk, unreadable: UnreadableRecords, files: Sequence[str], ahead: Path | None
) -> tuple[list[str], list[str]]:
    """Return the files of the batches that were read ahead, and the files of the other pages."""
    parsed: list[str] = []
    unparsed: list[str] = []
    for begin in range(0, len(files), BATCH_PAGES):
        batch = slice(begin, begin + BATCH_PAGES)
        place = ahead / _name(walk.pages[batch], unreadable, walk.edge) if ahead else None
        if place and place.exists():
            parsed.append(str(place))
        else:
            unparsed += files[batch]
    return parsed, unparsed


def _name(pages: Sequence[Page], unreadable: UnreadableRecords, edge: datetime) -> str:
    """Return a file name that is a hash of its inputs: the pages, the records left out, the SQL and the edge."""
    inputs = [(page.file, page.sha256, [record.position for record in unreadable.get(page.file, [])]) for page in pages]
    text = f"{_SQL.read_text(encoding='utf-8')} {edge.isoformat()} {inputs}"
    return f"{hashlib.sha256(text.encode()).hexdigest()}.parquet"


def _is_accepted(walk: Walk, file: Path) -> bool:
    with duckdb.connect() as connection:
        try:
            _execute(connection, walk.edge, [], [str(file)])
        except PageRejectedError:
            return False
    return True


def _rejected_records(walk: Walk, folder: WalkFolder, page: Page) -> list[Unreadable]:
    known = {record.position: record for record in page.unreadable}
    rejected: list[Unreadable] = []
    with tempfile.TemporaryDirectory(dir=folder.path) as scratch:
        trial = Path(scratch) / "page.json"
        for position, record in enumerate(split(folder.body(page))):
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
def _readable_pages(folder: WalkFolder, pages: Sequence[Page], unreadable: UnreadableRecords) -> Iterator[list[str]]:
    """Yield the files to parse: the stored pages, or a copy without the unreadable records."""
    with tempfile.TemporaryDirectory(dir=folder.path) as scratch:
        files: list[str] = []
        for page in pages:
            path = folder.path / page.file
            if page.file in unreadable:
                positions = {record.position for record in unreadable[page.file]}
                records = [r for place, r in enumerate(split(folder.body(page))) if place not in positions]
                path = Path(scratch) / page.file
                path.write_bytes(igzip.compress(b"[" + b",".join(records) + b"]"))
            files.append(str(path))
        yield files
