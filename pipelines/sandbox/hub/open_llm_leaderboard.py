"""A synthetic archive of the Open LLM Leaderboard: the same in every week."""

import io
from typing import Final

import polars as pl

from pipelines.sandbox.draws import mix
from pipelines.sandbox.hub.world import World

SCORES: Final = ("IFEval", "BBH", "MATH Lvl 5", "GPQA", "MUSR", "MMLU-PRO")
_LICENCES: Final = ("apache-2.0", "mit", "llama3.1", "cc-by-nc-4.0", "other", "")
_MODELS: Final = 120


def contents(world: World, week: int) -> bytes:
    """Return the file of the split `train`; every tenth row is flagged, every twelfth model occurs twice."""
    rows: list[dict[str, object]] = []
    for number in range(_MODELS):
        for precision in ("bfloat16", "float16")[: 2 if number % 12 == 0 else 1]:
            draw = mix((world.seed << 32) + 7_919 * number + len(precision))
            scores = {name: round((draw >> 8 * place & 0xFF) / 4, 6) for place, name in enumerate(SCORES)}
            name = f"sandbox-maker-{number % 9}/model-{number}"
            rows.append({
                "eval_name": f"{name.replace('/', '_')}_{precision}", "Precision": precision, "fullname": name,
                "Model": f'<a href="https://huggingface.co/{name}">{name}</a>',
                "Average ⬆️": sum(scores.values()) / len(scores), **scores,
                "#Params (B)": 0.5 + number % 70, "Architecture": "LlamaForCausalLM",
                "Hub License": _LICENCES[number % len(_LICENCES)], "Hub ❤️": number % 50, "MoE": number % 20 == 0,
                "Flagged": number % 10 == 9, "Upload To Hub Date": f"2024-{1 + number % 12:02d}-15",
                "Submission Date": f"2024-{7 + number % 6:02d}-20", "Type": "💬 chat models (RLHF, DPO, IFT, ...)",
            })  # fmt: skip
    file = io.BytesIO()
    pl.DataFrame(rows).write_parquet(file, compression="snappy")
    return file.getvalue()
