"""Training cost: the tables of runs, accelerators, prices and assumptions."""

from assets.table_asset import derived_assets
from warehouse.tables.training import ACCELERATOR, ACCELERATOR_HOUR, COST_ASSUMPTION, GPU_PRICE, TRAINING_RUN

VIEWS = (
    derived_assets(
        "training_tables", (TRAINING_RUN, ACCELERATOR, GPU_PRICE, COST_ASSUMPTION, ACCELERATOR_HOUR), group="training"
    ),
)
