"""A week of models: from one reading of all of them to the history of each."""

from dataclasses import dataclass
from datetime import date

import duckdb

from warehouse.database import checksums
from warehouse.database.derive import check
from warehouse.hub import authors, staging
from warehouse.hub.staging import ATTRIBUTES
from warehouse.tables.core import BASE_MODEL_NAME, BASE_MODEL_WEEK, MODEL
from warehouse.tables.meta import SET_ASIDE
from warehouse.tables.table import sql_literal

# More unreadable records than this share of a week mean that the answers have changed their form.
LARGEST_UNREADABLE_SHARE = 0.001


class TooManyUnreadableError(RuntimeError):
    """So many records of a week could not be read that none of them is to be believed."""


@dataclass(frozen=True)
class WeekOfModels:
    """What came of a week: models ever seen, models there, new ones, ones that are gone, and renamed ones."""

    ever: int
    models: int
    added: int
    removed: int
    renamed: int


NOTHING = WeekOfModels(0, 0, 0, 0, 0)


@dataclass(frozen=True)
class RejectedRecords:
    """How many records of a week were taken, and how many were not taken as they came, by treatment."""

    taken: int
    by_treatment: dict[str, int]
    examples: str

    @property
    def rows(self) -> int:
        """How many rows of meta.set_aside the week has."""
        return sum(self.by_treatment.values())

    @property
    def left_out(self) -> int:
        """How many records could not be read."""
        return self.by_treatment.get("left_out", 0)

    @property
    def is_acceptable(self) -> bool:
        """Whether at most 0.1% of the records could not be read."""
        return self.left_out <= LARGEST_UNREADABLE_SHARE * (self.taken + self.left_out)

    def raise_if_too_many_rejected(self) -> None:
        """Refuse a week of which too much could not be read.

        Raises:
            TooManyUnreadableError: more than 0.1% of the records could not be read.
        """
        if not self.is_acceptable:
            raise TooManyUnreadableError(
                f"{self.left_out:,} of {self.taken + self.left_out:,} records could not be read, more than "
                f"{LARGEST_UNREADABLE_SHARE:.1%}: {self.examples}. Nothing of this week is used and nothing is published. "
                "Kept: the landed pages, and each of these records with its reason in meta.set_aside. "
                "To do: compare these fields with what the code expects; the listing has changed its form."
            )


def reject_records(connection: duckdb.DuckDBPyConnection, week: date, source: str) -> RejectedRecords:
    """Write down what of a week's reading was not taken as it came, replacing an earlier reading of the same week.

    The reading is in the temporary tables `incoming_model` and `incoming_set_aside` (page, hub_id, id, field, reason,
    content, treatment).
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
        taken=int(connection.execute("select count(*) from incoming_model").fetchall()[0][0]),
        by_treatment=dict(treatments),
        examples="; ".join(f"{n:,} x {field or 'record'}: {why} (such as {text})" for field, why, n, text in reasons),
    )


# What an earlier reading of the same week did, taken back: a model that only it showed was never there, one that was
# there before was last seen before, under the name that it had then. The keys that it gave are given again.
_TAKE_BACK = """
    create or replace temp table owner_before as select model_key, author from core.model where name_since = $week;
    create or replace temp table given_key as select hub_id, model_key from core.model where first_seen = $week;
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


_NAMED = ("id", "author")

# Most rows differ from the week before in last_seen alone. Changing that column costs a second, laying millions of names
# anew half a minute: only what has changed is written. Names are told apart by 64 bits, so that no two lists of millions
# of them are held against each other.
_BRING_IN = f"""
    create or replace temp table incoming_key as
        select model_key, hub_id, told <> told_before as has_changed, downloads_30d, downloads_all_time, likes
        from (select *, hash({", ".join(ATTRIBUTES)}) as told from incoming_model)
        left join (select model_key, hub_id, hash({", ".join(ATTRIBUTES)}) as told_before from core.model) using (hub_id);
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
        {", ".join(f"{name} = changed.{name}" for name in _NAMED)},
        name_since = if(changed.id <> changed.id_before, $week, changed.name_since)
        from changed_model as changed
        where changed.model_key = core.model.model_key
            and (changed.id <> changed.id_before or changed.author is distinct from changed.author_before);
    update core.model set {", ".join(f"{name} = changed.{name}" for name in ATTRIBUTES if name not in _NAMED)}
        from changed_model as changed where changed.model_key = core.model.model_key;
    create or replace temp table absent_key as
        select model_key from core.model anti join incoming_key using (model_key);
    update core.model set removed_in = null
        where removed_in is not null and model_key not in (from absent_key);
    update core.model set removed_in = $week
        where removed_in is null and model_key in (from absent_key);
    update core.model set last_seen = $week where model_key not in (from absent_key);
    -- Numbered by size: counters of models of like size stand beside each other in every week, and pack tightly.
    create or replace temp table new_key as
        select
            hub_id,
            coalesce(
                given_key.model_key,
                (
                    select coalesce(max(model_key), 0)
                    from (select model_key from core.model union all select model_key from given_key)
                ) + row_number() over (order by downloads_all_time desc nulls last, hub_id)
            ) as model_key
        from (from incoming_key where model_key is null) as incoming
        left join given_key using (hub_id);
    -- Laid in the order of hub_id, which is that of creation: whoever asks for one model finds it without reading all.
    insert into core.model by name
        select
            new_key.model_key,
            incoming.* exclude (downloads_30d, downloads_all_time, likes),
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
    """Bring a complete reading of `week` into the history, replacing an earlier reading of the same week.

    The reading is in the temporary table `incoming_model` (hub_id, id, author, created_at, licence, pipeline_tag,
    library, gated, parameters_b, size_source, memory_gb, memory_qualifier, downloads_30d, downloads_all_time, likes; each
    hub_id once). Two temporary tables are left behind: `changed_model`, what models that were known are now, with what
    they were as id_before, author_before, licence_before and gated_before; and `owner_before` (model_key, author), with
    the owners that models had before this reading, if another reading of the week or this one can have changed them.

    Raises:
        CheckError: a promise of the tables is broken.
    """
    for statement in duckdb.extract_statements(_TAKE_BACK + ";" + _BRING_IN):
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
