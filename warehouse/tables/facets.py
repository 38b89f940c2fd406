"""`core.*` and `growth.*`: facets of models, from their tags: format, languages, task, quantisation and more."""

from warehouse.tables.table import Column, Table, required

# The value for the models that state none, and for those that are not among the most frequent. No tag is written so.
NONE = "(none)"
OTHER = "(other)"
_MODEL_KEY = required("INTEGER", "The model.", references="core.model.model_key")
_WEEK = required("DATE", "Monday of the ISO week of the walk, UTC.")
_STATED = {
    "formats": required(
        "VARCHAR[]",
        "File formats: gguf, mlx, safetensors, onnx, pytorch, ... A model can have several; MLX files are also safetensors.",
    ),
    "languages": required(
        "VARCHAR[]", "Languages by two-letter code (ISO 639-1), or multilingual. Three-letter codes are not read."
    ),
    "quantisation": required("VARCHAR[]", "Methods of quantisation: awq, gptq, bitsandbytes, nvfp4, ..."),
    "bits": required("VARCHAR[]", "Stated bits of a weight, as digits."),
    "region": Column("VARCHAR", "Region that the tag `region:` names, such as us; NULL without the tag."),
}
_DATASETS = required("INTEGER", "Number of datasets that the tags name.")

FACET_SET = Table(
    name="core.facet_set",
    description=(
        "Every combination of facets that a model has had: many models share one, so that base.model_facets stores a number "
        "for each model. Rows are only added."
    ),
    grain="each combination",
    key=("facet_set",),
    made_by=("core/model_facets",),
    columns={
        "facet_set": required("INTEGER", "Small stable number within this database; joins base.model_facets."),
        **_STATED,
    },
)

BASE_MODEL_FACETS = Table(
    name="base.model_facets",
    description="The facets of each model when last seen, stored by key. Query core.model_facets instead.",
    grain="each model that a walk has found since facets are recorded",
    key=("model_key",),
    columns={
        "model_key": _MODEL_KEY,
        "facet_set": required("INTEGER", "The combination of facets.", references="core.facet_set.facet_set"),
        "datasets": _DATASETS,
    },
    checks={"datasets are not negative": "datasets >= 0"},
)

MODEL_FACETS = Table(
    name="core.model_facets",
    description=(
        "The facets of each model when last seen, as its tags state them: the Hub sets some, authors any. A list is empty "
        "where none is stated. core.facet_tag has the tag of each value."
    ),
    grain="each model that a walk has found since facets are recorded",
    key=("hub_id",),
    columns={
        "hub_id": required("VARCHAR", "The model.", references="core.model.hub_id"),
        **_STATED,
        "datasets": _DATASETS,
    },
    is_view=True,
)

FACETS = ("format", "language", "quantisation", "bits", "region", "dataset", "task", "modality", "library")
# A model has at most one value of each of these.
ADDING_UP = ("region", "task", "modality", "library")

_TOTALS = {
    "week": _WEEK,
    "facet": required("VARCHAR", f"{', '.join(FACETS[:-1])} or {FACETS[-1]}."),
    "value": required(
        "VARCHAR",
        f"Value of the facet. {NONE}: the model states none that is listed. {OTHER}: a value that is not listed, or not one "
        "of the 200 with the most models in this week; a model with several of them counts once.",
    ),
    "adds_up": required(
        "BOOLEAN",
        "Whether the values of this facet add up to all models. If false, a model with several values counts in each, as "
        "with languages: do not add them up.",
    ),
    "models": required("BIGINT", "Models on the Hub with this value in this week."),
    "models_new": Column("BIGINT", "Of these, models first seen in this week; NULL for the first week."),
    "downloads_30d": Column(
        "BIGINT", "Their 30-day downloads, over the models with the counter; NULL where none has it."
    ),
}

FACET_WEEK = Table(
    name="core.facet_week",
    description=(
        "Models and downloads by each value of each facet, in every week as stated then. Before facets were recorded there "
        "are no weeks. growth.facet has the shares and the changes; docs/methods/facets.md has the definitions."
    ),
    grain="each week, facet and value",
    key=("week", "facet", "value"),
    columns=_TOTALS,
    checks={
        f"facet is one of the {len(FACETS)}": f"facet in {FACETS}",
        "counts are not negative": "models > 0 and downloads_30d >= 0",
        "new models are models": "models_new between 0 and models",
        "adds_up belongs to the facet": f"adds_up = (facet in {ADDING_UP})",
    },
)

GROWTH = Table(
    name="growth.facet",
    description=(
        "Models and downloads by each value of each facet (format, language, task, ...) in every week, their share of all, "
        "and the change to 1, 4, 13 and 52 weeks before. A language or a format can share a model with another: where "
        "adds_up is false, the shares exceed 100% together."
    ),
    grain="each week, facet and value",
    key=("week", "facet", "value"),
    columns={
        **_TOTALS,
        "share_of_models_pct": Column("DOUBLE", "models in percent of all models of the week."),
        "share_of_downloads_pct": Column(
            "DOUBLE", "downloads_30d in percent of those of all models of the week; NULL without downloads."
        ),
        **{
            f"models_change_{weeks}_week{'s' * (weeks > 1)}": Column(
                "BIGINT", f"models minus those of {weeks} weeks before; NULL where that week or the value is missing."
            )
            for weeks in (1, 4, 13, 52)
        },
        **{
            f"change_{weeks}_week{'s' * (weeks > 1)}": Column(
                "BIGINT",
                f"downloads_30d minus those of {weeks} weeks before; NULL where that week or the value is missing.",
            )
            for weeks in (1, 4, 13, 52)
        },
        **{
            f"change_pct_{weeks}_week{'s' * (weeks > 1)}": Column(
                "DOUBLE", f"The same change in percent of downloads_30d {weeks} weeks before; NULL from 0."
            )
            for weeks in (1, 4, 13, 52)
        },
    },
    is_view=True,
)

TABLES = (FACET_SET, BASE_MODEL_FACETS, MODEL_FACETS, FACET_WEEK)
