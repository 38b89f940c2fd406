"""Fixtures of the tests of models, lineage, families and makers."""

from pathlib import Path

import pytest
from lineage_world import NOW
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from warehouse.database.connection import writing
from warehouse.seeds import published_figures


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with the published figures and no models, to be copied."""
    path = tmp_path_factory.mktemp("prepared") / "w.duckdb"
    with writing(warehouse_at(path)) as connection:
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
    return path
