"""Form D filings of the SEC: what an issuer has raised without a public offering, by its own statement.

An issuer is identified by its CIK, which is curated: funds that invest in a company carry its name too. The filings name
natural persons, who are removed before a response is stored.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from assets.funding.form_d import ACCESSION, NAME, Filing, Listed, day, exclusion, read_filing, without_persons
from assets.http.client import JSON, XML, Request, Service
from assets.http.errors import NotConfiguredError, UnexpectedResponseError, unexpected_field
from assets.landing.responses import ResponseStore
from assets.list_source import ItemErrors, too_many
from assets.settings import ServiceAddress, Settings
from assets.source import Source, SourceContext, SourceResult, today
from warehouse.facts.set_aside_items import SetAside
from warehouse.seeds.lists import form_d_excluded, sec_issuers
from warehouse.tables.funding import BASE_FORM_D_FILING

DATA = ServiceAddress("TIDEGAUGE_SEC_DATA_URL", "https://data.sec.gov")
WWW = ServiceAddress("TIDEGAUGE_SEC_WWW_URL", "https://www.sec.gov")
# Quarterly archives, in which `tidegauge review issuers` finds the CIK of a name.
DATA_SETS = ServiceAddress(
    "TIDEGAUGE_SEC_DATA_SETS_URL", "https://www.sec.gov/files/structureddata/data/form-d-data-sets"
)

SPACING_S = 0.11  # at most ten requests a second, over both hosts
FORMS = ("D", "D/A")
_OLDER = re.compile(r"CIK[0-9]{10}-submissions-[0-9]{3}\.json")


@dataclass(frozen=True)
class Sec:
    """The SEC's two hosts, at one pace: `data` lists the submissions of an issuer, `www` has the documents.

    `ciks` are the pinned issuers.
    """

    data: Service
    www: Service
    ciks: tuple[int, ...]


@dataclass(frozen=True)
class Listing:
    """The Form D filings of one page of an issuer's submissions, the names of the pages with older ones, and odd filings."""

    filings: list[Listed]
    older: list[str]
    odd: list[SetAside]


@dataclass(frozen=True)
class Fetched:
    """The filings of all issuers, each once; the number of those without XML (on paper); issuers and filings set aside."""

    filings: list[Filing]
    on_paper: int
    set_aside: list[SetAside]


class _Older(msgspec.Struct):
    name: str


_COLUMNS = ("accessionNumber", "form", "filingDate", "primaryDocument")


class _Filings(msgspec.Struct):
    recent: dict[str, Any]
    files: list[_Older]


class _Submissions(msgspec.Struct):
    cik: str | int
    filings: _Filings


def contact_headers(contact: str | None) -> dict[str, str]:
    """Return the headers of every request to the SEC.

    Raises:
        NotConfiguredError: there is no contact, without which the SEC rejects a request, or it cannot be sent.
    """
    if not contact or not contact.isascii() or not contact.isprintable():
        wrong = "it has characters that cannot be sent" if contact else "there is none"
        raise NotConfiguredError(
            NAME,
            f"the SEC requires a contact, and {wrong}.",
            kept="its earlier figures.",
            remedy="set TIDEGAUGE_CONTACT to a name and an e-mail address.",
        )
    return {"User-Agent": contact}


def sec(data_url: str, www_url: str, contact: str | None, ciks: Iterable[int]) -> Sec:
    """Return the SEC's hosts; every request carries `contact`.

    Raises:
        NotConfiguredError: there is no contact, without which the SEC rejects a request, or it cannot be sent; or no issuer
            is pinned.
    """
    headers = contact_headers(contact)
    pinned = tuple(ciks)
    if not pinned:
        raise NotConfiguredError(
            NAME,
            "no issuer is pinned: which of the watched companies file, and under which CIK, has not been verified.",
            kept="its earlier figures.",
            remedy="name issuers with their CIK in the file of TIDEGAUGE_SEC_ISSUERS.",
        )
    private = list(headers.values())
    data = Service(NAME, data_url, headers, spacing_s=SPACING_S, attempts=4, private=private)
    return Sec(data, Service(NAME, www_url, headers, attempts=4, pace=data.pace, private=private), pinned)


def fetch_filings(responses: ResponseStore, sec: Sec, today: date, excluded: Collection[str] = frozenset()) -> Fetched:
    """Fetch every Form D filing of the issuers, except those whose accession numbers are in `excluded`.

    A filing of several issuers is listed with each of them. An issuer whose list cannot be used is set aside, and so is a
    filing that does not fit; their earlier rows stay.

    Raises:
        UnexpectedResponseError, UnreachableError: the service is down or refuses the contact, or too many do not fit.
    """
    found: dict[str, Filing] = {}
    seen = set(excluded)
    on_paper: set[str] = set()
    unlisted: list[SetAside] = []
    issuers, filings = ItemErrors(responses), ItemErrors(responses)
    for cik in sec.ciks:
        listing: list[Listed] = []
        with issuers.item(f"CIK {cik}", {"cik": cik}):
            listing, odd = _listed(responses, sec, cik, today)
            unlisted += [one for one in odd if one.item not in excluded]
        for listed in listing:
            if listed.document is None and listed.accession not in seen:
                on_paper.add(listed.accession)
            elif listed.accession not in seen:
                seen.add(listed.accession)
                path = f"Archives/edgar/data/{cik}/{listed.accession.replace('-', '')}/{listed.document}"
                request = Request(path, kind=XML, largest_bytes=4 * 2**20)
                with filings.item(listed.accession, {"accession_number": listed.accession}):
                    response = responses.fetch(sec.www, request, without_persons)
                    found[listed.accession] = read_filing(response.body, listed, today)
    issuers.raise_if_too_many()
    filings.raise_if_too_many()
    return Fetched(list(found.values()), len(on_paper), [*issuers.set_aside, *unlisted, *filings.set_aside])


def read_listing(body: bytes, cik: int, today: date) -> Listing:
    """Return the Form D and D/A filings among the newest submissions of an issuer. Raises UnexpectedResponseError."""
    where = f"submissions of CIK {cik}"
    submissions = _decoded(body, _Submissions, where)
    if not str(submissions.cik).isdecimal() or int(submissions.cik) != cik:
        raise unexpected_field(NAME, where, "cik", str(cik), submissions.cik)
    older = [page.name for page in submissions.filings.files]
    for name in older:
        if not _OLDER.fullmatch(name):
            raise unexpected_field(NAME, where, "filings.files.name", "the name of a page of submissions", name)
    filings, odd = _filings(submissions.filings.recent, where, cik, today)
    return Listing(filings, older, odd)


def read_older(body: bytes, name: str, cik: int, today: date) -> tuple[list[Listed], list[SetAside]]:
    """Return the filings of a page of older submissions, and the odd ones. Raises UnexpectedResponseError."""
    return _filings(_decoded(body, dict[str, Any], name), name, cik, today)


def _listed(responses: ResponseStore, sec: Sec, cik: int, today: date) -> tuple[list[Listed], list[SetAside]]:
    listing = read_listing(responses.fetch(sec.data, _request(f"CIK{cik:010d}.json")).body, cik, today)
    found, odd = list(listing.filings), list(listing.odd)
    for name in listing.older:
        filings, odd_ones = read_older(responses.fetch(sec.data, _request(name)).body, name, cik, today)
        found += filings
        odd += odd_ones
    return found, odd


def _request(name: str) -> Request:
    return Request(f"submissions/{name}", kind=JSON)


def _decoded(body: bytes, form: Any, where: str) -> Any:  # noqa: ANN401 - an object of `form`
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise unexpected_field(NAME, where, "(the response)", "submissions as JSON", str(error)) from error


def _filings(columns: dict[str, Any], where: str, cik: int, today: date) -> tuple[list[Listed], list[SetAside]]:
    """Return the filings of a table of submissions, and the odd ones.

    The table has one list for each column, and may have other entries. An odd filing keeps its earlier row, or, if its
    number is odd, all rows of the issuer.

    Raises:
        UnexpectedResponseError: a column is missing or of another length, or too many filings are odd.
    """
    for name in _COLUMNS:
        if name not in columns:
            raise unexpected_field(NAME, where, name, "this column", sorted(columns))
        if not isinstance(columns[name], list):
            raise unexpected_field(NAME, where, name, "a list", columns[name])
    lengths = {name: len(cells) for name, cells in columns.items() if isinstance(cells, list)}
    if len(set(lengths.values())) != 1:
        raise unexpected_field(NAME, where, "(the columns)", "columns of one length", lengths)
    found: list[Listed] = []
    odd: list[SetAside] = []
    first: UnexpectedResponseError | None = None
    for number, cells in enumerate(zip(*(columns[name] for name in _COLUMNS), strict=True), 1):
        try:
            if (filing := _filing(cells, where, today)) is not None:
                found.append(filing)
        except UnexpectedResponseError as error:
            accession = cells[0] if isinstance(cells[0], str) and ACCESSION.fullmatch(cells[0]) else None
            keeps: dict[str, str | int] = {"accession_number": accession} if accession else {"cik": cik}
            odd.append(SetAside(accession or f"entry {number} of {where}", error.reason, keeps))
            first = first or error
    if first is not None and too_many(len(odd), len(odd) + len(found)):
        raise first
    return found, odd


def _filing(cells: Sequence[object], where: str, today: date) -> Listed | None:
    """Return a filing from its cells in the order of _COLUMNS; None if it is no Form D."""
    for name, cell in zip(_COLUMNS, cells, strict=True):
        if not isinstance(cell, str):
            raise unexpected_field(NAME, where, name, "text", cell)
    accession, form, filed_on, document = map(str, cells)
    if form not in FORMS:
        return None
    if not ACCESSION.fullmatch(accession):
        raise unexpected_field(NAME, where, "accessionNumber", "an accession number", accession)
    # The listed document is the web page; without its folder it is the XML.
    name = re.sub(r"^xsl[A-Za-z0-9]+/", "", document)
    if name and not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        raise unexpected_field(NAME, where, "primaryDocument", "the name of a document", document)
    on = day(filed_on, where, "filingDate", today)
    return Listed(accession, form, on, name if name.endswith(".xml") else None)


def collect(context: SourceContext) -> SourceResult:
    """Collect the Form D filings of every pinned issuer. Raises SourceError like `sec` and `fetch_filings`."""
    settings, pinned = context.settings, sec_issuers(context.settings.sec_issuers)
    excluded = form_d_excluded()
    fetched = fetch_filings(context.responses, _sec_of(settings, pinned), context.now.date(), excluded)
    if not fetched.filings:
        raise UnexpectedResponseError(
            NAME,
            f"none of the {len(pinned)} pinned issuers has a Form D filing.",
            kept="the responses as received, and everything that was there before.",
            remedy="check the CIKs in the file of TIDEGAUGE_SEC_ISSUERS.",
        )
    rows = [_filing_row(filing, pinned, settings.address(WWW)) for filing in fetched.filings]
    return SourceResult(
        rows={BASE_FORM_D_FILING: rows},
        figures={
            "issuers": len(pinned),
            "excluded": sum(row["exclusion"] is not None for row in rows),
            "excluded_by_hand": len(excluded),
            "on_paper_only": fetched.on_paper,
        },
        set_aside=fetched.set_aside,
    )


def probe(settings: Settings) -> str:
    """Request the submissions of one issuer; return how many filings they list. Raises SourceError like `read_listing`."""
    service = _sec_of(settings, sec_issuers(settings.sec_issuers))
    cik = service.ciks[0]
    response = service.data.single_attempt().send(_request(f"CIK{cik:010d}.json"))
    return f"{len(read_listing(response.body, cik, today()).filings)} Form D filings of CIK {cik}"


def _sec_of(settings: Settings, ciks: Iterable[int]) -> Sec:
    return sec(settings.address(DATA), settings.address(WWW), settings.contact, ciks)


def _filing_row(filing: Filing, pinned: Mapping[int, str], www_url: str) -> dict[str, Any]:
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
        "exclusion": exclusion(filing, pinned.keys()),
        "evidence_url": f"{www_url}/Archives/edgar/data/{issuer.cik}/{number.replace('-', '')}/primary_doc.xml",
    }


SOURCE = Source(
    name=NAME,
    title="SEC EDGAR: Form D filings",
    home_page="https://www.sec.gov/edgar",
    licence="Public domain, as a work of the United States government; the SEC's fair access rules hold for reading",
    citation="U.S. Securities and Exchange Commission, EDGAR, Form D, by accession number",
    caveat=(
        "Notices of the companies themselves. Not every raise is filed, and absence is no zero. An amendment states "
        "its offering again; the sums here are the latest of each chain. No round and no valuation is in it. Which "
        "of the watched companies file has to be pinned by CIK."
    ),
    addresses=(DATA, WWW, DATA_SETS),
    probe=probe,
    group="funding",
    kinds=frozenset({"python", "xml"}),
    description="Form D filings of the pinned issuers, from the SEC.",
    collect=collect,
)
