"""Damaged forms of a true response, each with what it costs: nothing, the item that it concerns, or the source.

What a form costs is said here, for the form of a damage and not for the code that reads it. A number that is put in is never
plausible: where it comes out again, a figure is wrong.
"""

import codecs
import copy
import csv
import dataclasses
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.sandbox import faults
from pipelines.sandbox.faults import Fault, Respond, Status
from pipelines.sandbox.wire import Request, Response

NOTHING, ITEM, SOURCE = "nothing", "item", "source"
Change = Callable[[bytes], bytes]
PAGE = b"<!DOCTYPE html><html><body><h1>Please wait</h1></body></html>"
REFUSAL = b'{"error":"We had to rate limit your IP (127.0.0.1). To continue, create an account or log in."}'
MISSING = object()
_RAW = "\ue000raw\ue000"
# What may stand in the place of a whole number: of another type, or no plausible number.
NO_NUMBERS: Mapping[str, Any] = {
    "missing": MISSING, "null": None, "a text": "x", "a number as text": "12", "empty": "", "a list": [], "an object": {},
    "true": True, "negative": -1, "a fraction": 1.5, "huge": f"{_RAW}1e400", "very large": 10**30, "NaN": f"{_RAW}NaN",
}  # fmt: skip
# In a list, NaN costs all of it: the body is no JSON then.
NO_NUMBERS_OF_A_LIST: Mapping[str, Any] = {name: value for name, value in NO_NUMBERS.items() if name != "NaN"}
NO_NAMES: Mapping[str, Any] = {
    "missing": MISSING, "null": None, "a number": 7, "another name": "somebody/else", "a list": [], "an object": {},
}  # fmt: skip
NO_CELLS = ("NaN", "-5", "1e400", "Infinity", "12abc", "1,234", "0x10", "٣", "--", "true")


@dataclass(frozen=True)
class Form:
    """A damage, what it costs, and the fault that does it.

    `everywhere`: to every response, not to that of the item alone. `only` is part of the names of the figures that it costs.
    """

    name: str
    costs: str
    fault: Fault
    everywhere: bool = False
    only: str = ""


def changed(change: Change) -> Fault:
    """Return the fault that changes the body of a response with status 200, without the checksums of the true one."""

    def fault(request: Request, respond: Respond) -> Response:
        response = respond(request)
        if response.status != 200:
            return response
        headers = {name: value for name, value in response.headers.items() if name not in ("ETag", "X-Linked-ETag")}
        return dataclasses.replace(response, body=change(response.body), headers=headers)

    return fault


def undamaged(request: Request, respond: Respond) -> Response:
    """Return the true response without the checksums that are announced for the file that follows."""
    response = respond(request)
    headers = {name: value for name, value in response.headers.items() if name != "X-Linked-ETag"}
    return dataclasses.replace(response, headers=headers)


def forms(costs: str, changes: Mapping[str, Change]) -> Iterator[Form]:
    """Yield a form for each change."""
    for name, change in changes.items():
        yield Form(name, costs, changed(change))


def transport_forms(of_item: str = ITEM) -> Iterator[Form]:
    """Yield what can happen to one response, which costs `of_item`, or to all of them, which costs the source."""
    one: dict[str, Fault] = {
        **{
            f"status {status}": Status(status, b"{}", {"Content-Type": "application/json"})
            for status in (403, 404, 429)
        },
        **{
            f"status {status}": Status(status, b"oops", {"Content-Type": "text/plain"})
            for status in (400, 410, 500, 503)
        },
        "a web page with status 200": faults.html_page,
        "another content type": lambda request, respond: dataclasses.replace(
            respond(request), headers={"Content-Type": "image/png"}
        ),
        "to another host": Status(302, b"", {"Location": "https://elsewhere.example/x"}),
        "a redirect to nowhere": Status(301, b"", {}),
        "no response": faults.hang_up,
        "a reset": faults.reset,
        "cut off": faults.Cut(0.5),
        "gzip that is cut off": faults.truncated_gzip,
        "gzip that is none": changed_head(lambda body: b"\x1f\x8b\x08\x00" + body, {"Content-Encoding": "gzip"}),
        "an unknown encoding": changed_head(lambda body: body, {"Content-Encoding": "br"}),
        "a length too large": faults.Misstated(40),
    }
    for name, fault in one.items():
        yield Form(f"{name}, for one", of_item, fault)
    for name in ("status 403", "status 404", "status 429", "status 500", "a web page with status 200", "no response"):
        yield Form(f"{name}, for all", SOURCE, one[name], everywhere=True)
    yield Form("status 401, for all", SOURCE, Status(401, b"{}", {"Content-Type": "application/json"}), everywhere=True)


def changed_head(change: Change, headers: Mapping[str, str]) -> Fault:
    """Return the fault that changes a body and headers."""

    def fault(request: Request, respond: Respond) -> Response:
        response = respond(request)
        return dataclasses.replace(response, body=change(response.body), headers={**response.headers, **headers})

    return fault


def text_forms(costs: str) -> Iterator[Form]:
    """Yield forms of a whole text, JSON or CSV, that say nothing or cannot be read."""
    yield from forms(
        costs,
        {
            "an empty body": lambda body: b"",
            "blanks": lambda body: b" \n\t\n",
            "a web page as data": lambda body: PAGE,
            "zeros": lambda body: b"\0" * len(body),
            "in UTF-16": lambda body: body.decode().encode("utf-16"),
            "a byte that is no UTF-8": lambda body: b"\xff" + body,
            "packed twice": gzip.compress,
        },
    )


def json_forms(costs: str) -> Iterator[Form]:
    """Yield forms of a whole body of JSON; the last ones say what the true body says."""
    yield from text_forms(costs)
    yield from forms(
        costs,
        {
            "null": lambda body: b"null",
            "a list of nothing": lambda body: b"[]",
            "an object of nothing": lambda body: b"{}",
            "a text": lambda body: b'"x"',
            "an error with status 200": lambda body: REFUSAL,
            "nested too deeply": lambda body: b"[" * 100_000,
            "more after the end": lambda body: body + b"}",
            "the number that is none": lambda body: b"NaN",
            **{
                f"{share:.0%} of it": (lambda body, share=share: body[: int(len(body) * share)])
                for share in (0.1, 0.5, 0.99)
            },
        },
    )
    yield from forms(
        NOTHING,
        {
            "a mark before it": lambda body: codecs.BOM_UTF8 + body,
            "blanks around it": lambda body: b"\n  " + body + b"\r\n\r\n",
            "escaped and indented": lambda body: json.dumps(json.loads(body), indent=1, ensure_ascii=True).encode(),
        },
    )


def fields(costs: str, needed: Sequence[Any], wrong: Mapping[str, Any], without: Sequence[str] = ()) -> Iterator[Form]:
    """Yield a form for each value that is no value of the field at the path `needed`; `without` are names of such values."""
    for name, value in wrong.items():
        if name not in without:
            path = "/".join(map(str, needed))
            yield Form(f"{path}: {name}", costs, changed(lambda body, value=value: with_value(body, needed, value)))


def with_value(body: bytes, path: Sequence[Any], new: Any) -> bytes:
    """Return a body of JSON with another value at a path."""
    value = json.loads(body)
    place = value
    for key in path[:-1]:
        place = place[key]
    if new is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    text = json.dumps(value)
    while (begin := text.find(json.dumps(_RAW)[:-1])) >= 0:
        end = text.index('"', begin + len(json.dumps(_RAW)) - 1)
        text = text[:begin] + text[begin + len(json.dumps(_RAW)) - 1 : end] + text[end + 1 :]
    return text.encode()


def lists(at: Sequence[Any], number: int, *, of_double: str, of_half: str = SOURCE) -> Iterator[Form]:
    """Yield forms of a list of records at a path of a body of JSON; `number` is the record of the item."""

    def edited(edit: Callable[[list[Any]], list[Any]]) -> Change:
        def change(body: bytes) -> bytes:
            value = json.loads(body)
            inner = value
            for key in at:
                inner = inner[key]
            return with_value(body, at, edit(inner)) if at else json.dumps(edit(inner)).encode()

        return change

    def replaced(new: Any) -> Change:
        return edited(lambda records: [*records[:number], new, *records[number + 1 :]])

    yield from forms(SOURCE, {"an empty list": edited(lambda records: [])})
    yield from forms(of_half, {"the first half": edited(lambda records: records[: len(records) // 2])})
    yield from forms(of_half, {"the second half": edited(lambda records: records[len(records) // 2 :])})
    yield from forms(NOTHING, {"in another order": edited(lambda records: records[::-1])})
    yield from forms(of_double, {"a record twice": edited(lambda records: [*records, copy.deepcopy(records[number])])})
    yield from forms(
        ITEM,
        {
            f"a record that is {name}": replaced(new)
            for name, new in {"null": None, "a number": 7, "a text": "x", "a list": [], "an object": {}}.items()
        },
    )


def table_of(body: bytes) -> list[list[str]]:
    """Return the lines of a CSV file."""
    return list(csv.reader(io.StringIO(body.decode(), newline="")))


def written(lines: Sequence[Sequence[str]], **dialect: Any) -> bytes:
    """Return lines as a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, **{"lineterminator": "\n", **dialect}).writerows(lines)
    return text.getvalue().encode()


def csv_forms(name: str, row: int, number: str, needed: Sequence[str], *, whole: str = SOURCE) -> Iterator[Form]:
    """Yield forms of a CSV file: of all of it, which cost `whole`, and of the row `row`, counted from 1.

    `name` is the column with the name of a row, `number` one with a number, `needed` are columns without which it is another
    file.
    """
    yield from text_forms(whole)

    def lines(edit: Callable[[list[list[str]]], list[list[str]]], **dialect: Any) -> Change:
        return lambda body: written(edit(table_of(body)), **dialect)

    def cell(column: str, new: str) -> Change:
        def edit(table: list[list[str]]) -> list[list[str]]:
            table[row][table[0].index(column)] = new
            return table

        return lines(edit)

    def rename(column: str, new: str) -> Change:
        return lines(lambda table: [[new if one == column else one for one in table[0]], *table[1:]])

    def of_row(edit: Callable[[list[str]], list[str]]) -> Change:
        return lines(lambda table: [*table[:row], edit(table[row]), *table[row + 1 :]])

    def doubled(table: list[list[str]]) -> list[list[str]]:
        other = list(table[row])
        other[table[0].index(number)] = "777"
        return [*table[: row + 1], other, *table[row + 1 :]]

    yield from forms(
        whole,
        {
            "JSON": lambda body: b'{"rows": []}',
            "a header only": lines(lambda table: table[:1]),
            "without a header": lines(lambda table: table[1:]),
            "the first half": lines(lambda table: table[: len(table) // 2]),
            "the second half": lines(lambda table: [table[0], *table[len(table) // 2 + 1 :]]),
            "cut off in a row": lambda body: body[: int(len(body) * 0.7)],
            "with semicolons": lines(lambda table: table, delimiter=";"),
            **{f"{column} under another name": rename(column, f"{column} (new)") for column in needed},
            f"{name} twice": lines(lambda table: [[*one, one[table[0].index(name)]] for one in table]),
        },
    )
    yield from forms(
        ITEM,
        {
            **{f"{number}: {new}": cell(number, new) for new in NO_CELLS},
            f"without {name}": cell(name, ""),
            "a cell too many": of_row(lambda cells: [*cells, "x"]),
            "a cell too few": of_row(lambda cells: cells[:-1]),
            "a damaged quote": lambda body: b"".join(
                (b'"x"y,' + line if place == row else line) for place, line in enumerate(_physical(body))
            ),
            "two different rows": lines(doubled),
        },
    )
    yield from forms(
        NOTHING,
        {
            "a mark before it": lambda body: codecs.BOM_UTF8 + body,
            "lines as on Windows": lines(lambda table: table, lineterminator="\r\n"),
            "every cell in quotes": lines(lambda table: table, quoting=csv.QUOTE_ALL),
            "other columns beside": lines(lambda table: [[*one, "more"] for one in table]),
            "columns in another order": lines(lambda table: [one[::-1] for one in table]),
            "blanks around a name": of_row(lambda cells: [f" {cells[0]} ", *cells[1:]]),
            "two equal rows": lines(lambda table: [*table, table[row]]),
            "empty lines": lambda body: b"\n".join([*body.split(b"\n")[:1], b"", *body.split(b"\n")[1:]]) + b"\n\n",
        },
    )


def _physical(body: bytes) -> list[bytes]:
    """Return each line of a CSV file as it is written."""
    return [written([line]) for line in table_of(body)]


def member(path: str, change: Change | None) -> Change:
    """Return the change of one file in a zip archive; None: the file is missing."""

    def edit(body: bytes) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(body)) as archive, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as other:
            for name in archive.namelist():
                content = archive.read(name)
                if name != path:
                    other.writestr(name, content)
                elif change is not None:
                    other.writestr(name, change(content))
        return packed.getvalue()

    return edit


def binary_forms(costs: str) -> Iterator[Form]:
    """Yield forms of a file of bytes that is damaged."""
    yield from forms(
        costs,
        {
            "an empty file": lambda body: b"",
            "a web page as data": lambda body: PAGE,
            "JSON": lambda body: REFUSAL,
            "zeros": lambda body: b"\0" * len(body),
            "its first bytes only": lambda body: body[:8],
            "more than it says": lambda body: body[len(body) // 2 :] + body,
            **{
                f"{share:.0%} of it": (lambda body, share=share: body[: int(len(body) * share)])
                for share in (0.1, 0.5, 0.9, 0.999)
            },
            "a hole": lambda body: body[: len(body) // 3] + b"\0" * 400 + body[len(body) // 3 + 400 :],
        },
    )


def parquet(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Change:
    """Return the change of the rows of a Parquet file."""

    def edit(body: bytes) -> bytes:
        file = io.BytesIO()
        change(pl.read_parquet(io.BytesIO(body))).write_parquet(file, compression="snappy")
        return file.getvalue()

    return edit


def cells(where: pl.Expr, **new: Any) -> Change:
    """Return the change of cells of a Parquet file in the rows that `where` chooses."""
    return parquet(
        lambda frame: frame.with_columns(
            pl.when(where).then(pl.lit(value, dtype=frame.schema[name])).otherwise(pl.col(name)).alias(name)
            for name, value in new.items()
        )
    )
