"""`growth.*`: rates of change, derived from the facts."""

from warehouse.tables.events import MILESTONE
from warehouse.tables.facets import GROWTH as FACET
from warehouse.tables.growth_of_groups import FAMILY, MAKER, REGION
from warehouse.tables.history import CALENDAR_DOWNLOADS
from warehouse.tables.table import Column, Table, required

_SERIES = {
    "metric": required("VARCHAR", "What was observed.", references="core.metric.metric"),
    "entity": required("VARCHAR", "What it describes: all models, a community, a benchmark, a company, ..."),
    "source": required("VARCHAR", "The source.", references="meta.source.source"),
    "basis": required("VARCHAR", "published, measured or estimated; different ones are never joined to one series."),
}
_FIGURE = {
    "period_start": required("DATE", "First day of the period, or the day of a reading, UTC."),
    "date_precision": required("VARCHAR", "How exact period_start is: day, week, month, quarter or year."),
    "value": Column("DOUBLE", "The figure, in unit; NULL where there is only a range, or none."),
    "low": Column("DOUBLE", "Lower end of a range or interval, in unit."),
    "high": Column("DOUBLE", "Upper end of a range or interval, in unit."),
    "qualifier": required("VARCHAR", "exact, approximate, at_least, or range."),
    "attributes": required("MAP(VARCHAR, VARCHAR)", "Further facts about the figure, as text: model, round, note, ..."),
}
_UNIT = required("VARCHAR", "Unit of value, low and high.")

SERIES = Table(
    name="growth.series",
    description=(
        "Every series that grows: the figures as known now, without withdrawn ones, and the series computed from figures "
        "of one source: calendar months, totals without spikes, derivatives and downloads of families, makers, licence classes, "
        "facets, concentration, gaps, lags, shares and averages. docs/methods/growth.md lists them."
    ),
    grain="each metric, entity, period, basis and source",
    key=("metric", "entity", "period_start", "basis", "source"),
    columns={
        **_SERIES,
        "input_basis": required(
            "VARCHAR", "Basis of the figures it was computed from; for an observed series its own basis."
        ),
        "computed": required("BOOLEAN", "true: computed from other figures; false: observed."),
        "unit": _UNIT,
        **_FIGURE,
        "observed_at": Column(
            "TIMESTAMPTZ", "When the source was read; NULL for a computed series, and where it is not known."
        ),
        "days_observed": Column(
            "DOUBLE",
            "Observed days of the period, for a figure that is the sum over its days (downloads of a calendar month); "
            "NULL for every other figure.",
        ),
        "definition": Column(
            "VARCHAR",
            "What was counted, where that can change within the series: fingerprint of a family's list of roots. NULL "
            "for every other series.",
        ),
        "kind": Column(
            "VARCHAR", "level, window_30d, cumulative, share or rating, as in core.metric; NULL if not defined there."
        ),
    },
    is_view=True,
)

RATE = Table(
    name="growth.rate",
    description=(
        "Growth of every series at every grain. Week, month, quarter, half_year and year compare two calendar periods "
        "that follow each other directly: by the first reading of each, 30-day windows by the last reading of a month and "
        "longer, sums of calendar months by the observed day. Where a period has no reading, there is no row, so that a "
        "gap stays a gap. Filter by not is_partial: the other rows compare periods that are not full. as_published "
        "compares the figures of one publication: each with the one before, and the last with "
        "the first. The growth of ranges is a range. docs/methods/growth.md has the rules."
    ),
    grain="each series, grain and pair of periods that both have a reading",
    key=("metric", "entity", "source", "basis", "grain", "period_start", "period_end"),
    columns={
        **_SERIES,
        "grain": required("VARCHAR", "week, month, quarter, half_year, year, or as_published."),
        "period_start": required(
            "DATE", "First day of the earlier of the two periods; for as_published the earlier date as reported."
        ),
        "period_end": required(
            "DATE", "First day of the later of the two periods; for as_published the later date as reported."
        ),
        "value_start": Column(
            "DOUBLE", "The reading of the earlier period, or its sum, in unit; NULL if it is only a range."
        ),
        "value_end": Column("DOUBLE", "The same of the later period, in unit; NULL if it is only a range."),
        "change": Column(
            "DOUBLE",
            "value_end - value_start, in unit (points for percentages); NULL between two definitions, and for sums over "
            "parts of a period.",
        ),
        "growth_pct": Column(
            "DOUBLE",
            "Change in percent of value_start, for sums (flag per_day) of the downloads of each observed day; NULL if "
            "value_start is zero, negative or missing, and between two definitions (see flag).",
        ),
        "annualised_pct": Column(
            "DOUBLE",
            "The same growth continued for 365.25 days, in percent, from the days observed; NULL unless both values are "
            "positive, for 30-day windows that share most of their days, for maker_models and facet_models over less than "
            "15 days, for sums over parts of a period, and for gaps and lags. Quote it with annualised_low_pct and "
            "annualised_high_pct.",
        ),
        "doubling_days": Column(
            "DOUBLE",
            "Days to double at this growth, from the days observed; NULL without growth, and where annualised_pct is NULL.",
        ),
        "days_observed": required(
            "BIGINT",
            "Days between the two readings; for weekly readings between the days, UTC, on which they were taken; for "
            "sums days_in_period.",
        ),
        "days_in_period": required("BIGINT", "Days between the first days of the two periods."),
        "flag": Column(
            "VARCHAR",
            "Caveats, separated by commas; NULL if none. missing: a reading has no figure; zero: both are zero; "
            "from_zero, negative_base: no percentage; to_zero, negative_end: no annual rate; range: see the low and high "
            "columns; at_least, at_most: the true growth is at least or at most this, because the end or the start is "
            "only a lower bound; partial: as is_partial; per_day: sums are compared by the observed day; "
            "overlapping_windows: 30-day windows less than 15 days apart share most of their days; window_is_not_period: "
            "a 30-day window represents a longer or shorter period; uneven_days: days_observed differs from "
            "days_in_period; definition_changed: the source (meta.definition_change) or the list of a family's roots "
            "counts something else since; overflow: too large for a number.",
        ),
        "is_partial": required(
            "BOOLEAN",
            "true: one of the two periods is not full. A sum lacks days, the first reading is later than the sixth day "
            "after the period began, or the last window ends earlier than in its last seven days. Leave these rows out, "
            "unless you want growth so far.",
        ),
        "whole_span": required("BOOLEAN", "true for the row of as_published that compares the last with the first."),
        "kind": Column("VARCHAR", "level, window_30d, cumulative, share or rating, as in core.metric."),
        "unit": _UNIT,
        "reading_start": required("DATE", "period_start of the reading that represents the earlier period."),
        "reading_end": required("DATE", "period_start of the reading that represents the later period."),
        "low_start": Column("DOUBLE", "Lower end of the earlier reading, in unit; its value if it is no range."),
        "high_start": Column("DOUBLE", "Upper end of the earlier reading, in unit; NULL if it is at least its value."),
        "low_end": Column("DOUBLE", "Lower end of the later reading, in unit; its value if it is no range."),
        "high_end": Column("DOUBLE", "Upper end of the later reading, in unit; NULL if it is at least its value."),
        "qualifier_start": required("VARCHAR", "exact, approximate, at_least or range: the earlier reading."),
        "qualifier_end": required("VARCHAR", "exact, approximate, at_least or range: the later reading."),
        "days_start": Column("DOUBLE", "Observed days of the earlier period, for a sum; NULL for every other series."),
        "days_end": Column("DOUBLE", "Observed days of the later period, for a sum; NULL for every other series."),
        "change_low": Column("DOUBLE", "Smallest change that both ranges allow: low_end - high_start, in unit."),
        "change_high": Column("DOUBLE", "Largest change that both ranges allow: high_end - low_start, in unit."),
        "ratio": Column("DOUBLE", "value_end as a multiple of value_start (times); NULL like growth_pct."),
        "ratio_low": Column("DOUBLE", "Smallest multiple that both ranges allow: low_end / high_start (times)."),
        "ratio_high": Column("DOUBLE", "Largest multiple that both ranges allow: high_end / low_start (times)."),
        "growth_low_pct": Column("DOUBLE", "Smallest growth that both ranges allow, in percent."),
        "growth_high_pct": Column("DOUBLE", "Largest growth that both ranges allow, in percent."),
        "annualised_low_pct": Column(
            "DOUBLE",
            "Lower end of annualised_pct, in percent, at 95%: from the ranges of both readings, and from how far the last "
            "13 changes from week to week scatter. NULL with neither a range nor four such changes.",
        ),
        "annualised_high_pct": Column("DOUBLE", "Upper end of annualised_pct, in percent, like annualised_low_pct."),
    },
    checks={
        "time runs forward": "period_start < period_end and days_observed > 0 and days_in_period > 0",
        "no rate is infinite": (
            "isfinite(change) and isfinite(growth_pct) and isfinite(annualised_pct) and isfinite(doubling_days) "
            "and isfinite(annualised_low_pct) and isfinite(annualised_high_pct)"
        ),
        "an annual rate lies in its interval": (
            "annualised_low_pct <= annualised_pct and annualised_pct <= annualised_high_pct"
        ),
        "a percentage has a positive base": "growth_pct is null or value_start > 0",
        "a missing percentage has a flag": "growth_pct is not null or flag is not null",
    },
)

READING = Table(
    name="growth.reading",
    description=(
        "Every observed reading with its change to the reading before it in its series: for a published figure the one "
        "reported before it, else the reading of the previous calendar week (NULL if that week has none)."
    ),
    grain="each metric, entity, period, basis and source",
    key=("metric", "entity", "period_start", "basis", "source"),
    columns={
        **_SERIES,
        "unit": _UNIT,
        **_FIGURE,
        "change": RATE.columns["change"],
        "growth_pct": RATE.columns["growth_pct"],
        "growth_low_pct": RATE.columns["growth_low_pct"],
        "growth_high_pct": RATE.columns["growth_high_pct"],
        "flag": RATE.columns["flag"],
    },
    is_view=True,
)

_CHANGES_IN_NUMBERS = {
    f"change_{weeks}_week{'s' if weeks > 1 else ''}": Column(
        "BIGINT",
        f"downloads_30d minus that of the week exactly {weeks} week{'s' if weeks > 1 else ''} before; NULL where that week "
        "has no reading.",
    )
    for weeks in (1, 4, 13, 52)
}
# In the order in which they are rebuilt.
_CHANGES = {
    f"change_pct_{weeks}_week{'s' if weeks > 1 else ''}": Column(
        "DOUBLE",
        f"Change of downloads_30d, in percent, to the week exactly {weeks} week{'s' if weeks > 1 else ''} before; NULL "
        "where "
        "that week has no reading, or 0." + (" Windows of 30 days that overlap by 23." if weeks == 1 else ""),
    )
    for weeks in (1, 4, 13, 52)
}
_RANK = Column("BIGINT", "Rank in the week by downloads_30d, 1 for the largest; NULL where downloads_30d is not known.")

MODEL = Table(
    name="growth.model",
    description=(
        "The downloads of every model in every week, and their change to 1, 4, 13 and 52 weeks before. Query one week at "
        "a time, with the week as a literal or a variable and not as a subquery, so that no other weeks are read. Do not "
        "average the percentages, which a few small models decide: take the median, or sum(change_4_weeks) in percent of "
        "sum(downloads_30d - change_4_weeks). The Parquet file has the newest week."
    ),
    grain="each model and week of a complete walk",
    key=("week", "hub_id"),
    columns={
        "week": required("DATE", "Monday of the ISO week of the walk, UTC."),
        "id": required("VARCHAR", "Its present name, owner/name."),
        "hub_id": required("VARCHAR", "The model.", references="core.model.hub_id"),
        "downloads_30d": Column("BIGINT", "Counted file requests over the 30 days before the walk."),
        "downloads_all_time": Column("BIGINT", "Counted file requests since creation."),
        **_CHANGES_IN_NUMBERS,
        **_CHANGES,
        "rank": _RANK,
    },
    is_view=True,
    newest_week_only=True,
)

LEADING_MODEL = Table(
    name="growth.leading_model",
    description=(
        "The 10,000 most downloaded models of the newest week: what they are, when they last spiked, and their downloads "
        "1, 4, 13 and 52 weeks before. growth.top_models(period) ranks them by growth; growth.model has every model and week."
    ),
    grain="each of these models",
    key=("position",),
    columns={
        "position": required(
            "BIGINT",
            "Position by downloads_30d from 1 to 10,000, without ties: model_key decides between equals.",
        ),
        "rank": required("BIGINT", "Rank by downloads_30d; models with equal downloads share it."),
        "id": required("VARCHAR", "Present name, owner/name."),
        "hub_id": required("VARCHAR", "The model.", references="core.model.hub_id"),
        "author": Column("VARCHAR", "User or organisation that owns it; NULL for models of the Hub itself."),
        "maker": Column("VARCHAR", "The maker of that account; NULL if core.maker names none."),
        "task": Column("VARCHAR", "What it does, such as text-generation.", references="core.model.pipeline_tag"),
        "library": Column("VARCHAR", "Library that loads it, such as transformers."),
        "licence": Column("VARCHAR", "Licence tag that the author declares; NULL if there is none."),
        "parameters_b": Column("DOUBLE", "Billions of parameters; NULL if not known."),
        "week": required("DATE", "Monday of the newest week, UTC."),
        "downloads_30d": required("BIGINT", "Counted file requests over the 30 days before the walk of this week."),
        "downloads_30d_robust": required(
            "BIGINT", "The same up to the cap of core.download_spike, where the model spikes in this week."
        ),
        "last_spike": Column(
            "DATE", "Newest week of the last 52 in which core.download_spike marks it; NULL if there is none."
        ),
        **{
            f"downloads_30d_{weeks}_week{'s' if weeks > 1 else ''}_before": Column(
                "BIGINT",
                f"The same of the week exactly {weeks} week{'s' if weeks > 1 else ''} before; NULL where it has no "
                "reading.",
            )
            for weeks in (1, 4, 13, 52)
        },
    },
)

AUTHOR = Table(
    name="growth.author",
    description=(
        "The downloads of every author in every week, and their change to 1, 4, 13 and 52 weeks before. Query one week "
        "at a time, with the week as a literal or a variable and not as a subquery, so that no other weeks are read. The "
        "Parquet file has the newest week."
    ),
    grain="each author and week of a complete walk",
    key=("week", "author"),
    columns={
        "week": required("DATE", "Monday of the ISO week of the walk, UTC."),
        "author": required(
            "VARCHAR",
            "User or organisation that owns the models now; a transferred model counts for its present owner in all weeks.",
        ),
        "models": required("BIGINT", "Models that existed in this week."),
        "downloads_30d": Column(
            "BIGINT", "Counted file requests over the 30 days before the walk, over the models that have the counter."
        ),
        "downloads_all_time": Column(
            "BIGINT", "Counted file requests since creation, over the models that have the counter."
        ),
        **_CHANGES_IN_NUMBERS,
        **_CHANGES,
        "rank": _RANK,
    },
    is_view=True,
    newest_week_only=True,
)

TABLES = (
    SERIES,
    RATE,
    READING,
    MODEL,
    LEADING_MODEL,
    AUTHOR,
    FAMILY,
    MAKER,
    REGION,
    FACET,
    CALENDAR_DOWNLOADS,
    MILESTONE,
)
