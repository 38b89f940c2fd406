"""Epoch AI's files of frontier models and of accelerators: compute, hardware and cost of training."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from assets.epoch.cells import CellError, Record
from assets.epoch.csv_files import EPOCH, OddRow, epoch_service, read_csv, read_each
from assets.http.client import CSV, Request
from assets.settings import Settings
from assets.source import Source, SourceContext, SourceResult
from warehouse.facts.set_aside_items import SetAside
from warehouse.tables.training import BASE_ACCELERATOR, BASE_TRAINING_RUN

NAME = "epoch_models"
MODELS = "data/frontier_ai_models.csv"
HARDWARE = "data/ml_hardware.csv"

MODEL_COLUMNS = (
    "Model", "Publication date", "Organization", "Domain", "Training compute (FLOP)", "Parameters", "Model accessibility",
    "Training time (hours)", "Training hardware", "Hardware quantity", "Hardware utilization (MFU)",
    "Training chip-hours", "Training compute cost (2023 USD)", "Training compute cost (cloud)",
    "Training compute cost (upfront)", "Confidence", "Base model", "Finetune compute (FLOP)",
    "Training compute estimation method", "Open model weights?",
)  # fmt: skip
HARDWARE_COLUMNS = (
    "Hardware name", "Manufacturer", "Type", "Release date", "Release price (USD)",
    "Tensor-FP16/BF16 performance (FLOP/s)", "TF32 (TensorFloat-32) performance (FLOP/s)",
    "FP32 (single precision) performance (FLOP/s)", "FP16 (half precision) performance (FLOP/s)", "Memory (bytes)",
    "Memory bandwidth (byte/s)", "TDP (W)",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """A trained model, with the columns of `core.training_run`; None where Epoch states nothing."""

    model: str
    organisations: str | None
    published_on: date
    date_precision: str
    domain: str | None
    parameters_b: float | None
    accessibility: str | None
    open_weights: bool | None
    base_model: str | None
    training_flop: float | None
    finetune_flop: float | None
    training_hours: float | None
    hardware: str | None
    hardware_quantity: float | None
    mfu: float | None
    chip_hours: float | None
    cost_amortised_usd_2023: float | None
    cost_cloud_usd: float | None
    cost_upfront_usd: float | None
    confidence: str | None
    flop_method: str | None


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """A piece of hardware, with the columns of `core.accelerator`; dense performance, without sparsity."""

    hardware: str
    manufacturer: str | None
    kind: str | None
    released_on: date | None
    date_precision: str | None
    release_price_usd: float | None
    tensor_fp16_flop_per_s: float | None
    tf32_flop_per_s: float | None
    fp32_flop_per_s: float | None
    fp16_flop_per_s: float | None
    memory_gb: float | None
    memory_bandwidth_gb_per_s: float | None
    tdp_w: float | None


Entry = TypeVar("Entry", TrainingRun, Accelerator)


def read_models(body: bytes, today: date) -> tuple[list[TrainingRun], list[OddRow]]:
    """Return the models of the file, and the rows that are set aside because a cell is implausible.

    Raises:
        UnexpectedResponseError: the file is damaged or lacks a column, or too many rows are implausible.
    """
    return _read(body, MODELS, MODEL_COLUMNS, lambda record: _model(record, today))


def read_hardware(body: bytes, today: date) -> tuple[list[Accelerator], list[OddRow]]:
    """Return the accelerators of the file, and the rows that are set aside, like `read_models`."""
    return _read(body, HARDWARE, HARDWARE_COLUMNS, lambda record: _accelerator(record, today))


def _read(
    body: bytes, name: str, columns: tuple[str, ...], read: Callable[[Record], Entry]
) -> tuple[list[Entry], list[OddRow]]:
    """Return one entry for each name in the first of the columns, and the odd rows."""
    entries: list[Entry] = []
    odd = read_each(read_csv(NAME, name, body, columns), lambda record: entries.append(read(record)), columns[0])
    return entries, odd


def _model(record: Record, today: date) -> TrainingRun:
    model, published = record.name("Model"), record.day("Publication date", latest=date(today.year, 12, 31))
    if published is None:
        raise CellError("Publication date", "a date", "")
    parameters = record.quantity("Parameters", 1e15)
    return TrainingRun(
        model=model,
        organisations=record.text("Organization"),
        published_on=published[0],
        date_precision=published[1],
        domain=record.text("Domain"),
        parameters_b=None if parameters is None else parameters / 1e9,
        accessibility=record.text("Model accessibility"),
        open_weights=_yes_or_no(record, "Open model weights?"),
        base_model=record.text("Base model"),
        training_flop=record.quantity("Training compute (FLOP)", 1e30),
        finetune_flop=record.quantity("Finetune compute (FLOP)", 1e30),
        training_hours=record.quantity("Training time (hours)", 1e6),
        hardware=record.text("Training hardware"),
        hardware_quantity=record.quantity("Hardware quantity", 1e8),
        mfu=record.quantity("Hardware utilization (MFU)", 1.0),
        chip_hours=record.quantity("Training chip-hours", 1e11),
        cost_amortised_usd_2023=record.quantity("Training compute cost (2023 USD)", 1e12),
        cost_cloud_usd=record.quantity("Training compute cost (cloud)", 1e12),
        cost_upfront_usd=record.quantity("Training compute cost (upfront)", 1e13),
        confidence=record.text("Confidence"),
        flop_method=record.text("Training compute estimation method"),
    )


def _accelerator(record: Record, today: date) -> Accelerator:
    released = record.day("Release date", latest=date(today.year + 2, 12, 31))
    memory = record.quantity("Memory (bytes)", 1e14)
    bandwidth = record.quantity("Memory bandwidth (byte/s)", 1e16)
    return Accelerator(
        hardware=record.name("Hardware name"),
        manufacturer=record.text("Manufacturer"),
        kind=record.text("Type"),
        released_on=released[0] if released else None,
        date_precision=released[1] if released else None,
        release_price_usd=record.quantity("Release price (USD)", 1e7),
        tensor_fp16_flop_per_s=record.quantity("Tensor-FP16/BF16 performance (FLOP/s)", 1e18),
        tf32_flop_per_s=record.quantity("TF32 (TensorFloat-32) performance (FLOP/s)", 1e18),
        fp32_flop_per_s=record.quantity("FP32 (single precision) performance (FLOP/s)", 1e18),
        fp16_flop_per_s=record.quantity("FP16 (half precision) performance (FLOP/s)", 1e18),
        memory_gb=None if memory is None else memory / 1e9,
        memory_bandwidth_gb_per_s=None if bandwidth is None else bandwidth / 1e9,
        tdp_w=record.quantity("TDP (W)", 1e5),
    )


def _yes_or_no(record: Record, column: str) -> bool | None:
    """Return None for an empty cell, and for any other word."""
    return {"yes": True, "no": False}.get(record.cells[column].lower())


def collect(context: SourceContext) -> SourceResult:
    """Collect the files of models and of accelerators; a row with an implausible cell is set aside."""
    service, day = epoch_service(context.settings.address(EPOCH)), context.now.date()
    models = context.responses.fetch(service, Request(MODELS, kind=CSV, follow=True))
    hardware = context.responses.fetch(service, Request(HARDWARE, kind=CSV, follow=True))
    runs, odd_runs = read_models(models.body, day)
    chips, odd_chips = read_hardware(hardware.body, day)
    return SourceResult(
        rows={
            BASE_TRAINING_RUN: [vars(run) for run in runs],
            BASE_ACCELERATOR: [vars(chip) for chip in chips],
        },
        figures={
            "training runs": len(runs),
            "with compute": sum(run.training_flop is not None for run in runs),
            "with cost": sum(run.cost_amortised_usd_2023 is not None for run in runs),
            "accelerators": len(chips),
        },
        set_aside=[
            *(_set_aside(row, MODELS, MODEL_COLUMNS[0], "model") for row in odd_runs),
            *(_set_aside(row, HARDWARE, HARDWARE_COLUMNS[0], "hardware") for row in odd_chips),
        ],
    )


def _set_aside(row: OddRow, file: str, column: str, key: str) -> SetAside:
    name = (row.cells or {}).get(column)
    name = " ".join(name.split()) if name else None
    return SetAside(name or f"row {row.number} of {file}", row.reason, {key: name} if name else None)


def probe(settings: Settings) -> str:
    """Request the smaller file; return how many accelerators it holds. Raises SourceError like `read_hardware`."""
    service = epoch_service(settings.address(EPOCH))
    response = service.single_attempt().send(Request(HARDWARE, kind=CSV, follow=True))
    chips, _ = read_hardware(response.body, response.received_at.date())
    return f"{len(chips):,} accelerators"


SOURCE = Source(
    name=NAME,
    title="Epoch AI: AI models and machine learning hardware",
    home_page="https://epoch.ai/data/ai-models",
    licence="CC BY 4.0",
    citation="Epoch AI, frontier_ai_models.csv and ml_hardware.csv, https://epoch.ai/data, read weekly by Tidegauge",
    caveat=(
        "More than half of the cells for compute and cost are empty, and many of the others are estimates; "
        "confidence says which. Costs are those of the final training run."
    ),
    addresses=(EPOCH,),
    probe=probe,
    group="training",
    kinds=frozenset({"python", "csv"}),
    description=(
        "Epoch AI's files of frontier models and of accelerators: compute, hardware, time and cost of training."
    ),
    collect=collect,
)
