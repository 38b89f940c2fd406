"""Result files of `llama-bench -o json` and `vllm bench` (serve, throughput), as users measure on their own machines.

The tools add fields with every version, so a file is recognised by its required fields, and further fields are ignored.
Nothing that names a machine or a folder of the user is read: no host, no path, only the processors that the tool names.
vLLM does not know its hardware: `vllm bench serve --metadata hardware=...` writes it into the file, and the same keys
(`hardware`, `gpus`, `precision`, and `model` for `throughput`) may be added to a file by hand.
"""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from assets.http.errors import UnexpectedResponseError, unexpected_field
from assets.inference.inference_result import InferenceResult, stated

NAME = "bench_files"
FIRST_DAY = date(2023, 1, 1)
LARGEST_FILE_BYTES = 16 * 2**20

Word = Annotated[str, Meta(min_length=1, max_length=300)]
Whole = Annotated[int, Meta(ge=0, le=10**15)]
Positive = Annotated[int, Meta(ge=1, le=10**15)]
Above = Annotated[float, Meta(gt=0, le=1e12)]
Milliseconds = Annotated[float, Meta(ge=0, le=1e10)]
Setting = str | int | float | bool | None


class LlamaBench(msgspec.Struct):
    """A row of llama-bench: one test. Prompt processing has n_gen 0, generation has n_prompt 0."""

    build_commit: Word
    build_number: Whole
    cpu_info: str
    gpu_info: str
    model_type: Word
    model_n_params: Positive
    n_gpu_layers: int
    n_prompt: Whole
    n_gen: Whole
    test_time: Word
    avg_ts: Above
    n_depth: Whole = 0
    backends: Setting = None
    n_batch: Setting = None
    n_ubatch: Setting = None
    n_threads: Setting = None
    type_k: Setting = None
    type_v: Setting = None
    split_mode: Setting = None
    flash_attn: Setting = None


class VllmServe(msgspec.Struct):
    """A result of `vllm bench serve --save-result`; latencies in milliseconds. `date` is written as 20260830-141500."""

    date: Word
    backend: Word
    model_id: Word
    num_prompts: Positive
    duration: Above
    completed: Positive
    total_input_tokens: Whole
    total_output_tokens: Positive
    request_throughput: Above
    output_throughput: Above
    total_token_throughput: Above
    request_rate: Setting = None
    max_concurrency: Positive | None = None
    failed: Whole = 0
    median_ttft_ms: Milliseconds | None = None
    median_tpot_ms: Milliseconds | None = None
    median_e2el_ms: Milliseconds | None = None
    p99_ttft_ms: Milliseconds | None = None
    hardware: Word | None = None
    precision: Word | None = None
    gpus: Positive | Word | None = None


class VllmThroughput(msgspec.Struct):
    """A result of `vllm bench throughput --output-json`; its speed counts prompt and generated tokens together."""

    elapsed_time: Above
    num_requests: Positive
    total_num_tokens: Positive
    requests_per_second: Above
    tokens_per_second: Above
    model: Word | None = None
    hardware: Word | None = None
    precision: Word | None = None
    gpus: Positive | Word | None = None


def read_bench_file(body: bytes, today: date) -> list[InferenceResult]:
    """Return the results of a file of any of the tools.

    Raises:
        UnexpectedResponseError: no tool writes such a file; or a row does not fit, with its number and field.
    """
    if len(body) > LARGEST_FILE_BYTES:
        raise unexpected_field(NAME, "file", "(whole)", f"no more than {LARGEST_FILE_BYTES:,} bytes", len(body))
    content = _decoded(body)
    sha = hashlib.sha256(body).hexdigest()[:16]
    if isinstance(content, list):
        if not content:
            raise unexpected_field(NAME, "file", "(whole)", "at least one test", "an empty list")
        return [_llama(number, row, sha, today) for number, row in enumerate(content, 1)]
    if isinstance(content, dict) and "output_throughput" in content:
        return [_served(content, sha, today)]
    if isinstance(content, dict) and "tokens_per_second" in content:
        return [_throughput(content, sha)]
    keys = sorted(content)[:8] if isinstance(content, dict) else type(content).__name__
    raise unexpected_field(NAME, "file", "(whole)", "a result of llama-bench -o json or of vllm bench", keys)


def _decoded(body: bytes) -> Any:  # noqa: ANN401 - JSON of any form
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unexpected_field(NAME, "file", "(whole)", "JSON", str(error)) from error


def _typed(where: str, content: object, kind: type[Any]) -> Any:  # noqa: ANN401 - an object of `kind`
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        what, _, field = str(error).partition(" - at `")
        if missing := re.search(r"missing required field `(\w+)`", what):
            field = missing[1]
        raise unexpected_field(NAME, where, field.strip("`$.") or "(whole)", "what the tool writes", what) from error


def _llama(number: int, content: object, sha: str, today: date) -> InferenceResult:
    where = f"test {number}"
    row: LlamaBench = _typed(where, content, LlamaBench)
    if row.n_prompt == row.n_gen == 0:
        raise unexpected_field(NAME, where, "n_gen", "a test of prompt or generation", "neither")
    model, precision = _type_of_model(row.model_type)
    on_gpu = row.n_gpu_layers != 0 and row.gpu_info.strip()
    hardware = (row.gpu_info if on_gpu else row.cpu_info).strip()
    if not hardware:
        raise unexpected_field(NAME, where, "gpu_info" if row.n_gpu_layers else "cpu_info", "the processor", "nothing")
    settings = {
        name: getattr(row, name)
        for name in (
            "backends", "build_number", "flash_attn", "n_batch", "n_depth", "n_gpu_layers", "n_threads", "n_ubatch",
            "split_mode", "type_k", "type_v",
        )
    }  # fmt: skip
    generates, reads = row.n_prompt == 0, row.n_gen == 0
    return InferenceResult(
        run=f"{sha}-{number}",
        model=model,
        parameters_b=row.model_n_params / 1e9,
        hardware=hardware,
        gpus=None,
        framework="llama.cpp",
        precision=precision,
        disaggregated=False,
        settings=stated(settings),
        isl=row.n_depth if generates else row.n_prompt,
        osl=row.n_gen,
        concurrency=1,
        measured_on=_plausible(where, "test_time", _moment(where, row.test_time), today),
        counted_per="machine",
        output_tokens_per_second=row.avg_ts if generates else None,
        prompt_tokens_per_second=row.avg_ts if reads else None,
        total_tokens_per_second=None if generates or reads else row.avg_ts,
    )


def _served(content: object, sha: str, today: date) -> InferenceResult:
    row: VllmServe = _typed("file", content, VllmServe)
    for name, printed, counted in (
        ("output_throughput", row.output_throughput, row.total_output_tokens),
        ("total_token_throughput", row.total_token_throughput, row.total_input_tokens + row.total_output_tokens),
    ):
        if abs(printed - counted / row.duration) > 0.01 * printed:
            raise unexpected_field(NAME, "file", name, "tokens divided by duration", printed)
    if row.failed:
        raise unexpected_field(NAME, "file", "failed", "a run without failed requests", row.failed)
    try:
        moment = datetime.strptime(row.date, "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise unexpected_field(NAME, "file", "date", "a moment as 20260830-141500", row.date) from error
    return InferenceResult(
        run=f"{sha}-1",
        model=_public_name(row.model_id),
        parameters_b=None,
        hardware=row.hardware,
        gpus=_gpus(row.gpus),
        framework=row.backend,
        precision=row.precision,
        disaggregated=None,
        settings=stated({"num_prompts": row.num_prompts, "request_rate": row.request_rate}),
        isl=round(row.total_input_tokens / row.completed),
        osl=round(row.total_output_tokens / row.completed),
        concurrency=row.max_concurrency,
        measured_on=_plausible("file", "date", moment.date(), today),
        counted_per="machine",
        output_tokens_per_second=row.output_throughput,
        total_tokens_per_second=row.total_token_throughput,
        median_ttft_s=_seconds(row.median_ttft_ms),
        median_tpot_s=_seconds(row.median_tpot_ms),
        median_e2el_s=_seconds(row.median_e2el_ms),
        p99_ttft_s=_seconds(row.p99_ttft_ms),
    )


def _throughput(content: object, sha: str) -> InferenceResult:
    row: VllmThroughput = _typed("file", content, VllmThroughput)
    if abs(row.tokens_per_second - row.total_num_tokens / row.elapsed_time) > 0.01 * row.tokens_per_second:
        raise unexpected_field(
            NAME, "file", "tokens_per_second", "total_num_tokens divided by elapsed_time", row.tokens_per_second
        )
    return InferenceResult(
        run=f"{sha}-1",
        model=_public_name(row.model) if row.model else None,
        parameters_b=None,
        hardware=row.hardware,
        gpus=_gpus(row.gpus),
        framework="vllm",
        precision=row.precision,
        disaggregated=None,
        settings=stated({"num_requests": row.num_requests}),
        isl=None,
        osl=None,
        concurrency=None,
        measured_on=None,
        counted_per="machine",
        total_tokens_per_second=row.tokens_per_second,
    )


def _type_of_model(model_type: str) -> tuple[str, str | None]:
    """Split llama.cpp's name of a model, such as `qwen2 7B Q4_K - Medium`, into model and precision."""
    parts = re.fullmatch(r"(.+? \S*[0-9][0-9.x]*[KMBT]\S*) (?:all |mostly )?(.+)", model_type)
    return (parts[1], parts[2]) if parts else (model_type, None)


def _public_name(model: str) -> str:
    """Return the name of a model without the folder of its file: only `owner/name` is not a path."""
    is_path = model.startswith((".", "/", "~", "\\")) or model.count("/") > 1 or "\\" in model or ":" in model
    return re.split(r"[/\\]", model.rstrip("/\\"))[-1] if is_path else model


def _gpus(gpus: int | str | None) -> int | None:
    if gpus is None or isinstance(gpus, int):
        return gpus
    if not re.fullmatch("[1-9][0-9]{0,5}", gpus):
        raise unexpected_field(NAME, "file", "gpus", "a whole number", gpus)
    return int(gpus)


def _moment(where: str, text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise unexpected_field(NAME, where, "test_time", "a moment as 2026-08-30T14:15:00Z", text) from error


def _plausible(where: str, field: str, day: date, today: date) -> date:
    if not FIRST_DAY <= day <= today + timedelta(days=2):
        raise unexpected_field(NAME, where, field, f"a day from {FIRST_DAY} until now", day.isoformat())
    return day


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def why(error: UnexpectedResponseError) -> str:
    """Return the text for the user: why a file was rejected, and what to do."""
    return f"{error.reason}\nTo do: drop the file as the tool wrote it, or report the version of the tool.\n"
