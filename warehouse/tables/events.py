"""What is worth telling: milestones and alerts, found by SQL, kept for ever, told once."""

from warehouse.table import Column, Table, required

KINDS = ("milestone", "record", "acceleration", "spike", "mass_drop", "stale_source")

_EVENT = {
    "event": required("VARCHAR", "Name of the event, stable: the same happening has the same name in every release."),
    "kind": required(
        "VARCHAR",
        "milestone: a round number was passed; record: a series is higher than ever, again; acceleration: growth over four "
        "weeks is half as much again as over the four before; spike: a weekly rise five times the usual; mass_drop: more "
        "than 5 percent gone in a week; stale_source: a source was not collected for more than 9 days.",
    ),
    "source": required("VARCHAR", "Whose figure it is, or which source is stale: key into meta.source."),
    "metric": Column("VARCHAR", "The figure: key into core.metric; NULL for a source."),
    "entity": Column("VARCHAR", "Of what: all models, a community; NULL for a source."),
    "basis": Column("VARCHAR", "measured; NULL for a source."),
    "period_start": required(
        "DATE", "Day of the reading that shows it; for a stale source the day of the attempts that found it so."
    ),
    "value": Column("DOUBLE", "The figure of that day, in unit; for a stale source days since it was last collected."),
    "value_before": Column(
        "DOUBLE",
        "What it is held up against, in unit: the reading before, the record before, or that of four weeks before.",
    ),
    "threshold": Column("DOUBLE", "milestone: the round number, in unit."),
    "growth_pct": Column("DOUBLE", "Growth from value_before to value, in percent."),
    "usual_pct": Column(
        "DOUBLE", "acceleration: growth over the four weeks before; spike: median weekly change before; in percent."
    ),
    "unit": required("VARCHAR", "Unit of value, value_before and threshold."),
    "definition_changed": required(
        "BOOLEAN",
        "Whether what is counted was changed in this time (meta.definition_change): then it may be no growth.",
    ),
    "statement": required("VARCHAR", "The event as a sentence."),
}
_CHECKS = {"kind is one of the six": f"kind in {KINDS}"}

MILESTONE = Table(
    name="growth.milestone",
    description=(
        "Every event that the figures tell, as they are believed now. meta.event keeps each as it was first found; "
        "docs/methods/milestone.md has the rules."
    ),
    grain="each event",
    key=("event",),
    columns=_EVENT,
    checks=_CHECKS,
)

EVENT = Table(
    name="meta.event",
    description=(
        "Every event as it was first found, append-only: a figure that is corrected later takes none back. The feed "
        "published/feed.xml tells the newest."
    ),
    grain="each event",
    key=("event",),
    columns={
        **_EVENT,
        "recorded_at": required("TIMESTAMPTZ", "When it was found."),
        "is_news": required(
            "BOOLEAN",
            "Whether it happened since the release before: only then is it posted. What the first release finds, or what is "
            "found in weeks that were loaded later, is not news.",
        ),
    },
    checks=_CHECKS,
)

ALERT = Table(
    name="meta.alert",
    description=(
        "The events that were posted to TIDEGAUGE_ALERT_URL and accepted there: none is posted again. They are posted after "
        "their release, so a release names those of the releases before it."
    ),
    grain="each event that was posted",
    key=("event",),
    columns={
        "event": required("VARCHAR", "The event: meta.event.event."),
        "sent_at": required("TIMESTAMPTZ", "When it was accepted."),
    },
)
