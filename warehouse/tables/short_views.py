"""`main.*`: the short views that `show tables` lists, for most questions, with defaults that cannot be added up wrongly.

Each counts a thing once, as it is now: no second source, no overlapping window and no earlier week is beside it. The tables
that they read have the rest. They are views of the database only: their rows are in the Parquet files of those tables.
"""

from warehouse.tables.benchmarks import BENCHMARK_SCORE
from warehouse.tables.charts.benchmarks import CAPABILITY_GAP
from warehouse.tables.charts.models import LICENCES as LICENCES_BY_WEEK
from warehouse.tables.charts.sources import COMMUNITY
from warehouse.tables.core import BASE_MODEL_WEEK, MODEL
from warehouse.tables.facets import GROWTH as FACET_GROWTH
from warehouse.tables.funding import FUNDING_MATCH, FUNDING_ROUND
from warehouse.tables.growth import LEADING_MODEL, RATE
from warehouse.tables.growth_of_groups import MAKER
from warehouse.tables.history import CALENDAR_DOWNLOADS
from warehouse.tables.inference import TOKEN_PRICE
from warehouse.tables.meta import FRESHNESS, QUESTION, SOURCE
from warehouse.tables.table import Column, Table, required

# The release is made with them: no step of their own writes a view.
_MADE_BY = ("publication/release",)
_SOURCE = required("VARCHAR", "The source.", references="meta.source.source")
_WEEKS = {1: "1_week", 4: "4_weeks", 13: "13_weeks", 52: "52_weeks"}
_TASK = MODEL.columns["pipeline_tag"]

GUIDE = Table(
    name="main.guide",
    description="Start here: what these views answer, each with a query to paste. meta.guide has more questions.",
    grain="each question that one of them answers",
    key=("question",),
    columns={
        "question": QUESTION.columns["question"],
        "example": required("VARCHAR", "A query that answers the question, in one line."),
    },
    is_view=True,
    made_by=_MADE_BY,
)

MODELS = Table(
    name="main.models",
    description="The models that exist now, each once, with their counters of the newest week.",
    grain="each model of the newest walk",
    key=("hub_id",),
    columns={
        "id": MODEL.columns["id"],
        "author": MODEL.columns["author"],
        "task": _TASK,
        "library": MODEL.columns["library"],
        "parameters_b": MODEL.columns["parameters_b"],
        "memory_gb": MODEL.columns["memory_gb"],
        "licence": MODEL.columns["licence"],
        "licence_class": LICENCES_BY_WEEK.columns["licence_class"],
        "gated": MODEL.columns["gated"],
        "created_at": MODEL.columns["created_at"],
        "created_on": required("DATE", "Day of created_at, UTC. Count by it: by month or year it is the faster one."),
        "downloads_30d": BASE_MODEL_WEEK.columns["downloads_30d"],
        "downloads_all_time": BASE_MODEL_WEEK.columns["downloads_all_time"],
        "likes": BASE_MODEL_WEEK.columns["likes"],
        "week": required("DATE", "Monday of the ISO week of the newest walk, UTC."),
        "hub_id": MODEL.columns["hub_id"],
    },
    is_view=True,
    made_by=_MADE_BY,
)

MODEL_GROWTH = Table(
    name="main.model_growth",
    description=(
        "The 10,000 most downloaded models, and by how many downloads they changed. Without percentages: those of small "
        "numbers have no meaningful mean; growth.top_models ranks by growth."
    ),
    grain="each of these models",
    key=("hub_id",),
    columns={
        "id": MODEL.columns["id"],
        "downloads_30d": BASE_MODEL_WEEK.columns["downloads_30d"],
        **{
            f"change_{name}": Column(
                "BIGINT",
                f"downloads_30d minus that of exactly {name.replace('_', ' ')} before; NULL where that week has no reading.",
            )
            for name in _WEEKS.values()
        },
        "is_spike": required(
            "BOOLEAN", "true: far above its own history, or large and without one: see core.download_spike."
        ),
        "rank": LEADING_MODEL.columns["rank"],
        "author": MODEL.columns["author"],
        "task": _TASK,
        "library": MODEL.columns["library"],
        "parameters_b": MODEL.columns["parameters_b"],
        "licence": MODEL.columns["licence"],
        "week": LEADING_MODEL.columns["week"],
        "hub_id": MODEL.columns["hub_id"],
    },
    is_view=True,
    made_by=_MADE_BY,
)

# Named as what they are, beside derivatives: `models` of all makers would be less than the Hub has.
_OWN_MODELS = {
    "models_own": MAKER.columns["models"],
    "new_models_own": Column(
        "BIGINT", "Of models_own, those found for the first time in this week; NULL for the first walk."
    ),
}

MAKERS = Table(
    name="main.makers",
    description=(
        "The makers of models, such as Meta and Alibaba: their own models and all that is built on them, in the newest week. "
        "Each model counts for one maker, those of no listed maker for other: makers add up to the Hub. growth.maker has every "
        "week, core.maker the accounts and the evidence."
    ),
    grain="each maker",
    key=("maker",),
    columns={
        name: _OWN_MODELS.get(name) or MAKER.columns[name]
        for name in (
            "maker", "title", "country", "region", "downloads_30d", "share_pct", "downloads_30d_robust", "downloads_30d_own",
            "change_1_week", "change_4_weeks", "change_13_weeks", "change_52_weeks", "models_own", "derivatives", "finetunes",
            "adapters", "quantized", "merges", "unstated", "new_models_own", "new_derivatives", "likes", "rank", "week",
        )
    },
    is_view=True,
    made_by=_MADE_BY,
)  # fmt: skip

FAMILIES = Table(
    name="main.families",
    description=(
        "The widest families of models, such as Llama and Qwen: roots and all that was made of them, in the newest week. Each "
        "model counts in one family, so they may be added up. growth.family has narrower families and every week."
    ),
    grain="each family that is not part of another and has a model",
    key=("family",),
    columns={
        "family": required("VARCHAR", "The family.", references="core.family.family"),
        "title": required("VARCHAR", "Its display name."),
        "downloads_30d": Column(
            "BIGINT", "Counted file requests over the 30 days before the walk, of roots and derivatives together."
        ),
        "downloads_30d_of_roots": Column(
            "BIGINT", "Of these, those of its root repositories, which the maker published."
        ),
        "downloads_30d_of_derivatives": Column("BIGINT", "Of these, those of all others."),
        "models": required("BIGINT", "Models that exist: roots and derivatives."),
        "roots": required("BIGINT", "Of these, the listed root repositories."),
        "derivatives": required("BIGINT", "Of these, models that descend from a root, at any distance."),
        "finetunes": required("BIGINT", "Of derivatives: made by fine-tuning. The five ways add up to them."),
        "adapters": required("BIGINT", "Of derivatives: adapters."),
        "quantized": required("BIGINT", "Of derivatives: quantised."),
        "merges": required("BIGINT", "Of derivatives: merges."),
        "unstated": required("BIGINT", "Of derivatives: how they were made is not stated."),
        "downloads_30d_robust": Column(
            "BIGINT",
            "downloads_30d without spikes: see core.download_spike. NULL in the first weeks, in which no spikes are found.",
        ),
        "share_pct": Column("DOUBLE", "Share of downloads_30d in that of the whole Hub, in percent."),
        "rank": Column("BIGINT", "Rank by downloads_30d, 1 for the largest; NULL where it is not known."),
        "week": required("DATE", "Monday of the newest week, UTC."),
    },
    is_view=True,
    made_by=_MADE_BY,
)

DOWNLOADS = Table(
    name="main.downloads",
    description=(
        "Downloads of all models in each calendar month, estimated by one method: months may be added up. "
        "growth.calendar_downloads has quarters, years and the other method."
    ),
    grain="each calendar month with a reading, and source",
    key=("month", "source"),
    columns={
        "month": required("DATE", "First day of the month, UTC."),
        "downloads": CALENDAR_DOWNLOADS.columns["downloads"],
        "downloads_robust": CALENDAR_DOWNLOADS.columns["downloads_robust"],
        "downloads_per_day": Column("DOUBLE", "Downloads a day: downloads / days_observed."),
        "growth_pct": Column(
            "DOUBLE",
            "Change of downloads_per_day to the month before, in percent, so that a longer month does not grow for that; "
            "NULL unless both months were observed whole.",
        ),
        "is_whole": required("BOOLEAN", "Whether the whole month was observed."),
        "days_observed": CALENDAR_DOWNLOADS.columns["days_observed"],
        "days_in_month": required("BIGINT", "Days of the month."),
        "low": CALENDAR_DOWNLOADS.columns["low"],
        "high": CALENDAR_DOWNLOADS.columns["high"],
        "flag": CALENDAR_DOWNLOADS.columns["flag"],
        "source": _SOURCE,
    },
    is_view=True,
    made_by=_MADE_BY,
)

COMMUNITIES = Table(
    name="main.communities",
    description=(
        "The communities around open models, each once: the newest measured count of one source. Platforms count different "
        "things, as counted says. charts.community has every day and source."
    ),
    grain="each community",
    key=("platform", "community"),
    columns={
        "platform": required("VARCHAR", "Reddit, Discord or Hugging Face."),
        "community": required("VARCHAR", "The subreddit, the server, or the organisation on the Hub."),
        "counted": required("VARCHAR", "Who is counted: members, or followers of an organisation."),
        "members": required("BIGINT", "Their number, as the platform counts them."),
        "qualifier": COMMUNITY.columns["qualifier"],
        **{
            f"change_{name}": Column(
                "BIGINT",
                f"members minus those of {name.replace('_', ' ')} before, of the same source; NULL where that week has no "
                "reading.",
            )
            for name in _WEEKS.values()
        },
        "growth_pct_4_weeks": Column("DOUBLE", "change_4_weeks in percent of the members then; NULL like it."),
        "online": COMMUNITY.columns["online"],
        "day": required("DATE", "Day of the reading, or Monday of its week, UTC."),
        "source": _SOURCE,
    },
    is_view=True,
    made_by=_MADE_BY,
)

FUNDING = Table(
    name="main.funding",
    description=(
        "Funding rounds, each once however many sources report it: amounts may be added up. charts.funding has every report."
    ),
    grain="each round",
    key=("round_id",),
    columns={
        "company": FUNDING_ROUND.columns["company"],
        "announced_on": FUNDING_ROUND.columns["announced_on"],
        "date_precision": FUNDING_ROUND.columns["date_precision"],
        "amount_usd": Column(
            "DOUBLE", "Amount by the preferred report, in US dollars; NULL where every report leaves it open."
        ),
        "low_usd": Column("DOUBLE", "The smallest amount that a source reports, in US dollars."),
        "high_usd": Column("DOUBLE", "The largest amount that a source reports, in US dollars."),
        "kind": FUNDING_ROUND.columns["kind"],
        "round": FUNDING_ROUND.columns["round"],
        "focus": FUNDING_ROUND.columns["focus"],
        "reports": FUNDING_MATCH.columns["tellings"],
        "made_up": FUNDING_ROUND.columns["made_up"],
        "source": _SOURCE,
        "evidence_url": FUNDING_ROUND.columns["evidence_url"],
        "round_id": FUNDING_ROUND.columns["round_id"],
    },
    is_view=True,
    made_by=_MADE_BY,
)

RATES = Table(
    name="main.rates",
    description=(
        "How fast each series grew between its two newest periods that are full, by week, month, quarter, half-year and year. "
        "One source for each series. growth.rate has every period and source; core.metric describes the metrics."
    ),
    grain="each metric, entity and grain",
    key=("metric", "entity", "grain"),
    columns={
        name: RATE.columns[name]
        for name in (
            "metric", "entity", "grain", "growth_pct", "value_start", "value_end", "change", "unit", "period_start",
            "period_end", "flag", "basis", "source",
        )
    }
    | {
        "growth_pct": Column(
            "DOUBLE",
            "Change in percent of value_start, for sums (flag per_day) of the downloads of each observed day; NULL if "
            "value_start is zero, negative or missing, and where the flag says definition_changed: two definitions are "
            "not one series. growth.rate has the difference.",
        ),
        "change": Column(
            "DOUBLE", "value_end - value_start, in unit (points for percentages); NULL where the flag says definition_changed."
        ),
    },
    is_view=True,
    made_by=_MADE_BY,
)  # fmt: skip

BENCHMARKS = Table(
    name="main.benchmarks",
    description=(
        "The newest score of each model on each benchmark or board, best first. A board of ratings counts on its newest day, "
        "because ratings of different days do not compare."
    ),
    grain="each benchmark, model and source",
    key=("benchmark", "model", "source"),
    columns={
        "benchmark": BENCHMARK_SCORE.columns["benchmark"],
        "place": required("BIGINT", "Place on the benchmark by score, 1 for the best; equal scores share it."),
        **{
            name: BENCHMARK_SCORE.columns[name]
            for name in (
                "model", "score", "low", "high", "interval_pct", "unit", "openness", "organisation", "licence", "released_on",
                "published_on", "source", "evidence_url",
            )
        },
    },
    is_view=True,
    made_by=_MADE_BY,
)  # fmt: skip

OPEN_VS_CLOSED = Table(
    name="main.open_vs_closed",
    description="How far the best open model is behind the best closed one on each benchmark, on its newest day.",
    grain="each benchmark",
    key=("benchmark",),
    columns={
        "benchmark": BENCHMARK_SCORE.columns["benchmark"],
        "best_open_model": Column("VARCHAR", "The best open model; NULL if none counts."),
        "best_open": Column("DOUBLE", "Its score, in unit."),
        "best_closed_model": Column("VARCHAR", "The best closed (proprietary) model; NULL if none counts."),
        "best_closed": Column("DOUBLE", "Its score, in unit."),
        "gap_points": Column(
            "DOUBLE", "best_closed - best_open, in points of unit; negative where an open model leads."
        ),
        "gap_low": Column("DOUBLE", "Lower end of its interval; NULL where there is none."),
        "gap_high": Column("DOUBLE", "Upper end of its interval; NULL where there is none."),
        "interval_pct": CAPABILITY_GAP.columns["interval_pct"],
        "lag_months": Column(
            "DOUBLE",
            "Months (of 30.4375 days) since the first closed model that scores at least as high as the best open one; NULL "
            "where none does, and where it is not computed.",
        ),
        "lag_censoring": Column(
            "VARCHAR",
            "none; left: the lag is at least lag_months; or right: no closed model scores as high, so there is no lag. NULL "
            "where no lag is computed.",
        ),
        "unit": required("VARCHAR", "rating points, index points or percent."),
        "day": required("DATE", "Day of the board, or of the last release that changed the gap."),
        "source": _SOURCE,
    },
    is_view=True,
    made_by=_MADE_BY,
)

PRICES = Table(
    name="main.prices",
    description=(
        "What a million tokens of each model costs now, the cheapest first: the plain offer of each, without the free ones. "
        "core.token_price has every week and offer."
    ),
    grain="each model of the newest price list, and source",
    key=("model", "source"),
    columns={
        name: TOKEN_PRICE.columns[name]
        for name in (
            "model", "name", "openness", "input_usd_per_million", "output_usd_per_million", "blended_usd_per_million",
            "context_length", "hugging_face_id", "listed_on", "week", "source",
        )
    },
    is_view=True,
    made_by=_MADE_BY,
)  # fmt: skip

LICENCES = Table(
    name="main.licences",
    description="Models and downloads of each class of licences in the newest week. charts.licences has every week.",
    grain="each class of licences",
    key=("licence_class",),
    columns={
        **{
            name: LICENCES_BY_WEEK.columns[name]
            for name in (
                "licence_class", "models", "share_of_models_pct", "downloads_30d", "share_of_downloads_pct",
                "models_for_commercial_use", "unlisted_labels", "models_with_unlisted_label",
            )
        },
        "week": required("DATE", "Monday of the newest week, UTC."),
        "source": _SOURCE,
    },
    is_view=True,
    made_by=_MADE_BY,
)  # fmt: skip

FACETS = Table(
    name="main.facets",
    description=(
        "Models and downloads by format, language, task, quantisation and other facets in the newest week. Add up values of "
        "one facet only where adds_up is true: a model can have several formats or languages. growth.facet has every week."
    ),
    grain="each facet and value",
    key=("facet", "value"),
    columns={
        name: FACET_GROWTH.columns[name]
        for name in (
            "facet", "value", "models", "share_of_models_pct", "downloads_30d", "share_of_downloads_pct", "models_new",
            "adds_up", "week",
        )
    },
    is_view=True,
    made_by=_MADE_BY,
)  # fmt: skip

SOURCES = Table(
    name="main.sources",
    description="Every source of a figure: its licence, how to cite it, and whether its figures are fresh.",
    grain="each source",
    key=("source",),
    columns={
        **{name: SOURCE.columns[name] for name in ("source", "title", "licence", "citation", "caveat", "url")},
        **{
            name: Column(
                FRESHNESS.columns[name].type,
                f"{FRESHNESS.columns[name].description} NULL for a source of printed figures.",
            )
            for name in ("last_complete_at", "is_stale", "last_status", "last_reason")
        },
    },
    is_view=True,
    made_by=_MADE_BY,
)

TABLES = (
    GUIDE, MODELS, MODEL_GROWTH, MAKERS, FAMILIES, DOWNLOADS, COMMUNITIES, FUNDING, RATES, BENCHMARKS, OPEN_VS_CLOSED, PRICES,
    LICENCES, FACETS, SOURCES,
)  # fmt: skip
