"""Charts of quality: benchmarks, the gap to closed models, and the Arena."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.benchmarks import (
    ARENA_BY_RELEASE,
    ARENA_GAP,
    BENCHMARK_GAP,
    BEST_BY_MEMORY,
    CAPABILITY_GAP,
    GAP_CLOSURE,
    RATING_AND_DOWNLOADS,
)

GAP = Chart(
    table=BENCHMARK_GAP,
    name="Open versus closed on benchmarks",
    panels=(
        Panel(
            "Measured, by release date",
            "benchmark_gap/measured",
            "benchmarks.measured_gap",
            ("measured",),
            choose="benchmark",
            choice="Benchmark",
            ends=True,
            caption="With today's scores, for the models released up to each day.",
        ),
        Panel(
            "MMLU, as reported",
            "benchmark_gap/published",
            "benchmarks.published_gap",
            ("published",),
            ends=True,
        ),
    ),
)


CLOSURE = Chart(
    table=GAP_CLOSURE,
    name="Share of the reference score",
    panels=(
        Panel(
            "Measured, by release date",
            "gap_closure/measured",
            "benchmarks.measured_closure",
            ("measured",),
            choose="benchmark",
            choice="Benchmark",
            ends=True,
        ),
        Panel(
            "Share of GPT-3.5-turbo, as reported",
            "gap_closure/published",
            "benchmarks.published_closure",
            ("published",),
            ends=True,
            caption="The average is the reported one. The axis does not begin at 0; the horizontal line is the reference score.",
        ),
    ),
)


CAPABILITY = Chart(
    table=CAPABILITY_GAP,
    name="Open versus closed by capability",
    panels=(
        Panel(
            "How far the best closed model leads",
            "capability_gap/gap",
            "benchmarks.capability",
            ("measured",),
            caption="Epoch Capabilities Index, by release date, with today's scores. Below 0 an open model leads. The band is "
            "the 90% interval if the errors of the two scores are independent; the anchors of the index have none.",
        ),
        Panel(
            "Months behind",
            "capability_gap/lag",
            "benchmarks.capability_lag",
            ("measured",),
            caption="Time since a closed model with the score of the best open one was first released. The band is the range "
            "that the 90% intervals of both allow. No value while an open model leads.",
        ),
    ),
)


ARENA = Chart(
    table=ARENA_GAP,
    name="Open versus closed on the Arena",
    panels=(
        Panel(
            "How far the best closed model leads",
            "arena_gap/gap",
            "benchmarks.arena",
            ("measured",),
            choose="board",
            choice="Board",
            caption="Below 0 an open model leads. The band is the 95% interval if the errors of the two ratings are independent; "
            "the Elo ratings of 2023 have none. Old days hold only models that are in the registry today.",
        ),
        Panel(
            "Months behind",
            "arena_gap/lag",
            "benchmarks.lag",
            ("measured",),
            choose="board",
            choice="Board",
            caption="Time since a closed model with this rating was first released or, without a known release, on the "
            "board. At least so long where the board itself began that day. No value while an open model leads.",
        ),
    ),
)


RELEASES = Chart(
    table=ARENA_BY_RELEASE,
    name="Arena ratings by release date",
    panels=(
        Panel(
            "All models on the newest board",
            "arena_by_release/models",
            "benchmarks.by_release",
            ("measured",),
            choose="board",
            choice="Board",
            caption="All ratings of a board are of the same day and can be compared; the lines through the marks are intervals. "
            "Models without a known release date are not drawn.",
        ),
    ),
)

MEMORY = Chart(
    table=BEST_BY_MEMORY,
    name="The best open model that fits",
    panels=(
        Panel(
            "Best rating, by memory",
            "best_by_memory/ratings",
            "benchmarks.by_memory",
            ("estimated",),
            choose="board",
            choice="Board",
            ends=True,
            caption="By the size of the weights at 16, 8 or 4 bits. The rating is that of the model as the board ran it, not of "
            "the smaller form. Ratings of different days of a board of the Arena are not comparable.",
        ),
    ),
)

USE = Chart(
    table=RATING_AND_DOWNLOADS,
    name="Rating beside downloads",
    panels=(
        Panel(
            "Open models: rating and downloads",
            "rating_and_downloads/models",
            "benchmarks.rating_and_downloads",
            ("measured",),
            choose="board",
            choice="Board",
            caption="One mark for each repository, by its best-rated setting. Only models whose names are matched.",
        ),
    ),
)

CHARTS = (CAPABILITY, ARENA, GAP, RELEASES, MEMORY, USE)
# Finished: the best open model has more than 100% of the reference score.
HISTORY = (CLOSURE,)
