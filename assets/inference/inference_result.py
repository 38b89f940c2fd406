"""A measured run of inference, as every source of speeds states it: its configuration, and the measurements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class InferenceResult:
    """One measured run, with the columns of `core.inference_result`.

    Speeds are tokens per second and `counted_per` (GPU or machine); latencies are seconds. None: the source does not state it.
    """

    run: str
    model: str | None
    parameters_b: float | None
    hardware: str | None
    gpus: int | None
    framework: str
    precision: str | None
    disaggregated: bool | None
    settings: str
    isl: int | None
    osl: int | None
    concurrency: int | None
    measured_on: date | None
    counted_per: str
    output_tokens_per_second: float | None = None
    total_tokens_per_second: float | None = None
    prompt_tokens_per_second: float | None = None
    median_ttft_s: float | None = None
    median_tpot_s: float | None = None
    median_e2el_s: float | None = None
    p99_ttft_s: float | None = None
    evidence_url: str | None = None


def stated(settings: Mapping[str, object]) -> str:
    """Return settings as one text, in the order of their names, without those that are None (not stated)."""
    return " ".join(f"{name}={_plain(value)}" for name, value in sorted(settings.items()) if value is not None)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
