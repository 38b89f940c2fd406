"""`core.*`: which model was made from which, as stated in each week, and what is derived from it."""

from warehouse.tables.table import Column, Table, required

RELATIONS = ("finetune", "adapter", "quantized", "merge")
_RELATION = "relation in ('finetune', 'adapter', 'quantized', 'merge')"

BASE_MODEL_EDGE = Table(
    name="base.model_edge",
    description="Which model names which as its base, stored by key. Query core.model_edge instead.",
    grain="each child, parent, relation and period in which it was stated",
    key=("child_key", "parent_key", "relation", "first_seen"),
    columns={
        "child_key": required("INTEGER", "The model that was made from another.", references="core.model.model_key"),
        "parent_key": required("INTEGER", "The model it was made from.", references="core.model.model_key"),
        "relation": Column(
            "VARCHAR",
            "How: finetune, adapter, quantized or merge, as inferred by the Hub or stated by the author. NULL where "
            "neither is known.",
        ),
        "told_by": required(
            "VARCHAR",
            "Which field of the record last stated it: base_models (the Hub's own, by the parent's _id), tag, or card.",
        ),
        "first_seen": required("DATE", "Week of the first complete walk in which the child stated it."),
        "last_seen": required(
            "DATE",
            "Week of the last complete walk in which the child stated it. The edge is current while this equals the "
            "child's own last_seen: a removed model keeps its parents. A week without a row in core.lineage_reading "
            "keeps the edges of the week before.",
        ),
    },
    checks={
        "relation is one of the four": _RELATION,
        "told_by is one of the three": "told_by in ('base_models', 'tag', 'card')",
        "no model is its own parent": "child_key <> parent_key",
        "seen in order": "first_seen <= last_seen",
    },
)

MODEL_EDGE = Table(
    name="core.model_edge",
    description="Which model names which as its base, with its history: an edge is current while is_standing is true.",
    grain="each child, parent, relation and period in which it was stated",
    key=("child", "parent", "relation", "first_seen"),
    columns={
        "child": required("VARCHAR", "The model that was made from another.", references="core.model.hub_id"),
        "parent": required("VARCHAR", "The model it was made from.", references="core.model.hub_id"),
        "relation": BASE_MODEL_EDGE.columns["relation"],
        "told_by": BASE_MODEL_EDGE.columns["told_by"],
        "first_seen": BASE_MODEL_EDGE.columns["first_seen"],
        "last_seen": BASE_MODEL_EDGE.columns["last_seen"],
        "is_standing": required(
            "BOOLEAN",
            "Whether the edge is current: the child stated it when it was last seen. False once the child states another "
            "parent, or none.",
        ),
    },
    is_view=True,
)

UNRESOLVED_PARENT = Table(
    name="core.unresolved_parent",
    description="Base models that are named but match no known repository: listed, never guessed.",
    grain="each child, named parent, reason and period in which it was named",
    key=("child", "named_parent", "reason", "first_seen"),
    columns={
        "child": required("VARCHAR", "The model that names it.", references="core.model.hub_id"),
        "named_parent": required(
            "VARCHAR",
            "What it names, unchanged, cut off after 500 characters; a value that is not text as JSON.",
        ),
        "reason": required(
            "VARCHAR",
            "self_reference: the model names itself; never_seen: it could be a repository, but no walk has found it "
            "(deleted, private, or mistyped); ambiguous: several repositories have had the name; not_a_name: it cannot "
            "be the name of a repository.",
        ),
        "told_by": required("VARCHAR", "Which field of the record names it: base_models, tag or card."),
        "first_seen": required("DATE", "Week of the first complete walk in which the child named it."),
        "last_seen": required("DATE", "Week of the last complete walk in which the child named it."),
    },
    checks={
        "reason is one of the four": "reason in ('self_reference', 'never_seen', 'ambiguous', 'not_a_name')",
        "told_by is one of the three": "told_by in ('base_models', 'tag', 'card')",
        "seen in order": "first_seen <= last_seen",
    },
)

LINEAGE_READING = Table(
    name="core.lineage_reading",
    description=(
        "Counts of each weekly reading of the lineage that cannot be derived from the edges later. A week without a row "
        "had implausible statements: it keeps the edges of the week before."
    ),
    grain="each week whose statements were used",
    key=("week",),
    made_by=("core/model_edge",),
    columns={
        "week": required("DATE", "Monday of the ISO week of the walk, UTC."),
        "models_naming_a_base": required(
            "BIGINT", "Models that existed and name anything as their base, known or not."
        ),
        "edges_through_former_name": required(
            "BIGINT", "Edges stated in this week whose parent was found by a former name."
        ),
        "models_reparented": required(
            "BIGINT",
            "Models that had a known parent when last seen, and whose set of known parents is now different or empty. A "
            "change of the relation alone does not count.",
        ),
    },
)

BASE_MODEL_ANCESTOR = Table(
    name="base.model_ancestor",
    description="Every ancestor of every model over the current edges, stored by key. Query core.model_ancestor instead.",
    grain="each model and ancestor",
    key=("model_key", "ancestor_key"),
    columns={
        "model_key": required("INTEGER", "The model.", references="core.model.model_key"),
        "ancestor_key": required("INTEGER", "Its ancestor.", references="core.model.model_key"),
        "depth": required("SMALLINT", "Steps from the model to the ancestor along the shortest path; 1 is a parent."),
    },
    checks={"no model is its own ancestor": "model_key <> ancestor_key", "depth counts from 1": "depth >= 1"},
)

MODEL_ANCESTOR = Table(
    name="core.model_ancestor",
    description=(
        "Every ancestor of every model over the current edges, each once with the shortest distance. Members of a cycle "
        "are ancestors of each other, never of themselves."
    ),
    grain="each model and ancestor",
    key=("hub_id", "ancestor"),
    columns={
        "hub_id": required("VARCHAR", "The model.", references="core.model.hub_id"),
        "ancestor": required("VARCHAR", "Its ancestor.", references="core.model.hub_id"),
        "depth": BASE_MODEL_ANCESTOR.columns["depth"],
    },
    is_view=True,
)

BASE_MODEL_FAMILY = Table(
    name="base.model_family",
    description="The roots of every model that has an ancestor, stored by key. Query core.model_family instead.",
    grain="each model and root",
    key=("model_key", "root_key"),
    columns={
        "model_key": required("INTEGER", "A model with at least one ancestor.", references="core.model.model_key"),
        "root_key": required(
            "INTEGER",
            "An ancestor that has none itself. In a cycle without an ancestor outside of it, the root is the member with "
            "the smallest hub_id; that member is its own root.",
        ),
        "depth": required(
            "SMALLINT", "Steps to the root along the shortest path; 0 for the member that is the root of its cycle."
        ),
        "is_primary": required(
            "BOOLEAN",
            "True for exactly one root of each model, so that sums count it once: the nearest, then the oldest (smallest "
            "hub_id).",
        ),
    },
    checks={
        "depth counts from 0": "depth >= 0",
        "only its own root is at depth 0": "(depth = 0) = (model_key = root_key)",
    },
)

MODEL_FAMILY = Table(
    name="core.model_family",
    description=(
        "The root or roots of every model: where its stated ancestry ends. A model without a parent is its own root."
    ),
    grain="each model and root",
    key=("hub_id", "root"),
    columns={
        "hub_id": required("VARCHAR", "The model.", references="core.model.hub_id"),
        "root": required("VARCHAR", "A model at the end of its ancestry.", references="core.model.hub_id"),
        "depth": required("SMALLINT", "Steps to the root along the shortest path; 0 for a model that is its own root."),
        "primary": required("BOOLEAN", "True for exactly one root of each model, so that sums count it once."),
    },
    is_view=True,
)

FAMILY = Table(
    name="core.family",
    description=(
        "Families of models and their root repositories, maintained by hand in warehouse/seeds/family.csv. A family "
        "consists of its root repositories, including those of its sub-families, and all their descendants. Families "
        "overlap, because llama-2 is part of llama and a model can descend from several roots: do not add them up."
    ),
    grain="each family, root and repository that has had the root's name",
    key=("family", "root", "hub_id"),
    columns={
        "family": required("VARCHAR", "Name of the family, such as llama-3."),
        "title": required("VARCHAR", "Display name, such as Llama 3."),
        "part_of": Column("VARCHAR", "The wider family that it belongs to, such as llama; NULL if there is none."),
        "root": required(
            "VARCHAR",
            "Name of a repository of the maker, owner/name. It covers every repository that has ever had the name: a "
            "renamed one, and one that was uploaded again in its place.",
        ),
        "released_on": Column(
            "DATE",
            "Day of its release, or the first day on which a benchmark listed it, which may be some weeks later. NULL where "
            "no record of the day was read.",
        ),
        "evidence_url": Column(
            "VARCHAR",
            "Where the root, or its day, was read. NULL where the repository itself is the evidence.",
        ),
        "note": Column("VARCHAR", "Note on this root, such as what was not verified; NULL if none."),
        "hub_id": Column("VARCHAR", "That repository. NULL if no walk has found one.", references="core.model.hub_id"),
    },
)

FAMILY_MEMBER = Table(
    name="core.family_member",
    description=(
        "The models of every family in the newest week and in the week before it, with which it is compared. The root "
        "repositories of a family are not members."
    ),
    grain="each of these two weeks, family and model",
    key=("week", "family", "model_key"),
    made_by=("core/family_week",),
    columns={
        "week": required("DATE", "Monday of the ISO week of the walk, UTC."),
        "family": required("VARCHAR", "The family.", references="core.family.family"),
        "model_key": required("INTEGER", "A model that existed in this week.", references="core.model.model_key"),
        "depth": required(
            "SMALLINT",
            "Steps along the shortest path to the nearest root repository of the family; 1 is a direct derivative.",
        ),
        "relation": Column(
            "VARCHAR",
            "How the model was made from its parent on a shortest path to a root: merge, finetune, adapter or quantized; "
            "the first in this order if there are several. NULL where it is not stated.",
        ),
        "is_own": required("BOOLEAN", "Whether its present owner owns one of the family's root repositories."),
        "is_quantized_copy": required(
            "BOOLEAN",
            "Whether relation is quantized and every further step on a shortest path to a root is a quantisation too: a "
            "copy, not a new model.",
        ),
    },
    checks={
        "depth counts from 1": "depth >= 1",
        "relation is one of the four": _RELATION,
        "a quantised copy is quantised": "not is_quantized_copy or relation is not distinct from 'quantized'",
    },
)

_EARLIER = "NULL in weeks that were counted before this was."
_ONCE = "for which this family is the one that they count for"

FAMILY_READING = Table(
    name="core.family_reading",
    description=(
        "The roots and the most downloaded derivatives of every family in every week in which it was counted, and its place "
        "among the families. Each model counts for one narrowest family, and for those that this is part of: that of the "
        "nearest root, itself included; of equally near ones the first wide family by name, and in it the narrowest. The "
        "columns counted_once of families of one level add up, here and in core.family_week."
    ),
    grain="each family and week in which it was counted",
    key=("week", "family"),
    made_by=("core/family_week",),
    columns={
        "week": required("DATE", "Monday of the ISO week of the walk, UTC."),
        "family": required("VARCHAR", "The family.", references="core.family.family"),
        "definition": required(
            "VARCHAR",
            "Fingerprint (md5) of the family's list of root names. Where it differs between two weeks, the list was "
            "edited, and the counts are not compared.",
        ),
        "roots": required("BIGINT", "Root repositories that the list names."),
        "roots_seen": required("BIGINT", "Of these, repositories that a walk has found, including removed ones."),
        "notable": Column(
            "VARCHAR",
            "Names of the three derivatives with the most downloads_30d in this week, in descending order; NULL if none "
            "has that counter.",
        ),
        "part_of": Column(
            "VARCHAR", f"The wider family that it was part of in this week; NULL if there was none. {_EARLIER}"
        ),
        "level": Column(
            "SMALLINT",
            f"Its level in this week: 1 for a family that is part of no other, 2 for a part of one of these, and so on. "
            f"{_EARLIER}",
        ),
        "root_models": Column("BIGINT", f"Root repositories that existed in this week. {_EARLIER}"),
        "root_downloads_30d": Column(
            "BIGINT",
            f"Their counted file requests over the 30 days before the walk, over those that have the counter. {_EARLIER}",
        ),
        "root_downloads_30d_robust": Column("BIGINT", f"The same without spikes, as in core.family_week. {_EARLIER}"),
        "root_downloads_all_time": Column(
            "BIGINT", f"Their counted file requests since creation, over those that have the counter. {_EARLIER}"
        ),
        "root_models_counted_once": Column("BIGINT", f"Of root_models, those {_ONCE}. {_EARLIER}"),
        "root_downloads_30d_counted_once": Column("BIGINT", f"Their root_downloads_30d. {_EARLIER}"),
        "root_downloads_30d_robust_counted_once": Column("BIGINT", f"Their root_downloads_30d_robust. {_EARLIER}"),
        "counted_in": Column(
            "DATE",
            "Week in which it was counted back, because the family was listed later: from the models, bases and counters of "
            "that week, by present owners and names. NULL where it was counted in the week itself.",
        ),
    },
    checks={
        "no more roots are seen than named": "roots_seen <= roots",
        "a widest family is of level 1": "(level = 1) = (part_of is null) or level is null",
        "counters are not negative": "root_downloads_30d >= 0 and root_downloads_all_time >= 0",
        "a spike only takes away": "root_downloads_30d_robust between 0 and root_downloads_30d",
        "a part is not more than the whole": (
            "root_models_counted_once between 0 and root_models and "
            "root_downloads_30d_counted_once between 0 and root_downloads_30d"
        ),
        "counted later": "counted_in > week",
    },
)

FAMILY_WEEK = Table(
    name="core.family_week",
    description=(
        "The size of every family in every week, as it was in that week, broken down so that each model of a family "
        "counts in one row only. Root repositories are not counted among their own descendants: core.family_reading has them. "
        "Families overlap: add up only the columns counted_once, and only of families of one level. A week is not "
        "recomputed after the next one; a family that is listed later is counted back (core.family_reading.counted_in)."
    ),
    grain="each week, family, depth, relation, and whether it is the maker's own and a quantised copy",
    key=("week", "family", "depth", "relation", "is_own", "is_quantized_copy"),
    columns={
        "week": FAMILY_MEMBER.columns["week"],
        "family": FAMILY_MEMBER.columns["family"],
        "depth": FAMILY_MEMBER.columns["depth"],
        "relation": FAMILY_MEMBER.columns["relation"],
        "is_own": FAMILY_MEMBER.columns["is_own"],
        "is_quantized_copy": FAMILY_MEMBER.columns["is_quantized_copy"],
        "models": required("BIGINT", "Models that existed in this week."),
        "downloads_30d": Column(
            "BIGINT", "Their counted file requests over the 30 days before the walk, over those that have the counter."
        ),
        "downloads_all_time": Column(
            "BIGINT", "Their counted file requests since creation, over those that have the counter."
        ),
        "added": Column(
            "BIGINT",
            "Of these models, those that were not part of the family in the week before. NULL where that week was not "
            "counted, or the family's list of roots was different.",
        ),
        "removed": Column(
            "BIGINT",
            "Models of the family in the week before that were removed from the Hub or no longer derive from it, in the "
            "row that they were in. NULL like added. Over a whole family, models = models of the week before + added - "
            "removed.",
        ),
        "downloads_30d_robust": Column(
            "BIGINT",
            "downloads_30d without spikes: of a model in core.download_spike only the part up to its cap (kept). NULL in the "
            f"first weeks, in which no spikes are found. {_EARLIER}",
        ),
        "models_counted_once": Column("BIGINT", f"Of models, those {_ONCE}: see core.family_reading. {_EARLIER}"),
        "downloads_30d_counted_once": Column("BIGINT", f"Their downloads_30d. {_EARLIER}"),
        "downloads_30d_robust_counted_once": Column("BIGINT", f"Their downloads_30d_robust. {_EARLIER}"),
    },
    checks={
        "counters are not negative": (
            "models >= 0 and downloads_30d >= 0 and downloads_all_time >= 0 and added >= 0 and removed >= 0"
        ),
        "a spike only takes away": "downloads_30d_robust between 0 and downloads_30d",
        "a part is not more than the whole": (
            "models_counted_once between 0 and models and downloads_30d_counted_once between 0 and downloads_30d"
        ),
        "no more are added than there are": "added <= models",
        "a comparison has both sides": "(added is null) = (removed is null)",
        **FAMILY_MEMBER.checks,
    },
)

UNLISTED_ROOT = Table(
    name="core.unlisted_root",
    description=(
        "Roots of the lineage that no family holds, and that are large: at least 10 models of the newest week descend from "
        "them, or their own files had 100,000 downloads in 30 days. They wait for a family in warehouse/seeds/family.csv; "
        "`tidegauge review families` proposes the rows."
    ),
    grain="each such root in the newest week in which families were counted",
    key=("root",),
    made_by=("core/family_week",),
    columns={
        "root": required("VARCHAR", "The repository at the end of the ancestry.", references="core.model.hub_id"),
        "name": required("VARCHAR", "Its present name, owner/name; the last one if it was removed."),
        "maker": Column(
            "VARCHAR", "The maker that its owner belongs to; NULL if none lists it.", references="core.maker.maker"
        ),
        "created_at": required("TIMESTAMPTZ", "When the repository was created: not the release date of the model."),
        "descendants": required("BIGINT", "Models that existed in this week and descend from it, at any distance."),
        "downloads_30d": Column(
            "BIGINT",
            "Its own counted file requests over the 30 days before the walk. NULL if it has no counter or was removed.",
        ),
        "models_unnamed": required(
            "BIGINT",
            "It and its descendants, without those that a family holds. A model with several roots counts for its primary "
            "one, so that these numbers may be added up.",
        ),
        "downloads_30d_unnamed": Column(
            "BIGINT", "downloads_30d of the models in models_unnamed, over those that have the counter."
        ),
        "first_seen": required("DATE", "Week of the first complete walk that found it."),
        "week": required("DATE", "Monday of the ISO week of the walk, UTC."),
    },
    is_view=True,
)

_UNREAD = "NULL in a week whose statements were not used, so that the edges of the week before apply."

LINEAGE_WEEK = Table(
    name="core.lineage_week",
    description="How much of the Hub's ancestry is known in each week, and counts of what could not be resolved.",
    grain="each week of a complete walk",
    key=("week",),
    columns={
        "week": required("DATE", "Monday of the ISO week of the walk, UTC."),
        "models": required("BIGINT", "Models that existed."),
        "models_naming_a_base": Column("BIGINT", f"Of these, models that name anything as their base. {_UNREAD}"),
        "models_with_parent": required("BIGINT", "Of these, models of which at least one parent is known."),
        "coverage_pct": Column(
            "DOUBLE",
            "models_with_parent as a share of models, in percent: the upper limit of what any count can cover.",
        ),
        "edges": required("BIGINT", "Current edges whose child exists."),
        "edges_by_base_models": required("BIGINT", "Of these, stated by the Hub's own baseModels."),
        "edges_by_tag": required("BIGINT", "Of these, stated only by base_model tags."),
        "edges_by_card": required("BIGINT", "Of these, stated only by the card."),
        "edges_to_removed": required("BIGINT", "Of these, edges whose parent was removed from the Hub."),
        "edges_through_former_name": Column(
            "BIGINT", f"Of these, edges whose parent was found by a former name. {_UNREAD}"
        ),
        "models_with_several_parents": required("BIGINT", "Models that existed, with more than one known parent."),
        "models_reparented": Column(
            "BIGINT",
            f"Models that had a known parent when last seen, and now state others or none. {_UNREAD}",
        ),
        "self_references": required("BIGINT", "Models that name themselves; they get no edge."),
        "never_seen": required("BIGINT", "Named parents that no walk has found."),
        "ambiguous": required("BIGINT", "Named parents whose name several repositories have had."),
        "not_a_name": required("BIGINT", "Named parents that cannot be the name of a repository."),
        "cycles": required("BIGINT", "Groups of models that are ancestors of each other."),
        "models_in_cycles": required("BIGINT", "Models in such groups."),
        "longest_chain": required("BIGINT", "The greatest of all shortest distances to an ancestor, in steps."),
        "ancestor_pairs": required("BIGINT", "Rows of core.model_ancestor at that time, including removed models."),
        "roots": required("BIGINT", "Models without an ancestor that have a descendant, including removed models."),
    },
    checks={
        "coverage is a percentage": "coverage_pct between 0 and 100",
        "a part is not more than the whole": (
            "models_with_parent <= models and edges_by_base_models + edges_by_tag + edges_by_card = edges and "
            "edges_to_removed <= edges and models_in_cycles >= 2 * cycles"
        ),
    },
)

TABLES = (
    BASE_MODEL_EDGE, MODEL_EDGE, UNRESOLVED_PARENT, LINEAGE_READING, BASE_MODEL_ANCESTOR, MODEL_ANCESTOR, BASE_MODEL_FAMILY,
    MODEL_FAMILY, FAMILY, FAMILY_MEMBER, FAMILY_READING, FAMILY_WEEK, UNLISTED_ROOT,
    LINEAGE_WEEK,
)  # fmt: skip
