"""Migrations of the tables of facts since the first release: numbered SQL files that run once in every database.

A changed declaration of a fact in `warehouse/tables/` needs the next number here; derived tables are rebuilt anyway. A
migration does not use the declarations, because they change after it was written. A file that ends in `.file.sql` changes
only how a DuckDB file stores its rows: a lake skips it, and queries return the same with and without it.
"""

from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent
_OF_FILES = ".file.sql"
# The first release, before there was any migration.
FIRST = 1


class NewerSchemaError(RuntimeError):
    """A later release than this one has written the database."""


def newest() -> int:
    """Return the number of the newest migration, which is the schema version of a new database."""
    return max(_numbered(), default=FIRST)


def migrate(connection: duckdb.DuckDBPyConnection, version: int, *, in_lake: bool = False) -> None:
    """Migrate a database from schema version `version` to the newest one, in the caller's transaction.

    Raises:
        NewerSchemaError: `version` is higher than the newest migration.
    """
    if version > newest():
        raise NewerSchemaError(
            f"this database has schema version {version}, and this release of Tidegauge knows versions up to {newest()}: a "
            "later release has written it. Nothing was changed. Update Tidegauge (git pull) and run again, or set "
            "TIDEGAUGE_HOME to another folder to start with an empty one."
        )
    for number, file in sorted(_numbered().items()):
        if number > version and not (in_lake and file.name.endswith(_OF_FILES)):
            connection.execute(file.read_text(encoding="utf-8"))


def reads_the_same(version: int) -> bool:
    """Return whether queries of the facts work in a database of schema version `version` as in a new one."""
    of_rows = (number for number, file in _numbered().items() if not file.name.endswith(_OF_FILES))
    return max(of_rows, default=FIRST) <= version <= newest()


def _numbered() -> dict[int, Path]:
    return {int(file.name.split("_")[0]): file for file in FOLDER.glob("*.sql")}
