"""Synthetic archive of benchmarks in Epoch's format of September 2026, with a new model every third week.

As in the real one, the metadata say which column of a file is its score, and on which scale; a file of another form that
they do not describe is among the others. The index has 90% intervals, and none for an anchor of its scale.
"""

import csv
import io
import zipfile
from datetime import date, timedelta
from typing import Final

from pipelines.sandbox.draws import mix
from pipelines.sandbox.hub.world import World

RUN_COLUMNS: Final = (
    "Model version", "mean_score", "Best score (across scorers)", "Release date", "Organization", "Country",
    "Training compute (FLOP)", "Training compute notes", "stderr", "Log viewer", "Logs", "Started at", "id",
)  # fmt: skip
MODEL_COLUMNS: Final = (
    "model_version", "model_group", "date", "display_name", "organization", "country", "accessibility",
    "training_compute_flop",
)  # fmt: skip
INDEX_COLUMNS: Final = (
    "Model", "Display name", "eci", "eci_ci_low", "eci_ci_high", "date", "Organization", "Country (of organization)",
    "Model accessibility", "Accessibility group", "model_versions",
)  # fmt: skip
# File, name, score of the first model, and chance level.
BENCHMARKS: Final = (
    ("gpqa_diamond.csv", "GPQA diamond", 0.28, "0.25"),
    ("math_level_5.csv", "MATH level 5", 0.15, "0.0"),
)
_STARTS: Final = (
    ("gpt-3.5-turbo-1106", "GPT-3.5 Turbo", date(2023, 11, 6), "OpenAI", "API access"),
    ("gpt-4-0613", "GPT-4", date(2023, 6, 13), "OpenAI", "API access"),
    ("Llama-2-70b-chat-hf", "Llama 2-70B", date(2023, 7, 18), "Meta AI", "Open weights (restricted use)"),
    ("claude-3-opus-20240229", "Claude 3 Opus", date(2024, 2, 29), "Anthropic", "API access"),
    ("Llama-3-70B-Instruct", "Llama 3-70B", date(2024, 4, 18), "Meta AI", "Open weights (restricted use)"),
    ("a-model-of-unknown-access", "Unknown Access", date(2024, 5, 2), "Reef Research", ""),
)
_MAKERS: Final = (
    ("Sandbox Labs", "API access"), ("Open Harbour,Tidal AI", "Open weights (unrestricted)"),
    ("Reef Research", "Open weights (non-commercial)"),
)  # fmt: skip
# The scale of the index is fixed by two models, which have no interval.
_ANCHOR: Final = "Claude 3 Opus"
_OPEN_BEHIND: Final = 7.5
_RARE: Final = (
    ("a-model-that-few-have", "Limited Access", date(2024, 5, 9), "Reef Research", "Limited access"),
    ("a-model-that-epoch-does-not-know", "Not Known", date(2024, 5, 16), "Reef Research", "Unknown"),
    # A label that no list has.
    ("a-model-of-a-new-label", "New Label", date(2024, 5, 23), "Reef Research", "Weights on request"),
)
# Open models of the synthetic Hub with the names that Epoch writes, and their index; they have no runs.
_ON_THE_HUB: Final = (
    ("Llama 3.1-8B", date(2024, 7, 23), "Meta AI", "Open weights (restricted use)", 111.2),
    ("Gemma 3 4B", date(2025, 3, 12), "Google DeepMind", "Open weights (restricted use)", 112.4),
    ("gpt-oss-20b", date(2025, 8, 5), "OpenAI", "Open weights (unrestricted)", 113.9),
)


def benchmark_archive(world: World, week: int) -> bytes:
    """Return the zip archive: a CSV file for each benchmark, two of metadata, the index, and one of results of others."""
    models = _models(world.now(week).date())
    files = {
        "README.md": "## Licensing\nMade up, under Apache-2.0, as Tidegauge itself.\n",
        "model_metadata.csv": _csv(MODEL_COLUMNS, [
            (version, group, day.isoformat(), "", maker, "", access, "")
            for version, group, day, maker, access in (*models, *_RARE)
        ] + [("",) * len(MODEL_COLUMNS)]),
        "benchmark_metadata.csv": _csv(
            ("benchmark", "in_eci", "source_file", "score_column", "scale", "random_baseline", "score_ceiling",
             "release_date", "superseded_by"),
            [
                *((name, "True", file, "Best score (across scorers)", "1.0", chance, "1.0", "", "")
                  for file, name, _, chance in BENCHMARKS),
                ("Chess puzzles", "False", "chess_puzzles.csv", "Solved (%)", "0.01", "", "1.0", "", ""),
                ("MMLU", "True", "mmlu_external.csv", "EM", "1.0", "0.25", "1.0", "", ""),
                ("",) * 9,
            ],
        ),
        "chess_puzzles.csv": _csv(
            ("Model version", "Solved (%)", "Release date", "Organization", "stderr", "Started at"),
            [("gpt-4-0613", "41.5", "2023-06-13", "OpenAI", "1.1", ""),
             ("Llama-3-70B-Instruct", "28", "2024-04-18", "Meta AI", "", ""),
             *((version, "33.25", day.isoformat(), maker, "", "") for version, _, day, maker, _ in _RARE)],
        ),
        "swe_bench_bash.csv": _csv(
            ("Model version", "% Resolved", "Release date", "Organization", "Avg. Cost ($)", "Date run", "Source", "id"),
            [("sandbox-1_high", "0.512", "2024-06-03", "Sandbox Labs", "0.31", "2024-07-01", "made up", "rec1")],
        ),
        "mmlu_external.csv": _csv(
            ("Model version", "EM", "Release date", "Organization", "Source"),
            [("gpt-4-0613", "0.864", "2023-06-13", "OpenAI", "made up")],
        ),
        "epoch_capabilities_index/eci_scores.csv": _csv(INDEX_COLUMNS, [
            (group, group, *_index(place, group, access), day.isoformat(), maker, "", access, _access_group(access), version)
            for place, (version, group, day, maker, access) in enumerate(models)
        ]),
    }  # fmt: skip
    for file, _, start, _ in BENCHMARKS:
        files[file] = _csv(
            RUN_COLUMNS, [_run(world.seed, file, start, place, model) for place, model in enumerate(models)]
        )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path, content in files.items():
            opened.writestr(zipfile.ZipInfo(path, (2026, 9, 1, 0, 0, 0)), content)
    return archive.getvalue()


def _models(day: date) -> list[tuple[str, str, date, str, str]]:
    found = list(_STARTS)
    number = 0
    while (released := date(2024, 6, 3) + timedelta(days=21 * number)) <= day:
        maker, access = _MAKERS[number % len(_MAKERS)]
        found.append(
            (
                f"sandbox-{number + 1}_high",
                f"sandbox-{number + 1}" if number % 4 else f"Model {number + 1}",
                released,
                maker,
                access,
            )
        )
        number += 1
    return found


def _index(place: int, group: str, access: str) -> tuple[str, str, str]:
    """Return a model's index and its interval; open models are behind, and an anchor has no interval."""
    index = 110 + 1.1 * place - (_OPEN_BEHIND if access.startswith("Open") else 0)
    return f"{index:.2f}", *(("", "") if group == _ANCHOR else (f"{index - 3:.2f}", f"{index + 4:.2f}"))


def _access_group(access: str) -> str:
    return "Open" if access.startswith("Open") else "Closed" if access else ""


def _run(seed: int, file: str, start: float, place: int, model: tuple[str, str, date, str, str]) -> tuple[str, ...]:
    version, _, released, maker, _ = model
    score = min(0.98, start + 0.014 * place + (mix((seed << 32) + 31 * place + len(file)) % 40) / 1000)
    note = 'Estimated from "public" figures,\nover two lines.' if place % 5 == 0 else ""
    begun = f"{(released + timedelta(days=9)).isoformat()}T10:00:00.000Z"
    return (
        version, f"{score:.4f}", f"{score:.4f}", released.isoformat(), maker, "", "", note, "0.0187", "", "", begun,
        f"run-{place}",
    )  # fmt: skip


def _csv(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
