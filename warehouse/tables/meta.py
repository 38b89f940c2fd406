"""`meta.*`: where the figures come from, and how each release was made."""

from warehouse.tables.definition_change import DEFINITION_CHANGE
from warehouse.tables.events import ALERT, ANSWER_FIELD, EVENT
from warehouse.tables.table import Column, Table, required

SOURCE = Table(
    name="meta.source",
    description="Every source of a figure, with its licence and how to cite it.",
    grain="each source",
    key=("source",),
    made_by=("published_history/figures",),
    columns={
        "source": required("VARCHAR", "Key of the source, used in every table."),
        "title": required("VARCHAR", "Name of the source."),
        "url": required("VARCHAR", "Its address."),
        "licence": required("VARCHAR", "Licence or terms under which its figures may be used."),
        "citation": required("VARCHAR", "How to cite it."),
        "cadence": required("VARCHAR", "How often Tidegauge reads it."),
        "caveat": Column("VARCHAR", "Caveat for its use."),
    },
)

COLLECTION = Table(
    name="meta.collection",
    description="Each attempt to collect a source: its result, and the reason.",
    grain="each run and source",
    key=("run_id", "source"),
    made_by=("core/observation",),
    columns={
        "run_id": required("VARCHAR", "The Dagster run."),
        "source": required("VARCHAR", "The source, as in meta.source; a list without figures has no row there."),
        "week": required("DATE", "Monday of the ISO week that was collected, UTC."),
        "started_at": required(
            "TIMESTAMPTZ", "When collecting began; a walk that was continued keeps its first start time."
        ),
        "finished_at": required("TIMESTAMPTZ", "When it ended."),
        "status": required(
            "VARCHAR",
            "complete; partial: items were set aside (meta.set_aside_item), and the rest was loaded; for the Hub: the walk is "
            "incomplete, and not used; failed; or skipped (not configured).",
        ),
        "requests": Column("BIGINT", "Responses that were stored."),
        "rows": Column("BIGINT", "Records in them."),
        "bytes": Column("BIGINT", "Bytes of the responses, uncompressed."),
        "reason": Column(
            "VARCHAR", "Why it is not complete, what was kept, and what to do; or what is odd about a complete one."
        ),
    },
    checks={
        "status is one of the four": "status in ('complete', 'partial', 'failed', 'skipped')",
        "what is not complete has a reason": "status = 'complete' or reason is not null",
    },
)

SET_ASIDE = Table(
    name="meta.set_aside",
    description=(
        "What a response contains and the tables do not, and why, so that every record of every page is accounted for. "
        "The stored page keeps the whole record."
    ),
    grain="each record or field that was rejected or changed",
    key=("source", "week", "page", "number"),
    checks={
        "treatment is one of the five": (
            "treatment in ('left_out', 'without_field', 'next_week', 'duplicate', 'not_public')"
        ),
    },
    columns={
        "source": required("VARCHAR", "The source.", references="meta.source.source"),
        "week": required("DATE", "Monday of the ISO week, UTC."),
        "page": required("VARCHAR", "The stored page that holds the record."),
        "number": required("BIGINT", "Number of this row among those of the page, counting from 1."),
        "hub_id": Column("VARCHAR", "The record's _id as received, if it has one."),
        "id": Column("VARCHAR", "The record's name as received, if it has one."),
        "field": Column("VARCHAR", "The field that could not be read; NULL if the record as a whole could not."),
        "reason": required("VARCHAR", "Why it was rejected or changed."),
        "content": Column("VARCHAR", "The original content, as JSON, at most 500 characters."),
        "treatment": required(
            "VARCHAR",
            "left_out: the record does not count this week; without_field: it counts, with NULL in this field; "
            "next_week: it was created after the walk began; duplicate: it was listed more than once and counts once; "
            "not_public: it is private, visible to the token's owner only, and nothing of it is stored.",
        ),
    },
)

SET_ASIDE_ITEM = Table(
    name="meta.set_aside_item",
    description=(
        "The items of a source that a collection could not use, such as one package of a list, and why. The other items of "
        "the list were loaded, and the collection is partial. Its earlier figures stay; a figure of this week is missing."
    ),
    grain="each source, week and item",
    key=("source", "week", "item"),
    made_by=("core/observation",),
    columns={
        "source": required("VARCHAR", "The source.", references="meta.source.source"),
        "week": required("DATE", "Monday of the ISO week of the collection, UTC; the last one of the week counts."),
        "item": required("VARCHAR", "The item: for a figure its entity, else the name that the source has for it."),
        "reason": required("VARCHAR", "Why it was set aside."),
    },
)

WAREHOUSE = Table(
    name="meta.warehouse",
    description="The origin and the schema version of this database.",
    grain="the database",
    key=("created_at",),
    columns={
        "origin": Column(
            "VARCHAR",
            "live or sandbox: where the collected rows come from; a database never holds both. NULL before the first row.",
        ),
        "schema_version": required(
            "INTEGER", "Number of the newest migration when the tables were last brought up to date."
        ),
        "declaration": Column(
            "VARCHAR", "Fingerprint of the declarations that the tables and comments were made from."
        ),
        "created_at": required("TIMESTAMPTZ", "When the database was made."),
    },
    checks={"origin is live or sandbox": "origin in ('live', 'sandbox')"},
)

RELEASE = Table(
    name="meta.release",
    description="Every release of this database, newest last.",
    grain="each release",
    key=("version",),
    columns={
        "version": required("INTEGER", "Number of the release, counting from 1."),
        "published_at": required("TIMESTAMPTZ", "When it was published."),
        "weeks": required("INTEGER", "Weeks of the Hub that it holds."),
        "schema_version": required(
            "INTEGER", "Number of the newest migration when its tables were last brought up to date."
        ),
        "checksums": required(
            "MAP(VARCHAR, VARCHAR)",
            "Checksum of each table but this one: the sum of md5_number_lower(row as JSON) over its rows.",
        ),
    },
)

WEEK_CHECKSUM = Table(
    name="meta.week_checksum",
    description=(
        "The share of each week of the largest tables in the checksum of its table in meta.release, stored so that a "
        "release reads only the weeks that have changed."
    ),
    grain="each of these tables and week",
    key=("table_name", "week"),
    columns={
        "table_name": required("VARCHAR", "The table: base.model_week, core.author_week or core.snapshot_reading."),
        "week": required("DATE", "Monday of the ISO week, UTC; for core.snapshot_reading the label."),
        "rows": required("BIGINT", "Rows of this week."),
        "checksum": required("DECIMAL(38, 0)", "The sum of md5_number_lower(row as JSON) over these rows."),
    },
)

CURATED_LIST = Table(
    name="meta.curated_list",
    description=(
        "Every file that is maintained by hand, the day on which a person last compared it with its sources, and the age "
        "at which it is stale. Maintained in warehouse/seeds/curated_list.csv."
    ),
    grain="each curated file",
    key=("file",),
    made_by=("published_history/figures",),
    columns={
        "file": required("VARCHAR", "The file, below warehouse/seeds."),
        "title": required("VARCHAR", "What it lists."),
        "reviewed_on": required("DATE", "Day of the last review of the whole file."),
        "stale_after_days": Column(
            "INTEGER", "Days after a review until the file is stale; NULL for a transcription, which does not age."
        ),
        "note": required("VARCHAR", "What a review compares it with."),
    },
    checks={"an age is positive": "stale_after_days > 0"},
)

FRESHNESS = Table(
    name="meta.freshness",
    description=(
        "When each source was last collected and each curated list last reviewed, and whether that was too long ago at the "
        "time of the release."
    ),
    grain="each source that was ever collected, and each curated list",
    key=("source",),
    columns={
        "source": required(
            "VARCHAR",
            "The source, as in meta.source; a source without figures has no row there. For a list its file, as in "
            "meta.curated_list.",
        ),
        "title": Column("VARCHAR", "Name of the source or list; NULL if meta.source does not have it."),
        "last_complete_at": Column(
            "TIMESTAMPTZ",
            "End of the last attempt that was complete, or complete but for items that were set aside, and that entered the "
            "history; NULL if none did. For a list the day of its last review.",
        ),
        "days_at_release": Column(
            "DOUBLE",
            "Days from last_complete_at to the newest release, to the hour; NULL if that is NULL. Negative if a list was "
            "reviewed after the time of the release, as in a replay.",
        ),
        "is_stale": required("BOOLEAN", "Whether these are more than stale_after_days, or last_complete_at is NULL."),
        "last_tried_at": required("TIMESTAMPTZ", "End of the last attempt, complete or not."),
        "last_status": required("VARCHAR", "Its result: complete, partial, failed, or skipped; reviewed for a list."),
        "last_reason": Column("VARCHAR", "Why it was not complete, or is stale, what was kept, and what to do."),
        "kind": required("VARCHAR", "source or list."),
        "stale_after_days": Column(
            "INTEGER", "Days until it is stale: 8 for a source; NULL for a list that does not age."
        ),
    },
    checks={"kind is one of the two": "kind in ('source', 'list')"},
    is_view=True,
)

QUESTION = Table(
    name="meta.question",
    description="Common questions: where the answer is, how to read it, and a query that returns it.",
    grain="each question",
    key=("number",),
    columns={
        "number": required("INTEGER", "Position in the guide."),
        "topic": required("VARCHAR", "The topic of the question."),
        "question": required("VARCHAR", "The question."),
        "look_in": required("VARCHAR", "Tables, views and macros that have the answer, separated by commas."),
        "reading": required("VARCHAR", "Caveats for reading the answer."),
        "example": required(
            "VARCHAR",
            "A query that answers the question. If this file is attached to another database, the query begins with USE, "
            "which makes it the current database.",
        ),
    },
    is_view=True,
)

GUIDE = Table(
    name="meta.guide",
    description=(
        "Start here: common questions, each with a query that answers it. meta.question also says where the answer is and how "
        "to read it. Every table, column and macro has a comment; docs/data_dictionary.md has them all, docs/questions.md "
        "has the answers."
    ),
    grain="each question",
    key=("number",),
    columns={name: QUESTION.columns[name] for name in ("number", "question", "example")},
    is_view=True,
)

TABLES = (
    QUESTION, GUIDE, SOURCE, DEFINITION_CHANGE, CURATED_LIST, COLLECTION, FRESHNESS, SET_ASIDE, SET_ASIDE_ITEM,
    ANSWER_FIELD, EVENT, ALERT, WAREHOUSE, WEEK_CHECKSUM, RELEASE,
)  # fmt: skip
