"""One Form D filing: remove the natural persons from its XML, and read the offering."""

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import defusedxml.ElementTree

from assets.http.errors import UnexpectedResponseError, unexpected_field

NAME = "sec_form_d"
# Signatories, sellers and directors: natural persons, with their addresses.
PERSONS = ("relatedPersonsList", "signatureBlock", "salesCompensationList")
ACCESSION = re.compile(r"[0-9]{10}-[0-9]{2}-[0-9]{6}")
_FIRST_DAY = date(1993, 1, 1)  # of EDGAR
_MONEY = re.compile(r"[0-9]{1,13}(\.[0-9]{1,2})?")


@dataclass(frozen=True)
class Listed:
    """A filing in the list of an issuer's submissions; `document` is None if it has no XML."""

    accession: str
    form: str
    filed_on: date
    document: str | None


@dataclass(frozen=True)
class Issuer:
    """An issuer: CIK and legal name at that time."""

    cik: int
    name: str


@dataclass(frozen=True)
class Filing:
    """A Form D, or an amendment (D/A), which states the same offering again. Amounts are totals to date, US dollars.

    `issuers` begins with the primary one. `offered_usd` and `remaining_usd` are None if they are indefinite, which is
    not 0; `first_sale_on` is None if no sale has occurred yet. `is_live` is false for a test filing.
    """

    accession: str
    filed_on: date
    is_amendment: bool
    amends: str | None
    is_live: bool
    issuers: tuple[Issuer, ...]
    first_sale_on: date | None
    offered_usd: float | None
    sold_usd: float
    remaining_usd: float | None
    industry: str
    is_equity: bool
    is_debt: bool
    is_fund: bool
    is_combination: bool


def exclusion(filing: Filing, pinned: Collection[int]) -> str | None:
    """Return why a filing is no money raised by a pinned issuer, or None if it is."""
    if not filing.is_live:
        return "test"
    if not any(issuer.cik in pinned for issuer in filing.issuers):
        return "other_issuer"
    if filing.is_fund:
        return "pooled_fund"
    return "business_combination" if filing.is_combination else None


def without_persons(body: bytes) -> bytes:
    """Return the XML of a filing without the natural persons in it.

    Raises:
        UnexpectedResponseError: it cannot be parsed, so it must not be stored.
    """
    digest = hashlib.sha256(body).hexdigest()
    try:
        root = _parsed(body, f"the filing with sha256 {digest}")
        for parent in list(root.iter()):
            for child in [child for child in parent if child.tag.rpartition("}")[2] in PERSONS]:
                parent.remove(child)
        return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
    except (UnexpectedResponseError, RecursionError) as error:
        raise UnexpectedResponseError(
            NAME,
            f"a filing is not valid XML: {getattr(error, 'reason', error)}",
            kept="nothing of this response, because it may name persons; everything that was there before.",
            remedy="run the refresh again; if it fails again, the format of the filings has changed.",
        ) from error


def read_filing(body: bytes, listed: Listed, today: date) -> Filing:
    """Return a filing from its XML (schema X0708), with or without its persons. Raises UnexpectedResponseError."""
    where = f"filing {listed.accession}"
    root = _parsed(body, where)
    form = _text(root, "submissionType", where)
    is_amendment = _truth(root, "offeringData/typeOfFiling/newOrAmendment/isAmendment", where)
    if form != listed.form:
        raise unexpected_field(NAME, where, "submissionType", f"{listed.form}, as it is listed", form)
    if is_amendment != (form == "D/A"):
        raise unexpected_field(NAME, where, "isAmendment", f"the value of form {form}", is_amendment)
    amends = root.findtext("offeringData/typeOfFiling/newOrAmendment/previousAccessionNumber", "").strip() or None
    if amends is not None and not ACCESSION.fullmatch(amends):
        raise unexpected_field(NAME, where, "previousAccessionNumber", "an accession number", amends)
    issuers = tuple(_issuer(e, where) for e in [*root.findall("primaryIssuer"), *root.findall("issuerList/issuer")])
    if len(root.findall("primaryIssuer")) != 1:
        raise unexpected_field(NAME, where, "primaryIssuer", "one", len(root.findall("primaryIssuer")))
    industry = _text(root, "offeringData/industryGroup/industryGroupType", where)
    kinds = "offeringData/typesOfSecuritiesOffered/"
    amounts = "offeringData/offeringSalesAmounts/"
    sold = _money(root, f"{amounts}totalAmountSold", where)
    if sold is None:
        raise unexpected_field(NAME, where, "totalAmountSold", "US dollars", "Indefinite")
    combination = "offeringData/businessCombinationTransaction/isBusinessCombinationTransaction"
    return Filing(
        accession=listed.accession,
        filed_on=listed.filed_on,
        is_amendment=is_amendment,
        amends=amends if is_amendment else None,
        is_live=_text(root, "testOrLive", where) == "LIVE",
        issuers=issuers,
        first_sale_on=_first_sale(root, where, today),
        offered_usd=_money(root, f"{amounts}totalOfferingAmount", where),
        sold_usd=sold,
        remaining_usd=_money(root, f"{amounts}totalRemaining", where),
        industry=industry,
        is_equity=_flag(root, f"{kinds}isEquityType", where),
        is_debt=_flag(root, f"{kinds}isDebtType", where),
        is_fund=industry == "Pooled Investment Fund" or _flag(root, f"{kinds}isPooledInvestmentFundType", where),
        is_combination=_truth(root, combination, where),
    )


def day(text: str, where: str, name: str, today: date) -> date:
    """Return a day that is not in the future. Raises UnexpectedResponseError, which names the field."""
    try:
        found = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        found = None
    if found is None or not _FIRST_DAY <= found <= today + timedelta(days=1):
        raise unexpected_field(NAME, where, name, f"a day from {_FIRST_DAY} to today", text)
    return found


def _parsed(body: bytes, where: str) -> ET.Element:
    try:
        # Real filings begin with an empty line, which XML does not allow before the declaration.
        root: ET.Element = defusedxml.ElementTree.fromstring(body.lstrip(), forbid_dtd=True)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise unexpected_field(NAME, where, "(the response)", "XML", f"{type(error).__name__}: {error}") from error
    if root.tag != "edgarSubmission":
        raise unexpected_field(NAME, where, "(the root)", "edgarSubmission", root.tag)
    return root


def _text(parent: ET.Element, path: str, where: str) -> str:
    found = [(element.text or "").strip() for element in parent.findall(path)]
    if len(found) != 1 or not found[0]:
        raise unexpected_field(NAME, where, path.rpartition("/")[2], "one value", found)
    return found[0]


def _truth(parent: ET.Element, path: str, where: str) -> bool:
    text = _text(parent, path, where)
    if text not in ("true", "false"):
        raise unexpected_field(NAME, where, path.rpartition("/")[2], "true or false", text)
    return text == "true"


def _flag(parent: ET.Element, path: str, where: str) -> bool:
    return parent.find(path) is not None and _truth(parent, path, where)


def _money(parent: ET.Element, path: str, where: str) -> float | None:
    text = _text(parent, path, where)
    if text == "Indefinite":
        return None
    if not _MONEY.fullmatch(text):
        raise unexpected_field(NAME, where, path.rpartition("/")[2], "US dollars, or Indefinite", text)
    return float(text)


def _issuer(element: ET.Element, where: str) -> Issuer:
    cik = _text(element, "cik", where)
    if not re.fullmatch(r"[0-9]{1,10}", cik) or int(cik) == 0:
        raise unexpected_field(NAME, where, "cik", "up to ten digits", cik)
    return Issuer(int(cik), _text(element, "entityName", where))


def _first_sale(root: ET.Element, where: str, today: date) -> date | None:
    element = root.find("offeringData/typeOfFiling/dateOfFirstSale")
    if element is None:
        raise unexpected_field(NAME, where, "dateOfFirstSale", "a date, or yetToOccur", "nothing")
    if _flag(element, "yetToOccur", where):
        return None
    return day(_text(element, "value", where), where, "dateOfFirstSale", today)
