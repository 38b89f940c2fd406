"""Benchmarks: the curated entities, and the tables that match the names of the sources with them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.resources import Warehouse
from assets.table_asset import asset_spec, constraints_check, constraints_passed, derived_assets
from warehouse.seeds import entities
from warehouse.tables.benchmarks import (
    BENCHMARK_SCALE,
    BENCHMARK_SCORE,
    ENTITY_NAME,
    MATCH_PROPOSAL,
    MATCH_RATE,
    MODEL_MATCH,
    SEEN_NAME,
    UNMATCHED_NAME,
)

GROUP = "benchmarks"


@dg.multi_asset(
    name="entities",
    specs=[asset_spec(table, group=GROUP, kinds={"python", "csv"}, deps=[]) for table in entities.TABLES],
    check_specs=[constraints_check(table) for table in entities.TABLES],
)
def listed_entities(warehouse: Warehouse) -> Iterator[Any]:
    """Curated models and companies, their names, reference models and scales of benchmarks, checked row by row."""
    with warehouse.writing() as connection:
        entities.load(connection)
        counts = {
            table: connection.execute(f"select count(*) from {table.name}").fetchall()[0][0]
            for table in entities.TABLES
        }
    for table, rows in counts.items():
        yield dg.MaterializeResult(
            asset_key=table.name.split("."),
            metadata={"dagster/row_count": rows},
            check_results=[constraints_passed(table)],
        )


VIEWS = (
    listed_entities,
    derived_assets(
        "benchmark_tables",
        (
            BENCHMARK_SCORE,
            BENCHMARK_SCALE,
            SEEN_NAME,
            ENTITY_NAME,
            MATCH_PROPOSAL,
            MODEL_MATCH,
            UNMATCHED_NAME,
            MATCH_RATE,
        ),
        group=GROUP,
    ),
)
