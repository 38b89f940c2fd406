"""`core.*` and what is derived from it: changes between two weekly readings, and the quality of each reading."""

from warehouse.tables.chart_columns import ORIGIN, PERIOD
from warehouse.tables.table import Column, Table, required

EVENTS = (
    "added", "removed", "returned", "renamed", "gated", "ungated", "gating_changed", "relicensed",
)  # fmt: skip

_WEEK = required("DATE", "Monday of the ISO week of the walk, UTC.")
_MODEL_KEY = required("INTEGER", "The model.", references="core.model.model_key")
_HUB_ID = required("VARCHAR", "The model.", references="core.model.hub_id")

_CHANGE = {
    "event": required(
        "VARCHAR",
        "added: seen for the first time, under any name; removed: in the previous reading but no longer; returned: back "
        "after a removal; renamed; gated: access to the files now requires consent; ungated: it no longer does; "
        "gating_changed: another kind of consent, or the Hub did not state it in one of the two readings; relicensed.",
    ),
    "before": Column(
        "VARCHAR",
        "Name, gating or licence tag when last seen; NULL where there was none, and for added, removed and returned.",
    ),
    "after": Column(
        "VARCHAR", "Name, gating or licence tag now; NULL where there is none, and for added, removed and returned."
    ),
}

BASE_MODEL_EVENT = Table(
    name="base.model_event",
    description="Changes of models between two readings, stored by key. Query core.model_event instead.",
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
        "Changes of models: each weekly reading compared with the previous one, even if weeks are missing between them. "
        "The first week has no events."
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
        "fall: a counter that can only grow is lower than in the previous reading; recovery: in one step the counter "
        "returns to its value before a fall of the last eight weeks, or higher, and regains at least half of the fall.",
    ),
    "before": required("BIGINT", "The counter in the previous reading."),
    "after": required("BIGINT", "The counter in this week."),
    "amount": required(
        "BIGINT",
        "Downloads that the step removed (fall) or restored (recovery: up to the highest value before the fall).",
    ),
}

BASE_COUNTER_RESTATEMENT = Table(
    name="base.counter_restatement",
    description="Counters that were restated, stored by key. Query core.counter_restatement instead.",
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
        "All-time counters that fell, and those that recovered: restatements by the Hub, not negative downloads. "
        "core.model_week keeps both readings."
    ),
    grain="each model, counter and week in which it was seen",
    key=("week", "hub_id", "counter"),
    columns={"week": _WEEK, "hub_id": _HUB_ID, **_RESTATED},
    is_view=True,
)

_SPIKE = {
    "downloads_30d": required("BIGINT", "The model's 30-day downloads in this week, as stated by the Hub."),
    "usual": Column(
        "DOUBLE",
        "The median of its 30-day downloads over the last eight weeks with a reading before this one; NULL with fewer "
        "than three.",
    ),
    "readings": required("BIGINT", "Number of these eight weeks that have a figure for it."),
    "kept": required(
        "BIGINT",
        "The cap, which counts in the robust total: the larger of 10 x usual and usual + 10,000; 10,000 where usual is "
        "not known.",
    ),
}

BASE_DOWNLOAD_SPIKE = Table(
    name="base.download_spike",
    description="Models whose downloads are far above their own history, stored by key. Query core.download_spike instead.",
    grain="each model and week in which it was far above its own history",
    key=("week", "model_key"),
    columns={"week": _WEEK, "model_key": _MODEL_KEY, **_SPIKE},
    checks={"the cap lies below the counter": "kept >= 0 and kept < downloads_30d"},
)

DOWNLOAD_SPIKE = Table(
    name="core.download_spike",
    description=(
        "Models whose 30-day downloads are far above their own history, or that are large and have no history yet: bots, "
        "crawls and real successes alike. The robust totals leave out what is above the cap."
    ),
    grain="each model and week in which it was far above its own history",
    key=("week", "hub_id"),
    columns={"week": _WEEK, "hub_id": _HUB_ID, **_SPIKE},
    is_view=True,
)

_FIRST = "NULL for the first week."
_UNSEEN = "NULL for the first week, and for weeks that were read before events were recorded."

HUB_WEEK = Table(
    name="core.hub_week",
    description=(
        "Each weekly reading of the Hub: totals, downloads since the previous reading, changes of models, and whether "
        "the counters are reliable. docs/methods/hub_downloads.md has the rules."
    ),
    grain="each week of a complete walk",
    key=("week",),
    columns={
        "week": _WEEK,
        "source": required("VARCHAR", "The source.", references="meta.source.source"),
        "observed_at": required("TIMESTAMPTZ", "The time that the walk represents."),
        "week_before": Column(
            "DATE", f"Week of the previous reading, even if weeks are missing between them. {_FIRST}"
        ),
        "observed_before": Column("TIMESTAMPTZ", f"The time that the previous reading represents. {_FIRST}"),
        "days_since_before": Column("DOUBLE", f"Days between these two times. {_FIRST}"),
        "models": required("BIGINT", "Public models."),
        "downloads_30d": Column(
            "BIGINT", "Sum of the 30-day counters, over the models that have one; NULL where none has."
        ),
        "downloads_30d_robust": Column(
            "BIGINT",
            "The same with each model limited to the cap of core.download_spike, so that a few crawled models cannot "
            "distort it. NULL for the first three weeks, which have no history to compare with.",
        ),
        "share_removed_pct": Column(
            "DOUBLE", "What the cap removes, in percent of downloads_30d; NULL like downloads_30d_robust."
        ),
        "models_spiking": Column(
            "BIGINT", "Models of this week in core.download_spike; NULL like downloads_30d_robust."
        ),
        "downloads_all_time": Column("BIGINT", "Sum of the all-time counters, over the models that have one."),
        "models_compared": Column(
            "BIGINT", f"Models whose all-time counter is known in this and in the previous reading. {_FIRST}"
        ),
        "flow": Column(
            "BIGINT",
            "Downloads since the previous reading: the sum of the increases of the all-time counters over the models "
            "compared; a counter that fell adds 0. Downloads of removed models before their removal, and of returned "
            "models while they were absent, are unknown and not included. NULL without a model to compare.",
        ),
        "flow_recovered": Column(
            "BIGINT", "The part of flow that only recovered from an earlier fall: see core.counter_restatement."
        ),
        "flow_of_new": Column(
            "BIGINT", f"Downloads of added models that were created since the previous reading; not in flow. {_FIRST}"
        ),
        "unplaced": Column(
            "BIGINT",
            "All-time downloads of added models that are older than the previous reading: they were not public then, and "
            f"the time of their downloads is unknown. Not in any flow. {_FIRST}",
        ),
        "flow_robust": Column(
            "BIGINT",
            "flow - flow_recovered + flow_of_new, with each model of core.download_spike limited to its cap for the days "
            "between the readings (kept x days / 30). NULL like downloads_30d_robust.",
        ),
        "downloads_30d_of_removed": Column(
            "BIGINT",
            f"30-day downloads, in the previous reading, of the models that were removed: the size of what flow misses. "
            f"Also NULL where none of them had the counter. {_FIRST}",
        ),
        "restated_down": Column("BIGINT", f"Sum of the falls of all-time counters. {_FIRST}"),
        "models_restated_down": Column("BIGINT", f"Models whose all-time counter fell. {_FIRST}"),
        "share_fallen_pct": Column(
            "DOUBLE", "models_restated_down in percent of models_compared; NULL without a model compared."
        ),
        "models_large": Column(
            "BIGINT",
            f"Models that still exist and had more than 60,000 30-day downloads in the previous reading. {_FIRST}",
        ),
        "share_large_unchanged_pct": Column(
            "DOUBLE",
            "Of models_large, those with one or both counters unchanged, in percent; NULL without a large model.",
        ),
        "models_frozen": Column(
            "BIGINT",
            "Models with the same 30-day number above 0 in every reading of the last 35 days or more. NULL where the "
            "readings do not reach back that far.",
        ),
        "share_frozen_pct": Column(
            "DOUBLE", "Share of models_frozen in downloads_30d, in percent; NULL like models_frozen."
        ),
        "stalled": Column("BOOLEAN", "Whether more than 25% of the large models are unchanged; NULL if not known."),
        "rolled_back": Column("BOOLEAN", "Whether more than 5% of the models compared fell; NULL if not known."),
        "frozen": Column("BOOLEAN", "Whether frozen models have more than 1% of downloads_30d; NULL if not known."),
        "added": Column("BIGINT", f"Models seen for the first time. {_FIRST}"),
        "removed": Column("BIGINT", f"Models that no longer exist. {_FIRST}"),
        "returned": Column("BIGINT", f"Models that exist again. {_FIRST}"),
        "renamed": Column("BIGINT", f"Models with a new name. {_UNSEEN}"),
        "gated": Column("BIGINT", f"Models whose files now require consent and did not before. {_UNSEEN}"),
        "ungated": Column("BIGINT", f"Models whose files no longer require consent. {_UNSEEN}"),
        "relicensed": Column("BIGINT", f"Models with a new or changed licence tag. {_UNSEEN}"),
    },
    checks={
        "time runs forward": "week_before < week and observed_before < observed_at",
        "the reading before is known or not": "(week_before is null) = (observed_before is null)",
        "counters are not negative": (
            "least(models, downloads_30d, downloads_30d_robust, downloads_all_time, flow, flow_of_new, unplaced, "
            "flow_robust, restated_down) >= 0"
        ),
        "a robust figure is not larger": (
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
        "Downloads in calendar months, quarters and years, estimated from the weekly readings by two methods, only for "
        "the days that were observed. Filter by grain and is_primary before you add: both methods count the same "
        "downloads. docs/methods/calendar_downloads.md has the rules."
    ),
    grain="each grain, period, method and source",
    key=("grain", "period_start", "method", "source"),
    columns={
        "grain": required("VARCHAR", "month, quarter or year, UTC."),
        "period_start": required("DATE", "First day of the period."),
        "method": required(
            "VARCHAR",
            "all_time_deltas: the increase of the all-time counters between two readings, spread evenly over the time "
            "between; windows_30d: the 30-day counters, weighted by the share of the window that lies in the month.",
        ),
        "is_primary": required(
            "BOOLEAN", "true for all_time_deltas. The other method is there to compare: never add the two."
        ),
        "downloads": required(
            "BIGINT", "Downloads in the observed days of the period; nothing is added for the others."
        ),
        "downloads_robust": Column(
            "BIGINT",
            "The same from the robust totals, which a few crawled models cannot distort; NULL where a reading has no "
            "robust total.",
        ),
        "low": Column(
            "BIGINT",
            "all_time_deltas: only downloads between readings that both lie in the period; windows_30d: the smallest of "
            "the windows that lie in the month for 20 days or more (NULL without one), or downloads if that is less.",
        ),
        "high": Column(
            "BIGINT",
            "all_time_deltas: all downloads between readings of which one lies in the period or that span it, including "
            "recovered downloads and those of unknown time; windows_30d: the largest of the windows that low uses.",
        ),
        "days_observed": required("DOUBLE", "Days of the period that lie between two readings, or in a window."),
        "days_in_period": required("BIGINT", "Days of the period."),
        "is_partial": required("BOOLEAN", "true: not all days of the period were observed."),
        "flag": Column(
            "VARCHAR",
            "Caveats, separated by commas; NULL if none. partial: not all days were observed; long_interval: "
            "more than 10 days lie between two readings; stalled, rolled_back, frozen: a reading has that flag in "
            "core.hub_week.",
        ),
        "difference_pct": Column(
            "DOUBLE",
            "Difference of downloads per observed day from the other method, in percent of the other; NULL where the "
            "other has none.",
        ),
        **ORIGIN,
    },
    checks={
        "grain is one of the three": "grain in ('month', 'quarter', 'year')",
        "method is one of the two": "method in ('all_time_deltas', 'windows_30d')",
        "downloads lie between low and high": "downloads >= 0 and low <= downloads and downloads <= high",
        "a robust figure is not larger": "downloads_robust <= downloads",
        "no more days than there are": "days_observed > 0 and days_observed <= days_in_period",
    },
)

BIRTHS_AND_DEATHS = Table(
    name="charts.births_and_deaths",
    description=(
        "Models added and removed from week to week, and for comparison the survivors' curve: the models that exist "
        "today by their date of creation, which misses all deleted models."
    ),
    grain="each week, basis and source",
    key=("period_start", "basis", "source"),
    columns={
        **PERIOD,
        "births": Column(
            "BIGINT", "Models first seen in this week's reading; NULL in weeks without a reading, and in the first."
        ),
        "deaths": Column("BIGINT", "Models no longer in this week's reading; NULL like births."),
        "returns": Column("BIGINT", "Models that exist again; NULL like births."),
        "net": Column("BIGINT", "births + returns - deaths: the change of the number of models; NULL like births."),
        "days_since_before": Column(
            "DOUBLE", "Days that births to relicensings cover; more than 7 after a missed week."
        ),
        "births_gone": Column("BIGINT", "Of births, those missing from the newest reading; NULL like births."),
        "survivors_of_interval": Column(
            "BIGINT",
            "Models of the newest reading that were created between this week's reading and the one before; NULL like "
            "births.",
        ),
        "difference": Column(
            "BIGINT",
            "births - survivors_of_interval: what the survivors' curve misses. Negative where models were created in "
            "these days and made public later.",
        ),
        "survivors": Column(
            "BIGINT",
            "The survivors' curve: models of the newest reading that were created in this calendar week. NULL before March "
            "2022, when the Hub began to record dates, and in the week of the newest reading, which was incomplete.",
        ),
        "renames": Column("BIGINT", "Models with a new name; NULL like births."),
        "gatings": Column("BIGINT", "Models whose files now require consent and did not before; NULL like births."),
        "ungatings": Column("BIGINT", "Models whose files no longer require consent; NULL like births."),
        "relicensings": Column("BIGINT", "Models with a changed licence tag; NULL like births."),
        **ORIGIN,
    },
    checks={
        "what is gone was born": "births_gone between 0 and births",
        "counts are not negative": "least(births, deaths, returns, survivors, survivors_of_interval) >= 0",
    },
)

CONCENTRATION_WEEK = Table(
    name="core.concentration_week",
    description=(
        "How unequally the downloads of 30 days are spread, over models and over authors, in each weekly reading. Only those "
        "with the counter count. Most models have no downloads and a mean says little: quote the median and these shares. "
        "Authors are the owners when the week was loaded. docs/methods/concentration.md has the definitions."
    ),
    grain="each week of a complete walk, for models and for authors",
    key=("week", "entity"),
    columns={
        "week": _WEEK,
        "entity": required("VARCHAR", "Over which entities: model or author."),
        "entities": required("BIGINT", "Models or authors with a 30-day counter; for an author, that of any model."),
        "without_counter": required("BIGINT", "Models or authors for which the Hub states no counter; not counted."),
        "downloads_30d": Column("BIGINT", "Sum of the 30-day counters; NULL where none is known."),
        "without_downloads": required("BIGINT", "Of entities, those whose counter is 0."),
        "share_without_downloads_pct": Column("DOUBLE", "without_downloads in percent of entities."),
        "median_downloads_30d": Column("DOUBLE", "Half of the entities have at most so many downloads in 30 days."),
        "entities_in_top_1_pct": required("BIGINT", "The number of the top 1%: entities / 100, rounded up."),
        "share_of_top_1_pct": Column(
            "DOUBLE",
            "Share of the top 1% with the most downloads in downloads_30d, in percent; NULL without downloads.",
        ),
        "gini": Column(
            "DOUBLE",
            "Gini coefficient of the 30-day counters: 0 if all are equal, close to 1 if one has everything. NULL without "
            "downloads.",
        ),
    },
    checks={
        "entity is one of the two": "entity in ('model', 'author')",
        "counts are not negative": "least(entities, without_counter, downloads_30d, without_downloads) >= 0",
        "a part is not larger than the whole": "without_downloads <= entities and entities_in_top_1_pct <= entities",
        "shares are between 0 and 100": (
            "share_without_downloads_pct between 0 and 100 and coalesce(share_of_top_1_pct between 0 and 100, true)"
        ),
        "gini is between 0 and 1": "gini between 0 and 1",
        "what has downloads has a concentration": "coalesce(downloads_30d, 0) = 0 or gini is not null",
    },
)

TABLES = (
    BASE_MODEL_EVENT, MODEL_EVENT, BASE_COUNTER_RESTATEMENT, COUNTER_RESTATEMENT, BASE_DOWNLOAD_SPIKE, DOWNLOAD_SPIKE, HUB_WEEK,
    CONCENTRATION_WEEK,
)  # fmt: skip
