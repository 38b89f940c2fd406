"""The Open LLM Leaderboard's archive: scores of open models, frozen since it was retired in 2025, as Parquet on the Hub.

The name of the file is not documented, so the client lists the folder first, through the Hub's tree of files. That address
is not documented for this data set either, so the client checks the form of the response.
"""

import re
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from assets.benchmarks.score_rows import file_url, score_rows
from assets.http.client import Request, Service
from assets.http.errors import unexpected_field
from assets.hub.datasets import Expected, dataset_service, parquet_file
from assets.settings import HUB, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.set_aside_items import SetAside
from warehouse.tables.benchmarks import BASE_BENCHMARK_SCORE

if TYPE_CHECKING:
    import polars as pl

NAME = "open_llm_leaderboard"
DATASET = "open-llm-leaderboard/contents"
TREE = f"api/datasets/{DATASET}/tree/main/data"
# Columns that hold a score, in percent; the average is the mean of the six others.
SCORES = ("Average ⬆️", "IFEval", "BBH", "MATH Lvl 5", "GPQA", "MUSR", "MMLU-PRO")
_FILE = re.compile(r"data/train-\d{5}-of-\d{5}(-[0-9a-f]+)?\.parquet")
_COLUMNS = {
    "fullname": Expected("text", required=False),
    **{name: Expected("number", required=False, nan_is_null=True) for name in SCORES},
    "Hub License": Expected("text", required=False),
    "Upload To Hub Date": Expected("day", required=False),
    "Submission Date": Expected("day", required=False),
    "Flagged": Expected("flag", required=False),
}
_EARLIEST = date(2019, 1, 1)
# A larger share of odd rows means that the format of the file has changed.
MOST_SET_ASIDE = 0.05


def leaderboard_service(endpoint: str, token: str | None) -> Service:
    """Return the Hub as the service of the archive's files."""
    return dataset_service(NAME, endpoint, token)


def read_tree(body: bytes) -> list[str]:
    """Return the paths of the archive's Parquet files.

    Raises:
        UnexpectedResponseError: the listing is no list of files, or names no Parquet file of the split `train`.
    """
    try:
        entries = msgspec.json.decode(body, type=list[dict[str, Any]])
    except (msgspec.DecodeError, RecursionError) as error:
        raise unexpected_field(NAME, TREE, "(the whole)", "a list of files", body[:80]) from error
    paths = [entry.get("path") for entry in entries if entry.get("type") == "file"]
    found = sorted(path for path in paths if isinstance(path, str) and _FILE.fullmatch(path))
    if not found:
        raise unexpected_field(NAME, TREE, "path", "data/train-...-of-....parquet", paths)
    return found


def read_scores(body: bytes, today: date) -> "tuple[pl.DataFrame, dict[str, int], list[tuple[str | None, str]]]":
    """Return the scores, the number of rows that were left out by reason, and the rows that are set aside: (model, reason).

    There is one row for each model and benchmark. Columns: model, benchmark, score (percent), licence, released_on (upload
    to the Hub), published_on (submission). Rows that the leaderboard flagged are left out. A model that was submitted at
    several precisions counts once, with the submission of the best average. A model with an odd row has no score.

    Raises:
        UnexpectedResponseError: names the column that is missing, of another type or empty; or more than MOST_SET_ASIDE of
            the rows are odd.
    """
    import polars as pl

    from assets.hub.parquet_columns import read_parquet

    frame = read_parquet(NAME, DATASET, body, _COLUMNS, reasons="wrong_cell")
    reason = pl.coalesce(
        pl.col("wrong_cell"),
        *(
            pl.when(wrong).then(pl.lit(f"{field}: expected {expected}"))
            for field, expected, wrong in (
                ("fullname", "a text", pl.col("fullname").is_null()),
                ("Flagged", "true or false", pl.col("Flagged").is_null()),
                *((name, "a score in percent", ~pl.col(name).is_between(0, 100).fill_null(False)) for name in SCORES),
                *(
                    (
                        name,
                        f"a day from {_EARLIEST} to {today}",
                        ~pl.col(name).is_between(_EARLIEST, today + timedelta(days=1)),
                    )
                    for name in ("Upload To Hub Date", "Submission Date")
                ),
            )
        ),
    )
    frame = frame.with_columns(reason=reason)
    odd = frame.filter(pl.col("reason").is_not_null() & ~pl.col("Flagged").fill_null(False))
    if odd.height > max(1, MOST_SET_ASIDE * frame.height) or odd.height == frame.height:
        field, _, expected = odd["reason"][0].partition(": expected ")
        found = f"{odd.height:,} of {frame.height:,} rows without"
        raise unexpected_field(NAME, DATASET, field, expected, found)
    kept = frame.filter(~pl.col("Flagged").fill_null(False), pl.col("reason").is_null())
    kept = kept.filter(~pl.col("fullname").is_in(odd["fullname"].drop_nulls().implode()))
    best = kept.sort(SCORES[0], "Submission Date", *SCORES[1:], descending=True, nulls_last=True).unique(
        "fullname", keep="first", maintain_order=True
    )
    scores = best.unpivot(
        SCORES, index=["fullname", "Hub License", "Upload To Hub Date", "Submission Date"], variable_name="benchmark"
    ).select(
        model="fullname", benchmark=pl.col("benchmark").replace(SCORES[0], "Average"), score="value",
        licence="Hub License", released_on="Upload To Hub Date", published_on="Submission Date",
    )  # fmt: skip
    left_out = {
        "flagged": frame.filter(pl.col("Flagged")).height,
        "other submissions of a model": kept.height - best.height,
    }
    return scores.sort("model", "benchmark"), left_out, odd.select("fullname", "reason").rows()


def collect(context: SourceContext) -> SourceResult:
    """Collect the frozen archive. It accepted open models only; one without a licence is unknown all the same."""
    import polars as pl

    service = leaderboard_service(context.settings.address(HUB), context.settings.token)
    paths = read_tree(context.responses.fetch(service, Request(TREE)).body)
    parts: list[pl.DataFrame] = []
    left_out: Counter[str] = Counter()
    set_aside: list[SetAside] = []
    for path in paths:
        body = context.responses.fetch(service, parquet_file(DATASET, path)).body
        scores, reasons, odd = read_scores(body, context.now.date())
        set_aside += [SetAside(model or "a row", why, {"model": model} if model else None) for model, why in odd]
        parts.append(scores)
        left_out.update(reasons)
    archive = pl.concat(parts).with_columns(benchmark="Open LLM Leaderboard / " + pl.col("benchmark"))
    scores = score_rows(
        archive.with_columns(
            openness=pl.when(pl.col("licence").is_null()).then(pl.lit("unknown")).otherwise(pl.lit("open"))
        ),
        unit="percent",
        evidence_url=file_url(DATASET, paths[0]),
    )
    figures = {f"left out: {reason}": rows for reason, rows in left_out.items()}
    return SourceResult(rows={BASE_BENCHMARK_SCORE: scores}, figures=figures, set_aside=set_aside)


def probe(settings: Settings) -> str:
    """Request the list of the archive's files; return how many there are. Raises SourceError like `read_tree`."""
    service = leaderboard_service(settings.address(HUB), settings.token)
    files = read_tree(service.single_attempt().send(Request(TREE)).body)
    return f"{len(files)} Parquet file{'s' if len(files) > 1 else ''} of a frozen archive"


SOURCE = Source(
    name=NAME,
    title="Open LLM Leaderboard (archive)",
    home_page="https://huggingface.co/datasets/open-llm-leaderboard/contents",
    licence="None is stated for the table: single figures are quoted as facts",
    citation="Hugging Face, Open LLM Leaderboard v2, contents",
    caveat=(
        "Retired in 2025 and frozen: asked every week only to notice if it changes. Open models only, so it gives no "
        "gap. Rows that the leaderboard flagged are left out."
    ),
    addresses=(HUB,),
    probe=probe,
    group="benchmarks",
    kinds=frozenset({"huggingface", "parquet"}),
    description="Scores of open models in the archive of the Open LLM Leaderboard, frozen since 2025.",
    collect=collect,
)
