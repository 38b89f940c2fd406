"""Damaged forms of a JSON response: truncated, with one value of another type, or replaced."""

import json
from collections.abc import Iterator
from typing import Any

_WRONG: tuple[Any, ...] = (None, "x", "", -1, 1.5, True, [], {}, 10**30)
_WHOLE = (
    b"", b"null", b"[]", b"{}", b"0", b'"x"', b"\xff\xfe", b"<!DOCTYPE html><html><body>Please wait</body></html>",
    b"[" * 100_000, b'{"a":' * 100_000, b"NaN", b'{"a":NaN}', b"\x1f\x8b\x08\x00",
)  # fmt: skip


def damaged(body: bytes) -> Iterator[bytes]:
    """Return many forms of a body: none of them says what it said, or each says it still."""
    yield from _WHOLE
    for cut in range(1, len(body), max(1, len(body) // 12)):
        yield body[:cut]
    yield body + b"}"
    yield body.replace(b'"', b"\xff", 3)
    value = json.loads(body)
    for path in _paths(value):
        for wrong in _WRONG:
            yield _with(value, path, wrong)
        for bare in (b"NaN", b"1e999", b"-Infinity", b"0x10"):
            yield _with(value, path, "@bare@").replace(b'"@bare@"', bare)
        yield _without(value, path)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _paths(one, (*path, key))


def _with(value: Any, path: tuple[Any, ...], new: Any) -> bytes:
    copy = json.loads(json.dumps(value))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = new
    return json.dumps(copy).encode()


def _without(value: Any, path: tuple[Any, ...]) -> bytes:
    copy = json.loads(json.dumps(value))
    place = copy
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return json.dumps(copy).encode()
