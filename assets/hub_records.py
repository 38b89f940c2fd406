"""Landed pages of the Hub's listing, read in bulk into temporary tables; every record is read, or accounted for."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from isal import igzip

from pipelines.sources.hugging_face import Walk
from pipelines.sources.landing import Landing, Page, Unreadable
from pipelines.sources.pages import split

_SQL = Path(__file__).with_suffix(".sql")
_READS_PAGES = "hub_record as"

# The records of a page, by its file, that cannot be read at all.
UnreadableRecords = dict[str, list[Unreadable]]


class PageRejectedError(RuntimeError):
    """DuckDB does not accept a landed page; the transaction is over. `find_unreadable` tells which records it is."""


def read_records(connection: duckdb.DuckDBPyConnection, walk: Walk, unreadable: UnreadableRecords) -> None:
    """Read a walk into the temporary tables `incoming_model`, `incoming_parent` and `incoming_set_aside`.

    They are described in `hub_records.sql`, and where they are brought in: `models.add_week`, `edges.add_week`.

    The `unreadable` records are left out of the reading, and set aside with their reasons.

    Raises:
        PageRejectedError: there are more of them than was known.
    """
    with _readable_pages(Landing(walk.folder), walk.pages, unreadable) as files:
        _execute(connection, walk, files)
    rows = [(file, record.reason, record.content) for file, records in unreadable.items() for record in records]
    if rows:
        connection.executemany(
            "insert into incoming_set_aside (page, reason, content, treatment) values (?, ?, ?, 'left_out')", rows
        )


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


def _execute(connection: duckdb.DuckDBPyConnection, walk: Walk, files: list[str]) -> None:
    for statement in duckdb.extract_statements(_SQL.read_text(encoding="utf-8")):
        values = {"pages": files, "edge": walk.edge}
        try:
            connection.execute(statement, {name: values[name] for name in statement.named_parameters})
        except duckdb.Error as error:
            if _READS_PAGES in statement.query:
                raise PageRejectedError(str(error)) from error
            raise


def _is_accepted(walk: Walk, file: Path) -> bool:
    with duckdb.connect() as connection:
        try:
            _execute(connection, walk, [str(file)])
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
