"""JSON fragments that many records share: times and weights, each rendered once."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Final

from pipelines.sandbox.hub.cohorts import KIND_NAMES, PARAMETERS
from pipelines.sandbox.hub.kinds import KINDS


def compact(value: object) -> str:
    """Return JSON without spaces, as the Hub writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class _Days(dict[int, str]):
    """Return days since 1970 as text."""

    def __missing__(self, day: int) -> str:
        text = self[day] = (date(1970, 1, 1) + timedelta(days=day)).isoformat()
        return text


class _Clock(dict[int, str]):
    """Return seconds of a day as text, followed by three zeros."""

    def __missing__(self, second: int) -> str:
        text = self[second] = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000Z"
        return text


DAYS: Final = _Days()
CLOCK: Final = _Clock()


def iso(seconds: int) -> str:
    """Return a time as the Hub writes it: in seconds, with three zeros."""
    return f"{DAYS[seconds // 86_400]}T{CLOCK[seconds % 86_400]}"


def seconds_of(text: str) -> int:
    """Return the seconds of a text that `iso` returned."""
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).timestamp())


def weights(kind: str, parameters: int) -> str:
    """Return a `safetensors` object: stored elements by dtype, and a total that counts these or logical weights."""
    small = parameters // 64
    match KINDS[kind].weights:
        case "":
            return ""
        case "F32+I64":
            stored, total = {"I64": 512, "F32": parameters}, parameters + 512
        case "BF16+U8":
            stored, total = {"BF16": small, "U8": parameters - small}, parameters
        case "F8_E4M3":
            stored = {"BF16": small, "F8_E4M3": parameters - small, "F32": 5_000}
            total = parameters + 5_000
        case "U32" | "I32" as container:  # packed weights, counted unpacked
            stored, total = {container: parameters - small, "BF16": small, "I64": 35}, parameters + 35
        case "U32-logical":
            stored, total = {"BF16": small, "U32": parameters // 4}, parameters
        case "F8_E8M0":
            stored = {"BF16": small, "I8": parameters // 2, "F8_E8M0": parameters // 32}
            total = sum(stored.values())
        case "adapter":
            stored, total = {"F32": parameters // 200}, parameters // 200
        case dtype:
            stored, total = {dtype: parameters}, parameters
    return f',"safetensors":{compact({"parameters": stored, "total": total})}'


class _Weights(dict[tuple[int, int], str]):
    def __missing__(self, key: tuple[int, int]) -> str:
        kind, size = key
        text = self[key] = weights(KIND_NAMES[kind], PARAMETERS[size])
        return text


WEIGHTS: Final = _Weights()
