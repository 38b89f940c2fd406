"""`charts.*`: one table for each chart. docs/methods has a page for each of them."""

from warehouse.table import Column, Table, required
from warehouse.tables.funding import FUNDING_MATCH, FUNDING_ROUND
from warehouse.tables.published import PUBLISHED_CLAIM
from warehouse.tables.training import TRAINING_COST_STEPS

_PERIOD = {
    "period_start": required("DATE", "First day of the period, or the day of the reading, UTC."),
    "date_precision": required("VARCHAR", "How exact period_start is: day, week, month, quarter or year."),
}
_ORIGIN = {
    "basis": required("VARCHAR", "published, measured or estimated; different ones are never joined to one series."),
    "source": required("VARCHAR", "Who says so: key into meta.source."),
}
_QUALIFIER = required("VARCHAR", "exact (as printed), approximate (the source says so), at_least, or range.")
_NOTE = Column("VARCHAR", "What was printed in place of a figure or a date, or what the source says about it.")
_GROWTH = Column(
    "DOUBLE",
    "Growth to the row before in its series, in percent: the one printed before, or that of the calendar week before; "
    "NULL for the first, after a gap, and without a positive base.",
)
_FLAG = Column("VARCHAR", "What to keep in mind about growth_pct; the words are those of growth.rate.flag.")
_POINTS = Column("DOUBLE", "Change to the row before in its series, in percentage points; NULL for the first.")

HUB_DOWNLOADS = Table(
    name="charts.hub_downloads",
    description=(
        "Downloads on the Hugging Face Hub, all models. Published monthly figures and measured 30-day windows stand side "
        "by side as two series and are never joined."
    ),
    grain="each series, period, basis and source",
    key=("series", "period_start", "basis", "source"),
    columns={
        **_PERIOD,
        "series": required("VARCHAR", "hub_downloads_month (published) or hub_downloads_30d: key into core.metric."),
        "downloads": Column("BIGINT", "Downloads in the month, or over the 30 days before the walk of that week."),
        "qualifier": _QUALIFIER,
        "growth_pct": _GROWTH,
        "growth_flag": _FLAG,
        "downloads_all_time": Column("BIGINT", "Measured rows: downloads since creation of all models still there."),
        "downloads_since_week_before": Column(
            "BIGINT",
            "Measured rows: change of downloads_all_time to the calendar week before. Negative where the Hub restated "
            "its counter or repositories were deleted.",
        ),
        "note": _NOTE,
        **_ORIGIN,
    },
    checks={"downloads are not negative": "downloads >= 0"},
)

HUB_MODELS = Table(
    name="charts.hub_models",
    description="Public models on the Hugging Face Hub, and how many were added in a month.",
    grain="each period, basis and source",
    key=("period_start", "basis", "source"),
    columns={
        **_PERIOD,
        "models": Column("BIGINT", "Public models: as printed, or counted in the walk of that week."),
        "qualifier": _QUALIFIER,
        "growth_pct": _GROWTH,
        "added_per_month": Column(
            "BIGINT",
            "Models added in the month as printed; measured rows: created in the 30 days before the walk and still there.",
        ),
        "added_qualifier": Column("VARCHAR", "Qualifier of added_per_month."),
        **_ORIGIN,
    },
)

BENCHMARK_GAP = Table(
    name="charts.benchmark_gap",
    description=(
        "Best open and best closed score on a benchmark, and the gap between them. Measured rows stand on the days on "
        "which either of the two changed, by release of the models, with the scores known today."
    ),
    grain="each period, benchmark, basis and source",
    key=("period_start", "benchmark", "basis", "source"),
    columns={
        **_PERIOD,
        "benchmark": required("VARCHAR", "Name of the benchmark."),
        "best_open_model": Column("VARCHAR", "The model with open weights that scores best."),
        "best_open_pct": Column("DOUBLE", "Its score, in percent."),
        "best_closed_model": Column("VARCHAR", "The closed model that scores best."),
        "best_closed_pct": Column("DOUBLE", "Its score, in percent."),
        "gap_points": Column("DOUBLE", "best_closed_pct - best_open_pct, in percentage points, computed here."),
        "open_models": Column("BIGINT", "Measured rows: open models with a score, released up to the day; else NULL."),
        "closed_models": Column(
            "BIGINT", "Measured rows: closed models with a score, released up to the day; else NULL."
        ),
        **_ORIGIN,
    },
)

MODEL_DERIVATIVES = Table(
    name="charts.model_derivatives",
    description="Models built on a family of base models, cumulated.",
    grain="each period, family, basis and source",
    key=("period_start", "family", "basis", "source"),
    columns={
        **_PERIOD,
        "family": required("VARCHAR", "The base model or family."),
        "derivatives": Column(
            "BIGINT", "Models derived from it up to the date; at least so many if qualifier says so."
        ),
        "qualifier": _QUALIFIER,
        "growth_pct": _GROWTH,
        "notable": Column("VARCHAR", "Derivatives that the source names, as printed."),
        "direct": Column("BIGINT", "Measured rows: derivatives that name the family as their base; else NULL."),
        "transitive": Column("BIGINT", "Measured rows: derivatives of derivatives at any distance; else NULL."),
        "coverage_pct": Column("DOUBLE", "Measured rows: models whose base is known, in percent; else NULL."),
        **_ORIGIN,
    },
)

COMMUNITY = Table(
    name="charts.community",
    description="Members of communities around open models. Platforms count different things: compare growth, not size.",
    grain="each period, community, basis and source",
    key=("period_start", "entity", "basis", "source"),
    columns={
        **_PERIOD,
        "platform": required("VARCHAR", "Hugging Face, Discord, Reddit, Together AI, ..."),
        "entity": required(
            "VARCHAR", "The community, and what is counted there: accounts, subscribers, members, users."
        ),
        "members": Column("BIGINT", "Members, as the platform counts them: whom, says entity."),
        "qualifier": _QUALIFIER,
        "growth_pct": _GROWTH,
        "growth_flag": _FLAG,
        "online": Column(
            "BIGINT", "Discord: members online at the moment of the reading, approximate; never counted as members."
        ),
        "metric": required("VARCHAR", "What exactly is counted: key into core.metric."),
        **_ORIGIN,
    },
    checks={"members are not negative": "members >= 0 and online >= 0"},
)

PLATFORM_RUNS = Table(
    name="charts.platform_runs",
    description=(
        "How often open models, and the libraries, images and projects that run them, are used on a platform. Platforms "
        "count different things over different spans: compare growth within a series, not size."
    ),
    grain="each period, thing, metric, basis and source",
    key=("period_start", "metric", "model", "basis", "source"),
    columns={
        **_PERIOD,
        "platform": required("VARCHAR", "Replicate, PyPI, Docker Hub or GitHub."),
        "model": required("VARCHAR", "The model, package, image or project, as the platform names it."),
        "counted": required("VARCHAR", "What is counted, in plain words."),
        "kind": required(
            "VARCHAR", "cumulative: since the beginning; window_30d: over the 30 days before; level: at the reading."
        ),
        "runs": Column("BIGINT", "The count, in the unit of its metric: runs, downloads, pulls, stars, contributors."),
        "qualifier": _QUALIFIER,
        "growth_pct": Column(
            "DOUBLE",
            "Growth of the count to that of the calendar week before in its series, in percent; NULL for the first, "
            "after a gap, and for a window, which shares most of its days with the one before.",
        ),
        "runs_since_week_before": Column(
            "BIGINT",
            "Cumulative counts: what came on top since the calendar week before. Negative where it was restated.",
        ),
        "growth_flag": _FLAG,
        "metric": required("VARCHAR", "What exactly is counted: key into core.metric."),
        **_ORIGIN,
    },
    checks={"counts are not negative": "runs >= 0"},
)

TRAINING_COST = Table(
    name="charts.training_cost",
    description=(
        "Cost of training a model once, or one of a given quality: as printed, and as computed here (see "
        "charts.training_cost_steps). Final run only; costs by different methods are different figures."
    ),
    grain="each period, target, method, basis and source",
    key=("period_start", "target", "method", "basis", "source"),
    columns={
        **_PERIOD,
        "target": required("VARCHAR", "The model, or the quality that it is to have."),
        "method": required("VARCHAR", "What is counted: wear and energy (amortised), rent, purchase, or not stated."),
        "cost_low_usd": Column("DOUBLE", "Lower end of the estimate, in US dollars."),
        "cost_high_usd": Column("DOUBLE", "Upper end of the estimate, in US dollars."),
        "qualifier": _QUALIFIER,
        "growth_low_pct": Column("DOUBLE", "Smallest growth to the row before that both ranges allow, in percent."),
        "growth_high_pct": Column("DOUBLE", "Largest growth to the row before that both ranges allow, in percent."),
        "what_changed": Column(
            "VARCHAR", "What made the difference, as the source says; estimated rows: the computation."
        ),
        "open_weights": Column("BOOLEAN", "Whether the model's weights are open; NULL where that is not stated."),
        **_ORIGIN,
    },
)

INFERENCE_SPEED = Table(
    name="charts.inference_speed",
    description=(
        "Generated tokens per second of a model on hardware. Two rows compare only where every column that describes the "
        "setting is equal; measured rows are the newest of their setting."
    ),
    grain="each period, model, hardware, setting, basis and source",
    key=(
        "period_start",
        "model",
        "hardware",
        "gpus",
        "framework",
        "precision",
        "disaggregated",
        "settings",
        "isl",
        "osl",
        "concurrency",
        "counted",
        "basis",
        "source",
    ),
    columns={
        **_PERIOD,
        "model": required("VARCHAR", "The model, as the source names it."),
        "parameters_b": Column("DOUBLE", "Its parameters in billions, as the same source states them."),
        "hardware": required("VARCHAR", "What it runs on."),
        "tokens_per_second": Column("DOUBLE", "Tokens generated in a second; NULL where it does not run (see note)."),
        "counted": required(
            "VARCHAR", "What is counted: tokens of a GPU or of a machine; not stated for printed rows."
        ),
        "gpus": Column("INTEGER", "Accelerators that took part; NULL where not stated."),
        "framework": Column("VARCHAR", "The software that ran the model; NULL where not stated."),
        "precision": Column("VARCHAR", "Number format of the weights; NULL where not stated."),
        "disaggregated": Column("BOOLEAN", "Whether prompts and generation ran on different accelerators."),
        "isl": Column("INTEGER", "Tokens of the prompt, or of the context already there; NULL where not stated."),
        "osl": Column("INTEGER", "Tokens generated for each request; NULL where not stated."),
        "concurrency": Column("INTEGER", "Requests at the same time; NULL where not stated."),
        "settings": required("VARCHAR", "Every further setting that the source states; empty where it states none."),
        "qualifier": _QUALIFIER,
        "note": _NOTE,
        **_ORIGIN,
    },
)

FUNDING = Table(
    name="charts.funding",
    description=(
        "Money raised by AI companies, as each source tells it, side by side: figures of publications, filings with the SEC, "
        "and a collection of rounds. A round that several of them tell of has one match_group, and is never merged."
    ),
    grain="each company, round, kind of money, basis and source",
    key=("company", "announced_on", "basis", "source", "source_id", "kind"),
    columns={
        "company": required("VARCHAR", "The company, under one name for all sources."),
        "focus": Column("VARCHAR", "What it makes, as the source says."),
        "round": Column("VARCHAR", "The round, as the source names it; Various: more than one. A filing names none."),
        "kind": FUNDING_ROUND.columns["kind"],
        "amount_usd": Column(
            "DOUBLE", "Sum raised, in US dollars; by a filing the sum sold so far, 0 included. NULL where undisclosed."
        ),
        "qualifier": _QUALIFIER,
        "announced_on": FUNDING_ROUND.columns["announced_on"],
        "date_precision": FUNDING_ROUND.columns["date_precision"],
        "note": _NOTE,
        **_ORIGIN,
        "source_id": FUNDING_ROUND.columns["source_id"],
        "evidence_url": Column("VARCHAR", "Where the sum can be checked; NULL where the source is not public."),
        **{name: FUNDING_MATCH.columns[name] for name in FUNDING_MATCH.columns if name != "round_id"},
    },
    checks={"no amount is negative": "amount_usd >= 0"},
)

FUNDING_TOTAL = Table(
    name="charts.funding_total",
    description=(
        "Money raised by each company and by all together, over the rounds that any source tells of, each counted once: by "
        "the filing where there is one, else by the collection of rounds, else as published."
    ),
    grain="each company, and all of them",
    key=("company", "made_up"),
    columns={
        "company": required("VARCHAR", "The company, or All companies."),
        "amount_usd": Column("DOUBLE", "Sum of the disclosed rounds, in US dollars; NULL if none is disclosed."),
        "low_usd": Column("DOUBLE", "The same, with the lowest amount that any source tells of each round."),
        "high_usd": Column("DOUBLE", "The same, with the highest amount that any source tells of each round."),
        "debt_usd": Column("DOUBLE", "Of amount_usd what is debt, in US dollars; NULL if none is known."),
        "rounds": required("BIGINT", "Rounds, each kind of money in a round counted for itself."),
        "rounds_undisclosed": required(
            "BIGINT", "Rounds of which no source tells an amount: they are not in the sums."
        ),
        "rounds_in_dispute": required("BIGINT", "Rounds of which the sources tell different amounts."),
        "first_on": Column("DATE", "First date of any of these rounds."),
        "last_on": Column("DATE", "Last date of any of these rounds."),
        "made_up": required("BOOLEAN", "true: summed over rounds of the sandbox; false: over real ones. Never both."),
        "basis": required("VARCHAR", "estimated: counted here from what the sources tell."),
        "sources": required("VARCHAR", "The sources, separated by commas: keys into meta.source."),
    },
    checks={
        "the amount lies within the span": "low_usd <= amount_usd and amount_usd <= high_usd",
        "a sum has a round": "amount_usd is null or rounds > rounds_undisclosed",
    },
)

ADOPTION = Table(
    name="charts.adoption",
    description="Share of companies that gave an answer in a survey.",
    grain="each period, question with its wording, population, basis and source",
    key=("period_start", "question_id", "population", "basis", "source"),
    columns={
        **_PERIOD,
        "question": required("VARCHAR", "What was asked, in the words of the source or in short."),
        "question_id": required("VARCHAR", "Stable name of the question and its wording; a new wording, a new name."),
        "population": required("VARCHAR", "Who was asked; empty where the source does not say."),
        "share_pct": Column("DOUBLE", "Share of the companies asked, in percent; NULL where a range was printed."),
        "share_low_pct": Column("DOUBLE", "Lower end of a printed range, in percent."),
        "share_high_pct": Column("DOUBLE", "Upper end of a printed range, in percent."),
        "qualifier": _QUALIFIER,
        "change_points": _POINTS,
        "sample_size": Column("INTEGER", "How many answered; NULL where that is not stated."),
        "series_break": Column("VARCHAR", "Why this series begins here and does not continue an older one."),
        "note": _NOTE,
        **_ORIGIN,
    },
    checks={
        "a share is between 0 and 100": (
            "share_pct between 0 and 100 and share_low_pct between 0 and 100 and share_high_pct between 0 and 100"
        ),
    },
)

LAPTOP_MODELS = Table(
    name="charts.laptop_models",
    description="Models that run in the memory of a laptop.",
    grain="each period, size of memory, basis and source",
    key=("period_start", "ram_gb", "basis", "source"),
    columns={
        **_PERIOD,
        "ram_gb": required("DOUBLE", "Memory of the laptop, in GB."),
        "models_low": Column("BIGINT", "Models that run, lower end."),
        "models_high": Column("BIGINT", "Models that run, upper end; NULL if there are at least models_low."),
        "qualifier": _QUALIFIER,
        "models": Column("VARCHAR", "Models that the source names, as printed."),
        "quality_level": Column("VARCHAR", "How good they are, in the words of the source."),
        **_ORIGIN,
    },
)

GAP_CLOSURE = Table(
    name="charts.gap_closure",
    description=(
        "Best open score as a share of a reference model's score. The row Average is the average as printed; the one "
        "computed from the other rows is in growth.series, with basis estimated."
    ),
    grain="each period, benchmark, reference model, basis and source",
    key=("period_start", "benchmark", "reference_model", "basis", "source"),
    columns={
        **_PERIOD,
        "benchmark": required("VARCHAR", "Name of the benchmark, or Average as printed."),
        "reference_model": required("VARCHAR", "The model whose score is 100%."),
        "share_pct": Column("DOUBLE", "Best open score in percent of the reference model's score."),
        "qualifier": _QUALIFIER,
        "change_points": _POINTS,
        "note": _NOTE,
        "best_open_model": Column("VARCHAR", "Measured rows: the best open model released up to the day."),
        "best_open_pct": Column("DOUBLE", "Measured rows: its score, in percent, as known today."),
        "reference_pct": Column("DOUBLE", "Measured rows: the reference model's score, in percent, as first recorded."),
        "reference_known_on": Column("DATE", "Measured rows: since when that score has been known here."),
        "open_models": Column("BIGINT", "Measured rows: open models with a score, released up to the day."),
        **_ORIGIN,
    },
)

ARENA_GAP = Table(
    name="charts.arena_gap",
    description=(
        "Best open and best proprietary rating on a board of human votes on each day of its publication, by the licence "
        "labels of that day, and the gap between them. Ratings are relative: only differences of one day mean something."
    ),
    grain="each board, day of publication and source",
    key=("period_start", "board", "source"),
    columns={
        **_PERIOD,
        "board": required("VARCHAR", "The board: Arena text."),
        "best_open_model": Column("VARCHAR", "The open model that is rated best; NULL if none has 100 votes."),
        "best_open_rating": Column("DOUBLE", "Its rating on that day, in rating points."),
        "best_proprietary_model": Column(
            "VARCHAR", "The proprietary model that is rated best; NULL if none has 100 votes."
        ),
        "best_proprietary_rating": Column("DOUBLE", "Its rating on that day, in rating points."),
        "gap_points": Column(
            "DOUBLE",
            "best_proprietary_rating - best_open_rating, in rating points; negative where an open model leads.",
        ),
        "gap_low": Column("DOUBLE", "Lower end of the gap's interval, if the errors of the two are independent."),
        "gap_high": Column("DOUBLE", "Upper end of the gap's interval, if the errors of the two are independent."),
        "lag_months": Column(
            "DOUBLE",
            "Months (of 30.4375 days) since the first proprietary model joined the board that on this day is rated at "
            "least as high as the best open one; NULL where an open model leads.",
        ),
        "open_models": required("BIGINT", "Open models with at least 100 votes."),
        "proprietary_models": required("BIGINT", "Proprietary models with at least 100 votes."),
        "unknown_models": required("BIGINT", "Models with at least 100 votes and no label: in neither of the two."),
        **_ORIGIN,
    },
    checks={
        "a gap lies in its interval": "gap_low <= gap_points + 1e-6 and gap_points <= gap_high + 1e-6",
        "a lag is not negative": "lag_months >= 0",
    },
)

ARENA_BY_RELEASE = Table(
    name="charts.arena_by_release",
    description=(
        "Every model of the newest board with the rating of that board and its day of release, where one is known: "
        "another chart than charts.arena_gap, for here all ratings are of one day."
    ),
    grain="each board, model and source",
    key=("board", "model", "source"),
    columns={
        **_PERIOD,
        "board": required("VARCHAR", "The board: Arena text."),
        "model": required("VARCHAR", "The model, as the board names it."),
        "entity": Column("VARCHAR", "The model: core.entity.entity; NULL where no entity claims the name."),
        "organisation": Column("VARCHAR", "Who made it, as the board states."),
        "licence": Column("VARCHAR", "Its label on the board on that day."),
        "openness": required("VARCHAR", "open, proprietary or unknown, by that label."),
        "rating": required("DOUBLE", "Rating on that day, in rating points."),
        "rating_low": Column("DOUBLE", "Lower end of its interval."),
        "rating_high": Column("DOUBLE", "Upper end of its interval."),
        "votes": Column("BIGINT", "Votes behind it."),
        "released_on": Column(
            "DATE", "Day of release; NULL where no source states it: such models are listed, not dropped."
        ),
        "released_on_source": Column("VARCHAR", "Who states the release: curated (core.entity) or epoch_benchmarks."),
        **_ORIGIN,
    },
)

CLAIM_FIGURE = Table(
    name="charts.claim_figure",
    description="The figure or the fact that decides each claim of charts.claim_audit, from growth.series and growth.rate.",
    grain="each claim that something decides",
    key=("claim",),
    columns={
        "claim": required("VARCHAR", "Key of the claim: core.published_claim.claim."),
        "recomputed_value": Column("DOUBLE", "The figure, in the unit of the printed one; NULL where it is not one."),
        "recomputed": Column("VARCHAR", "The same in words, with its unit."),
        "follows": Column(
            "BOOLEAN", "Whether the claim follows; NULL where recomputed_value is compared with the printed one."
        ),
    },
    is_view=True,
)

CLAIM_AUDIT = Table(
    name="charts.claim_audit",
    description=(
        "Each sentence or figure of a publication that follows from others, computed again from the figures that the "
        "same publication prints. Verdicts are computed, not typed in."
    ),
    grain="each claim",
    key=("claim",),
    columns={
        "claim": PUBLISHED_CLAIM.columns["claim"],
        "chart": PUBLISHED_CLAIM.columns["chart"],
        "statement": PUBLISHED_CLAIM.columns["statement"],
        "printed": PUBLISHED_CLAIM.columns["printed"],
        "recomputed": Column("VARCHAR", "What comes out of the publication's own figures; NULL if nothing does."),
        "verdict": required("VARCHAR", "holds (to the printed digit), does not follow, or cannot be checked."),
        "explanation": required("VARCHAR", "Why, in plain words."),
        "printed_value": PUBLISHED_CLAIM.columns["printed_value"],
        "recomputed_value": Column(
            "DOUBLE", "recomputed as a number in its own unit; NULL where it is not one number."
        ),
        "source": PUBLISHED_CLAIM.columns["source"],
    },
    checks={
        "verdict is one of the three": "verdict in ('holds', 'does not follow', 'cannot be checked')",
        "a verdict rests on something": "verdict = 'cannot be checked' or recomputed is not null",
    },
)

# In the order in which they are rebuilt, after those of growth.
TABLES = (
    HUB_DOWNLOADS, HUB_MODELS, BENCHMARK_GAP, MODEL_DERIVATIVES, COMMUNITY, TRAINING_COST_STEPS, TRAINING_COST,
    INFERENCE_SPEED, FUNDING, FUNDING_TOTAL, ADOPTION, LAPTOP_MODELS, GAP_CLOSURE, ARENA_GAP, ARENA_BY_RELEASE,
    PLATFORM_RUNS, CLAIM_FIGURE, CLAIM_AUDIT,
)  # fmt: skip
