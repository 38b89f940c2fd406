"""Events of models (added, removed, renamed, ...) and restated counters: a week compared with the one before."""

import csv
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from warehouse.database.derive import check
from warehouse.hub import staging
from warehouse.hub.totals import sum_up
from warehouse.tables.history import BASE_COUNTER_RESTATEMENT, BASE_MODEL_EVENT

# A rollback is reverted within days; a counter that regains its level later, or gradually, has real downloads.
RECOVERED_WITHIN_DAYS = 56
_LICENCES = Path(__file__).parents[1] / "seeds" / "reference" / "licence_class.csv"


@dataclass(frozen=True)
class WeekOfEvents:
    """Result of a week: events by kind, counters that fell, models far above their own history, and figures of core.hub_week."""

    events: dict[str, int]
    restated: int
    spikes: int
    figures: dict[str, float]


NOTHING = WeekOfEvents({}, 0, 0, {})
# Figures of core.hub_week that the UI plots over the weeks.
_FIGURES = (
    "flow", "flow_robust", "downloads_30d_robust", "share_removed_pct", "share_fallen_pct", "share_large_unchanged_pct",
)  # fmt: skip


def add_week(connection: duckdb.DuckDBPyConnection, week: date, observed_at: datetime, source: str) -> WeekOfEvents:
    """Load the events of `week`, replacing an earlier load of the same week.

    Call it after `models.add_week`, which fills the staging table `changed_model`; weeks must come in order. `observed_at`
    is the edge of the walk, `source` its source key. Weeks that were loaded by a release without events are added first, as
    far as their counters allow.

    Raises:
        CheckError: a declared check fails.
    """
    _compare_attributes(connection)
    for earlier, moment, earlier_source in _weeks_to_catch_up(connection, week):
        _add(connection, earlier, moment, earlier_source, has_attributes=False)
    _add(connection, week, observed_at, source, has_attributes=True)
    restated, spikes = connection.execute(
        """
        select
            (select count(*) from base.counter_restatement where week = $week and kind = 'fall'),
            (select count(*) from base.download_spike where week = $week)
        """,
        {"week": week},
    ).fetchall()[0]
    events = connection.execute(
        "select event, count(*) from base.model_event where week = ? group by event order by event", [week]
    ).fetchall()
    figures = connection.execute(f"select {', '.join(_FIGURES)} from core.hub_week where week = ?", [week]).fetchall()[
        0
    ]
    known = {name: figure for name, figure in zip(_FIGURES, figures, strict=True) if figure is not None}
    return WeekOfEvents(dict(events), restated, spikes, known)


def _weeks_to_catch_up(connection: duckdb.DuckDBPyConnection, week: date) -> list[tuple[date, datetime, str]]:
    """Return earlier weeks without totals, with their time and source: a database of an earlier release has such weeks."""
    if connection.execute("from core.hub_week where week < ? limit 1", [week]).fetchall():
        return []
    return connection.execute(
        """
        select week, walk.observed_at, walk.source
        from (select distinct week from base.model_week where week < $week)
        join core.observation_latest as walk
            on walk.period_start = week and walk.metric = 'hub_models' and walk.basis = 'measured'
        order by week
        """,
        {"week": week},
    ).fetchall()


def _add(
    connection: duckdb.DuckDBPyConnection, week: date, observed_at: datetime, source: str, *, has_attributes: bool
) -> None:
    week_before = connection.execute("select max(week) from core.hub_week where week < ?", [week]).fetchall()[0][0]
    _pair_readings(connection, week, week_before)
    _write_changes(connection, week, has_attributes=has_attributes and week_before is not None)
    _write_restatements(connection, week)
    sum_up(connection, week, week_before, observed_at, source, has_attributes=has_attributes)
    for table in (BASE_MODEL_EVENT, BASE_COUNTER_RESTATEMENT):
        check(connection, table, where=f"week = '{week}'")


def _pair_readings(connection: duckdb.DuckDBPyConnection, week: date, week_before: date | None) -> None:
    """Fill `reading_pair`: the counters of each model in a week and in the loaded week before it."""
    connection.execute(
        """
        create or replace temp table reading_pair as
        select
            coalesce(now.model_key, before.model_key) as model_key,
            now.model_key is not null as is_present,
            before.model_key is not null as was_present,
            now.downloads_30d,
            before.downloads_30d as downloads_30d_before,
            now.downloads_all_time,
            before.downloads_all_time as downloads_all_time_before
        from (from base.model_week where week = $week) as now
        full join (from base.model_week where week = $week_before) as before using (model_key)
        """,
        {"week": week, "week_before": week_before},
    )
    staging.verify(connection, staging.READING_PAIR)


# Licences in the list that are no tags of the Hub: only cards name them, beside the tag "other".
_NAMED_BY_CARDS = frozenset(
    {
        "deepseek",
        "deepseek-license",
        "exaone",
        "falcon-llm-license",
        "flux-1-dev-non-commercial-license",
        "flux-dev-non-commercial-license",
        "glm-4",
        "glm-5.3",
        "health-ai-developer-foundations",
        "jamba-open-model-license",
        "kimi-k3",
        "lfm1.0",
        "ltx-2-community-license-agreement",
        "modified-mit",
        "mrl",
        "nvidia-open-model-license",
        "qwen",
        "qwen-research",
        "qwen3.8-max",
        "stabilityai-ai-community",
        "stabilityai-nc-research-community",
        "tencent-hunyuan-community",
        "tongyi-qianwen",
        "yi-license",
    }
)


def _compare_attributes(connection: duckdb.DuckDBPyConnection) -> None:
    """Find changed names, licences and gating of known models.

    A licence `other` that gets a name of its own, or loses it, is the same licence.
    """
    connection.execute(
        """
        create or replace temp table attribute_change as
        select model_key, 'renamed' as event, id_before as before, id as after
        from changed_model
        where id_before <> id
        union all
        select model_key, 'relicensed' as event, licence_before as before, licence as after
        from changed_model
        where licence_before is distinct from licence
            and not coalesce(
                'other' in (licence_before, licence)
                and not list_contains($listed, if(licence = 'other', licence_before, licence)),
                false
            )
        union all
        select
            model_key,
            case
                when gated_before = 'no' and gated <> 'no' then 'gated'
                when gated_before <> 'no' and gated = 'no' then 'ungated'
                else 'gating_changed'
            end as event,
            gated_before as before,
            gated as after
        from changed_model
        where gated_before is distinct from gated
        """,
        {"listed": _listed_licences()},
    )


def _listed_licences() -> list[str]:
    """Return the licences that the Hub lists as tags; any other one is a name that an author gave."""
    with _LICENCES.open(encoding="utf-8", newline="") as file:
        return [row["licence"] for row in csv.DictReader(file) if row["licence"] not in _NAMED_BY_CARDS]


def _write_changes(connection: duckdb.DuckDBPyConnection, week: date, *, has_attributes: bool) -> None:
    connection.execute("delete from base.model_event where week = ?", [week])
    # A model that was removed before and is on the Hub again has returned.
    connection.execute(
        """
        insert into base.model_event by name
        with presence as (
            select
                model_key,
                case
                    when not is_present then 'removed'
                    when model_key in (select model_key from base.model_event where event = 'removed') then 'returned'
                    else 'added'
                end as event
            from reading_pair
            where is_present <> was_present and (select bool_or(was_present) from reading_pair)
        ),
        attribute as (
            select *
            from attribute_change
            anti join (from presence where event = 'added') using (model_key)
            where $has_attributes
        )
        select $week as week, *
        from (from presence union all by name from attribute)
        order by model_key, event
        """,
        {"week": week, "has_attributes": has_attributes},
    )


def _write_restatements(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    connection.execute("delete from base.counter_restatement where week = ?", [week])
    connection.execute(
        """
        insert into base.counter_restatement by name
        with recent as (
            from base.counter_restatement where counter = 'downloads_all_time' and week >= $week::date - $days::integer
        ),
        open_fall as (
            select fall.model_key, max(fall.before) as level, min(fall.after) as lowest
            from recent as fall
            left join (select model_key, max(week) as week from recent where kind = 'recovery' group by model_key) as recovery
                using (model_key)
            where fall.kind = 'fall' and (recovery.week is null or fall.week > recovery.week)
            group by fall.model_key
        ),
        step as (
            select model_key, downloads_all_time_before as before, downloads_all_time as after
            from reading_pair
            where downloads_all_time <> downloads_all_time_before
        )
        select
            $week as week, model_key, 'downloads_all_time' as counter,
            'fall' as kind, before, after, before - after as amount
        from step
        where after < before
        union all by name
        select
            $week as week, model_key, 'downloads_all_time' as counter,
            'recovery' as kind, before, after, level - before as amount
        from step
        join open_fall using (model_key)
        where after >= level and before < level and 2 * (level - before) >= level - lowest
        order by model_key
        """,
        {"week": week, "days": RECOVERED_WITHIN_DAYS},
    )
