"""`core.*` and `meta.*`: snapshots of the Hub that others made before our first own walk."""

from warehouse.tables.table import Column, Table, required

_SOURCE = required("VARCHAR", "Whose snapshot it is.", references="meta.source.source")
_LABEL = required("DATE", "Label of the snapshot, the day on which its week begins; not the day of the observation.")
_SNAPSHOT_KEY = required(
    "INTEGER", "The repository as snapshots show it.", references="core.snapshot_model.snapshot_key"
)
_ID = required("VARCHAR", "Name in the snapshot, owner/name.")
_CREATED_AT = required("TIMESTAMPTZ", "When the repository was created, to the second, as stated by the snapshot.")
_HUB_ID = "the one model that has, or had, this name and was created in this second."
_COUNTERS = {
    "downloads_30d": Column("BIGINT", "Counted file requests over the 30 days before the observation."),
    "downloads_all_time": Column(
        "BIGINT", "Counted file requests since creation; NULL before 2025-02-26, when the files began to have it."
    ),
    "likes": Column("INTEGER", "Likes."),
}

BACKFILL = Table(
    name="meta.backfill",
    description=(
        "Each snapshot of the Hub that was read: where it comes from, when the Hub was observed, and how it was used. "
        "Totals are over its rows, each model once; they are figures of the source, not of our own walk."
    ),
    grain="each source and label",
    key=("source", "label"),
    made_by=("core/snapshot_model",),
    columns={
        "source": _SOURCE,
        "label": _LABEL,
        "status": required(
            "VARCHAR",
            "loaded; repeat: the same content as an earlier label, counted there; partial: loaded, but far fewer rows than "
            "its neighbours, so that its totals are not used; refused: not loaded.",
        ),
        "reason": Column("VARCHAR", "Why it was refused."),
        "repeat_of": Column("DATE", "For a repeat, the first label with this content."),
        "observed_at": Column(
            "TIMESTAMPTZ",
            "When the Hub was observed, from the content: the newest creation or change of a model; NULL if refused.",
        ),
        "sha256": required("VARCHAR", "SHA-256 of the file."),
        "bytes": required("BIGINT", "Size of the file, in bytes."),
        "revision": Column(
            "VARCHAR", "Commit of the data set that the file was read from; NULL for a file from a folder."
        ),
        "evidence_url": Column("VARCHAR", "Address of the file; NULL for a file from a folder."),
        "rows": Column("BIGINT", "Rows of the file."),
        "duplicates": Column("BIGINT", "Of these, rows of a name that has another row, which counts instead."),
        "unusable": Column(
            "BIGINT", "Of these, rows without a name or creation, or with a negative counter: left out."
        ),
        "models": Column("BIGINT", "Models, each once."),
        "models_created_30d": Column("BIGINT", "Of these, created in the 30 days before the observation."),
        "downloads_30d": Column("BIGINT", "Sum of downloads_30d over the models that have it."),
        "downloads_all_time": Column("BIGINT", "Sum of downloads_all_time over the models that have it; else NULL."),
        "content": Column("VARCHAR", "Checksum of names, creation and counters of all models, in any order."),
        "loaded_at": required("TIMESTAMPTZ", "When it was read here."),
    },
    checks={
        "status is one of the four": "status in ('loaded', 'repeat', 'partial', 'refused')",
        "what is refused has a reason": "(status = 'refused') = (reason is not null)",
        "a repeat names the first label": "(status = 'repeat') = (repeat_of is not null)",
        "a repeat follows what it repeats": "label > repeat_of",
        "what is loaded has an observation": "status = 'refused' or (observed_at is not null and models > 0)",
        "every row is accounted for": "rows = models + duplicates + unusable",
    },
)

SNAPSHOT_MODEL = Table(
    name="core.snapshot_model",
    description=(
        "Every repository in a snapshot, by the name it had then. Snapshots have no immutable id: a renamed repository "
        "has a second row, unless core.snapshot_match matches both."
    ),
    grain="each name and second of creation",
    key=("id", "created_at"),
    columns={"snapshot_key": _SNAPSHOT_KEY, "id": _ID, "created_at": _CREATED_AT},
)

SNAPSHOT_READING = Table(
    name="core.snapshot_reading",
    description="The counters of every model in every snapshot, stored by key. Query core.model_snapshot instead.",
    grain="each source, label and repository",
    key=("source", "label", "snapshot_key"),
    columns={"source": _SOURCE, "label": _LABEL, "snapshot_key": _SNAPSHOT_KEY, **_COUNTERS},
    checks={"counters are not negative": "downloads_30d >= 0 and downloads_all_time >= 0 and likes >= 0"},
)

SNAPSHOT_MATCH = Table(
    name="core.snapshot_match",
    description=(
        "Which repositories of the snapshots are models that our own walks have found: the name is, or was, that of the "
        "model, and the second of creation is the one in its immutable id. Nothing else is matched; nothing is guessed."
    ),
    grain="each repository of a snapshot that is known from a walk",
    key=("snapshot_key",),
    columns={"snapshot_key": _SNAPSHOT_KEY, "hub_id": required("VARCHAR", f"core.model.hub_id of {_HUB_ID}")},
)

MODEL_SNAPSHOT = Table(
    name="core.model_snapshot",
    description=(
        "The counters of models in snapshots by others, each row with its source and the day of observation. A series of "
        "its own, never joined with core.model_week. Partial snapshots are left out."
    ),
    grain="each source, label and repository",
    key=("source", "label", "id", "created_at"),
    columns={
        "source": _SOURCE,
        "label": _LABEL,
        "observed_on": required("DATE", "Day on which the Hub was observed, UTC, from the content of the snapshot."),
        "id": _ID,
        "author": Column("VARCHAR", "Owner at that time: the part of id before the slash; NULL where there is none."),
        "created_at": _CREATED_AT,
        "hub_id": Column("VARCHAR", f"core.model.hub_id of {_HUB_ID} NULL where there is none, or no such walk yet."),
        **_COUNTERS,
    },
    is_view=True,
)

TABLES = (SNAPSHOT_MODEL, SNAPSHOT_READING, SNAPSHOT_MATCH, MODEL_SNAPSHOT, BACKFILL)
