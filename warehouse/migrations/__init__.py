"""Changes of the tables of facts since the first release: one numbered SQL file each, run once in every database.

A change of a fact's declaration in `warehouse/tables/` comes with the next number here; what is derived is made anew
anyway. A file says what it needs in full, because the declarations go on changing after it was written. One that ends in
`.file.sql` is only about how a DuckDB file keeps its rows: it passes a lake by, and of a release without it a query finds the same.
"""

from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent
_OF_FILES = ".file.sql"
# The first release, before there was any migration.
FIRST = 1


class NewerSchemaError(RuntimeError):
    """A database was written by a later release than this one."""


def newest() -> int:
    """Give the number of the newest migration: that of a database which is made today."""
    return max(_numbered(), default=FIRST)


def migrate(connection: duckdb.DuckDBPyConnection, version: int, *, in_lake: bool = False) -> None:
    """Bring the tables of a database from `version` up to the newest number, in the caller's transaction.

    Raises:
        NewerSchemaError: `version` is higher than any number that is known here.
    """
    if version > newest():
        raise NewerSchemaError(
            f"this database has schema version {version}, and this release of Tidegauge knows versions up to {newest()}: a "
            "later release has written it. Nothing was changed. Update Tidegauge (git pull) and run again, or set "
            "TIDEGAUGE_HOME to another folder to begin anew."
        )
    for number, file in sorted(_numbered().items()):
        if number > version and not (in_lake and file.name.endswith(_OF_FILES)):
            connection.execute(file.read_text(encoding="utf-8"))


def reads_the_same(version: int) -> bool:
    """Say whether queries of the facts in a database of `version` find what they find in one that is made today."""
    of_rows = (number for number, file in _numbered().items() if not file.name.endswith(_OF_FILES))
    return max(of_rows, default=FIRST) <= version <= newest()


def _numbered() -> dict[int, Path]:
    return {int(file.name.split("_")[0]): file for file in FOLDER.glob("*.sql")}
