"""LMArena's leaderboards of text models: their ratings on every day of publication, as Parquet on the Hub.

Ratings are relative to the models of their day, and not comparable across days or boards. Every collection reads the
files `full`, if they have changed: the boards are published more often than once a week, and only `full` shows what was
restated or withdrawn. Until 2023-12-20 the board had Elo ratings without an interval and without a number of votes.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from assets.benchmarks.score_rows import file_url, score_rows, with_openness
from assets.http.client import Request, Service
from assets.http.errors import (
    ItemNotFoundError,
    SourceError,
    UnexpectedResponseError,
    UnreachableError,
    unexpected_field,
)
from assets.hub.datasets import Expected, dataset_service, parquet_file, read_end
from assets.settings import HUB, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.set_aside_items import SetAside
from warehouse.seeds import entities
from warehouse.tables.benchmarks import BASE_BENCHMARK_SCORE

if TYPE_CHECKING:
    import polars as pl

NAME = "arena"
DATASET = "lmarena-ai/leaderboard-dataset"
CATEGORY = "overall"


@dataclass(frozen=True)
class Board:
    """A board: its name here, its folder in the data set, and the day by which its history begins.

    A file that begins later is not the whole history.
    """

    name: str
    folder: str
    begins_by: date

    @property
    def file(self) -> str:
        """Path of the whole history."""
        return f"{self.folder}/full-00000-of-00001.parquet"


TEXT = Board("Arena text", "text", date(2023, 6, 30))
# The default of the site since 2025-05-16.
STYLE_CONTROL = Board("Arena text with style control", "text_style_control", date(2024, 12, 31))
BOARDS = (TEXT, STYLE_CONTROL)
EARLIEST = date(2023, 4, 1)
# Elo ratings before, ratings of a Bradley-Terry model with intervals and votes from this day on.
BRADLEY_TERRY = date(2024, 1, 9)
# A larger share of odd rows means that the format of the file has changed.
MOST_SET_ASIDE = 0.05
_COLUMNS = {
    "model_name": Expected("text", required=False),
    "organization": Expected("text", required=False),
    "license": Expected("text", required=False),
    "rating": Expected("number", required=False, nan_is_null=True),
    "rating_lower": Expected("number", required=False, nan_is_null=True),
    "rating_upper": Expected("number", required=False, nan_is_null=True),
    "vote_count": Expected("whole", required=False, nan_is_null=True),
    "rank": Expected("whole", required=False, nan_is_null=True),
    "category": Expected("text"),
    "leaderboard_publish_date": Expected("day", required=False),
}
# The interval and the rating of an anchored model come from two calculations, and both are rounded.
_ROUNDING = 1.0


def arena_service(endpoint: str, token: str | None) -> Service:
    """Return the Hub as the service of the leaderboard's files."""
    return dataset_service(NAME, endpoint, token)


def full_history(board: Board) -> Request:
    """Return the request for the ratings of every day on which a board was published."""
    return parquet_file(DATASET, board.file)


def read_board(body: bytes, today: date, board: Board = TEXT) -> "tuple[pl.DataFrame, list[SetAside]]":
    """Return the rows of the category `overall`, one for each model and day, and the rows set aside.

    Columns: model, organisation, licence (label of that day, NULL if blank), score, low, high (rating points; NULL before
    2024), votes (NULL before 2024), rank, published_on. A row that occurs twice is kept once. Set aside is a row
    without a rating, or with a value that is not plausible.

    Raises:
        UnexpectedResponseError: names the column that is missing, of another type or not finite; or more than
            MOST_SET_ASIDE of the rows are odd, or lack the votes that the board states since 2024; or the file does not
            go back to the beginning of the board.
    """
    import polars as pl

    from assets.hub.parquet_columns import read_parquet

    frame = read_parquet(NAME, board.file, body, _COLUMNS, only={"category": CATEGORY}, reasons="wrong_cell")
    rows = frame.unique().select(
        "wrong_cell",
        model="model_name", organisation="organization", licence="license", score="rating", low="rating_lower",
        high="rating_upper", votes="vote_count", rank="rank", published_on="leaderboard_publish_date",
    )  # fmt: skip
    day = pl.col("published_on")
    reason = pl.coalesce(
        pl.col("wrong_cell"),
        *(
            pl.when(wrong).then(pl.lit(f"{field}: expected {expected}"))
            for field, expected, wrong in (
                ("model_name", "a text", pl.col("model").is_null()),
                ("leaderboard_publish_date", "a day", day.is_null()),
                ("leaderboard_publish_date", "no day of the future", day > today + timedelta(days=1)),
                ("leaderboard_publish_date", f"no day before {EARLIEST}", day < EARLIEST),
                ("rating", "a number", pl.col("score").is_null()),
                ("rating", "a rating between -5,000 and 5,000", pl.col("score").abs() > 5_000),
                ("rating_lower", "an interval in order, around the rating", pl.col("low") > pl.col("high")),
                ("rating_lower", "at most the rating", pl.col("low") > pl.col("score") + _ROUNDING),
                ("rating_upper", "at least the rating", pl.col("high") < pl.col("score") - _ROUNDING),
                ("vote_count", "a number that is not negative", pl.col("votes") < 0),
                ("model_name", "each model once a day", pl.struct("model", "published_on").is_duplicated()),
            )
        ),
    )
    rows = rows.with_columns(reason=reason).drop("wrong_cell").sort("published_on", "model", nulls_last=True)
    odd, sound = rows.filter(pl.col("reason").is_not_null()), rows.filter(pl.col("reason").is_null()).drop("reason")
    if odd.height > max(1, MOST_SET_ASIDE * rows.height) or sound.is_empty():
        first = odd.row(0, named=True)
        field, _, expected = first.pop("reason").partition(": expected ")
        found = f"{odd.height:,} of {rows.height:,} rows without, such as {tuple(first.values())}"
        raise unexpected_field(NAME, f"{board.folder}, {CATEGORY}", field, expected, found)
    rated = sound.filter(day >= BRADLEY_TERRY)
    if rated["votes"].null_count() > max(1, MOST_SET_ASIDE * rated.height):
        found = f"{rated['votes'].null_count():,} of {rated.height:,} rows without"
        raise unexpected_field(NAME, f"{board.folder}, {CATEGORY}", "vote_count", f"votes since {BRADLEY_TERRY}", found)
    begin = sound["published_on"].min()
    if isinstance(begin, date) and begin > board.begins_by:
        expected = f"a history from {board.begins_by} or before"
        raise unexpected_field(NAME, board.file, "leaderboard_publish_date", expected, begin)
    return sound, [
        SetAside(
            f"{board.folder}: {model or 'a row'} on {on or date.min}",
            why,
            {"benchmark": board.name} | ({"model": model} if model else {}),
        )
        for model, on, why in odd.select("model", "published_on", "reason").rows()
    ]


def collect(context: SourceContext) -> SourceResult:
    """Collect the ratings of every day on which the boards were published.

    A board that cannot be read is set aside, and its earlier rows stay. A licence label that is not in the list is
    unknown, and named in the figures.

    Raises:
        SourceError: no board can be read; the error of the first.
    """
    import polars as pl

    service = arena_service(context.settings.address(HUB), context.settings.token)
    listed = entities.openness_of("arena_licence")
    frames: list[pl.DataFrame] = []
    failed: dict[str, SourceError] = {}
    set_aside: list[SetAside] = []
    for board in BOARDS:
        try:
            rows, odd = read_board(
                context.responses.fetch(service, full_history(board)).body, context.now.date(), board
            )
        except (
            UnexpectedResponseError,
            UnreachableError,
            ItemNotFoundError,
        ) as error:  # the last: not stored, in a replay
            failed[board.name] = error
            continue
        set_aside += odd
        frames.append(
            score_rows(
                with_openness(rows, listed, otherwise="unknown"),
                benchmark=board.name,
                unit="rating points",
                evidence_url=file_url(DATASET, board.file),
            )
        )
    if not frames:
        raise next(iter(failed.values()))
    scores = pl.concat(frames)
    set_aside += [SetAside(name, error.reason, {"benchmark": name}) for name, error in failed.items()]
    unlisted = Counter(label for label in scores["licence"].drop_nulls() if label.casefold() not in listed)
    return SourceResult(
        rows={BASE_BENCHMARK_SCORE: scores},
        set_aside=set_aside,
        figures={
            "boards": len(frames),
            "publish_dates": scores["published_on"].n_unique(),
            "newest": str(scores["published_on"].max()),
            "rows_without_votes": scores["votes"].null_count(),
            "labels_not_listed": ", ".join(f"{label} ({rows} rows)" for label, rows in sorted(unlisted.items()))
            or "none",
        },
    )


def probe(settings: Settings) -> str:
    """Read the footers of the files that the refresh reads: columns, types and days.

    Raises:
        SourceError: a file is not there, a column does not fit, or the history is not whole.
    """
    from assets.hub.parquet_columns import read_footer

    service = arena_service(settings.address(HUB), settings.token).single_attempt()
    found: list[str] = []
    for board in BOARDS:
        end = read_end(service, full_history(board))
        footer = read_footer(NAME, board.file, end, _COLUMNS, "leaderboard_publish_date")
        if footer.lowest is not None and footer.lowest[:10] > board.begins_by.isoformat():
            expected = f"a history from {board.begins_by} or before"
            raise unexpected_field(NAME, board.file, "leaderboard_publish_date", expected, footer.lowest)
        days = f" from {footer.lowest[:10]} to {footer.highest[:10]}" if footer.lowest and footer.highest else ""
        found.append(f"{board.name}: {footer.rows:,} rows{days}")
    return "; ".join(found)


SOURCE = Source(
    name=NAME,
    title="LMArena leaderboards of text models",
    home_page="https://huggingface.co/datasets/lmarena-ai/leaderboard-dataset",
    licence="CC BY 4.0",
    citation="LMArena, leaderboard dataset, boards text and text_style_control, category overall, by date of publication",
    caveat=(
        "Ratings are relative to the pool of models of their day, and shaped by which models get votes; only "
        "differences of one day on one board mean something. Old days hold only models that are in the registry today, "
        "so old gaps are biased. Elo until 2023, without interval and votes; Bradley-Terry since 2024-01-09. The "
        "method of the intervals changed in August 2026. Labels of licences are those of the board on that day."
    ),
    addresses=(HUB,),
    probe=probe,
    group="benchmarks",
    kinds=frozenset({"huggingface", "parquet"}),
    description="Ratings of text models by human votes, on every day on which LMArena published its two leaderboards.",
    collect=collect,
)
