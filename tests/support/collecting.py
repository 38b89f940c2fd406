"""Shared by the tests of sources: collect one in a week of the sandbox, and query the warehouse."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import dagster as dg
import pytest
from instances import instance_in_memory

from assets.declared_sources import SOURCE_ROWS
from assets.registry import SOURCE_ASSETS
from assets.resources import Clock, Warehouse
from pipelines.commands.demo import KEYS
from pipelines.outcome import failures_of, is_skipped
from pipelines.sandbox.server import Sandbox
from warehouse.database.derive import derive
from warehouse.seeds import published_figures
from warehouse.tables import growth
from warehouse.tables.charts import hub


def point_at(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point every setting at the sandbox, and switch every source on."""
    for name, value in {**sandbox.addresses, **KEYS, "TIDEGAUGE_SWITCHED_OFF": ""}.items():
        monkeypatch.setenv(name, value)


def assets_of(*sources: str) -> list[dg.AssetsDefinition]:
    """Return the assets of these sources, in this order."""
    by_name = {asset.key.path[-1]: asset for asset in SOURCE_ASSETS}
    return [by_name[source] for source in sources]


def collect(source: str, sandbox: Sandbox, week: int, *, now: str | None = None) -> dict[str, Any] | None:
    """Collect a source in a week; return the metadata that the UI shows, or None if it failed."""
    sandbox.week = week
    (asset,) = assets_of(source)
    clock = Clock(simulated_now=now or sandbox.world.now(week).isoformat())
    result = dg.materialize(
        [asset], resources={"warehouse": Warehouse(), "clock": clock}, instance=_instance(), raise_on_error=False
    )
    if any(not is_skipped(reason) for reason in uncollected_sources(result).values()):
        return None
    (materialization,) = result.asset_materializations_for_node(asset.op.name)
    return {name: value.value for name, value in materialization.metadata.items()}


@cache
def _instance() -> dg.DagsterInstance:
    """Return an instance for all collections of this process: to make one takes twice as long as a run in it."""
    return instance_in_memory()


def chart(name: str, query: str, sandbox: Sandbox) -> Sequence[tuple[Any, ...]]:
    """Derive the growth tables and one chart from what was collected, and return the result of a query."""
    with Warehouse().writing() as connection:
        published_figures.load(connection, published_figures.CURATED, sandbox.world.now(0), SOURCE_ROWS)
        for table in (*growth.TABLES, *hub.TABLES):
            if table.schema == "growth" or table.name == name:
                derive(connection, table)
        return connection.execute(query).fetchall()


def found(query: str) -> Sequence[tuple[Any, ...]]:
    """Query the warehouse."""
    with Warehouse().reading() as connection:
        return connection.execute(query).fetchall()


def uncollected_sources(run: dg.ExecuteInProcessResult) -> dict[str, str]:
    """Return why sources were not collected in a run, by the key of the step; the run must have succeeded."""
    assert run.success, failures_of(run)
    return failures_of(run)
