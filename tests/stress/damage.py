"""Damage to a body, at a place that comes from the seed: JSON, CSV, zip, Parquet and XML, each in ways of its own.

Every function takes the body and a source of chance, and gives the body damaged; `NothingToDamageError` says that it
has no such place. No number that is put in is plausible: where one comes out again, a figure is wrong.
"""

import csv
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Damage = Callable[[bytes, random.Random], bytes]
_RAW = "\ue000raw\ue000"
_ODD_CELLS = ("NaN", "-5", "1e400", "Infinity", "12abc", "1,234", "0x10", "٣", "--")


class NothingToDamageError(ValueError):
    """The body has no place for this damage."""


def _places(value: Any, suits: Callable[[Any], bool]) -> Iterator[tuple[Any, Any]]:
    """Return each container and key whose value suits, at any depth."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        for key, inner in one.items() if isinstance(one, dict) else enumerate(one):
            if suits(inner):
                yield one, key
            if isinstance(inner, dict | list):
                waiting.append(inner)


def _chosen(body: bytes, suits: Callable[[Any], bool], chance: random.Random) -> tuple[Any, Any, Any]:
    """Return the parsed body, and a container and key in it of which the value suits."""
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise NothingToDamageError from error
    if not isinstance(parsed, dict | list):
        raise NothingToDamageError
    found = list(_places(parsed, suits))
    if not found:
        raise NothingToDamageError
    return parsed, *chance.choice(found)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def json_number(*written: str) -> Damage:
    """Another number, written as one of these, in the place of one."""

    def damage(body: bytes, chance: random.Random) -> bytes:
        parsed, container, key = _chosen(body, _is_number, chance)
        container[key] = _RAW
        return json.dumps(parsed).replace(json.dumps(_RAW), chance.choice(written)).encode()

    return damage


def json_type(body: bytes, chance: random.Random) -> bytes:
    """A value of another type."""
    parsed, container, key = _chosen(body, lambda value: True, chance)
    others = ["words", "-12.5", 12.5, True, None, [], {}, [1], {"a": "b"}]
    container[key] = chance.choice([one for one in others if type(one) is not type(container[key])])
    return json.dumps(parsed).encode()


def json_missing(body: bytes, chance: random.Random) -> bytes:
    """A field is not there."""
    parsed, container, key = _chosen(body, lambda value: True, chance)
    if isinstance(container, list):
        raise NothingToDamageError
    del container[key]
    return json.dumps(parsed).encode()


def json_extra(body: bytes, chance: random.Random) -> bytes:
    """A field that nobody knows."""
    parsed = json.loads(body)
    found = [parsed] if isinstance(parsed, dict) else []
    found += [container[key] for container, key in _places(parsed, lambda value: isinstance(value, dict))]
    if not found:
        raise NothingToDamageError
    chance.choice(found)["added_lately"] = {"deep": [1, None, "text"]}
    return json.dumps(parsed).encode()


def json_doubled(body: bytes, chance: random.Random) -> bytes:
    """One thing of a list, twice."""
    parsed, container, key = _chosen(body, lambda value: isinstance(value, dict), chance)
    if not isinstance(container, list):
        raise NothingToDamageError
    container.insert(key, container[key])
    return json.dumps(parsed).encode()


def json_reversed(body: bytes, chance: random.Random) -> bytes:
    """Every list of records in another order."""
    parsed = json.loads(body)
    lists = [parsed] if isinstance(parsed, list) else []
    lists += [container[key] for container, key in _places(parsed, lambda value: isinstance(value, list))]
    lists = [one for one in lists if len(one) > 1 and all(isinstance(inner, dict) for inner in one)]
    if not lists:
        raise NothingToDamageError
    for one in lists:
        one.reverse()
    return json.dumps(parsed).encode()


def json_emptied(body: bytes, chance: random.Random) -> bytes:
    """A list, or an object, of nothing."""
    parsed = json.loads(body)
    return b"[]" if isinstance(parsed, list) else b"{}"


def json_deep(body: bytes, chance: random.Random) -> bytes:
    """Nested a hundred thousand deep: the whole, or one value."""
    depth = 100_000
    if chance.random() < 0.5:
        return b"[" * depth
    parsed, container, key = _chosen(body, lambda value: True, chance)
    container[key] = _RAW
    return json.dumps(parsed).replace(json.dumps(_RAW), "[" * depth + "]" * depth).encode()


def _csv(body: bytes) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")) if row]


def _written(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def csv_number(body: bytes, chance: random.Random) -> bytes:
    """No number, or none that can be, in the place of one."""
    rows = _csv(body)
    found = [
        (row, n) for row in rows[1:] for n, cell in enumerate(row) if re.fullmatch(r"\$?[0-9.]+(e\+?[0-9]+)?", cell)
    ]
    if not found:
        raise NothingToDamageError
    row, place = chance.choice(found)
    row[place] = chance.choice(_ODD_CELLS)
    return _written(rows)


def csv_missing(body: bytes, chance: random.Random) -> bytes:
    """A column is not there."""
    rows = _csv(body)
    place = chance.randrange(len(rows[0]))
    return _written([row[:place] + row[place + 1 :] for row in rows])


def csv_extra(body: bytes, chance: random.Random) -> bytes:
    """A column that nobody knows."""
    header, *rows = _csv(body)
    return _written([["Added lately", *header], *(["x", *row] for row in rows)])


def csv_doubled(body: bytes, chance: random.Random) -> bytes:
    """One row, twice."""
    rows = _csv(body)
    place = chance.randrange(1, len(rows))
    return _written([*rows[:place], rows[place], *rows[place:]])


def csv_reversed(body: bytes, chance: random.Random) -> bytes:
    """The rows in another order."""
    header, *rows = _csv(body)
    return _written([header, *reversed(rows)])


def csv_emptied(body: bytes, chance: random.Random) -> bytes:
    """A header, and no row."""
    return _written(_csv(body)[:1])


def csv_cells(body: bytes, chance: random.Random) -> bytes:
    """A row with a cell too many, or too few."""
    rows = _csv(body)
    row = chance.choice(rows[1:])
    if chance.random() < 0.5:
        row.append("one more")
    else:
        row.pop()
    return _written(rows)


def _repacked(body: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def in_zip(damage: Damage) -> Damage:
    """Damage to one of the CSV files in an archive."""

    def damaged(body: bytes, chance: random.Random) -> bytes:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            target = chance.choice([name for name in archive.namelist() if name.endswith(".csv")])
        return _repacked(body, lambda name, content: damage(content, chance) if name == target else content)

    return damaged


def zip_emptied(body: bytes, chance: random.Random) -> bytes:
    """An archive of nothing."""
    return _repacked(body, lambda name, content: None)


def zip_bomb(body: bytes, chance: random.Random) -> bytes:
    """One file that unpacks to 300 MB."""
    out = io.BytesIO(body)
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("bomb.csv", "w", force_zip64=True) as f,
    ):
        for _ in range(300):
            f.write(bytes(2**20))
    return out.getvalue()


def _parquet(body: bytes) -> pa.Table:
    return pq.read_table(pa.BufferReader(body))


def _as_parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def parquet_number(*numbers: float) -> Damage:
    """Another number in the place of one."""

    def damage(body: bytes, chance: random.Random) -> bytes:
        table = _parquet(body)
        names = [f.name for f in table.schema if pa.types.is_floating(f.type)]
        name = chance.choice(names)
        values = table[name].to_pylist()
        values[chance.randrange(len(values))] = chance.choice(numbers)
        place = table.schema.get_field_index(name)
        return _as_parquet(table.set_column(place, name, pa.array(values, table.schema.field(name).type)))

    return damage


def parquet_type(body: bytes, chance: random.Random) -> bytes:
    """A column of another type."""
    table = _parquet(body)
    place = chance.randrange(table.num_columns)
    name = table.schema.field(place).name
    return _as_parquet(table.set_column(place, name, pa.array([[1]] * table.num_rows)))


def parquet_missing(body: bytes, chance: random.Random) -> bytes:
    """A column is not there."""
    table = _parquet(body)
    return _as_parquet(table.remove_column(chance.randrange(table.num_columns)))


def parquet_extra(body: bytes, chance: random.Random) -> bytes:
    """A column that nobody knows."""
    table = _parquet(body)
    return _as_parquet(table.append_column("added_lately", pa.array(["x"] * table.num_rows)))


def parquet_doubled(body: bytes, chance: random.Random) -> bytes:
    """One row, twice."""
    table = _parquet(body)
    return _as_parquet(pa.concat_tables([table, table.slice(chance.randrange(table.num_rows), 1)]))


def parquet_reversed(body: bytes, chance: random.Random) -> bytes:
    """The rows in another order."""
    table = _parquet(body)
    return _as_parquet(table.take(pa.array(range(table.num_rows - 1, -1, -1))))


def parquet_emptied(body: bytes, chance: random.Random) -> bytes:
    """Columns, and no row."""
    return _as_parquet(_parquet(body).slice(0, 0))


def xml_number(body: bytes, chance: random.Random) -> bytes:
    """No amount, or none that can be, in the place of one."""
    found = list(re.finditer(rb">([0-9]{4,})<", body))
    if not found:
        raise NothingToDamageError
    place = chance.choice(found)
    odd = chance.choice(["NaN", "-5", "1e400", str(2**70), "12abc", ""])
    return body[: place.start(1)] + odd.encode() + body[place.end(1) :]


def xml_missing(body: bytes, chance: random.Random) -> bytes:
    """An element is not there."""
    found = list(re.finditer(rb"<(\w+)>[^<]*</\1>", body))
    if not found:
        raise NothingToDamageError
    place = chance.choice(found)
    return body[: place.start()] + body[place.end() :]


def xml_doubled(body: bytes, chance: random.Random) -> bytes:
    """An element, twice."""
    found = list(re.finditer(rb"<(\w+)>[^<]*</\1>", body))
    if not found:
        raise NothingToDamageError
    place = chance.choice(found)
    return body[: place.end()] + place[0] + body[place.end() :]


def xml_extra(body: bytes, chance: random.Random) -> bytes:
    """An element that nobody knows."""
    return body.replace(b"</edgarSubmission>", b"<addedLately><a>1</a></addedLately></edgarSubmission>")


def xml_bomb(body: bytes, chance: random.Random) -> bytes:
    """Entities that unpack to a billion laughs."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE e [<!ENTITY l0 "ha">{laughs}]><edgarSubmission>&l9;</edgarSubmission>'
    return head.encode()


def xml_deep(body: bytes, chance: random.Random) -> bytes:
    """Nested a hundred thousand deep."""
    return b"<edgarSubmission>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</edgarSubmission>"


def cut(body: bytes, chance: random.Random) -> bytes:
    """A part of it, as if it were the whole."""
    return body[: chance.randrange(1, max(2, len(body)))]


def one_byte(body: bytes, chance: random.Random) -> bytes:
    """One byte that is another."""
    place = chance.randrange(len(body))
    return body[:place] + bytes([body[place] ^ chance.randrange(1, 256)]) + body[place + 1 :]


def invalid_utf8(body: bytes, chance: random.Random) -> bytes:
    """A byte that no UTF-8 has, inside of a word."""
    words = list(re.finditer(rb"[A-Za-z]{3}", body))
    if not words:
        raise NothingToDamageError
    place = chance.choice(words).start() + 1
    return body[:place] + b"\xff" + body[place:]
