"""Stand-in of the SEC: submissions of an issuer as columns, filings as XML, status 403 without a contact."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from pipelines.sandbox.hub.world import World
from pipelines.sandbox.wire import Request, Response, Service

# The issuers that file here, in the format of TIDEGAUGE_SEC_ISSUERS.
SEC_ISSUERS: Final = Path(__file__).with_name("sec_issuer.csv")
QUILLMARK, TESSELLATE, TESSELLATE_LOANS, OSTRACA = 9_900_001, 9_900_002, 9_900_003, 9_900_004
NAMES: Final = {
    QUILLMARK: "Quillmark AI, Inc.",
    TESSELLATE: "Tessellate Labs, Inc.",
    TESSELLATE_LOANS: "Tessellate Labs Finance LLC",
    OSTRACA: "Ostraca Systems Inc.",
    9_900_901: "Fund - Tessellate a Series of Harbourline Ventures LLC",
    9_900_902: "Tessellate Co-Invest, L.P.",
}
_FUND: Final = "Pooled Investment Fund"
_TRADE: Final = "Other Technology"


@dataclass(frozen=True)
class MadeUp:
    """A filing: `listed` are the issuers whose submissions name it, `issuers` those in its XML; weeks count from the start."""

    number: int
    week: int
    issuers: tuple[int, ...]
    sold: int
    offered: int | None
    first_sale: int | None
    amends: str = ""
    form: str = "D"
    listed: tuple[int, ...] = ()
    industry: str = _TRADE
    security: str = "isEquityType"
    combination: bool = False
    live: str = "LIVE"
    is_cut: bool = False

    @property
    def accession(self) -> str:
        """The accession number, with dashes."""
        return f"{self.issuers[0]:010d}-26-{self.number:06d}"


def _amendment(
    of: MadeUp, number: int, week: int, sold: int, *, amends: str | None = None, first_sale: int | None = None
) -> MadeUp:
    return replace(
        of,
        number=number,
        week=week,
        sold=sold,
        form="D/A",
        amends=amends or of.accession,
        first_sale=of.first_sale if first_sale is None else first_sale,
    )


def _filings() -> tuple[MadeUp, ...]:
    first = MadeUp(1, -60, (QUILLMARK,), 30_000_000, 50_000_000, -61)
    second = MadeUp(4, 5, (QUILLMARK,), 0, None, None)
    later = _amendment(first, 2, -50, 48_000_000)
    equity = MadeUp(1, -30, (TESSELLATE,), 110_000_000, 150_000_000, -31)
    loan = MadeUp(2, -29, (TESSELLATE, TESSELLATE_LOANS), 60_000_000, 60_000_000, -30, security="isDebtType")
    old = MadeUp(1, -210, (OSTRACA,), 4_000_000, 6_000_000, -211)
    return (
        first, later, _amendment(later, 3, 3, 50_000_000),
        second, _amendment(second, 5, 9, 12_000_000, first_sale=4),
        equity, _amendment(equity, 3, 6, 118_000_000), loan,
        # Funds with the name of the company, which gets nothing of their money.
        MadeUp(7, -28, (9_900_901,), 2_500_000, 3_000_000, -29, listed=(TESSELLATE,), industry=_FUND),
        MadeUp(8, -27, (9_900_902, TESSELLATE), 9_000_000, None, -28, listed=(TESSELLATE,), industry=_FUND),
        MadeUp(9, -2, (TESSELLATE,), 40_000_000, 40_000_000, -3, combination=True),
        MadeUp(10, -2, (TESSELLATE,), 1, 1, -3, live="TEST"),
        old,
        # Amends a filing that is not here: it belongs to the offering with the same first sale.
        _amendment(old, 2, -160, 6_000_000, amends=f"{OSTRACA:010d}-08-000001"),
        # Amends a filing that is not here, and belongs to no other offering.
        MadeUp(3, 1, (OSTRACA,), 7_000_000, None, -40, form="D/A"),
        # Filed with a damaged tag, and served so for ever.
        MadeUp(4, 2, (OSTRACA,), 1_000_000, 1_000_000, 1, is_cut=True),
    )  # fmt: skip


FILINGS: Final = _filings()
# A week and the issuer whose list of filings EDGAR does not find in it.
_NOT_FOUND: Final = (9, QUILLMARK)


class SecData:
    """Serves the submissions of an issuer; older ones are on a second page."""

    prefix = "/sec-data"
    settings = ("TIDEGAUGE_SEC_DATA_URL",)

    def __init__(self, world: World) -> None:
        self._world = world

    def respond(self, request: Request) -> Response:
        """Return the submissions of a CIK, or status 404."""
        if refusal := _refusal(request):
            return refusal
        today = self._world.now(request.week).date()
        for cik in (QUILLMARK, TESSELLATE, TESSELLATE_LOANS, OSTRACA):
            if (request.week, cik) == _NOT_FOUND:
                continue
            known = [f for f in FILINGS if cik in (f.listed or f.issuers) and self._filed_on(f) <= today]
            older = [f for f in known if self._filed_on(f) < today - timedelta(weeks=104)]
            page = f"CIK{cik:010d}-submissions-001.json"
            if request.path == f"/submissions/{page}" and older:
                return _json(self._columns(cik, older), request)
            if request.path == f"/submissions/CIK{cik:010d}.json":
                recent = self._columns(cik, [f for f in known if f not in older])
                pages = [{"name": page, "filingCount": len(older)}] if older else []
                value = {"cik": f"{cik:010d}", "name": NAMES[cik], "filings": {"recent": recent, "files": pages}}
                return _json({**value, "entityType": "other", "formerNames": []}, request)
        return _xml(404, b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", request)

    def _filed_on(self, filing: MadeUp) -> date:
        return self._world.now(filing.week).date()

    def _columns(self, cik: int, filings: Iterable[MadeUp]) -> dict[str, list[object]]:
        newest = sorted(filings, key=lambda filing: -filing.week)
        other = [(f"{cik:010d}-26-000900", "CORRESP", "2026-01-05", "filename1.htm")]
        rows = [(f.accession, f.form, f"{self._filed_on(f)}", "xslFormDX01/primary_doc.xml") for f in newest] + other
        names = ("accessionNumber", "form", "filingDate", "primaryDocument")
        columns: dict[str, list[object]] = {
            name: list(cells) for name, cells in zip(names, zip(*rows, strict=True), strict=True)
        }
        return {**columns, "size": [4096] * len(rows), "isXBRL": [0] * len(rows)}


class SecWww:
    """Serves the documents of the filings."""

    prefix = "/sec-www"
    settings = ("TIDEGAUGE_SEC_WWW_URL",)

    def __init__(self, world: World) -> None:
        self._world = world

    def respond(self, request: Request) -> Response:
        """Return the XML of a filing, in the folder of any issuer that lists it."""
        if refusal := _refusal(request):
            return refusal
        now = self._world.now(request.week)
        for filing in FILINGS:
            folder = filing.accession.replace("-", "")
            paths = {
                f"/Archives/edgar/data/{cik}/{folder}/primary_doc.xml" for cik in (*filing.listed, *filing.issuers)
            }
            if request.path in paths and self._world.now(filing.week) <= now:
                document = self._document(filing)
                if filing.is_cut:
                    document = document.replace(b"</industryGroupType>", b"</industryGroupType", 1)
                return _xml(200, document, request)
        return Response(404, b"<html><body>404 Not Found</body></html>", {"Content-Type": "text/html"})

    def _document(self, filing: MadeUp) -> bytes:
        primary, *others = (
            f"<cik>{cik:010d}</cik><entityName>{NAMES[cik]}</entityName>"
            "<issuerAddress><street1>1 Made Up Street</street1><city>Nowhere</city></issuerAddress>"
            for cik in filing.issuers
        )
        more = "".join(f"<issuer>{other}</issuer>" for other in others)
        person = "<relatedPersonName><firstName>Jane</firstName><lastName>Made-Up</lastName></relatedPersonName>"
        amends = f"<previousAccessionNumber>{filing.amends}</previousAccessionNumber>" if filing.amends else ""
        sale = "<yetToOccur>true</yetToOccur>"
        if filing.first_sale is not None:
            sale = f"<value>{self._world.now(filing.first_sale):%Y-%m-%d}</value>"
        offered = "Indefinite" if filing.offered is None else filing.offered
        remaining = "Indefinite" if filing.offered is None else filing.offered - filing.sold
        combination = "true" if filing.combination else "false"
        # A real filing begins with an empty line.
        return f"""
<?xml version="1.0"?>
<edgarSubmission>
  <schemaVersion>X0708</schemaVersion>
  <submissionType>{filing.form}</submissionType>
  <testOrLive>{filing.live}</testOrLive>
  <primaryIssuer>{primary}</primaryIssuer>
  {f"<issuerList>{more}</issuerList>" if more else ""}
  <relatedPersonsList><relatedPersonInfo>{person}</relatedPersonInfo></relatedPersonsList>
  <offeringData>
    <industryGroup><industryGroupType>{filing.industry}</industryGroupType></industryGroup>
    <issuerSize><revenueRange>Decline to Disclose</revenueRange></issuerSize>
    <federalExemptionsExclusions><item>06b</item></federalExemptionsExclusions>
    <typeOfFiling>
      <newOrAmendment><isAmendment>{"true" if filing.form == "D/A" else "false"}</isAmendment>{amends}</newOrAmendment>
      <dateOfFirstSale>{sale}</dateOfFirstSale>
    </typeOfFiling>
    <durationOfOffering><moreThanOneYear>false</moreThanOneYear></durationOfOffering>
    <typesOfSecuritiesOffered><{filing.security}>true</{filing.security}></typesOfSecuritiesOffered>
    <businessCombinationTransaction>
      <isBusinessCombinationTransaction>{combination}</isBusinessCombinationTransaction>
    </businessCombinationTransaction>
    <minimumInvestmentAccepted>0</minimumInvestmentAccepted>
    <salesCompensationList><recipient><recipientName>John Made-Up</recipientName></recipient></salesCompensationList>
    <offeringSalesAmounts>
      <totalOfferingAmount>{offered}</totalOfferingAmount>
      <totalAmountSold>{filing.sold}</totalAmountSold>
      <totalRemaining>{remaining}</totalRemaining>
    </offeringSalesAmounts>
    <signatureBlock><signature><nameOfSigner>Jane Made-Up</nameOfSigner></signature></signatureBlock>
  </offeringData>
</edgarSubmission>
""".encode()


class SecDataSets:
    """Serves the quarterly archives of the filings; the present quarter has none yet."""

    prefix = "/sec-data-sets"
    settings = ("TIDEGAUGE_SEC_DATA_SETS_URL",)

    def __init__(self, world: World) -> None:
        self._world = world

    def respond(self, request: Request) -> Response:
        """Return the archive of a quarter, or status 404."""
        if refusal := _refusal(request):
            return refusal
        for filings in self._quarters(self._world.now(request.week).date()):
            label = _quarter(self._world.now(filings[0].week).date())
            if request.path == f"/{label}_d.zip":
                return _held(self._archive(label, filings), "application/zip", request)
        return Response(404, b"<html><body>404 Not Found</body></html>", {"Content-Type": "text/html"})

    def _quarters(self, today: date) -> list[list[MadeUp]]:
        found: dict[str, list[MadeUp]] = {}
        for filing in FILINGS:
            if (label := _quarter(self._world.now(filing.week).date())) < _quarter(today):
                found.setdefault(label, []).append(filing)
        return list(found.values())

    def _archive(self, label: str, filings: Iterable[MadeUp]) -> bytes:
        columns = (
            "ACCESSIONNUMBER",
            "IS_PRIMARYISSUER_FLAG",
            "ISSUER_SEQ_KEY",
            "CIK",
            "ENTITYNAME",
            "JURISDICTIONOFINC",
        )
        lines = [columns]
        for filing in filings:
            for number, cik in enumerate(filing.issuers, 1):
                primary = "YES" if number == 1 else "NO"
                lines.append((filing.accession, primary, str(number), f"{cik:010d}", NAMES[cik], "DELAWARE"))
        persons = "ACCESSIONNUMBER\tFIRSTNAME\tLASTNAME\n0000000000-26-000001\tJane\tMade-Up\n"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in (
                ("ISSUERS.tsv", "".join("\t".join(line) + "\n" for line in lines)),
                ("RELATEDPERSONS.tsv", persons),
            ):
                archive.writestr(zipfile.ZipInfo(f"{label.upper()}_d/{name}"), text)
        return packed.getvalue()


def _quarter(day: date) -> str:
    return f"{day.year}q{(day.month - 1) // 3 + 1}"


def _refusal(request: Request) -> Response | None:
    """Return status 403, as the SEC does, for a User-Agent without an e-mail address."""
    if "@" in request.headers.get("user-agent", ""):
        return None
    page = b"<html><body><h1>Your Request Originates from an Undeclared Automated Tool</h1></body></html>"
    return Response(403, page, {"Content-Type": "text/html"})


def _json(value: object, request: Request) -> Response:
    return _held(json.dumps(value).encode(), "application/json", request)


def _xml(status: int, body: bytes, request: Request) -> Response:
    return (
        _held(body, "text/xml", request)
        if status == 200
        else Response(status, body, {"Content-Type": "application/xml"})
    )


def _held(body: bytes, content_type: str, request: Request) -> Response:
    tag = f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'
    headers = {"Content-Type": content_type, "ETag": tag}
    return Response(304, b"", headers) if request.headers.get("if-none-match") == tag else Response(200, body, headers)


def stand_ins(world: World) -> list[Service]:
    """Return the stand-ins of this module."""
    return [SecData(world), SecWww(world), SecDataSets(world)]
