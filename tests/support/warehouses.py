"""An empty warehouse: made once by each process of the suite, and copied for each test that begins with one."""

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from warehouse.database import schema
from warehouse.database.connection import writing

# Arguments of scalar macros that are no numbers, as SQL.
FORMULA_ARGUMENTS = {"kind": "'laptop'", "assumed": "map {'kv_cache_tokens': 8192e0}"}


def warehouse_at(database: Path) -> Path:
    """Return the path of a working database; if none is there yet, write one with every table and no row."""
    if not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        database.write_bytes(_empty())
    return database


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.duckdb"
        with writing(path) as connection:
            schema.prepare(connection, datetime(2026, 11, 16, tzinfo=UTC))
        return path.read_bytes()
