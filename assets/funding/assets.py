"""Funding: filings with the SEC and Epoch's collection of rounds, and the views that lay them side by side."""

from collections.abc import Mapping
from typing import Any

from assets.epoch.csv_files import epoch_service
from assets.funding import epoch_funding, form_d
from assets.funding.sec import fetch_filings, sec
from assets.http.errors import UnexpectedResponseError
from assets.settings import without_trailing_slash
from assets.source_asset import SourceContext, SourceResult, source_asset
from assets.table_asset import derived_assets
from warehouse.seeds.lists import company_names, sec_issuers
from warehouse.tables import funding


def collect_filings(context: SourceContext) -> SourceResult:
    """Ask the SEC for the Form D filings of every pinned issuer."""
    settings, today = context.settings, context.now.date()
    pinned = sec_issuers(settings.sec_issuers)
    service = sec(
        without_trailing_slash(settings.sec_data_url),
        without_trailing_slash(settings.sec_www_url),
        settings.contact,
        pinned,
    )
    filings, on_paper = fetch_filings(context.responses, service, today)
    if not filings:
        raise UnexpectedResponseError(
            form_d.SOURCE,
            f"none of the {len(pinned)} pinned issuers has a Form D filing.",
            kept="the answers as they came, and everything that was there before.",
            remedy="check the CIKs in the file of TIDEGAUGE_SEC_ISSUERS.",
        )
    rows = [_filing_row(filing, pinned, without_trailing_slash(settings.sec_www_url)) for filing in filings]
    return SourceResult(
        rows={funding.BASE_FORM_D_FILING: rows},
        figures={
            "issuers": len(pinned),
            "excluded": sum(row["exclusion"] is not None for row in rows),
            "on_paper_only": on_paper,
        },
    )


def collect_rounds(context: SourceContext) -> SourceResult:
    """Ask Epoch for its file of funding rounds."""
    url = without_trailing_slash(context.settings.epoch_url)
    response = context.responses.fetch(epoch_service(url), epoch_funding.QUESTION)
    names = company_names()
    rounds = epoch_funding.read_rounds(response.body, context.now.date())
    rows = [
        {
            "source_id": found.id,
            "kind": found.kind,
            "company": names.get(found.company, found.company),
            "company_as_named": found.company,
            "status": found.status,
            "type": found.type,
            "amount_usd": found.amount_usd,
            "valuation_usd": found.valuation_usd,
            "announced_on": found.dated_on,
            "date_precision": found.date_precision,
            "excluded": found.excluded,
            "note": found.note,
            "evidence_url": found.evidence_url or f"{url}/{epoch_funding.FILE}",
        }
        for found in rounds
    ]
    undisclosed = sum(found.amount_usd is None and found.excluded is None for found in rounds)
    excluded = sum(found.excluded is not None for found in rounds)
    return SourceResult(
        rows={funding.BASE_FUNDING_ROUND: rows}, figures={"excluded": excluded, "undisclosed": undisclosed}
    )


def _filing_row(filing: form_d.Filing, pinned: Mapping[int, str], www_url: str) -> dict[str, Any]:
    issuer = next((issuer for issuer in filing.issuers if issuer.cik in pinned), filing.issuers[0])
    number = filing.accession
    return {
        "accession_number": number,
        "company": pinned.get(issuer.cik, issuer.name),
        "cik": issuer.cik,
        "issuer_name": issuer.name,
        "issuers": len(filing.issuers),
        "filed_on": filing.filed_on,
        "is_amendment": filing.is_amendment,
        "amends": filing.amends,
        "first_sale_on": filing.first_sale_on,
        "offered_usd": filing.offered_usd,
        "sold_usd": filing.sold_usd,
        "remaining_usd": filing.remaining_usd,
        "industry": filing.industry,
        "is_equity": filing.is_equity,
        "is_debt": filing.is_debt,
        "exclusion": form_d.exclusion(filing, pinned.keys()),
        "evidence_url": f"{www_url}/Archives/edgar/data/{issuer.cik}/{number.replace('-', '')}/primary_doc.xml",
    }


SOURCES = (
    source_asset("funding", form_d.SOURCE, {"python", "xml"}, collect_filings, doc=collect_filings.__doc__ or ""),
    source_asset("funding", epoch_funding.SOURCE, {"python", "csv"}, collect_rounds, doc=collect_rounds.__doc__ or ""),
)
VIEWS = (derived_assets("funding_tables", [table for table in funding.TABLES if table.is_view], group="funding"),)
