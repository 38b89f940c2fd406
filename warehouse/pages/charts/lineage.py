"""Charts of lineage: derivatives of a family, their distance from its roots, and how many parents are known."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import LINEAGE_COVERAGE, LINEAGE_DEPTH, MODEL_DERIVATIVES

DERIVATIVES = Chart(
    table=MODEL_DERIVATIVES,
    name="Models built on a family",
    panels=(
        Panel(
            "The largest families in the newest week",
            "model_derivatives/newest_week",
            "lineage.families",
            ("measured",),
            caption="At least: a model that does not name its base is not counted. Families overlap; do not add them up.",
        ),
        Panel(
            "Week by week",
            "model_derivatives/weekly",
            "lineage.family",
            ("measured",),
            choose="family",
            choice="Family",
        ),
        Panel(
            "As reported: LLaMA and Llama 2",
            "model_derivatives/published",
            "lineage.published",
            ("published",),
            caption="120+ is at least 120.",
        ),
    ),
)


DEPTH = Chart(
    table=LINEAGE_DEPTH,
    name="Distance from the root model",
    panels=(
        Panel(
            "Derivatives by distance from a root, newest week",
            "lineage_depth/newest_week",
            "lineage.depths",
            ("measured",),
            choose="family",
            choice="Family",
        ),
    ),
)


COVERAGE = Chart(
    table=LINEAGE_COVERAGE,
    name="Known parents",
    panels=(
        Panel(
            "Models with a known parent",
            "lineage_coverage/weekly",
            "lineage.coverage",
            ("measured",),
            ends=True,
            caption="All counts of derivatives depend on this share.",
        ),
    ),
)

CHARTS = (DERIVATIVES, DEPTH, COVERAGE)
