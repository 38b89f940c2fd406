"""Funding rounds of AI companies, which Epoch AI collects from announcements and the press (CC BY)."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from assets.epoch.cells import Record
from assets.epoch.csv_files import EPOCH, OddRow, epoch_service, read_csv, read_each
from assets.http.client import CSV, Request
from assets.http.errors import unexpected_field
from assets.settings import Settings
from assets.source import Source, SourceContext, SourceResult, today
from warehouse.facts.set_aside_items import SetAside
from warehouse.seeds.lists import company_names
from warehouse.tables.funding import BASE_FUNDING_ROUND

NAME = "epoch_funding"
FILE = "data/ai_companies_funding_rounds.csv"
REQUEST = Request(FILE, kind=CSV, largest_bytes=8 * 2**20)
LARGEST_USD = 1e13

_EQUITY, _DEBT, _VALUATION = "Funding (equity)", "Funding (debt)", "Valuation (post-money)"
_COLUMNS = (
    "Id", "Company", "Close date", "Status", _EQUITY, _DEBT, _VALUATION, "Report date", "Source 1", "Notes", "Type",
    "Exclude from graph view",
)  # fmt: skip
_MONEY = re.compile(r"\$?([0-9]+(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?)")
_DATES = {
    "day": re.compile(r"(\d{4})-(\d{2})-(\d{2})"),
    "month": re.compile(r"(\d{4})-(\d{2})"),
    "year": re.compile(r"(\d{4})"),
}
_FLAGS = {"": False, "false": False, "no": False, "0": False, "true": True, "checked": True, "yes": True, "1": True}


@dataclass(frozen=True)
class Round:
    """Money of one kind in one round, US dollars: `kind` is equity, debt or secondary; None is undisclosed.

    `dated_on` is the close date, else the report date, else None; `date_precision` is day, month or year. `excluded` is
    the reason why it is no new money: not_closed, excluded_by_source, or secondary.
    """

    id: str
    kind: str
    company: str
    status: str
    type: str | None
    amount_usd: float | None
    valuation_usd: float | None
    dated_on: date | None
    date_precision: str | None
    excluded: str | None
    evidence_url: str | None
    note: str | None


def read_rounds(body: bytes, today: date) -> tuple[list[Round], list[OddRow]]:
    """Return the funding rounds of the file, one entry for each kind of money in a round, and the rows that do not fit.

    A blank amount is undisclosed. `Type` Secondary, or an equity of 0 without debt, is a tender: shares are sold, and the
    company gets nothing. A round with debt and no equity is of debt only. Of several rows with one Id none counts, unless
    they are equal.

    Raises:
        UnexpectedResponseError: the file is damaged or lacks a column, or too many rows do not fit.
    """
    file = read_csv(NAME, FILE, body, _COLUMNS)
    rounds: dict[str, list[Round]] = {}

    def read(record: Record) -> None:
        row, where = record.cells, f"{FILE}, row {record.number}"
        for name in ("Id", "Company", "Status"):
            if not row[name]:
                raise unexpected_field(NAME, where, name, "a value", "nothing")
        rounds[row["Id"]] = _of_row(row, where, today)

    odd = read_each(file, read, "Id")
    return [one for found in rounds.values() for one in found], odd


def _of_row(row: Mapping[str, str], where: str, today: date) -> list[Round]:
    closed = row["Status"].lower() == "closed"
    dated_on, precision = _date(row, "Close date", where, today if closed else None)
    reported_on, reported_precision = _date(row, "Report date", where, today)
    equity, debt = _money(row, _EQUITY, where), _money(row, _DEBT, where)
    secondary = row["Type"].lower() == "secondary" or (equity == 0 and not debt)
    amounts: dict[str, float | None] = {}
    if secondary:
        amounts["secondary"] = equity or None  # 0 is what the company received, not the price of the shares
    elif equity or not debt:
        amounts["equity"] = equity
    if debt:
        amounts["debt"] = debt
    return [
        Round(
            id=row["Id"],
            kind=kind,
            company=row["Company"],
            status=row["Status"],
            type=row["Type"] or None,
            amount_usd=amount,
            valuation_usd=_money(row, _VALUATION, where) or None,
            dated_on=dated_on or reported_on,
            date_precision=precision or reported_precision,
            excluded=_excluded(row, kind, where, closed=closed),
            evidence_url=row["Source 1"] if re.fullmatch(r"https?://\S+", row["Source 1"]) else None,
            note=row["Notes"] or None,
        )
        for kind, amount in amounts.items()
    ]


def _excluded(row: Mapping[str, str], kind: str, where: str, *, closed: bool) -> str | None:
    flag = _FLAGS.get(row["Exclude from graph view"].lower())
    if flag is None:
        raise unexpected_field(
            NAME, where, "Exclude from graph view", "true, false or nothing", row["Exclude from graph view"]
        )
    if not closed:
        return "not_closed"
    if flag:
        return "excluded_by_source"
    return "secondary" if kind == "secondary" else None


def _money(row: Mapping[str, str], name: str, where: str) -> float | None:
    if not row[name]:
        return None
    match = _MONEY.fullmatch(row[name])
    amount = float(match[1]) if match else math.nan
    if not amount <= LARGEST_USD:
        raise unexpected_field(NAME, where, name, f"US dollars from 0 to {LARGEST_USD:.0e}, or nothing", row[name])
    return amount


def _date(row: Mapping[str, str], name: str, where: str, today: date | None) -> tuple[date | None, str | None]:
    """Return a date and its precision; with `today`, a date in the future does not fit."""
    for precision, pattern in _DATES.items():
        if match := pattern.fullmatch(row[name]):
            year, month, day = (*map(int, match.groups()), 1, 1)[:3]
            try:
                found = date(year, month, day)
            except ValueError:
                break
            if year >= 1990 and (today is None or found <= today + timedelta(days=1)):
                return found, precision
            break
    if row[name]:
        raise unexpected_field(
            NAME, where, name, "a date as YYYY-MM-DD since 1990 and not to come, or nothing", row[name]
        )
    return None, None


def collect(context: SourceContext) -> SourceResult:
    """Collect Epoch's file of funding rounds. Raises SourceError like `read_rounds`."""
    url = context.settings.address(EPOCH)
    response = context.responses.fetch(epoch_service(url), REQUEST)
    names = company_names()
    rounds, odd = read_rounds(response.body, context.now.date())
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
            "evidence_url": found.evidence_url or f"{url}/{FILE}",
        }
        for found in rounds
    ]
    undisclosed = sum(found.amount_usd is None and found.excluded is None for found in rounds)
    excluded = sum(found.excluded is not None for found in rounds)
    return SourceResult(
        rows={BASE_FUNDING_ROUND: rows},
        figures={"excluded": excluded, "undisclosed": undisclosed},
        set_aside=[_set_aside(row) for row in odd],
    )


def _set_aside(row: OddRow) -> SetAside:
    name = (row.cells or {}).get("Id")
    return SetAside(name or f"row {row.number} of {FILE}", row.reason, {"source_id": name} if name else None)


def probe(settings: Settings) -> str:
    """Request the file; return how many rounds it holds. Raises SourceError like `read_rounds`."""
    response = epoch_service(settings.address(EPOCH)).single_attempt().send(REQUEST)
    return f"{len(read_rounds(response.body, today())[0])} funding rounds"


SOURCE = Source(
    name=NAME,
    title="Epoch AI: funding rounds of AI companies",
    home_page="https://epoch.ai/data/ai-companies",
    licence="CC BY 4.0",
    citation="Epoch AI, Data on AI companies, ai_companies_funding_rounds.csv",
    caveat=(
        "Collected from announcements and the press, for a few large companies; not audited. Only closed rounds "
        "count; tenders are no new money; a blank amount is undisclosed."
    ),
    addresses=(EPOCH,),
    probe=probe,
    group="funding",
    kinds=frozenset({"python", "csv"}),
    description="Funding rounds of AI companies, from Epoch AI's file.",
    collect=collect,
)
