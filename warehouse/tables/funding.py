"""`core.*` of funding: filings and rounds as reported by each source, and which of them are the same round."""

from warehouse.tables.table import Column, Table, required

_SOURCE = {"source": required("VARCHAR", "The source.", references="meta.source.source")}
_VERSION = {
    "recorded_at": required("TIMESTAMPTZ", "When the source was known to state it."),
    "is_withdrawn": required("BOOLEAN", "true: the source no longer states it."),
}
_AMOUNT = Column("DOUBLE", "Amount, in US dollars; NULL where it is undisclosed.")
_KIND = required("VARCHAR", "equity, debt, secondary (shares change hands, the company gets nothing), or unstated.")
_EXCLUDED_ROUND = Column(
    "VARCHAR",
    "Why it does not count as money raised: not_closed, excluded_by_source, secondary; NULL where it counts.",
)

_FILING = {
    **_SOURCE,
    "accession_number": required("VARCHAR", "Number of the filing at the SEC."),
    "company": required("VARCHAR", "The company whose CIK is pinned; the issuer's name where none of them is."),
    "cik": required("BIGINT", "The issuer that it counts for, by its SEC number: the first pinned one."),
    "issuer_name": required("VARCHAR", "Legal name of that issuer at the time."),
    "issuers": required("INTEGER", "Number of issuers of this offering; it counts once."),
    "filed_on": required("DATE", "Day of filing."),
    "is_amendment": required("BOOLEAN", "true: a D/A, which restates an earlier offering with its totals so far."),
    "amends": Column("VARCHAR", "Accession number of the filing that it amends, as stated; NULL where it states none."),
    "first_sale_on": Column("DATE", "Day of the first sale; NULL if none had occurred."),
    "offered_usd": Column("DOUBLE", "Amount offered, an upper limit, in US dollars; NULL if indefinite."),
    "sold_usd": required("DOUBLE", "Amount sold so far, in US dollars; 0 means nothing sold yet."),
    "remaining_usd": Column("DOUBLE", "Amount still offered, in US dollars; NULL if indefinite."),
    "industry": required("VARCHAR", "Industry group of the form."),
    "is_equity": required("BOOLEAN", "true: equity is among the securities."),
    "is_debt": required("BOOLEAN", "true: debt is among the securities."),
    "exclusion": Column(
        "VARCHAR",
        "Why it does not count as money raised by the company: test, other_issuer (no pinned CIK is in it), pooled_fund "
        "(a fund, which may have the company's name), business_combination (shares for a purchase); NULL where it counts.",
    ),
    "evidence_url": required("VARCHAR", "The filing."),
}
_FILING_CHECKS = {
    "no amount is negative": "offered_usd >= 0 and sold_usd >= 0 and remaining_usd >= 0",
    "the exclusion is one of four": "exclusion in ('test', 'other_issuer', 'pooled_fund', 'business_combination')",
}

BASE_FORM_D_FILING = Table(
    name="base.form_d_filing",
    description="Form D filings and their amendments with the SEC, every version that was read. It names no natural person.",
    grain="each filing and time at which it became known",
    key=("source", "accession_number", "recorded_at"),
    made_by=("funding/sec_form_d",),
    columns={**_FILING, **_VERSION},
    checks=_FILING_CHECKS,
)

FORM_D_FILING = Table(
    name="core.form_d_filing",
    description="Form D filings and their amendments with the SEC as known now; exclusion says why a filing does not count.",
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
        "The filings that count, in chains of amendments: each states the total of its offering so far, so only "
        "increases are new money. docs/methods/funding.md has the rules."
    ),
    grain="each filing that counts",
    key=("source", "accession_number"),
    columns={
        **_CHAIN,
        "position": required("BIGINT", "Position in the chain, from 1; an amendment comes after what it amends."),
        "accession_number": _FILING["accession_number"],
        "company": _FILING["company"],
        "cik": _FILING["cik"],
        "filed_on": _FILING["filed_on"],
        "effective_on": required("DATE", "Day of filing, but never earlier than that of the filing that it amends."),
        "link": required(
            "VARCHAR",
            "How it was linked to the chain: notice (a new offering), amends (a known filing), same_first_sale (what it "
            "amends is unknown, and the issuer has one offering with this first sale), or alone (what it amends is "
            "unknown).",
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
        "is_latest": required("BOOLEAN", "true for the last of the chain, whose amounts are those of the offering."),
        "evidence_url": _FILING["evidence_url"],
    },
    is_view=True,
)

FORM_D_OFFERING = Table(
    name="core.form_d_offering",
    description="Offerings by Form D: the latest filing of each chain of amendments, which has the totals so far.",
    grain="each offering",
    key=("source", "chain"),
    columns={
        **_CHAIN,
        "company": _FILING["company"],
        "cik": _FILING["cik"],
        "filings": required("BIGINT", "Filings in the chain."),
        "first_filed_on": required("DATE", "Day of the first known filing."),
        "last_filed_on": required("DATE", "Day of the last filing."),
        "latest_accession_number": required("VARCHAR", "The latest filing of the offering."),
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
    "source_id": required("VARCHAR", "The source's own identifier of the round, the same in every reading."),
    "kind": _KIND,
    "company": required(
        "VARCHAR", "The company, under one name for all sources: warehouse/seeds/lists/company_name.csv."
    ),
    "status": required("VARCHAR", "Closed, or the state of the round in the source's own words; Filed for a Form D."),
    "amount_usd": _AMOUNT,
    "announced_on": Column(
        "DATE",
        "Day of closing or announcement, or the first day of the month or year; for a Form D the day of the first known "
        "filing. NULL if unknown.",
    ),
    "date_precision": Column("VARCHAR", "How exact announced_on is: day, month or year."),
    "excluded": _EXCLUDED_ROUND,
    "note": Column("VARCHAR", "What the source states about it; for a Form D the doubt of core.form_d_offering."),
    "evidence_url": Column("VARCHAR", "Where the amount can be checked; NULL where the source is not public."),
}

BASE_FUNDING_ROUND = Table(
    name="base.funding_round",
    description="Funding rounds of collections of rounds, every version that was read. Query core.funding_round instead.",
    grain="each round, kind of money and time at which it became known",
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
        "Funding rounds as reported by each source: offerings by Form D, collections of rounds, and published figures. "
        "The same round can have several rows: core.funding_match says which rows are one round."
    ),
    grain="each round, kind of money and source",
    key=("source", "source_id", "kind"),
    columns={
        "round_id": required("VARCHAR", "Source, source_id and kind as one key."),
        "round": Column("VARCHAR", "The round, as the source names it; Various: more than one. A Form D names none."),
        "focus": Column("VARCHAR", "What the company makes, as the source states."),
        "basis": required("VARCHAR", "measured (the company's own filing) or published."),
        "qualifier": required("VARCHAR", "exact, approximate (as the source states), at_least, or range."),
        **_ROUND,
        "preference": required(
            "INTEGER",
            "Which amount counts where several sources report one round: 1 filings, 2 collections of rounds and "
            "publications with an evidence_url, 3 other publications.",
        ),
        "made_up": required(
            "BOOLEAN", "true: it comes from the sandbox, and is never matched with or added to real ones."
        ),
    },
    is_view=True,
)

FUNDING_MATCH = Table(
    name="core.funding_match",
    description=(
        "Which of the rounds that count are the same round, reported by several sources, and how far the reports differ. "
        "Rounds match if they have the same company and kind of money, are at most a quarter of the amount and 60 days "
        "apart (at any distance in time if both name the same round, such as Series D, or the same evidence_url), and are "
        "each other's nearest. Nothing is merged: sum amounts where counts_once."
    ),
    grain="each round that counts",
    key=("round_id",),
    columns={
        "round_id": required("VARCHAR", "The round.", references="core.funding_round.round_id"),
        "match_group": required("VARCHAR", "round_id of the preferred report; the same for all reports of one round."),
        "tellings": required("BIGINT", "Number of sources that report the round."),
        "counts_once": required(
            "BOOLEAN",
            "true for one report of each match_group, the preferred one that states an amount. Sum amount_usd of "
            "core.funding_round over these rows, and each round counts once; group by made_up, or leave it out.",
        ),
        "amount_difference_usd": Column(
            "DOUBLE",
            "Amount minus that of the preferred report, in US dollars; NULL for the preferred report, or if either is "
            "undisclosed.",
        ),
        "amount_difference_pct": Column("DOUBLE", "The same, in percent of the amount of the preferred report."),
        "date_difference_days": Column(
            "BIGINT", "Days between the two dates; 0 within the reported month or year. NULL for the preferred report."
        ),
    },
)

TABLES = (
    BASE_FORM_D_FILING, FORM_D_FILING, FORM_D_CHAIN, FORM_D_OFFERING,
    BASE_FUNDING_ROUND, FUNDING_ROUND, FUNDING_MATCH,
)  # fmt: skip
