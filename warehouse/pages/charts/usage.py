"""Who uses open models: communities, platforms, companies."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.sources import ADOPTION, COMMUNITY, PLATFORM_RUNS

MEMBERS = Chart(
    table=COMMUNITY,
    name="Communities",
    panels=(
        Panel(
            "As printed",
            "community/published",
            "usage.published_members",
            ("published",),
            caption="Platforms count different things: compare growth, not size.",
        ),
        Panel(
            "Measured: growth since the first reading",
            "community/growth",
            "usage.growth",
            ("measured",),
            choose="what",
            choice="Counted",
            ends=True,
        ),
    ),
)


RUNS = Chart(
    table=PLATFORM_RUNS,
    name="Runs, downloads and stars elsewhere",
    panels=(
        Panel(
            "Newest count",
            "platform_runs/newest",
            "usage.newest_runs",
            ("measured",),
            choose="what",
            choice="Counted",
        ),
        Panel(
            "Growth since the first reading",
            "platform_runs/growth",
            "usage.runs",
            ("measured",),
            choose="what",
            choice="Counted",
            ends=True,
            caption="Platforms count different things over different spans: compare growth, not size.",
        ),
    ),
)


SURVEYS = Chart(
    table=ADOPTION,
    name="Adoption by companies",
    panels=(
        Panel(
            "As the post printed them: composites of several surveys",
            "adoption/shares",
            "usage.shares",
            ("published",),
            parameters=(True,),
        ),
        Panel(
            "Surveys whose question and population are known",
            "adoption/shares",
            "usage.shares",
            ("published",),
            parameters=(False,),
            caption="A new wording is a new row: answers to different questions are never joined.",
        ),
    ),
)

CHARTS = (MEMBERS, RUNS, SURVEYS)
