"""`growth.*` of groups of models: makers, regions and families."""

from warehouse.tables.lineage import FAMILY_READING
from warehouse.tables.makers import MAKER_READING
from warehouse.tables.table import Column, Table, required

_PERIODS = {weeks: f"{weeks}_week{'s' if weeks > 1 else ''}" for weeks in (1, 4, 13, 52)}
_WEEK = required("DATE", "Monday of the ISO week of the walk, UTC.")


def _changes(not_compared: str) -> dict[str, Column]:
    """Return the columns of the changes of downloads_30d and downloads_30d_robust; the last words say when they are NULL."""
    columns: dict[str, Column] = {}
    for infix, field in (("", "downloads_30d"), ("_robust", "downloads_30d_robust")):
        for weeks, period in _PERIODS.items():
            before = f"to the week exactly {weeks} week{'s' if weeks > 1 else ''} before"
            overlap = " Windows of 30 days that overlap by 23." if weeks == 1 else ""
            columns[f"change{infix}_{period}"] = Column(
                "BIGINT",
                f"Change of {field}, in downloads, {before}; NULL where that week has no figure, {not_compared}.{overlap}",
            )
            columns[f"change{infix}_pct_{period}"] = Column(
                "DOUBLE",
                f"The same in percent; also NULL where {field} was 0.",
            )
    return columns


_BUILT = {
    "finetune": "Fine-tunes",
    "adapter": "Adapters",
    "quantized": "Quantised copies",
    "merge": "Merges",
    "unstated": "Derivatives whose relation is not stated",
}
_SIZED = {
    "under_1b": "under 1B",
    "1b_to_7b": "1B to 7B",
    "7b_to_20b": "7B to 20B",
    "20b_to_70b": "20B to 70B",
    "70b_to_250b": "70B to 250B",
    "250b_and_above": "250B and above",
    "unknown_size": "unknown",
}
_DOWNLOADS = {
    "downloads_30d": Column(
        "BIGINT",
        "Counted file requests over the 30 days before the walk, of its own models and of all that are built on them, over "
        "those that have the counter.",
    ),
    "downloads_30d_robust": Column(
        "BIGINT",
        "The same without spikes: see core.maker_week. NULL in the first weeks, in which no spikes are found.",
    ),
}
_SHARES = {
    "share_pct": Column("DOUBLE", "Share of downloads_30d in that of the whole Hub in this week, in percent."),
    "share_robust_pct": Column("DOUBLE", "The same of downloads_30d_robust."),
}

MAKER = Table(
    name="growth.maker",
    description=(
        "The downloads of every maker in every week: of its own models and of all that are built on them, with the change "
        "to 1, 4, 13 and 52 weeks before. Each model of the Hub counts for one maker, those of no listed maker for other: "
        "makers add up to the Hub. core.maker_week has the rules, and every combination of relation and size."
    ),
    grain="each maker and week in which it was counted",
    key=("week", "maker"),
    columns={
        "week": _WEEK,
        "maker": MAKER_READING.columns["maker"],
        "title": required("VARCHAR", "Name of the maker with its best known models."),
        "country": Column("VARCHAR", "Country of its seat, as listed now; NULL if it has none, and for other."),
        "region": required("VARCHAR", "Region of its seat, as in core.maker; Other for other."),
        "models": required("BIGINT", "Its own models that existed in this week."),
        "derivatives": required("BIGINT", "Models built on them by others, at any distance."),
        **{
            {"finetune": "finetunes", "adapter": "adapters", "merge": "merges"}.get(made, made): required(
                "BIGINT", f"Of derivatives: {about[0].lower()}{about[1:]}."
            )
            for made, about in _BUILT.items()
        },
        "new_models": Column(
            "BIGINT", "Of models, those found for the first time in this week; NULL for the first walk."
        ),
        "new_derivatives": Column("BIGINT", "Of derivatives, the same."),
        **_DOWNLOADS,
        "downloads_30d_own": Column("BIGINT", "Of downloads_30d: those of its own models."),
        **{
            f"downloads_30d_{made}": Column("BIGINT", f"Of downloads_30d: those of {about[0].lower()}{about[1:]}.")
            for made, about in _BUILT.items()
        },
        "downloads_30d_own_robust": Column("BIGINT", "Of downloads_30d_robust: those of its own models."),
        **{
            f"downloads_30d_{name}": Column(
                "BIGINT", f"Of downloads_30d: those of models in the size_bucket {size} of core.maker_week."
            )
            for name, size in _SIZED.items()
        },
        "downloads_all_time": Column("BIGINT", "Counted file requests since creation, of own models and derivatives."),
        "likes": Column("BIGINT", "Likes of own models and derivatives."),
        **_SHARES,
        **_changes("and where the list of makers changed in a way that concerns this one"),
        "rank": Column(
            "BIGINT",
            "Rank among the listed makers by downloads_30d, 1 for the largest; NULL for other, and without it.",
        ),
    },
    checks={
        "derivatives add up": "derivatives = finetunes + adapters + quantized + merges + unstated",
        "relations add up": (
            "downloads_30d = downloads_30d_own + downloads_30d_finetune + downloads_30d_adapter + downloads_30d_quantized + "
            "downloads_30d_merge + downloads_30d_unstated"
        ),
        "sizes add up": f"downloads_30d = {' + '.join(f'downloads_30d_{name}' for name in _SIZED)}",
        "shares are percentages": "share_pct between 0 and 100 and share_robust_pct between 0 and 100",
    },
)

REGION = Table(
    name="growth.region",
    description=(
        "The makers of every region together, in every week. Regions add up to the Hub: Other has the models of no listed "
        "maker."
    ),
    grain="each region and week in which makers were counted",
    key=("week", "region"),
    columns={
        "week": _WEEK,
        "region": required("VARCHAR", "Region of the seat of the maker, as core.maker lists it now; or Other."),
        "makers": required("BIGINT", "Listed makers with a model, or a derivative of one, in this week."),
        "models": required("BIGINT", "Own models of these makers that existed in this week."),
        "derivatives": required("BIGINT", "Models built on them by others, at any distance."),
        **_DOWNLOADS,
        **_SHARES,
        **_changes("and where the makers of the region, or the list of makers in what concerns them, were different"),
    },
    checks={"shares are percentages": "share_pct between 0 and 100 and share_robust_pct between 0 and 100"},
)

_EARLIER = "NULL in weeks that were counted before roots were."

FAMILY = Table(
    name="growth.family",
    description=(
        "The downloads of every family in every week, of its root repositories and of all that are built on them, and their "
        "change to 1, 4, 13 and 52 weeks before. Families overlap, as llama-3 is part of llama, and a merge can descend from "
        "two: add up only the columns counted_once, and only where level = 1. Each model of a family counts once there, so "
        "that they never exceed the Hub. core.family_reading has the rule."
    ),
    grain="each family and week in which it was counted, once one of its roots was seen",
    key=("week", "family"),
    columns={
        "week": _WEEK,
        "family": required(
            "VARCHAR",
            "The family, with the roots and derivatives that it had in that week.",
            references="core.family.family",
        ),
        "title": required("VARCHAR", "Display name, as listed now."),
        "part_of": FAMILY_READING.columns["part_of"],
        "level": FAMILY_READING.columns["level"],
        "models": Column("BIGINT", f"Its models that existed in this week: roots and derivatives. {_EARLIER}"),
        "roots": Column("BIGINT", f"Of models, the listed root repositories. {_EARLIER}"),
        "derivatives": required("BIGINT", "Of models, those built on the roots, at any distance."),
        "downloads_30d": Column(
            "BIGINT",
            "Counted file requests over the 30 days before the walk, of roots and derivatives, over those that have the "
            f"counter. {_EARLIER}",
        ),
        "downloads_30d_robust": Column(
            "BIGINT",
            "The same without spikes: see core.family_week. NULL in the first weeks, in which no spikes are found.",
        ),
        "downloads_30d_of_roots": Column("BIGINT", f"Of downloads_30d: those of the root repositories. {_EARLIER}"),
        "downloads_30d_of_derivatives": Column(
            "BIGINT", "Of downloads_30d: those of the derivatives. Known in earlier weeks too."
        ),
        "models_counted_once": Column(
            "BIGINT", f"Of models, those for which this family is the one that they count for. {_EARLIER}"
        ),
        "downloads_30d_counted_once": Column(
            "BIGINT", f"Their downloads_30d: families of one level add up, and never exceed the Hub. {_EARLIER}"
        ),
        "downloads_30d_robust_counted_once": Column("BIGINT", "Their downloads_30d_robust; NULL like it."),
        "share_pct": Column(
            "DOUBLE", "Share of downloads_30d_counted_once in downloads_30d of the whole Hub in this week, in percent."
        ),
        "share_robust_pct": Column("DOUBLE", "The same of downloads_30d_robust_counted_once."),
        "downloads_all_time": Column(
            "BIGINT",
            f"Counted file requests since creation, of roots and derivatives, over those that have the counter. {_EARLIER}",
        ),
        **_changes("and where the family's list of roots was different"),
        "rank": Column(
            "BIGINT",
            "Rank among the families of its level by downloads_30d_counted_once, 1 for the largest; NULL where it is not "
            "known.",
        ),
    },
    checks={
        "models are roots and derivatives": "models = roots + derivatives",
        "what is counted once is a part": (
            "models_counted_once between 0 and models and downloads_30d_counted_once between 0 and downloads_30d"
        ),
        "a spike only takes away": "downloads_30d_robust between 0 and downloads_30d",
        "shares are percentages": "share_pct between 0 and 100 and share_robust_pct between 0 and 100",
    },
)
