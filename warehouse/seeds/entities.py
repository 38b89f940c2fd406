"""The curated lists of this subject: models and companies with their names, what a licence label means, references."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import duckdb

from warehouse.database.bulk_insert import replace_rows
from warehouse.seeds.csv_reader import LISTS, CuratedError, Day, Row, read_list
from warehouse.tables.benchmarks import ENTITY, LISTED_NAME, REFERENCE_MODEL

TABLES = (ENTITY, LISTED_NAME, REFERENCE_MODEL)
Openness = Literal["open", "proprietary", "unknown"]


class Entity(Row):
    """A row of `entity.csv`, as in core.entity."""

    entity: str
    kind: Literal["model", "company"]
    title: str
    company: str | None = None
    released_on: Day | None = None
    evidence: str


class ListedName(Row):
    """A row of `entity_name.csv`, as in core.listed_name."""

    entity: str
    kind: Literal["model", "company"]
    system: str
    name: str
    evidence: str


class ReferenceModel(Row):
    """A row of `reference_model.csv`, as in core.reference_model."""

    system: str
    model: str
    reference_model: str
    evidence: str


class Label(Row):
    """A row of a list of labels: what a source's word for a licence or an access means here."""

    label: str
    openness: Openness
    note: str


def openness_of(name: str, folder: Path = LISTS) -> Mapping[str, Openness]:
    """Give what each label of the list `name` means, by the label in lower case.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong.
    """
    lines = read_list(folder / f"{name}.csv", Label, lambda row: row.label.casefold())
    return {line.row.label.casefold(): line.row.openness for line in lines}


def load(connection: duckdb.DuckDBPyConnection, folder: Path = LISTS) -> int:
    """Bring the lists of entities, names and references into the warehouse, whole; give the number of names.

    Raises:
        CuratedError: a list is wrong; nothing was written.
    """
    entities = read_list(folder / "entity.csv", Entity, lambda row: row.entity)
    names = read_list(folder / "entity_name.csv", ListedName, lambda row: (row.system, row.kind, row.name))
    references = read_list(folder / "reference_model.csv", ReferenceModel, lambda row: (row.system, row.model))
    kinds: dict[str, str] = {line.row.entity: line.row.kind for line in entities}
    problems = [
        line.problem("entity", f"{line.row.entity!r} is no {line.row.kind} of entity.csv")
        for line in names
        if kinds.get(line.row.entity) != line.row.kind
    ]
    problems += [
        line.problem("company", f"{line.row.company!r} is no company of entity.csv")
        for line in entities
        if line.row.company is not None and kinds.get(line.row.company) != "company"
    ]
    if problems:
        raise CuratedError(problems)
    replace_rows(connection, ENTITY, [line.row for line in entities])
    replace_rows(connection, LISTED_NAME, [line.row for line in names])
    replace_rows(connection, REFERENCE_MODEL, [line.row for line in references])
    return len(names)
