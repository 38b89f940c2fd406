"""Result files of `llama-bench -o json` or `-o jsonl` and of `vllm bench` (serve, throughput), as users measure themselves.

The tools add fields with every version, so a file is recognised by its required fields, and further fields are ignored.
Forks of vLLM's benchmark, such as SemiAnalysis's, write the same with latencies in seconds and without the server's name.
Nothing that names a machine or a folder of the user is read: no host, no path, only the processors that the tool names.
vLLM does not know its hardware: `vllm bench serve --metadata hardware=...` writes it into the file, or the user states it
(`assets.inference.stated_hardware`).
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from assets.http.errors import UnexpectedResponseError
from assets.inference.bench_text import DROP_THE_OUTPUT, digest, json_of, text_of, unusable
from assets.inference.inference_result import InferenceResult, stated
from assets.inference.stated_hardware import NOTHING_STATED, StatedHardware

FIRST_DAY = date(2023, 1, 1)
LARGEST_FILE_BYTES = 16 * 2**20

# A run in which more requests failed measured the failures as well.
LARGEST_FAILED_SHARE = 0.05
UNSTATED_FRAMEWORK = "not stated"
_NEWER_TOOL = "update the tool and measure again; if that file is rejected too, report the version of the tool."

Word = Annotated[str, Meta(min_length=1, max_length=300)]
Whole = Annotated[int, Meta(ge=0, le=10**15)]
Positive = Annotated[int, Meta(ge=1, le=10**15)]
Length = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Number = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Above = Annotated[float, Meta(gt=0, le=1e12)]
Milliseconds = Annotated[float, Meta(ge=0, le=1e10)]
Seconds = Annotated[float, Meta(ge=0, le=1e7)]
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
    n_prompt: Length
    n_gen: Length
    test_time: Word
    avg_ts: Above
    n_depth: Length = 0
    backends: Setting = None
    n_batch: Setting = None
    n_ubatch: Setting = None
    n_threads: Setting = None
    type_k: Setting = None
    type_v: Setting = None
    split_mode: Setting = None
    flash_attn: Setting = None


class VllmServe(msgspec.Struct):
    """A result of `vllm bench serve --save-result`; latencies in milliseconds. `date` is written as 20260830-141500.

    Forks state latencies in seconds, without `_ms`, and leave out `backend` and `total_token_throughput`. `failed` is None
    in files of old versions.
    """

    date: Word
    model_id: Word
    num_prompts: Positive
    duration: Above
    completed: Positive
    total_input_tokens: Whole
    total_output_tokens: Positive
    request_throughput: Above
    output_throughput: Above
    backend: Word | None = None
    total_token_throughput: Above | None = None
    request_rate: Setting = None
    max_concurrency: Number | None = None
    failed: Whole | None = None
    median_ttft_ms: Milliseconds | None = None
    median_tpot_ms: Milliseconds | None = None
    median_e2el_ms: Milliseconds | None = None
    p99_ttft_ms: Milliseconds | None = None
    median_ttft: Seconds | None = None
    median_tpot: Seconds | None = None
    median_e2el: Seconds | None = None
    p99_ttft: Seconds | None = None
    hardware: Word | None = None
    precision: Word | None = None
    gpus: Number | Word | None = None


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
    gpus: Number | Word | None = None


def read_bench_file(body: bytes, today: date, told: StatedHardware = NOTHING_STATED) -> list[InferenceResult]:
    """Return the results of a file of any of the tools; `told` fills the hardware where the file does not name it.

    Raises:
        UnexpectedResponseError: no tool writes such a file; or a row does not fit, with its number and field.
    """
    if len(body) > LARGEST_FILE_BYTES:
        largest = f"no more than {LARGEST_FILE_BYTES:,} bytes"
        raise unusable("file", "(whole)", largest, len(body), "measure again without --save-detailed.")
    content = json_of(text_of(body))
    if content == []:
        raise unusable("file", "(whole)", "at least one test", "an empty list", "run the benchmark to its end.")
    sha = digest(body)[:16]
    if isinstance(content, dict):
        return [_result("file", 1, content, sha, today, told)]
    if isinstance(content, list):
        return [_result(f"test {number}", number, row, sha, today, told) for number, row in enumerate(content, 1)]
    raise _of_no_tool("file", content)


def _result(where: str, number: int, content: object, sha: str, today: date, told: StatedHardware) -> InferenceResult:
    if not isinstance(content, dict):
        raise _of_no_tool(where, content)
    run = f"{sha}-{number}"
    if "output_throughput" in content:
        return _served(where, run, content, today, told)
    if "tokens_per_second" in content:
        return _throughput(where, run, content, told)
    if not content.keys().isdisjoint(("avg_ts", "model_n_params", "n_gen", "build_commit")):
        return _llama(where, run, content, today)
    raise _of_no_tool(where, content)


def _of_no_tool(where: str, content: object) -> UnexpectedResponseError:
    found = sorted(map(str, content))[:8] if isinstance(content, dict) else type(content).__name__
    return unusable(where, "(whole)", "a result of llama-bench or of vllm bench", found, DROP_THE_OUTPUT)


def _typed(where: str, content: object, kind: type[Any]) -> Any:  # noqa: ANN401 - an object of `kind`
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        what, _, field = str(error).partition(" - at `")
        if missing := re.search(r"missing required field `(\w+)`", what):
            field = missing[1]
        raise unusable(where, field.strip("`$.") or "(whole)", "what the tool writes", what, _NEWER_TOOL) from error


def _llama(where: str, run: str, content: object, today: date) -> InferenceResult:
    row: LlamaBench = _typed(where, content, LlamaBench)
    if row.n_prompt == row.n_gen == 0:
        raise unusable(
            where, "n_gen", "a test of prompt or generation", "neither", "measure again with -p or -n above 0."
        )
    model, precision = _type_of_model(row.model_type)
    on_gpu = row.n_gpu_layers != 0 and row.gpu_info.strip()
    hardware = (row.gpu_info if on_gpu else row.cpu_info).strip()
    if not hardware:
        field = "gpu_info" if row.n_gpu_layers else "cpu_info"
        raise unusable(
            where, field, "the processor", "nothing", f"write the processor into {field}, and drop it again."
        )
    settings = {
        name: getattr(row, name)
        for name in (
            "backends", "build_number", "flash_attn", "n_batch", "n_depth", "n_gpu_layers", "n_threads", "n_ubatch",
            "split_mode", "type_k", "type_v",
        )
    }  # fmt: skip
    generates, reads = row.n_prompt == 0, row.n_gen == 0
    return InferenceResult(
        run=run,
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


def _served(where: str, run: str, content: object, today: date, told: StatedHardware) -> InferenceResult:
    row: VllmServe = _typed(where, content, VllmServe)
    total = (row.total_input_tokens + row.total_output_tokens) / row.duration
    for name, printed, counted in (
        ("output_throughput", row.output_throughput, row.total_output_tokens / row.duration),
        ("total_token_throughput", row.total_token_throughput, total),
    ):
        if printed is not None and abs(printed - counted) > 0.01 * printed:
            advice = "the file was changed: drop it as the tool wrote it."
            raise unusable(where, name, "tokens divided by duration", printed, advice)
    failed = _failed(where, row)
    try:
        moment = datetime.strptime(row.date, "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise unusable(where, "date", "a moment as 20260830-141500", row.date, _NEWER_TOOL) from error
    settings = {"num_prompts": row.num_prompts, "request_rate": row.request_rate, "failed_requests": failed or None}
    return InferenceResult(
        run=run,
        model=_public_name(row.model_id),
        parameters_b=None,
        hardware=row.hardware or told.hardware,
        gpus=_gpus(where, row.gpus) or told.gpus,
        framework=_framework(row.backend) or told.framework or UNSTATED_FRAMEWORK,
        precision=row.precision or told.precision,
        disaggregated=None,
        settings=stated(settings),
        isl=_mean_length(where, "total_input_tokens", row.total_input_tokens, row.completed),
        osl=_mean_length(where, "total_output_tokens", row.total_output_tokens, row.completed),
        concurrency=row.max_concurrency,
        measured_on=_plausible(where, "date", moment.date(), today),
        counted_per="machine",
        output_tokens_per_second=row.output_throughput,
        total_tokens_per_second=row.total_token_throughput or total,
        median_ttft_s=_seconds(row.median_ttft_ms, row.median_ttft),
        median_tpot_s=_seconds(row.median_tpot_ms, row.median_tpot),
        median_e2el_s=_seconds(row.median_e2el_ms, row.median_e2el),
        p99_ttft_s=_seconds(row.p99_ttft_ms, row.p99_ttft),
    )


def _failed(where: str, row: VllmServe) -> int:
    """Return the number of failed requests. Raises UnexpectedResponseError if it is too large a share."""
    failed = max(0, row.num_prompts - row.completed) if row.failed is None else row.failed
    if failed > LARGEST_FAILED_SHARE * (failed + row.completed):
        raise unusable(
            where,
            "failed",
            f"at most {LARGEST_FAILED_SHARE:.0%} failed requests",
            f"{failed} of {failed + row.completed}",
            "measure again with a lower --request-rate or --max-concurrency; the server's log says why requests failed.",
        )
    return failed


def _framework(backend: str | None) -> str | None:
    """Return the server's software, or None: `openai` names the protocol that every server speaks."""
    return None if backend is None or backend.startswith("openai") else backend


def _mean_length(where: str, field: str, tokens: int, requests: int) -> int:
    length = round(tokens / requests)
    if length > 2**31 - 1:
        raise unusable(where, field, "tokens of the completed requests", tokens, _NEWER_TOOL)
    return length


def _throughput(where: str, run: str, content: object, told: StatedHardware) -> InferenceResult:
    row: VllmThroughput = _typed(where, content, VllmThroughput)
    if abs(row.tokens_per_second - row.total_num_tokens / row.elapsed_time) > 0.01 * row.tokens_per_second:
        raise unusable(
            where,
            "tokens_per_second",
            "total_num_tokens divided by elapsed_time",
            row.tokens_per_second,
            "the file was changed: drop it as the tool wrote it.",
        )
    return InferenceResult(
        run=run,
        model=_public_name(row.model) if row.model else None,
        parameters_b=None,
        hardware=row.hardware or told.hardware,
        gpus=_gpus(where, row.gpus) or told.gpus,
        framework="vllm",
        precision=row.precision or told.precision,
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


def _gpus(where: str, gpus: int | str | None) -> int | None:
    if gpus is None or isinstance(gpus, int):
        return gpus
    if not re.fullmatch("[1-9][0-9]{0,5}", gpus):
        raise unusable(where, "gpus", "a whole number", gpus, "write the number of accelerators into the file: gpus=8.")
    return int(gpus)


def _moment(where: str, text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise unusable(where, "test_time", "a moment as 2026-08-30T14:15:00Z", text, _NEWER_TOOL) from error


def _plausible(where: str, field: str, day: date, today: date) -> date:
    if not FIRST_DAY <= day <= today + timedelta(days=2):
        expected = f"a day from {FIRST_DAY} until now"
        raise unusable(where, field, expected, day.isoformat(), "set the clock of the machine, and measure again.")
    return day


def _seconds(milliseconds: float | None, seconds: float | None) -> float | None:
    return seconds if milliseconds is None else milliseconds / 1000


def why(error: UnexpectedResponseError) -> str:
    """Return the text for the user: why a file was rejected, and what to do."""
    return f"{error.reason}\nTo do: {error.remedy}\n"
