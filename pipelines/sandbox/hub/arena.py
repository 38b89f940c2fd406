"""Two synthetic Arena leaderboards: ratings of every day on which they were published, as Parquet.

As on the real ones, Elo ratings of 2023 have no interval and no votes, some organisations and licences are blank, and a
rating is NaN in one category that is not read. The board with style control begins in August 2024.

The names of the first models are real, so that they can be matched; every rating is made up.
"""

import io
import math
from datetime import date, timedelta
from typing import Final

import polars as pl

from pipelines.sandbox.draws import mix
from pipelines.sandbox.hub.world import World

FIRST: Final = date(2023, 5, 8)
STYLE_CONTROL_FIRST: Final = date(2024, 8, 28)
BRADLEY_TERRY: Final = date(2024, 1, 9)
SCHEMA: Final = {
    "model_name": pl.String, "organization": pl.String, "license": pl.String, "rating": pl.Float64,
    "rating_lower": pl.Float64, "rating_upper": pl.Float64, "variance": pl.Float64, "vote_count": pl.Float64,
    "rank": pl.Float64, "category": pl.String, "leaderboard_publish_date": pl.String,
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
# Open models of the synthetic Hub, under the names that a board writes: other letters, a setting, another form.
_ON_THE_HUB: Final = (
    ("mistral-7b-instruct-v0.2", "Mistral", "Apache 2.0", date(2024, 1, 9), 1072),
    ("phi-3-mini-4k-instruct", "Microsoft", "MIT", date(2024, 4, 25), 1066),
    ("llama-3.1-8b-instruct", "Meta", "Llama 3.1 Community", date(2024, 7, 30), 1175),
    ("deepseek-r1", "DeepSeek", "MIT", date(2025, 1, 24), 1215),
    ("gemma-3-4b-it", "Google", "Gemma license", date(2025, 3, 12), 1160),
    ("qwen3-8b-thinking", "Alibaba", "Apache 2.0", date(2025, 5, 10), 1190),
    ("kimi-k2-0711-preview", "Moonshot", "Modified MIT", date(2025, 7, 17), 1220),
    ("gpt-oss-20b-high", "OpenAI", "Apache 2.0", date(2025, 8, 8), 1200),
)
_MAKERS: Final = (
    ("Sandbox Labs", "Proprietary"), ("Open Harbour", "MIT"), ("Tidal AI", "Apache 2.0"), ("Sandbox Labs", "Proprietary"),
    ("Open Harbour", "Modified MIT"), ("Reef Research", "CC-BY-NC-4.0"),
)  # fmt: skip


def full(world: World, week: int) -> bytes:
    """Return the history of the board `text`: every four weeks, weekly in the last half year, up to this Monday."""
    return _history(world, week, FIRST, 0)


def full_with_style_control(world: World, week: int) -> bytes:
    """Return the history of the board `text_style_control`, which has other ratings and begins later."""
    return _history(world, week, STYLE_CONTROL_FIRST, 9)


def _history(world: World, week: int, first: date, lower: int) -> bytes:
    today = world.now(week).date()
    days = [first + timedelta(days=28 * step) for step in range((today - first).days // 28 + 1)]
    recent = [today - timedelta(days=7 * step) for step in range(26)]
    return _parquet([row for day in sorted({*days, *recent}) for row in _board(world.seed + lower, day, lower)])


def _models(day: date) -> list[tuple[str, str | None, str, date, int]]:
    found: list[tuple[str, str | None, str, date, int]] = [start for start in _STARTS if start[3] <= day]
    number = 0
    while (joined := date(2024, 6, 3) + timedelta(days=21 * number)) <= day:
        maker, label = _MAKERS[number % len(_MAKERS)]
        behind = 0 if label == "Proprietary" else 25
        found.append((f"sandbox-{number + 1}", maker, label, joined, 1230 + 7 * number - behind))
        number += 1
    if (joined := date(2024, 5, 24)) <= day:
        found.append(("a-model-of-another-licence", "", "Other", joined, 1190))
    if (joined := date(2024, 6, 28)) <= day:  # a label that no list has
        found.append(("a-model-of-a-new-licence", "Reef Research", "Reef Harbour License 2", joined, 1185))
    return found + [model for model in _ON_THE_HUB if model[3] <= day]


def _board(seed: int, day: date, lower: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    is_elo = day < BRADLEY_TERRY
    for category, shift in (("overall", 0.0), ("coding", 11.0), ("korean", -20.0)):
        board: list[dict[str, object]] = []
        for number, (name, maker, label, joined, strength) in enumerate(_models(day)):
            draw = mix((seed << 32) + number * 100_003 + day.toordinal())
            weeks = (day - joined).days // 7
            rating = strength + shift - lower + (draw % 400) / 100 - 2.0
            width = 12.0 / (1 + weeks / 8) + 1.5
            stated = (None,) * 4 if is_elo else (
                rating - width, rating + 1.1 * width, width**2 / 4, 60.0 + 900 * weeks + draw % 37,
            )  # fmt: skip
            board.append(
                dict(zip(SCHEMA, (name, maker, label, rating, *stated, 0.0, category, day.isoformat()), strict=True))
            )
        board.sort(key=lambda row: -float(str(row["rating"])))
        ranked = [{**row, "rank": float(place)} for place, row in enumerate(board, 1)]
        if category == "korean":
            ranked[-1]["rating"] = math.nan
        rows += ranked
    return rows


def _parquet(rows: list[dict[str, object]]) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(rows, schema=SCHEMA).write_parquet(file, compression="snappy")
    return file.getvalue()
