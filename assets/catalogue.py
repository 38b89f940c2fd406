"""How tables appear in Dagster's catalogue, and how a derived table becomes an asset."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from pipelines.resources import Warehouse
from warehouse import schema
from warehouse.derivation import derive
from warehouse.table import Table
from warehouse.tables import knowledge

OWNERS = ["team:tidegauge"]
WEEKLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=9), warn_window=timedelta(days=8))

PUBLISHED_FIGURES = dg.AssetKey(["published_history", "figures"])
# Tables that are written, or made visible, by the asset of another name.
MADE_BY = {
    "core.observation_latest": dg.AssetKey(["core", "observation"]),
    "core.model_reading": dg.AssetKey(["core", "model_week"]),
    "core.former_name": dg.AssetKey(["core", "model_name"]),
    "core.lineage_edge": dg.AssetKey(["core", "model_edge"]),
    "core.lineage_reading": dg.AssetKey(["core", "model_edge"]),
    "core.family_member": dg.AssetKey(["core", "family_week"]),
    "core.family_reading": dg.AssetKey(["core", "family_week"]),
    "core.lineage_ancestor": dg.AssetKey(["core", "model_ancestor"]),
    "core.lineage_root": dg.AssetKey(["core", "model_family"]),
    "core.metric": PUBLISHED_FIGURES,
    "core.published_claim": PUBLISHED_FIGURES,
    "meta.source": PUBLISHED_FIGURES,
    "meta.definition_change": PUBLISHED_FIGURES,
    "meta.collection": dg.AssetKey(["core", "observation"]),
    **{table.name: PUBLISHED_FIGURES for table in knowledge.TABLES},
}


def asset_key(table: Table) -> dg.AssetKey:
    """Give the key of a table's asset: its schema and its name."""
    return dg.AssetKey(table.name.split("."))


def described(table: Table) -> Mapping[str, Any]:
    """Give a table's declaration as the catalogue shows it."""
    columns = [
        dg.TableColumn(
            name,
            column.type,
            description=column.description,
            constraints=dg.TableColumnConstraints(nullable=not column.required),
        )
        for name, column in table.columns.items()
    ]
    return {
        "dagster/table_name": table.name,
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "grain": f"one row for {table.grain}",
        "key": ", ".join(table.key),
    }


def specification(table: Table, *, group: str, kinds: set[str], deps: Sequence[dg.AssetKey]) -> dg.AssetSpec:
    """Give the specification of a table's asset."""
    return dg.AssetSpec(
        asset_key(table),
        description=table.description,
        group_name=group,
        kinds=kinds,
        owners=OWNERS,
        deps=deps,
        metadata=described(table),
        freshness_policy=WEEKLY,
    )


def holds(table: Table) -> dg.AssetCheckSpec:
    """Give the check that a table holds what it declares: its key and each of its promises."""
    promises = [f"the key ({', '.join(table.key)}) is unique", *table.checks]
    return dg.AssetCheckSpec(
        "holds_what_it_declares", asset=asset_key(table), blocking=True, description="; ".join(promises)
    )


def held(table: Table) -> dg.AssetCheckResult:
    """Give the verdict of that check: writing a table raises, and keeps nothing, unless it holds."""
    return dg.AssetCheckResult(asset_key=asset_key(table), check_name="holds_what_it_declares", passed=True)


def derived_asset(table: Table, *, group: str, headline: str | None = None) -> dg.AssetsDefinition:
    """Make the asset of a derived table: rebuilt by its SELECT, upstream of it what the SELECT reads.

    `headline` is a query for (name, number) pairs: the figures that the UI is to plot over the weeks.
    """
    spec = specification(table, group=group, kinds={"sql", "duckdb"}, deps=upstream(table))

    @dg.multi_asset(
        name="__".join(table.name.split(".")),
        specs=[spec.merge_attributes(metadata={"select": dg.MetadataValue.md(f"```sql\n{table.select}\n```")})],
        check_specs=[holds(table)],
    )
    def rebuilt(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any]]:
        with warehouse.writing() as connection:
            rows = derive(connection, table)
            figures = connection.execute(headline).fetchall() if headline else []
        yield dg.MaterializeResult(
            asset_key=spec.key,
            metadata={
                **({} if rows is None else {"dagster/row_count": rows}),
                **{str(name): float(figure) for name, figure in figures if figure is not None},
            },
            check_results=[held(table)],
        )

    return rebuilt


def upstream(table: Table) -> list[dg.AssetKey]:
    """Give the assets that a derived table's SELECT reads, in the order of the tables' declaration."""
    named = set(re.findall(r"\b(?:core|growth|charts|meta)\.\w+", table.select)) - {table.name}
    keys = [MADE_BY.get(other.name, asset_key(other)) for other in schema.TABLES if other.name in named]
    return list(dict.fromkeys(keys))
