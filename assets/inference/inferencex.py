"""InferenceX (SemiAnalysis): throughput of open models on data-centre accelerators, measured nightly; no key.

One request returns which models have runs, and one for each model, by its display name, the newest run of every
configuration. Throughput is tokens per second and GPU, latencies are seconds. The licence of the figures is not stated.

Runs with prompts and outputs of one length (`single_turn`) and runs that replay traces of agents (`agentic_traces`, without
lengths) are separate series: the settings of the latter say `benchmark_type=agentic_traces`. New models have them first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from assets.http.client import Request, Service
from assets.http.errors import (
    ItemNotFoundError,
    SourceError,
    UnexpectedResponseError,
    UnreachableError,
    unexpected_field,
)
from assets.http.json_decoding import decoded
from assets.inference.inference_result import InferenceResult, stated
from assets.landing.responses import ResponseStore
from assets.settings import ServiceAddress, Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.set_aside_items import SetAside
from warehouse.seeds import lists
from warehouse.tables.inference import BASE_INFERENCE_RESULT

NAME = "inferencex"
ADDRESS = ServiceAddress("TIDEGAUGE_INFERENCEX_URL", "https://inferencex.semianalysis.com")
PATH = "api/v1/benchmarks"
AVAILABILITY = "api/v1/availability"
FIXED_LENGTHS = "single_turn"
AGENTS = "agentic_traces"
# A listed model without a run for so long is retired: its rows stay as long as InferenceX shows them.
RETIRED_AFTER = timedelta(days=60)
# A larger share of odd rows means that the response has another form.
MOST_SET_ASIDE = 0.05
# Names of models that are not listed become part of a URL.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
_MOST_NEW_MODELS = 50
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
    conc: Positive
    metrics: Metrics
    date: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    image: str | None
    run_url: str | None
    offload_mode: Word | None = None


class FixedLengthRow(Row, kw_only=True):
    """A row with prompts and outputs of one length, in tokens."""

    isl: Positive
    osl: Positive


class _Head(msgspec.Struct):
    benchmark_type: str | None = None


class _Available(msgspec.Struct):
    model: Word
    date: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}")]


@dataclass(frozen=True)
class ModelRuns:
    """The runs of a response: with fixed lengths and of agents; rows set aside: (row, reason); rows of other kinds."""

    results: list[InferenceResult]
    agentic: list[InferenceResult]
    set_aside: list[tuple[str, str]]
    others: int


Form = TypeVar("Form", Row, FixedLengthRow, _Head)


def inferencex_service(url: str) -> Service:
    """Return InferenceX at `url`; it responds from a cache, so two requests a second are no burden."""
    return Service(NAME, url, {"User-Agent": "tidegauge"}, spacing_s=0.5, attempts=4)


def read_availability(body: bytes) -> dict[str, str]:
    """Return the day of the newest run of each model that InferenceX has, by the key of the model.

    Raises:
        UnexpectedResponseError: it is no list of runs with a model and a day, or is empty.
    """
    rows = decoded(NAME, AVAILABILITY, body, list[_Available])
    if not rows:
        raise unexpected_field(NAME, AVAILABILITY, "(whole)", "at least one model", "none")
    newest: dict[str, str] = {}
    for row in rows:
        newest[row.model] = max(newest.get(row.model, ""), row.date[:10])
    return newest


def fetch_model(responses: ResponseStore, service: Service, model: str) -> bytes | None:
    """Return the response with the newest runs of a model by its display name; None if InferenceX does not know the name.

    Raises:
        UnexpectedResponseError, UnreachableError: there is no usable response.
        ItemNotFoundError: in a replay, there is no stored response.
    """
    response = responses.fetch(service, Request(PATH, {"model": model}, also=frozenset({400})))
    if response.status == 200:
        return response.body
    if b"Unknown model" in response.body:
        return None
    raise unexpected_field(NAME, model, "(status)", "200, or 400 for an unknown model", response.body[:60])


def read_results(body: bytes, today: date) -> ModelRuns:
    """Return the runs with fixed lengths, and those of agents, which are never comparable with them.

    A row that does not fit is set aside, and so are all rows of a configuration that occurs more than once: which of them is
    meant, nobody knows. `model` is the short key of InferenceX, `parameters_b` stays None.

    Raises:
        UnexpectedResponseError: more than MOST_SET_ASIDE of the rows with fixed lengths, and more than one, do not fit; the
            error of the first. (The form of the rows of agents is new.) Or no row of either kind fits.
    """
    try:
        parts = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unexpected_field(NAME, "response", "(whole)", "a list of rows", str(error)) from error
    fixed: dict[int, InferenceResult] = {}
    agentic: dict[int, InferenceResult] = {}
    odd: dict[int, UnexpectedResponseError] = {}
    of_agents: set[int] = set()
    others = 0
    for number, part in enumerate(parts, 1):
        try:
            kind = _kind(number, part)
            of_agents |= {number} if kind == AGENTS else set()
            if kind == FIXED_LENGTHS:
                fixed[number] = _result(number, _typed(number, part, FixedLengthRow), today)
            elif kind == AGENTS:
                agentic[number] = _result(number, _typed(number, part, Row), today)
            else:
                others += 1
        except UnexpectedResponseError as error:
            odd[number] = error
    wrong = len(odd.keys() - of_agents)
    for results in (fixed, agentic):
        for first, *again in _same_place(results):
            wrong += first not in of_agents
            for number in (first, *again):
                odd[number] = unexpected_field(
                    NAME, f"row {number}", "(configuration)", "one row each", f"rows {first} and {again[0]}"
                )
                del results[number]
    if wrong > max(1, MOST_SET_ASIDE * (len(parts) - len(of_agents))) or (odd and not fixed and not agentic):
        raise odd[min(odd.keys() - of_agents or odd)]
    if not fixed and not agentic:
        raise unexpected_field(
            NAME,
            "response",
            "(whole)",
            f"at least one row of the kind {FIXED_LENGTHS} or {AGENTS}",
            f"{len(parts)} rows",
        )
    set_aside = [
        (f"{'agentic row' if number in of_agents else 'row'} {number}", odd[number].reason) for number in sorted(odd)
    ]
    return ModelRuns(list(fixed.values()), list(agentic.values()), set_aside, others)


def _same_place(results: Mapping[int, InferenceResult]) -> list[list[int]]:
    """Return the numbers of the rows of each configuration that has several."""
    places: dict[tuple[object, ...], list[int]] = {}
    for number, result in results.items():
        places.setdefault(_place(result), []).append(number)
    return [numbers for numbers in places.values() if len(numbers) > 1]


def _kind(number: int, part: msgspec.Raw) -> str:
    return _typed(number, part, _Head).benchmark_type or FIXED_LENGTHS


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
        "benchmark_type": None if isinstance(row, FixedLengthRow) else AGENTS,
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
        isl=row.isl if isinstance(row, FixedLengthRow) else None,
        osl=row.osl if isinstance(row, FixedLengthRow) else None,
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
    """Collect the runs of each listed model, and of each other model that InferenceX says it has.

    A model that InferenceX no longer knows, or has not run for RETIRED_AFTER, is reported. A model whose response is odd is
    set aside, and its earlier rows stay.

    Raises:
        SourceError: there is no run at all; the error of the first model, if there is one.
        UnreachableError: InferenceX cannot be reached.
    """
    service = inferencex_service(context.settings.address(ADDRESS))
    models = lists.inferencex_models()
    listed = {model.key: model for model in models}
    names: dict[str, list[str]] = {}
    for model in models:
        names.setdefault(model.display_name, []).append(model.model)
    available, set_aside = _available(context, service)
    results: list[InferenceResult] = []
    failed: dict[str, SourceError] = {}
    unknown: list[str] = []
    agentic, other_kinds = 0, 0

    def collect_model(name: str) -> None:
        nonlocal agentic, other_kinds
        try:
            body = fetch_model(context.responses, service, name)
            if body is None:
                unknown.append(name)
                return
            runs = read_results(body, context.now.date())
        except (UnexpectedResponseError, UnreachableError, ItemNotFoundError) as error:
            failed[name] = error
            return
        results.extend([*runs.results, *runs.agentic])
        kept = [{"model": model} for model in names.get(name, [name])]
        set_aside.extend(SetAside(f"{name}, {row}", reason, one) for row, reason in runs.set_aside for one in kept)
        agentic += len(runs.agentic)
        other_kinds += runs.others

    for name in names:
        collect_model(name)
    read = {result.model for result in results if result.model}
    # A new model has no display name here yet; its key is a name too, though not for every model.
    new = sorted(key for key in available if key not in listed and key not in read and _KEY.fullmatch(key))
    for key in new[:_MOST_NEW_MODELS]:
        collect_model(key)
    if not results:
        raise next(iter(failed.values()), None) or unexpected_field(
            NAME, "responses", "(whole)", "a model that InferenceX knows", unknown
        )
    named = [
        replace(result, model=entry.model, parameters_b=entry.parameters_b)
        if result.model and (entry := listed.get(result.model))
        else result
        for result in results
    ]
    set_aside += [
        SetAside(name, error.reason, {"model": model})
        for name, error in failed.items()
        for model in names.get(name, [name])
    ]
    long_ago = (context.now.date() - RETIRED_AFTER).isoformat()
    retired = [f"{key} (last run {day})" for key, day in available.items() if key in listed and day < long_ago]
    return SourceResult(
        rows={BASE_INFERENCE_RESULT: [vars(result) for result in named]},
        item_column="model",
        set_aside=set_aside,
        figures={
            "runs": len(named),
            "runs of agents": agentic,
            "rows of other kinds left out": other_kinds,
            "unknown models": ", ".join(unknown) or "none",
            "retired models": ", ".join(sorted(retired)) or "none",
            "models not listed": ", ".join(sorted({*new, *(read - listed.keys())})) or "none",
        },
    )


def _available(context: SourceContext, service: Service) -> tuple[dict[str, str], list[SetAside]]:
    """Return what `read_availability` does, and why it could not be read: the listed models are requested anyway.

    Raises:
        UnreachableError: there was no response at all.
    """
    try:
        return read_availability(context.responses.fetch(service, Request(AVAILABILITY)).body), []
    except ItemNotFoundError:  # in a replay of a week in which it was not requested
        return {}, []
    except (UnexpectedResponseError, UnreachableError) as error:
        if isinstance(error, UnreachableError) and error.http_status is None:
            raise
        return {}, [SetAside("availability", error.reason)]


def probe(settings: Settings) -> str:
    """Request which models there are, and the runs of a listed one; return how many. Raises SourceError like `collect`."""
    service = inferencex_service(settings.address(ADDRESS)).single_attempt()
    available = read_availability(service.get(AVAILABILITY).body)
    listed = [model for model in lists.inferencex_models() if model.key in available]
    if not listed:
        raise unexpected_field(NAME, AVAILABILITY, "model", "a model of inferencex_model.csv", sorted(available))
    model = max(listed, key=lambda model: available[model.key]).display_name
    response = service.get(PATH, {"model": model})
    runs = read_results(response.body, response.received_at.date())
    return f"{len(available)} models; {len(runs.results) + len(runs.agentic):,} runs of {model}"


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
        "Compare only rows that are equal in model, hardware, software, precision, settings, lengths and concurrency. "
        "Runs that replay traces of agents have no lengths and are a series of their own (benchmark_type in settings)."
    ),
    addresses=(ADDRESS,),
    probe=probe,
    group="inference",
    kinds=frozenset({"python", "json"}),
    description="The newest run of every configuration that InferenceX (SemiAnalysis) measures, for the models it has.",
    collect=collect,
)
