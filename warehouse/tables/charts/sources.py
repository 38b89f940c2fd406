"""`charts.*` from sources other than the Hub: communities, platforms, training, inference, funding, adoption."""

from warehouse.tables.chart_columns import FLAG, GROWTH, NOTE, ORIGIN, PERIOD, POINTS, QUALIFIER
from warehouse.tables.funding import FUNDING_MATCH, FUNDING_ROUND
from warehouse.tables.table import Column, Table, required

COMMUNITY = Table(
    name="charts.community",
    description="Members of communities around open models. Platforms count different things: compare growth, not size.",
    grain="each period, community, basis and source",
    key=("period_start", "entity", "basis", "source"),
    columns={
        **PERIOD,
        "platform": required("VARCHAR", "Hugging Face, Discord, Reddit, Together AI, ..."),
        "entity": required(
            "VARCHAR", "The community, and what is counted there: accounts, subscribers, members, users."
        ),
        "members": Column("BIGINT", "Members, as the platform counts them; entity says who is counted."),
        "qualifier": QUALIFIER,
        "growth_pct": GROWTH,
        "growth_flag": FLAG,
        "online": Column(
            "BIGINT", "Discord: members online at the time of the reading, approximate; never counted as members."
        ),
        "metric": required("VARCHAR", "What exactly is counted.", references="core.metric.metric"),
        **ORIGIN,
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
        **PERIOD,
        "platform": required("VARCHAR", "Replicate, PyPI, Docker Hub or GitHub."),
        "model": required("VARCHAR", "The model, package, image or project, as the platform names it."),
        "counted": required("VARCHAR", "What is counted, in plain words."),
        "kind": required(
            "VARCHAR", "cumulative: since the beginning; window_30d: over the 30 days before; level: at the reading."
        ),
        "runs": Column("BIGINT", "The count, in the unit of its metric: runs, downloads, pulls, stars, contributors."),
        "qualifier": QUALIFIER,
        "growth_pct": Column(
            "DOUBLE",
            "Growth of the count from the previous calendar week in its series, in percent; NULL for the first, after a "
            "gap, and for a window, which shares most of its days with the one before.",
        ),
        "runs_since_week_before": Column(
            "BIGINT",
            "Cumulative counts: the increase since the previous calendar week. Negative where the count was restated.",
        ),
        "growth_flag": FLAG,
        "metric": required("VARCHAR", "What exactly is counted.", references="core.metric.metric"),
        **ORIGIN,
    },
    checks={"counts are not negative": "runs >= 0"},
)

TRAINING_COST = Table(
    name="charts.training_cost",
    description=(
        "Cost of training a model once, or a model of a given quality: as reported, and as computed here (see "
        "charts.training_cost_steps). Final run only. Costs by different methods cannot be compared."
    ),
    grain="each period, target, method, basis and source",
    key=("period_start", "target", "method", "basis", "source"),
    columns={
        **PERIOD,
        "target": required("VARCHAR", "The model, or the quality to reach."),
        "method": required("VARCHAR", "What is counted: wear and energy (amortised), rent, purchase, or not stated."),
        "cost_low_usd": Column("DOUBLE", "Lower end of the estimate, in US dollars."),
        "cost_high_usd": Column("DOUBLE", "Upper end of the estimate, in US dollars."),
        "qualifier": QUALIFIER,
        "growth_low_pct": Column("DOUBLE", "Smallest growth to the row before that both ranges allow, in percent."),
        "growth_high_pct": Column("DOUBLE", "Largest growth to the row before that both ranges allow, in percent."),
        "what_changed": Column(
            "VARCHAR", "What made the difference, as the source states; estimated rows: the computation."
        ),
        "open_weights": Column("BOOLEAN", "Whether the model's weights are open; NULL where that is not stated."),
        **ORIGIN,
    },
)

INFERENCE_SPEED = Table(
    name="charts.inference_speed",
    description=(
        "Generated tokens per second of a model on hardware. Two rows compare only where every column that describes the "
        "setting is equal; measured rows are the newest ones of their setting."
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
        **PERIOD,
        "model": required("VARCHAR", "The model, as the source names it."),
        "parameters_b": Column("DOUBLE", "Its parameters in billions, as the same source states them."),
        "hardware": required("VARCHAR", "The accelerator or processor."),
        "tokens_per_second": Column(
            "DOUBLE", "Tokens generated per second; NULL where the model does not run (see note)."
        ),
        "counted": required(
            "VARCHAR", "What is counted: tokens per GPU or per machine; not stated for published rows."
        ),
        "gpus": Column("INTEGER", "Number of accelerators; NULL where not stated."),
        "framework": Column("VARCHAR", "The software that ran the model; NULL where not stated."),
        "precision": Column("VARCHAR", "Number format of the weights; NULL where not stated."),
        "disaggregated": Column("BOOLEAN", "Whether prompts and generation ran on different accelerators."),
        "isl": Column("INTEGER", "Tokens of the prompt, or of the existing context; NULL where not stated."),
        "osl": Column("INTEGER", "Tokens generated for each request; NULL where not stated."),
        "concurrency": Column("INTEGER", "Requests at the same time; NULL where not stated."),
        "settings": required("VARCHAR", "Every further setting that the source states; empty where it states none."),
        "qualifier": QUALIFIER,
        "note": NOTE,
        **ORIGIN,
    },
)

TOKEN_PRICE = Table(
    name="charts.token_price",
    description=(
        "What a token costs, week by week, for open and closed models: the middle half of the list prices at OpenRouter. "
        "Each model counts once, by its plain offer; free offers are left out and counted apart."
    ),
    grain="each week, kind of token, openness and source",
    key=("period_start", "token", "openness", "source"),
    columns={
        **PERIOD,
        "token": required("VARCHAR", "input, output, or blended: three tokens of input for each token of output."),
        "openness": required("VARCHAR", "open or proprietary, as in core.token_price."),
        "models": required("BIGINT", "Models with a price above 0."),
        "models_free": required("BIGINT", "Models whose plain offer is free: they are not among the prices."),
        "low_usd_per_million": Column(
            "DOUBLE", "A quarter of the models cost less, in US dollars for a million tokens."
        ),
        "median_usd_per_million": Column("DOUBLE", "The median price, in US dollars for a million tokens."),
        "high_usd_per_million": Column(
            "DOUBLE", "A quarter of the models cost more, in US dollars for a million tokens."
        ),
        "lowest_usd_per_million": Column("DOUBLE", "The lowest price, in US dollars for a million tokens."),
        "lowest_model": Column("VARCHAR", "The model with the lowest price, as OpenRouter names it."),
        **ORIGIN,
    },
    checks={
        "prices are in order": (
            "lowest_usd_per_million <= low_usd_per_million and low_usd_per_million <= median_usd_per_million "
            "and median_usd_per_million <= high_usd_per_million"
        ),
        "no price of 0 is a price": "lowest_usd_per_million > 0",
    },
)

PRICE_AT_RATING = Table(
    name="charts.price_at_rating",
    description=(
        "The cheapest model at OpenRouter that people rate at least so high in the Arena, week by week, open and closed "
        "apart: what a given quality costs. Only models whose names in both are known to mean the same."
    ),
    grain="each week, board, rating, openness and source",
    key=("period_start", "board", "rating_at_least", "openness", "source"),
    columns={
        **PERIOD,
        "board": required("VARCHAR", "The board of the rating: Arena text, or Arena text with style control."),
        "rating_at_least": required(
            "BIGINT", "Rating that the model has at least, in steps of 50 rating points from 1000."
        ),
        "openness": required("VARCHAR", "open or proprietary, as in core.token_price."),
        "model": required("VARCHAR", "The cheapest such model, as the board names it."),
        "rating": required("DOUBLE", "Its rating, in rating points."),
        "offer": required("VARCHAR", "The same model, as OpenRouter names it."),
        "input_usd_per_million": Column("DOUBLE", "Its price of input, in US dollars for a million tokens."),
        "output_usd_per_million": Column("DOUBLE", "Its price of output, in US dollars for a million tokens."),
        "blended_usd_per_million": required(
            "DOUBLE", "Its price of three tokens of input for each token of output, in US dollars for a million tokens."
        ),
        "models": required("BIGINT", "Models with a price that are rated at least so high."),
        "rated_on": required("DATE", "Day of the ratings: the newest of the board up to the end of the week."),
        **ORIGIN,
    },
    checks={"the rating is reached": "rating >= rating_at_least", "a price is above 0": "blended_usd_per_million > 0"},
)

FUNDING = Table(
    name="charts.funding",
    description=(
        "Money raised by AI companies, as reported by each source: figures of publications, filings with the SEC, and a "
        "collection of rounds. Reports of the same round share one match_group and are never merged: sum amount_usd "
        "where counts_once."
    ),
    grain="each company, round, kind of money, basis and source",
    key=("company", "announced_on", "basis", "source", "source_id", "kind"),
    columns={
        "company": required("VARCHAR", "The company, under one name for all sources."),
        "focus": Column("VARCHAR", "What it makes, as the source states."),
        "round": Column("VARCHAR", "The round, as the source names it; Various: more than one. A filing names none."),
        "kind": FUNDING_ROUND.columns["kind"],
        "amount_usd": Column(
            "DOUBLE",
            "Amount raised, in US dollars; for a filing the amount sold so far, which can be 0. NULL where undisclosed.",
        ),
        "qualifier": QUALIFIER,
        "announced_on": FUNDING_ROUND.columns["announced_on"],
        "date_precision": FUNDING_ROUND.columns["date_precision"],
        "note": NOTE,
        **ORIGIN,
        "source_id": FUNDING_ROUND.columns["source_id"],
        "evidence_url": Column("VARCHAR", "Where the amount can be checked; NULL where the source is not public."),
        **{name: FUNDING_MATCH.columns[name] for name in FUNDING_MATCH.columns if name != "round_id"},
    },
    checks={"no amount is negative": "amount_usd >= 0"},
)

FUNDING_TOTAL = Table(
    name="charts.funding_total",
    description=(
        "Money raised by each company and by all together, over the rounds that any source reports, each counted once: "
        "by the filing if there is one, else by the collection of rounds, else as published."
    ),
    grain="each company, and all of them",
    key=("company", "made_up"),
    columns={
        "company": required("VARCHAR", "The company, or All companies."),
        "amount_usd": Column("DOUBLE", "Sum of the disclosed rounds, in US dollars; NULL if none is disclosed."),
        "low_usd": Column("DOUBLE", "The same, with the lowest amount that any source reports for each round."),
        "high_usd": Column("DOUBLE", "The same, with the highest amount that any source reports for each round."),
        "debt_usd": Column("DOUBLE", "The part of amount_usd that is debt, in US dollars; NULL if none is known."),
        "rounds": required("BIGINT", "Rounds; each kind of money in a round counts separately."),
        "rounds_undisclosed": required(
            "BIGINT", "Rounds for which no source reports an amount: they are not in the sums."
        ),
        "rounds_in_dispute": required("BIGINT", "Rounds for which the sources report different amounts."),
        "first_on": Column("DATE", "First date of any of these rounds."),
        "last_on": Column("DATE", "Last date of any of these rounds."),
        "made_up": required("BOOLEAN", "true: summed over rounds of the sandbox; false: over real ones. Never both."),
        "basis": required("VARCHAR", "estimated: counted here from the reports of the sources."),
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
        **PERIOD,
        "question": required("VARCHAR", "The question, in the words of the source or shortened."),
        "question_id": required(
            "VARCHAR", "Stable name of the question and its wording; a new wording has a new name."
        ),
        "population": required("VARCHAR", "Who was asked; empty where the source does not say."),
        "share_pct": Column("DOUBLE", "Share of the companies asked, in percent; NULL where a range is reported."),
        "share_low_pct": Column("DOUBLE", "Lower end of a reported range, in percent."),
        "share_high_pct": Column("DOUBLE", "Upper end of a reported range, in percent."),
        "qualifier": QUALIFIER,
        "change_points": POINTS,
        "sample_size": Column("INTEGER", "How many answered; NULL where that is not stated."),
        "series_break": Column("VARCHAR", "Why this series begins here and does not continue an older one."),
        "note": NOTE,
        **ORIGIN,
    },
    checks={
        "a share is between 0 and 100": (
            "share_pct between 0 and 100 and share_low_pct between 0 and 100 and share_high_pct between 0 and 100"
        ),
    },
)
