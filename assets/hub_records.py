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


def read_records(connection: duckdb.DuckDBPyConnection, walk: Walk) -> None:
    """Read a walk into the temporary tables `incoming_model` and `incoming_set_aside` (see `hub_records.sql`)."""
    landing = Landing(walk.folder)
    unreadable = {page.file: list(page.unreadable) for page in walk.pages if page.unreadable}
    try:
        _read(connection, walk, landing, unreadable)
    except duckdb.Error:
        # DuckDB stops at the first page it cannot parse. Find these pages, and the records on them, then read the rest.
        for page in walk.pages:
            found = _rejected(connection, landing, page)
            if found:
                unreadable[page.file] = found
        _read(connection, walk, landing, unreadable)
    rows = [(file, record.reason, record.content) for file, records in unreadable.items() for record in records]
    if rows:
        connection.executemany(
            "insert into incoming_set_aside (page, reason, content, treatment) values (?, ?, ?, 'left_out')", rows
        )


def _read(
    connection: duckdb.DuckDBPyConnection, walk: Walk, landing: Landing, unreadable: dict[str, list[Unreadable]]
) -> None:
    with _readable_pages(landing, walk.pages, unreadable) as files:
        for statement in duckdb.extract_statements(_SQL.read_text(encoding="utf-8")):
            values = {"pages": files, "edge": walk.edge}
            connection.execute(statement, {name: values[name] for name in statement.named_parameters})


@contextmanager
def _readable_pages(
    landing: Landing, pages: Sequence[Page], unreadable: dict[str, list[Unreadable]]
) -> Iterator[list[str]]:
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


def _rejected(connection: duckdb.DuckDBPyConnection, landing: Landing, page: Page) -> list[Unreadable]:
    """Give the records of a page that DuckDB's JSON reader does not accept."""
    records = split(landing.body(page))
    return [
        Unreadable(place, "the record is not JSON that can be read", record[:500].decode("utf-8", "replace"))
        for place, record in enumerate(records)
        if not _accepted(connection, record)
    ]


def _accepted(connection: duckdb.DuckDBPyConnection, record: bytes) -> bool:
    try:
        text = record.decode("utf-8")
    except UnicodeDecodeError:
        return False
    verdict = connection.execute("select json_valid($1) and json_type($1) = 'OBJECT'", [text]).fetchall()
    return bool(verdict[0][0])
