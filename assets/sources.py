"""Every source beside the Hub's listing: each is asked for what it says, on its own, and may fail on its own."""

import dagster as dg

from assets import benchmarks, communities, funding, platforms

SOURCE_ASSETS: tuple[dg.AssetsDefinition, ...] = (
    *communities.SOURCES, *platforms.SOURCES, *funding.SOURCES, *benchmarks.SOURCES,
)  # fmt: skip
# What is derived from them before the charts are.
SOURCE_VIEWS: tuple[dg.AssetsDefinition, ...] = (*funding.VIEWS, *benchmarks.VIEWS)
