"""Stand-in of InferenceX: the newest run of every configuration; a fifth of them runs again each week.

As at the real one, a model is retired and its last runs stay, a new model has runs of agents only, and another new model
is known by its key. `availability` says which models there are.
"""

import hashlib
from datetime import date, timedelta
from typing import Any, Final

from pipelines.sandbox.draws import mix
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.wire import Request, Response, Service, json_response

# Display name, key of its rows, and the speed of an H100, from which all others are derived, in tokens/s.
_MODELS: Final = (
    ("DeepSeek-R1-0528", "dsr1", 900.0), ("gpt-oss-120b", "gptoss120b", 4200.0),
    ("Llama-3.3-70B-Instruct-FP8", "llama70b", 1900.0), ("Qwen-3.5-397B-A17B", "qwen3.5", 1400.0),
    ("Kimi-K2.5", "kimik2.5", 800.0), ("GLM-5", "glm5", 950.0), ("MiniMax-M3", "minimaxm3", 1100.0),
    ("a-new-model", "a-new-model", 700.0),
)  # fmt: skip
_RETIRED: Final = {"llama70b": date(2025, 10, 29)}
_ONLY_AGENTS: Final = ("minimaxm3", "a-new-model")
_HARDWARE: Final = (("h100", 1.0), ("h200", 1.3), ("b200", 2.9), ("mi355x", 2.5))
_LENGTHS: Final = ((1024, 1024), (1024, 8192), (8192, 1024))
_CONCURRENCY: Final = (4, 64)
_AVAILABLE: Final = (
    "model", "isl", "osl", "precision", "hardware", "framework", "spec_method", "disagg", "benchmark_type", "date",
)  # fmt: skip
_PATH: Final = "/api/v1/benchmarks"
_AVAILABILITY: Final = "/api/v1/availability"


class InferenceX:
    """Serves the two routes that are read: status 400 for an unknown model, and some rows of agents among the others."""

    prefix = "/inferencex"
    settings = ("TIDEGAUGE_INFERENCEX_URL",)

    def __init__(self, world: World) -> None:
        self._world = world

    def respond(self, request: Request) -> Response:
        """Return the runs of a model as of the week of the request, or which models have runs."""
        if request.path == _AVAILABILITY:
            rows = (row for _, key, speed in _MODELS for row in self._rows(key, speed, request.week))
            return json_response([{name: row[name] for name in _AVAILABLE} for row in rows])
        if request.path != _PATH:
            return Response(404, b"<!DOCTYPE html><title>404</title>", {"Content-Type": "text/html; charset=utf-8"})
        named = [model for model in _MODELS if model[0] == request.param("model")]
        if not named:
            return json_response({"error": "Unknown model"}, 400)
        _, key, speed = named[0]
        return json_response(self._rows(key, speed, request.week))

    def _rows(self, key: str, speed: float, week: int) -> list[dict[str, Any]]:
        week = 0 if key in _RETIRED else week
        today = self._world.now(week).date()
        rows = [
            self._row(key, speed * factor, hardware, isl, osl, concurrency, week, today)
            for hardware, factor in _HARDWARE
            for isl, osl in _LENGTHS
            for concurrency in _CONCURRENCY
        ]
        agentic = [_agentic(row) for row in rows[:2]]
        if key in _RETIRED:
            return [{**row, "date": _RETIRED[key].isoformat()} for row in rows]
        return agentic if key in _ONLY_AGENTS else [*rows, agentic[0]]

    def _row(
        self, key: str, speed: float, hardware: str, isl: int, osl: int, concurrency: int, week: int, today: date
    ) -> dict[str, Any]:
        place = mix(mix(self._world.seed) ^ _bits_of(f"{key}{hardware}{isl}{osl}{concurrency}"))
        ran = week - (week + place) % 5  # each configuration runs again every fifth week
        total = (
            speed * concurrency**0.6 / 12 * (1 + 0.002 * ran) * (0.95 + place % 100 / 1000) * 8192 / (4096 + isl + osl)
        )
        output = total * osl / (isl + osl)
        time_of_token = concurrency / output / 8
        return {
            "hardware": hardware, "framework": "sglang" if place % 3 else "vllm", "model": key, "precision": "fp8",
            "spec_method": "none", "disagg": False, "is_multinode": False,
            "prefill_tp": 8, "prefill_ep": 1, "prefill_dp_attention": False, "prefill_num_workers": 0,
            "decode_tp": 8, "decode_ep": 1, "decode_dp_attention": False, "decode_num_workers": 0,
            "num_prefill_gpu": 8, "num_decode_gpu": 8, "benchmark_type": "single_turn", "offload_mode": "off",
            "isl": isl, "osl": osl, "conc": concurrency, "image": "sandbox/inference:latest",
            "metrics": {
                "tput_per_gpu": round(total, 4), "output_tput_per_gpu": round(output, 4),
                "input_tput_per_gpu": round(total - output, 4), "median_ttft": round(isl / 20000, 5),
                "median_tpot": round(time_of_token, 6), "median_itl": round(time_of_token, 6),
                "median_e2el": round(isl / 20000 + osl * time_of_token, 4), "median_intvty": round(1 / time_of_token, 3),
                "p99_ttft": round(isl / 9000, 5), "std_ttft": 0.01,
            },
            "date": (today - timedelta(weeks=week - ran)).isoformat(),
            "run_url": "https://github.com/SemiAnalysisAI/InferenceX/actions/runs/1/attempts/1",
        }  # fmt: skip


def _agentic(row: dict[str, Any]) -> dict[str, Any]:
    metrics = {**row["metrics"], "median_ttlt": 21.5}
    return {**row, "benchmark_type": "agentic_traces", "isl": None, "osl": None, "metrics": metrics}


def _bits_of(text: str) -> int:
    """Return 64 bits that depend on the text only, in every process."""
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[:8])


def stand_ins(world: World) -> list[Service]:
    """Return the stand-ins of this module."""
    return [InferenceX(world)]
