"""Column lineage: traced from every SELECT, through unions by name and views."""

import logging

import pytest

from warehouse.database.schema import TABLES
from warehouse.documentation.column_lineage import column_origins

BY_NAME = {table.name: table for table in TABLES}
# The closure is computed by warehouse.hub.closure; the guide is a list of texts.
WITHOUT_ORIGINS = {"base.model_ancestor", "base.model_family", "meta.guide"}


@pytest.mark.parametrize("table", [table for table in TABLES if table.is_derived], ids=lambda table: table.name)
def test_every_select_is_traced_to_declared_columns(table, caplog):
    origins = column_origins(table)
    assert bool(origins) == (table.name not in WITHOUT_ORIGINS)
    assert origins.keys() <= table.columns.keys()
    for pairs in origins.values():
        assert pairs == tuple(sorted(set(pairs)))
        assert all(column in BY_NAME[name].columns for name, column in pairs)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_column_has_all_its_origins_and_no_others():
    downloads = column_origins(BY_NAME["charts.hub_downloads"])
    assert downloads["downloads"] == (("growth.calendar_downloads", "downloads"), ("growth.reading", "value"))
    assert "date_precision" in downloads
    assert downloads["downloads_since_week_before"] == (
        ("core.hub_week", "flow"),
        ("core.hub_week", "flow_of_new"),
        ("core.hub_week", "flow_recovered"),
    )


def test_a_fact_has_no_origins():
    assert column_origins(BY_NAME["core.observation"]) == {}
