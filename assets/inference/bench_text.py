"""The text of a dropped file, the JSON in it, and the error for a file that cannot be used.

PowerShell writes the output of a program as UTF-16 (`>` in version 5) or as UTF-8 with a byte order mark.
"""

import codecs
import hashlib
import re
from typing import Any

import msgspec

from assets.http.errors import UnexpectedResponseError

NAME = "bench_files"
DROP_THE_OUTPUT = (
    "drop the file of `llama-bench -o json > result.json` (or -o jsonl), or of `vllm bench serve --save-result`."
)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
# What else llama-bench prints: a table in Markdown (its default), CSV, SQL.
_OTHER_OUTPUT = re.compile(r"\s*(\| *model|build_commit,|\"?build_commit\"?,|CREATE TABLE|INSERT INTO)")


def unusable(where: str, field: str, expected: str, found: object, advice: str) -> UnexpectedResponseError:
    """Return the error for a dropped file: the field, the expected and the found value, and what its owner can do."""
    return UnexpectedResponseError(
        NAME,
        f"{where}: field {field}: expected {expected}, found {repr(found)[:80]}.",
        kept="the file, unchanged, and everything that was there before.",
        remedy=advice,
    )


def text_of(body: bytes) -> str:
    """Return the text of a file in UTF-8 or UTF-16, without its byte order mark. Raises UnexpectedResponseError."""
    mark, encoding = next((pair for pair in _BYTE_ORDER_MARKS if body.startswith(pair[0])), (b"", "utf-8"))
    if not mark and len(body) > 1 and 0 in body[:2] and body[:2] != b"\0\0":  # JSON begins with an ASCII character
        encoding = "utf-16-le" if body[1] == 0 else "utf-16-be"
    try:
        return body[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise unusable("file", "(whole)", "JSON, a text in UTF-8 or UTF-16", str(error), DROP_THE_OUTPUT) from error


def digest(body: bytes) -> str:
    """Return the SHA-256 of the text of a file: in another encoding it is the same file. Raises like `text_of`."""
    return hashlib.sha256(text_of(body).encode()).hexdigest()


def json_of(text: str) -> Any:  # noqa: ANN401 - JSON of any form
    """Return the JSON of a file; of several lines with an object each (JSON Lines), their list.

    Raises:
        UnexpectedResponseError: it is no JSON, it breaks off, or one line of several does not fit; says which.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) > 1 and _is_object(lines[0][1]):
            return [_object(number, line, is_last=number == lines[-1][0]) for number, line in lines]
        raise unusable("file", "(whole)", "JSON", str(error), _advice(text, str(error))) from error


def _is_object(line: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False


def _object(number: int, line: str, *, is_last: bool) -> Any:  # noqa: ANN401 - an object of JSON
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        advice = "delete this line, and drop the file again: the other lines are whole."
        if is_last:
            advice = f"the benchmark was interrupted: {advice}"
        raise unusable(f"line {number}", "(whole)", "a JSON object", str(error), advice) from error
    if not isinstance(found, dict):
        raise unusable(
            f"line {number}", "(whole)", "a JSON object", found, "delete this line, and drop the file again."
        )
    return found


def _advice(text: str, why: str) -> str:
    """Return what to do about a file that is no JSON, by how it looks."""
    if _OTHER_OUTPUT.match(text):
        return "llama-bench printed another form: run it with -o json or -o jsonl, and drop that output."
    if text.lstrip().startswith(("[", "{")):
        if "truncated" in why:
            return (
                "the file breaks off: the benchmark was interrupted, or the file was copied too early. Run the benchmark to its "
                "end, and drop the new file; `llama-bench -o jsonl` keeps the tests that were finished."
            )
        return "the file was changed or damaged: drop it as the tool wrote it."
    if re.search(r"^\s*[\[{]", text, re.MULTILINE):
        return (
            "the file begins with messages of the tool: delete the lines before the first [ or {, or redirect the output only "
            "(`> result.json`, without `2>&1` or `*>`)."
        )
    return DROP_THE_OUTPUT
