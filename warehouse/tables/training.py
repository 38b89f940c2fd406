"""`core.training_run`, `core.accelerator` and what a training run costs: see docs/methods/training_cost.md."""

from collections.abc import Mapping

from warehouse.tables.table import Column, Table, required

_VERSION = {
    "source": required("VARCHAR", "The source.", references="meta.source.source"),
    "recorded_at": required("TIMESTAMPTZ", "When this version became known."),
    "is_withdrawn": required("BOOLEAN", "Whether the source no longer states it."),
}


def _versions(
    name: str, about: str, key: tuple[str, ...], columns: Mapping[str, Column], made_by: str, **checks: str
) -> Table:
    return Table(
        name=f"base.{name}",
        description=f"{about} Every version, append-only. Query core.{name} instead.",
        grain=f"each {', '.join(key)}, source and time at which a version became known",
        key=("source", *key, "recorded_at"),
        made_by=(made_by,),
        columns={**columns, **_VERSION},
        checks={name.replace("_", " "): condition for name, condition in checks.items()},
    )


def _newest(versions: Table) -> Table:
    return Table(
        name=versions.name.replace("base.", "core."),
        description=versions.description.partition(" Every version")[0],
        grain=versions.grain.partition(" and time")[0].replace(", source", " and source"),
        key=versions.key[:-1],
        columns={name: column for name, column in versions.columns.items() if name != "is_withdrawn"},
        is_view=True,
    )


BASE_TRAINING_RUN = _versions(
    "training_run",
    "Trained models with what is known of their training; NULL where nothing is stated, which is the case for more than "
    "half of the cells.",
    ("model",),
    {
        "model": required("VARCHAR", "The model, as the source names it."),
        "organisations": Column("VARCHAR", "Who trained it; several are separated by commas."),
        "published_on": required("DATE", "First day of the publication date as stated."),
        "date_precision": required("VARCHAR", "How exact published_on is: day, month or year."),
        "domain": Column("VARCHAR", "What it works on: Language, Vision, ..."),
        "parameters_b": Column("DOUBLE", "Parameters, in billions, total."),
        "accessibility": Column("VARCHAR", "How the model can be obtained, in the words of the source."),
        "open_weights": Column("BOOLEAN", "Whether the weights are open; NULL where that is not stated."),
        "base_model": Column("VARCHAR", "The model it was tuned from; its cost is then that of the tuning or unclear."),
        "training_flop": Column("DOUBLE", "Arithmetic of the final training run, in FLOP."),
        "finetune_flop": Column("DOUBLE", "Arithmetic of the tuning of a base model, in FLOP."),
        "training_hours": Column("DOUBLE", "Wall-clock time of the final run, in hours."),
        "hardware": Column("VARCHAR", "The accelerator; several types are separated by commas."),
        "hardware_quantity": Column("DOUBLE", "Accelerators that took part."),
        "mfu": Column("DOUBLE", "Model FLOP utilisation: share of the peak that was useful, from 0 to 1."),
        "chip_hours": Column("DOUBLE", "Accelerator-hours of the final run, as reported."),
        "cost_amortised_usd_2023": Column(
            "DOUBLE",
            "Wear of the hardware and energy of the final run, in US dollars of 2023, as the source computes it.",
        ),
        "cost_cloud_usd": Column("DOUBLE", "Rent of the hardware, committed for three years, in US dollars."),
        "cost_upfront_usd": Column("DOUBLE", "Purchase of all the hardware, in US dollars."),
        "confidence": Column("VARCHAR", "How certain the source is: Confident, Likely, Speculative, ..."),
        "flop_method": Column("VARCHAR", "How training_flop was determined, in the words of the source."),
    },
    made_by="training/epoch_models",
    shares_are_shares="mfu > 0 and mfu <= 1",
    what_is_stated_is_positive=(
        "training_flop > 0 and training_hours > 0 and hardware_quantity > 0 and chip_hours > 0 "
        "and cost_amortised_usd_2023 > 0 and cost_cloud_usd > 0 and cost_upfront_usd > 0 and parameters_b > 0"
    ),
)
TRAINING_RUN = _newest(BASE_TRAINING_RUN)

BASE_ACCELERATOR = _versions(
    "accelerator",
    "Accelerators that models are trained on, as Epoch AI lists them: dense performance (without sparsity), price at "
    "release and power. core.hardware has the few that charts.gpu_requirements uses, maintained by hand.",
    ("hardware",),
    {
        "hardware": required("VARCHAR", "The accelerator, as the source names it."),
        "manufacturer": Column("VARCHAR", "Who makes it."),
        "kind": Column("VARCHAR", "GPU, TPU, ..."),
        "released_on": Column("DATE", "First day of the release date as stated."),
        "date_precision": Column("VARCHAR", "How exact released_on is: day, month or year."),
        "release_price_usd": Column("DOUBLE", "Price of one at release, in US dollars."),
        "tensor_fp16_flop_per_s": Column("DOUBLE", "Peak with tensor cores in FP16 or BF16, in FLOP a second."),
        "tf32_flop_per_s": Column("DOUBLE", "Peak in TF32, in FLOP a second."),
        "fp32_flop_per_s": Column("DOUBLE", "Peak in FP32, in FLOP a second."),
        "fp16_flop_per_s": Column("DOUBLE", "Peak in FP16 without tensor cores, in FLOP a second."),
        "memory_gb": Column("DOUBLE", "Memory, in GB (10^9 bytes)."),
        "memory_bandwidth_gb_per_s": Column("DOUBLE", "Memory bandwidth, in GB a second."),
        "tdp_w": Column("DOUBLE", "Thermal design power, in watts."),
    },
    made_by="training/epoch_models",
    prices_are_positive="release_price_usd > 0 and tdp_w > 0",
)
ACCELERATOR = _newest(BASE_ACCELERATOR)

BASE_GPU_PRICE = _versions(
    "gpu_price",
    "Prices for renting accelerators, maintained by hand: list prices of an instance, each with its term, region and date.",
    ("hardware", "vendor", "term", "region", "priced_on"),
    {
        "hardware": required("VARCHAR", "The accelerator, named as in core.accelerator."),
        "vendor": required("VARCHAR", "The vendor that rents it out."),
        "instance": Column("VARCHAR", "The instance that the price is for."),
        "term": required(
            "VARCHAR", "on_demand, committed_1y or committed_3y; their prices differ by half and are never mixed."
        ),
        "region": required("VARCHAR", "Region of the price."),
        "priced_on": required("DATE", "Day on which the price was valid, or the first day of that year."),
        "price_per_hour_usd": required("DOUBLE", "Price of the whole instance for an hour, in US dollars."),
        "gpus": required("INTEGER", "Accelerators in the instance; 0 where it has none."),
        "price_per_chip_hour_usd": Column(
            "DOUBLE", "Price of one accelerator for an hour, in US dollars; NULL where the instance has none."
        ),
        "evidence": required("VARCHAR", "Address of the price."),
        "note": Column("VARCHAR", "Further notes."),
    },
    made_by="training/cost_model",
    terms_are_known="term in ('on_demand', 'committed_1y', 'committed_3y')",
    a_chip_costs_its_share="price_per_chip_hour_usd is not distinct from price_per_hour_usd / nullif(gpus, 0)",
)
GPU_PRICE = _newest(BASE_GPU_PRICE)

BASE_COST_ASSUMPTION = _versions(
    "cost_assumption",
    "The numbers that the cost of training is computed from, other than those of the run and its hardware.",
    ("assumption",),
    {
        "assumption": required("VARCHAR", "Name of the number, as in the formula."),
        "low": required("DOUBLE", "The value that gives the lower cost."),
        "high": required("DOUBLE", "The value that gives the higher cost; the same where only one is known."),
        "unit": required("VARCHAR", "Its unit."),
        "meaning": required("VARCHAR", "Its meaning."),
        "evidence": required("VARCHAR", "Address of its source."),
    },
    made_by="training/cost_model",
)
COST_ASSUMPTION = _newest(BASE_COST_ASSUMPTION)

ACCELERATOR_HOUR = Table(
    name="core.accelerator_hour",
    description="What an hour of an accelerator costs, by method, from core.accelerator, gpu_price and cost_assumption.",
    grain="each accelerator, method and source",
    key=("hardware", "method", "source"),
    columns={
        "hardware": required("VARCHAR", "The accelerator.", references="core.accelerator.hardware"),
        "released_on": Column("DATE", "When it was released."),
        "peak_flop_per_s": Column(
            "DOUBLE",
            "Its peak: tensor FP16 or BF16, else TF32, else FP32 (a TPU without these: FP16), in FLOP a second.",
        ),
        "method": required("VARCHAR", "amortised (wear and energy) or rented (committed for three years)."),
        "price_low_usd": required("DOUBLE", "Lower end, in US dollars."),
        "price_high_usd": required("DOUBLE", "Upper end, in US dollars."),
        "arithmetic": required("VARCHAR", "The computation, written out."),
        "source": required("VARCHAR", "The source of the accelerator's figures.", references="meta.source.source"),
    },
    is_view=True,
)

TRAINING_COST_STEPS = Table(
    name="charts.training_cost_steps",
    description=(
        "The cost of one training run by each method, with every intermediate number. Final run only: no staff, no "
        "trials, no failed runs. Models that were fine-tuned from another one are left out."
    ),
    grain="each model, method and source",
    key=("model", "method", "source"),
    columns={
        "model": required("VARCHAR", "The model.", references="core.training_run.model"),
        "published_on": required("DATE", "When it was published."),
        "date_precision": required("VARCHAR", "How exact published_on is: day, month or year."),
        "method": required("VARCHAR", "amortised (wear and energy) or rented (committed for three years)."),
        "open_weights": Column("BOOLEAN", "Whether the weights are open."),
        "training_flop": Column("DOUBLE", "Arithmetic of the run, in FLOP."),
        "hardware": required("VARCHAR", "The accelerator."),
        "peak_flop_per_s": Column(
            "DOUBLE",
            "Its peak: tensor FP16 or BF16, else TF32, else FP32 (a TPU without these: FP16), in FLOP a second.",
        ),
        "mfu": Column("DOUBLE", "Share of the peak that is useful: as stated, else the default."),
        "chip_hours_reported": Column("DOUBLE", "Accelerator-hours as reported."),
        "chip_hours_by_time": Column("DOUBLE", "Accelerators x hours."),
        "chip_hours_by_formula": Column("DOUBLE", "training_flop / (peak_flop_per_s x mfu) / 3600."),
        "chip_hours": required("DOUBLE", "The first of the three that is known."),
        "chip_hours_method": required("VARCHAR", "Which of the three: reported, accelerators x hours, or formula."),
        "price_low_usd": required("DOUBLE", "Price of an accelerator-hour, lower end, in US dollars."),
        "price_high_usd": required("DOUBLE", "Price of an accelerator-hour, upper end, in US dollars."),
        "cost_low_usd": required("DOUBLE", "chip_hours x price_low_usd."),
        "cost_high_usd": required("DOUBLE", "chip_hours x price_high_usd."),
        "arithmetic": required("VARCHAR", "The computation, written out."),
        "source": required("VARCHAR", "The source of the inputs.", references="meta.source.source"),
    },
    checks={
        "low does not exceed high": "price_low_usd <= price_high_usd and cost_low_usd <= cost_high_usd",
        "the cost is its product": "abs(cost_low_usd - chip_hours * price_low_usd) <= 1e-6 * cost_low_usd",
    },
)

TABLES = (
    BASE_TRAINING_RUN, TRAINING_RUN, BASE_ACCELERATOR, ACCELERATOR, BASE_GPU_PRICE, GPU_PRICE,
    BASE_COST_ASSUMPTION, COST_ASSUMPTION, ACCELERATOR_HOUR,
)  # fmt: skip
