"""Milestones and alerts: found by SQL, stored permanently, sent once."""

from warehouse.tables.table import Column, Table, required

ALERTS = ("mass_drop", "implausible", "stale_source", "shape_change", "set_aside", "item_set_aside", "unlisted_root")
KINDS = ("milestone", "record", "acceleration", "spike", *ALERTS)

_EVENT = {
    "event": required("VARCHAR", "Stable name of the event: the same event has the same name in every release."),
    "kind": required(
        "VARCHAR",
        "milestone: a round number was passed; record: a series is higher than ever, again; acceleration: growth over "
        "four weeks is 1.5 times that over the four weeks before; spike: a weekly rise of five times the usual; "
        "mass_drop: more than 5 percent removed in a week; implausible: a figure of 10,000 or more doubled or halved in "
        "a week; stale_source: a source was not collected for more than 9 days; shape_change: a source's responses have "
        "other fields than before; set_aside: more than 1 percent of a week's records were rejected or changed; "
        "item_set_aside: an item of a source could not be used; unlisted_root: a root of the lineage that no family holds "
        "passed 100 descendants or 1,000,000 downloads of its own. docs/operations.md says what to do about the last seven.",
    ),
    "source": required("VARCHAR", "Whose figure it is, or which source is stale.", references="meta.source.source"),
    "metric": Column("VARCHAR", "The figure; NULL for a source.", references="core.metric.metric"),
    "entity": Column(
        "VARCHAR", "Of what: all models, a community, the item that was set aside, the root; NULL for a source."
    ),
    "basis": Column("VARCHAR", "measured; NULL for a source."),
    "period_start": required(
        "DATE",
        "Day of the reading or of the responses that show it; for a stale source the day of the attempts that showed it.",
    ),
    "value": Column(
        "DOUBLE",
        "The figure of that day, in unit; stale_source: days since it was last collected; shape_change, set_aside, "
        "item_set_aside: how many.",
    ),
    "value_before": Column(
        "DOUBLE",
        "What it is compared with, in unit: the previous reading, the previous record, or the reading of four weeks "
        "before.",
    ),
    "threshold": Column("DOUBLE", "milestone: the round number, in unit."),
    "growth_pct": Column("DOUBLE", "Growth from value_before to value, in percent."),
    "usual_pct": Column(
        "DOUBLE", "acceleration: growth over the four weeks before; spike: median weekly change before; in percent."
    ),
    "unit": required("VARCHAR", "Unit of value, value_before and threshold."),
    "definition_changed": required(
        "BOOLEAN",
        "Whether the definition of the figure changed in this time (meta.definition_change): then it may not be growth.",
    ),
    "statement": required("VARCHAR", "The event as a sentence."),
}
_CHECKS = {"kind is one of the eleven": f"kind in {KINDS}"}

MILESTONE = Table(
    name="growth.milestone",
    description=(
        "Every event in the figures, as known now. meta.event keeps each event as it was first found; "
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
        "Every event as it was first found, append-only: a later correction of a figure removes none. The feed "
        "published/feed.xml has the newest."
    ),
    grain="each event",
    key=("event",),
    columns={
        **_EVENT,
        "recorded_at": required("TIMESTAMPTZ", "When it was found."),
        "is_news": required(
            "BOOLEAN",
            "Whether it happened since the previous release: only then is it posted. What the first release finds, and "
            "what is found in weeks that were loaded later, is not news.",
        ),
    },
    checks=_CHECKS,
)

ALERT = Table(
    name="meta.alert",
    description=(
        "The events that were posted to TIDEGAUGE_ALERT_URL and accepted: none is posted again. They are posted after "
        "their release, so a release lists those of the earlier releases."
    ),
    grain="each event that was posted",
    key=("event",),
    columns={
        "event": required("VARCHAR", "The event.", references="meta.event.event"),
        "sent_at": required("TIMESTAMPTZ", "When it was accepted."),
    },
)

ANSWER_FIELD = Table(
    name="meta.answer_field",
    description=(
        "The fields of each source's responses, by path, to detect changes of the response format: a new field, a "
        "missing field, a field of another type. Only the first entries of lists are examined."
    ),
    grain="each source and field",
    key=("source", "field"),
    made_by=("core/observation",),
    columns={
        "source": required("VARCHAR", "The source of the responses.", references="meta.source.source"),
        "field": required("VARCHAR", "Path of the field, such as data[].value; for a table the column."),
        "types": required(
            "VARCHAR", "Every type that it has had, except null, separated by commas; empty if it was always null."
        ),
        "types_before": Column("VARCHAR", "Its types before the last one was added; NULL if none was."),
        "retyped_on": Column("DATE", "Day on which its last type was added; NULL if none was."),
        "first_seen_on": required("DATE", "Day of the first responses that had it."),
        "last_seen_on": required("DATE", "Day of the newest responses that had it."),
        "last_looked_on": required("DATE", "Day of the newest responses of the source."),
        "times_seen": required("INTEGER", "Days whose responses had it."),
        "times_missed": required("INTEGER", "Days after the first whose responses did not have it."),
    },
    checks={"a field is seen on a day of answers": "first_seen_on <= last_seen_on and last_seen_on <= last_looked_on"},
)
