"""Column lineage: traced from every SELECT, through unions by name and views."""

import logging

import pytest

from warehouse.database.schema import TABLES
from warehouse.documentation import column_lineage
from warehouse.documentation.column_lineage import column_origins, trace_columns

BY_NAME = {table.name: table for table in TABLES}
# The closure is computed by warehouse.hub.closure; the questions are a list of texts.
WITHOUT_ORIGINS = {"base.model_ancestor", "base.model_family", "meta.question"}


@pytest.mark.parametrize("table", [table for table in TABLES if table.is_derived], ids=lambda table: table.name)
def test_every_select_is_traced_to_declared_columns(table, caplog):
    origins = trace_columns(table)
    assert bool(origins) == (table.name not in WITHOUT_ORIGINS)
    assert origins.keys() <= table.columns.keys()
    for pairs in origins.values():
        assert pairs == tuple(sorted(set(pairs)))
        assert all(column in BY_NAME[name].columns for name, column in pairs)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_column_has_all_its_origins_and_no_others():
    downloads = trace_columns(BY_NAME["charts.hub_downloads"])
    assert downloads["downloads"] == (("growth.calendar_downloads", "downloads"), ("growth.reading", "value"))
    assert "date_precision" in downloads
    assert downloads["downloads_since_week_before"] == (
        ("core.hub_week", "flow"),
        ("core.hub_week", "flow_of_new"),
        ("core.hub_week", "flow_recovered"),
    )


def test_a_fact_has_no_origins():
    assert column_origins(BY_NAME["core.observation"]) == {}


@pytest.fixture
def without_caches():
    def clear():
        column_lineage._stored.cache_clear()
        column_origins.cache_clear()

    clear()
    yield clear
    clear()


def test_the_stored_lineage_is_used_until_a_select_changes(tmp_path, monkeypatch, without_caches):
    monkeypatch.setattr(column_lineage, "FILE", tmp_path / "column_lineage.json")
    traced = {table: column_origins(table) for table in TABLES}
    without_caches()
    column_lineage.write_file()
    with monkeypatch.context() as patch:
        patch.setattr(column_lineage, "trace_columns", lambda _: pytest.fail("the stored lineage is up to date"))
        assert {table: column_origins(table) for table in TABLES} == traced
    without_caches()
    monkeypatch.setattr(column_lineage, "_fingerprint", lambda: "that of other SELECTs")
    monkeypatch.setattr(column_lineage, "trace_columns", lambda _: {"traced": ()})
    assert column_origins(BY_NAME["growth.milestone"]) == {"traced": ()}
