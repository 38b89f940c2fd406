"""Rows of a database, and whether those that a disturbed collection left are right."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.database import schema
from warehouse.database.connection import reading
from warehouse.tables.table import Table

# How it was made, and not what it says.
_ASIDE = {"meta.collection", "meta.warehouse", "meta.backfill", "meta.answer_field"}
# Numbers that are given in the order of arrival, and mean nothing.
_KEYS = {"model_key", "author_key", "child_key", "parent_key", "owner_key", "snapshot_key"}
# What tells of a row or an item that was not used: more of it is no wrong figure.
SET_ASIDE = frozenset({"meta.set_aside", "meta.set_aside_item"})
FACTS = tuple(t for t in schema.TABLES if not t.is_derived and not t.is_view and t.name not in _ASIDE)
Digest = Mapping[str, tuple[int, int]]
Rows = Mapping[str, Counter[tuple[Any, ...]]]


@dataclass(frozen=True)
class Holding:
    """Every fact: by table a number for all of its rows; the rows themselves are read where those differ."""

    digest: Digest
    rows: Rows


def holding() -> Holding:
    """Return every fact of the working database."""
    found: dict[str, Counter[tuple[Any, ...]]] = {}
    with reading(_database()) as connection:
        for table in FACTS:
            rows = connection.execute(f"from {table.name}").fetchall()
            if rows:
                found[table.name] = Counter(tuple(map(_plain, row)) for row in rows)
    return Holding(digest(), found)


def digest() -> Digest:
    """Return rows and their sum of hashes for each table that holds any; what was set aside does not count."""
    with reading(_database()) as connection:
        there = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where estimated_size > 0"
        ).fetchall()
        names = {t.name for t in FACTS} & {name for (name,) in there} - SET_ASIDE
        sums = [f"select '{name}', count(*), sum(hash(t))::hugeint::varchar from {name} t" for name in names]
        found = connection.execute(" union all ".join(sums)).fetchall() if sums else []
        return {name: (number, total) for name, number, total in found if number}


def differences(due: Rows, found: Rows) -> list[str]:
    """Return what is wrong in `found`: each unexpected row, unless it is an expected one with NULL for a value.

    Rows that are not there are not wrong by themselves.
    """
    wrong: list[str] = []
    for table in FACTS:
        # A model that is missing changes what is counted over all of them; `of_the_walk` looks at these.
        if table.name in SET_ASIDE | {*_OF_MODELS}:
            continue
        more = found.get(table.name, Counter()) - due.get(table.name, Counter())
        wrong += [f"{table.name}: {row}" for row in more if not _is_less(table, row, due.get(table.name, Counter()))]
    return wrong


def of_the_walk() -> list[tuple[Any, ...]]:
    """Return what the newest week says of each model, with its own id."""
    with reading(_database()) as connection:
        return connection.execute(
            """
            select hub_id, downloads_30d, downloads_all_time, likes, model.created_at
            from core.model_week join core.model using (hub_id)
            where week = (select max(week) from core.model_week)
            """
        ).fetchall()


def walk_adds_up() -> list[str]:
    """Return where the totals of the newest week are not the sums over its models."""
    with reading(_database()) as connection:
        return [
            f"{metric}: {value} is said, and the models add up to {due}"
            for metric, value, due in connection.execute(
                """
                with newest as (from core.model_week where week = (select max(week) from core.model_week)),
                due as (
                    select 'hub_models' as metric, count(*)::double as due from newest
                    union all select 'hub_downloads_30d', sum(downloads_30d)::double from newest
                    union all select 'hub_downloads_all_time', sum(downloads_all_time)::double from newest
                )
                select metric, value, due from core.observation_latest join due using (metric)
                where period_start = (select max(week) from core.model_week) and value is distinct from due
                """
            ).fetchall()
        ]


_OF_MODELS = (
    "core.model", "base.model_week", "base.model_name", "core.author", "core.author_week", "base.model_event",
    "base.counter_restatement", "base.download_spike", "core.hub_week", "core.concentration_week",
    "core.facet_set", "base.model_facets", "core.facet_week", "base.model_edge", "core.unresolved_parent",
    "core.lineage_reading",
)  # fmt: skip


def _is_less(table: Table, row: tuple[Any, ...], due: Counter[tuple[Any, ...]]) -> bool:
    """Whether a row is one that is due, with less in it; a withdrawal repeats what was believed, and adds no figure."""
    names = list(table.columns)
    if "is_withdrawn" in names and row[names.index("is_withdrawn")]:
        return True
    loose = {"attributes", "recorded_at", *_KEYS}
    return any(
        all(
            found is None or found == wanted or name in loose
            for name, found, wanted in zip(names, row, one, strict=True)
        )
        for one in due
    )


def _database() -> Path:
    """Return the working database; `Settings` would take longer than a look into it."""
    return Path(os.environ["TIDEGAUGE_HOME"]) / "working" / "tidegauge.duckdb"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((str(key), str(one)) for key, one in value.items()))
    return tuple(map(_plain, value)) if isinstance(value, list) else value
