"""Form D filings of the SEC: what an issuer has raised without a public offering, as it told the authority itself.

An issuer is known by its CIK, pinned by hand: a name is no evidence, funds that buy into a company bear its name too.
The filings name natural persons. These are taken out before anything is landed: what is not needed is not kept.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from assets.funding.form_d import ACCESSION, SOURCE, Filing, Listed, day, read_filing, without_persons
from assets.http.client import JSON, XML, Request, Service
from assets.http.errors import NotConfiguredError, unexpected_field
from assets.landing.responses import ResponseStore

SPACING_S = 0.11  # at most ten requests a second, over both hosts
FORMS = ("D", "D/A")
_OLDER = re.compile(r"CIK[0-9]{10}-submissions-[0-9]{3}\.json")


@dataclass(frozen=True)
class Sec:
    """The SEC's two hosts, at one pace: `data` lists the submissions of an issuer, `www` has the documents.

    `ciks` are the issuers that are asked about.
    """

    data: Service
    www: Service
    ciks: tuple[int, ...]


@dataclass(frozen=True)
class Listing:
    """The Form D filings of one page of an issuer's submissions, and the names of the pages with older ones."""

    filings: list[Listed]
    older: list[str]


class _Older(msgspec.Struct):
    name: str


_COLUMNS = ("accessionNumber", "form", "filingDate", "primaryDocument")


class _Filings(msgspec.Struct):
    recent: dict[str, Any]
    files: list[_Older]


class _Submissions(msgspec.Struct):
    cik: str | int
    filings: _Filings


def sec(data_url: str, www_url: str, contact: str | None, ciks: Iterable[int]) -> Sec:
    """Give the SEC, ready to be asked about issuers in the name of `contact`.

    Raises:
        NotConfiguredError: there is no contact, or none that can be sent, for the SEC refuses whoever does not say who
            asks; or no issuer is pinned.
    """
    if not contact or not contact.isascii() or not contact.isprintable():
        wrong = "it has signs that cannot be sent" if contact else "there is none"
        raise NotConfiguredError(
            SOURCE,
            f"the SEC demands a contact, and {wrong}.",
            kept="what it said before.",
            remedy="set TIDEGAUGE_CONTACT to a name and an e-mail address.",
        )
    pinned = tuple(ciks)
    if not pinned:
        raise NotConfiguredError(
            SOURCE,
            "no issuer is pinned: which of the watched companies file, and under which CIK, has not been verified.",
            kept="what it said before.",
            remedy="name issuers with their CIK in the file of TIDEGAUGE_SEC_ISSUERS.",
        )
    headers = {"User-Agent": contact}
    data = Service(SOURCE, data_url, headers, spacing_s=SPACING_S, attempts=4, private=[contact])
    return Sec(data, Service(SOURCE, www_url, headers, attempts=4, pace=data.pace, private=[contact]), pinned)


def fetch_filings(responses: ResponseStore, sec: Sec, today: date) -> tuple[list[Filing], int]:
    """Ask for every Form D filing of the issuers; give each once, and the number of those without an XML (on paper).

    A filing of several issuers is listed with each of them. One filing that does not fit refuses them all.

    Raises:
        UnexpectedResponseError, UnreachableError: an answer does not come, or does not fit.
    """
    found: dict[str, Filing] = {}
    on_paper: set[str] = set()
    for cik in sec.ciks:
        for listed in _listed(responses, sec, cik, today):
            if listed.document is None:
                on_paper.add(listed.accession)
            elif listed.accession not in found:
                path = f"Archives/edgar/data/{cik}/{listed.accession.replace('-', '')}/{listed.document}"
                request = Request(path, kind=XML, largest_bytes=4 * 2**20)
                response = responses.fetch(sec.www, request, without_persons)
                found[listed.accession] = read_filing(response.body, listed, today)
    return list(found.values()), len(on_paper)


def probe(sec: Sec, today: date) -> str:
    """Ask once for the submissions of an issuer and say what works. Raises what is wrong."""
    cik = sec.ciks[0]
    response = sec.data.single_attempt().send(_question(f"CIK{cik:010d}.json"))
    return f"{len(read_listing(response.body, cik, today).filings)} Form D filings of CIK {cik}"


def read_listing(body: bytes, cik: int, today: date) -> Listing:
    """Read the newest submissions of an issuer, of which Form D and D/A are kept. Raises UnexpectedResponseError."""
    where = f"submissions of CIK {cik}"
    submissions = _decoded(body, _Submissions, where)
    if not str(submissions.cik).isdecimal() or int(submissions.cik) != cik:
        raise unexpected_field(SOURCE, where, "cik", str(cik), submissions.cik)
    older = [page.name for page in submissions.filings.files]
    for name in older:
        if not _OLDER.fullmatch(name):
            raise unexpected_field(SOURCE, where, "filings.files.name", "the name of a page of submissions", name)
    return Listing(_filings(submissions.filings.recent, where, today), older)


def read_older(body: bytes, name: str, today: date) -> list[Listed]:
    """Read a page of older submissions. Raises UnexpectedResponseError."""
    return _filings(_decoded(body, dict[str, Any], name), name, today)


def _listed(responses: ResponseStore, sec: Sec, cik: int, today: date) -> list[Listed]:
    listing = read_listing(responses.fetch(sec.data, _question(f"CIK{cik:010d}.json")).body, cik, today)
    found = list(listing.filings)
    for name in listing.older:
        found += read_older(responses.fetch(sec.data, _question(name)).body, name, today)
    return found


def _question(name: str) -> Request:
    return Request(f"submissions/{name}", kind=JSON)


def _decoded(body: bytes, form: Any, where: str) -> Any:  # noqa: ANN401 - whatever form was asked for
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise unexpected_field(SOURCE, where, "(the answer)", "submissions as JSON", str(error)) from error


def _filings(columns: dict[str, Any], where: str, today: date) -> list[Listed]:
    """Read submissions, which come as one list for each column; beside them may stand what is no column."""
    for name in _COLUMNS:
        if name not in columns:
            raise unexpected_field(SOURCE, where, name, "this column", sorted(columns))
        if not isinstance(columns[name], list):
            raise unexpected_field(SOURCE, where, name, "a list", columns[name])
        if not all(isinstance(cell, str) for cell in columns[name]):
            raise unexpected_field(
                SOURCE, where, name, "text", next(c for c in columns[name] if not isinstance(c, str))
            )
    lengths = {name: len(cells) for name, cells in columns.items() if isinstance(cells, list)}
    if len(set(lengths.values())) != 1:
        raise unexpected_field(SOURCE, where, "(the columns)", "columns of one length", lengths)
    found: list[Listed] = []
    for accession, form, filed_on, document in zip(*(columns[name] for name in _COLUMNS), strict=True):
        if form not in FORMS:
            continue
        if not ACCESSION.fullmatch(accession):
            raise unexpected_field(SOURCE, where, "accessionNumber", "an accession number", accession)
        # What is named is the document as a web page: its folder is left out, and the XML itself remains.
        name = re.sub(r"^xsl[A-Za-z0-9]+/", "", document)
        if name and not re.fullmatch(r"[A-Za-z0-9._-]+", name):
            raise unexpected_field(SOURCE, where, "primaryDocument", "the name of a document", document)
        on = day(filed_on, where, "filingDate", today)
        found.append(Listed(accession, form, on, name if name.endswith(".xml") else None))
    return found
