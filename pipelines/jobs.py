"""Jobs: the weekly refresh, and a job for each of its parts."""

import dagster as dg

# At most one run with this tag at a time where several runs may execute at once (deploy/dagster.yaml): those that walk
# over the Hub, or publish.
ONE_AT_A_TIME = {"tidegauge/refresh": "alone"}

weekly_refresh = dg.define_asset_job(
    "weekly_refresh",
    tags=ONE_AT_A_TIME,
    selection=dg.AssetSelection.all(),
    description="Collect every source, derive every table, publish a release. A source that fails is a red check on its "
    "asset; the rest is published.",
)

# Jobs that run one asset group again. None but `publication_refresh` publishes.
GROUPS = {
    "hub": "Walk over the Hub's models and load the walk into the history.",
    "lineage": "Recompute ancestors, roots and families from the edges in the warehouse.",
    "communities": "Collect every community platform.",
    "platforms": "Collect runs, downloads and repositories from every platform.",
    "funding": "Collect filings and funding rounds.",
    "benchmarks": "Collect benchmark scores and ratings.",
    "inference": "Collect measured inference speeds, and load the inbox.",
    "training": "Collect training runs and hardware.",
    "adoption": "Load the curated survey answers.",
    "growth": "Recompute every growth rate.",
    "charts": "Rebuild the table of every chart.",
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
