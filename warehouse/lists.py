"""Curated lists: what is asked about, and under which name it is kept."""

from pathlib import Path

from warehouse.curated_files import Row, Whole, read_list

LISTS = Path(__file__).parent / "curated" / "lists"
COMPANY_NAMES = LISTS / "company_name.csv"


class CompanyName(Row):
    """A row of `company_name.csv`: a name that a source uses, and the name under which the company is kept here."""

    name: str
    company: str
    note: str


class SecIssuer(Row):
    """A row of a list of issuers: the CIK under which the SEC knows a company, and what shows that it is the company's."""

    cik: Whole
    company: str
    legal_name: str
    evidence: str
    note: str | None = None


def company_names(file: Path = COMPANY_NAMES) -> dict[str, str]:
    """Give the company of each other name. Raises CuratedError."""
    return {row.name: row.company for row in read_list(file, CompanyName, "name")}


def sec_issuers(file: Path) -> dict[int, str]:
    """Give the company of each pinned CIK. Raises CuratedError."""
    return {row.cik: row.company for row in read_list(file, SecIssuer, "cik")}
