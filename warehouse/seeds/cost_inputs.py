"""What a training run costs: the model, and the prices and assumptions that it is computed with.

For each run with one type of accelerator, and no base model (Epoch AI, arXiv 2405.21015, in outline):

1. chip-hours = as reported; else accelerators x hours; else FLOP / (peak FLOP/s x MFU) / 3600;
2. amortised price of a chip-hour = release price x server / (1 - network share) x 0.14 x ln 10 / 8766 h
   + TDP x server power x PUE x price of electricity;
3. rented price of a chip-hour = price under a commitment of three years, or the list price less the vendor's discount;
4. cost = chip-hours x price, low and high, for the final run only.

`core.accelerator_hour` holds 2 and 3, `charts.training_cost_steps` the rest with its arithmetic. The hardware is taken at
its price at release: where it was bought later and cheaper, the amortised cost comes out too high.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from warehouse.seeds.csv_reader import LISTS, Address, Day, Number, Row, Whole, read_list


class GpuPrice(Row):
    """A row of `lists/gpu_price.csv`; the price is that of the whole instance."""

    hardware: str
    vendor: str
    instance: str | None = None
    term: Literal["on_demand", "committed_1y", "committed_3y"]
    region: str
    priced_on: Day
    price_per_hour_usd: Annotated[Number, Field(gt=0)]
    gpus: Annotated[Whole, Field(ge=0)]
    evidence: Address
    note: str | None = None

    @property
    def price_per_chip_hour_usd(self) -> float | None:
        """The share of one accelerator; None where the instance has none."""
        return self.price_per_hour_usd / self.gpus if self.gpus else None


class Assumption(Row):
    """A row of `lists/cost_assumption.csv`."""

    assumption: str
    low: Annotated[Number, Field(gt=0)]
    high: Annotated[Number, Field(gt=0)]
    unit: str
    meaning: str
    evidence: Address


def read_prices(folder: Path = LISTS) -> list[dict[str, Any]]:
    """Give the rows of `core.gpu_price`.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong.
    """
    prices = read_list(
        folder / "gpu_price.csv", GpuPrice, lambda row: (row.hardware, row.vendor, row.term, row.region, row.priced_on)
    )
    return [{**line.row.model_dump(), "price_per_chip_hour_usd": line.row.price_per_chip_hour_usd} for line in prices]


def read_assumptions(folder: Path = LISTS) -> list[dict[str, Any]]:
    """Give the rows of `core.cost_assumption`. Raises like `read_prices`."""
    lines = read_list(folder / "cost_assumption.csv", Assumption, lambda row: row.assumption)
    return [line.row.model_dump() for line in lines]
