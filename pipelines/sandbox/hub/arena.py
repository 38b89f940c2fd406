"""A synthetic Arena leaderboard: ratings of every day on which it was published, as Parquet.

The names of the first models are real, so that they can be matched; every rating is made up.
"""

import io
from datetime import date, timedelta
from typing import Final

import polars as pl

from pipelines.sandbox.draws import mix
from pipelines.sandbox.hub.world import World

FIRST: Final = date(2023, 5, 8)
SCHEMA: Final = {
    "model_name": pl.String, "organization": pl.String, "license": pl.String, "rating": pl.Float64,
    "rating_lower": pl.Float64, "rating_upper": pl.Float64, "variance": pl.Float64, "vote_count": pl.Int64,
    "rank": pl.Int64, "category": pl.String, "leaderboard_publish_date": pl.String,
}  # fmt: skip
_STARTS: Final = (
    # name, organisation, licence label, first day, strength
    ("vicuna-13b", "LMSYS", "Non-commercial", FIRST, 1040),
    ("oasst-pythia-12b", "OpenAssistant", "Apache 2.0", FIRST, 900),
    ("palm-2", "Google", "Proprietary", FIRST, 1000),
    ("gpt-4-0314", "OpenAI", "Proprietary", date(2023, 8, 1), 1190),
    ("gpt-3.5-turbo-0613", "OpenAI", "Proprietary", date(2023, 8, 1), 1110),
    ("llama-2-70b-chat", "Meta", "Llama 2 Community", date(2023, 8, 1), 1090),
    ("mixtral-8x7b-instruct-v0.1", "Mistral", "Apache 2.0", date(2024, 1, 9), 1114),
    ("claude-3-opus-20240229", "Anthropic", "Proprietory", date(2024, 3, 14), 1247),
    ("llama-3-70b-instruct", "Meta", "Llama 3 Community", date(2024, 4, 25), 1207),
    ("a-model-without-label", None, "", date(2024, 5, 10), 1230),
)
_MAKERS: Final = (
    ("Sandbox Labs", "Proprietary"), ("Open Harbour", "MIT"), ("Tidal AI", "Apache 2.0"), ("Sandbox Labs", "Proprietary"),
    ("Open Harbour", "Modified MIT"), ("Reef Research", "CC-BY-NC-4.0"),
)  # fmt: skip


def full(world: World, week: int) -> bytes:
    """Return the history: monthly until two years ago, weekly since, up to the Monday of the week."""
    today = world.now(week).date()
    days = [FIRST + timedelta(days=28 * step) for step in range((today - FIRST).days // 28 + 1)]
    recent = [today - timedelta(days=7 * step) for step in range(26)]
    return _parquet([row for day in sorted({*days, *recent}) for row in _board(world.seed, day)])


def latest(world: World, week: int) -> bytes:
    """Return the newest board only."""
    return _parquet(_board(world.seed, world.now(week).date()))


def _models(day: date) -> list[tuple[str, str | None, str, date, int]]:
    found: list[tuple[str, str | None, str, date, int]] = [start for start in _STARTS if start[3] <= day]
    number = 0
    while (joined := date(2024, 6, 3) + timedelta(days=21 * number)) <= day:
        maker, label = _MAKERS[number % len(_MAKERS)]
        behind = 0 if label == "Proprietary" else 25
        found.append((f"sandbox-{number + 1}", maker, label, joined, 1230 + 7 * number - behind))
        number += 1
    return found


def _board(seed: int, day: date) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for category, shift in (("overall", 0.0), ("coding", 11.0)):
        board: list[dict[str, object]] = []
        for number, (name, maker, label, joined, strength) in enumerate(_models(day)):
            draw = mix((seed << 32) + number * 100_003 + day.toordinal())
            weeks = (day - joined).days // 7
            rating = strength + shift + (draw % 400) / 100 - 2.0
            width = 12.0 / (1 + weeks / 8) + 1.5
            board.append(
                dict(zip(SCHEMA, (
                    name, maker, label, rating, rating - width, rating + 1.1 * width, width**2 / 4,
                    60 + 900 * weeks + draw % 37, 0, category, day.isoformat(),
                ), strict=True))
            )  # fmt: skip
        board.sort(key=lambda row: -float(str(row["rating"])))
        rows += [{**row, "rank": place} for place, row in enumerate(board, 1)]
    return rows


def _parquet(rows: list[dict[str, object]]) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(rows, schema=SCHEMA).write_parquet(file, compression="snappy")
    return file.getvalue()
