"""Prices and assumptions of the cost model, from curated lists."""

from assets.source import Source, SourceContext, SourceResult
from warehouse.seeds.cost_inputs import read_assumptions, read_prices
from warehouse.tables.training import BASE_COST_ASSUMPTION, BASE_GPU_PRICE


def collect(_context: SourceContext) -> SourceResult:
    """Read the curated prices and assumptions. Raises CuratedError."""
    return SourceResult(rows={BASE_GPU_PRICE: read_prices(), BASE_COST_ASSUMPTION: read_assumptions()})


SOURCE = Source(
    name="cost_model",
    title="Prices and assumptions of the cost model",
    home_page="warehouse/seeds/lists",
    licence="Apache-2.0 for the transcription; list prices and published parameters are facts, each with its address",
    citation="Tidegauge, warehouse/seeds/lists",
    caveat=(
        "List prices of single vendors and regions, each with its term and date; they are not market prices of today."
    ),
    cadence="With every refresh",
    group="training",
    kinds=frozenset({"python", "csv"}),
    description=(
        "Prices of renting accelerators and the assumptions of the cost model, curated in `warehouse/seeds/lists`."
    ),
    collect=collect,
)
