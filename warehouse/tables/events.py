"""What is worth telling: milestones and alerts, found by SQL, kept for ever, told once."""

from warehouse.tables.table import Column, Table, required

ALERTS = ("mass_drop", "implausible", "stale_source", "shape_change", "set_aside")
KINDS = ("milestone", "record", "acceleration", "spike", *ALERTS)

_EVENT = {
    "event": required("VARCHAR", "Name of the event, stable: the same happening has the same name in every release."),
    "kind": required(
        "VARCHAR",
        "milestone: a round number was passed; record: a series is higher than ever, again; acceleration: growth over four "
        "weeks is half as much again as over the four before; spike: a weekly rise five times the usual; mass_drop: more "
        "than 5 percent gone in a week; implausible: a figure of 10,000 or more doubled or halved in a week; stale_source: a "
        "source was not collected for more than 9 days; shape_change: a source's answers have other fields than before; "
        "set_aside: more than 1 percent of a week's records were not taken as they came. docs/operations.md says what to do "
        "about the last five.",
    ),
    "source": required("VARCHAR", "Whose figure it is, or which source is stale: key into meta.source."),
    "metric": Column("VARCHAR", "The figure: key into core.metric; NULL for a source."),
    "entity": Column("VARCHAR", "Of what: all models, a community; NULL for a source."),
    "basis": Column("VARCHAR", "measured; NULL for a source."),
    "period_start": required(
        "DATE",
        "Day of the reading or of the answers that show it; for a stale source the day of the attempts that found it so.",
    ),
    "value": Column(
        "DOUBLE",
        "The figure of that day, in unit; stale_source: days since it was last collected; shape_change, set_aside: how many.",
    ),
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
_CHECKS = {"kind is one of the nine": f"kind in {KINDS}"}

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

ANSWER_FIELD = Table(
    name="meta.answer_field",
    description=(
        "The fields that each source's answers have had, by their path, so that a change of form is noticed: a new one, one "
        "that stays out, one of another type. Of lists the first entries are looked at."
    ),
    grain="each source and field",
    key=("source", "field"),
    made_by=("core/observation",),
    columns={
        "source": required("VARCHAR", "Whose answers: key into meta.source."),
        "field": required("VARCHAR", "Path of the field, such as data[].value; of a table the column."),
        "types": required(
            "VARCHAR", "Every type that it has had beside null, separated by commas; empty if it was always null."
        ),
        "types_before": Column("VARCHAR", "Its types before the last one was added; NULL if none was."),
        "retyped_on": Column("DATE", "Day on which its last type was added; NULL if none was."),
        "first_seen_on": required("DATE", "Day of the first answers that had it."),
        "last_seen_on": required("DATE", "Day of the newest answers that had it."),
        "last_looked_on": required("DATE", "Day of the newest answers of the source."),
        "times_seen": required("INTEGER", "Days whose answers had it."),
        "times_missed": required("INTEGER", "Days after the first whose answers did not have it."),
    },
    checks={"a field is seen on a day of answers": "first_seen_on <= last_seen_on and last_seen_on <= last_looked_on"},
)
