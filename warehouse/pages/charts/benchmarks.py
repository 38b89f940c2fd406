"""How good open models are: benchmarks, the gap to closed ones, and the Arena."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.benchmarks import ARENA_BY_RELEASE, ARENA_GAP, BENCHMARK_GAP, GAP_CLOSURE

GAP = Chart(
    table=BENCHMARK_GAP,
    name="Open against closed on benchmarks",
    panels=(
        Panel(
            "MMLU, as printed",
            "benchmark_gap/published",
            "benchmarks.published_gap",
            ("published",),
            ends=True,
        ),
        Panel(
            "Measured, by day of release",
            "benchmark_gap/measured",
            "benchmarks.measured_gap",
            ("measured",),
            choose="benchmark",
            choice="Benchmark",
            ends=True,
            caption="With the scores known today, over the models released up to the day.",
        ),
    ),
)


CLOSURE = Chart(
    table=GAP_CLOSURE,
    name="Share of the reference score",
    panels=(
        Panel(
            "Of GPT-3.5-turbo, as printed",
            "gap_closure/published",
            "benchmarks.published_closure",
            ("published",),
            ends=True,
            caption="The average is the printed one. The upright scale does not begin at 0; the line across is the reference.",
        ),
        Panel(
            "Measured, by day of release",
            "gap_closure/measured",
            "benchmarks.measured_closure",
            ("measured",),
            choose="benchmark",
            choice="Benchmark",
            ends=True,
        ),
    ),
)


ARENA = Chart(
    table=ARENA_GAP,
    name="Open against proprietary on the Arena",
    panels=(
        Panel(
            "How far the best proprietary model leads",
            "arena_gap/gap",
            "benchmarks.arena",
            ("measured",),
            caption="Below 0 an open model leads. The band is the interval, if the errors of both ratings are independent.",
        ),
        Panel(
            "How many months behind",
            "arena_gap/lag",
            "benchmarks.lag",
            ("measured",),
            caption="Since a proprietary model first joined that is rated as high. There is none while an open model leads.",
        ),
    ),
)


RELEASES = Chart(
    table=ARENA_BY_RELEASE,
    name="Arena ratings by day of release",
    panels=(
        Panel(
            "Every model of the newest board",
            "arena_by_release/models",
            "benchmarks.by_release",
            ("measured",),
            caption="All ratings are of one day, so that they compare; the lines across the marks are intervals.",
        ),
    ),
)

CHARTS = (GAP, CLOSURE, ARENA, RELEASES)
