"""Charts of licences, and of checks: licence drift, claims recomputed, and changes of definition."""

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
            caption="All weeks use the current classification of licence tags.",
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
    name="Claims, checked",
    panels=(
        Panel(
            "Do they follow from the publication's own figures?",
            "claim_audit/verdicts",
            "licences.verdicts",
            ("estimated",),
            parameters=(True,),
            caption="The table has each claim, the reported figure, the recomputed figure, and the reason.",
        ),
        Panel(
            "Do sources agree?",
            "claim_audit/verdicts",
            "licences.verdicts",
            ("published",),
            parameters=(False,),
            caption="The table has a sentence for each claim: what it says, what the source says, and whether it is first-hand "
            "or a report of others. If nobody has read the source, the sentence says that it is not verified.",
        ),
    ),
)


CHANGES = Chart(
    table=DEFINITION_MARK,
    name="Changes of definition",
    panels=(
        Panel(
            "Date and chart of each change",
            "definition_mark/changes",
            "licences.definition_changes",
            ("published",),
        ),
    ),
)

CHARTS = (CLASSES, DRIFT)
HISTORY = (CLAIMS, CHANGES)
