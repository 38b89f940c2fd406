"""Every source beside the Hub's listing: each is asked for what it says, on its own, and may fail on its own."""

import dagster as dg

from assets import adoption, benchmarks, communities, funding, inference, platforms, training

_GROUPS = (communities, platforms, funding, benchmarks, inference, training, adoption)
SOURCE_ASSETS: tuple[dg.AssetsDefinition, ...] = tuple(asset for group in _GROUPS for asset in group.SOURCES)
# What is derived from them before the charts are, or kept by hand beside them.
SOURCE_VIEWS: tuple[dg.AssetsDefinition, ...] = (
    *funding.VIEWS, *benchmarks.VIEWS, *inference.VIEWS, *training.VIEWS, *adoption.VIEWS,
)  # fmt: skip
