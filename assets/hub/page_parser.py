"""Parse a page of the Hub's listing just enough to verify the walk: `_id`s, their order, and malformed records."""

import itertools
import re
from collections.abc import Set
from dataclasses import dataclass

import msgspec

from assets.landing.walk_folder import Unreadable

_CONTENT = 500
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_OBJECT_IDS = re.compile(r"[0-9a-f]*")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)


class NotAPageError(ValueError):
    """A body is not a JSON array of records."""


class _Record(msgspec.Struct):
    id: str = msgspec.field(name="_id")


_RECORDS = msgspec.json.Decoder(list[_Record])


@dataclass(frozen=True)
class Contents:
    """The records of a page: their number, the `_id`s that are object ids, and the malformed records."""

    rows: int
    ids: list[str]
    unreadable: list[Unreadable]

    def follow(self, last: str | None, before: Set[str], *, is_falling: bool) -> bool:
        """Return whether the records continue after the `_id` of the `last` record before, in order of creation.

        The first 8 digits of an `_id` are its creation second; any order within a second is accepted. Records that were on
        the page `before` are ignored, because page boundaries can move; so is one misplaced record in a hundred.
        """
        seconds = [hub_id[:8] for hub_id in self.ids if hub_id not in before]
        if is_falling:
            seconds.reverse()
        misplaced = sum(a > b for a, b in itertools.pairwise(seconds)) if seconds != sorted(seconds) else 0
        middle = seconds[len(seconds) // 2] if seconds else None
        if last is None or middle is None:
            return misplaced <= len(seconds) // 100
        continues = middle <= last[:8] if is_falling else middle >= last[:8]
        return continues and misplaced <= len(seconds) // 100


def read_contents(body: bytes) -> Contents:
    """Parse the records of a page.

    Raises:
        NotAPageError: the body is not a JSON array.
    """
    try:
        body.decode("utf-8")
        records = _RECORDS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_one_by_one(body)
    return Contents(len(records), _object_ids([record.id for record in records]), [])


def _read_one_by_one(body: bytes) -> Contents:
    ids: list[str] = []
    unreadable: list[Unreadable] = []
    records = split(body)
    for position, record in enumerate(records):
        try:
            value = msgspec.json.decode(record)
        except RecursionError:
            unreadable.append(_unreadable(position, record, "the record is nested too deeply"))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            unreadable.append(_unreadable(position, record, f"the record is not well-formed JSON: {error}"))
        else:
            if not isinstance(value, dict):
                unreadable.append(_unreadable(position, record, "the record is not a JSON object"))
            elif isinstance(value.get("_id"), str):
                ids.append(value["_id"])
    return Contents(len(records), _object_ids(ids), unreadable)


def _object_ids(ids: list[str]) -> list[str]:
    # One match over all of them, because a page seldom has an invalid one.
    return (
        ids
        if _OBJECT_IDS.fullmatch("".join(ids)) and {*map(len, ids)} == {24}
        else [i for i in ids if _OBJECT_ID.fullmatch(i)]
    )


def split(body: bytes) -> list[bytes]:
    """Split a page into the bytes of its records, even if some of them are malformed.

    Only strings and brackets are parsed, so NaN, invalid UTF-8 or a thousand nested brackets in one record do not affect the
    others.

    Raises:
        NotAPageError: the body is not an array, or is cut off.
    """
    text = body.strip()
    if not text.startswith(b"["):
        raise NotAPageError(f"it is not a JSON array: {text[:80].decode('utf-8', 'replace')!r}")
    cuts = [0]
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
            if depth == 0:
                cuts.append(token.start())
                break
        elif mark == b"," and depth == 1:
            cuts.append(token.start())
    if depth != 0 or len(cuts) == 1 or cuts[-1] != len(text) - 1:
        ending = text[-40:].decode("utf-8", "replace")
        raise NotAPageError(f"it is cut off, or has extra bytes, after record {len(cuts) - 1}: {ending!r}")
    records = [text[start + 1 : end].strip() for start, end in itertools.pairwise(cuts)]
    return [] if records == [b""] else records


def _unreadable(position: int, record: bytes, reason: str) -> Unreadable:
    return Unreadable(position, reason, record[:_CONTENT].decode("utf-8", "replace"))
