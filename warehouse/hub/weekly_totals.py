"""Weekly observations of the Hub from the staging tables: totals, licences, and models that fit into a laptop."""

from datetime import date, datetime
from typing import Protocol

import duckdb

from warehouse.facts.observations import Observation

# Authors can write any licence tag. Besides the tags in core.licence_class, so many of the most frequent ones have their own
# figure; the others are summed.
LICENCES_KEPT = 200

RAM_GB = (8, 16, 32, 64)
BITS = (16, 8, 4)
# Without one of these fields it is not known which models are text models, or how large they are.
_LAPTOP_FIELDS = frozenset({"pipeline_tag", "library_name", "safetensors", "gguf"})


class Walk(Protocol):
    """The attributes of a walk that its observations need."""

    @property
    def source(self) -> str:
        """Key into meta.source."""

    @property
    def week(self) -> date:
        """Monday of the walk's week."""

    @property
    def edge(self) -> datetime:
        """The moment whose state the walk shows."""

    @property
    def evidence_url(self) -> str:
        """Address of the first page."""

    @property
    def refused_tokens(self) -> tuple[str, ...]:
        """Fields that the Hub refused to list."""


def week_of_observations(connection: duckdb.DuckDBPyConnection, walk: Walk) -> list[Observation]:
    """Return every observation of a walk's week.

    A figure of an earlier load of the same week that this one does not have is withdrawn: it has no value.
    """
    found = [*_totals(connection, walk), *_licences(connection, walk), *_laptops(connection, walk)]
    return [*found, *_withdrawn(connection, walk, found)]


def _totals(connection: duckdb.DuckDBPyConnection, walk: Walk) -> list[Observation]:
    """Return the totals of a week. A model without a counter counts as a model and adds nothing to the counter's sum."""
    totals = connection.execute(
        """
        select
            count(*) as hub_models,
            sum(downloads_30d)::double as hub_downloads_30d,
            sum(downloads_all_time)::double as hub_downloads_all_time,
            count(distinct author) as hub_authors,
            count(*) filter (created_at >= $edge::timestamptz - interval 30 days) as hub_models_created_30d,
            count(*) - count(downloads_30d) as without_downloads_30d,
            count(*) - count(downloads_all_time) as without_downloads_all_time
        from incoming_model
        """,
        {"edge": walk.edge},
    ).fetchall()[0]
    names = ("hub_models", "hub_downloads_30d", "hub_downloads_all_time", "hub_authors", "hub_models_created_30d")
    units = ("models", "downloads", "downloads", "authors", "models")
    without = dict(zip(("hub_downloads_30d", "hub_downloads_all_time"), totals[5:], strict=True))
    return [
        _observed(walk, metric, "all models", total, unit, _without(without.get(metric, 0)))
        for metric, unit, total in zip(names, units, totals[:5], strict=True)
    ]


def _licences(connection: duckdb.DuckDBPyConnection, walk: Walk) -> list[Observation]:
    """Return models and downloads by licence tag, as on the Hub; the classes are derived later."""
    rows = connection.execute(
        """
        with tag as (
            select
                coalesce(licence, 'none stated') as licence, count(*) as models,
                sum(downloads_30d)::double as downloads, count(*) - count(downloads_30d) as without
            from incoming_model
            group by 1
        ),
        named as (
            select * replace (
                if(
                    licence = 'none stated' or licence in (select licence from core.licence_class)
                    or row_number() over (order by models desc, licence) <= $kept,
                    licence,
                    'not classified'
                ) as licence
            )
            from tag
        )
        select licence, sum(models)::bigint, sum(downloads), sum(without)::bigint
        from named
        group by licence
        order by licence
        """,
        {"kept": LICENCES_KEPT},
    ).fetchall()
    models = [_observed(walk, "hub_models_by_licence", tag, number, "models", {}) for tag, number, _, _ in rows]
    return models + [
        _observed(walk, "hub_downloads_30d_by_licence", tag, downloads, "downloads", _without(without))
        for tag, _, downloads, without in rows
    ]


def _laptops(connection: duckdb.DuckDBPyConnection, walk: Walk) -> list[Observation]:
    """Count the text generation models that fit; none while core.memory_assumption lacks an assumption, or the walk a field.

    Adapters do not run by themselves and are left out. A model fits if its parameters at the stated bits, a key-value
    cache and the overhead take no more than the usable share of the memory.
    """
    if _LAPTOP_FIELDS & set(walk.refused_tokens):
        return []
    sizes = connection.execute(
        """
        with assumed as (select map(list(assumption), list(value)) as assumed from core.memory_assumption),
        size as (select unnest($ram_gb) as ram_gb),
        form as (select unnest($bits) as bits)
        select
            ram_gb, bits, 8 * core.weights_gb(1, bits, assumed) as bits_per_weight,
            assumed['laptop_usable_share'] as usable_share,
            core.kv_cache_gb(null, assumed) + assumed['laptop_overhead_gb'] as beside_weights_gb,
            (core.usable_gb(ram_gb, 'laptop', null, assumed) - core.kv_cache_gb(null, assumed))
            / core.weights_gb(1, bits, assumed) as most_parameters_b
        from size cross join form cross join assumed
        order by ram_gb, bits desc
        """,
        {"ram_gb": list(RAM_GB), "bits": list(BITS)},
    ).fetchall()
    limits = [limit for *_, limit in sizes]
    if None in limits:
        return []
    adapters = "select hub_id from incoming_parent where relation = 'adapter'"
    of_kind = f"pipeline_tag = 'text-generation' and library is distinct from 'peft' and hub_id not in ({adapters})"
    counts = ", ".join(["count(*) filter (parameters_b <= ?)"] * len(limits))
    models, known, *fitting = connection.execute(
        f"select count(*), count(parameters_b), {counts} from incoming_model where {of_kind}", limits
    ).fetchall()[0]
    observations: list[Observation] = []
    for (ram_gb, bits, bits_per_weight, share, beside_gb, _), number in zip(sizes, fitting, strict=True):
        words = {
            "ram_gb": ram_gb,
            "bits": bits,
            "bits_per_weight": f"{bits_per_weight:g}",
            "models_of_kind": models,
            "models_known": known,
            "usable_share": share,
            "beside_weights_gb": round(beside_gb, 3),
        }
        observations.append(
            _observed(
                walk,
                "laptop_models_fitting",
                f"{ram_gb} GB / {bits} bits",
                number,
                "models",
                {name: str(word) for name, word in words.items()},
                basis="estimated",
                qualifier="at_least",
            )
        )
    return observations


def _withdrawn(connection: duckdb.DuckDBPyConnection, walk: Walk, found: list[Observation]) -> list[Observation]:
    """Return withdrawals of the figures that an earlier load of the same week had and this one does not."""
    metrics = {"hub_models_by_licence": "models", "hub_downloads_30d_by_licence": "downloads"}
    current = connection.execute(
        """
        select metric, entity
        from core.observation_latest
        where metric in $metrics and period_start = $week and source = $source and attributes['withdrawn'] is null
        """,
        {"metrics": list(metrics), "week": walk.week, "source": walk.source},
    ).fetchall()
    present = {(o.metric, o.entity) for o in found}
    return [
        _observed(walk, metric, entity, None, metrics[metric], {"withdrawn": "yes"})
        for metric, entity in current
        if (metric, entity) not in present
    ]


def _without(models: int) -> dict[str, str]:
    return {"models without this counter": str(models)} if models else {}


def _observed(
    walk: Walk,
    metric: str,
    entity: str,
    value: float | None,
    unit: str,
    attributes: dict[str, str],
    *,
    basis: str = "measured",
    qualifier: str = "exact",
) -> Observation:
    return Observation(
        metric=metric,
        entity=entity,
        period_start=walk.week,
        date_precision="week",
        observed_at=walk.edge,
        value=None if value is None else float(value),
        qualifier=qualifier,
        unit=unit,
        basis=basis,
        source=walk.source,
        evidence_url=walk.evidence_url,
        attributes=attributes,
    )
