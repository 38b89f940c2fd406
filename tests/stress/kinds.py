"""Every kind of fault: what it does, where it can strike, and which outcomes are right."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipelines.sandbox import faults
from pipelines.sandbox.faults import Fault, Status

from . import damage
from .damage import Damage

# The rows are those of an undisturbed collection; nothing new is kept and the reason is told; or something is missing
# or NULL, and that is told.
SURVIVED, REFUSED, LESS = "survived", "refused", "less"
ANYWHERE, JSON, CSV, ZIP, PARQUET, XML, WALK = "anywhere", "json", "csv", "zip", "parquet", "xml", "walk"
# Longer than any single wait, and shorter than a test may take.
STALL_S = 1.5
DRIP_S = 0.05
HTML = {"Content-Type": "text/html; charset=utf-8"}
_PAGE = b"<!DOCTYPE html><html><body><h1>Something went wrong</h1><p>Please try again.</p></body></html>"

Maker = Callable[[random.Random, str], Fault]


@dataclass(frozen=True)
class Kind:
    """A kind of fault: `make` takes a random generator and the address of another host; `at` is the kind of response it needs.

    `passing` are the right outcomes where it strikes once, `lasting` where it strikes each time; None says that it is
    put once, or each time, only. `damage` is for a body that is altered, and otherwise sound; where it `is_detected`, what
    was announced of the file is left as it was.
    """

    name: str
    make: Maker | None = None
    passing: frozenset[str] | None = frozenset({SURVIVED})
    lasting: frozenset[str] | None = frozenset({REFUSED})
    at: str = ANYWHERE
    damage: Damage | None = None
    is_detected: bool = False


def _of(*outcomes: str) -> frozenset[str]:
    return frozenset(outcomes)


def _fault(fault: Fault) -> Maker:
    return lambda chance, elsewhere: fault


def _passing(name: str, make: Maker) -> Kind:
    """A trouble that is asked for again: one is survived, a lasting one refused."""
    return Kind(name, make)


def _refusal(name: str, make: Maker) -> Kind:
    """A response that is wrong and is not requested again."""
    return Kind(name, make, passing=_of(REFUSED, LESS), lasting=_of(REFUSED, LESS))


def _damage(name: str, at: str, change: Damage, *outcomes: str, is_detected: bool = False) -> Kind:
    right = _of(*outcomes) if outcomes else _of(REFUSED, LESS, SURVIVED)
    return Kind(name, passing=right, lasting=right, at=at, damage=change, is_detected=is_detected)


def _status(*statuses: int, headers: Mapping[str, str] | None = None, body: bytes = _PAGE) -> Maker:
    return lambda chance, elsewhere: Status(chance.choice(statuses), body, {**HTML, **(headers or {})})


def _redirect(location: Callable[[random.Random, str], str]) -> Maker:
    return lambda chance, elsewhere: Status(
        chance.choice((301, 302, 303, 307, 308)), b"", {"Location": location(chance, elsewhere)}
    )


def _loop(chance: random.Random, elsewhere: str) -> Fault:
    return lambda request, respond: faults.Status(302, b"", {"Location": f"{request.base}{request.target}"})(
        request, respond
    )


def _odd_header(name: str, *values: str) -> Maker:
    return lambda chance, elsewhere: faults.Headed({name: chance.choice(values)})


_SOON = "Wed, 21 Oct 2015 07:28:00 GMT"
_NONSENSE = (
    "soon", "-1", "1e9", "NaN", "9" * 5000, "Mon, 99 Foo 2026 99:99:99 GMT", "Mon, 01 Jan 10000 00:00:00 GMT",
    "Wed, 21 Oct 2099 07:28:00 +99999999999", "\xb3", "1, 2",
)  # fmt: skip
_QUOTAS = (
    '"api";r=0;t=999999999', f'"api";r={"9" * 400};t=1', f'"api";r=0;t={"9" * 400}', f'"api";r={"9" * 5000};t=1',
    '"api";r=-1;t=-1', "nonsense", '"api";r=1e9;t=NaN',
)  # fmt: skip
_LINKS = (
    '<http://[broken>; rel="next"', "<>; rel=next", '<//>; rel="next"', '<http://127.0.0.1:99999/>; rel="next"',
    "<" + "a" * 20_000 + '>; rel="last"', '<javascript:alert(1)>; rel="next"',
)  # fmt: skip
_LOCATIONS = (
    "http://[broken",
    "",
    "//",
    "http://127.0.0.1:99999/x",
    "javascript:alert(1)",
    "http://\x00/",
    "ftp://a/b",
)

TRANSPORT = (
    Kind("refused at the door", passing=None),  # the campaign points the setting at a port where nobody listens
    _passing("reset before the head", _fault(faults.reset)),
    _passing("closed before the head", _fault(faults.hang_up)),
    _passing("reset in the body", lambda chance, elsewhere: faults.Cut(chance.random() * 0.99, reset=True)),
    _passing("closed in the body", lambda chance, elsewhere: faults.Cut(chance.random() * 0.99)),
    _passing("stall before the head", _fault(faults.Stall(STALL_S))),
    _passing("stall in the body", _fault(faults.Stall(STALL_S, in_body=True))),
    _passing("trickle of the head", _fault(faults.Drip(DRIP_S, head=True))),
    _passing("trickle of the body", _fault(faults.Drip(DRIP_S))),
    _passing("truncated gzip", _fault(faults.truncated_gzip)),
    _passing("gzip that is none", _fault(faults.Headed({"Content-Encoding": "gzip"}))),
    _passing("another encoding", _odd_header("Content-Encoding", "br", "zstd", "deflate", "x-nonsense")),
    # Of a source whose files may be larger, what comes is read, and found to be none of them.
    Kind("gzip bomb", _fault(faults.Bomb(32 * 2**20)), passing=_of(SURVIVED, REFUSED)),
    Kind("huge body", _fault(faults.Altered(lambda body: b" " * (20 * 2**20))), passing=_of(SURVIVED, REFUSED)),
    _passing("length too long", lambda chance, elsewhere: faults.Misstated(chance.randrange(1, 5000))),
    _passing("chunks that end early", lambda chance, elsewhere: faults.Chunked(chance.random())),
    _passing("5xx", _status(500, 501, 502, 503, 504, 507, 520, 522, 524, 529, 599)),
    _passing("5xx, deep JSON", _status(500, 503, body=b'{"retry_after":' * 50_000, headers={"Content-Type": "application/json"})),
    _passing("429 with seconds", _status(429, headers={"Retry-After": "1"})),
    _passing("429 with an hour", _status(429, headers={"Retry-After": "3600"})),
    _passing("429 with a date", _status(429, headers={"Retry-After": _SOON})),
    _passing("429 without anything", _status(429)),
    _passing("429 with nonsense", lambda chance, e: Status(429, b"{}", {"Retry-After": chance.choice(_NONSENSE)})),
    _passing("429, seconds in the body", lambda chance, e: Status(
        429, b'{"retry_after": %s}' % chance.choice([b"0.5", b'"1"', b"1e400", b"-3", b"null", b"9" * 5000]),
        {"Content-Type": "application/json"})),
    _passing("HTML with 200", _fault(faults.html_page)),
    _passing("nothing with 200", _fault(Status(200, b"", HTML))),
    Kind("length too short", lambda chance, elsewhere: faults.Misstated(-chance.randrange(1, 2000)),
         passing=_of(REFUSED, SURVIVED)),
    _refusal("4xx", _status(400, 401, 402, 403, 404, 405, 406, 410, 414, 418, 422, 451)),
    _refusal("4xx with JSON", lambda chance, e: Status(chance.choice((400, 401, 403, 404, 422)), chance.choice(
        [b"{}", b"[]", b"null", b'{"error": "no"}', b'{"message": 1, "code": "x"}', b"[" * 100_000, b"\xff"]),
        {"Content-Type": "application/json"})),
    _refusal("another 2xx", _status(201, 202, 203, 206, 226)),
    Kind("redirect loop", _loop, passing=_of(REFUSED, LESS, SURVIVED)),
    _refusal("redirect elsewhere", _redirect(lambda chance, elsewhere: f"{elsewhere}/{chance.randrange(99)}")),
    _refusal("redirect nowhere", _redirect(lambda chance, elsewhere: chance.choice(_LOCATIONS))),
    _refusal("redirect without a place", _status(301, 302, 307, 308)),
    Kind("clock skew", _odd_header("Date", "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 31 Dec 2100 23:59:59 GMT", "soon"),
         lasting=_of(SURVIVED)),
    Kind("odd quota", _odd_header("RateLimit", *_QUOTAS), lasting=_of(SURVIVED)),
    Kind("odd Retry-After with 200", _odd_header("Retry-After", *_NONSENSE), lasting=_of(SURVIVED)),
    Kind("odd Link", _odd_header("Link", *_LINKS), passing=_of(SURVIVED, REFUSED), lasting=_of(SURVIVED, REFUSED)),
)  # fmt: skip

DAMAGE = (
    _damage("NaN", JSON, damage.json_number("NaN", "Infinity", "-Infinity"), REFUSED, LESS),
    _damage("out of range", JSON, damage.json_number("1e400", "-1e400", str(2**70), str(-(2**70)), "9" * 5000)),
    _damage("negative number", JSON, damage.json_number("-1", "-7.5", "-1e15")),
    _damage("wrong type", JSON, damage.json_type),
    _damage("missing field", JSON, damage.json_missing),
    _damage("extra field", JSON, damage.json_extra, SURVIVED),
    _damage("duplicate record", JSON, damage.json_doubled),
    _damage("records out of order", JSON, damage.json_reversed, SURVIVED, REFUSED),
    _damage("empty list", JSON, damage.json_emptied, REFUSED, LESS),
    _damage("deep JSON", JSON, damage.json_deep, REFUSED, LESS),
    _damage("invalid UTF-8", JSON, damage.invalid_utf8),  # in a field that nobody reads it harms nobody
    _damage("cut, and whole by its length", JSON, damage.cut, REFUSED, LESS),
    _damage("no number", CSV, damage.csv_number),
    _damage("missing column", CSV, damage.csv_missing),
    _damage("extra column", CSV, damage.csv_extra, SURVIVED),
    _damage("duplicate row", CSV, damage.csv_doubled),
    _damage("rows out of order", CSV, damage.csv_reversed, SURVIVED),
    _damage("header only", CSV, damage.csv_emptied, REFUSED),
    _damage("cells too many or too few", CSV, damage.csv_cells, REFUSED),
    _damage("invalid UTF-8 in CSV", CSV, damage.invalid_utf8, REFUSED),
    _damage("CSV cut, and whole by its length", CSV, damage.cut, REFUSED),
    _damage("no number in a zip", ZIP, damage.in_zip(damage.csv_number)),
    _damage("missing column in a zip", ZIP, damage.in_zip(damage.csv_missing)),
    _damage("duplicate row in a zip", ZIP, damage.in_zip(damage.csv_doubled)),
    _damage("header only in a zip", ZIP, damage.in_zip(damage.csv_emptied)),
    _damage("CSV cut in a zip", ZIP, damage.in_zip(damage.cut), REFUSED),
    _damage("empty zip", ZIP, damage.zip_emptied, REFUSED),
    # To pack it may take longer than the shortened patience of the client, which then asks again.
    _damage("zip bomb", ZIP, damage.zip_bomb, REFUSED, SURVIVED),
    _damage("zip cut", ZIP, damage.cut, REFUSED),
    _damage("zip with another byte", ZIP, damage.one_byte, REFUSED, SURVIVED),
    _damage("no finite number", PARQUET, damage.parquet_number(float("nan"), float("inf"), -float("inf"))),
    _damage("number out of range", PARQUET, damage.parquet_number(1e300, -1e300)),
    _damage("column of another type", PARQUET, damage.parquet_type),
    _damage("missing Parquet column", PARQUET, damage.parquet_missing),
    _damage("extra Parquet column", PARQUET, damage.parquet_extra, SURVIVED),
    _damage("duplicate Parquet row", PARQUET, damage.parquet_doubled),
    _damage("Parquet rows out of order", PARQUET, damage.parquet_reversed, SURVIVED),
    _damage("Parquet without rows", PARQUET, damage.parquet_emptied, REFUSED),
    _damage("Parquet cut", PARQUET, damage.cut, REFUSED),
    _damage("Parquet with another byte", PARQUET, damage.one_byte, REFUSED, SURVIVED, is_detected=True),
    _damage("no amount", XML, damage.xml_number),
    _damage("missing element", XML, damage.xml_missing),
    _damage("element twice", XML, damage.xml_doubled),
    _damage("extra element", XML, damage.xml_extra, SURVIVED),
    _damage("entity bomb", XML, damage.xml_bomb, REFUSED),
    _damage("deep XML", XML, damage.xml_deep, REFUSED),
    _damage("XML cut", XML, damage.cut, REFUSED),
)

PAGING = (
    Kind("duplicate page", _fault(faults.repeated_page), passing=_of(REFUSED, SURVIVED), at=WALK),
    Kind("page out of order", _fault(faults.next_page_early), passing=_of(REFUSED, SURVIVED), lasting=None, at=WALK),
    Kind("cursor that repeats", _fault(faults.looping_link), passing=_of(REFUSED), at=WALK),
    Kind("cursor that is lost", _fault(faults.no_link), at=WALK, lasting=_of(REFUSED)),
    Kind("cursor to another host", lambda chance, elsewhere: faults.foreign_link(elsewhere.removeprefix("http://")),
         passing=_of(REFUSED), at=WALK),
)  # fmt: skip

KINDS = (*TRANSPORT, *DAMAGE, *PAGING)
