"""`charts.*` on how far open models are behind closed ones."""

from warehouse.tables.chart_columns import NOTE, ORIGIN, PERIOD, POINTS, QUALIFIER
from warehouse.tables.table import Column, Table, required

_INTERVAL_PCT = Column(
    "INTEGER",
    "How much the intervals of this row cover, in percent: 95 on the Arena, 90 for the Epoch Capabilities Index. Compare "
    "intervals of one number only. NULL without an interval.",
)

BENCHMARK_GAP = Table(
    name="charts.benchmark_gap",
    description=(
        "Best open and best closed score on a benchmark, and the gap between them. Measured rows are dated on the days "
        "on which either of the two changed, by release of the models, with the scores known today."
    ),
    grain="each period, benchmark, basis and source",
    key=("period_start", "benchmark", "basis", "source"),
    columns={
        **PERIOD,
        "benchmark": required("VARCHAR", "Name of the benchmark."),
        "best_open_model": Column("VARCHAR", "The model with open weights that scores best."),
        "best_open_pct": Column("DOUBLE", "Its score, in percent."),
        "best_closed_model": Column("VARCHAR", "The closed model that scores best."),
        "best_closed_pct": Column("DOUBLE", "Its score, in percent."),
        "gap_points": Column("DOUBLE", "best_closed_pct - best_open_pct, in percentage points."),
        "corrected_gap_points": Column(
            "DOUBLE",
            "Measured rows: the gap in percent of the range from the score of guessing to the best possible one "
            "(core.benchmark_scale); NULL where one of the two is not known. Comparable between benchmarks.",
        ),
        "open_models": Column("BIGINT", "Measured rows: open models with a score, released up to the day; else NULL."),
        "closed_models": Column(
            "BIGINT", "Measured rows: closed models with a score, released up to the day; else NULL."
        ),
        **ORIGIN,
    },
)

GAP_CLOSURE = Table(
    name="charts.gap_closure",
    description=(
        "Best open score as a share of a reference model's score. Measured rows compare with the best closed model of the "
        "day, and with pinned models of the past until the day on which they were reached. The row Average is the average "
        "as reported; the one computed from the other rows is in growth.series, with basis estimated."
    ),
    grain="each period, benchmark, reference model, basis and source",
    key=("period_start", "benchmark", "reference_model", "basis", "source"),
    columns={
        **PERIOD,
        "benchmark": required("VARCHAR", "Name of the benchmark, or Average as reported."),
        "reference_model": required(
            "VARCHAR", "The model whose score is 100%: a pinned one, or Best closed model, that of the day."
        ),
        "reference_version": Column("VARCHAR", "Measured rows: which version that is, as the source names it."),
        "share_pct": Column("DOUBLE", "Best open score in percent of the reference model's score."),
        "corrected_share_pct": Column(
            "DOUBLE",
            "The same of the scores above chance: (best_open_pct - chance_pct) in percent of (reference_pct - chance_pct); "
            "below 0 for a model that is worse than guessing. NULL without a known chance level, for published rows, and "
            "for a reference that is not above chance. A measure of its own: not to be joined to share_pct.",
        ),
        "chance_pct": Column("DOUBLE", "Measured rows: the score of guessing, in percent (core.benchmark_scale)."),
        "qualifier": QUALIFIER,
        "change_points": POINTS,
        "note": NOTE,
        "best_open_model": Column("VARCHAR", "Measured rows: the best open model released up to the day."),
        "best_open_pct": Column("DOUBLE", "Measured rows: its score, in percent, as known today."),
        "reference_pct": Column(
            "DOUBLE",
            "Measured rows: the reference model's score, in percent; of a pinned model as first recorded, of the best closed "
            "model as known today.",
        ),
        "reference_known_on": Column("DATE", "A pinned model: when that score became known; else NULL."),
        "is_closed": required(
            "BOOLEAN",
            "true: the comparison is history, and no row is added to it: it was published once, or the pinned model has been "
            "reached on this benchmark.",
        ),
        "open_models": Column("BIGINT", "Measured rows: open models with a score, released up to the day."),
        **ORIGIN,
    },
)

ARENA_GAP = Table(
    name="charts.arena_gap",
    description=(
        "Best open and best closed rating on a board of human votes on each day of its publication, by the licence "
        "labels of that day, and the gap between them. Ratings are relative: only differences within one day and board are "
        "meaningful. Elo ratings without interval and votes until 2023-12-20. Old days hold only models that are in the "
        "registry today, so old gaps are biased."
    ),
    grain="each board, day of publication and source",
    key=("period_start", "board", "source"),
    columns={
        **PERIOD,
        "board": required(
            "VARCHAR", "The board: Arena text, or Arena text with style control, the default of its site."
        ),
        "best_open_model": Column("VARCHAR", "The best-rated open model; NULL if none counts."),
        "best_open_rating": Column("DOUBLE", "Its rating on that day, in rating points."),
        "best_proprietary_model": Column("VARCHAR", "The best-rated proprietary model; NULL if none counts."),
        "best_proprietary_rating": Column("DOUBLE", "Its rating on that day, in rating points."),
        "gap_points": Column(
            "DOUBLE",
            "best_proprietary_rating - best_open_rating, in rating points; negative where an open model leads.",
        ),
        "gap_low": Column(
            "DOUBLE",
            "Lower end of the gap's interval, assuming that the errors of the two are independent; NULL without one.",
        ),
        "gap_high": Column(
            "DOUBLE",
            "Upper end of the gap's interval, assuming that the errors of the two are independent; NULL without one.",
        ),
        "interval_pct": _INTERVAL_PCT,
        "first_proprietary_model": Column(
            "VARCHAR",
            "Of the proprietary models that are rated at least as high as the best open one on this day, the one that was "
            "there first; NULL if there is none.",
        ),
        "first_proprietary_on": Column(
            "DATE",
            "Its day of release (charts.arena_by_release), or that on which it joined the board, if that is earlier or no "
            "release is known.",
        ),
        "first_proprietary_dated_by": Column("VARCHAR", "release or board: which of the two days that is."),
        "lag_months": Column(
            "DOUBLE",
            "Months behind (of 30.4375 days): the time from first_proprietary_on to this day; NULL where no proprietary "
            "model is rated as high as the best open one.",
        ),
        "lag_censoring": Column(
            "VARCHAR",
            "none; left: the lag is at least lag_months, because a model that is rated as high was on the board from its "
            "first day on and has no known release, or because no proprietary model of this day is older; or right: no "
            "proprietary model is rated as high, so there is no lag. NULL without a model on either side.",
        ),
        "open_models": required("BIGINT", "Open models with at least 100 votes, or with no number stated (2023)."),
        "proprietary_models": required("BIGINT", "Proprietary models that count likewise."),
        "unknown_models": required("BIGINT", "Models that count likewise and have no known label: in neither group."),
        **ORIGIN,
    },
    checks={
        "a gap lies in its interval": "gap_low <= gap_points + 1e-6 and gap_points <= gap_high + 1e-6",
        "a lag is not negative": "lag_months >= 0",
        "a lag that is right-censored has no number": "(lag_censoring = 'right') = (lag_months is null)",
        "lag_censoring is one of the three": "lag_censoring in ('none', 'left', 'right')",
    },
)

ARENA_BY_RELEASE = Table(
    name="charts.arena_by_release",
    description=(
        "Every model of the newest board with its rating on that board and its day of release, where one is known. "
        "Unlike charts.arena_gap, all ratings are of one day."
    ),
    grain="each board, model and source",
    key=("board", "model", "source"),
    columns={
        **PERIOD,
        "board": required(
            "VARCHAR", "The board: Arena text, or Arena text with style control, the default of its site."
        ),
        "model": required("VARCHAR", "The model, as the board names it."),
        "entity": Column(
            "VARCHAR", "The model; NULL where the name matches no entity.", references="core.entity.entity"
        ),
        "organisation": Column("VARCHAR", "The maker, as the board states."),
        "licence": Column("VARCHAR", "Its label on the board on that day."),
        "openness": required("VARCHAR", "open, proprietary or unknown, by that label."),
        "rating": required("DOUBLE", "Rating on that day, in rating points."),
        "rating_low": Column("DOUBLE", "Lower end of its 95% interval."),
        "rating_high": Column("DOUBLE", "Upper end of its 95% interval."),
        "votes": Column("BIGINT", "Votes behind it."),
        "released_on": Column(
            "DATE", "Day of release; NULL where no source states it: such models are listed, not dropped."
        ),
        "released_on_source": Column("VARCHAR", "Who states the release: curated (core.entity) or epoch_benchmarks."),
        **ORIGIN,
    },
)

CAPABILITY_GAP = Table(
    name="charts.capability_gap",
    description=(
        "Best open and best closed model by the Epoch Capabilities Index among those released up to the end of each month, "
        "the gap between them, and how many months the open one is behind. All months use the scores known today. The "
        "newest month is counted up to its day as_of."
    ),
    grain="each month and source",
    key=("period_start", "source"),
    columns={
        **PERIOD,
        "as_of": required(
            "DATE",
            "The day of this row: the last one of the month; in the newest month, that of the newest collection.",
        ),
        "best_open_model": Column("VARCHAR", "The model with open weights that scores best; NULL if there is none."),
        "best_open_score": Column("DOUBLE", "Its score, in index points."),
        "best_open_low": Column(
            "DOUBLE", "Lower end of its interval, in index points; NULL for an anchor of the index."
        ),
        "best_open_high": Column(
            "DOUBLE", "Upper end of its interval, in index points; NULL for an anchor of the index."
        ),
        "best_open_released_on": Column("DATE", "Its day of release."),
        "best_closed_model": Column("VARCHAR", "The closed model that scores best; NULL if there is none."),
        "best_closed_score": Column("DOUBLE", "Its score, in index points."),
        "best_closed_low": Column(
            "DOUBLE", "Lower end of its interval, in index points; NULL for an anchor of the index."
        ),
        "best_closed_high": Column(
            "DOUBLE", "Upper end of its interval, in index points; NULL for an anchor of the index."
        ),
        "best_closed_released_on": Column("DATE", "Its day of release."),
        "gap_points": Column(
            "DOUBLE", "best_closed_score - best_open_score, in index points; negative where an open model leads."
        ),
        "gap_low": Column(
            "DOUBLE",
            "Lower end of the gap's interval, assuming that the errors of the two are independent; NULL if one of the two "
            "has no interval.",
        ),
        "gap_high": Column(
            "DOUBLE",
            "Upper end of the gap's interval, assuming that the errors of the two are independent; NULL if one of the two "
            "has no interval.",
        ),
        "interval_pct": _INTERVAL_PCT,
        "first_closed_model": Column(
            "VARCHAR", "The first closed model that scores at least as high as the best open one; NULL if none does."
        ),
        "first_closed_released_on": Column("DATE", "Its day of release."),
        "lag_months": Column(
            "DOUBLE",
            "Months behind (of 30.4375 days): the time from first_closed_released_on to as_of; NULL where no closed model "
            "has the score of the best open one.",
        ),
        "lag_low_months": Column(
            "DOUBLE",
            "The shortest lag that the intervals allow: since the first closed model whose interval begins at or above the "
            "upper end of the open one's; 0 if there is none. NULL without an interval.",
        ),
        "lag_high_months": Column(
            "DOUBLE",
            "The longest lag that the intervals allow: since the first closed model whose interval ends at or above the "
            "lower end of the open one's. NULL without an interval, or if there is none.",
        ),
        "lag_censoring": Column(
            "VARCHAR",
            "none; left: the first closed model of all has the score already, so the lag is at least lag_months; or right: "
            "no closed model has the score yet, so there is no lag. NULL without a model on either side.",
        ),
        "open_models": required("BIGINT", "Open models with a score, released up to as_of."),
        "closed_models": required("BIGINT", "Closed models with a score, released up to as_of."),
        "unknown_models": required("BIGINT", "Models likewise whose access is not known: in neither group."),
        **ORIGIN,
    },
    checks={
        "a gap lies in its interval": "gap_low <= gap_points + 1e-6 and gap_points <= gap_high + 1e-6",
        "a lag is not negative": "lag_months >= 0",
        "a lag lies in its range": (
            "coalesce(lag_low_months <= lag_months + 1e-6, true) and coalesce(lag_months <= lag_high_months + 1e-6, true)"
        ),
        "a lag that is right-censored has no number": "(lag_censoring = 'right') = (lag_months is null)",
        "lag_censoring is one of the three": "lag_censoring in ('none', 'left', 'right')",
    },
)

_MEMORY_GB = (8, 16, 24, 32, 64, 80, 640)
_LAPTOP_GB = (8, 16, 32, 64, 128)

BEST_BY_MEMORY = Table(
    name="charts.best_by_memory",
    description=(
        "The best open model that runs in a given memory, for each board and day since 2023: by rating on each day of a "
        "board of the Arena, and by index among the models released so far on the Epoch Capabilities Index. The rating is that "
        "of the model as the board ran it, which may be at more bits. Models of unknown size are left out."
    ),
    grain="each board, day, kind and size of memory, and source",
    key=("board", "period_start", "kind", "memory_gb", "source"),
    columns={
        **PERIOD,
        "board": required("VARCHAR", "Arena text, Arena text with style control, or Epoch Capabilities Index."),
        "kind": required(
            "VARCHAR",
            "accelerator: memory of its own. laptop: unified memory, of which system and programs take a share. Choose one: "
            "some sizes occur in both.",
        ),
        "memory_gb": required(
            "INTEGER",
            "Memory in GB: of one accelerator up to 80, of eight with 80 each for 640; or of a laptop (of 2^30 bytes).",
        ),
        "accelerators": Column("INTEGER", "Number of accelerators: 1, or 8 for 640 GB; NULL for a laptop."),
        "model": required("VARCHAR", "The model, as the board names it."),
        "id": required("VARCHAR", "Its repository on the Hub, owner/name."),
        "rating": required("DOUBLE", "Its rating of this day, or its present index."),
        "parameters_b": required("DOUBLE", "All its parameters, in billions."),
        "parameters_source": required("VARCHAR", "measured: stated by the Hub; published: core.notable_model."),
        "bits": required("INTEGER", "The most bits of a weight at which it fits: 16, 8 or 4."),
        "needed_gb": required("DOUBLE", "Memory of its weights at these bits, and of the key-value cache, in GB."),
        "models": required("BIGINT", "Models of the board and day that fit."),
        **ORIGIN,
    },
    checks={
        "memory_gb is one of the sizes of its kind": (
            f"if(kind = 'laptop', memory_gb in {_LAPTOP_GB}, kind = 'accelerator' and memory_gb in {_MEMORY_GB})"
        ),
        "bits is one of the three": "bits in (16, 8, 4)",
        "it fits": "needed_gb <= memory_gb",
    },
)

RATING_AND_DOWNLOADS = Table(
    name="charts.rating_and_downloads",
    description=(
        "Rating beside use, for the models of the newest state of each board that match a repository of the Hub: downloads, "
        "likes, derivatives, and the accelerators that the model needs. Several names of a board can be one repository in "
        "several settings: sum by hub_id only."
    ),
    grain="each board, model and source",
    key=("board", "model", "source"),
    columns={
        **PERIOD,
        "board": required("VARCHAR", "The board, as in charts.best_by_memory."),
        "model": required("VARCHAR", "The model, as the board names it."),
        "id": required("VARCHAR", "Its repository on the Hub, owner/name."),
        "hub_id": required("VARCHAR", "The same.", references="core.model.hub_id"),
        "match_method": required("VARCHAR", "How the two were matched.", references="core.model_match.method"),
        "rating": required("DOUBLE", "Its rating, or its index."),
        "rating_low": Column("DOUBLE", "Lower end of the interval that the board states."),
        "rating_high": Column("DOUBLE", "Upper end of the interval that the board states."),
        "parameters_b": Column("DOUBLE", "All parameters, in billions, as the Hub states; NULL where unknown."),
        "accelerators_80_gb": Column(
            "INTEGER",
            "Accelerators of 80 GB that hold the weights at 16 bits and the key-value cache; NULL without a size.",
        ),
        "week": Column("DATE", "Monday of the newest week of the counters; NULL where no week has the model."),
        "downloads_30d": Column("BIGINT", "Counted file requests over the 30 days before the walk of that week."),
        "likes": Column("INTEGER", "Likes in that week."),
        "derivatives": required("BIGINT", "Models that name it as their base now."),
        **ORIGIN,
    },
    checks={"figures are not negative": "downloads_30d >= 0 and derivatives >= 0 and accelerators_80_gb > 0"},
)
