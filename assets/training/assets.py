"""Training cost: what was trained on what (Epoch AI), and the prices and assumptions that a cost is computed with."""

from assets.epoch.csv_files import epoch_service
from assets.http.client import CSV, Request
from assets.settings import without_trailing_slash
from assets.source_asset import SourceContext, SourceResult, source_asset
from assets.table_asset import derived_assets
from assets.training import epoch_models
from warehouse.seeds.cost_inputs import read_assumptions, read_prices
from warehouse.tables.training import (
    ACCELERATOR,
    ACCELERATOR_HOUR,
    BASE_ACCELERATOR,
    BASE_COST_ASSUMPTION,
    BASE_GPU_PRICE,
    BASE_TRAINING_RUN,
    COST_ASSUMPTION,
    GPU_PRICE,
    TRAINING_RUN,
)

GROUP = "training"
COST_MODEL = "cost_model"


def collect_epoch_models(context: SourceContext) -> SourceResult:
    """Ask for the files of models and of accelerators; rows that are odd in themselves are left out, and counted."""
    service, today = epoch_service(without_trailing_slash(context.settings.epoch_url)), context.now.date()
    models = context.responses.fetch(service, Request(epoch_models.MODELS, kind=CSV, follow=True))
    hardware = context.responses.fetch(service, Request(epoch_models.HARDWARE, kind=CSV, follow=True))
    runs, odd_runs = epoch_models.read_models(models.body, today)
    chips, odd_chips = epoch_models.read_hardware(hardware.body, today)
    odd = [*odd_runs, *odd_chips]
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
            "rows left out": len(odd),
            "why": "; ".join(f"row {one.row}: {one.reason}" for one in odd[:5]) or "none was",
        },
    )


def collect_cost_model(context: SourceContext) -> SourceResult:
    """Read the curated prices and assumptions."""
    return SourceResult(rows={BASE_GPU_PRICE: read_prices(), BASE_COST_ASSUMPTION: read_assumptions()})


SOURCES = (
    source_asset(
        GROUP,
        epoch_models.SOURCE,
        {"python", "csv"},
        collect_epoch_models,
        doc="Epoch AI's files of frontier models and of accelerators: compute, hardware, time and cost of training.",
    ),
    source_asset(
        GROUP,
        COST_MODEL,
        {"python", "csv"},
        collect_cost_model,
        doc="Prices of renting accelerators and the assumptions of the cost model, kept by hand in `warehouse/seeds/lists`.",
    ),
)
VIEWS = (
    derived_assets(
        "training_tables", (TRAINING_RUN, ACCELERATOR, GPU_PRICE, COST_ASSUMPTION, ACCELERATOR_HOUR), group=GROUP
    ),
)
