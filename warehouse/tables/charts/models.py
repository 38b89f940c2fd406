"""`charts.*` derived from the licence and the size that the Hub states for each model."""

from warehouse.tables.chart_columns import ORIGIN, PERIOD
from warehouse.tables.reference_data import LICENCE_CLASSES
from warehouse.tables.table import Column, Table, required

_CLASSES = (*LICENCE_CLASSES, "none stated")

LICENCES = Table(
    name="charts.licences",
    description=(
        "Licences of the models of the Hub, by number and by downloads, in every week. The recorded tags are classified "
        "when the table is derived, so a corrected class applies to all weeks."
    ),
    grain="each week, class of licence, basis and source",
    key=("period_start", "licence_class", "basis", "source"),
    columns={
        **PERIOD,
        "licence_class": required(
            "VARCHAR",
            "permissive, copyleft, use-restricted or non-commercial, as in core.licence_class; none stated: no licence is "
            "declared; not classified: one is declared that core.licence_class does not know.",
        ),
        "models": required("BIGINT", "Public models whose first licence tag is of this class."),
        "downloads_30d": Column("BIGINT", "Their counted file requests over the 30 days before the walk."),
        "share_of_models_pct": Column("DOUBLE", "Share of all models of the week, in percent."),
        "share_of_downloads_pct": Column("DOUBLE", "Share of the downloads of all models of the week, in percent."),
        "models_for_commercial_use": required(
            "BIGINT", "Of models, those whose licence permits commercial use, possibly under conditions."
        ),
        "unlisted_labels": required(
            "BIGINT",
            "Licence tags in it that core.licence_class does not list, so that nothing is known of them; the rare tags that "
            "are summed in one figure of the week count as one. 0 in every class but not classified.",
        ),
        "models_with_unlisted_label": required("BIGINT", "Of models, those with such a tag."),
        **ORIGIN,
    },
    checks={
        "only what is not classified has unlisted labels": (
            "(unlisted_labels = 0) = (models_with_unlisted_label = 0) "
            "and (licence_class = 'not classified' or unlisted_labels = 0)"
        ),
        "the unlisted ones are a part": "models_with_unlisted_label between 0 and models",
        "licence_class is one of the six": f"licence_class in {_CLASSES}",
        "counters are not negative": "models >= 0 and downloads_30d >= 0",
        "shares are percentages": "share_of_models_pct between 0 and 100 and share_of_downloads_pct between 0 and 100",
        "the commercial ones are a part": "models_for_commercial_use between 0 and models",
    },
)

LICENCE_DRIFT = Table(
    name="charts.licence_drift",
    description=(
        "Licences of models compared with those of the models they were made from, over the current edges. The newest "
        "week only: earlier licences of a model are not stored."
    ),
    grain="each relation, class of the parent's licence, class of the child's, basis and source",
    key=("relation", "parent_class", "child_class", "basis", "source"),
    columns={
        "period_start": required("DATE", "Week of the newest walk, its Monday, UTC."),
        "relation": Column(
            "VARCHAR", "How the child was made: finetune, adapter, quantized or merge; NULL if not stated."
        ),
        "parent_class": required("VARCHAR", "Class of the parent's licence when last seen, as in charts.licences."),
        "child_class": required("VARCHAR", "Class of the child's licence, as in charts.licences."),
        "edges": required("BIGINT", "Pairs of child and parent; the child exists, the parent may have been removed."),
        "models": required(
            "BIGINT", "Children; one with several parents can be in several rows, so sums can count it more than once."
        ),
        "downloads_30d": Column(
            "BIGINT",
            "Counted file requests of these children over the 30 days before the walk, each child once per row.",
        ),
        "is_more_permissive": Column(
            "BOOLEAN",
            "Whether the child's licence allows more than its parent's, in the order non-commercial, use-restricted, "
            "copyleft, permissive. NULL if either is none stated or not classified.",
        ),
        **ORIGIN,
    },
    checks={
        "both classes are known": f"parent_class in {_CLASSES} and child_class in {_CLASSES}",
        "a child is at the end of an edge": "models between 1 and edges",
        "downloads are not negative": "downloads_30d >= 0",
    },
)

GPU_REQUIREMENTS = Table(
    name="charts.gpu_requirements",
    description=(
        "Number of accelerators needed to serve notable open models, at 16, 8 and 4 bits per weight and as stored on the "
        "Hub. For a mixture of experts, memory depends on all parameters, not only the active ones."
    ),
    grain="each model, precision and accelerator",
    key=("id", "precision", "gpu"),
    columns={
        "model": required("VARCHAR", "Name of the model, as in core.notable_model."),
        "id": required("VARCHAR", "Its repository on the Hub.", references="core.notable_model.id"),
        "released_on": required("DATE", "Release of the weights, as in core.notable_model."),
        "date_precision": required("VARCHAR", "How exact released_on is: day, month or year."),
        "parameters_b": Column("DOUBLE", "All parameters, in billions; NULL where nobody states them."),
        "parameters_source": Column("VARCHAR", "measured: stated by the Hub; published: stated by the maker."),
        "active_parameters_b": Column(
            "DOUBLE",
            "Parameters that a token passes through, in billions, as published; they determine speed, not memory.",
        ),
        "precision": required("VARCHAR", "16 bits, 8 bits, 4 bits, or as stored: the weight files unchanged."),
        "bits": Column("INTEGER", "Bits of each weight; NULL for as stored, which can mix several precisions."),
        "memory_gb": Column(
            "DOUBLE",
            "Memory of the weights only, in GB (10^9 bytes): parameters_b x bits / 8 (4 bits: 4.5, with the scales), or "
            "core.model.memory_gb if exact.",
        ),
        "kv_cache_gb": Column(
            "DOUBLE",
            "Memory of the key-value cache for the assumed context at 16 bits, in GB; in addition to memory_gb.",
        ),
        "gpu": required("VARCHAR", "The accelerator.", references="core.hardware.hardware"),
        "gpu_memory_gb": required("DOUBLE", "Its memory, in GB, as in core.hardware."),
        "gpu_usable_gb": Column(
            "DOUBLE",
            "Of gpu_memory_gb, what is left for weights and cache under the assumptions, in GB; NULL where one of them "
            "is missing.",
        ),
        "gpus_for_weights": Column("INTEGER", "Accelerators whose whole memory holds only the weights: the minimum."),
        "gpus_needed": Column("INTEGER", "Accelerators whose usable memory holds weights and cache."),
        **ORIGIN,
        "evidence_url": Column("VARCHAR", "The model card."),
    },
    checks={
        "sizes are positive": "parameters_b > 0 and memory_gb > 0 and kv_cache_gb >= 0 and gpu_usable_gb > 0",
        "needed are no fewer than the weights take": "gpus_needed >= gpus_for_weights and gpus_for_weights >= 1",
        "no more is active than there is": "active_parameters_b <= parameters_b or parameters_source = 'measured'",
        "parameters_source is one of the two": "parameters_source in ('measured', 'published')",
    },
)

TABLES = (LICENCES, LICENCE_DRIFT, GPU_REQUIREMENTS)
