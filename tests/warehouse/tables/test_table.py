"""The dependencies of a derived table are those of its parsed SELECT."""

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from warehouse.database.schema import TABLES
from warehouse.tables import table as declaration
from warehouse.tables.macros import MACROS
from warehouse.tables.table import Column, Table

BY_NAME = {table.name: table for table in TABLES}
DERIVED = [table for table in TABLES if table.is_derived]


def reading(select: str, monkeypatch: pytest.MonkeyPatch, tmp_path) -> frozenset[str]:
    """Return what a table with this SELECT reads; the macros are the real ones."""
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "made_up.sql").write_text(select, encoding="utf-8")
    (tmp_path / "macros").symlink_to(declaration.SQL / "macros")
    monkeypatch.setattr(declaration, "SQL", tmp_path)
    return Table("charts.made_up", "", "", ("a",), {"a": Column("INTEGER", "")}).reads


@pytest.mark.parametrize("table", DERIVED, ids=lambda table: table.name)
def test_a_table_reads_what_another_parser_finds_in_its_select(table):
    found = sqlglot.parse_one(table.select, dialect="duckdb").find_all(exp.Table)
    assert table.reads == {f"{one.db}.{one.name}" for one in found if one.db and isinstance(one.this, exp.Identifier)}
    assert table.reads <= BY_NAME.keys() - {table.name}


def test_facts_read_nothing():
    assert {table.reads for table in TABLES if not table.is_derived} == {frozenset()}


def test_comments_and_texts_are_no_dependencies():
    assert "growth.rate" in BY_NAME["charts.hub_downloads"].select
    assert "growth.rate" not in BY_NAME["charts.hub_downloads"].reads
    assert "from charts.hub_downloads" in BY_NAME["meta.question"].select
    assert BY_NAME["meta.question"].reads == frozenset()


def test_every_place_of_a_table_in_a_select_is_found(monkeypatch, tmp_path):
    select = """
        -- core.in_a_comment
        with recursive core_like as (from core.in_cte), again as (
            from core_like union all select a from again semi join core.in_recursion using (a)
        )
        select
            'core.in_a_text' as a, (select max(b) from core.in_scalar) as b, "quoted".a,
            [x for x in (select list(c) from core.in_list)]
        from again
        join core."in_quotes" as quoted on exists (from core.in_exists)
        cross join lateral (select max(d) from core.in_lateral where d = quoted.a)
        where a in (select k from core.in_where) and a > any (select k from Core.in_any)
        qualify row_number() over (order by (select max(e) from core.in_window)) = 1
        union all by name
        (from core.in_pivot unpivot (v for n in (a, b)))
        order by (select max(f) from core.in_order)
    """
    places = (
        "cte", "recursion", "scalar", "list", "quotes", "exists", "lateral", "where", "window", "pivot", "order",
    )  # fmt: skip
    expected = {f"core.in_{place}" for place in places} | {"Core.in_any"}
    assert reading(select, monkeypatch, tmp_path) == expected


@pytest.mark.parametrize("macro", MACROS, ids=lambda macro: macro.name)
def test_a_select_reads_what_its_macros_read(macro, monkeypatch, tmp_path):
    found = sqlglot.parse_one(declaration.macro_select(macro.name), dialect="duckdb").find_all(exp.Table)
    expected = {f"{one.db}.{one.name}" for one in found if one.db}
    assert expected
    given = ", ".join("null" for _ in macro.parameters)
    select = f"select * from range(3) join {macro.name}({given}) as called on true"
    assert reading(select, monkeypatch, tmp_path) == expected


@pytest.mark.parametrize("select", ["selec 1", "select 1 from core.model where", "drop table core.model"])
def test_what_cannot_be_parsed_is_an_error(select, monkeypatch, tmp_path):
    with pytest.raises((ValueError, duckdb.Error)):
        reading(select, monkeypatch, tmp_path)
