"""Load a week of models from a walk, and update the history of each model."""

from dataclasses import dataclass
from datetime import date

import duckdb

from warehouse.database import checksums
from warehouse.database.derive import check
from warehouse.hub import authors, staging
from warehouse.hub.staging import ATTRIBUTES, COUNTERS
from warehouse.tables.core import BASE_MODEL_NAME, BASE_MODEL_WEEK, MODEL
from warehouse.tables.meta import SET_ASIDE
from warehouse.tables.table import sql_literal

# A larger share of unreadable records means that the format of the listing has changed.
LARGEST_UNREADABLE_SHARE = 0.001


class TooManyUnreadableError(RuntimeError):
    """Too many records of a week are unreadable: none of them is used."""


class EarlierWeekError(RuntimeError):
    """A week before the newest was about to be loaded: models would be last seen in it, with its counters."""


@dataclass(frozen=True)
class WeekOfModels:
    """Result of loading a week: models ever seen, models on the Hub, new, removed and renamed ones."""

    ever: int
    models: int
    added: int
    removed: int
    renamed: int


NOTHING = WeekOfModels(0, 0, 0, 0, 0)


@dataclass(frozen=True)
class RejectedRecords:
    """Number of records of a week that were loaded, and that were set aside, by treatment."""

    loaded: int
    by_treatment: dict[str, int]
    examples: str

    @property
    def rows(self) -> int:
        """Number of rows in meta.set_aside."""
        return sum(self.by_treatment.values())

    @property
    def left_out(self) -> int:
        """Number of unreadable records."""
        return self.by_treatment.get("left_out", 0)

    @property
    def is_acceptable(self) -> bool:
        """Whether at most 0.1% of the records are unreadable."""
        return self.left_out <= LARGEST_UNREADABLE_SHARE * (self.loaded + self.left_out)

    def raise_if_too_many_rejected(self) -> None:
        """Raise an error if too many records are unreadable.

        Raises:
            TooManyUnreadableError: more than 0.1% of the records are unreadable.
        """
        if not self.is_acceptable:
            raise TooManyUnreadableError(
                f"{self.left_out:,} of {self.loaded + self.left_out:,} records could not be read, more than "
                f"{LARGEST_UNREADABLE_SHARE:.1%}: {self.examples}. Nothing of this week is used and nothing is published. "
                "Kept: the stored pages, and each of these records with its reason in meta.set_aside. "
                "To do: compare these fields with what the code expects; the listing has changed its format."
            )


def reject_records(connection: duckdb.DuckDBPyConnection, week: date, source: str) -> RejectedRecords:
    """Store the records that were set aside, replacing those of an earlier load of the same week.

    They are in the staging table `incoming_set_aside`.
    """
    connection.execute("delete from meta.set_aside where week = ? and source = ?", [week, source])
    connection.execute(
        """
        insert into meta.set_aside by name
        select
            incoming.*,
            row_number() over (partition by page order by treatment, hub_id, id, field, content) as number,
            $week as week,
            $source as source
        from incoming_set_aside as incoming
        """,
        {"week": week, "source": source},
    )
    check(connection, SET_ASIDE, where=f"week = '{week}' and source = {sql_literal(source)}")
    treatments = connection.execute("select treatment, count(*) from incoming_set_aside group by all").fetchall()
    reasons = connection.execute(
        "select field, reason, count(*), any_value(content) from incoming_set_aside where treatment = 'left_out' "
        "group by all order by 3 desc limit 3"
    ).fetchall()
    return RejectedRecords(
        loaded=int(connection.execute("select count(*) from incoming_model").fetchall()[0][0]),
        by_treatment=dict(treatments),
        examples="; ".join(f"{n:,} x {field or 'record'}: {why} (such as {text})" for field, why, n, text in reasons),
    )


# Undo an earlier load of the same week: delete models first seen in it; restore last_seen, name, licence and gating; keep
# its keys in `reused_key`, for the same models.
_UNDO = """
    create or replace temp table owner_before as select model_key, author from core.model where name_since = $week;
    create or replace temp table reused_key as select hub_id, model_key from core.model where first_seen = $week;
    create or replace temp table seen_before_week as
        select model_key, max(week) as last_seen
        from base.model_week
        where week < $week and model_key in (select model_key from core.model where last_seen = $week)
        group by model_key;
    create or replace temp table named_before_week as
        select former.hub_id, former.id, former.first_seen
        from base.model_name as former
        join core.model as model using (hub_id)
        where model.name_since = $week and model.first_seen < $week
        qualify row_number() over (partition by former.hub_id order by former.last_seen desc) = 1;
    delete from base.model_name where (hub_id, id, first_seen) in (from named_before_week);
    delete from core.model where first_seen = $week;
    update core.model set
        last_seen = before.last_seen,
        removed_in = (
            select min(week)
            from (select distinct week from base.model_week where week < $week)
            where week > before.last_seen
        )
        from seen_before_week as before where core.model.model_key = before.model_key;
    update core.model set
        id = before.id,
        author = if(contains(before.id, '/'), split_part(before.id, '/', 1), null),
        name_since = before.first_seen
        from named_before_week as before where core.model.hub_id = before.hub_id;
    update core.model set licence = change.before
        from base.model_event as change
        where change.week = $week and change.event = 'relicensed' and change.model_key = core.model.model_key;
    update core.model set gated = change.before
        from base.model_event as change
        where change.week = $week and change.event in ('gated', 'ungated', 'gating_changed')
            and change.model_key = core.model.model_key;
    update core.model set removed_in = null where removed_in = $week;
    delete from base.model_week where week = $week
"""


_NAMES = ("id", "author")
# The columns of core.model for the counters of the newest week.
_NOW = {name: f"{name}_now" for name in COUNTERS}

# Most rows change in last_seen and in their counters only. Updating these columns takes seconds, rewriting millions of names
# half a minute, so only changed rows are written. Compare rows by a 64-bit hash instead of joining on full strings.
_LOAD = f"""
    create or replace temp table incoming_key as
        select model_key, hub_id, attributes <> attributes_before as has_changed, downloads_30d, downloads_all_time, likes
        from (select *, hash({", ".join(ATTRIBUTES)}) as attributes from incoming_model)
        left join (select model_key, hub_id, hash({", ".join(ATTRIBUTES)}) as attributes_before from core.model) using (hub_id);
    create or replace temp table changed_model as
        select
            key.model_key, incoming.*, model.name_since, model.last_seen,
            model.id as id_before, model.author as author_before,
            model.licence as licence_before, model.gated as gated_before
        from (from incoming_key where has_changed) as key
        join (select hub_id, {", ".join(ATTRIBUTES)} from incoming_model) as incoming using (hub_id)
        join core.model as model using (model_key);
    insert into owner_before
        select model_key, author_before from changed_model anti join owner_before using (model_key);
    insert into base.model_name by name
        select hub_id, id_before as id, name_since as first_seen, last_seen from changed_model where id <> id_before;
    update core.model set
        {", ".join(f"{name} = changed.{name}" for name in _NAMES)},
        name_since = if(changed.id <> changed.id_before, $week, changed.name_since)
        from changed_model as changed
        where changed.model_key = core.model.model_key
            and (changed.id <> changed.id_before or changed.author is distinct from changed.author_before);
    update core.model set {", ".join(f"{name} = changed.{name}" for name in ATTRIBUTES if name not in _NAMES)}
        from changed_model as changed where changed.model_key = core.model.model_key;
    create or replace temp table absent_key as
        select model_key from core.model anti join incoming_key using (model_key);
    update core.model set removed_in = null
        where removed_in is not null and model_key not in (from absent_key);
    update core.model set removed_in = coalesce(removed_in, $week), {", ".join(f"{now} = null" for now in _NOW.values())}
        where model_key in (from absent_key)
            and (removed_in is null or coalesce({", ".join(_NOW.values())}) is not null);
    update core.model set last_seen = $week, {", ".join(f"{now} = key.{name}" for name, now in _NOW.items())}
        from incoming_key as key where key.model_key = core.model.model_key;
    -- Keys in order of size: counters of models of similar size are stored together and compress well.
    create or replace temp table new_key as
        select
            hub_id,
            coalesce(
                reused_key.model_key,
                (
                    select coalesce(max(model_key), 0)
                    from (select model_key from core.model union all select model_key from reused_key)
                ) + row_number() over (order by downloads_all_time desc nulls last, hub_id)
            ) as model_key
        from (from incoming_key where model_key is null) as incoming
        left join reused_key using (hub_id);
    -- In order of hub_id, which is that of creation: a lookup of one model then reads few row groups.
    insert into core.model by name
        select
            new_key.model_key,
            incoming.* rename ({", ".join(f"{name} as {now}" for name, now in _NOW.items())}),
            $week as name_since,
            $week as first_seen,
            $week as last_seen
        from incoming_model as incoming
        join new_key using (hub_id)
        order by hub_id;
    insert into base.model_week by name
        select
            $week as week, coalesce(incoming.model_key, new_key.model_key) as model_key,
            downloads_30d, downloads_all_time, likes
        from incoming_key as incoming
        left join new_key using (hub_id)
        order by model_key
"""


def add_week(connection: duckdb.DuckDBPyConnection, week: date) -> WeekOfModels:
    """Load a complete week from the staging table `incoming_model`, replacing an earlier load of the same week.

    Fill the staging tables `changed_model` and `owner_before` for the next steps (see `staging`).

    Raises:
        EarlierWeekError: a later week is in the database.
        CheckError: a declared check fails.
    """
    newest: date | None = connection.execute("select max(last_seen) from core.model").fetchall()[0][0]
    if newest is not None and week < newest:
        raise EarlierWeekError(
            f"the walk of the week of {week} comes before that of {newest}, which is in the database. Nothing was written. "
            "To do: restore the database (tidegauge restore); it loads the stored walks in their order."
        )
    for statement in duckdb.extract_statements(_UNDO + ";" + _LOAD):
        connection.execute(statement, {"week": week} if statement.named_parameters else None)
    staging.verify(connection, staging.OWNER_BEFORE, staging.CHANGED_MODEL)
    checksums.forget(connection, BASE_MODEL_WEEK, week)
    authors.add_week(connection, week)
    for table in (MODEL, BASE_MODEL_NAME):
        check(connection, table)
    check(connection, BASE_MODEL_WEEK, where=f"week = '{week}'")
    return _summary(connection, week)


def _summary(connection: duckdb.DuckDBPyConnection, week: date) -> WeekOfModels:
    counts = connection.execute(
        """
        select
            (select count(*) from core.model),
            (select count(*) from incoming_model),
            (select count(*) from core.model where first_seen = $week),
            (select count(*) from core.model where removed_in = $week),
            (select count(*) from core.model where name_since = $week and first_seen < $week)
        """,
        {"week": week},
    ).fetchall()[0]
    return WeekOfModels(*counts)
