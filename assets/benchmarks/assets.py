"""Benchmarks and boards: scores of models as their sources state them, and the entities behind the names."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.benchmarks import arena, epoch_benchmarks, open_llm_leaderboard
from assets.epoch.csv_files import epoch_service
from assets.http.client import Request
from assets.hub.datasets import parquet_file
from assets.resources import Warehouse
from assets.settings import without_trailing_slash
from assets.source_asset import SourceContext, SourceResult, source_asset
from assets.table_asset import asset_spec, constraints_check, constraints_passed, derived_assets
from warehouse.seeds import entities
from warehouse.tables.benchmarks import (
    BASE_BENCHMARK_SCORE,
    BENCHMARK_SCORE,
    ENTITY_NAME,
    MATCH_RATE,
    SEEN_NAME,
    UNMATCHED_NAME,
)

if TYPE_CHECKING:
    import polars as pl

GROUP = "benchmarks"
ARENA_BOARD = "Arena text"


def collect_arena(context: SourceContext) -> SourceResult:
    """Collect the ratings of every day on which the board was published.

    A label that is not in the list is open: the board has one word for what is not (spelt in two ways).
    """
    service = arena.arena_service(context.settings.hub_endpoint, context.settings.token)
    board = arena.read_board(context.responses.fetch(service, arena.full_history()).body, context.now.date())
    listed = entities.openness_of("arena_licence")
    labels = board["licence"].drop_nulls().unique()
    scores = _scores(
        _with_openness(board, listed, otherwise="open"),
        benchmark=ARENA_BOARD,
        unit="rating points",
        evidence_url=_file_url(arena.DATASET, arena.FULL),
    )
    return SourceResult(
        rows={BASE_BENCHMARK_SCORE: scores},
        figures={
            "publish_dates": board["published_on"].n_unique(),
            "newest": str(board["published_on"].max()),
            "labels_not_listed": ", ".join(sorted(label for label in labels if label.casefold() not in listed))
            or "none",
        },
    )


def collect_epoch_benchmarks(context: SourceContext) -> SourceResult:
    """Collect the scores of the benchmarks that Epoch ran, and its index. An access that is not in the list is unknown."""
    import polars as pl

    service = epoch_service(without_trailing_slash(context.settings.epoch_url))
    archive = epoch_benchmarks.read_archive(
        context.responses.fetch(service, epoch_benchmarks.ARCHIVE).body, context.now.date()
    )
    frame = pl.DataFrame([vars(score) for score in archive.scores], infer_schema_length=None)
    scores = _scores(
        _with_openness(
            frame.rename({"accessibility": "licence"}), entities.openness_of("epoch_accessibility"), otherwise="unknown"
        ),
        evidence_url=f"https://epoch.ai/{epoch_benchmarks.ARCHIVE.url}",
    )
    left_out = {f"left out: {reason}": number for reason, number in archive.left_out.items()}
    return SourceResult(
        rows={BASE_BENCHMARK_SCORE: scores}, figures={"benchmarks": scores["benchmark"].n_unique(), **left_out}
    )


def collect_open_llm_leaderboard(context: SourceContext) -> SourceResult:
    """Collect the frozen archive. It took open models only; one without a licence is unknown all the same."""
    import polars as pl

    service = open_llm_leaderboard.leaderboard_service(context.settings.hub_endpoint, context.settings.token)
    paths = open_llm_leaderboard.read_tree(context.responses.fetch(service, Request(open_llm_leaderboard.TREE)).body)
    parts: list[pl.DataFrame] = []
    left_out: dict[str, int] = {}
    for path in paths:
        body = context.responses.fetch(service, parquet_file(open_llm_leaderboard.DATASET, path)).body
        scores, reasons = open_llm_leaderboard.read_scores(body, context.now.date())
        parts.append(scores)
        for reason, rows in reasons.items():
            left_out[f"left out: {reason}"] = left_out.get(f"left out: {reason}", 0) + rows
    archive = pl.concat(parts).with_columns(benchmark="Open LLM Leaderboard / " + pl.col("benchmark"))
    scores = _scores(
        archive.with_columns(
            openness=pl.when(pl.col("licence").is_null()).then(pl.lit("unknown")).otherwise(pl.lit("open"))
        ),
        unit="percent",
        evidence_url=_file_url(open_llm_leaderboard.DATASET, paths[0]),
    )
    return SourceResult(rows={BASE_BENCHMARK_SCORE: scores}, figures=left_out)


def _with_openness(frame: "pl.DataFrame", listed: Mapping[str, str], *, otherwise: str) -> "pl.DataFrame":
    """Add the column `openness`: what each row's own label means; a blank one is unknown."""
    import polars as pl

    labels = frame["licence"].drop_nulls().unique().to_list()
    meaning = {label: listed.get(label.casefold(), otherwise) for label in labels}
    openness = pl.col("licence").replace_strict(meaning, default="unknown", return_dtype=pl.String)
    return frame.with_columns(openness=openness)


def _scores(frame: "pl.DataFrame", **words: str) -> "pl.DataFrame":
    """Return a frame with every column that a version of a score has; those that the source does not state are NULL."""
    import polars as pl

    types = {"VARCHAR": pl.String, "DATE": pl.Date, "DOUBLE": pl.Float64, "BIGINT": pl.Int64, "INTEGER": pl.Int32}
    frame = frame.with_columns(pl.lit(word).alias(name) for name, word in words.items())
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(types[column.type]).alias(name)
        for name, column in BASE_BENCHMARK_SCORE.columns.items()
        if name not in ("source", "recorded_at", "is_withdrawn")
    )


def _file_url(dataset: str, path: str) -> str:
    return f"https://huggingface.co/datasets/{dataset}/blob/main/{path}"


SOURCES = (
    source_asset(
        GROUP, arena.SOURCE, {"huggingface", "parquet"}, collect_arena,
        doc="Ratings of text models by human votes, on every day on which LMArena published its leaderboard.",
    ),
    source_asset(
        GROUP, epoch_benchmarks.SOURCE, {"python", "csv"}, collect_epoch_benchmarks,
        doc="Scores of models on the benchmarks that Epoch AI runs, and the Epoch Capabilities Index.",
    ),
    source_asset(
        GROUP, open_llm_leaderboard.SOURCE, {"huggingface", "parquet"}, collect_open_llm_leaderboard,
        doc="Scores of open models in the archive of the Open LLM Leaderboard, frozen since 2025.",
    ),
)  # fmt: skip


@dg.multi_asset(
    name="entities",
    specs=[asset_spec(table, group=GROUP, kinds={"python", "csv"}, deps=[]) for table in entities.TABLES],
    check_specs=[constraints_check(table) for table in entities.TABLES],
)
def listed_entities(warehouse: Warehouse) -> Iterator[Any]:
    """The models and companies that are kept by hand, with their names and the reference models, checked row by row."""
    with warehouse.writing() as connection:
        entities.load(connection)
        counts = {
            table: connection.execute(f"select count(*) from {table.name}").fetchall()[0][0]
            for table in entities.TABLES
        }
    for table, rows in counts.items():
        yield dg.MaterializeResult(
            asset_key=table.name.split("."),
            metadata={"dagster/row_count": rows},
            check_results=[constraints_passed(table)],
        )


VIEWS = (
    listed_entities,
    derived_assets(
        "benchmark_tables", (BENCHMARK_SCORE, SEEN_NAME, ENTITY_NAME, UNMATCHED_NAME, MATCH_RATE), group=GROUP
    ),
)
