"""Jobs: the weekly refresh, its parts, and the release that is made of the rest when a source fails."""

import dagster as dg

from assets.hub.assets import WALK
from assets.hub.family_assets import FAMILY_LIST
from assets.observations import COLLECTED
from assets.table_asset import PUBLISHED_FIGURES

# The assets that ask a source, or read what is kept by hand. When one of them fails, the rest is published all the same.
SOURCES = (WALK, PUBLISHED_FIGURES, FAMILY_LIST, *COLLECTED)

# Runs with this tag work one at a time where several may work at once (deploy/dagster.yaml): they walk over the Hub, or publish.
ONE_AT_A_TIME = {"tidegauge/refresh": "alone"}

weekly_refresh = dg.define_asset_job(
    "weekly_refresh",
    tags=ONE_AT_A_TIME,
    selection=dg.AssetSelection.all(),
    description="Collect every source, derive every table, publish a release.",
)
release_of_the_rest = dg.define_asset_job(
    "release_of_the_rest",
    tags=ONE_AT_A_TIME,
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("hub") - dg.AssetSelection.assets(*SOURCES),
    description="Derive and publish from what the warehouse holds: after a refresh in which nothing but a source failed.",
)

# Parts that people run again on their own: what a group holds. Publish afterwards with `release_of_the_rest`.
GROUPS = {
    "hub": "Walk over the Hub's models and bring the walk into the history.",
    "lineage": "Close the lineage and count families anew, from the edges that are there.",
    "communities": "Ask every community platform.",
    "platforms": "Ask where models are run and packages are downloaded.",
    "funding": "Ask for filings and rounds of funding.",
    "benchmarks": "Ask for benchmark scores and ratings.",
    "inference": "Ask for measured speeds, and read the inbox.",
    "training": "Ask for training runs and hardware.",
    "adoption": "Read the surveys of adoption.",
    "growth": "Compute every rate of growth anew.",
    "charts": "Build every chart's table anew.",
    "publication": "Publish what the warehouse holds.",
}
partial_refreshes = [
    dg.define_asset_job(
        f"{name}_refresh",
        tags=ONE_AT_A_TIME if name in ("hub", "publication") else {},
        selection=dg.AssetSelection.groups(name),
        description=f"{what} A part of weekly_refresh.",
    )
    for name, what in GROUPS.items()
]
