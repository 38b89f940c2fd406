"""The same weeks in a lake: what the move past one machine costs.

Weeks, statements and queries are those of the step `history`. The catalogue is in the PostgreSQL that TIDEGAUGE_WAREHOUSE
names, in a schema of its own that is dropped afterwards; the rows lie in a folder of this machine. figures: as there; `bytes`
are those of the data files after tidying, and `export_seconds` those of copying all of it into one file, as each release does.
Without that setting nothing is measured.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from tests.performance.comparing import Contender, Terms, compare
from tests.performance.history import History, keep_weeks
from tests.performance.measuring import Found, Meter
from tests.performance.result_files import OURS, Results
from warehouse.database import schema
from warehouse.database.connection import configuration
from warehouse.database.lake import PREFIX, Lake

STEP = "lake"
CATALOGUE = "tidegauge_benchmark"
CONTENDERS = (Contender(OURS, "tests.performance.lake:ours"),)


class InLake(History):
    """Tidegauge, its tables in a lake."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "exported.duckdb"
        self.lake = Lake(os.environ["TIDEGAUGE_WAREHOUSE"], CATALOGUE, str(folder / "rows"), folder / "here")
        if self.lake.exists():  # of one that was killed
            self.lake.drop()
        with self.lake.writing() as connection:
            schema.prepare(connection, datetime.now(UTC))

    @contextmanager
    def writing(self, meter: Meter) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the lake for one write."""
        with self.lake.writing() as connection:
            yield meter.by_statement(connection)

    def sizes(self) -> dict[str, float]:
        """Return the bytes of the data files, also without the table of models, and the seconds of an export."""
        self.lake.tidy(0)
        with self.lake.reading() as connection:
            files = dict(
                connection.execute("select table_name, file_size_bytes from ducklake_table_info('lake')").fetchall()
            )
        begun = time.perf_counter()
        self.lake.copy_to(self.database)
        exported = time.perf_counter() - begun
        weeks = self.database.with_name("weeks.parquet")
        with duckdb.connect(str(self.database), config=configuration(self.database)) as connection:
            connection.execute(f"copy (from core.model_week) to '{weeks}' (format parquet, compression zstd)")
        size = float(sum(files.values()))
        return {
            "bytes": size,
            "bytes_beside": size - files["model"],
            "parquet_bytes": weeks.stat().st_size,
            "export_seconds": exported,
        }

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:  # type: ignore[override] # a lake is not opened by a path
        """Open what an analyst would: the lake itself."""
        with self.lake.reading() as connection:
            yield connection
        self.lake.drop()


def measure(results: Results, terms: Terms, size: int, weeks: int) -> None:
    """Measure so many weeks of so many models, if there is a PostgreSQL."""
    if os.environ.get("TIDEGAUGE_WAREHOUSE", "").startswith(PREFIX):
        compare(results, terms, STEP, size, CONTENDERS, weeks=weeks)
    else:
        print("lake: not measured, TIDEGAUGE_WAREHOUSE names none")


def ours(meter: Meter, *, models: int, weeks: int) -> Found:
    """Keep the weeks as Tidegauge does in a lake."""
    return keep_weeks(meter, InLake, models, weeks)
