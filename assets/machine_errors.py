"""Translate system errors (disk full, out of memory, read-only, corrupt file) into one message with a remedy."""

from collections.abc import Iterator
from dataclasses import dataclass

KEPT = "Kept: the responses stored so far, the database as it was before this step, and the last release."


@dataclass(frozen=True)
class _MachineError:
    what: str
    remedy: str
    signs: tuple[str, ...]


# Messages of the system, of DuckDB and of SQLite. SQLite cannot open a file when the disk is full or read-only.
_MACHINE_ERRORS = (
    _MachineError(
        "the disk is full",
        "free some space",
        ("No space left on device", "database or disk is full", "Disk quota exceeded", "File too large"),
    ),
    _MachineError(
        "the folder cannot be written",
        "make it writable for this user",
        ("Read-only file system", "readonly database", "Permission denied", "Operation not permitted"),
    ),
    _MachineError(
        "there is not enough memory",
        "close other programs, or allow this one more memory",
        (
            "MemoryError", "OutOfMemoryException", "Out of Memory Error", "Cannot allocate memory", "std::bad_alloc",
            "can't start new thread", "failed to allocate", "Resource temporarily unavailable",
        ),
    ),
    _MachineError(
        "the disk reports an error",
        "look for errors of the disk in the system log",
        ("Input/output error", "disk I/O error", "unable to open database file", "database disk image is malformed"),
    ),
    _MachineError(
        "the database is damaged",
        "tidegauge restore (docs/operations.md#damaged_database)",
        ("not a valid DuckDB database file", "Corrupt database file", "Could not read enough bytes"),
    ),
)  # fmt: skip


def explain_text(text: str) -> str | None:
    """Return the explanation of an error's text; None if it is not an error of the machine."""
    for known in _MACHINE_ERRORS:
        if any(sign in text for sign in known.signs):
            where = next((line for line in text.splitlines() if any(sign in line for sign in known.signs)), "")
            return f"{known.what}: {where.strip()}. {KEPT} To do: {known.remedy}, then run it again; it continues."
    return None


def explain(error: BaseException) -> str | None:
    """Return the explanation of an error or of one of its causes; None if it is not an error of the machine."""
    return next((text for one in _causes(error) if (text := explain_text(f"{type(one).__name__}: {one}"))), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
