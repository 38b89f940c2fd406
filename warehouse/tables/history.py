"""`core.*` and what rests on it: what happened between the readings of two weeks, and what a week's reading is worth."""

from warehouse.tables.chart_columns import ORIGIN, PERIOD
from warehouse.tables.table import Column, Table, required

EVENTS = (
    "added", "removed", "returned", "renamed", "gated", "ungated", "gating_changed", "relicensed",
)  # fmt: skip

_WEEK = required("DATE", "Monday of the ISO week of the walk, UTC.")
_MODEL_KEY = required("INTEGER", "The model: core.model.model_key.")
_HUB_ID = required("VARCHAR", "The model: core.model.hub_id.")

_CHANGE = {
    "event": required(
        "VARCHAR",
        "added: never seen before, not even under another name; removed: there at the reading before, and no longer; "
        "returned: there again; renamed; gated: files need consent now, and did not; ungated: the other way round; "
        "gating_changed: consent of another kind, or the Hub did not say at one of the two readings; relicensed.",
    ),
    "before": Column(
        "VARCHAR",
        "Name, gating or licence tag when it was last seen; NULL where there was none, and for added to returned.",
    ),
    "after": Column("VARCHAR", "Name, gating or licence tag now; NULL where there is none, and for added to returned."),
}

BASE_MODEL_EVENT = Table(
    name="base.model_event",
    description="What happened to models between two readings, in narrow form; read it through core.model_event.",
    grain="each model, event and week in which it was seen",
    key=("week", "model_key", "event"),
    columns={"week": _WEEK, "model_key": _MODEL_KEY, **_CHANGE},
    checks={
        "event is one of the eight": f"event in {EVENTS}",
        "what has changed differs": ("before is distinct from after or event in ('added', 'removed', 'returned')"),
    },
)

MODEL_EVENT = Table(
    name="core.model_event",
    description=(
        "What happened to models, as it was seen: each week's reading against the one before it, whether or not weeks lie "
        "between. The first week has no events: what was there then was not seen to come."
    ),
    grain="each model, event and week in which it was seen",
    key=("week", "hub_id", "event"),
    columns={"week": _WEEK, "hub_id": _HUB_ID, **_CHANGE},
    is_view=True,
)

_RESTATED = {
    "counter": required("VARCHAR", "Which counter: downloads_all_time."),
    "kind": required(
        "VARCHAR",
        "fall: a counter that can only grow stands lower than at the reading before; recovery: it stands, in one step, "
        "where it stood before a fall of the eight weeks before, or higher, and half of the fall or more is regained in it.",
    ),
    "before": required("BIGINT", "The counter at the reading before."),
    "after": required("BIGINT", "The counter in this week."),
    "amount": required(
        "BIGINT",
        "What was taken back (fall), or given back (recovery: up to the highest before the fall), in downloads.",
    ),
}

BASE_COUNTER_RESTATEMENT = Table(
    name="base.counter_restatement",
    description="Counters that were restated, in narrow form; read it through core.counter_restatement.",
    grain="each model, counter and week in which it was seen",
    key=("week", "model_key", "counter"),
    columns={"week": _WEEK, "model_key": _MODEL_KEY, **_RESTATED},
    checks={
        "kind is one of the two": "kind in ('fall', 'recovery')",
        "a fall falls and a recovery rises": "if(kind = 'fall', after < before, after > before)",
        "the amount is a part of the step": "amount between 1 and abs(after - before)",
    },
)

COUNTER_RESTATEMENT = Table(
    name="core.counter_restatement",
    description=(
        "All-time counters that fell, and those that came back: the Hub's restatements, and never negative downloads. Both "
        "readings stay in core.model_week."
    ),
    grain="each model, counter and week in which it was seen",
    key=("week", "hub_id", "counter"),
    columns={"week": _WEEK, "hub_id": _HUB_ID, **_RESTATED},
    is_view=True,
)

_SPIKE = {
    "downloads_30d": required("BIGINT", "The model's 30-day downloads in this week, as the Hub gives them."),
    "usual": Column(
        "DOUBLE",
        "The median of its 30-day downloads over the last eight weeks that were read before this one; NULL where it has "
        "fewer than three.",
    ),
    "readings": required("BIGINT", "How many of these eight weeks have a figure for it."),
    "kept": required(
        "BIGINT",
        "What counts in the robust total: the larger of 10 x usual and usual + 10,000; 10,000 where usual is not known.",
    ),
}

BASE_DOWNLOAD_SPIKE = Table(
    name="base.download_spike",
    description="Models far above their own history, in narrow form; read it through core.download_spike.",
    grain="each model and week in which it was far above its own history",
    key=("week", "model_key"),
    columns={"week": _WEEK, "model_key": _MODEL_KEY, **_SPIKE},
    checks={"something is taken away": "kept >= 0 and kept < downloads_30d"},
)

DOWNLOAD_SPIKE = Table(
    name="core.download_spike",
    description=(
        "Models whose 30-day downloads are far above their own history, or that have none yet and are large: bots, crawls, "
        "and true successes alike. What is above the cap is left out of the robust totals."
    ),
    grain="each model and week in which it was far above its own history",
    key=("week", "hub_id"),
    columns={"week": _WEEK, "hub_id": _HUB_ID, **_SPIKE},
    is_view=True,
)

_FIRST = "NULL for the first week."
_UNSEEN = "NULL for the first week, and for weeks that were read before events were kept."

HUB_WEEK = Table(
    name="core.hub_week",
    description=(
        "Each week of the Hub as it was read: totals, what flowed since the reading before, what happened to models, and "
        "whether the counters were to be trusted. docs/methods/hub_downloads.md has the rules."
    ),
    grain="each week of a complete walk",
    key=("week",),
    columns={
        "week": _WEEK,
        "source": required("VARCHAR", "Who says so: key into meta.source."),
        "observed_at": required("TIMESTAMPTZ", "The moment that the walk stands for."),
        "week_before": Column("DATE", f"Week of the reading before, whether or not weeks lie between. {_FIRST}"),
        "observed_before": Column("TIMESTAMPTZ", f"The moment that the reading before stands for. {_FIRST}"),
        "days_since_before": Column("DOUBLE", f"Days between the two moments. {_FIRST}"),
        "models": required("BIGINT", "Public models."),
        "downloads_30d": Column(
            "BIGINT", "Sum of the 30-day counters, over the models that have one; NULL where none has."
        ),
        "downloads_30d_robust": Column(
            "BIGINT",
            "The same with each model cut at the cap of core.download_spike: a handful of crawled models cannot move it. "
            "NULL for the first three weeks: there is no history to hold it against.",
        ),
        "share_removed_pct": Column("DOUBLE", "What the cap takes away, in percent of downloads_30d; NULL as above."),
        "models_spiking": Column("BIGINT", "Models of this week in core.download_spike; NULL as above."),
        "downloads_all_time": Column("BIGINT", "Sum of the all-time counters, over the models that have one."),
        "models_compared": Column(
            "BIGINT", f"Models whose all-time counter is known at this reading and at the one before. {_FIRST}"
        ),
        "flow": Column(
            "BIGINT",
            "Downloads since the reading before: over the models compared, the sum of what their all-time counters rose; one "
            "that fell adds 0. What removed models had until they went, and returned ones while away, is not known and not "
            "in it. NULL without a model to compare.",
        ),
        "flow_recovered": Column(
            "BIGINT", "Of flow, what only gave back an earlier fall: the recoveries of core.counter_restatement."
        ),
        "flow_of_new": Column(
            "BIGINT", f"Downloads of added models that were made since the reading before; not in flow. {_FIRST}"
        ),
        "unplaced": Column(
            "BIGINT",
            "All-time downloads of added models that are older than the reading before: they were not public, and when they "
            f"were downloaded is not known. In no flow. {_FIRST}",
        ),
        "flow_robust": Column(
            "BIGINT",
            "flow - flow_recovered + flow_of_new, with each model of core.download_spike cut at its cap for the days between "
            "the readings (kept x days / 30). NULL as downloads_30d_robust.",
        ),
        "downloads_30d_of_removed": Column(
            "BIGINT",
            f"30-day downloads, at the reading before, of the models that were removed: the size of what flow cannot see. "
            f"NULL too where none of them had one. {_FIRST}",
        ),
        "restated_down": Column("BIGINT", f"What all-time counters fell, in all. {_FIRST}"),
        "models_restated_down": Column("BIGINT", f"Models whose all-time counter fell. {_FIRST}"),
        "share_fallen_pct": Column("DOUBLE", "They in percent of the models compared; NULL without one."),
        "models_large": Column(
            "BIGINT",
            f"Models that are still there and had more than 60,000 30-day downloads at the reading before. {_FIRST}",
        ),
        "share_large_unchanged_pct": Column(
            "DOUBLE", "Of them, those of which one counter or both stand where they stood; NULL without a large model."
        ),
        "models_frozen": Column(
            "BIGINT",
            "Models that show one and the same 30-day number above 0 at every reading of the last 35 days or more. NULL "
            "where the readings do not reach back so far.",
        ),
        "share_frozen_pct": Column("DOUBLE", "Their part of downloads_30d, in percent; NULL as above."),
        "stalled": Column("BOOLEAN", "Whether more than 25% of the large models are unchanged; NULL if not known."),
        "rolled_back": Column("BOOLEAN", "Whether more than 5% of the models compared fell; NULL if not known."),
        "frozen": Column("BOOLEAN", "Whether frozen models have more than 1% of downloads_30d; NULL if not known."),
        "added": Column("BIGINT", f"Models seen for the first time. {_FIRST}"),
        "removed": Column("BIGINT", f"Models that are no longer there. {_FIRST}"),
        "returned": Column("BIGINT", f"Models that are there again. {_FIRST}"),
        "renamed": Column("BIGINT", f"Models with another name. {_UNSEEN}"),
        "gated": Column("BIGINT", f"Models whose files need consent now, and did not. {_UNSEEN}"),
        "ungated": Column("BIGINT", f"Models whose files no longer need consent. {_UNSEEN}"),
        "relicensed": Column("BIGINT", f"Models with another licence tag, or one where there was none. {_UNSEEN}"),
    },
    checks={
        "time runs forward": "week_before < week and observed_before < observed_at",
        "the reading before is known or not": "(week_before is null) = (observed_before is null)",
        "counters are not negative": (
            "least(models, downloads_30d, downloads_30d_robust, downloads_all_time, flow, flow_of_new, unplaced, "
            "flow_robust, restated_down) >= 0"
        ),
        "what is robust is not more": (
            "downloads_30d_robust <= downloads_30d and flow_robust <= flow - flow_recovered + flow_of_new"
        ),
        "a part is not more than the whole": (
            "flow_recovered <= flow and models_compared <= models and models_restated_down <= models_compared "
            "and added + returned <= models"
        ),
        "shares are percentages": (
            "share_removed_pct between 0 and 100 and share_fallen_pct between 0 and 100 "
            "and share_large_unchanged_pct between 0 and 100 and share_frozen_pct between 0 and 100"
        ),
    },
)

CALENDAR_DOWNLOADS = Table(
    name="growth.calendar_downloads",
    description=(
        "Downloads in calendar months, quarters and years, estimated out of the weekly readings by two methods, for the days "
        "that were observed and no others. docs/methods/calendar_downloads.md has the rules."
    ),
    grain="each grain, period, method and source",
    key=("grain", "period_start", "method", "source"),
    columns={
        "grain": required("VARCHAR", "month, quarter or year, UTC."),
        "period_start": required("DATE", "First day of the period."),
        "method": required(
            "VARCHAR",
            "all_time_deltas: what the all-time counters rose between two readings, spread evenly over the time between; "
            "windows_30d: the 30-day counters, weighted by how much of the window lies in the month.",
        ),
        "downloads": required(
            "BIGINT", "Downloads in the observed days of the period; nothing is added for the others."
        ),
        "downloads_robust": Column(
            "BIGINT", "The same that a handful of crawled models cannot move; NULL where a reading has no robust total."
        ),
        "low": Column(
            "BIGINT",
            "all_time_deltas: only what flowed between readings that both lie in the period; windows_30d: the smallest of the "
            "windows that lie in the month for 20 days or more (NULL without one), or downloads if that is less.",
        ),
        "high": Column(
            "BIGINT",
            "all_time_deltas: all that flowed between readings of which one lies in the period or that span it, with what was "
            "recovered or could not be placed in time; windows_30d: as low, the largest.",
        ),
        "days_observed": required("DOUBLE", "Days of the period that lie between two readings, or in a window."),
        "days_in_period": required("BIGINT", "Days of the period."),
        "flag": Column(
            "VARCHAR",
            "What to keep in mind, separated by commas; NULL if nothing. partial: not all days were observed; long_interval: "
            "more than 10 days lie between two readings; stalled, rolled_back, frozen: a reading has that flag in "
            "core.hub_week.",
        ),
        "difference_pct": Column(
            "DOUBLE",
            "Downloads per observed day, against those by the other method, in percent of the other; NULL where that has none.",
        ),
        **ORIGIN,
    },
    checks={
        "grain is one of the three": "grain in ('month', 'quarter', 'year')",
        "method is one of the two": "method in ('all_time_deltas', 'windows_30d')",
        "downloads lie between low and high": "downloads >= 0 and low <= downloads and downloads <= high",
        "what is robust is not more": "downloads_robust <= downloads",
        "no more days than there are": "days_observed > 0 and days_observed <= days_in_period",
    },
)

BIRTHS_AND_DEATHS = Table(
    name="charts.births_and_deaths",
    description=(
        "Models that came and went, as it was seen from week to week, beside the curve that is drawn from those that are left: "
        "the models of today by their date of creation, in which whatever was deleted is missing."
    ),
    grain="each week, basis and source",
    key=("period_start", "basis", "source"),
    columns={
        **PERIOD,
        "births": Column(
            "BIGINT", "Models first seen at this week's reading; NULL in weeks without a reading, and at the first."
        ),
        "deaths": Column("BIGINT", "Models no longer there at this week's reading; NULL as births."),
        "returns": Column("BIGINT", "Models that are there again; NULL as births."),
        "net": Column("BIGINT", "births + returns - deaths: the change of the number of models; NULL as births."),
        "days_since_before": Column(
            "DOUBLE", "Days that births to relicensings cover; more than 7 after a missed week."
        ),
        "births_gone": Column("BIGINT", "Of births, those that are gone at the newest reading; NULL as births."),
        "survivors_of_interval": Column(
            "BIGINT",
            "Models of the newest reading that were created between this week's reading and the one before; NULL as births.",
        ),
        "difference": Column(
            "BIGINT",
            "births - survivors_of_interval: what the survivors' curve does not show. Negative where models were created in "
            "these days and made public later.",
        ),
        "survivors": Column(
            "BIGINT",
            "The survivors' curve: models of the newest reading that were created in this calendar week. NULL before March "
            "2022, when the Hub began to keep dates, and in the week of the newest reading, which was not over.",
        ),
        "renames": Column("BIGINT", "Models with another name; NULL as births."),
        "gatings": Column("BIGINT", "Models whose files need consent now, and did not; NULL as births."),
        "ungatings": Column("BIGINT", "Models whose files no longer need consent; NULL as births."),
        "relicensings": Column("BIGINT", "Models with another licence tag; NULL as births."),
        **ORIGIN,
    },
    checks={
        "what is gone was born": "births_gone between 0 and births",
        "counts are not negative": "least(births, deaths, returns, survivors, survivors_of_interval) >= 0",
    },
)

TABLES = (
    BASE_MODEL_EVENT, MODEL_EVENT, BASE_COUNTER_RESTATEMENT, COUNTER_RESTATEMENT, BASE_DOWNLOAD_SPIKE, DOWNLOAD_SPIKE, HUB_WEEK,
)  # fmt: skip
