"""Under which terms: licences, how they drift from parent to child, what was claimed, and what changed its meaning."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import CLAIM_AUDIT
from warehouse.tables.charts.models import LICENCE_DRIFT, LICENCES
from warehouse.tables.definition_change import DEFINITION_MARK

CLASSES = Chart(
    table=LICENCES,
    name="Licences",
    panels=(
        Panel(
            "Newest week: share of models, and of downloads",
            "licences/newest_week",
            "licences.classes",
            ("measured",),
        ),
        Panel(
            "Week by week",
            "licences/weekly",
            "licences.weeks",
            ("measured",),
            choose="choice",
            choice="Show",
            ends=True,
            caption="The newest sorting of licence tags into classes holds for all weeks.",
        ),
    ),
)


DRIFT = Chart(
    table=LICENCE_DRIFT,
    name="Licences from parent to child",
    panels=(
        Panel(
            "Pairs of parent (rows) and child (columns), newest week",
            "licence_drift/pairs",
            "licences.drift",
            ("measured",),
            choose="relation",
            choice="Relation",
            caption="A frame marks pairs in which the child's licence allows more than its parent's.",
        ),
    ),
)


CLAIMS = Chart(
    table=CLAIM_AUDIT,
    name="Claims, computed again",
    panels=(
        Panel(
            "Claims of the post by chart and verdict",
            "claim_audit/verdicts",
            "licences.verdicts",
            ("estimated",),
            caption="The table gives each claim, what was printed, what comes out, and why.",
        ),
    ),
)


CHANGES = Chart(
    table=DEFINITION_MARK,
    name="Changes of definition",
    panels=(
        Panel(
            "When, and in which charts",
            "definition_mark/changes",
            "licences.register",
            ("published",),
        ),
    ),
)

CHARTS = (CLASSES, DRIFT)
AUDIT = (CLAIMS, CHANGES)
