"""The file of families, `family.csv`: which repositories a family begins with, and which family is part of which."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from warehouse.seeds.csv_reader import ADDRESS, CuratedError, Format, Problem, Record, Row, Seed, read_seeds
from warehouse.tables.lineage import FAMILY

COLUMNS = ("family", "title", "part_of", "root", "released_on", "evidence_url", "note")
SEED = Seed(
    "family",
    columns={name: FAMILY.columns[name] for name in COLUMNS},
    key=("root",),
    formats={
        "family": Format(r"[a-z0-9]+([.-][a-z0-9]+)*", "lower-case letters and digits, with - or . between them"),
        "root": Format(r"[A-Za-z0-9][\w.-]*/[\w.-]+", "a repository, owner/name"),
        "evidence_url": ADDRESS,
    },
    same={"family": ("title", "part_of")},
    ignore_case=True,
)


def read_families(folder: Path) -> list[Row]:
    """Return every family with every root: its own, and those of the families that are part of it.

    Raises:
        CuratedError: names the line and column of everything that is wrong with the file.
    """
    records = read_seeds(folder, [SEED])["family"]
    families = {one.row["family"]: one for one in reversed(records)}
    problems = [problem for name in families for problem in _wrong_part(name, families)]
    if problems:
        raise CuratedError(problems)
    return [
        {**one.row, **{column: families[name].row[column] for column in ("family", "title", "part_of")}}
        for one in records
        for name in _with_wider(one.row["family"], families)
    ]


def _wrong_part(name: str, families: Mapping[str, Record]) -> Iterator[Problem]:
    record, names = families[name], _with_wider(name, families)
    last = families[names[-1]].row["part_of"]
    if last == name:
        yield record.problem("part_of", "no circle", " is part of ".join([*names, name]))
    elif record.row["part_of"] is not None and record.row["part_of"] not in families:
        yield record.problem("part_of", "a family of this file, with a root", record.row["part_of"])


def _with_wider(name: str, families: Mapping[str, Record]) -> list[str]:
    """Return a family, the family that it is part of, and so on, each once."""
    names = [name]
    while (wider := families[names[-1]].row["part_of"]) in families and wider not in names:
        names.append(wider)
    return names
