"""A week's growth of every model, against 1, 4, 13 and 52 weeks before: Tidegauge's SELECT beside pandas and polars.

The facts are 53 weeks of counters of every model. Tidegauge reads them from its database; the others from the same facts
as Parquet, a file a week, of which they open just the five that they need. All write the week as one Parquet file, and
these files must be the same, row by row. figures: `weeks` of facts; `facts_bytes` of what the contender reads from;
`output_bytes` of what it wrote.
"""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl

from tests.performance.comparing import Contender, Terms, compare
from tests.performance.measuring import Found, Meter
from tests.performance.result_files import GROWTH, OURS, Results
from warehouse.database import schema
from warehouse.database.connection import configuration, reading, use_few_threads, writing
from warehouse.release.parquet import FORMAT
from warehouse.release.publish import FEW_MODELS

WEEKS = 53
SPANS = {1: "1_week", 4: "4_weeks", 13: "13_weeks", 52: "52_weeks"}
NEWEST = date(2026, 11, 16)

CONTENDERS = (
    Contender(OURS, "tests.performance.growth:ours"),
    Contender("pandas on Parquet", "tests.performance.growth:with_pandas"),
    Contender("polars on Parquet", "tests.performance.growth:with_polars"),
)

# One in a thousand models is new in each week, one in twenty stands at 0, one in a hundred has no 30-day counter.
_READINGS = """
    insert into base.model_week by name
    select
        $week::date as week,
        n::integer as model_key,
        if(n % 100 = 3, null, if(n % 20 = 7, 0, (1e7 / n)::bigint + hash(n, $number) % 50))::bigint as downloads_30d,
        (1e8 / n)::bigint + $number * (hash(n) % 50) as downloads_all_time,
        (hash(n) % 100)::integer as likes
    from range(1, $models + 1 - $models // 1000 * ($weeks - 1 - $number)) as t(n)
"""
_MODELS = """
    insert into core.model by name
    select
        n::integer as model_key, left(md5(n::varchar), 24) as hub_id, 'owner/' || n as id, timestamptz '2024-01-01' as created_at,
        $newest::date as name_since, $newest::date as first_seen, $newest::date as last_seen
    from range(1, $models + 1) as t(n)
"""


def measure(results: Results, terms: Terms, models: int) -> None:
    """Measure every contender on the facts of so many models."""
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder), models)
        compare(results, terms, GROWTH, models, CONTENDERS, folder=folder)


def draw(folder: Path, models: int) -> None:
    """Make the facts, as a database and as Parquet files."""
    with writing(folder / "facts.duckdb") as connection:
        schema.prepare(connection, datetime.now(UTC))
        connection.execute(_MODELS, {"models": models, "newest": NEWEST})
        for number in range(WEEKS):
            week = NEWEST - timedelta(weeks=WEEKS - 1 - number)
            connection.execute(_READINGS, {"week": week, "number": number, "models": models, "weeks": WEEKS})
            readings = f"select * from base.model_week where week = '{week}'"
            connection.execute(f"copy ({readings}) to '{folder}/{week}.parquet' (format parquet, compression zstd)")
        models_told = "select model_key, id, hub_id from core.model"
        connection.execute(f"copy ({models_told}) to '{folder}/model.parquet' (format parquet, compression zstd)")


def ours(meter: Meter, *, folder: str, models: int) -> Found:
    """Write the newest week of growth.model as publishing does."""
    with reading(Path(folder) / "facts.duckdb") as connection, tempfile.NamedTemporaryFile() as file:
        watched = meter.by_statement(connection)
        use_few_threads(watched, FEW_MODELS)
        watched.execute(f"copy (from growth.model where week = '{NEWEST}') to '{file.name}' ({FORMAT})")
        meter.stop()
        return _judged(Path(file.name), (Path(folder) / "facts.duckdb").stat().st_size)


def with_pandas(meter: Meter, *, folder: str, models: int) -> Found:
    """Do the same with pandas."""
    now = pd.read_parquet(_facts(folder, 0), columns=["week", "model_key", "downloads_30d", "downloads_all_time"])
    for weeks, name in SPANS.items():
        before = pd.read_parquet(_facts(folder, weeks), columns=["model_key", "downloads_30d"])
        joined = now[["model_key"]].merge(before, on="model_key", how="left")["downloads_30d"]
        now[f"change_{name}"] = now["downloads_30d"] - joined
        now[f"change_pct_{name}"] = (100.0 * now[f"change_{name}"] / joined).where(joined != 0)
    now["rank"] = now["downloads_30d"].rank(method="min", ascending=False)
    now = now.merge(pd.read_parquet(f"{folder}/model.parquet"), on="model_key").drop(columns="model_key")
    with tempfile.NamedTemporaryFile() as file:
        now.to_parquet(file.name, compression="zstd", index=False)
        meter.stop()
        return _judged(Path(file.name), _opened_bytes(folder))


def with_polars(meter: Meter, *, folder: str, models: int) -> Found:
    """Do the same with polars, lazily."""
    now = pl.scan_parquet(_facts(folder, 0)).select("week", "model_key", "downloads_30d", "downloads_all_time")
    for weeks, name in SPANS.items():
        base = pl.col("before").replace(0, None)
        before = pl.scan_parquet(_facts(folder, weeks)).select("model_key", before="downloads_30d")
        now = now.join(before, on="model_key", how="left").with_columns(
            (pl.col("downloads_30d") - pl.col("before")).alias(f"change_{name}"),
            ((pl.col("downloads_30d") - base) * 100.0 / base).alias(f"change_pct_{name}"),
        )
        now = now.drop("before")
    now = now.with_columns(rank=pl.col("downloads_30d").rank("min", descending=True))
    now = now.join(pl.scan_parquet(f"{folder}/model.parquet"), on="model_key").drop("model_key")
    with tempfile.NamedTemporaryFile() as file:
        now.sink_parquet(file.name, compression="zstd")
        meter.stop()
        return _judged(Path(file.name), _opened_bytes(folder))


def _facts(folder: str, weeks_before: int) -> str:
    return f"{folder}/{NEWEST - timedelta(weeks=weeks_before)}.parquet"


def _opened_bytes(folder: str) -> int:
    return sum(Path(file).stat().st_size for file in (_facts(folder, weeks) for weeks in (0, *SPANS)))


def _judged(file: Path, facts_bytes: int) -> Found:
    """Look at the week that was written: its rows, and a sum of every row's hash, figures to nine digits behind the point."""
    changes = ", ".join(f"change_{name}::bigint, round(change_pct_{name}, 9)" for name in SPANS.values())
    counts = ", ".join(f"count(change_pct_{name})" for name in SPANS.values())
    with duckdb.connect(config=configuration(file)) as connection:
        answer = connection.execute(
            f"""
            select
                count(*), {counts}, count(rank),
                sum(hash(id, hub_id, downloads_30d::bigint, downloads_all_time::bigint, rank::bigint, {changes}))::varchar
            from read_parquet('{file}') where week::date = '{NEWEST}'
            """
        ).fetchall()[0]
    figures: dict[str, float] = {"weeks": WEEKS, "facts_bytes": facts_bytes, "output_bytes": file.stat().st_size}
    return Found(int(answer[0]), list(answer), figures)
