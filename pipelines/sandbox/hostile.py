"""Hostile responses: every free text of a service carries content that harms a careless reader.

`hostile` is a hook for `Sandbox.faults`. A hostile text is prepended to the normal one, so that names stay distinct and a
text that is dangerous at the start of a cell is there. The record's key alone decides which text it gets.
"""

import csv
import dataclasses
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import polars as pl

from pipelines.sandbox.faults import Fault, Respond
from pipelines.sandbox.wire import Request, Response

TEXTS: Final[Mapping[str, str]] = {
    "sql": "'; drop table core.model; --",
    "sql in double quotes": '"); attach \'/etc/passwd\' as x; --',
    "sql dollar quotes": "$$ || getenv('HF_TOKEN') || $$ $1 ?",
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "svg": "<svg/onload=alert(1)>",
    "frame": "<iframe src=\"javascript:alert(1)\"></iframe>",
    "attribute": "\" autofocus onfocus=alert(1) x=\"",
    "end of script": "</script><script>alert(1)</script><!--",
    "end of title and style": "</title></style></textarea></noscript><img src=x onerror=alert(1)>",
    "end of CDATA": "]]><img src=x onerror=alert(1)><![CDATA[",
    "entity": "&lt;img src=x onerror=alert(1)&gt;&#x3c;b&#62;&bogus;",
    "Markdown link": "[click](javascript:alert(1))",
    "Markdown image": "![x](http://127.0.0.1:9/track.png)",
    "Markdown table": "a | b\n|---|---|\n| `c` | **d** |",
    "Markdown fence": "```\n# heading\n<b>bold</b>\n~~~",
    "Markdown reference": "[x]: javascript:alert(1)\n[x]",
    "Rich markup": "[bold red]failed[/][link=http://127.0.0.1:9]x[/link]",
    "path": "../../../../etc/passwd",
    "path of Windows": "..\\..\\windows\\system32\\",
    "address of a file": "file:///etc/passwd",
    "device": "CON",
    "terminal colours": "\x1b[31;1mred\x1b[0m\x1b[2J\x1b[H",
    "terminal title": "\x1b]0;owned\x07",
    "terminal link": "\x1b]8;;http://127.0.0.1:9\x1b\\click\x1b]8;;\x1b\\",
    "terminal clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "terminal, eight bits": "\x9b31mred\x9d0;owned\x9c",
    "carriage return": "all is well\rfailed",
    "line breaks": "one\ntwo\u2028three\u2029four\x0bfive\x85six",
    "backspace": "abc\x08\x08\x08xyz\x7f",
    "nul": "before\x00after",
    "right to left": "\u202egnp.exe\u202c\u2066x\u2069",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f",
    "byte order mark": "\ufeff",
    "combining": "a" + "\u0301" * 500,
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f9ff\U0010ffff",
    "not a character": "\ufffe\uffff\ufdd0",
    "formula": "=cmd|'/c calc'!A1",
    "formula with plus": "+SUM(1+1)*cmd|'/c calc'!A1",
    "formula with minus": "-2+3+cmd|'/c calc'!A1",
    "formula with at": "@SUM(1+1)*cmd|'/c calc'!A1",
    "formula after a tab": "\t=HYPERLINK(\"http://127.0.0.1:9\")",
    "formula after a return": "\r=HYPERLINK(\"http://127.0.0.1:9\")",
    "comma and quote": "a,\"b\"\n;c'",
    "template": "{{ 7*7 }}{% raw %}${7*7}#{7*7}<%= 7*7 %>",
    "format": "%s%n%x %(HF_TOKEN)s {0} {__class__} {",
    "shell": "$(touch owned)`touch owned`; touch owned | tee",
    "log lookup": "${jndi:ldap://127.0.0.1:9/a}",
    "YAML tag": "!!python/object/apply:os.system ['touch owned']",
    "YAML anchor": "&a [*a, *a]\n---\n? : - no",
    "Vega expression": "datum['x'] || alert(1)",
    "Vega signal": "{\"signal\": \"alert(1)\"}",
    "prototype": "__proto__",
    "constructor": "constructor.prototype",
    "null": "null",
    "not a number": "NaN",
    "number": "1e309",
    "blank": " \u00a0\u3000",
    "long": "x" * 100_000,
    "long, without a seam": "\U0001f9ff" * 25_000,
}  # fmt: skip
"""Hostile texts, by what they try to break."""

_TEXTS: Final = tuple(TEXTS.values())
# Characters that XML 1.0 does not allow, which a service could not send there.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMES_IN_XML: Final = re.compile("(<entityName>|<industryGroupType>Other )")


def text_for(key: str, one_in: int = 3) -> str | None:
    """Return the hostile text for the record with this key, or None: two in three stay as they are."""
    place = zlib.crc32(key.encode()) % (one_in * len(_TEXTS))
    return _TEXTS[place] if place < len(_TEXTS) else None


def hostile(request: Request) -> Fault | None:
    """Return the fault that makes a response hostile; None if it has no free text."""
    place = urlsplit(request.base).path + request.path
    return next((fault for begin, fault in _FAULTS if place.startswith(begin)), None)


def _changed(change: Callable[[bytes], bytes]) -> Fault:
    def fault(request: Request, respond: Respond) -> Response:
        response = respond(request)
        headers = {name: value for name, value in response.headers.items() if name not in ("ETag", "X-Linked-ETag")}
        if response.status != 200:
            return dataclasses.replace(response, headers=headers)
        return dataclasses.replace(response, body=change(response.body), headers=headers)

    return fault


def _refused(request: Request, respond: Respond) -> Response:
    """Return a refusal with every hostile text in its body and in a header."""
    said = "".join(text for text in _TEXTS if len(text) < 500)
    headers = {"Content-Type": "text/html", "X-Reason": "\x1b]0;owned\x07<b>", "Server": "\x1b[2J"}
    return Response(403, said.encode(), headers)


def _listing(body: bytes) -> bytes:
    records: list[dict[str, Any]] = json.loads(body)
    return json.dumps([_model(record) for record in records], ensure_ascii=False, separators=(",", ":")).encode()


def _model(record: dict[str, Any]) -> dict[str, Any]:
    text = text_for(str(record.get("_id")))
    if text is None or not isinstance(record.get("id"), str):
        return record
    card = record["cardData"] if isinstance(record.get("cardData"), dict) else {}
    tags = record["tags"] if isinstance(record.get("tags"), list) else []
    marked = (text, f"license:{text}", f"base_model:{text}", f"base_model:finetune:{text}", f"region:{text}")
    return {
        **record,
        "id": text + record["id"],
        "author": text,
        "pipeline_tag": text,
        "library_name": text,
        "tags": [*marked, *(tag for tag in tags if not str(tag).startswith("license:"))],
        "cardData": {
            **card,
            "license": text,
            "base_model": [text],
            "language": [text],
            text: text,
            "__proto__": {"x": text},
        },
        "constructor": {"prototype": text},
    }


def _said(body: bytes) -> bytes:
    """Replace every text of a description, a title or a guild, in any JSON."""
    free = {
        "title",
        "public_description",
        "description",
        "fullname",
        "image",
        "framework",
        "hardware",
        "spec_method",
    }

    def walk(value: Any, name: str = "", key: str = "") -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            key = str(value.get("display_name") or value.get("name") or value.get("hardware") or "")
            said = {name: walk(part, name, key) for name, part in value.items()}
            return said | {"__proto__": {"polluted": True}, "constructor": _TEXTS[0]}
        if isinstance(value, list):
            return [walk(part, name, key) for part in value]
        if isinstance(value, str) and name in free:
            return (text_for(value + key) or "") + value
        return value

    found = json.loads(body)
    return json.dumps(walk(found) if isinstance(found, dict) else [walk(one) for one in found]).encode()


def _cells(*columns: str, one_in: int = 1) -> Callable[[bytes], bytes]:
    """Change these columns of a CSV file, each row depending on its first column."""

    def change(body: bytes) -> bytes:
        header, *rows = list(csv.reader(io.StringIO(body.decode(), newline="")))
        places = [header.index(name) for name in columns if name in header]
        for row in rows:
            text = text_for(row[0], one_in)
            for place in places if text and row else ():
                row[place] = f"{text}{row[place]}"
        written = io.StringIO(newline="")
        csv.writer(written).writerows([header, *rows])
        return written.getvalue().encode()

    return change


def _archive(body: bytes) -> bytes:
    change = _cells(
        "Model version",
        "Organization",
        "model_version",
        "model_group",
        "organization",
        "Model",
        "accessibility",
        one_in=3,
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as archive, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in archive.namelist():
            content = archive.read(name)
            changed.writestr(name, change(content) if name.endswith(".csv") else content)
        changed.writestr("CON", "=cmd|'/c calc'!A1")
        changed.writestr("\x1b[31m<b>.txt", "named to harm")
    return packed.getvalue()


def _columns(*columns: str) -> Callable[[bytes], bytes]:
    """Change these columns of a Parquet file, each row depending on the first of them."""

    def change(body: bytes) -> bytes:
        frame = pl.read_parquet(io.BytesIO(body))
        named = [name for name in columns if name in frame.columns]
        if not named:
            return body
        texts = [text_for(str(name)) or "" for name in frame[named[0]]]
        changed = frame.with_columns(
            pl.Series(name, [None if old is None else text + old for text, old in zip(texts, frame[name], strict=True)])
            for name in named
        )
        written = io.BytesIO()
        changed.write_parquet(written)
        return written.getvalue()

    return change


def _filing(body: bytes) -> bytes:
    document = body.decode()
    return _NAMES_IN_XML.sub(
        lambda found: found[0] + escape(_NOT_XML.sub("", text_for(document[found.end() : found.end() + 20]) or "")),
        document,
    ).encode()


_SAID: Final = _changed(_said)
# By the prefix of the path, with the services' prefixes.
_FAULTS: Final[tuple[tuple[str, Fault], ...]] = (
    ("/api/models-json", lambda request, respond: respond(request)),
    ("/api/models", _changed(_listing)),
    ("/datasets/", _changed(bytes)),  # unchanged: other bytes would not match the announced checksum
    ("/_storage/", _changed(_columns("model_name", "organization", "license", "fullname", "Hub License"))),
    ("/epoch/data/benchmark_data.zip", _changed(_archive)),
    ("/epoch/data/ai_companies_funding_rounds.csv", _changed(_cells("Company", "Source 1", "Notes", "Type"))),
    (
        "/epoch/data/frontier_ai_models.csv",
        _changed(_cells("Model", "Organization", "Domain", "Task", "Country (of organization)", "Base model")),
    ),
    ("/epoch/data/ml_hardware.csv", _changed(_cells("Manufacturer", "Type", "Notes"))),
    ("/sec-www/", _changed(_filing)),
    ("/docker-hub/", _refused),
    *(
        (place, _SAID)
        for place in (
            "/api/organizations/",
            "/discord/",
            "/reddit/",
            "/replicate/",
            "/github/",
            "/pypistats/",
            "/inferencex/",
        )
    ),
)
