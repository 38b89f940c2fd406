"""The hardware of a result file that does not name it: vLLM measures through the network, and does not know it.

The user states it in a file beside the result (`result.json.hardware.txt` or `.json`) or in the name of the result file
(`run1 hardware=H100 gpus=8.json`).
"""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from assets.inference.bench_text import json_of, text_of, unusable

SIDECARS = (".hardware.txt", ".hardware.json")
LARGEST_SIDECAR_BYTES = 4096
_FIELDS = ("hardware", "gpus", "precision", "framework")
_IN_NAME = re.compile(r"\b(hardware|gpus|precision|framework)=([A-Za-z0-9][A-Za-z0-9.\-]*)")
_ADVICE = (
    "write the name of the hardware into the first line, such as H100, and if you like one line each as gpus=8, precision=fp8, "
    "framework=vllm. In JSON: an object with these four names."
)

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class StatedHardware(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the user states about a run; it fills only what the file itself leaves out."""

    hardware: Name | None = None
    gpus: Annotated[int, Meta(ge=1, le=999_999)] | None = None
    precision: Name | None = None
    framework: Name | None = None


NOTHING_STATED = StatedHardware()


def is_sidecar(name: str) -> bool:
    """Return whether a file of this name states the hardware of another."""
    return name.lower().endswith(SIDECARS)


def sidecar_names(name: str) -> list[str]:
    """Return the names of the files that can state the hardware of a result file, the preferred first."""
    stem = name.rpartition(".")[0] or name
    return [f"{base}{suffix}" for base in dict.fromkeys((name, stem)) for suffix in SIDECARS]


def stated_in_name(name: str) -> StatedHardware:
    """Return what the name of a file states. Raises UnexpectedResponseError, e.g. if gpus is no number."""
    return _stated(dict(_IN_NAME.findall(re.sub(r"\.(json|jsonl|txt)$", "", name, flags=re.IGNORECASE))), name)


def read_sidecar(body: bytes, name: str) -> StatedHardware:
    """Return what a file beside a result states. Raises UnexpectedResponseError, with the name of the file."""
    if len(body) > LARGEST_SIDECAR_BYTES:
        raise unusable(name, "(whole)", f"no more than {LARGEST_SIDECAR_BYTES:,} bytes", len(body), _ADVICE)
    text = text_of(body)
    if name.lower().endswith(".json"):
        stated = _stated(json_of(text), name)
    else:
        stated = _stated(dict(_pair(line.strip(), name) for line in text.splitlines() if line.strip()), name)
    if stated.hardware is None:
        raise unusable(name, "hardware", "the name of the hardware", text[:80], _ADVICE)
    return stated


def encoded(stated: StatedHardware) -> bytes:
    """Return what is stated, as the content of a JSON sidecar."""
    return msgspec.json.encode(stated)


def _pair(line: str, where: str) -> tuple[str, str]:
    pair = re.fullmatch(r"(\w+)\s*[=:]\s*(.*)", line)
    if pair is None:
        return "hardware", line
    if pair[1].lower() not in _FIELDS:
        raise unusable(where, pair[1][:40], f"one of {', '.join(_FIELDS)}", line, _ADVICE)
    return pair[1].lower(), pair[2]


def _stated(values: object, where: str) -> StatedHardware:
    try:
        found = msgspec.convert(values, StatedHardware, strict=False)
    except msgspec.ValidationError as error:
        raise unusable(where, "(hardware)", "hardware, gpus, precision, framework", str(error), _ADVICE) from error
    if any(
        value is not None and not value.isprintable() for value in (found.hardware, found.precision, found.framework)
    ):
        raise unusable(where, "(hardware)", "printable text", values, _ADVICE)
    return found
