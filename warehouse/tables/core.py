"""`core.*`: metrics, observations, and the models of the Hub."""

from warehouse.tables.published_claim import CLAIM_EVIDENCE, PUBLISHED_CLAIM
from warehouse.tables.table import Column, Table, required

METRIC = Table(
    name="core.metric",
    description="The metrics: what can be observed, and the definition of each.",
    grain="each metric",
    key=("metric",),
    made_by=("published_history/figures",),
    columns={
        "metric": required("VARCHAR", "Name of the metric, as in core.observation."),
        "title": required("VARCHAR", "Display name."),
        "unit": required("VARCHAR", "Unit of the value: downloads, models, members, percent, US dollars, ..."),
        "kind": required(
            "VARCHAR",
            "level: a stock on a day; window_30d: a sum over the 30 days before; cumulative: a sum since the beginning; "
            "share: percent of a whole; rating: a position on a relative scale.",
        ),
        "description": required("VARCHAR", "Definition: what is counted, by whom, and what is left out."),
    },
    checks={
        "kind is one of the five": "kind in ('level', 'window_30d', 'cumulative', 'share', 'rating')",
    },
)

OBSERVATION = Table(
    name="core.observation",
    description=(
        "Every figure of every series, published or measured, append-only: a corrected value is a new row with a later "
        "recorded_at. core.observation_as_of(ts) returns the figures as known at ts."
    ),
    grain="each metric, entity, period, basis, source and time at which the value became known",
    key=("metric", "entity", "period_start", "basis", "source", "recorded_at"),
    columns={
        "metric": required("VARCHAR", "What was observed.", references="core.metric.metric"),
        "entity": required("VARCHAR", "What it describes: all models, a community, a benchmark, a company, ..."),
        "period_start": required("DATE", "First day of the period, or the day of a reading, UTC."),
        "date_precision": required("VARCHAR", "How exact period_start is: day, week, month, quarter or year."),
        "observed_at": Column(
            "TIMESTAMPTZ", "When the source was read; for a published figure the day of its publication."
        ),
        "value": Column(
            "DOUBLE",
            "The figure, in the metric's unit. NULL where the source gives only a range, or states that there is no "
            "figure.",
        ),
        "low": Column("DOUBLE", "Lower end, where the source gives a range or an interval, in the same unit."),
        "high": Column("DOUBLE", "Upper end, where the source gives a range or an interval, in the same unit."),
        "qualifier": required("VARCHAR", "exact, approximate (as the source states), at_least, or range."),
        "unit": required("VARCHAR", "Unit of value, low and high."),
        "basis": required("VARCHAR", "published, measured or estimated: series of different basis are never spliced."),
        "source": required("VARCHAR", "The source.", references="meta.source.source"),
        "evidence_url": Column("VARCHAR", "Where the figure can be checked."),
        "attributes": required(
            "MAP(VARCHAR, VARCHAR)",
            "Further facts about the figure, as text: the model of a score, the round of a sum, a note.",
        ),
        "recorded_at": required(
            "TIMESTAMPTZ",
            "When the figure became known: the day of publication for a published one, else the time of writing.",
        ),
    },
    checks={
        "qualifier is one of the four": "qualifier in ('exact', 'approximate', 'at_least', 'range')",
        "basis is one of the three": "basis in ('published', 'measured', 'estimated')",
        "a range has both ends": "qualifier <> 'range' or (low is not null and high is not null)",
        "low does not exceed high": "low <= high",
        "no figure is infinite": "isfinite(value) and isfinite(low) and isfinite(high)",
    },
)

OBSERVATION_LATEST = Table(
    name="core.observation_latest",
    description="The figures as known now: core.observation without the values that were corrected later.",
    grain="each metric, entity, period, basis and source",
    key=("metric", "entity", "period_start", "basis", "source"),
    made_by=("core/observation",),
    columns=OBSERVATION.columns,
    is_view=True,
)

MODEL = Table(
    name="core.model",
    description=(
        "Every model repository that a weekly walk of the Hub has found, as last seen. Rows are never dropped: a model "
        "that is gone keeps its row, with removed_in. A second walk in the same week replaces the first."
    ),
    grain="each repository, under any name",
    key=("hub_id",),
    columns={
        "model_key": required(
            "INTEGER", "Small stable number of the repository within this database; joins base.model_week."
        ),
        "hub_id": required(
            "VARCHAR", "The Hub's immutable _id, 24 hexadecimal digits; survives renames.", unpacked=True
        ),
        "id": required("VARCHAR", "Present name, owner/name.", unpacked=True),
        "author": Column("VARCHAR", "Present owner: user or organisation.", unpacked=True),
        "created_at": required(
            "TIMESTAMPTZ",
            "When the repository was created, to the second, as stated by the Hub, else from hub_id. Never earlier than "
            "2022-03-02, when the Hub began to record creation dates. Not the release date of the model.",
        ),
        "licence": Column(
            "VARCHAR",
            "Licence tag as declared by the author, lower case, or for the tag other the name in the card, if it is an "
            "identifier; NULL where none is stated.",
        ),
        "pipeline_tag": Column("VARCHAR", "Main task, such as text-generation."),
        "library": Column("VARCHAR", "Library that loads the model, such as transformers."),
        "gated": Column(
            "VARCHAR",
            "Whether access to the files requires consent: no, auto, manual, or yes (the Hub did not state how). NULL "
            "where the Hub stated nothing.",
        ),
        "parameters_b": Column(
            "DOUBLE",
            "Parameters in billions: all of them, not only the active ones. NULL where the Hub states none, where packed "
            "weights hide their number, and for diffusers repositories, of which the Hub counts one component.",
        ),
        "size_source": Column(
            "VARCHAR",
            "Where parameters_b comes from: safetensors (headers of the weight files) or gguf (metadata of a GGUF file). "
            "NULL without parameters_b, and for a model that was last seen before this was recorded.",
        ),
        "memory_gb": Column(
            "DOUBLE",
            "Memory that the stored weights take, in GB (10^9 bytes): stored elements times the bytes of their dtype. NULL "
            "where unknown, also for GGUF files, and for diffusers repositories.",
        ),
        "memory_qualifier": Column(
            "VARCHAR",
            "How exact memory_gb is: exact; or at_most: packed weights that the Hub may have counted unpacked, so that "
            "memory_gb can be twice the size of the files (eight times where the dtype is U32 or I32). NULL like size_source.",
        ),
        "name_since": required("DATE", "Week in which the present name was first seen."),
        "first_seen": required("DATE", "Week of the first complete walk that found the repository."),
        "last_seen": required("DATE", "Week of the last complete walk that found the repository."),
        "removed_in": Column(
            "DATE", "Week of the first complete walk that no longer found it; NULL while the repository exists."
        ),
        **{
            f"{name}_now": Column(
                kind,
                f"{meaning} in the newest week, as in core.model_week; NULL where the Hub stated none, and for a model that "
                "is gone.",
            )
            for name, kind, meaning in (
                ("downloads_30d", "BIGINT", "Counted file requests over the 30 days before the walk"),
                ("downloads_all_time", "BIGINT", "Counted file requests since creation"),
                ("likes", "INTEGER", "Likes"),
            )
        },
    },
    checks={
        "hub_id is an object id": "regexp_full_match(hub_id, '[0-9a-f]{24}')",
        "gated is one of four": "gated in ('no', 'auto', 'manual', 'yes')",
        "seen in order": "first_seen <= last_seen and first_seen <= name_since and (removed_in is null or removed_in >= last_seen)",
        "sizes are positive": "parameters_b > 0 and memory_gb > 0",
        "size_source is one of the two": "size_source in ('safetensors', 'gguf')",
        "memory_qualifier is one of the two": "memory_qualifier in ('exact', 'at_most')",
        "counters are not negative": "downloads_30d_now >= 0 and downloads_all_time_now >= 0 and likes_now >= 0",
        "a model that is gone has no counters": (
            "removed_in is null or coalesce(downloads_30d_now, downloads_all_time_now, likes_now) is null"
        ),
    },
)

BASE_MODEL_WEEK = Table(
    name="base.model_week",
    description="The counters of every model in every week, stored by key. Query core.model_week instead.",
    grain="each model and week of a complete walk",
    key=("week", "model_key"),
    columns={
        "week": required("DATE", "Monday of the ISO week of the walk, UTC."),
        "model_key": required("INTEGER", "The model.", references="core.model.model_key"),
        "downloads_30d": Column(
            "BIGINT", "Counted file requests over the 30 days before the walk; NULL where the Hub stated none."
        ),
        "downloads_all_time": Column(
            "BIGINT", "Counted file requests since creation; the Hub restates it at times, so it can fall."
        ),
        "likes": Column("INTEGER", "Likes."),
    },
    checks={"counters are not negative": "downloads_30d >= 0 and downloads_all_time >= 0 and likes >= 0"},
)

MODEL_WEEK = Table(
    name="core.model_week",
    description="The counters of every model in every week.",
    grain="each model and week of a complete walk",
    key=("week", "hub_id"),
    columns={
        "week": required("DATE", "Monday of the ISO week of the walk, UTC."),
        "hub_id": required("VARCHAR", "The model.", references="core.model.hub_id"),
        "downloads_30d": Column(
            "BIGINT", "Counted file requests over the 30 days before the walk (not a month, not users)."
        ),
        "downloads_all_time": Column(
            "BIGINT", "Counted file requests since creation; the Hub restates it at times, so it can fall."
        ),
        "likes": Column("INTEGER", "Likes."),
    },
    is_view=True,
)

AUTHOR = Table(
    name="core.author",
    description="Every user or organisation that has owned a model.",
    grain="each author",
    key=("author_key",),
    made_by=("core/model_week",),
    columns={
        "author_key": required(
            "INTEGER", "Small stable number of the author within this database; joins core.author_week."
        ),
        "author": required("VARCHAR", "Name of the user or organisation."),
    },
)

AUTHOR_WEEK = Table(
    name="core.author_week",
    description=(
        "The models and counters of every author in every week, stored by key; growth.author has the names. A model that "
        "was transferred counts for its present owner in all weeks."
    ),
    grain="each author and week of a complete walk in which at least one of the author's present models existed",
    key=("week", "author_key"),
    made_by=("core/model_week",),
    columns={
        "week": required("DATE", "Monday of the ISO week of the walk, UTC."),
        "author_key": required("INTEGER", "The present owner.", references="core.author.author_key"),
        "models": required("BIGINT", "Models that existed in this week."),
        "downloads_30d": Column(
            "BIGINT", "Counted file requests over the 30 days before the walk, over the models that have the counter."
        ),
        "downloads_all_time": Column(
            "BIGINT", "Counted file requests since creation, over the models that have the counter."
        ),
    },
    checks={"counters are not negative": "models > 0 and downloads_30d >= 0 and downloads_all_time >= 0"},
)

BASE_MODEL_NAME = Table(
    name="base.model_name",
    description="Former names of repositories. Query core.model_name instead.",
    grain="each repository, former name and period of use",
    key=("hub_id", "id", "first_seen"),
    columns={
        "hub_id": required("VARCHAR", "The model.", references="core.model.hub_id"),
        "id": required("VARCHAR", "The former name, owner/name."),
        "first_seen": required("DATE", "Week in which the repository was first seen under this name."),
        "last_seen": required("DATE", "Week in which the repository was last seen under this name."),
    },
)

MODEL_NAME = Table(
    name="core.model_name",
    description="Every name that a repository has had. A repository with two names counts once, by hub_id.",
    grain="each repository, name and period of use",
    key=("hub_id", "id", "first_seen"),
    columns=BASE_MODEL_NAME.columns,
    is_view=True,
)

TABLES = (
    METRIC, OBSERVATION, OBSERVATION_LATEST, PUBLISHED_CLAIM, CLAIM_EVIDENCE, MODEL,
    BASE_MODEL_WEEK, MODEL_WEEK, BASE_MODEL_NAME, MODEL_NAME,
    AUTHOR, AUTHOR_WEEK,
)  # fmt: skip
