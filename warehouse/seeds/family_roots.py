"""The file of families, `family.csv`: which repositories a family begins with, and which family is part of which."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from warehouse.seeds.csv_reader import CuratedError, Line, Problem, Row, doubles, read_lines


class FamilyRoot(Row):
    """A row of `family.csv`: one root repository of a family. What it says of the family is the same in all its rows."""

    family: Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
    title: str
    part_of: str | None = None
    root: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*/[\w.-]+$")]
    note: str | None = None


def read_families(folder: Path) -> list[FamilyRoot]:
    """Give every family with every root that it begins with: its own, and those of the families that are part of it.

    Raises:
        CuratedError: names the line and column of everything that is wrong with the file.
    """
    problems: list[Problem] = []
    lines = read_lines(folder, "family", FamilyRoot, (), problems)
    problems += _contradictions(lines)
    problems += doubles(lines, "root", lambda row: row.root.lower())
    first = {line.row.family: line for line in reversed(lines)}
    if not problems:  # of a file with wrong rows, what is part of what cannot be said
        problems += _wrong_parts(first)
    if problems:
        raise CuratedError(problems)
    wider = {name: list(_wider(name, first)) for name in first}
    return [
        line.row.model_copy(update={"family": name, "title": first[name].row.title, "part_of": first[name].row.part_of})
        for line in lines
        for name in (line.row.family, *wider[line.row.family])
    ]


def _contradictions(lines: Sequence[Line[FamilyRoot]]) -> Iterator[Problem]:
    first: dict[str, Line[FamilyRoot]] = {}
    for line in lines:
        earlier = first.setdefault(line.row.family, line)
        for name in ("title", "part_of"):
            said, found = getattr(earlier.row, name), getattr(line.row, name)
            if said != found:
                yield line.problem(
                    name, f"expected {said or ''!r} as in {earlier.file}:{earlier.number}, found {found or ''!r}"
                )


def _wrong_parts(first: Mapping[str, Line[FamilyRoot]]) -> Iterator[Problem]:
    for name, line in first.items():
        part_of = line.row.part_of
        if part_of is not None and part_of not in first:
            yield line.problem("part_of", f"{part_of!r} is not a family of this file: it has no row with a root")
        elif name in _wider(name, first):
            yield line.problem("part_of", f"{' is part of '.join([name, *_wider(name, first)])}: a circle")


def _wider(name: str, first: Mapping[str, Line[FamilyRoot]]) -> Iterator[str]:
    """Give the family that a family is part of, the one that this is part of, and so on; each once."""
    passed: set[str] = set()
    part_of = first[name].row.part_of
    while part_of is not None and part_of in first and part_of not in passed:
        passed.add(part_of)
        yield part_of
        part_of = first[part_of].row.part_of
