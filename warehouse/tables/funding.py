"""`core.*` of funding: filings and rounds as each source tells them, and which of them are one and the same round."""

from warehouse.tables.table import Column, Table, required

_SOURCE = {"source": required("VARCHAR", "Who says so: key into meta.source.")}
_VERSION = {
    "recorded_at": required("TIMESTAMPTZ", "From when on the source was known to say so."),
    "is_withdrawn": required("BOOLEAN", "true: the source no longer says so."),
}
_AMOUNT = Column("DOUBLE", "Sum, in US dollars; NULL where it is undisclosed.")
_KIND = required("VARCHAR", "equity, debt, secondary (shares change hands, the company gets nothing), or unstated.")
_EXCLUDED_ROUND = Column(
    "VARCHAR",
    "Why it does not count as money raised: not_closed, excluded_by_source, secondary; NULL where it counts.",
)

_FILING = {
    **_SOURCE,
    "accession_number": required("VARCHAR", "Number of the filing at the SEC."),
    "company": required("VARCHAR", "The company whose CIK is pinned; the issuer's name where none of them is."),
    "cik": required("BIGINT", "The issuer that it counts for, by its number at the SEC: the first pinned one."),
    "issuer_name": required("VARCHAR", "Legal name of that issuer at the time."),
    "issuers": required("INTEGER", "Issuers of the one offering; it counts once."),
    "filed_on": required("DATE", "Day of filing."),
    "is_amendment": required("BOOLEAN", "true: a D/A, which states an earlier offering again, with totals so far."),
    "amends": Column("VARCHAR", "Accession number of the filing that it amends, as it says; NULL where it does not."),
    "first_sale_on": Column("DATE", "Day of the first sale; NULL if none had occurred."),
    "offered_usd": Column("DOUBLE", "Sum offered, a ceiling, in US dollars; NULL if indefinite."),
    "sold_usd": required("DOUBLE", "Sum sold so far, in US dollars; 0 is a real value: nothing sold yet."),
    "remaining_usd": Column("DOUBLE", "Sum still offered, in US dollars; NULL if indefinite."),
    "industry": required("VARCHAR", "Industry group of the form."),
    "is_equity": required("BOOLEAN", "true: equity is among the securities."),
    "is_debt": required("BOOLEAN", "true: debt is among the securities."),
    "exclusion": Column(
        "VARCHAR",
        "Why it does not count as money raised by the company: test, other_issuer (no pinned CIK is in it), pooled_fund "
        "(a fund, which may bear the company's name), business_combination (shares for a purchase); NULL where it counts.",
    ),
    "evidence_url": required("VARCHAR", "The filing."),
}
_FILING_CHECKS = {
    "no amount is negative": "offered_usd >= 0 and sold_usd >= 0 and remaining_usd >= 0",
    "the exclusion is one of four": "exclusion in ('test', 'other_issuer', 'pooled_fund', 'business_combination')",
}

BASE_FORM_D_FILING = Table(
    name="base.form_d_filing",
    description="Form D filings and their amendments with the SEC, every version of what was read. No natural person is in it.",
    grain="each filing and moment at which it became known",
    key=("source", "accession_number", "recorded_at"),
    made_by=("funding/sec_form_d",),
    columns={**_FILING, **_VERSION},
    checks=_FILING_CHECKS,
)

FORM_D_FILING = Table(
    name="core.form_d_filing",
    description="Form D filings and their amendments with the SEC as known now; those that do not count say why in exclusion.",
    grain="each filing",
    key=("source", "accession_number"),
    columns={**_FILING, "recorded_at": _VERSION["recorded_at"]},
    is_view=True,
)

_CHAIN = {
    **_SOURCE,
    "chain": required("VARCHAR", "Accession number of the first known filing of the offering."),
}
FORM_D_CHAIN = Table(
    name="core.form_d_chain",
    description=(
        "The filings that count, in the chains of their amendments: each states its offering's total so far, so that only "
        "increases are new money. docs/methods/funding.md has the rules."
    ),
    grain="each filing that counts",
    key=("source", "accession_number"),
    columns={
        **_CHAIN,
        "position": required("BIGINT", "Place in the chain, from 1; who amends comes after what is amended."),
        "accession_number": _FILING["accession_number"],
        "company": _FILING["company"],
        "cik": _FILING["cik"],
        "filed_on": _FILING["filed_on"],
        "effective_on": required("DATE", "Day of filing, but never before that of the filing that it amends."),
        "link": required(
            "VARCHAR",
            "How it came into the chain: notice (a new offering), amends (a known filing), same_first_sale (what it amends is "
            "unknown, and the issuer has one offering with this first sale), or alone (what it amends is unknown).",
        ),
        "first_sale_on": _FILING["first_sale_on"],
        "offered_usd": _FILING["offered_usd"],
        "sold_usd": _FILING["sold_usd"],
        "new_money_usd": required(
            "DOUBLE",
            "Change of sold_usd to the filing before in the chain, in US dollars; negative if corrected downwards.",
        ),
        "remaining_usd": _FILING["remaining_usd"],
        "is_equity": _FILING["is_equity"],
        "is_debt": _FILING["is_debt"],
        "is_latest": required("BOOLEAN", "true for the last of the chain, whose amounts stand for the offering."),
        "evidence_url": _FILING["evidence_url"],
    },
    is_view=True,
)

FORM_D_OFFERING = Table(
    name="core.form_d_offering",
    description="Offerings by Form D: of each chain of amendments the latest filing, which is the total so far.",
    grain="each offering",
    key=("source", "chain"),
    columns={
        **_CHAIN,
        "company": _FILING["company"],
        "cik": _FILING["cik"],
        "filings": required("BIGINT", "Filings in the chain."),
        "first_filed_on": required("DATE", "Day of the first known filing."),
        "last_filed_on": required("DATE", "Day of the last filing."),
        "latest_accession_number": required("VARCHAR", "The filing that stands for the offering."),
        "first_sale_on": _FILING["first_sale_on"],
        "offered_usd": _FILING["offered_usd"],
        "sold_usd": _FILING["sold_usd"],
        "remaining_usd": _FILING["remaining_usd"],
        "is_equity": _FILING["is_equity"],
        "is_debt": _FILING["is_debt"],
        "doubt": Column(
            "VARCHAR",
            "What is uncertain about the chain, separated by commas: alone, same_first_sale, as in core.form_d_chain.link; "
            "NULL if nothing.",
        ),
        "evidence_url": _FILING["evidence_url"],
    },
    is_view=True,
)

_ROUND = {
    **_SOURCE,
    "source_id": required("VARCHAR", "The source's own name of the round, the same in every reading."),
    "kind": _KIND,
    "company": required(
        "VARCHAR", "The company, under one name for all sources: warehouse/seeds/lists/company_name.csv."
    ),
    "status": required("VARCHAR", "Closed, or in the source's own words how far the round is; Filed for a Form D."),
    "amount_usd": _AMOUNT,
    "announced_on": Column(
        "DATE",
        "Day of closing or announcement, or the first day of the month or year; for a Form D the day of the first known "
        "filing. NULL if unknown.",
    ),
    "date_precision": Column("VARCHAR", "How exact announced_on is: day, month or year."),
    "excluded": _EXCLUDED_ROUND,
    "note": Column("VARCHAR", "What the source says about it; for a Form D the doubt of core.form_d_offering."),
    "evidence_url": Column("VARCHAR", "Where the sum can be checked; NULL where the source is not public."),
}

BASE_FUNDING_ROUND = Table(
    name="base.funding_round",
    description="Funding rounds as a collection of them says, every version of what was read.",
    grain="each round, kind of money and moment at which it became known",
    key=("source", "source_id", "kind", "recorded_at"),
    made_by=("funding/epoch_funding",),
    columns={
        **_ROUND,
        "company_as_named": required("VARCHAR", "The company as the source names it."),
        "type": Column("VARCHAR", "Type of the round in the source's words."),
        "valuation_usd": Column("DOUBLE", "Valuation after the round, in US dollars; NULL where undisclosed."),
        **_VERSION,
    },
    checks={
        "kind is one of the three": "kind in ('equity', 'debt', 'secondary')",
        "no amount is negative": "amount_usd >= 0 and valuation_usd > 0",
        "a date has its precision": "(announced_on is null) = (date_precision is null)",
        "excluded is one of the three": "excluded in ('not_closed', 'excluded_by_source', 'secondary')",
        "a secondary never counts": "kind <> 'secondary' or excluded is not null",
    },
)

FUNDING_ROUND = Table(
    name="core.funding_round",
    description=(
        "Funding rounds as every source tells them, side by side: offerings by Form D, collections of rounds, and published "
        "figures. The same round may stand here more than once: core.funding_match says which are one."
    ),
    grain="each round, kind of money and source",
    key=("source", "source_id", "kind"),
    columns={
        "round_id": required("VARCHAR", "Source, source_id and kind as one key."),
        "round": Column("VARCHAR", "The round, as the source names it; Various: more than one. A Form D names none."),
        "focus": Column("VARCHAR", "What the company makes, as the source says."),
        "basis": required("VARCHAR", "measured (the company's own filing) or published."),
        "qualifier": required("VARCHAR", "exact, approximate (the source says so), at_least, or range."),
        **_ROUND,
        "preference": required(
            "INTEGER",
            "Whose amount counts where several tell of one round: 1 filings, 2 collections of rounds, 3 publications.",
        ),
        "made_up": required(
            "BOOLEAN", "true: it comes from the sandbox, and is never matched or added up with real ones."
        ),
    },
    is_view=True,
)

FUNDING_MATCH = Table(
    name="core.funding_match",
    description=(
        "Which rounds that count are one and the same, told by several sources, and how far these disagree: same company, "
        "same kind of money, at most 60 days and a quarter of the amount apart, each the other's nearest. Nothing is merged."
    ),
    grain="each round that counts",
    key=("round_id",),
    columns={
        "round_id": required("VARCHAR", "The round: core.funding_round.round_id."),
        "match_group": required(
            "VARCHAR", "round_id of the preferred telling; the same for all tellings of one round."
        ),
        "tellings": required("BIGINT", "Sources that tell of the round."),
        "amount_difference_usd": Column(
            "DOUBLE",
            "Amount less that of the preferred telling, in US dollars; NULL for that one, or if one is undisclosed.",
        ),
        "amount_difference_pct": Column("DOUBLE", "The same, in percent of the preferred telling's amount."),
        "date_difference_days": Column(
            "BIGINT", "Days between the two dates; 0 within the printed month or year. NULL for the preferred telling."
        ),
    },
    is_view=True,
)

TABLES = (
    BASE_FORM_D_FILING, FORM_D_FILING, FORM_D_CHAIN, FORM_D_OFFERING,
    BASE_FUNDING_ROUND, FUNDING_ROUND, FUNDING_MATCH,
)  # fmt: skip
