"""InferenceX (SemiAnalysis): throughput of open models on data-centre accelerators, measured nightly; no key.

One request for each model, by its display name, returns the newest run of every configuration. Throughput is tokens per
second and GPU, latencies are seconds. The licence of the figures is not stated.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from assets.http.client import Request, Service
from assets.http.errors import ItemNotFoundError, UnexpectedResponseError, unexpected_field
from assets.inference.inference_result import InferenceResult, stated
from assets.landing.responses import ResponseStore
from assets.settings import ServiceAddress, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.seeds import lists
from warehouse.tables.inference import BASE_INFERENCE_RESULT

NAME = "inferencex"
ADDRESS = ServiceAddress("TIDEGAUGE_INFERENCEX_URL", "https://inferencex.semianalysis.com")
PATH = "api/v1/benchmarks"
# Runs with prompts and outputs of one length; the others replay traces of agents and are not comparable.
FIXED_LENGTHS = "single_turn"
FIRST_DAY = date(2025, 1, 1)
# InferenceX shows one run for each configuration at a time.
NEWEST_RUN = "newest"

Word = Annotated[str, Meta(min_length=1, max_length=200)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Positive = Annotated[int, Meta(ge=1, le=10_000_000)]
Speed = Annotated[float, Meta(gt=0, le=1e8)]
Seconds = Annotated[float, Meta(ge=0, le=1e7)]


class Metrics(msgspec.Struct):
    """The measurements of a row that are used; it has many others, which vary with the version of the harness."""

    tput_per_gpu: Speed
    output_tput_per_gpu: Speed | None = None
    median_ttft: Seconds | None = None
    median_tpot: Seconds | None = None
    median_e2el: Seconds | None = None
    p99_ttft: Seconds | None = None


class Row(msgspec.Struct):
    """A row of the response; `date` is the day of the run."""

    hardware: Word
    framework: Word
    model: Word
    precision: Word
    spec_method: Word
    disagg: bool
    is_multinode: bool
    prefill_tp: Count
    prefill_ep: Count
    prefill_dp_attention: bool
    prefill_num_workers: Count
    decode_tp: Count
    decode_ep: Count
    decode_dp_attention: bool
    decode_num_workers: Count
    num_prefill_gpu: Count
    num_decode_gpu: Positive
    isl: Positive
    osl: Positive
    conc: Positive
    metrics: Metrics
    date: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    image: str | None
    run_url: str | None
    offload_mode: Word | None = None


class _Head(msgspec.Struct):
    benchmark_type: str | None = None


Form = TypeVar("Form", Row, _Head)


def inferencex_service(url: str) -> Service:
    """Return InferenceX at `url`; it responds from a cache, so two requests a second are no burden."""
    return Service(NAME, url, {"User-Agent": "tidegauge"}, spacing_s=0.5, attempts=4)


def fetch_model(responses: ResponseStore, service: Service, model: str) -> bytes | None:
    """Return the response with the newest runs of a model by its display name; None if InferenceX does not know the name.

    Raises:
        UnexpectedResponseError, UnreachableError: there is no usable response.
    """
    try:
        return responses.fetch(service, Request(PATH, {"model": model})).body
    except ItemNotFoundError:  # in a replay: the response about an unknown name is not stored
        return None
    except UnexpectedResponseError as error:
        if error.http_status == 400 and "Unknown model" in error.reason:
            return None
        raise


def read_results(body: bytes, today: date) -> tuple[list[InferenceResult], int]:
    """Return the runs with fixed lengths, and the number of rows of other kinds, which are left out.

    One row that does not fit rejects the whole response. `model` is the short key of InferenceX, `parameters_b` stays None.

    Raises:
        UnexpectedResponseError: names the row and the field that does not fit.
    """
    try:
        parts = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unexpected_field(NAME, "response", "(whole)", "a list of rows", str(error)) from error
    rows = [(number, part) for number, part in enumerate(parts, 1) if _is_of_fixed_lengths(number, part)]
    results = [_result(number, _decoded(number, part), today) for number, part in rows]
    if not results:
        raise unexpected_field(
            NAME, "response", "(whole)", f"at least one row of the kind {FIXED_LENGTHS}", f"{len(parts)} rows"
        )
    places: dict[tuple[object, ...], int] = {}
    for (number, _), result in zip(rows, results, strict=True):
        earlier = places.setdefault(_place(result), number)
        if earlier != number:
            raise unexpected_field(
                NAME, f"row {number}", "(configuration)", "one row each", f"that of row {earlier} again"
            )
    return results, len(parts) - len(results)


def _is_of_fixed_lengths(number: int, part: msgspec.Raw) -> bool:
    return _typed(number, part, _Head).benchmark_type in (None, FIXED_LENGTHS)


def _decoded(number: int, part: msgspec.Raw) -> Row:
    return _typed(number, part, Row)


def _typed(number: int, part: msgspec.Raw, kind: type[Form]) -> Form:
    try:
        return msgspec.json.decode(part, type=kind)
    except msgspec.ValidationError as error:
        expected, _, field = str(error).partition(" - at `")
        raise unexpected_field(
            NAME, f"row {number}", field.strip("`$.") or "(whole)", "what was due", expected
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unexpected_field(NAME, f"row {number}", "(whole)", "JSON", str(error)) from error


def _result(number: int, row: Row, today: date) -> InferenceResult:
    try:
        day = date.fromisoformat(row.date)
    except ValueError as error:
        raise unexpected_field(NAME, f"row {number}", "date", "a day", row.date) from error
    if not FIRST_DAY <= day <= today + timedelta(days=2):
        raise unexpected_field(NAME, f"row {number}", "date", f"a day from {FIRST_DAY} until now", row.date)
    speeds = row.metrics
    if speeds.output_tput_per_gpu is not None and speeds.output_tput_per_gpu > speeds.tput_per_gpu * (1 + 1e-9):
        raise unexpected_field(
            NAME,
            f"row {number}",
            "metrics.output_tput_per_gpu",
            "no more than tput_per_gpu",
            speeds.output_tput_per_gpu,
        )
    if row.run_url is not None and not row.run_url.startswith("https://"):
        raise unexpected_field(NAME, f"row {number}", "run_url", "an https address", row.run_url)
    settings = {
        "spec_method": row.spec_method,
        "is_multinode": row.is_multinode,
        "prefill_tp": row.prefill_tp,
        "prefill_ep": row.prefill_ep,
        "prefill_dp_attention": row.prefill_dp_attention,
        "prefill_num_workers": row.prefill_num_workers,
        "decode_tp": row.decode_tp,
        "decode_ep": row.decode_ep,
        "decode_dp_attention": row.decode_dp_attention,
        "decode_num_workers": row.decode_num_workers,
        "num_prefill_gpu": row.num_prefill_gpu,
        "num_decode_gpu": row.num_decode_gpu,
        "offload_mode": row.offload_mode,
    }
    return InferenceResult(
        run=NEWEST_RUN,
        model=row.model,
        parameters_b=None,
        hardware=row.hardware,
        # If the same GPUs process the prompt and generate, they are stated twice.
        gpus=row.num_prefill_gpu + row.num_decode_gpu if row.disagg else row.num_decode_gpu,
        framework=row.framework,
        precision=row.precision,
        disaggregated=row.disagg,
        settings=stated(settings),
        isl=row.isl,
        osl=row.osl,
        concurrency=row.conc,
        measured_on=day,
        counted_per="GPU",
        output_tokens_per_second=speeds.output_tput_per_gpu,
        total_tokens_per_second=speeds.tput_per_gpu,
        median_ttft_s=speeds.median_ttft,
        median_tpot_s=speeds.median_tpot,
        median_e2el_s=speeds.median_e2el,
        p99_ttft_s=speeds.p99_ttft,
        evidence_url=row.run_url,
    )


def _place(result: InferenceResult) -> tuple[object, ...]:
    return (
        result.model, result.hardware, result.gpus, result.framework, result.precision, result.disaggregated,
        result.settings, result.isl, result.osl, result.concurrency,
    )  # fmt: skip


def collect(context: SourceContext) -> SourceResult:
    """Collect the runs of each listed model; a name that InferenceX does not know is reported, and the others are read.

    Raises:
        SourceError: like `fetch_model` and `read_results`; or InferenceX knows none of the models.
    """
    service = inferencex_service(context.settings.address(ADDRESS))
    models = lists.inferencex_models()
    known = {model.key: model for model in models}
    results: list[InferenceResult] = []
    unknown: list[str] = []
    other_kinds = 0
    for name in dict.fromkeys(model.display_name for model in models):
        body = fetch_model(context.responses, service, name)
        if body is None:
            unknown.append(name)
            continue
        found, others = read_results(body, context.now.date())
        other_kinds += others
        results += found
    if not results:
        raise unexpected_field(NAME, "responses", "(whole)", "a model that InferenceX knows", unknown)
    named = [
        replace(result, model=model.model, parameters_b=model.parameters_b)
        if result.model and (model := known.get(result.model))
        else result
        for result in results
    ]
    return SourceResult(
        rows={BASE_INFERENCE_RESULT: [vars(result) for result in named]},
        figures={
            "runs": len(named),
            "rows of other kinds left out": other_kinds,
            "unknown models": ", ".join(unknown) or "none",
        },
    )


def probe(settings: Settings) -> str:
    """Request the first listed model; return how many runs it has. Raises SourceError like `read_results`."""
    model = lists.inferencex_models()[0].display_name
    response = inferencex_service(settings.address(ADDRESS)).single_attempt().get(PATH, {"model": model})
    results, _ = read_results(response.body, response.received_at.date())
    return f"{len(results):,} runs of {model}"


SOURCE = Source(
    name=NAME,
    title="InferenceX (SemiAnalysis)",
    home_page="https://inferencex.semianalysis.com",
    licence=(
        "Not stated for the figures (the app is GPL-3.0, the harness Apache-2.0): single figures are quoted here as "
        "facts, with attribution"
    ),
    citation="SemiAnalysis, InferenceX, https://inferencex.semianalysis.com, read weekly by Tidegauge",
    caveat=(
        "Speeds of data-centre accelerators under heavy load, per GPU, as the newest run of each configuration. "
        "Compare only rows that are equal in model, hardware, software, precision, lengths and concurrency. Runs "
        "that replay agents are left out."
    ),
    addresses=(ADDRESS,),
    probe=probe,
    group="inference",
    kinds=frozenset({"python", "json"}),
    description="The newest run of every configuration that InferenceX (SemiAnalysis) measures, for the listed models.",
    collect=collect,
)
