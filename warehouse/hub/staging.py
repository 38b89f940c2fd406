"""Staging tables: the temporary tables and views through which the steps of loading a week pass rows to each other.

`assets/hub/load_records` fills the first four from the pages of a walk. Then `models` (with `authors`), `events` (with
`totals`), `facets`, `edges` and `weekly_totals` load the week, in this order and on the same connection. The step that fills a
staging table calls `verify`, so that a column that is renamed on one side only fails there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from warehouse.tables.core import BASE_MODEL_WEEK, MODEL
from warehouse.tables.table import Column


class StagingError(RuntimeError):
    """A staging table does not have its declared columns: a mistake in the code that fills it."""


@dataclass(frozen=True, eq=False)
class StagingTable:
    """A temporary table or view: its grain, its columns, the module that fills it and the modules that read it.

    The columns of a temporary table that DuckDB creates from a SELECT have no constraints: `required` is not used here.
    """

    name: str
    grain: str
    columns: Mapping[str, Column]
    filled_by: str
    read_by: tuple[str, ...]

    def ddl(self) -> str:
        """Return the statement that creates an empty table of this form."""
        columns = ", ".join(f"{name} {column.type}" for name, column in self.columns.items())
        return f"create or replace temp table {self.name} ({columns})"


# The attributes of a model that its author can change in any week.
ATTRIBUTES = (
    "id", "author", "licence", "pipeline_tag", "library", "gated", "parameters_b", "size_source", "memory_gb",
    "memory_qualifier",
)  # fmt: skip
COUNTERS = ("downloads_30d", "downloads_all_time", "likes")

INCOMING_MODEL = StagingTable(
    name="incoming_model",
    grain="model on the Hub in this week, by hub_id",
    columns={
        "hub_id": MODEL.columns["hub_id"],
        "id": MODEL.columns["id"],
        "author": MODEL.columns["author"],
        "created_at": MODEL.columns["created_at"],
        **{name: MODEL.columns[name] for name in ATTRIBUTES[2:]},
        **{name: BASE_MODEL_WEEK.columns[name] for name in COUNTERS},
    },
    filled_by="assets/hub/load_records.sql",
    read_by=("warehouse/hub/models.py", "warehouse/hub/weekly_totals.py"),
)
INCOMING_PARENT = StagingTable(
    name="incoming_parent",
    grain="base that a model states, by hub_id and position",
    columns={
        "hub_id": MODEL.columns["hub_id"],
        "told_by": Column("VARCHAR", "Where the base is stated: base_models, tag or card."),
        "position": Column("BIGINT", "Place in the list of stated bases, from 1."),
        "named_id": Column("VARCHAR", "The base's hub_id, where the statement has one."),
        "named": Column("VARCHAR", "The statement as it was written."),
        "name": Column("VARCHAR", "The base's name, where the statement is a possible name."),
        "relation": Column("VARCHAR", "finetune, adapter, quantized or merge; NULL where not stated."),
    },
    filled_by="assets/hub/load_records.sql",
    read_by=("warehouse/hub/edges.py", "warehouse/hub/edges.sql", "warehouse/hub/weekly_totals.py"),
)
INCOMING_TAGS = StagingTable(
    name="incoming_tags",
    grain="model on the Hub in this week, by hub_id",
    columns={
        "hub_id": MODEL.columns["hub_id"],
        "facet_tags": Column("VARCHAR", "The tags that can be facets, with blanks between them; empty without one."),
        "datasets": Column("VARCHAR[]", "The datasets that the tags name; NULL without one."),
    },
    filled_by="assets/hub/load_records.sql",
    read_by=("warehouse/hub/facets.py",),
)
INCOMING_SET_ASIDE = StagingTable(
    name="incoming_set_aside",
    grain="record, or field of a record, that is not loaded as it came",
    columns={
        "page": Column("VARCHAR", "File of the stored page."),
        "hub_id": Column("VARCHAR", "The record's `_id`, where it can be read."),
        "id": Column("VARCHAR", "The record's name, where it can be read."),
        "field": Column("VARCHAR", "The field that is wrong; NULL if it is the whole record."),
        "reason": Column("VARCHAR", "What is wrong."),
        "content": Column("VARCHAR", "What the field contains, at most 500 characters."),
        "treatment": Column("VARCHAR", "left_out, without_field, duplicate, next_week or not_public."),
    },
    filled_by="assets/hub/load_records.sql",
    read_by=("assets/hub/load_records.py", "warehouse/hub/models.py"),
)
OWNER_BEFORE = StagingTable(
    name="owner_before",
    grain="model whose owner this load, or an earlier load of the same week, may have changed",
    columns={
        "model_key": MODEL.columns["model_key"],
        "author": Column("VARCHAR", "Owner before this load."),
    },
    filled_by="warehouse/hub/models.py",
    read_by=("warehouse/hub/authors.py",),
)
CHANGED_MODEL = StagingTable(
    name="changed_model",
    grain="known model of which an attribute has changed",
    columns={
        "model_key": MODEL.columns["model_key"],
        "hub_id": MODEL.columns["hub_id"],
        **{name: MODEL.columns[name] for name in (*ATTRIBUTES, "name_since", "last_seen")},
        **{
            f"{name}_before": Column("VARCHAR", f"{name} before this load.")
            for name in ("id", "author", "licence", "gated")
        },
    },
    filled_by="warehouse/hub/models.py",
    read_by=("warehouse/hub/events.py",),
)
READING_PAIR = StagingTable(
    name="reading_pair",
    grain="model on the Hub in this week or in the loaded week before it",
    columns={
        "model_key": MODEL.columns["model_key"],
        "is_present": Column("BOOLEAN", "Whether the model is on the Hub in this week."),
        "was_present": Column("BOOLEAN", "Whether the model was on the Hub in the loaded week before."),
        "downloads_30d": Column("BIGINT", "Downloads in 30 days, this week."),
        "downloads_30d_before": Column("BIGINT", "Downloads in 30 days, the week before."),
        "downloads_all_time": Column("BIGINT", "Downloads of all time, this week."),
        "downloads_all_time_before": Column("BIGINT", "Downloads of all time, the week before."),
    },
    filled_by="warehouse/hub/events.py",
    read_by=("warehouse/hub/totals.py",),
)
INCOMING = (INCOMING_MODEL, INCOMING_TAGS, INCOMING_PARENT, INCOMING_SET_ASIDE)
TABLES = (*INCOMING, OWNER_BEFORE, CHANGED_MODEL, READING_PAIR)


def verify(connection: duckdb.DuckDBPyConnection, *tables: StagingTable) -> None:
    """Check that staging tables have their declared columns and types.

    Raises:
        StagingError: names the table and the columns that differ.
    """
    for table in tables:
        nulls = ", ".join(f"null::{column.type} as {name}" for name, column in table.columns.items())
        declared = _columns(connection, f"select {nulls}")
        found = _columns(connection, f"from {table.name} limit 0")
        if found != declared:
            differing = ", ".join(sorted(f"{name} {type}" for name, type in declared ^ found))
            raise StagingError(
                f"{table.name}: the columns differ from warehouse/hub/staging.py: {differing}. Kept: the database as it was. "
                f"To do: correct {table.filled_by}, or the declaration."
            )


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> set[tuple[str, str]]:
    return {(name, str(type)) for name, type, *_ in connection.execute(query).description or ()}
