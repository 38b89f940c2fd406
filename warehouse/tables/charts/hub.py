"""`charts.*`: one table for each chart. docs/methods has a page for each of them."""

from warehouse.tables.chart_columns import FLAG, GROWTH, NOTE, ORIGIN, PERIOD, QUALIFIER
from warehouse.tables.charts import makers, models
from warehouse.tables.charts.benchmarks import (
    ARENA_BY_RELEASE,
    ARENA_GAP,
    BENCHMARK_GAP,
    BEST_BY_MEMORY,
    CAPABILITY_GAP,
    GAP_CLOSURE,
    RATING_AND_DOWNLOADS,
)
from warehouse.tables.charts.sources import (
    ADOPTION,
    COMMUNITY,
    FUNDING,
    FUNDING_TOTAL,
    INFERENCE_SPEED,
    PLATFORM_RUNS,
    PRICE_AT_RATING,
    TOKEN_PRICE,
    TRAINING_COST,
)
from warehouse.tables.definition_change import DEFINITION_MARK
from warehouse.tables.facets import FACET_WEEK
from warehouse.tables.facets import GROWTH as FACET_GROWTH
from warehouse.tables.history import BIRTHS_AND_DEATHS, CONCENTRATION_WEEK
from warehouse.tables.lineage import LINEAGE_WEEK
from warehouse.tables.published_claim import CLAIM_EVIDENCE, PUBLISHED_CLAIM
from warehouse.tables.table import Column, Table, required
from warehouse.tables.training import TRAINING_COST_STEPS

HUB_DOWNLOADS = Table(
    name="charts.hub_downloads",
    description=(
        "Downloads on the Hugging Face Hub, all models. Published monthly figures, measured 30-day windows, those of "
        "snapshots by others, and whole months estimated from all-time counters are separate series and are never "
        "joined."
    ),
    grain="each series, period, basis and source",
    key=("series", "period_start", "basis", "source"),
    columns={
        **PERIOD,
        "series": required(
            "VARCHAR",
            "hub_downloads_month (published), hub_downloads_30d, hub_snapshot_downloads_30d (a snapshot by others, on "
            "its day of observation), or hub_downloads_calendar_month (estimated; growth.calendar_downloads, only months "
            "of which every day was observed).",
            references="core.metric.metric",
        ),
        "downloads": Column("BIGINT", "Downloads in the month, or over the 30 days before the walk of that week."),
        "qualifier": QUALIFIER,
        "growth_pct": GROWTH,
        "growth_flag": FLAG,
        "downloads_all_time": Column(
            "BIGINT", "Measured rows: downloads since creation of all models that still exist."
        ),
        "downloads_since_week_before": Column(
            "BIGINT",
            "Measured rows: the increase of the all-time counters since the walk of the previous calendar week, model by "
            "model, without recoveries and with models created since (core.hub_week: flow - flow_recovered + "
            "flow_of_new). Not the change of downloads_all_time, which also moves with restatements and deletions. NULL "
            "without that walk.",
        ),
        "note": NOTE,
        **ORIGIN,
    },
    checks={"downloads are not negative": "downloads >= 0"},
)

HUB_MODELS = Table(
    name="charts.hub_models",
    description="Public models on the Hugging Face Hub, and how many were added in a month.",
    grain="each period, basis and source",
    key=("period_start", "basis", "source"),
    columns={
        **PERIOD,
        "models": Column(
            "BIGINT",
            "Public models: as reported, counted in the walk of that week, or in a snapshot by others.",
        ),
        "qualifier": QUALIFIER,
        "growth_pct": GROWTH,
        "added_per_month": Column(
            "BIGINT",
            "Models added in the month as reported; measured rows: created in the 30 days before the walk and still "
            "public.",
        ),
        "added_qualifier": Column("VARCHAR", "Qualifier of added_per_month."),
        **ORIGIN,
    },
)

_COVERAGE = Column(
    "DOUBLE",
    "Share of all models of that week with a known parent, in percent: the coverage of a count of derivatives. NULL "
    "for published rows.",
)

MODEL_DERIVATIVES = Table(
    name="charts.model_derivatives",
    description=(
        "Models built on a family of base models, cumulative. Published counts and the counts of the weekly walk are "
        "separate series and are never joined. Families overlap (llama-3 is part of llama): do not add them up."
    ),
    grain="each period, family, basis and source",
    key=("period_start", "family", "basis", "source"),
    columns={
        **PERIOD,
        "family": required("VARCHAR", "The base model or family, as reported; for measured rows as in core.family."),
        "derivatives": Column(
            "BIGINT",
            "Models derived from it up to the date; a lower bound if qualifier is at_least. Measured rows: those that "
            "existed in that week, as in transitive.",
        ),
        "qualifier": required(
            "VARCHAR",
            "exact (as reported) or at_least. Measured rows are at_least: a model that does not state its base is not "
            "counted.",
        ),
        "growth_pct": Column(
            "DOUBLE",
            "Growth of derivatives to the row before in its series, in percent: the one reported before, or that of the "
            "calendar week before; NULL for the first, after a gap, without a positive base, and where the family's list "
            "of root repositories was changed.",
        ),
        "notable": Column(
            "VARCHAR",
            "Derivatives that the source names, as reported; measured rows: the three with the most downloads_30d in that "
            "week, by the name it had that week.",
        ),
        "direct": Column(
            "BIGINT", "Measured rows: derivatives with a root repository of the family as a parent; else NULL."
        ),
        "transitive": Column(
            "BIGINT",
            "Measured rows: all derivatives at any distance, including the direct ones, each model once; else NULL.",
        ),
        "coverage_pct": _COVERAGE,
        "finetunes": Column("BIGINT", "Measured rows: of derivatives, those fine-tuned from their parent; else NULL."),
        "adapters": Column("BIGINT", "Measured rows: of derivatives, adapters of their parent; else NULL."),
        "quantized": Column("BIGINT", "Measured rows: of derivatives, quantisations of their parent; else NULL."),
        "merges": Column("BIGINT", "Measured rows: of derivatives, merges of their parents; else NULL."),
        "without_own": Column(
            "BIGINT", "Measured rows: derivatives except those of the owners of the family's roots; else NULL."
        ),
        "without_quantized_copies": Column(
            "BIGINT",
            "Measured rows: derivatives except copies of a root that are only quantised; else NULL.",
        ),
        "downloads_30d": Column(
            "BIGINT", "Measured rows: downloads of the derivatives over the 30 days before the walk; else NULL."
        ),
        "added": Column(
            "BIGINT",
            "Measured rows: derivatives that were not in the family in the week before; NULL where that is not known.",
        ),
        "removed": Column(
            "BIGINT",
            "Measured rows: derivatives of the week before that were removed, or no longer derive from the family; NULL "
            "where that is not known.",
        ),
        **ORIGIN,
    },
    checks={
        "a part is not more than the whole": (
            "direct <= derivatives and without_own <= derivatives and without_quantized_copies <= derivatives and "
            "finetunes + adapters + quantized + merges <= derivatives"
        ),
        "a measured count has its coverage": "basis <> 'measured' or coverage_pct is not null",
    },
)

_WEEK = required("DATE", "Monday of the ISO week of the walk, UTC.")

LINEAGE_DEPTH = Table(
    name="charts.lineage_depth",
    description="How far the derivatives of a family are from its root repositories: how many at each number of steps.",
    grain="each week, family, depth, basis and source",
    key=("week", "family", "depth", "basis", "source"),
    columns={
        "week": _WEEK,
        "family": required(
            "VARCHAR", "The family. Families overlap: do not add them up.", references="core.family.family"
        ),
        "depth": required("SMALLINT", "Steps to the nearest root repository of the family; 1 is a direct derivative."),
        "models": required("BIGINT", "Models that existed in that week at this depth."),
        "downloads_30d": Column(
            "BIGINT", "Their downloads over the 30 days before the walk, over those that have the counter."
        ),
        "share_of_family_pct": required("DOUBLE", "models as a share of the family's derivatives, in percent."),
        "coverage_pct": _COVERAGE,
        **ORIGIN,
    },
    checks={"a share is between 0 and 100": "share_of_family_pct between 0 and 100"},
)

LINEAGE_COVERAGE = Table(
    name="charts.lineage_coverage",
    description="How much of the ancestry of models is known: the coverage of every count of derivatives.",
    grain="each week, basis and source",
    key=("week", "basis", "source"),
    columns={
        "week": _WEEK,
        "models": required("BIGINT", "Models that existed."),
        "models_naming_a_base": LINEAGE_WEEK.columns["models_naming_a_base"],
        "models_with_parent": required("BIGINT", "Models of which at least one parent is known."),
        "coverage_pct": Column("DOUBLE", "models_with_parent as a share of models, in percent."),
        "resolved_pct": Column(
            "DOUBLE", "models_with_parent as a share of models_naming_a_base, in percent; NULL where that is not known."
        ),
        "edges": LINEAGE_WEEK.columns["edges"],
        "edges_to_removed": LINEAGE_WEEK.columns["edges_to_removed"],
        "models_reparented": LINEAGE_WEEK.columns["models_reparented"],
        "self_references": LINEAGE_WEEK.columns["self_references"],
        "never_seen": LINEAGE_WEEK.columns["never_seen"],
        "ambiguous": LINEAGE_WEEK.columns["ambiguous"],
        "not_a_name": LINEAGE_WEEK.columns["not_a_name"],
        "models_in_cycles": LINEAGE_WEEK.columns["models_in_cycles"],
        "longest_chain": LINEAGE_WEEK.columns["longest_chain"],
        "roots": LINEAGE_WEEK.columns["roots"],
        **ORIGIN,
    },
    checks={"coverage is a percentage": "coverage_pct between 0 and 100"},
)

LAPTOP_MODELS = Table(
    name="charts.laptop_models",
    description=(
        "Models that run in the memory of a laptop: as counted by publications, and for every week the text generation "
        "models of the Hub whose weights fit at a stated precision. The two count different things and are never joined."
    ),
    grain="each period, size of memory, precision, basis and source",
    key=("period_start", "ram_gb", "bits", "basis", "source"),
    columns={
        **PERIOD,
        "ram_gb": required("DOUBLE", "Memory of the laptop, in GB of 2^30 bytes."),
        "bits": Column("INTEGER", "Bits of each weight; NULL where the source does not say."),
        "models_low": Column("BIGINT", "Models that run, lower end; estimated rows: those known to fit."),
        "models_high": Column("BIGINT", "Models that run, upper end; NULL if there are at least models_low."),
        "qualifier": QUALIFIER,
        "models": Column("VARCHAR", "Models that the source names, as reported."),
        "quality_level": Column("VARCHAR", "Their quality, in the words of the source; NULL in estimated rows."),
        "models_known": Column("BIGINT", "Estimated rows: models with known parameters, which could be checked."),
        "coverage_pct": Column("DOUBLE", "Estimated rows: models_known as a share of all of their kind, in percent."),
        **ORIGIN,
    },
    checks={
        "no more fit than are known": "models_low <= models_known",
        "coverage is a percentage": "coverage_pct between 0 and 100",
    },
)

CLAIM_FIGURE = Table(
    name="charts.claim_figure",
    description="The figure or the fact that decides each claim of charts.claim_audit, from growth.series and growth.rate.",
    grain="each claim with a deciding figure or fact",
    key=("claim",),
    columns={
        "claim": required("VARCHAR", "Key of the claim.", references="core.published_claim.claim"),
        "recomputed_value": Column(
            "DOUBLE", "The figure, in the unit of the reported one; NULL where it is not a number."
        ),
        "recomputed": Column("VARCHAR", "The same as text, with its unit."),
        "follows": Column(
            "BOOLEAN", "Whether the claim follows; NULL where recomputed_value is compared with the reported one."
        ),
    },
)

CLAIM_AUDIT = Table(
    name="charts.claim_audit",
    description=(
        "Each claim of a publication with two verdicts: whether it follows from the publication's own figures (verdict), and "
        "whether a source agrees (against_sources): first-hand, or, where none is known, a report of others (source_told)."
    ),
    grain="each claim",
    key=("claim",),
    columns={
        "claim": PUBLISHED_CLAIM.columns["claim"],
        "chart": PUBLISHED_CLAIM.columns["chart"],
        "statement": PUBLISHED_CLAIM.columns["statement"],
        "printed": PUBLISHED_CLAIM.columns["printed"],
        "recomputed": Column(
            "VARCHAR", "The result from the publication's own figures; NULL if it cannot be computed."
        ),
        "verdict": required("VARCHAR", "holds (to the last reported digit), does not follow, or cannot be checked."),
        "explanation": required("VARCHAR", "The reason."),
        "printed_value": PUBLISHED_CLAIM.columns["printed_value"],
        "recomputed_value": Column(
            "DOUBLE", "recomputed as a number in its own unit; NULL where it is not one number."
        ),
        "source": PUBLISHED_CLAIM.columns["source"],
        "against_sources": required(
            "VARCHAR",
            "agrees or disagrees: the source with the claim; no source where none decides it (core.claim_evidence).",
        ),
        "source_figure": Column("VARCHAR", "What that source says instead, as text with its unit; NULL without one."),
        "source_title": Column("VARCHAR", "That source."),
        "source_url": Column("VARCHAR", "Its address."),
        "source_dated_on": Column("DATE", "Its day."),
        "source_certainty": Column("VARCHAR", CLAIM_EVIDENCE.columns["certainty"].description),
        "source_told": Column("VARCHAR", CLAIM_EVIDENCE.columns["told"].description),
        "sentence": required("VARCHAR", "The claim, who makes it, and what the evidence says, to be quoted."),
    },
    checks={
        "verdict is one of the three": "verdict in ('holds', 'does not follow', 'cannot be checked')",
        "against_sources is one of the three": "against_sources in ('agrees', 'disagrees', 'no source')",
        "a verdict has a recomputed figure": "verdict = 'cannot be checked' or recomputed is not null",
    },
)

FACETS = Table(
    name="charts.facets",
    description=(
        "Models and downloads by each value of each facet (format, language, task, ...), and their share of all, week by week. "
        "Where adds_up is false, a model with several values counts in each: do not add them up."
    ),
    grain="each week, facet, value, basis and source",
    key=("period_start", "facet", "value", "basis", "source"),
    columns={
        **PERIOD,
        **{name: FACET_WEEK.columns[name] for name in ("facet", "value", "adds_up", "models", "downloads_30d")},
        **{name: FACET_GROWTH.columns[name] for name in ("share_of_models_pct", "share_of_downloads_pct")},
        **ORIGIN,
    },
    checks={
        "shares are between 0 and 100": "share_of_models_pct between 0 and 100 and share_of_downloads_pct between 0 and 100"
    },
)

CONCENTRATION = Table(
    name="charts.concentration",
    description="How unequally the downloads of 30 days are spread, over models and over authors, week by week.",
    grain="each week, entity, basis and source",
    key=("period_start", "entity", "basis", "source"),
    columns={
        **PERIOD,
        **{name: column for name, column in CONCENTRATION_WEEK.columns.items() if name != "week"},
        **ORIGIN,
    },
    checks={"gini is between 0 and 1": "gini between 0 and 1"},
)

# In the order in which they are rebuilt, after those of growth.
TABLES = (
    HUB_DOWNLOADS, HUB_MODELS, BIRTHS_AND_DEATHS, BENCHMARK_GAP, MODEL_DERIVATIVES, LINEAGE_DEPTH, LINEAGE_COVERAGE, COMMUNITY,
    FACETS, CONCENTRATION,
    TRAINING_COST_STEPS, TRAINING_COST, INFERENCE_SPEED, TOKEN_PRICE, PRICE_AT_RATING,
    FUNDING, FUNDING_TOTAL, ADOPTION, LAPTOP_MODELS, GAP_CLOSURE,
    CAPABILITY_GAP, ARENA_BY_RELEASE, ARENA_GAP, BEST_BY_MEMORY, RATING_AND_DOWNLOADS,
    PLATFORM_RUNS, CLAIM_FIGURE, CLAIM_AUDIT, *models.TABLES, *makers.TABLES, DEFINITION_MARK,
)  # fmt: skip
