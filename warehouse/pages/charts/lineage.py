"""Models built on models: derivatives of a family, how far they are from it, and how much of the ancestry is known."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import LINEAGE_COVERAGE, LINEAGE_DEPTH, MODEL_DERIVATIVES

DERIVATIVES = Chart(
    table=MODEL_DERIVATIVES,
    name="Models built on a family",
    panels=(
        Panel(
            "As printed: LLaMA and Llama 2",
            "model_derivatives/published",
            "lineage.published",
            ("published",),
            caption="120+ is at least 120.",
        ),
        Panel(
            "The largest families in the newest walk",
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
    ),
)


DEPTH = Chart(
    table=LINEAGE_DEPTH,
    name="How far from the root",
    panels=(
        Panel(
            "Derivatives by their distance from the family's roots, newest week",
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
    name="How much of the ancestry is known",
    panels=(
        Panel(
            "Models with a known parent",
            "lineage_coverage/weekly",
            "lineage.coverage",
            ("measured",),
            ends=True,
            caption="Every count of derivatives rests on this.",
        ),
    ),
)

CHARTS = (DERIVATIVES, DEPTH, COVERAGE)
