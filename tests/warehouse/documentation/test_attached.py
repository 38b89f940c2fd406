"""The published file, attached under another name to the database of an analyst."""

import duckdb
import pytest
from warehouses import FORMULA_ARGUMENTS

from warehouse.database import schema
from warehouse.tables.macros import MACROS, SCALAR_MACROS

VIEWS = [table.name for table in schema.TABLES if table.is_view]
CALLS = {"core.observation_as_of": "now()", "core.family": "'llama'", "growth.top_models": "'1 week'"}


@pytest.fixture(scope="module")
def attach(demo_release):
    """Return a function that attaches the file to a new database in memory."""

    def attached(name: str = "tg", connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyConnection:
        connection = connection or duckdb.connect()
        connection.execute(f"attach '{demo_release / 'tidegauge.duckdb'}' as \"{name}\" (read_only)")
        connection.execute("set TimeZone = 'UTC'")
        return connection

    return attached


def test_every_view_can_be_read_by_its_full_name(attach):
    with attach() as connection:
        for view in VIEWS:
            connection.execute(f"from tg.{view} limit 1").fetchall()
        assert connection.execute("from tg.models limit 1").fetchall(), "main is the schema that need not be named"


def test_every_formula_can_be_called_by_its_full_name(attach):
    with attach() as connection:
        for macro in SCALAR_MACROS:
            arguments = ", ".join(FORMULA_ARGUMENTS.get(name, "1::bigint") for name in macro.parameters)
            connection.execute(f"select tg.{macro.name}({arguments})").fetchall()
        assert connection.execute("select tg.growth.change_pct(15, 10)").fetchall() == [(50.0,)]


def test_every_table_macro_can_be_called_after_use_and_says_so(attach):
    with attach() as connection:
        comments = dict(
            connection.execute(
                "select schema_name || '.' || function_name, comment from duckdb_functions() "
                "where function_type = 'table_macro' and database_name = 'tg'"
            ).fetchall()
        )
        assert comments.keys() == {macro.name for macro in MACROS}
        assert all("run USE" in comment for comment in comments.values())
        connection.execute("use tg")
        for macro in MACROS:
            assert connection.execute(f"from {macro.name}({CALLS[macro.name]}) limit 1").fetchall(), macro.name
            assert connection.execute(f"from tg.{macro.name}({CALLS[macro.name]}) limit 1").fetchall(), macro.name


@pytest.mark.parametrize("name", ["tg", 'my "odd" name'])
@pytest.mark.parametrize("guide", ["main.guide", "meta.guide", "meta.question"])
def test_every_query_of_the_guide_runs_as_it_is(attach, guide, name):
    quoted = name.replace('"', '""')
    with attach(quoted) as connection:
        examples = connection.execute(f'select example from "{quoted}".{guide}').fetchall()
    assert len(examples) >= 10
    for (example,) in examples:
        with attach(quoted) as connection:
            assert connection.execute(example).fetchall(), example


def test_the_guide_of_the_opened_file_has_no_use(demo_release):
    with duckdb.connect(str(demo_release / "tidegauge.duckdb"), read_only=True) as connection:
        assert not [
            e for (e,) in connection.execute("select example from meta.guide").fetchall() if "use " in e.lower()[:4]
        ]


def test_of_two_attached_releases_none_is_chosen(attach):
    with attach("one") as connection:
        attach("two", connection)
        for name in ("one", "two"):
            examples = connection.execute(f"select example from {name}.meta.guide").fetchall()
            assert not [example for (example,) in examples if example.lower().startswith("use ")]
        with pytest.raises(duckdb.Error, match="does not exist"):
            connection.execute("select count(*) from models")
