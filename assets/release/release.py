"""The release: the published folder, replaced atomically."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg

from assets.disk_space import disk_space
from assets.release import health_checks
from assets.resources import RELEASE_TAG, Clock, Warehouse
from assets.source_asset import refused_clock
from assets.table_asset import asset_key
from assets.weeks import monday
from warehouse.release import publish
from warehouse.release.atom_feed import build_feed
from warehouse.release.changes import build_changes
from warehouse.release.citation import build_citation
from warehouse.tables import growth
from warehouse.tables.charts import hub
from warehouse.tables.core import MODEL, MODEL_NAME, OBSERVATION
from warehouse.tables.events import EVENT
from warehouse.tables.lineage import MODEL_ANCESTOR, MODEL_FAMILY

RELEASE = dg.AssetKey(["publication", "release"])
PUBLISHED_TABLES = (*growth.TABLES, *hub.TABLES, OBSERVATION, MODEL, MODEL_NAME, MODEL_ANCESTOR, MODEL_FAMILY, EVENT)


@dg.asset(
    key=RELEASE,
    deps=[asset_key(table) for table in PUBLISHED_TABLES],
    group_name="publication",
    kinds={"duckdb", "parquet"},
    check_specs=health_checks.check_specs(RELEASE),
)
def release(
    context: dg.AssetExecutionContext, warehouse: Warehouse, clock: Clock
) -> Iterator[dg.MaterializeResult[Any]]:
    """The published folder: DuckDB file, Parquet files, pages and citation; built beside it, checked, and swapped in."""
    with refused_clock():
        clock.assert_right(warehouse)
    published = warehouse.publish(clock.now(), partial(_pages, warehouse.published))
    context.instance.add_run_tags(context.run.run_id, {RELEASE_TAG: str(published.version)})
    with warehouse.reading() as connection:
        verdicts = health_checks.verdicts(connection, RELEASE, disk_space(warehouse.settings))
    yield dg.MaterializeResult(
        metadata={
            "version": published.version,
            "week": monday(clock.now()).isoformat(),
            "weeks": published.weeks,
            "tables": len(published.rows),
            "rows": sum(published.rows.values()),
            "megabytes": round((warehouse.published / publish.DATABASE).stat().st_size / 1e6, 1),
            "folder": dg.MetadataValue.path(str(warehouse.published)),
            "page": dg.MetadataValue.url((warehouse.published / "index.html").as_uri()),
        },
        check_results=verdicts,
    )


def _pages(last: Path, database: Path, folder: Path) -> None:
    """Write what a release holds beside its tables; `last` is the published folder of the release before."""
    from warehouse.pages.explorer import build_explorer_page
    from warehouse.pages.page import build_page  # imports jinja2 and markdown-it, which only the pages need
    from warehouse.release.explorer_files import build_explorer

    build_page(database, folder, build_explorer(database, last, folder))
    build_explorer_page(database, folder)
    build_feed(database, folder)
    build_citation(database, folder)
    build_changes(database, last, folder)
