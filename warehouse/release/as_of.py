"""Draw the charts as believed on any day, with the same SQL, from the figures known at that time.

The published file is attached read-only to a database in memory, in which each fact is a view that filters what was known at
the given moment. A figure is known from `recorded_at` on, a week of the Hub as soon as its figures are. Facts without a time
of their own (metrics, families, curated reference data) are read as they are now, if there was a release at that time.
"""

from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from warehouse.database.connection import MEMORY_LIMIT
from warehouse.database.derive import derive
from warehouse.database.schema import SCHEMAS, TABLES
from warehouse.hub.staging import COUNTERS
from warehouse.migrations import newest, reads_the_same
from warehouse.release.parquet import PARQUET
from warehouse.release.publish import DATABASE
from warehouse.tables import benchmarks, lineage, reference_data
from warehouse.tables.charts import hub
from warehouse.tables.core import MODEL, OBSERVATION
from warehouse.tables.funding import FUNDING_MATCH
from warehouse.tables.growth import RATE, READING, SERIES
from warehouse.tables.growth_of_groups import FAMILY, MAKER
from warehouse.tables.history import BASE_MODEL_EVENT, CALENDAR_DOWNLOADS, HUB_WEEK
from warehouse.tables.macros import OBSERVATION_AS_OF, SCALAR_MACROS
from warehouse.tables.meta import COLLECTION, RELEASE
from warehouse.tables.published_claim import PUBLISHED_CLAIM
from warehouse.tables.table import Table, sql_literal

# The name of the attached release, behind the views.
_RELEASED = "released"
# The tables that charts read and that change with what is known later, such as another report of the same round.
_READ_BY_CHARTS = (SERIES, RATE, READING, FAMILY, MAKER, CALENDAR_DOWNLOADS, FUNDING_MATCH)
_DRAWN = {table.name for table in (*_READ_BY_CHARTS, *hub.TABLES)}

# A week that was collected again later has only the later counts of each model, which were not known yet: leave it out.
_WEEKS = f"""
    (
        select period_start from core.observation
        where metric = 'hub_models' and basis = 'measured'
            and period_start not in (select week from {_RELEASED}.{HUB_WEEK.name} where observed_at > {{moment}})
    )
"""
_NEWEST_WEEK = f"(select max(period_start) from {_WEEKS})"
# A repository, name or edge counts from the week in which it was first seen, if that was known.
_SEEN = f"where first_seen <= {_NEWEST_WEEK}"
_LAST_SEEN = f"least(last_seen, {_NEWEST_WEEK}) as last_seen"
# A model that returned later was still removed at that time.
_REMOVED_IN = f"""
    coalesce(
        if(removed_in <= {_NEWEST_WEEK}, removed_in, null),
        (
            select if(arg_max(change.event, change.week) = 'removed', max(change.week), null)
            from {_RELEASED}.{BASE_MODEL_EVENT.name} as change
            where change.model_key = seen.model_key and change.event in ('removed', 'returned')
                and change.week <= {_NEWEST_WEEK}
        )
    ) as removed_in
"""
# If a licence changed later, the one at that time is the one before the first change.
_LICENCE = f"""
    coalesce(
        (
            select min_by({{{{'was': change.before}}}}, change.week)
            from {_RELEASED}.{BASE_MODEL_EVENT.name} as change
            where change.model_key = seen.model_key and change.event = 'relicensed' and change.week > {_NEWEST_WEEK}
        ),
        {{{{'was': seen.licence}}}}
    ).was as licence
"""
# A family that was listed later was not known in the weeks in which it was counted back.
_COUNTED_BACK = f"(select week, family from {_RELEASED}.core.family_reading where counted_in > {_NEWEST_WEEK})"
_KNOWN_NOW = "where exists(from meta.release)"
_KNOWN: dict[str, str] = {
    **{table.name: _KNOWN_NOW for table in (*reference_data.LISTED, *benchmarks.KEPT_BY_HAND, lineage.FAMILY)},
    # A text without a figure has no day: its claims are known from the first release on.
    "core.published_claim": (
        "where source in (select source from core.observation) or (exists(from meta.release) "
        f"and source not in (select source from {_RELEASED}.{OBSERVATION.name}))"
    ),
    "core.claim_evidence": "where dated_on <= {moment} or exists(from meta.release)",
    "core.hardware": f"{_KNOWN_NOW} and released_in <= year({{moment}})",
    "core.notable_model": f"{_KNOWN_NOW} and released_on <= {{moment}}",
    "meta.source": (
        "where source in (select source from core.observation union select source from meta.collection "
        "union select source from core.published_claim)"
    ),
    **{
        table.name: f"where week in {_WEEKS} and (week, family) not in {_COUNTED_BACK}"
        for table in (lineage.FAMILY_READING, lineage.FAMILY_WEEK)
    },
    "meta.definition_change": "where effective_on <= {moment}",
    "meta.collection": "where finished_at <= {moment}",
    "meta.alert": "where sent_at <= {moment}",
    "meta.release": "where published_at <= {moment}",
}
# Views that other views refer to.
_FIRST = (OBSERVATION, RELEASE, COLLECTION, PUBLISHED_CLAIM)


class NoReleaseError(RuntimeError):
    """There is no release, or it was made by another version of this program."""


class NothingKnownError(ValueError):
    """No figure was known at the requested moment."""


def draw(published: Path, moment: datetime, folder: Path) -> dict[str, int]:
    """Write the charts as believed at `moment` into `folder`: `index.html`, and a Parquet file for each chart.

    Return the number of rows of each chart.

    Raises:
        NoReleaseError: there is no release in `published`, or it has the schema of another version.
        NothingKnownError: the first figure became known later.
    """
    if not (published / DATABASE).exists():
        raise NoReleaseError(f"there is no release in {published}. Nothing was drawn. Run a refresh first.")
    with (
        TemporaryDirectory() as spill,
        duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": spill}) as connection,
    ):
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {sql_literal(str(published / DATABASE))} as {_RELEASED} (read_only)")
        _require_same_schema(connection, published)
        _require_figures(connection, moment)
        from warehouse.pages.page import write_page

        rows = derive_as_of(connection, moment)
        (folder / PARQUET).mkdir(parents=True, exist_ok=True)
        for name in rows:
            file = sql_literal(str(folder / PARQUET / f"{name}.parquet"))
            connection.execute(f"copy (from {name}) to {file} (format parquet, compression zstd)")
        write_page(connection, folder, as_of=moment)
    return rows


def derive_as_of(connection: duckdb.DuckDBPyConnection, moment: datetime) -> dict[str, int]:
    """Derive the charts from the figures of the attached release known at `moment`; return the number of rows of each."""
    at = f"timestamptz {sql_literal(moment.isoformat())}"
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    facts = [table for table in TABLES if not table.is_derived]
    for table in (*_FIRST, *(table for table in facts if table not in _FIRST)):
        connection.execute(f"create view {table.name} as {_known(table).format(moment=at)}")
    for table in TABLES:
        if table.is_derived and table.schema in ("base", "core") and table.name not in _DRAWN:
            select = table.select if table.is_view else f"from {_RELEASED}.{table.name}"
            connection.execute(f"create view {table.name} as {select}")
    for macro in (OBSERVATION_AS_OF, *SCALAR_MACROS):
        connection.execute(macro.ddl())
    by_name = {table.name: table for table in TABLES if table.name in _DRAWN}
    in_order = TopologicalSorter({name: table.reads & by_name.keys() for name, table in by_name.items()}).static_order()
    drawn = {name: derive(connection, by_name[name]) for name in in_order}
    return {name: rows for name, rows in drawn.items() if rows is not None and name.startswith("charts.")}


def _known(table: Table) -> str:
    """Return the SELECT of the rows of a fact that were known at `{moment}`, which the caller fills in."""
    released = f"{_RELEASED}.{table.name}"
    if table.name in _KNOWN:
        return f"select * from {released} {_KNOWN[table.name]}"
    if "recorded_at" in table.columns:
        return f"select * from {released} where recorded_at <= {{moment}}"
    if "week" in table.columns:
        return f"select * from {released} where week in {_WEEKS}"
    if "last_seen" in table.columns:
        seen = [_LAST_SEEN, *([_REMOVED_IN, _LICENCE] if table is MODEL else [])]
        # The counters of a model are those of the newest week, later than the moment; base.model_week has those of then.
        later = f"exclude ({', '.join(f'{name}_now' for name in COUNTERS)})" if table is MODEL else ""
        return f"select * {later} replace ({', '.join(seen)}) from {released} as seen {_SEEN}"
    return f"select * from {released}"


def _require_same_schema(connection: duckdb.DuckDBPyConnection, published: Path) -> None:
    ((version,),) = connection.execute(f"select schema_version from {_RELEASED}.meta.warehouse").fetchall()
    if not reads_the_same(version):
        to_do = "Run a refresh first." if version < newest() else "Update Tidegauge (git pull)."
        raise NoReleaseError(
            f"the release in {published} has schema version {version}, and this version of Tidegauge draws from {newest()}. "
            f"Nothing was drawn. {to_do}"
        )


def _require_figures(connection: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    ((first,),) = connection.execute(f"select min(recorded_at) from {_RELEASED}.{OBSERVATION.name}").fetchall()
    if first is None or moment < first:
        begins = f"the first one became known on {first:%Y-%m-%d %H:%M} UTC" if first else "there is none"
        raise NothingKnownError(f"no figure was known at {moment:%Y-%m-%d %H:%M} UTC: {begins}. Nothing was drawn.")
