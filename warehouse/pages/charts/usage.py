"""Charts of usage: communities, platforms and companies."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.sources import ADOPTION, COMMUNITY, PLATFORM_RUNS

MEMBERS = Chart(
    table=COMMUNITY,
    name="Communities",
    panels=(
        Panel(
            "Measured: growth since the first count",
            "community/growth",
            "usage.growth",
            ("measured",),
            choose="what",
            choice="Count",
            ends=True,
        ),
        Panel(
            "As reported",
            "community/published",
            "usage.published_members",
            ("published",),
            caption="Platforms count different things: compare growth, not size.",
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
            choice="Count",
        ),
        Panel(
            "Growth since the first count",
            "platform_runs/growth",
            "usage.runs",
            ("measured",),
            choose="what",
            choice="Count",
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
            "As reported in the post: composites of several surveys",
            "adoption/shares",
            "usage.shares",
            ("published",),
            parameters=(True,),
        ),
        Panel(
            "Surveys with a known question and population",
            "adoption/shares",
            "usage.shares",
            ("published",),
            parameters=(False,),
            caption="A new wording starts a new row: answers to different questions are never joined.",
        ),
    ),
)

CHARTS = (RUNS, SURVEYS)
COMMUNITIES = (MEMBERS,)
