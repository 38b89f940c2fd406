"""Dagster assets of tables: their metadata in the catalogue, their checks, and the assets that derive tables."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from assets.resources import Warehouse
from warehouse.database import schema
from warehouse.database.derive import CheckError, derive
from warehouse.documentation.column_lineage import column_origins
from warehouse.tables.table import Table

# Returns further metadata for the UI, by the name of a table.
Illustrate = Callable[[duckdb.DuckDBPyConnection, Sequence[Table]], Mapping[str, dict[str, Any]]]
METHODS = Path(__file__).parents[1] / "docs" / "methods"

CONSTRAINTS_CHECK = "declared_constraints_hold"
PUBLISHED_FIGURES = dg.AssetKey(["published_history", "figures"])


def asset_key(table: Table) -> dg.AssetKey:
    """Return the key of a table's asset: its schema and its name."""
    return dg.AssetKey(table.name.split("."))


def makers(table: Table) -> list[dg.AssetKey]:
    """Return the keys of the assets that write a table."""
    own = table.name.replace("base.", "core.").replace(".", "/")
    return [dg.AssetKey.from_user_string(key) for key in table.made_by or (own,)]


def table_metadata(table: Table) -> dict[str, Any]:
    """Return a table's declaration as asset metadata, with its SELECT and its method page if it has them."""
    columns = [
        dg.TableColumn(
            name,
            column.type,
            description=column.meaning,
            constraints=dg.TableColumnConstraints(nullable=not column.required),
        )
        for name, column in table.columns.items()
    ]
    described: dict[str, Any] = {
        "dagster/table_name": table.name,
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "grain": f"one row for {table.grain}",
        "key": ", ".join(table.key),
        "published as": f"{table.name} in published/tidegauge.duckdb",
    }
    if table.is_derived:
        with warnings.catch_warnings(action="ignore", category=dg.BetaWarning):
            reference = dg.LocalFileCodeReference(file_path=str(table.select_file), label="SELECT")
            described["dagster/code_references"] = dg.CodeReferencesMetadataValue(code_references=[reference])
        described["select"] = dg.MetadataValue.md(f"```sql\n{table.select}\n```")
    method = METHODS / f"{table.name.split('.')[1]}.md"
    if table.schema in ("charts", "growth") and method.exists():
        described["how it is made"] = dg.MetadataValue.md(method.read_text(encoding="utf-8"))
    return described


def column_lineage(table: Table) -> dict[str, Any]:
    """Return the column lineage of a derived table as asset metadata; empty for a fact."""
    names = {other.name: other for other in schema.TABLES}
    lineage = {
        column: [
            dg.TableColumnDep(asset_key=key, column_name=origin)
            for name, origin in pairs
            # Only a table that is an asset under its own name is in the graph.
            if makers(names[name]) == [key := asset_key(names[name])]
        ]
        for column, pairs in column_origins(table).items()
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(lineage)} if lineage else {}


def asset_spec(table: Table, *, group: str, kinds: set[str], deps: Sequence[dg.AssetKey]) -> dg.AssetSpec:
    """Return the specification of a table's asset."""
    return dg.AssetSpec(
        asset_key(table),
        description=table.description,
        group_name=group,
        kinds=kinds,
        deps=deps,
        metadata=table_metadata(table),
    )


def constraints_check(table: Table) -> dg.AssetCheckSpec:
    """Return the asset check that covers a table's key and its declared checks."""
    checks = [f"the key ({', '.join(table.key)}) is unique", *table.checks]
    return dg.AssetCheckSpec(CONSTRAINTS_CHECK, asset=asset_key(table), blocking=True, description="; ".join(checks))


def constraints_passed(table: Table) -> dg.AssetCheckResult:
    """Return the passed check of a table that was written: a write that violates it raises and is rolled back."""
    return dg.AssetCheckResult(asset_key=asset_key(table), check_name=CONSTRAINTS_CHECK, passed=True)


def constraints_failed(table: Table, error: CheckError, check_name: str = CONSTRAINTS_CHECK) -> dg.AssetCheckResult:
    """Return the failed check of a table that could not be written."""
    return dg.AssetCheckResult(asset_key=asset_key(table), check_name=check_name, passed=False, description=str(error))


def constraints_failure(error: CheckError) -> dg.Failure:
    """Return the failure of a step after a failed check."""
    return dg.Failure(
        description=f"{error} Kept: the table as it was before. To do: look at the row that is named, and at the rows "
        "that it is derived from.",
        allow_retries=False,
    )


def derived_assets(
    name: str,
    tables: Sequence[Table],
    *,
    group: str,
    headlines: Mapping[str, str] | None = None,
    illustrate: Illustrate = lambda _connection, _tables: {},
) -> dg.AssetsDefinition:
    """Return the assets of derived tables: one step rebuilds each by its SELECT, in the order of `tables`.

    The selected tables are rebuilt in one transaction. `headlines` maps the name of a table to a query for (name, number)
    pairs, which the UI plots over the weeks. `illustrate` returns further metadata for the UI; it is not called in an
    ephemeral Dagster instance, which no UI reads.
    """

    @dg.multi_asset(
        name=name,
        specs=[asset_spec(table, group=group, kinds={"sql", "duckdb"}, deps=upstream(table)) for table in tables],
        check_specs=[constraints_check(table) for table in tables],
        can_subset=True,
    )
    def rebuilt(
        context: dg.AssetExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        chosen = [table for table in tables if asset_key(table) in context.selected_asset_keys]
        checked = {key.asset_key for key in context.selected_asset_check_keys}
        table = chosen[0]
        figures: dict[str, dict[str, Any]] = {}
        try:
            with warehouse.writing() as connection:
                for table in chosen:
                    # A view was created when the schema was prepared.
                    rows = None if table.is_view else derive(connection, table)
                    query = (headlines or {}).get(table.name)
                    pairs = connection.execute(query).fetchall() if query else []
                    figures[table.name] = {
                        **column_lineage(table),
                        **({} if rows is None else {"dagster/row_count": rows}),
                        **{str(label): float(figure) for label, figure in pairs if figure is not None},
                    }
                if not context.instance.is_ephemeral:
                    for name, shown in illustrate(connection, chosen).items():
                        figures[name] |= shown
        except CheckError as error:
            yield constraints_failed(table, error)
            raise constraints_failure(error) from error
        for table in chosen:
            yield dg.MaterializeResult(asset_key=asset_key(table), metadata=figures[table.name])
        # Checks last: Dagster reads the materialization of each from the event log, which then stores all of them at once.
        for table in chosen:
            if asset_key(table) in checked:
                yield constraints_passed(table)

    return rebuilt


def upstream(table: Table) -> list[dg.AssetKey]:
    """Return the keys of the assets that make what a derived table's SELECT reads, in the order of the declarations."""
    keys = [key for other in schema.TABLES if other.name in table.reads for key in makers(other)]
    return list(dict.fromkeys(keys))
