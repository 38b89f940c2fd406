"""Write the files that explore.html reads: an index of names, the facts of every model, and the readings of every week.

All are Parquet files in `explore/` that a browser reads by ranges, and one JSON file, `start.json`, that says where to look.
A row group has 2,048 rows and a file 32 of them, so that one answer costs a footer and a row group or two. The readings are
in a file for each quarter and range of keys: those of past quarters are linked from the last release, and not written again.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from warehouse.pages.queries import page_query
from warehouse.release.data_package import IndexedFile, indexed_files, inspect
from warehouse.release.parquet import link_or_copy
from warehouse.tables.table import sql_literal

EXPLORER = "explore"
START = "start.json"
# What the readings of the last release were made of: a file with the same fingerprint has the same rows.
FINGERPRINTS = "fingerprints.json"
# Rows of a row group, the smallest that DuckDB writes, and rows or keys of a file: its footer takes 20 KB. That of a file
# of facts takes as much for fewer row groups, as it has more columns.
BLOCK = 2048
FILE = 32 * BLOCK
FACTS_FILE = 8 * BLOCK
# Looking up the facts of one file costs as much in the tables beside that of models as looking up those of many.
_FILES_AT_ONCE = 16
# The most downloaded models, which index.html has too.
LEADING = 1000
# Level 1 of zstd takes half the bytes of Snappy; the page unpacks both.
_FORMAT = f"format parquet, compression zstd, compression_level 1, row_group_size {BLOCK}"
_COLUMNS = "text, name, kind, key, downloads_30d"


@dataclass(frozen=True)
class _Readings:
    """A file of readings: its path below `explore/`, its SELECT, its Mondays and first key, and what its rows depend on."""

    path: str
    query: str
    monday: date
    last_monday: date
    first_key: int
    fingerprint: str


def build_explorer(database: Path, last: Path, folder: Path) -> dict[str, Any]:
    """Write the files into `folder` from the database of a release; return what index.html has of them.

    `last` is the published folder of the release before.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set variable week = (select max(week) from base.model_week)")
        target = folder / EXPLORER
        for name in ("names", "models", "readings"):
            (target / name).mkdir(parents=True)
        places = _write_names(connection, target)
        for table in ("rank", "relative", "note"):
            connection.execute(f"create temp table explore_{table} as {page_query(f'explore/{table}s')}")
        connection.execute("create temp view explore_model as from core.model")
        connection.execute(f"create temp view explore_fact as {page_query('explore/facts')}")
        start = {**_release(connection), **_small_tables(connection)}
        groups = _groups(connection)
        _write_json(target / "groups.json", groups)
        _write_models(connection, target)
        places |= {
            "quarters": _write_readings(connection, last, folder),
            "groups": [[*name.split(":", 1), one["title"], one["values"][-1]] for name, one in groups.items()],
        }
        _write_json(target / START, {**start, **places})
        return {**start, "groups": groups, **_leading(connection)}


def _release(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    ((version, published_at, origin, week),) = connection.execute(
        "select version, strftime(published_at, '%Y-%m-%d'), origin, getvariable('week')::varchar "
        "from meta.release cross join meta.warehouse order by version desc limit 1"
    ).fetchall()
    return {
        "version": version,
        "published": published_at,
        "made_up": origin == "sandbox",
        "week": week,
        "keys": FILE,
        "keys_of_facts": FACTS_FILE,
        "block": BLOCK,
    }


def _write_names(connection: duckdb.DuckDBPyConnection, target: Path) -> dict[str, Any]:
    """Write the index of names; return the first text of each of its files, and the most downloaded names."""
    connection.execute(f"create temp table explore_name as {page_query('explore/names')}")
    ((rows,),) = connection.execute("select count(*) from explore_name").fetchall()
    for number, row in enumerate(range(0, rows, FILE)):
        select = f"select {_COLUMNS} from explore_name where rowid between {row} and {row + FILE - 1}"
        _copy(connection, select, target / "names" / f"{number}.parquet")
    _copy(connection, page_query("explore/tops"), target / "tops.parquet")
    firsts = connection.execute(f"select text from explore_name where rowid % {FILE} = 0 order by rowid").fetchall()
    leading = connection.execute(page_query("explore/leading_names")).fetchall()
    connection.execute(
        "create temp table explore_leading as select key from explore_name "
        "where kind = 'model' and downloads_30d is not null "
        f"group by key order by max(downloads_30d) desc, key limit {LEADING}"
    )
    connection.execute("drop table explore_name")  # the largest of all
    return {"names": [text for (text,) in firsts], "leading": leading}


def _write_models(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Write the facts of models, a file for each range of keys."""
    between = "where key between getvariable('first_key') and getvariable('last_key')"
    for number in range(_ranges(connection, "core.model", "model_key", FACTS_FILE)):
        if number % _FILES_AT_ONCE == 0:
            _set_keys(connection, number * FACTS_FILE, _FILES_AT_ONCE * FACTS_FILE)
            # The filter outside of the view reaches every table in it.
            connection.execute(f"create or replace temp table explore_part as from explore_fact {between} order by key")
        _set_keys(connection, number * FACTS_FILE, FACTS_FILE)
        _copy(connection, f"from explore_part {between}", target / "models" / f"{number}.parquet")
    connection.execute("drop table if exists explore_part")


def _write_readings(connection: duckdb.DuckDBPyConnection, last: Path, folder: Path) -> list[dict[str, str]]:
    """Write the readings, or link those that have not changed since the last release; return the quarters."""
    known = indexed_files(last)
    made_of = _fingerprints(last)
    quarters: dict[str, dict[str, str]] = {}
    fingerprints: dict[str, str] = {}
    for one in _readings(connection):
        path = f"{EXPLORER}/{one.path}"
        name = one.path.split("/")[1]
        quarters[name] = {"name": name, "monday": f"{one.monday}", "last_monday": f"{one.last_monday}"}
        fingerprints[one.path] = one.fingerprint
        (folder / path).parent.mkdir(exist_ok=True)
        if made_of.get(one.path) == one.fingerprint and path in known and _linked(last, folder, known[path]):
            continue
        connection.execute(f"set variable monday = date '{one.monday}'")
        connection.execute(f"set variable last_monday = date '{one.last_monday}'")
        _set_keys(connection, one.first_key, FILE)
        _copy(connection, one.query, folder / path)
    _write_json(folder / EXPLORER / FINGERPRINTS, fingerprints)
    return [quarter for _, quarter in sorted(quarters.items())]


def _readings(connection: duckdb.DuckDBPyConnection) -> Iterator[_Readings]:
    ((created_at,),) = connection.execute("select created_at::varchar from meta.warehouse").fetchall()
    files = {
        "models": _ranges(connection, "core.model", "model_key", FILE),
        "authors": _ranges(connection, "core.author", "author_key", FILE),
    }
    for kind, quarter, monday, last_monday, sums in connection.execute(page_query("explore/quarters")).fetchall():
        query = page_query(f"explore/readings_of_{kind}")
        for number in range(files[kind]):
            text = "\n".join([created_at, query, str(number), _FORMAT, *sums])
            fingerprint = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
            path = f"readings/{quarter}/{kind}-{number}.parquet"
            yield _Readings(path, query, monday, last_monday, number * FILE, fingerprint)


def _fingerprints(last: Path) -> dict[str, str]:
    try:
        found = json.loads((last / EXPLORER / FINGERPRINTS).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}  # the first release with these files, or a damaged file: everything is written
    return found if isinstance(found, dict) else {}


def _linked(last: Path, folder: Path, known: IndexedFile) -> bool:
    """Link a file of the last release into `folder`; return False if it is missing or does not match the index."""
    try:
        link_or_copy(last / known.path, folder / known.path)
    except FileNotFoundError:
        return False
    if inspect(folder, known.path) == known:
        return True
    (folder / known.path).unlink()
    return False


def _groups(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the makers, families and communities by kind and key, with all their readings."""
    return {
        f"{kind}:{key}": {"title": title, "facts": json.loads(facts), "days": days, "values": values}
        for kind, key, title, facts, days, values in connection.execute(page_query("explore/groups")).fetchall()
    }


def _leading(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the most downloaded models, the largest first, each with its facts and its readings of the last weeks."""
    connection.execute(
        "create or replace temp view explore_model as from core.model semi join explore_leading on key = model_key"
    )
    ((newest,),) = connection.execute("select getvariable('week')").fetchall()
    read = dict(connection.execute(page_query("explore/leading_readings")).fetchall())
    ages = range(max((1 + age for pairs in read.values() for age, _ in pairs), default=0) - 1, -1, -1)
    models: list[dict[str, Any]] = []
    for row in _records(connection, "from explore_fact order by downloads_30d desc, key"):
        values = dict(read[row.pop("key")])
        facts = {name: f"{value}" if isinstance(value, date) else value for name, value in row.items()}
        lists = {name: json.loads(facts[name]) if facts[name] else None for name in ("parents", "relatives", "notes")}
        models.append({**facts, **lists, "readings": [values.get(age) for age in ages]})
    return {"models": models, "weeks": [f"{newest - timedelta(weeks=age)}" for age in ages]}


def _small_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    queries = {"accelerators": "accelerators", "memory": "memory", "sources": "source"}
    return {name: _records(connection, page_query(f"explore/{query}")) for name, query in queries.items()}


def _records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _ranges(connection: duckdb.DuckDBPyConnection, table: str, key: str, keys: int) -> int:
    """Return the number of files, of so many keys each, that hold all keys of a table."""
    ((files,),) = connection.execute(f"select coalesce(max({key}) // {keys} + 1, 0) from {table}").fetchall()
    return int(files)


def _set_keys(connection: duckdb.DuckDBPyConnection, first: int, keys: int) -> None:
    connection.execute(f"set variable first_key = {first}")
    connection.execute(f"set variable last_key = {first + keys - 1}")


def _copy(connection: duckdb.DuckDBPyConnection, select: str, file: Path) -> None:
    connection.execute(f"copy ({select}) to {sql_literal(str(file))} ({_FORMAT})")


def _write_json(path: Path, contents: object) -> None:
    path.write_text(json.dumps(contents, ensure_ascii=False, separators=(",", ":"), allow_nan=False), encoding="utf-8")
