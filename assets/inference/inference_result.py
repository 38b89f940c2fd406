"""What every source of inference speeds says of a run: the setting that it was measured under, and what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class InferenceResult:
    """One measured run, with the columns of `core.inference_result`.

    Speeds are tokens per second of what `counted_per` names; latencies are seconds. None is what the source does not say.
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
    """Write settings as one text, in the order of their names; what is None was not stated and is left out."""
    return " ".join(f"{name}={_plain(value)}" for name, value in sorted(settings.items()) if value is not None)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
