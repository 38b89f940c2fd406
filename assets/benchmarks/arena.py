"""LMArena's leaderboard of text models: its ratings on every day on which it was published, as Parquet on the Hub.

Ratings are relative to the models of their day, and not comparable across days. Every collection reads the file `full`,
if it has changed: the board is published more often than once a week, and only `full` shows what was restated or withdrawn.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from assets.benchmarks.score_rows import file_url, score_rows, with_openness
from assets.http.client import Request, Service
from assets.http.errors import unexpected_field
from assets.hub.datasets import Expected, dataset_service, parquet_file
from assets.settings import HUB, Settings
from assets.source import Source, SourceContext, SourceResult, today
from warehouse.seeds import entities
from warehouse.tables.benchmarks import BASE_BENCHMARK_SCORE

if TYPE_CHECKING:
    import polars as pl

NAME = "arena"
BENCHMARK = "Arena text"
DATASET = "lmarena-ai/leaderboard-dataset"
FULL = "text/full-00000-of-00001.parquet"
LATEST = "text/latest-00000-of-00001.parquet"
CATEGORY = "overall"
# The board was first published on 2023-05-08. A file that begins much later is not the whole history.
EARLIEST = date(2023, 4, 1)
BEGINS_BY = date(2023, 6, 30)
_COLUMNS = {
    "model_name": Expected("text"),
    "organization": Expected("text", required=False),
    "license": Expected("text", required=False),
    "rating": Expected("number"),
    "rating_lower": Expected("number"),
    "rating_upper": Expected("number"),
    "vote_count": Expected("whole"),
    "rank": Expected("whole", required=False),
    "category": Expected("text"),
    "leaderboard_publish_date": Expected("day"),
}
# The interval and the rating of an anchored model come from two calculations, and both are rounded.
_ROUNDING = 1.0


def arena_service(endpoint: str, token: str | None) -> Service:
    """Return the Hub as the service of the leaderboard's files."""
    return dataset_service(NAME, endpoint, token)


def full_history() -> Request:
    """Return the request for the ratings of every day on which the board was published."""
    return parquet_file(DATASET, FULL)


def read_board(body: bytes, today: date, *, is_history: bool = True) -> "pl.DataFrame":
    """Return the rows of the category `overall`, one for each model and day of publication.

    Columns: model, organisation, licence (label of that day, NULL if blank), score, low, high (rating points), votes,
    rank, published_on. A row that occurs twice is kept once. `is_history` says that the file must go back to 2023.

    Raises:
        UnexpectedResponseError: names the column that is missing, of another type, empty, not finite or not plausible.
    """
    import polars as pl

    from assets.hub.parquet_columns import read_parquet

    frame = read_parquet(NAME, FULL if is_history else LATEST, body, _COLUMNS, only={"category": CATEGORY})
    board = frame.unique().select(
        model="model_name", organisation="organization", licence="license", score="rating", low="rating_lower",
        high="rating_upper", votes="vote_count", rank="rank", published_on="leaderboard_publish_date",
    )  # fmt: skip
    first, last = board["published_on"].min(), board["published_on"].max()
    day = pl.col("published_on")
    for field, expected, wrong in (
        ("rating", "a rating between -5,000 and 5,000", pl.col("score").abs() > 5_000),
        ("rating_lower", "an interval in order, around the rating", pl.col("low") > pl.col("high")),
        ("rating_lower", "at most the rating", pl.col("low") > pl.col("score") + _ROUNDING),
        ("rating_upper", "at least the rating", pl.col("high") < pl.col("score") - _ROUNDING),
        ("vote_count", "a number that is not negative", pl.col("votes") < 0),
        ("leaderboard_publish_date", "no day of the future", day > today + timedelta(days=1)),
        ("leaderboard_publish_date", f"no day before {EARLIEST}", day < EARLIEST),
        ("model_name", "each model once a day", pl.struct("model", "published_on").is_duplicated()),
    ):
        found = board.filter(wrong)
        if found.height:
            raise unexpected_field(NAME, CATEGORY, field, expected, found.sort("published_on", "model").row(0))
    if is_history and isinstance(first, date) and first > BEGINS_BY:
        raise unexpected_field(
            NAME, FULL, "leaderboard_publish_date", f"a history from {BEGINS_BY} or before", (first, last)
        )
    return board.sort("published_on", "model")


def collect(context: SourceContext) -> SourceResult:
    """Collect the ratings of every day on which the board was published.

    A licence label that is not in the list is open: the board has one label, in two spellings, for what is not.
    """
    service = arena_service(context.settings.address(HUB), context.settings.token)
    board = read_board(context.responses.fetch(service, full_history()).body, context.now.date())
    listed = entities.openness_of("arena_licence")
    labels = board["licence"].drop_nulls().unique()
    scores = score_rows(
        with_openness(board, listed, otherwise="open"),
        benchmark=BENCHMARK,
        unit="rating points",
        evidence_url=file_url(DATASET, FULL),
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


def probe(settings: Settings) -> str:
    """Read the newest board; return its size and day. Raises SourceError like `read_board`."""
    service = arena_service(settings.address(HUB), settings.token)
    response = service.single_attempt().send(parquet_file(DATASET, LATEST))
    board = read_board(response.body, today(), is_history=False)
    return f"{board.height:,} models on {board.row(-1, named=True)['published_on']}"


SOURCE = Source(
    name=NAME,
    title="LMArena leaderboard of text models",
    home_page="https://huggingface.co/datasets/lmarena-ai/leaderboard-dataset",
    licence="CC BY 4.0",
    citation="LMArena, leaderboard dataset, category overall, by its date of publication",
    caveat=(
        "Ratings are relative to the pool of models of their day, and shaped by which models get votes; only "
        "differences of one day mean something. The method of the intervals changed in August 2026. Labels of "
        "licences are those of the board on that day."
    ),
    addresses=(HUB,),
    probe=probe,
    group="benchmarks",
    kinds=frozenset({"huggingface", "parquet"}),
    description="Ratings of text models by human votes, on every day on which LMArena published its leaderboard.",
    collect=collect,
)
