"""A past for a warehouse: weeks of the sandbox's world added before the one week that a refresh has loaded.

Who was there in a week, and under which name, is the world's own truth; the counters of the weeks between the first and
the newest are interpolated. Authors, events and flows of each week are added up by the functions of the weekly refresh.
Of what is small (figures of every source, families, summed-up lineage) the newest week stands for those before it, and an
edge has stood since its child was first seen.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl

from assets.hub.walk import SANDBOX_SOURCE
from assets.weeks import monday
from pipelines.sandbox.hub.world import World
from warehouse.database.connection import writing
from warehouse.hub import authors, events

_COUNTERS = ("downloads", "downloads_all_time", "likes")

# `life` has a row for each model that was ever there: from which week (counting from the world's first), and its counters
# in the first and in the newest week.
_LIFE = """
    create or replace temp macro week_of(number) as ($first::date + 7 * (number::integer - $begin));
    create or replace temp table life as
    select
        format('{:014x}{:010x}', ticks, look & 1099511627775) as hub_id, to_timestamp((ticks >> 24)::bigint) as created_at,
        greatest(born, $begin) as begins, deleted, returned, renamed, name, former_name, is_there,
        coalesce(downloads_first, 0) as downloads_first, coalesce(downloads, downloads_first) as downloads,
        coalesce(downloads_all_time_first, 0) as all_time_first,
        coalesce(downloads_all_time, downloads_all_time_first) as all_time,
        coalesce(likes_first, 0) as likes_first, coalesce(likes, likes_first, 0) as likes
    from lives
    where born <= $newest and (deleted > $begin or returned <= $newest);
    insert into core.model by name
    select
        (select max(model_key) from core.model)
            + row_number() over (order by downloads_first desc nulls last, hub_id) as model_key,
        hub_id, name as id, split_part(name, '/', 1) as author, created_at, 'no' as gated,
        week_of(begins) as name_since, week_of(begins) as first_seen,
        week_of(deleted) - 7 as last_seen, week_of(deleted) as removed_in
    from life
    where not is_there and begins < deleted and deleted <= $newest;
    insert into base.model_name by name
    select hub_id, former_name as id, week_of(begins) as first_seen, week_of(renamed) - 7 as last_seen
    from life semi join core.model using (hub_id)
    where begins < renamed and renamed <= $newest;
    create or replace temp table since as
    select model_key, week_of(begins) as first_seen, week_of(greatest(begins, if(renamed <= $newest, renamed, 0))) as name_since
    from life join core.model using (hub_id);
    update core.model set first_seen = since.first_seen, name_since = least(since.name_since, core.model.last_seen)
    from since where since.model_key = core.model.model_key;
    update base.model_edge set first_seen = since.first_seen from since where since.model_key = child_key;
    update core.unresolved_parent set first_seen = model.first_seen
    from core.model as model where model.hub_id = child;
    create or replace temp table numbered as
    from (select model_key, life.* from life join core.model using (hub_id)) order by model_key;
    create or replace temp table owner_before as select model_key, author from core.model limit 0;
    create or replace temp table changed_model as
        select *, id as id_before, licence as licence_before, gated as gated_before from core.model limit 0;
"""

_READINGS = """
    insert into base.model_week by name
    select
        week_of($week) as week, model_key,
        floor(
            (downloads_first + (downloads - downloads_first) * ($week - begins) / greatest($newest - begins, 1))
            * (0.95 + hash(model_key, $week) % 100 / 1000)
        )::bigint as downloads_30d,
        floor(all_time_first + (all_time - all_time_first) * ($week - begins) / greatest($newest - begins, 1))::bigint
            as downloads_all_time,
        floor(likes_first + (likes - likes_first) * ($week - begins) / greatest($newest - begins, 1))::integer as likes
    from numbered
    where begins <= $week and (deleted > $week or returned <= $week)
    order by model_key
"""

# What is small, as it is in the newest week.
_SMALL = {
    "core.observation": ("period_start", "* replace ({week} as period_start, {moment} as observed_at, {moment} as recorded_at)"),
    **dict.fromkeys(
        ("core.family_reading", "core.family_week", "core.lineage_week", "core.lineage_reading"),
        ("week", "* replace ({week} as week)"),
    ),
}  # fmt: skip


def put_beneath(database: Path, world: World, newest: int, weeks: int) -> None:
    """Put `weeks` weeks beneath the newest one, counting from 0 like the world's; it must be all that is there."""
    begin = newest - weeks
    first = monday(world.now(begin))
    lives = _lives(world, begin, newest).to_arrow()
    with writing(database) as connection:
        connection.register("lives", lives)
        for statement in duckdb.extract_statements(_LIFE):
            # A macro cannot be made with parameters.
            text = statement.query.replace("$first", f"'{first}'").replace("$begin", str(begin))
            connection.execute(text.replace("$newest", str(newest)))
        for week in range(begin, newest + 1):
            moment = world.now(week).astimezone(UTC)
            day = monday(moment)
            if week < newest:
                connection.execute(_READINGS, {"week": week, "newest": newest})
                authors.add_week(connection, day)
                _repeat_small(connection, day, moment, monday(world.now(newest)))
            events.add_week(connection, day, moment, SANDBOX_SOURCE)
            if week % 4 == 0:  # whatever is written is kept in memory or beside the file until then
                connection.execute("commit; begin")


def _lives(world: World, begin: int, newest: int) -> pl.DataFrame:
    then = world.state(begin).frame.select("index", pl.col(_COUNTERS).name.suffix("_first"))
    state = world.state(newest)
    now = state.frame.select("index", *_COUNTERS, is_there=pl.lit(True))
    frame = world.frame.filter(pl.col("born") <= newest)
    names, formers = _names(world, frame, newest)
    return (
        frame.select("index", "ticks", "look", "born", "deleted", "returned", "renamed")
        .with_columns(name=names, former_name=formers)
        .join(then, on="index", how="left")
        .join(now, on="index", how="left")
        .with_columns(pl.col("is_there").fill_null(value=False))
    )


def _names(world: World, frame: pl.DataFrame, newest: int) -> tuple[pl.Series, pl.Series]:
    """Return the names of those that are gone, and the former names of those that were renamed; NULL for all others."""
    columns = frame.select("index", "account", "stem", "look", "odd", "deleted", "renamed").iter_rows()
    names: list[str | None] = []
    formers: list[str | None] = []
    for index, account, stem, look, odd, deleted, renamed in columns:
        former = world.names.name(index, account, stem, look, odd, False) if min(deleted, renamed) <= newest else None
        names.append(former if deleted <= newest else None)
        formers.append(former if renamed <= newest else None)
    return pl.Series(names, dtype=pl.String), pl.Series(formers, dtype=pl.String)


def _repeat_small(connection: duckdb.DuckDBPyConnection, week: date, moment: datetime, newest: date) -> None:
    for table, (column, changed) in _SMALL.items():
        columns = changed.format(week=f"date '{week}'", moment=f"timestamptz '{moment.isoformat()}'")
        measured = "and basis <> 'published'" if table == "core.observation" else ""
        connection.execute(
            f"insert into {table} by name select {columns} from {table} where {column} = '{newest}' {measured}"
        )
