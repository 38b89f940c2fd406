"""`core.published_claim`: what publications claim, word for word; `core.claim_evidence`: what sources say of it."""

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
        "source": required("VARCHAR", "The publication that makes the claim.", references="meta.source.source"),
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
        "metric": Column("VARCHAR", "Series that is compared.", references="core.metric.metric"),
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

CLAIM_EVIDENCE = Table(
    name="core.claim_evidence",
    description=(
        "What a source says about a claim: first-hand (a paper, a maker's announcement, a dataset), or, where none is known, a "
        "report of others. Maintained by hand in warehouse/seeds/claim_evidence.csv. charts.claim_audit compares the two."
    ),
    grain="each claim with evidence",
    key=("claim",),
    made_by=("published_history/figures",),
    columns={
        "claim": required("VARCHAR", "The claim.", references="core.published_claim.claim"),
        "figure": required("VARCHAR", "What the source says in place of the claimed figure, as text with its unit."),
        "low": Column("DOUBLE", "The same as a number, or the lower end of a range, in the unit of printed_value."),
        "high": Column("DOUBLE", "The same number again, or the upper end of the range."),
        "agrees": Column(
            "BOOLEAN",
            "Whether the source agrees, where that is no comparison of numbers; NULL where low and high decide, and where "
            "the source decides nothing.",
        ),
        "certainty": required(
            "VARCHAR",
            "certain: a record of the source, or several that agree, were read; likely: reported, but nobody has read the "
            "source, so it is not verified.",
        ),
        "told": required(
            "VARCHAR",
            "first-hand: by those who made, measured or decided it, in their own paper, announcement, dataset or filing; "
            "reported: by others, such as the press, because no publication of their own is known.",
        ),
        "finding": required("VARCHAR", "What the source says, as a sentence."),
        "title": required("VARCHAR", "The source."),
        "url": required("VARCHAR", "Its address."),
        "dated_on": required("DATE", "Day of the source."),
    },
    checks={
        "both ends or none": "(low is null) = (high is null) and low <= high",
        "numbers or a judgement": "low is null or agrees is null",
        "certainty is one of the two": "certainty in ('certain', 'likely')",
        "told is one of the two": "told in ('first-hand', 'reported')",
    },
)
