"""Weeks of every model: Tidegauge beside plain weekly full snapshots, in one table of DuckDB and as a Parquet file a week.

Each form is fed the same weeks. Half of the models have downloads, and four in five of these change theirs in a week;
every week adds one model to a thousand, and one in ten thousand gets another owner. The time is that of all loads, from a
table of all models to a committed history; drawing that table is left out, its memory is not. figures: `weeks`;
`load_seconds`, the median of the last five weeks; `bytes` of a rewritten file (for Parquet of all files);
`bytes_beside`, the same without the table of models, which does not grow with the weeks; for Tidegauge `parquet_bytes`, all
weeks as Parquet, as a release has them beside its database; `total_ms`, `top_ms`,
`model_ms`, `author_ms`: the median of five runs of a query, for downloads by week, the 100 models that gained most, one
model's history, and the 100 authors that gained most in four weeks. All forms must give the same answers.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from tests.performance.comparing import Contender, Terms, compare
from tests.performance.measuring import Found, Meter, watched_writing
from tests.performance.result_files import HISTORY, OURS, Results
from warehouse.database import schema
from warehouse.database.connection import STORAGE_VERSION, configuration, writing
from warehouse.facts.observations import Observation, record
from warehouse.hub import models
from warehouse.tables.core import MODEL

FIRST = date(2025, 1, 6)
QUERIES = ("total", "top", "model", "author")

CONTENDERS = (
    Contender(OURS, "tests.performance.history:ours"),
    Contender("full snapshots in DuckDB", "tests.performance.history:snapshots"),
    Contender("full snapshots as Parquet", "tests.performance.history:parquet"),
)

_DRAW = """
    create or replace temp table incoming_model as
    with drawn as (
        select
            number,
            (hash(number) % 1000003) / 1000003.0 as popularity,
            exp(((hash(number, 1) % 1000) / 500.0 - 1) * 0.02 * $week) as drift,
            hash(number, if(hash(number, $week, 2) % 5 < 4, $week, $week - 1), 3) % 1000 / 1000.0 as noise,
            floor($models / 4 * pow((hash(number, 4, if(hash(number, 5) % 10000 < $week, 1, 0)) % 1000003) / 1000003.0, 2))
                ::bigint as owner,
            hash(number, 6) as h
        from range($models - $models // 1000 * ($weeks - 1 - $week)) as t(number)
    ),
    scaled as (
        select
            *,
            case
                when popularity < 0.5 then 0
                when popularity < 0.72 then 1 + h % 10
                else 10 / pow(1 - (popularity - 0.72) / 0.2801, 1.3)
            end as base
        from drawn
    )
    select
        md5(number::varchar)[:24] as hub_id,
        'author-' || owner || '/' || md5(h::varchar)[:12] || '-' || h % 100 || 'b' as id,
        'author-' || owner as author,
        timestamptz '2022-03-02' + to_seconds(number * 37) as created_at,
        ['apache-2.0', 'mit', 'llama3', 'openrail', null, null][(1 + h % 6)::integer] as licence,
        ['text-generation', 'text-to-image', 'text-classification', null][(1 + h % 4)::integer] as pipeline_tag,
        ['transformers', 'diffusers', 'peft', null][(1 + h % 4)::integer] as library,
        if(h % 50 = 0, 'auto', 'no') as gated,
        if(h % 3 = 0, (1 + h % 700) / 10.0, null) as parameters_b,
        if(h % 3 = 0, 'safetensors', null) as size_source,
        if(h % 3 = 0, (1 + h % 700) / 5.0, null) as memory_gb,
        if(h % 3 = 0, 'exact', null) as memory_qualifier,
        round(base * drift * (0.8 + 0.4 * noise))::bigint as downloads_30d,
        round(base * (10 + $week * 7 / 30))::bigint as downloads_all_time,
        (base / 20 + if(h % 50 = 0, $week, 0))::integer as likes
    from scaled
"""


class History:
    """Tidegauge: as the weekly refresh brings a week in, checked, with author weeks and the total."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "history.duckdb"
        with writing(self.database) as connection:
            schema.prepare(connection, datetime.now(UTC))

    def load(self, meter: Meter, draw: Callable[[duckdb.DuckDBPyConnection], None], week: date) -> float:
        """Load a week; return its seconds."""
        with self.writing(meter) as connection:
            with meter.single_attempt():
                draw(connection)
            begun = time.perf_counter()
            total = connection.execute("select sum(downloads_30d)::double from incoming_model").fetchall()[0][0]
            models.add_week(connection, week)
            observation = Observation(
                metric="hub_downloads_30d", entity="all models", period_start=week, unit="downloads", value=total,
                basis="measured", source="benchmark",
            )  # fmt: skip
            record(connection, [observation], datetime.now(UTC))
        return time.perf_counter() - begun

    def writing(self, meter: Meter) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Open the database for one write."""
        return watched_writing(meter, self.database)

    def sizes(self) -> dict[str, float]:
        """Return the bytes of the rewritten database, without its table of models too, and of the weeks as they are published."""
        whole, of_models = self.database.with_name("whole.duckdb"), self.database.with_name("models.duckdb")
        with duckdb.connect(config=configuration(whole)) as connection:
            connection.execute(f"attach '{self.database}' as original (read_only)")
            for file, copy in ((whole, "whole"), (of_models, "of_models")):
                connection.execute(f"attach '{file}' as {copy} (storage_version '{STORAGE_VERSION}')")
            connection.execute("copy from database original to whole")
            connection.execute("create schema of_models.core; use of_models")
            connection.execute(MODEL.ddl())
            connection.execute("insert into core.model by name from original.core.model")
            connection.execute("use memory")
            connection.execute("detach whole; detach of_models")
        whole.replace(self.database)
        weeks = self.database.with_name("weeks.parquet")
        with self.connect() as connection:
            connection.execute(f"copy (from core.model_week) to '{weeks}' (format parquet, compression zstd)")
        size = self.database.stat().st_size
        beside = size - of_models.stat().st_size
        return {"bytes": size, "bytes_beside": beside, "parquet_bytes": weeks.stat().st_size}

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Open what an analyst would."""
        return duckdb.connect(str(self.database), read_only=True)

    def query(self, name: str, newest: date, model: str) -> str:
        """Return the query by name."""
        return {
            "total": "select period_start, value from core.observation_latest where metric = 'hub_downloads_30d'",
            "top": f"""
                with top as (
                    select model_key, now.downloads_30d - before.downloads_30d as growth
                    from base.model_week as now join base.model_week as before using (model_key)
                    where now.week = '{newest}' and before.week = '{newest - timedelta(7)}' and now.downloads_30d > 0
                    order by growth desc limit 100
                )
                select id, growth from top join core.model using (model_key)
            """,
            "model": f"""
                select week, downloads_30d from base.model_week
                where model_key = (select model_key from core.model where hub_id = '{model}')
            """,
            "author": f"""
                select author, now.downloads_30d - before.downloads_30d as growth
                from core.author_week as now
                join core.author_week as before using (author_key)
                join core.author using (author_key)
                where now.week = '{newest}' and before.week = '{newest - timedelta(28)}'
                order by growth desc limit 100
            """,
        }[name]


class Snapshots:
    """Every column of every model in every week, appended to one table of DuckDB."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "snapshots.duckdb"
        self.folder = folder

    @property
    def source(self) -> str:
        """The store of the rows."""
        return "snapshot"

    def load(self, meter: Meter, draw: Callable[[duckdb.DuckDBPyConnection], None], week: date) -> float:
        """Load a week; return its seconds."""
        with duckdb.connect(str(self.database), config=configuration(self.database)) as connection:
            with meter.single_attempt():
                draw(connection)
            begun = time.perf_counter()
            self.keep(connection, f"select date '{week}' as week, * from incoming_model", week)
        return time.perf_counter() - begun

    def keep(self, connection: duckdb.DuckDBPyConnection, rows: str, _week: date) -> None:
        """Append a week's rows."""
        connection.execute(f"create table if not exists snapshot as {rows} limit 0; insert into snapshot {rows}")

    def sizes(self) -> dict[str, float]:
        """Return the bytes; there is no table of models beside the weeks."""
        return dict.fromkeys(("bytes", "bytes_beside"), self.database.stat().st_size)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Open what an analyst would."""
        return duckdb.connect(str(self.database), read_only=True)

    def query(self, name: str, newest: date, model: str) -> str:
        """Return the query by name."""
        return {
            "total": f"select week, sum(downloads_30d)::double from {self.source} group by week",
            "top": f"""
                select now.id, now.downloads_30d - before.downloads_30d as growth
                from {self.source} as now join {self.source} as before using (hub_id)
                where now.week = '{newest}' and before.week = '{newest - timedelta(7)}' and now.downloads_30d > 0
                order by growth desc limit 100
            """,
            "model": f"select week, downloads_30d from {self.source} where hub_id = '{model}'",
            "author": f"""
                select
                    owner.author,
                    sum(downloads_30d) filter (week = '{newest}')
                        - sum(downloads_30d) filter (week = '{newest - timedelta(28)}') as growth
                from {self.source} as snapshot
                join (select hub_id, author from {self.source} where week = '{newest}') as owner using (hub_id)
                where week in ('{newest}', '{newest - timedelta(28)}')
                group by owner.author
                order by growth desc nulls last limit 100
            """,
        }[name]


class Parquet(Snapshots):
    """The same, a Parquet file a week, packed with zstd."""

    @property
    def source(self) -> str:
        """All files, read as one table."""
        return f"read_parquet('{self.folder}/*.parquet')"

    def keep(self, connection: duckdb.DuckDBPyConnection, rows: str, week: date) -> None:
        """Write a week's file."""
        connection.execute(f"copy ({rows}) to '{self.folder}/{week}.parquet' (format parquet, compression zstd)")

    def sizes(self) -> dict[str, float]:
        """Return the bytes of all files."""
        return dict.fromkeys(
            ("bytes", "bytes_beside"), sum(file.stat().st_size for file in self.folder.glob("*.parquet"))
        )

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Open what an analyst would."""
        return duckdb.connect()


def measure(results: Results, terms: Terms, size: int, weeks: int) -> None:
    """Measure every form on so many weeks of so many models."""
    compare(results, terms, HISTORY, size, CONTENDERS, weeks=weeks)


def ours(meter: Meter, *, models: int, weeks: int) -> Found:
    """Keep the weeks as Tidegauge does."""
    return keep_weeks(meter, History, models, weeks)


def snapshots(meter: Meter, *, models: int, weeks: int) -> Found:
    """Keep the weeks whole, in one table."""
    return keep_weeks(meter, Snapshots, models, weeks)


def parquet(meter: Meter, *, models: int, weeks: int) -> Found:
    """Keep the weeks whole, a file each."""
    return keep_weeks(meter, Parquet, models, weeks)


def keep_weeks(meter: Meter, form_of: Callable[[Path], History | Snapshots], size: int, weeks: int) -> Found:
    """Load every week; then, untimed, rewrite the file and run every query."""
    with tempfile.TemporaryDirectory() as folder:
        with meter.single_attempt():
            form = form_of(Path(folder))
        loads: list[float] = []
        rows = 0
        for number in range(weeks):
            given = {"models": size, "weeks": weeks, "week": number}

            def draw(connection: duckdb.DuckDBPyConnection, given: dict[str, int] = given) -> None:
                connection.execute(_DRAW, given)

            loads.append(form.load(meter, draw, FIRST + timedelta(weeks=number)))
            rows += size - size // 1000 * (weeks - 1 - number)
        meter.stop()
        sizes = form.sizes()
        answer, milliseconds = _asked(form, FIRST + timedelta(weeks=weeks - 1))
    figures = {"weeks": weeks, "load_seconds": statistics.median(loads[-5:])}
    return Found(rows, answer, {**figures, **sizes, **milliseconds})


def _asked(form: History | Snapshots, newest: date) -> tuple[list[list[float]], dict[str, float]]:
    """Return the result of each query, and its milliseconds."""
    answers: list[list[float]] = []
    milliseconds: dict[str, float] = {}
    with form.connect() as connection:
        model = connection.execute("select md5('4711')[:24]").fetchall()[0][0]
        for query in QUERIES:
            text = form.query(query, newest, model)
            times: list[float] = []
            for _ in range(5):
                begun = time.perf_counter()
                found = connection.execute(text).fetchall()
                times.append(time.perf_counter() - begun)
            milliseconds[f"{query}_ms"] = 1000 * statistics.median(times)
            answers.append(sorted(row[-1] for row in found))
    return answers, milliseconds
