"""Every source beside the Hub's listing: each is asked for what it says, on its own, and may fail on its own."""

import dagster as dg

from assets.benchmarks import assets as benchmarks
from assets.communities import assets as communities
from assets.funding import assets as funding
from assets.inference import assets as inference
from assets.platforms import assets as platforms
from assets.seeds import survey_answers
from assets.training import assets as training

_GROUPS = (communities, platforms, funding, benchmarks, inference, training, survey_answers)
SOURCE_ASSETS: tuple[dg.AssetsDefinition, ...] = tuple(asset for group in _GROUPS for asset in group.SOURCES)
# What is derived from them before the charts are, or kept by hand beside them.
SOURCE_VIEWS: tuple[dg.AssetsDefinition, ...] = (
    *funding.VIEWS, *benchmarks.VIEWS, *inference.VIEWS, *training.VIEWS, *survey_answers.VIEWS,
)  # fmt: skip
