"""Prices and assumptions of the cost model for training runs.

The model, for each run with one type of accelerator and without a base model (Epoch AI, arXiv 2405.21015, in outline):

1. chip-hours = as reported; else accelerators x hours; else FLOP / (peak FLOP/s x MFU) / 3600;
2. amortised price of a chip-hour = release price x server / (1 - network share) x 0.14 x ln 10 / 8766 h
   + TDP x server power x PUE x price of electricity;
3. rented price of a chip-hour = price under a commitment of three years, or the list price less the vendor's discount;
4. cost = chip-hours x price, low and high, for the final run only.

`core.accelerator_hour` has 2 and 3, `charts.training_cost_steps` the rest with its arithmetic. Hardware has its price at
release: if it was bought later and cheaper, the amortised cost is too high.
"""

from pathlib import Path

from warehouse.seeds.csv_reader import ADDRESS, LISTS, Row, Seed, read_seed
from warehouse.tables.table import Table
from warehouse.tables.training import BASE_COST_ASSUMPTION, BASE_GPU_PRICE


def _seed(table: Table, checks: dict[str, str]) -> Seed:
    """Return the seed of a versioned table, without the columns that are added when its rows are stored."""
    added = ("source", "recorded_at", "is_withdrawn", "price_per_chip_hour_usd")
    return Seed(
        table.name.split(".")[1].removesuffix("_version"),
        columns={name: column for name, column in table.columns.items() if name not in added},
        key=tuple(name for name in table.key if name not in added),
        table=table,
        formats={"evidence": ADDRESS},
        checks=checks,
    )


GPU_PRICES = _seed(
    BASE_GPU_PRICE,
    {"price_per_hour_usd: a price above 0": "price_per_hour_usd > 0", "gpus: a number, 0 or more": "gpus >= 0"},
)
COST_ASSUMPTIONS = _seed(
    BASE_COST_ASSUMPTION, {"low: a number above 0": "low > 0", "high: a number above 0": "high > 0"}
)


def read_prices(folder: Path = LISTS) -> list[Row]:
    """Return the rows of `core.gpu_price`, without a price for each accelerator where the instance has none.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong.
    """
    return [
        {**row, "price_per_chip_hour_usd": row["price_per_hour_usd"] / row["gpus"] if row["gpus"] else None}
        for row in read_seed(folder, GPU_PRICES)
    ]


def read_assumptions(folder: Path = LISTS) -> list[Row]:
    """Return the rows of `core.cost_assumption`. Raises like `read_prices`."""
    return read_seed(folder, COST_ASSUMPTIONS)
