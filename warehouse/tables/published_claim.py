"""`core.published_claim`: what publications claim about their own figures, word for word."""

from warehouse.tables.table import Column, Table, required

PUBLISHED_CLAIM = Table(
    name="core.published_claim",
    description=(
        "Sentences and figures of publications that follow from other figures, as reported. charts.claim_audit computes "
        "each of them again. measure, metric, entity, basis and the periods say which figure of growth.series or "
        "growth.rate is compared; where measure is NULL, charts.claim_figure holds the computation."
    ),
    grain="each claim",
    key=("claim",),
    made_by=("published_history/figures",),
    columns={
        "claim": required("VARCHAR", "Stable key of the claim."),
        "source": required("VARCHAR", "The publication that makes the claim: key into meta.source."),
        "chart": required("VARCHAR", "The chart table that the claim is about, or all."),
        "statement": required("VARCHAR", "The sentence or table row, word for word."),
        "printed": required("VARCHAR", "The part of it that is checked, as reported."),
        "printed_value": Column("DOUBLE", "The same as a number, in its own unit; NULL where it is not one number."),
        "printed_digits": Column("INTEGER", "Decimal places to which printed_value is printed; -2 means hundreds."),
        "measure": Column(
            "VARCHAR",
            "What is compared: value (of growth.series), change, growth_pct, ratio (of growth.rate) or months (calendar "
            "months between two readings).",
        ),
        "metric": Column("VARCHAR", "Series that is compared: key into core.metric."),
        "entity": Column("VARCHAR", "Series that is compared: entity of core.observation."),
        "basis": Column(
            "VARCHAR", "Series that is compared: published as reported, or estimated from reported figures."
        ),
        "period_start": Column("DATE", "First reading; NULL for the measure value."),
        "period_end": Column("DATE", "Last reading, or the only one."),
        "explanation": required("VARCHAR", "Why the verdict is what it is; {recomputed} is replaced by the figure."),
    },
    checks={
        "measure is one of the five": "measure in ('value', 'change', 'growth_pct', 'ratio', 'months')",
        "a reported number has its precision": "(printed_value is null) = (printed_digits is null)",
        "a measure names its series": (
            "measure is null or (metric is not null and entity is not null and basis is not null "
            "and period_end is not null and printed_value is not null)"
        ),
    },
)
