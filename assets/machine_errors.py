"""What the machine can lack, room, memory, a disk that can be written, or a whole database: said in a sentence, with what to do."""

from collections.abc import Iterator
from dataclasses import dataclass

KEPT = "Kept: what was landed so far, the database as it was before this step, and the last release."


@dataclass(frozen=True)
class _Shortage:
    what: str
    remedy: str
    signs: tuple[str, ...]


# As the system, DuckDB and SQLite word them. SQLite cannot open a file when the disk is full or refuses to be written.
_SHORTAGES = (
    _Shortage(
        "the disk is full",
        "make room",
        ("No space left on device", "database or disk is full", "Disk quota exceeded", "File too large"),
    ),
    _Shortage(
        "the folder cannot be written",
        "make it writable for this user",
        ("Read-only file system", "readonly database", "Permission denied", "Operation not permitted"),
    ),
    _Shortage(
        "the memory does not suffice",
        "close other programs, or allow this one more",
        (
            "MemoryError", "OutOfMemoryException", "Out of Memory Error", "Cannot allocate memory", "std::bad_alloc",
            "can't start new thread", "failed to allocate", "Resource temporarily unavailable",
        ),
    ),
    _Shortage(
        "the disk does not answer as it should",
        "see what the system's log says of the disk",
        ("Input/output error", "disk I/O error", "unable to open database file", "database disk image is malformed"),
    ),
    _Shortage(
        "the database is damaged",
        "tidegauge restore (docs/operations.md#damaged_database)",
        ("not a valid DuckDB database file", "Corrupt database file", "Could not read enough bytes"),
    ),
)  # fmt: skip


def in_words(said: str) -> str | None:
    """Say what the machine lacked, given how an error words it; None if that was not the reason."""
    for shortage in _SHORTAGES:
        if any(sign in said for sign in shortage.signs):
            where = next((line for line in said.splitlines() if any(sign in line for sign in shortage.signs)), "")
            return (
                f"{shortage.what}: {where.strip()}. {KEPT} To do: {shortage.remedy}, then run it again; it continues."
            )
    return None


def explain(error: BaseException) -> str | None:
    """Say what the machine lacked, given an error or one that led to it; None if that was not the reason."""
    return next((words for one in _causes(error) if (words := in_words(f"{type(one).__name__}: {one}"))), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
