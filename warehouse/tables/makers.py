"""`core.*`: how much the models of each maker, and what others built on them, are used in each week."""

from warehouse.tables.table import Column, Table, required

OTHER = "other"
MADE = ("own", "finetune", "adapter", "quantized", "merge", "unstated")
SIZES = ("under 1B", "1B to 7B", "7B to 20B", "20B to 70B", "70B to 250B", "250B and above", "unknown")

_WEEK = required("DATE", "Monday of the ISO week of the walk, UTC.")
_MAKER = required(
    "VARCHAR",
    "The maker as core.maker listed it in that week; other for all models that belong to no listed maker.",
)

MAKER_READING = Table(
    name="core.maker_reading",
    description="The accounts of every maker in every week in which the makers were counted, and what may be compared.",
    grain="each maker and week in which it was counted",
    key=("week", "maker"),
    made_by=("core/maker_week",),
    columns={
        "week": _WEEK,
        "maker": _MAKER,
        "definition": required(
            "VARCHAR",
            "Fingerprint (md5) of the list of makers with which the maker was first counted in this way. It stays the same "
            "until a change of the list can move models to or from this maker; the counts are then not compared.",
        ),
        "organisations": required("VARCHAR[]", "Its accounts on the Hub in that week; none for other."),
    },
)

MAKER_WEEK = Table(
    name="core.maker_week",
    description=(
        "The models of every maker in every week, as it was in that week, broken down so that each model on the Hub counts "
        "in one row only: the sum over all rows of a week is the whole Hub. A model of an account in core.maker is the "
        "maker's own, unless it is quantised from a model of another maker. Any other model belongs to the maker of the "
        "nearest such model among its ancestors; of equally near ones, to the one with the smallest model_key. "
        "A week is not recomputed after the next one."
    ),
    grain="each week, maker, way in which the models were made, and size",
    key=("week", "maker", "made", "size_bucket"),
    columns={
        "week": _WEEK,
        "maker": _MAKER,
        "made": required(
            "VARCHAR",
            "own: published by the maker itself, its own derivatives included, and for other every model without a known "
            "parent; else how the model was made from its parent: merge, finetune, adapter or quantized, the first in this "
            "order if several are stated; unstated: it has a parent, and no relation is stated.",
        ),
        "size_bucket": required(
            "VARCHAR",
            "Parameters, each range without its upper end: under 1B, 1B to 7B, 7B to 20B, 20B to 70B, 70B to 250B, 250B and "
            "above, unknown. An adapter, and a quantised model where known, has the size of the maker's model it is built on.",
        ),
        "models": required("BIGINT", "Models that existed in this week."),
        "added": Column(
            "BIGINT", "Of these, models that a walk found for the first time in this week. NULL for the first walk."
        ),
        "downloads_30d": Column(
            "BIGINT", "Their counted file requests over the 30 days before the walk, over those that have the counter."
        ),
        "downloads_30d_robust": Column(
            "BIGINT",
            "The same without spikes: of a model in core.download_spike only the part up to its cap (kept). NULL in the "
            "first weeks, in which no spikes are found.",
        ),
        "downloads_all_time": Column(
            "BIGINT", "Their counted file requests since creation, over those that have the counter."
        ),
        "likes": Column("BIGINT", "Their likes, over those that have the counter."),
    },
    checks={
        "made is one of the six": f"made in {MADE}",
        "size_bucket is one of the seven": f"size_bucket in {SIZES}",
        "counters are not negative": "models > 0 and downloads_30d >= 0 and downloads_all_time >= 0 and likes >= 0",
        "no more are added than there are": "added between 0 and models",
        "a spike only takes away": "downloads_30d_robust between 0 and downloads_30d",
    },
)

TABLES = (MAKER_READING, MAKER_WEEK)
