"""Curated lists: models and companies with their names, reference models, scales of benchmarks, licence labels."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.seeds.csv_reader import (
    LISTS,
    Seed,
    one_of,
    read_seed,
    read_seeds,
    replace_tables,
    text_columns,
)
from warehouse.tables.benchmarks import ENTITY, LISTED_BENCHMARK_SCALE, LISTED_NAME, LISTED_REPOSITORY, REFERENCE_MODEL

TABLES = (ENTITY, LISTED_NAME, LISTED_REPOSITORY, REFERENCE_MODEL, LISTED_BENCHMARK_SCALE)
_COMPANY = "company in (select entity from seed_entity where kind = 'company')"
_ENTITY = "(entity, kind) in (select (entity, kind) from seed_entity)"
SEEDS = (
    Seed("entity", ENTITY.columns, ENTITY.key, ENTITY, checks={"company: a company of entity.csv": _COMPANY}),
    Seed(
        "entity_name",
        LISTED_NAME.columns,
        LISTED_NAME.key,
        LISTED_NAME,
        checks={"entity, kind: an entity of this kind of entity.csv": _ENTITY},
    ),
    Seed(
        "model_name",
        LISTED_REPOSITORY.columns,
        LISTED_REPOSITORY.key,
        LISTED_REPOSITORY,
        checks={"id: owner/name": "regexp_full_match(id, '[^/ ]+/[^/ ]+')"},
    ),
    Seed("reference_model", REFERENCE_MODEL.columns, REFERENCE_MODEL.key, REFERENCE_MODEL),
    Seed(
        "benchmark_scale",
        LISTED_BENCHMARK_SCALE.columns,
        LISTED_BENCHMARK_SCALE.key,
        LISTED_BENCHMARK_SCALE,
        checks={
            "chance_pct: from 0 to less than ceiling_pct": "0 <= chance_pct and chance_pct < ceiling_pct",
            "ceiling_pct: at most 100": "ceiling_pct <= 100",
        },
    ),
)
# What a source writes for a licence or an access, and what that means.
LABEL = Seed(
    "label",
    text_columns("label", "openness", "note"),
    key=("label",),
    formats={"openness": one_of("open", "proprietary", "unknown")},
    ignore_case=True,
)


def openness_of(name: str, folder: Path = LISTS) -> Mapping[str, str]:
    """Return the openness (open, proprietary or unknown) of each label of the list `name`, by the label in lower case.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong.
    """
    rows = read_seed(folder, replace(LABEL, name=name))
    return {row["label"].casefold(): row["openness"] for row in rows}


def load(connection: duckdb.DuckDBPyConnection, folder: Path = LISTS) -> int:
    """Replace the entities, their names, the reference models and scales; return the number of names.

    Raises:
        CuratedError: a list is wrong; nothing was written.
    """
    records = read_seeds(folder, SEEDS, connection)
    replace_tables(connection, SEEDS)
    return len(records["entity_name"])
