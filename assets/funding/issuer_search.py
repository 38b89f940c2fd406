"""EDGAR's quarterly Form D data sets: find the issuers with a name, so that a person can pin one.

A name does not identify a company. Funds and vehicles that invest in it carry its name, and so do others: a row found here
is a proposal. Only the file of issuers is read; the archive's other files name persons.
"""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from assets.funding.form_d import NAME
from assets.funding.sec import DATA_SETS, SPACING_S, contact_headers
from assets.http.client import ZIP, Request, Service
from assets.http.errors import unexpected_field
from assets.settings import Settings

FIRST_QUARTER = (2008, 4)
LARGEST_ARCHIVE_BYTES = 64 * 2**20
LARGEST_ISSUERS_BYTES = 128 * 2**20
MOST_MEMBERS = 100
MOST_ODD_SHARE = 0.05
_COLUMNS = ("CIK", "ENTITYNAME", "JURISDICTIONOFINC")
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, NotImplementedError)
# Words of a legal form, which tell no companies apart, and those of vehicles that invest in a company.
_LEGAL_FORM = frozenset(
    {"inc", "incorporated", "corp", "corporation", "co", "company", "llc", "ltd", "limited", "plc", "pbc"}
)
_VEHICLE = re.compile(
    r"\b(spv|funds?|series of|lp|co-?invest\w*|invest(ors?|ments?)|partners|holdings? [ivx]+)\b", re.IGNORECASE
)

Quarter = tuple[int, int]


@dataclass(frozen=True)
class Issuer:
    """An issuer of the data sets: CIK, legal name, jurisdiction, and the newest quarter in which it filed."""

    cik: int
    name: str
    jurisdiction: str
    newest: Quarter

    @property
    def is_vehicle(self) -> bool:
        """Whether the name is that of a fund or a vehicle, which is not the company."""
        return _VEHICLE.search(self.name.replace(".", "")) is not None


@dataclass(frozen=True)
class Search:
    """The issuers found for each name, the newest first; the quarters that were read; rows that did not fit."""

    found: dict[str, list[Issuer]]
    read: list[Quarter]
    odd: list[str]


def quarters_before(today: date, number: int) -> list[Quarter]:
    """Return the last complete quarters, the newest first; none before EDGAR's first data set."""
    last = today.year * 4 + (today.month - 1) // 3 - 1
    return [(q // 4, q % 4 + 1) for q in range(last, last - number, -1) if (q // 4, q % 4 + 1) >= FIRST_QUARTER]


def search_issuers(
    settings: Settings,
    names: Sequence[str],
    quarters: Sequence[Quarter],
    others: Collection[int] = (),
    on_quarter: Callable[[Quarter], None] = lambda quarter: None,
) -> Search:
    """Read the data set of each quarter, and return the issuers whose name begins with one of `names`.

    `others` are CIKs that are known to be other companies, and are left out.

    Raises:
        NotConfiguredError: there is no contact.
        UnexpectedResponseError, UnreachableError: a data set does not arrive, or does not fit.
    """
    headers = contact_headers(settings.contact)
    service = Service(
        NAME,
        settings.address(DATA_SETS),
        headers,
        spacing_s=SPACING_S,
        attempts=4,
        private=list(headers.values()),
    )
    search = Search({name: [] for name in names}, [], [])
    known: set[int] = set(others)
    for quarter in quarters:
        on_quarter(quarter)
        request = Request(
            f"{_label(quarter)}_d.zip", kind=ZIP, largest_bytes=LARGEST_ARCHIVE_BYTES, also=frozenset({404})
        )
        response = service.send(request)
        if response.status == 404:  # the SEC publishes a quarter some weeks after its end
            continue
        search.read.append(quarter)
        issuers, odd = read_issuers(response.body, quarter)
        search.odd.extend(odd)
        for issuer in issuers:
            if issuer.cik in known:
                continue
            for name in names:
                if is_named(issuer.name, name):
                    search.found[name].append(issuer)
                    known.add(issuer.cik)
                    break
    return search


def is_named(legal_name: str, name: str) -> bool:
    """Return whether a legal name begins with a name, word by word, without punctuation, capitals and legal form."""
    words, wanted = _words(legal_name), _words(name)
    return bool(wanted) and words[: len(wanted)] == wanted


def read_issuers(body: bytes, quarter: Quarter) -> tuple[list[Issuer], list[str]]:
    """Return the issuers of a data set, each once, and what is wrong with each row that does not fit.

    Raises:
        UnexpectedResponseError: it is no whole archive of bounded size with ISSUERS.tsv and its columns; or more rows than
            `MOST_ODD_SHARE` do not fit.
    """
    where = f"{_label(quarter)}_d.zip"
    # Tab-separated without quotes: a name may contain a quotation mark.
    header, *lines = (line.rstrip("\r").split("\t") for line in _issuers_file(body, where).split("\n") if line.strip())
    for column in _COLUMNS:
        if header.count(column) != 1:
            raise unexpected_field(NAME, where, column, "this column once", header[:40])
    places = [header.index(column) for column in _COLUMNS]
    found: dict[int, Issuer] = {}
    odd: list[str] = []
    for number, cells in enumerate(lines, 2):
        values = [cells[place].strip() for place in places] if len(cells) == len(header) else ["", "", ""]
        cik, name, jurisdiction = values
        if not re.fullmatch(r"[0-9]{1,10}", cik) or int(cik) == 0 or not name:
            odd.append(f"{where} row {number}: no CIK and name in the expected {len(header)} cells")
            continue
        found.setdefault(int(cik), Issuer(int(cik), " ".join(name.split()), jurisdiction, quarter))
    if not found or len(odd) > MOST_ODD_SHARE * len(lines):
        raise unexpected_field(
            NAME, where, "ISSUERS.tsv", "issuers with CIK and name", f"{len(odd)} odd of {len(lines)}"
        )
    return list(found.values()), odd


def _issuers_file(body: bytes, where: str) -> str:
    if body.count(b"PK\x01\x02") > MOST_MEMBERS:  # counted before the directory is read
        raise unexpected_field(NAME, where, "(its files)", f"up to {MOST_MEMBERS}", "more")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = [one for one in archive.infolist() if re.split(r"[/\\]", one.filename)[-1] == "ISSUERS.tsv"]
            if len(members) != 1:
                raise unexpected_field(NAME, where, "(its files)", "one ISSUERS.tsv", archive.namelist()[:8])
            if members[0].file_size > LARGEST_ISSUERS_BYTES:
                largest = f"up to {LARGEST_ISSUERS_BYTES:,} bytes"
                raise unexpected_field(NAME, where, "ISSUERS.tsv", largest, members[0].file_size)
            text = archive.read(members[0]).decode("utf-8-sig")
    except (*_DAMAGED, ValueError) as error:
        raise unexpected_field(NAME, where, "(the whole)", "a whole zip archive of text", str(error)) from error
    if not text.strip():
        raise unexpected_field(NAME, where, "ISSUERS.tsv", "rows", "an empty file")
    return text


def _words(name: str) -> list[str]:
    words = re.findall(r"\w+", name.casefold().replace(".", "").replace("'", ""))
    return [word for word in words if word not in _LEGAL_FORM]


def _label(quarter: Quarter) -> str:
    return f"{quarter[0]}q{quarter[1]}"
