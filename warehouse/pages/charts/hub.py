"""Charts of the Hub as a whole: downloads, models, and models added and removed."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import CONCENTRATION, FACETS, HUB_DOWNLOADS, HUB_MODELS
from warehouse.tables.charts.makers import MAKER_ADOPTION
from warehouse.tables.history import BIRTHS_AND_DEATHS

MAKERS = Chart(
    table=MAKER_ADOPTION,
    name="Who is winning: makers by downloads",
    panels=(
        Panel(
            "Share of all downloads, with what is built on a maker's models",
            "maker_adoption/shares",
            "hub.maker_shares",
            ("measured",),
            ends=True,
            caption="The eight largest makers of the newest week. File requests over 30 days, not users.",
        ),
        Panel(
            "Newest week: own models, and models built on them",
            "maker_adoption/newest",
            "hub.maker_parts",
            ("measured",),
            caption="Each model counts for one maker: its own, or that of the nearest model it is built on.",
        ),
    ),
)


DOWNLOADS = Chart(
    table=HUB_DOWNLOADS,
    name="Downloads on the Hub",
    panels=(
        Panel(
            "Measured every week: the last 30 days",
            "hub_downloads/weekly",
            "hub.weekly_downloads",
            ("measured",),
            caption="File requests, not users. Windows of consecutive weeks share 23 of their 30 days.",
        ),
        Panel(
            "Estimated: whole calendar months",
            "hub_downloads/calendar_months",
            "hub.monthly_downloads",
            ("estimated",),
            caption="From all-time counters, for months with every day observed; the line spans the low and the high estimate.",
        ),
        Panel(
            "As reported, by month",
            "hub_downloads/published",
            "hub.published_downloads",
            ("published",),
        ),
    ),
)


MODELS = Chart(
    table=HUB_MODELS,
    name="Models on the Hub",
    panels=(
        Panel(
            "Models, counted every week",
            "hub_models/weekly",
            "hub.counted_models",
            ("measured",),
        ),
        Panel(
            "Created in the 30 days before the count",
            "hub_models/weekly_additions",
            "hub.counted_additions",
            ("measured",),
            caption="Only models that still existed at the count.",
        ),
        Panel(
            "Models, as reported",
            "hub_models/published",
            "hub.published_models",
            ("published",),
        ),
        Panel(
            "Added in a month, as reported",
            "hub_models/published_additions",
            "hub.published_additions",
            ("published",),
        ),
    ),
)


LIVES = Chart(
    table=BIRTHS_AND_DEATHS,
    name="Models added and removed",
    panels=(
        Panel(
            "Added and removed each week",
            "births_and_deaths/changes",
            "hub.added_and_removed",
            ("measured",),
        ),
        Panel(
            "Today's models by the week of their creation",
            "births_and_deaths/survivors",
            "hub.survivors",
            ("measured",),
            caption="Models deleted since then are missing.",
        ),
    ),
)

FACETS_OF_MODELS = Chart(
    table=FACETS,
    name="Formats, languages and modalities",
    panels=(
        Panel(
            "The largest by models, newest week",
            "facets/newest_week",
            "lineage.depths",
            ("measured",),
            choose="facet",
            choice="Facet",
            caption="As tagged. A model with several formats or languages counts in each; do not add them up.",
        ),
    ),
)


CONCENTRATION_OF_DOWNLOADS = Chart(
    table=CONCENTRATION,
    name="Concentration of downloads",
    panels=(
        Panel(
            "Shares of the top 1%, and of models without downloads",
            "concentration/weekly",
            "lineage.coverage",
            ("measured",),
            ends=True,
            caption="Of models and authors with a counter. A counter of 0 can mean that the Hub does not count the files.",
        ),
    ),
)

CHARTS = (MAKERS, DOWNLOADS, MODELS, LIVES, FACETS_OF_MODELS, CONCENTRATION_OF_DOWNLOADS)
