"""The Hub as a whole: downloads, models, and models that came and went."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import HUB_DOWNLOADS, HUB_MODELS
from warehouse.tables.history import BIRTHS_AND_DEATHS

DOWNLOADS = Chart(
    table=HUB_DOWNLOADS,
    name="Downloads on the Hub",
    panels=(
        Panel(
            "As printed, by month",
            "hub_downloads/published",
            "hub.published_downloads",
            ("published",),
        ),
        Panel(
            "Measured every week: the last 30 days",
            "hub_downloads/weekly",
            "hub.windows",
            ("measured",),
            caption="Counted file requests, not users. Windows of neighbouring weeks share 23 of their 30 days.",
        ),
        Panel(
            "Estimated: whole calendar months",
            "hub_downloads/calendar_months",
            "hub.months",
            ("estimated",),
            caption="From all-time counters, only months of which every day was observed; the rule spans low to high.",
        ),
    ),
)


MODELS = Chart(
    table=HUB_MODELS,
    name="Models on the Hub",
    panels=(
        Panel(
            "Models, as printed",
            "hub_models/published",
            "hub.published_models",
            ("published",),
        ),
        Panel(
            "Models, counted every week",
            "hub_models/weekly",
            "hub.counted_models",
            ("measured",),
        ),
        Panel(
            "Added in a month, as printed",
            "hub_models/published_additions",
            "hub.published_additions",
            ("published",),
        ),
        Panel(
            "Made in the 30 days before the walk",
            "hub_models/weekly_additions",
            "hub.counted_additions",
            ("measured",),
            caption="Only those that were still there at the walk.",
        ),
    ),
)


LIVES = Chart(
    table=BIRTHS_AND_DEATHS,
    name="Models that came and went",
    panels=(
        Panel(
            "Came and went, from week to week",
            "births_and_deaths/changes",
            "hub.came_and_went",
            ("measured",),
        ),
        Panel(
            "The survivors' curve: models of today by the week they were made in",
            "births_and_deaths/survivors",
            "hub.survivors",
            ("measured",),
            caption="What was deleted since is missing here.",
        ),
    ),
)

CHARTS = (DOWNLOADS, MODELS, LIVES)
