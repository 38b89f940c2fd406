"""A database of the first release migrates without loss, and its history continues."""

import gzip
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from instances import instance_in_memory

from assets.resources import Clock
from pipelines.outcome import Outcome
from pipelines.refresh import ExitCode, refresh
from pipelines.sandbox.server import Sandbox
from warehouse import migrations
from warehouse.database import schema
from warehouse.database.connection import reading, writing
from warehouse.release.as_of import NoReleaseError, draw
from warehouse.tables.core import MODEL

NOW = datetime(2026, 9, 28, 6, tzinfo=UTC)
FIRST_RELEASE = Path(__file__).parents[2] / "data" / "release_1.duckdb.gz"
FACTS = {table.name for table in schema.TABLES if not table.is_derived}
# A value of each type that base tables have, made from a number n.
_VALUES = {
    "VARCHAR": "'text ' || n", "DATE": "date '2026-08-31' + n::integer", "BOOLEAN": "n % 2 = 0",
    "TIMESTAMPTZ": "timestamptz '2026-08-31 06:00:00Z' + to_days(n::integer)",
    **dict.fromkeys(("SMALLINT", "INTEGER", "BIGINT", "DOUBLE"), "n"),
}  # fmt: skip
# What migration 6 renamed, of the tables that the first release has.
RENAMED = {"core.model_reading": "base.model_week", "core.former_name": "base.model_name"}


def unpack(path: Path) -> Path:
    """Write a real working database of the first release to `path`: four weeks of a sandbox of 300 models."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(FIRST_RELEASE) as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return path


@pytest.fixture
def first_release(tmp_path: Path) -> Path:
    """Return the path of a working database of the first release."""
    return unpack(tmp_path / "w.duckdb")


def migrate(path: Path) -> None:
    with writing(path) as connection:
        schema.prepare(connection, NOW)


def facts(path: Path) -> dict[str, dict[str, list[tuple]]]:
    """Return the columns and the sorted rows of every table of facts."""
    with reading(path) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name, list(column_name order by column_index) from duckdb_columns() "
            "where not internal group by all"
        ).fetchall()
        return {
            name: {
                "columns": columns,
                "rows": connection.execute(f"select {', '.join(columns)} from {name} order by all").fetchall(),
            }
            for name, columns in tables
            if RENAMED.get(name, name) in FACTS and name != "meta.warehouse"
        }


def columns(path: Path) -> set[tuple[str, str, str, bool]]:
    with reading(path) as connection:
        return set(
            connection.execute(
                "select schema_name || '.' || table_name, column_name, data_type, is_nullable from duckdb_columns() "
                "where not internal"
            ).fetchall()
        )


def test_a_file_of_the_first_release_keeps_every_row_of_every_fact(first_release):
    before = facts(first_release)
    assert len(before["core.model_reading"]["rows"]) == 1217
    migrate(first_release)
    after = facts(first_release)
    with reading(first_release) as connection:
        for name, table in before.items():
            now = RENAMED.get(name, name)
            kept = connection.execute(f"select {', '.join(table['columns'])} from {now} order by all").fetchall()
            assert kept == table["rows"], name
        assert connection.execute("select origin, schema_version from meta.warehouse").fetchall() == [
            ("sandbox", migrations.newest())
        ]
    assert not RENAMED.keys() & after.keys()
    migrate(first_release)
    assert facts(first_release) == after, "a second time changes nothing"


def test_a_migrated_file_has_the_tables_of_a_new_one(first_release, tmp_path):
    migrate(first_release)
    migrate(tmp_path / "new.duckdb")
    assert columns(first_release) == columns(tmp_path / "new.duckdb"), "a migration is missing"
    with reading(first_release) as connection:
        undescribed = connection.execute(
            "select table_name, column_name from duckdb_columns() where not internal and comment is null"
        ).fetchall()
    assert undescribed == []


# Tables of `base` that are newer than migration 6 and had no rows to move.
NEVER_MOVED = {"base.benchmark_scale", "base.model_facets"}


def test_every_base_table_moves_with_all_rows_in_their_order(tmp_path):
    file = next(migrations.FOLDER.glob("0006_*.sql")).read_text(encoding="utf-8")
    moved = dict(re.findall(r"insert into (base\.\w+) by name from (core\.\w+);", file))
    assert moved.keys() == {table.name for table in schema.TABLES if table.schema == "base"} - NEVER_MOVED
    path = tmp_path / "w.duckdb"
    migrate(path)
    rows: dict[str, list[tuple]] = {}
    with writing(path) as connection:
        for table in schema.TABLES:
            if table.name in moved:
                earlier = moved[table.name]
                connection.execute(table.ddl().replace(table.name, earlier))
                # In an order that is not that of the key.
                connection.execute(
                    f"insert into {earlier} select {', '.join(_VALUES[c.type] for c in table.columns.values())} "
                    "from (select (n * 7 + 3) % 10 as n from range(10) as t(n))"
                )
                rows[table.name] = connection.execute(f"from {earlier}").fetchall()
                connection.execute(f"drop table {table.name}")
        connection.execute("insert into meta.week_checksum values ('core.model_reading', '2026-08-31', 10, 7)")
        connection.execute("update meta.warehouse set schema_version = 5")
    migrate(path)
    with reading(path) as connection:
        assert {name: connection.execute(f"from {name}").fetchall() for name in rows} == rows
        assert {len(of_table) for of_table in rows.values()} == {10}
        tables = {
            name for (name,) in connection.execute("select 'core.' || table_name from duckdb_tables()").fetchall()
        }
        assert not tables & set(moved.values())
        assert connection.execute("select table_name, rows from meta.week_checksum").fetchall() == [
            ("base.model_week", 10)
        ]


def test_names_of_models_lie_unpacked_in_a_migrated_file(first_release, tmp_path):
    unpacked = {name for name, column in MODEL.columns.items() if column.unpacked}
    assert unpacked == {"hub_id", "id", "author"}
    assert not lies_unpacked(first_release) & unpacked
    migrate(first_release)
    assert lies_unpacked(first_release) == unpacked
    copy = tmp_path / "copy.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{first_release}' as original (read_only); attach '{copy}' as copy")
        connection.execute("copy from database original to copy")
    assert lies_unpacked(copy) == unpacked, "a file that is laid anew keeps them so"


def test_a_release_that_only_keeps_its_rows_otherwise_reads_the_same():
    of_rows = max(int(f.name[:4]) for f in migrations.FOLDER.glob("*.sql") if not f.name.endswith(".file.sql"))
    told = [migrations.reads_the_same(version) for version in (of_rows - 1, of_rows, migrations.newest() + 1)]
    assert told == [False, True, False]
    assert migrations.reads_the_same(migrations.newest())


def test_how_a_file_keeps_its_rows_does_not_concern_a_lake(monkeypatch, tmp_path):
    for file in migrations.FOLDER.glob("*.file.sql"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(migrations, "FOLDER", tmp_path)
    with duckdb.connect() as nothing:
        migrations.migrate(nothing, migrations.FIRST, in_lake=True)
        with pytest.raises(duckdb.CatalogException, match="core"):
            migrations.migrate(nothing, migrations.FIRST)
    assert "using compression" in MODEL.ddl()
    assert "using compression" not in MODEL.ddl(in_lake=True)


def lies_unpacked(path: Path) -> set[str]:
    """Return the columns of core.model whose texts are all stored uncompressed."""
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "select column_name from pragma_storage_info('core.model') where segment_type = 'VARCHAR' group by column_name "
            "having list(distinct compression) = ['Uncompressed']"
        ).fetchall()
    return {name for (name,) in found}


def test_what_migrations_fill_is_what_the_weeks_themselves_would_have_filled(first_release):
    migrate(first_release)
    with reading(first_release) as connection:
        found = connection.execute(
            "select week, author, models, author_week.downloads_30d from core.author_week join core.author using (author_key) "
            "order by all"
        ).fetchall()
        expected = connection.execute(
            "select week, author, count(*), sum(downloads_30d) from core.model_week join core.model using (hub_id) "
            "where author is not null group by all order by all"
        ).fetchall()
        counters = connection.execute(
            "select hub_id, downloads_30d_now, downloads_all_time_now, likes_now from core.model order by hub_id"
        ).fetchall()
        newest = connection.execute(
            "select hub_id, reading.downloads_30d, reading.downloads_all_time, reading.likes from core.model as model left join "
            "(from core.model_week where week = (select max(week) from core.model_week)) as reading using (hub_id) order by 1"
        ).fetchall()
        gone = connection.execute("select hub_id from core.model where removed_in is not null").fetchall()
    assert found == expected
    assert len({week for week, *_ in found}) == 4
    assert counters == newest
    assert (
        {(one, None, None, None) for (one,) in gone}
        == {row for row in counters if row[1:] == (None, None, None)}
        != set()
    )


@pytest.mark.slow
def test_the_history_of_the_first_release_goes_on(home, monkeypatch):
    database = unpack(home / "working" / "tidegauge.duckdb")
    before = facts(database)
    with Sandbox(models=300) as sandbox:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", sandbox.url)
        sandbox.week = 4
        assert sandbox.world.now(4) == NOW
        with instance_in_memory() as instance:
            assert refresh(instance, Clock(simulated_now=NOW.isoformat())) == Outcome(ExitCode.WELL, {})
        truth = sandbox.world.truth(4)
    with duckdb.connect(str(home / "published" / "tidegauge.duckdb"), read_only=True) as connection:
        weeks = connection.execute(
            "select week, count(*), sum(downloads_30d)::bigint from core.model_week group by week order by week"
        ).fetchall()
        assert len(weeks) == 5
        assert weeks[-1] == (NOW.date(), truth.models, truth.downloads)
        past = connection.execute(
            f"select {', '.join(before['core.model_reading']['columns'])} from base.model_week "
            f"where week < date '{NOW.date()}' order by all"
        ).fetchall()
        assert past == before["core.model_reading"]["rows"]
        grown = connection.execute(
            f"select count(change_pct_4_weeks) from growth.model where week = date '{NOW.date()}'"
        ).fetchall()
        assert grown[0][0] > 0, "the newest week is compared with one of the first release"
        assert connection.execute("select weeks from meta.release order by version desc limit 1").fetchall() == [(5,)]


def test_a_file_of_a_later_release_is_refused(first_release):
    migrate(first_release)
    with writing(first_release) as connection:
        connection.execute("update meta.warehouse set schema_version = schema_version + 1")
    before = facts(first_release)
    with pytest.raises(migrations.NewerSchemaError, match=r"later release .* Update Tidegauge"):
        migrate(first_release)
    assert facts(first_release) == before


def test_a_release_of_another_schema_is_not_drawn_from(tmp_path):
    release = unpack(tmp_path / "published" / "tidegauge.duckdb")
    with pytest.raises(NoReleaseError, match=r"schema version 1, .* Run a refresh first"):
        draw(release.parent, NOW, tmp_path / "then")


def test_migrations_are_numbered_without_gap_and_say_what_they_do():
    files = sorted(file.name for file in migrations.FOLDER.glob("*.sql"))
    assert [int(name[:4]) for name in files] == list(range(migrations.FIRST + 1, migrations.newest() + 1))
    assert all(len(name) > len("0000_.sql") for name in files)


def test_what_is_derived_is_made_anew_where_it_was_declared_otherwise(first_release):
    migrate(first_release)
    with writing(first_release) as connection:
        connection.execute("drop view growth.model; create table growth.model as select 1 as week")
        connection.execute("alter table charts.hub_models drop column qualifier")
        connection.execute("alter table charts.adoption alter column share_pct type text")
        connection.execute("alter table charts.funding alter column source drop not null")
        connection.execute("update meta.warehouse set declaration = 'another'")
    migrate(first_release)
    with reading(first_release) as connection:
        assert "growth.model" in {
            name
            for (name,) in connection.execute("select schema_name || '.' || view_name from duckdb_views()").fetchall()
        }
        assert "qualifier" in {name for (name, *_) in connection.execute("describe charts.hub_models").fetchall()}
        types = {name: kind for (name, kind, *_) in connection.execute("describe charts.adoption").fetchall()}
        assert types["share_pct"] == "DOUBLE"
        nullable = {name: null for (name, _, null, *_) in connection.execute("describe charts.funding").fetchall()}
        assert nullable["source"] == "NO"
