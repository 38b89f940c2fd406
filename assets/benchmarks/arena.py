"""LMArena's leaderboard of text models: its ratings on every day on which it was published, as Parquet on the Hub.

Ratings are relative to the pool of models of their day and say nothing across days. The file `full` is asked every
time, if it has changed, and `latest` never kept: the board is published more often than we ask, so `latest` alone would
leave gaps, and only `full` shows what was restated or taken back.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from assets.http.client import Request, Service
from assets.http.errors import unexpected_field
from assets.hub.datasets import Expected, dataset_service, parquet_file

if TYPE_CHECKING:
    import polars as pl

SOURCE = "arena"
DATASET = "lmarena-ai/leaderboard-dataset"
FULL = "text/full-00000-of-00001.parquet"
LATEST = "text/latest-00000-of-00001.parquet"
CATEGORY = "overall"
# The board was first published on 2023-05-08. A file that begins later is not the whole history.
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
# The interval comes from another calculation than the rating of an anchored model, and both are rounded.
_ROUNDING = 1.0


def arena_service(endpoint: str, token: str | None) -> Service:
    """Give the Hub, asked for the leaderboard's files."""
    return dataset_service(SOURCE, endpoint, token)


def full_history() -> Request:
    """Give the question for the ratings of every day on which the board was published."""
    return parquet_file(DATASET, FULL)


def probe(endpoint: str, token: str | None, today: date) -> str:
    """Read the newest board, and say how large it is.

    Raises:
        SourceError: it cannot be asked, or its answer no longer fits.
    """
    board = read_board(
        arena_service(endpoint, token).single_attempt().send(parquet_file(DATASET, LATEST)).body,
        today,
        is_history=False,
    )
    return f"{board.height:,} models on {board.row(-1, named=True)['published_on']}"


def read_board(body: bytes, today: date, *, is_history: bool = True) -> "pl.DataFrame":
    """Read the rows of the category `overall`, one for each model and day of publication.

    Columns: model, organisation, licence (label of that day, NULL if blank), score, low, high (rating points), votes,
    rank, published_on. A row that occurs twice is kept once. `is_history` says that the file must go back to 2023.

    Raises:
        UnexpectedResponseError: names the column that is missing, of another type, empty, not finite or not plausible.
    """
    import polars as pl

    from assets.hub.parquet_columns import read_parquet

    frame = read_parquet(SOURCE, FULL if is_history else LATEST, body, _COLUMNS, only={"category": CATEGORY})
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
            raise unexpected_field(SOURCE, CATEGORY, field, expected, found.sort("published_on", "model").row(0))
    if is_history and isinstance(first, date) and first > BEGINS_BY:
        raise unexpected_field(
            SOURCE, FULL, "leaderboard_publish_date", f"a history from {BEGINS_BY} or before", (first, last)
        )
    return board.sort("published_on", "model")
