"""Every source beside the Hub's listing: each is asked for what it says, on its own, and may fail on its own."""

import dagster as dg

from assets import adoption, inference, training

SOURCE_ASSETS: tuple[dg.AssetsDefinition, ...] = (*inference.SOURCES, *training.SOURCES, *adoption.SOURCES)
# The tables that show what the sources say now.
SOURCE_VIEWS: tuple[dg.AssetsDefinition, ...] = (*inference.DERIVED, *training.DERIVED, *adoption.DERIVED)
