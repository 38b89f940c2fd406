"""`core.*` of benchmarks: scores as stated by their sources, and the models and companies behind the names."""

from warehouse.tables.table import Column, Table, required

BASE_BENCHMARK_SCORE = Table(
    name="base.benchmark_score",
    description=(
        "Every score of a model on a benchmark or board, in every version that its source has stated. Query "
        "core.benchmark_score instead."
    ),
    grain="each benchmark, model, day of publication, source and time at which that became known",
    key=("benchmark", "model", "published_on", "source", "recorded_at"),
    made_by=("benchmarks/arena", "benchmarks/epoch_benchmarks", "benchmarks/open_llm_leaderboard"),
    columns={
        "benchmark": required(
            "VARCHAR",
            "The benchmark or board: Arena text, Arena text with style control, GPQA diamond, Epoch Capabilities Index, ...",
        ),
        "model": required("VARCHAR", "The model, or the version of it that was tested, as the source names it."),
        "model_group": Column("VARCHAR", "The model that this is a version of, where the source groups versions."),
        "published_on": Column(
            "DATE",
            "Day for which the source states the score; NULL where it states its present scores only: recorded_at has "
            "when those became known.",
        ),
        "score": required("DOUBLE", "The score or rating, in unit."),
        "unit": required("VARCHAR", "rating points (relative to the pool of that day), percent, or index points."),
        "low": Column("DOUBLE", "Lower end of the interval that the source states, in unit."),
        "high": Column("DOUBLE", "Upper end of the interval that the source states, in unit."),
        "votes": Column("BIGINT", "Votes or battles behind a rating; NULL where not stated, as in 2023."),
        "rank": Column("INTEGER", "Rank on the board, as the source states it."),
        "organisation": Column("VARCHAR", "Who made the model, as the source states it; sometimes missing."),
        "licence": Column(
            "VARCHAR", "Licence or accessibility as the source labels it on that day; NULL where the label is blank."
        ),
        "openness": required(
            "VARCHAR",
            "open, proprietary or unknown (no label, or one that is not listed): read from `licence` by the lists "
            "arena_licence.csv and epoch_accessibility.csv.",
        ),
        "released_on": Column("DATE", "Release of the model as this source states it; NULL where it gives no day."),
        "evidence_url": required("VARCHAR", "The file with the score."),
        "source": required("VARCHAR", "The source.", references="meta.source.source"),
        "recorded_at": required("TIMESTAMPTZ", "When this version became known."),
        "is_withdrawn": required("BOOLEAN", "true: the source no longer states it."),
    },
    checks={
        "openness is one of the three": "openness in ('open', 'proprietary', 'unknown')",
        "what has no label is of unknown openness": "licence is not null or openness = 'unknown'",
        "no figure is infinite": "isfinite(score) and isfinite(low) and isfinite(high)",
        "low does not exceed high": "low <= high",
        "votes are not negative": "votes >= 0",
        "a rating belongs to a day": "unit <> 'rating points' or published_on is not null",
    },
)

BENCHMARK_SCORE = Table(
    name="core.benchmark_score",
    description="Scores of models on benchmarks and boards, as known now.",
    grain="each benchmark, model, day of publication and source",
    key=("benchmark", "model", "published_on", "source"),
    columns={
        **{name: c for name, c in BASE_BENCHMARK_SCORE.columns.items() if name != "is_withdrawn"},
        "interval_pct": Column(
            "INTEGER",
            "How much the interval from low to high covers, in percent: 90 for the Epoch Capabilities Index, else 95; NULL "
            "without an interval. Compare intervals of one number only.",
        ),
    },
    is_view=True,
)

_CHANCE_PCT = Column("DOUBLE", "The score of guessing, in percent; NULL where it is not stated.")
_CEILING_PCT = Column("DOUBLE", "The best possible score, in percent; NULL where it is not stated.")

BASE_BENCHMARK_SCALE = Table(
    name="base.benchmark_scale",
    description=(
        "The score of guessing and the best possible one of each benchmark, in every version that its source has stated. "
        "Query core.benchmark_scale instead."
    ),
    grain="each benchmark, source and time at which that became known",
    key=("benchmark", "source", "recorded_at"),
    made_by=("benchmarks/epoch_benchmarks",),
    columns={
        "benchmark": required("VARCHAR", "The benchmark, as in core.benchmark_score."),
        "chance_pct": _CHANCE_PCT,
        "ceiling_pct": _CEILING_PCT,
        "evidence_url": required("VARCHAR", "The file that states it."),
        "source": required("VARCHAR", "The source.", references="meta.source.source"),
        "recorded_at": required("TIMESTAMPTZ", "When this version became known."),
        "is_withdrawn": required("BOOLEAN", "true: the source no longer states it."),
    },
    checks={
        "chance lies in percent": "chance_pct >= 0 and chance_pct < 100",
        "the ceiling is above chance": "ceiling_pct > coalesce(chance_pct, 0) and ceiling_pct <= 100",
    },
)

LISTED_BENCHMARK_SCALE = Table(
    name="core.listed_benchmark_scale",
    description="The scales of benchmarks of published figures, listed by hand. Query core.benchmark_scale instead.",
    grain="each source and benchmark",
    key=("source", "benchmark"),
    columns={
        "source": required("VARCHAR", "The source of the scores.", references="meta.source.source"),
        "benchmark": required("VARCHAR", "The benchmark, as the source names it."),
        "chance_pct": _CHANCE_PCT,
        "ceiling_pct": _CEILING_PCT,
        "evidence": required("VARCHAR", "Why."),
    },
)

BENCHMARK_SCALE = Table(
    name="core.benchmark_scale",
    description=(
        "The score of guessing and the best possible one of each benchmark. A score corrected for chance is "
        "100 * (score - chance_pct) / (ceiling_pct - chance_pct)."
    ),
    grain="each benchmark and source",
    key=("benchmark", "source"),
    columns={
        "benchmark": BASE_BENCHMARK_SCALE.columns["benchmark"],
        "source": BASE_BENCHMARK_SCALE.columns["source"],
        "chance_pct": _CHANCE_PCT,
        "ceiling_pct": _CEILING_PCT,
        "evidence": required("VARCHAR", "The file that states it, or the reason that is listed."),
    },
    is_view=True,
)

ENTITY = Table(
    name="core.entity",
    description="Models and companies that sources know by several names: certain ones only, maintained by hand.",
    grain="each model or company",
    key=("entity",),
    columns={
        "entity": required("VARCHAR", "Short name that identifies it here."),
        "kind": required("VARCHAR", "model or company."),
        "title": required("VARCHAR", "Its display name."),
        "company": Column(
            "VARCHAR",
            "The company that made the model, or that the company belongs to.",
            references="core.entity.entity",
        ),
        "released_on": Column("DATE", "For a model: the day on which its maker announced it; NULL where not recorded."),
        "evidence": required("VARCHAR", "Where that can be checked."),
    },
    checks={"kind is one of the two": "kind in ('model', 'company')"},
)

LISTED_NAME = Table(
    name="core.listed_name",
    description="Names of entities that were matched by hand. Query core.entity_name instead.",
    grain="each system, kind and name",
    key=("system", "kind", "name"),
    columns={
        "entity": required("VARCHAR", "The model or company.", references="core.entity.entity"),
        "kind": required("VARCHAR", "model or company."),
        "system": required("VARCHAR", "Where the name is used: the key of the source, without the prefix sandbox_."),
        "name": required("VARCHAR", "The exact name there."),
        "evidence": required("VARCHAR", "Why it is the same entity."),
    },
    checks={"kind is one of the two": "kind in ('model', 'company')"},
)

SEEN_NAME = Table(
    name="core.seen_name",
    description=(
        "Names of models and companies in boards, benchmarks, runs, prices and funding: all sources but the Hub's listing, "
        "where each repository is an entity of its own, by hub_id. Variants of an offer, such as :free, are one name."
    ),
    grain="each system, kind and name",
    key=("system", "kind", "name"),
    columns={
        "system": LISTED_NAME.columns["system"],
        "kind": LISTED_NAME.columns["kind"],
        "name": LISTED_NAME.columns["name"],
        "is_open": Column(
            "BOOLEAN",
            "true: a row of this system says that its weights are open, or ran them; false: none does; NULL for a company.",
        ),
        "rows": required("BIGINT", "Rows with the name."),
        "first_seen": required("TIMESTAMPTZ", "When the first of these rows became known."),
    },
    is_view=True,
)

ENTITY_NAME = Table(
    name="core.entity_name",
    description="The names of each model and company in each source, and how they were matched.",
    grain="each system, kind and name",
    key=("system", "kind", "name"),
    columns={
        "entity": LISTED_NAME.columns["entity"],
        "kind": LISTED_NAME.columns["kind"],
        "system": LISTED_NAME.columns["system"],
        "name": LISTED_NAME.columns["name"],
        "method": required(
            "VARCHAR",
            "curated (listed by hand), exact (equals the title of one entity), or normalised (equals the title or a "
            "listed name of exactly one entity of the kind, ignoring case, blanks, hyphens and underscores).",
        ),
        "evidence": required(
            "VARCHAR", "Why it is the same entity: the evidence of the list, or the name that it equals."
        ),
    },
    checks={"method is one of the three": "method in ('curated', 'exact', 'normalised')"},
)

LISTED_REPOSITORY = Table(
    name="core.listed_repository",
    description="Names of models whose repository on the Hub was matched by hand. Query core.model_match instead.",
    grain="each system and name",
    key=("system", "name"),
    columns={
        "system": LISTED_NAME.columns["system"],
        "name": LISTED_NAME.columns["name"],
        "id": required("VARCHAR", "The repository, owner/name; a former name works as well."),
        "evidence": required("VARCHAR", "Why it is this model."),
    },
)

MATCH_PROPOSAL = Table(
    name="core.match_proposal",
    description=(
        "Repositories of the Hub that a name of an open model may mean: those that are certain, and up to three others for each "
        "name that has none, which wait until a person accepts one into model_name.csv."
    ),
    grain="each system, name and repository",
    key=("system", "name", "id"),
    columns={
        "system": LISTED_NAME.columns["system"],
        "name": LISTED_NAME.columns["name"],
        "id": required("VARCHAR", "The repository, owner/name."),
        "hub_id": Column(
            "VARCHAR", "The same; NULL where no walk has found the repository.", references="core.model.hub_id"
        ),
        "score": required(
            "DOUBLE", "1 for a certain one, else the share of the words and numbers of the two names that they share."
        ),
        "reason": required("VARCHAR", "What the two have in common."),
        "is_certain": required("BOOLEAN", "Whether it counts at once; false: it waits for a person."),
        "method": required("VARCHAR", "name or openrouter, as in core.model_match; proposal for one that waits."),
    },
    checks={
        "score is a share": "score between 0 and 1",
        "method is one of the three": "method in ('name', 'openrouter', 'proposal')",
        "only a proposal is not certain": "is_certain = (method <> 'proposal')",
    },
)

MODEL_MATCH = Table(
    name="core.model_match",
    description=(
        "The repository on the Hub that each name of a model in another source means, where that is certain. Names in "
        "several settings can mean one repository."
    ),
    grain="each system and name",
    key=("system", "name"),
    columns={
        "system": LISTED_NAME.columns["system"],
        "name": LISTED_NAME.columns["name"],
        "id": required("VARCHAR", "The repository under its present name, owner/name."),
        "hub_id": Column(
            "VARCHAR", "The same; NULL where no walk has found the repository.", references="core.model.hub_id"
        ),
        "method": required(
            "VARCHAR",
            "curated: listed by hand; name: the rule of docs/methods/entities.md; openrouter: OpenRouter names the "
            "repository; identifier: the name is that of a repository.",
        ),
        "reason": required("VARCHAR", "Why it is this repository."),
    },
    checks={"method is one of the four": "method in ('curated', 'name', 'openrouter', 'identifier')"},
)

UNMATCHED_NAME = Table(
    name="core.unmatched_name",
    description="Names in a source that match no entity and no repository of the Hub: listed, not dropped.",
    grain="each system, kind and name",
    key=("system", "kind", "name"),
    columns=SEEN_NAME.columns,
    is_view=True,
)

MATCH_RATE = Table(
    name="core.match_rate",
    description="How many of the names in each source match an entity or a repository of the Hub.",
    grain="each system and kind",
    key=("system", "kind"),
    columns={
        "system": LISTED_NAME.columns["system"],
        "kind": LISTED_NAME.columns["kind"],
        "names": required("BIGINT", "Names seen."),
        "matched": required("BIGINT", "Names with an entity or a repository."),
        "matched_pct": required("DOUBLE", "matched in percent of names."),
        "open_names": required("BIGINT", "Of names, those of models with open weights (core.seen_name.is_open)."),
        "open_names_with_repository": required("BIGINT", "Of open_names, those with a repository: core.model_match."),
        "open_with_repository_pct": Column(
            "DOUBLE", "open_names_with_repository in percent of open_names; NULL without any."
        ),
    },
    is_view=True,
)

REFERENCE_MODEL = Table(
    name="core.reference_model",
    description="Models whose score others are compared with, each fixed by hand to one version.",
    grain="each reference model and system",
    key=("system", "model"),
    columns={
        "system": LISTED_NAME.columns["system"],
        "model": required("VARCHAR", "The version, as the system names it."),
        "reference_model": required("VARCHAR", "Its name in the charts."),
        "evidence": required("VARCHAR", "Why this version."),
    },
)

KEPT_BY_HAND = (ENTITY, LISTED_NAME, LISTED_REPOSITORY, REFERENCE_MODEL, LISTED_BENCHMARK_SCALE)
TABLES = (
    BASE_BENCHMARK_SCORE, BENCHMARK_SCORE, BASE_BENCHMARK_SCALE, LISTED_BENCHMARK_SCALE, BENCHMARK_SCALE, ENTITY, LISTED_NAME,
    LISTED_REPOSITORY, REFERENCE_MODEL, SEEN_NAME, ENTITY_NAME, MATCH_PROPOSAL, MODEL_MATCH, UNMATCHED_NAME, MATCH_RATE,
)  # fmt: skip
