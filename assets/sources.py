"""Every source beside the Hub's listing: each is asked for what it says, on its own, and may fail on its own."""

import dagster as dg

from assets import benchmarks

SOURCE_ASSETS: tuple[dg.AssetsDefinition, ...] = (*benchmarks.SOURCES,)
