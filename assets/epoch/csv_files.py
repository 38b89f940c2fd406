"""Epoch AI: its address, and a reader of its CSV files (line breaks and quotes inside cells, sometimes a BOM)."""

import csv
import io

from assets.http.client import Service
from assets.http.errors import unexpected_field
from assets.settings import ServiceAddress

EPOCH = ServiceAddress("TIDEGAUGE_EPOCH_URL", "https://epoch.ai")


def epoch_service(url: str) -> Service:
    """Return Epoch AI's site; its data files need no key. A missing page is HTML with status 404."""
    return Service("epoch", url, {"User-Agent": "tidegauge", "Accept-Encoding": "gzip"}, spacing_s=1.0, attempts=4)


def read_csv(source: str, where: str, body: bytes, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rows of a CSV file by column, cells stripped of blanks; it may have more columns than these.

    Raises:
        UnexpectedResponseError: it is a web page, not UTF-8 or not CSV, a column is missing or occurs twice, a row has
            another number of cells than the header, or there is no row.
    """
    try:
        text = body.decode("utf-8-sig")
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise unexpected_field(source, where, "(the whole)", "CSV in UTF-8", f"{error}: {body[:40]!r}") from error
    if text.lstrip().startswith("<"):
        raise unexpected_field(source, where, "(the whole)", "CSV", text.lstrip()[:60])
    header = [name.strip() for name in header]
    for name in columns:
        if header.count(name) != 1:
            raise unexpected_field(source, where, name, "one column of this name", header)
    for row in rows:
        if len(row) != len(header):
            raise unexpected_field(source, where, "(a row)", f"{len(header)} cells", row)
    if not rows:
        raise unexpected_field(source, where, "(the whole)", "rows", "a header only")
    return [dict(zip(header, (cell.strip() for cell in row), strict=True)) for row in rows]
