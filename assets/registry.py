"""The assets of all sources except the Hub's listing. Each is collected on its own, and may fail on its own."""

import dagster as dg

from assets.benchmarks import assets as benchmarks
from assets.declared_sources import COLLECTED
from assets.funding import assets as funding
from assets.inference import assets as inference
from assets.seeds import survey_answers
from assets.source_asset import source_asset
from assets.training import assets as training

SOURCE_ASSETS: tuple[dg.AssetsDefinition, ...] = (
    *(source_asset(source) for source in COLLECTED.values()),
    inference.bench_files_asset,
    survey_answers.survey_list,
)
# Curated lists, and the tables that are derived from sources before the charts.
SOURCE_VIEWS: tuple[dg.AssetsDefinition, ...] = (
    *funding.VIEWS, *benchmarks.VIEWS, *inference.VIEWS, *training.VIEWS, *survey_answers.VIEWS,
)  # fmt: skip
