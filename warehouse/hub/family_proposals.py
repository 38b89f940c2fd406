"""Rows proposed for `family.csv`: large roots that no family holds, and further repositories of the same line and maker.

A line is what the beginning of a name says, as makers name their models: `Qwen3.5-27B-Base` is of the line qwen-3.5, part of
qwen. A proposal is a guess with its evidence, for a person to judge.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from warehouse.seeds.family_roots import COLUMNS, SEED

# A line is published within this time: a namesake of another year is another model.
SAME_LINE_WITHIN = timedelta(days=270)
# Further repositories of a line that is listed already are worth a person's time from this many downloads on.
LEAST_DOWNLOADS = 1_000

# Companies that write their own name before that of the model.
_COMPANY = re.compile(r"(c4ai|nvidia|meta|ibm|ai21|microsoft|google)[-_ ]+(?=[a-z])", re.IGNORECASE)
_SIZE = re.compile(r"[ae]?\d+(\.\d+)?[bmtk]|\d+x\d+(\.\d+)?b", re.IGNORECASE)
_VERSION = re.compile(r"[a-z]?\d{1,2}(\.\d{1,2})*", re.IGNORECASE)
_WORD_WITH_VERSION = re.compile(r"([a-z]{2,})\.?(\d{1,2}(?:\.\d{1,2})*)", re.IGNORECASE)
# What follows the name of a line: how the model was tuned, its format, or a date.
_AFTER = re.compile(
    r"base|instruct|chat|it|pt|hf|preview|exp|thinking|reasoning|flash|pro|mini|nano|small|medium|large|lite|turbo|dev|"
    r"vl|vision|coder|code|math|gguf|awq|gptq|fp\d+|bf\d+|int\d+|nvfp\d+|mxfp\d+|\d{3,}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Line:
    """The line that a name says it is of: its words, such as Mistral and Large, and its version, such as 3."""

    words: tuple[str, ...]
    version: str

    @property
    def family(self) -> str:
        """The line as the name of a family, such as mistral-large-3; empty if it cannot be one."""
        name = "-".join(filter(None, (*self.words, self.version))).lower()
        return name if re.fullmatch(SEED.formats["family"].pattern, name) else ""

    @property
    def title(self) -> str:
        """The line as a title, such as Mistral Large 3."""
        return " ".join(filter(None, (*self.words, self.version)))


def line_of(repository: str) -> Line:
    """Return the line that the name of a repository says it is of."""
    name = re.sub(r"(\d)_(\d)", r"\1.\2", repository.rpartition("/")[2])
    parts = re.split(r"[-_ ]+", _COMPANY.sub("", name, count=1) if _COMPANY.match(name) else name)
    words: list[str] = []
    version = ""
    for place, part in enumerate(parts):
        if words and _SIZE.fullmatch(part):
            break
        if words and _VERSION.fullmatch(part):
            version = part
            break
        if not words and (both := _WORD_WITH_VERSION.fullmatch(part)):
            words, version = [both[1]], both[2]
            break
        # A tier is part of the name only before a version: Mistral-Large-3, but Step-3.5-Flash.
        follows = parts[place + 1] if place + 1 < len(parts) else ""
        if words and _AFTER.fullmatch(part) and (not _VERSION.fullmatch(follows) or _SIZE.fullmatch(follows)):
            break
        words.append(part)
    return Line(tuple(words), version)


@dataclass(frozen=True)
class FamilyProposal:
    """A row proposed for `family.csv`, and why."""

    row: Mapping[str, str]
    reason: str


@dataclass(frozen=True)
class _Repository:
    name: str
    maker: str
    created_at: datetime
    descendants: int
    downloads_30d: int | None

    @property
    def evidence(self) -> str:
        downloads = "unknown" if self.downloads_30d is None else f"{self.downloads_30d:,}"
        return f"{self.descendants:,} descendants, {downloads} downloads in 30 days, created {self.created_at:%Y-%m-%d}"


@dataclass
class _Listed:
    """What the list has: each family's title and wider family, and the families of each maker's lines."""

    families: dict[str, tuple[str, str]]
    lines: dict[tuple[str, str], Counter[str]]
    created: dict[str, list[datetime]]

    def family_of(self, maker: str, line: str) -> str | None:
        held = self.lines.get((maker, line))
        return held.most_common(1)[0][0] if held else None

    def makers_of(self, line: str) -> list[str]:
        return [maker for maker, its_line in self.lines if its_line == line]

    def wider(self, maker: str, line: Line) -> str:
        """Return the listed family of the maker that a new line is part of: that of glm-5.3 for glm-5.4, glm-5, or glm."""
        own = {family for (its_maker, _), held in self.lines.items() if its_maker == maker for family in held}
        major, is_minor, _ = line.version.partition(".")
        names = []
        if is_minor:
            first = Line(line.words, major).family
            names = [self.families[name][1] for name in sorted(own) if name.startswith(f"{first}.")] + [first]
        names += [Line(line.words[:count], "").family for count in range(len(line.words), 0, -1)]
        return next((name for name in names if name != line.family and self._is_of(name, own)), "")

    def _is_of(self, name: str, own: set[str]) -> bool:
        return name in self.families and any(name in self.with_wider(family) for family in own)

    def with_wider(self, family: str) -> list[str]:
        names = [family]
        while (wider := self.families[names[-1]][1]) and wider not in names:
            names.append(wider)
        return names


def propose(connection: duckdb.DuckDBPyConnection) -> list[FamilyProposal]:
    """Return the rows that a release proposes for `family.csv`: for each large root, and for repositories of its line.

    The root with the most descendants comes first, and the further repositories of a line after its largest root.
    """
    listed = _read_list(connection)
    proposals: list[FamilyProposal] = []
    by_line: dict[tuple[str, str], list[_Repository]] = defaultdict(list)
    for root in _repositories(connection, _UNLISTED):
        by_line[root.maker, line_of(root.name).family].append(root)
    further = defaultdict(list)
    for other in _repositories(connection, _FURTHER):
        further[other.maker, line_of(other.name).family].append(other)
    for (maker, line), roots in by_line.items():
        row = _place(listed, maker, line_of(roots[0].name))
        copied = (
            [name for name in listed.makers_of(line) if name != maker] if listed.family_of(maker, line) is None else []
        )
        note = f"; perhaps a copy of a model of {copied[0]}" if copied else ""
        proposals += [_row(row, root, f"root in no family: {root.evidence}{note}") for root in roots]
        known = [root.created_at for root in roots] + listed.created.get(row["family"], [])
        proposals += _further(row, further.pop((maker, line), []), known, 0)
    for (maker, line), others in further.items():
        if family := listed.family_of(maker, line):
            row = _place(listed, maker, line_of(others[0].name))
            proposals += _further(row, others, listed.created.get(family, []), LEAST_DOWNLOADS)
    return proposals


_MAKER = """
    coalesce(
        (
            select any_value(account.maker) from core.maker_organisation as account
            where lower(account.organisation) = lower(split_part(name, '/', 1))
        ),
        lower(split_part(name, '/', 1))
    )
"""
_UNLISTED = f"""
    select name, {_MAKER}, created_at, descendants, downloads_30d
    from core.unlisted_root
    order by descendants desc, downloads_30d desc nulls last, name
"""
# Repositories without a stated base, of the accounts that have a root. Few accounts have one: makers are looked up last.
_FURTHER = f"""
    with rooted as (
        select lower(split_part(root, '/', 1)) as account from core.family
        union
        select lower(split_part(name, '/', 1)) from core.unlisted_root
    ),
    other as (
        select model.id as name, model.created_at, model.model_key
        from core.model as model
        join rooted on rooted.account = lower(model.author)
        anti join (from base.model_family where depth > 0) as derived using (model_key)
        anti join core.family as listed on listed.hub_id = model.hub_id
        anti join core.unlisted_root as root on root.root = model.hub_id
        where model.removed_in is null
    )
    select
        name, {_MAKER}, created_at,
        (select count(*) from base.model_family as pair where pair.root_key = other.model_key and pair.depth > 0),
        reading.downloads_30d
    from other
    left join (
        from base.model_week where week = (select max(week) from core.hub_week)
    ) as reading using (model_key)
    order by downloads_30d desc nulls last, name
"""


def _repositories(connection: duckdb.DuckDBPyConnection, query: str) -> list[_Repository]:
    return [_Repository(*row) for row in connection.execute(query).fetchall()]


def _read_list(connection: duckdb.DuckDBPyConnection) -> _Listed:
    rows = connection.execute(
        f"""
        select family, title, part_of, name, {_MAKER} as maker, created_at
        from (
            select listed.family, listed.title, listed.part_of, listed.root as name, model.created_at
            from core.family as listed
            left join core.model as model using (hub_id)
        )
        """
    ).fetchall()
    listed = _Listed({family: (title, part_of or "") for family, title, part_of, *_ in rows}, {}, {})
    families = defaultdict(set)
    for family, _, _, name, maker, created_at in rows:
        families[name, maker].add(family)
        if created_at:
            listed.created.setdefault(family, []).append(created_at)
    for (name, maker), held in families.items():
        narrowest = max(held, key=lambda family: len(listed.with_wider(family)))
        listed.lines.setdefault((maker, line_of(name).family), Counter())[narrowest] += 1
    return listed


def _place(listed: _Listed, maker: str, line: Line) -> dict[str, str]:
    """Return the family, title and part_of of a line: those of the maker's listed roots, or a new family."""
    same = listed.family_of(maker, line.family)
    if same is None and (others := listed.makers_of(line.family)):
        same = listed.family_of(others[0], line.family)
    if same is not None:
        title, part_of = listed.families[same]
        return {"family": same, "title": title, "part_of": part_of}
    name = line.family
    if name in listed.families:  # of another maker
        name = f"{re.sub(r'[^a-z0-9]+', '-', maker.lower()).strip('-')}-{name}"
    return {"family": name, "title": line.title, "part_of": listed.wider(maker, line)}


def _further(
    row: Mapping[str, str], others: Sequence[_Repository], known: Sequence[datetime], least: int
) -> Iterator[FamilyProposal]:
    for other in others:
        is_near = any(abs(other.created_at - moment) <= SAME_LINE_WITHIN for moment in known)
        if is_near and (other.downloads_30d or 0) >= least:
            yield _row(row, other, f"same maker and line, and made in the same months: {other.evidence}")


def _row(place: Mapping[str, str], repository: _Repository, reason: str) -> FamilyProposal:
    row = {
        **dict.fromkeys(COLUMNS, ""),
        **place,
        "root": repository.name,
        "evidence_url": f"https://huggingface.co/{repository.name}",
        "note": f"proposed: {reason}",
    }
    return FamilyProposal(row, f"{repository.name}: {reason}")
