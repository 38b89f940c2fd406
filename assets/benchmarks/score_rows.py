"""Rows of base.benchmark_score, from the scores that a source states."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from warehouse.tables.benchmarks import BASE_BENCHMARK_SCORE

if TYPE_CHECKING:
    import polars as pl


def with_openness(frame: "pl.DataFrame", listed: Mapping[str, str], *, otherwise: str) -> "pl.DataFrame":
    """Add the column `openness`: the meaning of each row's own label; a blank label is unknown."""
    import polars as pl

    labels = frame["licence"].drop_nulls().unique().to_list()
    meaning = {label: listed.get(label.casefold(), otherwise) for label in labels}
    openness = pl.col("licence").replace_strict(meaning, default="unknown", return_dtype=pl.String)
    return frame.with_columns(openness=openness)


def score_rows(frame: "pl.DataFrame", **words: str) -> "pl.DataFrame":
    """Return a frame with every column of a score; those that the source does not state are NULL."""
    import polars as pl

    types = {"VARCHAR": pl.String, "DATE": pl.Date, "DOUBLE": pl.Float64, "BIGINT": pl.Int64, "INTEGER": pl.Int32}
    frame = frame.with_columns(pl.lit(word).alias(name) for name, word in words.items())
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(types[column.type]).alias(name)
        for name, column in BASE_BENCHMARK_SCORE.columns.items()
        if name not in ("source", "recorded_at", "is_withdrawn")
    )


def file_url(dataset: str, path: str) -> str:
    """Return the page of a file of a data set on the Hub."""
    return f"https://huggingface.co/datasets/{dataset}/blob/main/{path}"
