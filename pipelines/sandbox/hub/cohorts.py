"""The unchanging columns of the synthetic Hub: one row per repository that ever exists, in order of creation.

A cohort is the initial stock (week 0) or the births of one week. Its rows depend on the seed, on their own index and
on earlier rows only, so that a world looks the same however far it is built.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import polars as pl

from pipelines.sandbox.draws import bits, mixed, share
from pipelines.sandbox.hub.kinds import KINDS, KINDS_FOR
from pipelines.sandbox.hub.oddities import CHAIN_PERIODS, ONLY_IN_CARD, Odd, period
from pipelines.sandbox.hub.roots import ROOTS, UNLISTED
from pipelines.sandbox.hub.vocabulary import (
    LICENCE_WEIGHTS,
    LICENCES,
    MODALITIES,
    PARAMETERS_FOR,
    RELATIONS,
    STEMS_FOR,
    SUFFIXES_FOR,
)

NEVER: Final = 65_535
"""A week that never comes."""
TICKS: Final = 1 << 24
"""Creation times are counted in this many ticks a second, so that they never tie."""
FLOOR: Final = int(datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC).timestamp())
"""The earliest creation second of the Hub: when it started to store creation dates."""
FLOOR_SHARE: Final = 0.01
WEEK: Final = 7 * 86_400
WEEKLY_BIRTHS: Final = 0.0115
ACCELERATION: Final = math.log(14)
"""Creations per day grew about fourteenfold from the floor to the start."""
MEAN_DOWNLOADS: Final = 900
"""Downloads in 30 days per repository (2.9 billion over 3.1 million in October 2026)."""
OWN_FAMILY: Final = 255
"""Family code of repositories that do not descend from a named root."""
WEEKLY_HAZARDS: Final = {
    "deleted": 0.001,
    "renamed": 0.002,
    "gating": 0.0005,
    "relicensed": 0.0005,
    "reparented": 0.0005,
    "restated": 0.0005,
    "spiked": 0.0005,
}
"""Chance of each event in each week of a repository's life."""

KIND_NAMES: Final = tuple(KINDS)
KIND_TABLE: Final = tuple(
    KIND_NAMES.index(KINDS_FOR[modality][relation][bit % len(KINDS_FOR[modality][relation])])
    for modality in MODALITIES
    for relation in RELATIONS
    for bit in range(8)
)
STEMS: Final = tuple(
    f"{stem}-{suffix}"
    for stem in (*(root.stem for root in ROOTS), *(stem for modality in MODALITIES for stem in STEMS_FOR[modality]))
    for relation in RELATIONS
    for suffix in SUFFIXES_FOR[relation]
)
"""Names of repositories without author and code, by stem code."""
PARAMETERS: Final = (
    *(count for modality in MODALITIES for count in PARAMETERS_FOR[modality]),
    *(root.parameters for root in ROOTS),
)
LICENCE_TABLE: Final = tuple(code for code, weight in enumerate(LICENCE_WEIGHTS) for _ in range(weight))


@dataclass
class Cohorts:
    """Builds cohorts in order, and keeps the state that later ones need."""

    models: int
    seed: int
    start: datetime
    oddities: bool
    roots: dict[int, int] = field(init=False)
    _levels: list[pl.Series] = field(init=False)

    def __post_init__(self) -> None:
        """Find the positions of the named roots."""
        self.roots = self._root_places()
        self._levels = [pl.Series(dtype=pl.UInt32) for _ in range(7)]

    @property
    def floor_models(self) -> int:
        """Return how many repositories have the floor as their creation time."""
        return max(1, round(self.models * FLOOR_SHARE))

    def births_until(self, week: int) -> int:
        """Return how many repositories exist or have existed at the end of a week."""
        return math.floor(self.models * (1 + WEEKLY_BIRTHS) ** week)

    def build(self, week: int, earlier: pl.DataFrame | None) -> pl.DataFrame:
        """Return the repositories born in a week; for week 0 the initial stock."""
        low, high = (self.births_until(week - 1), self.births_until(week)) if week else (0, self.models)
        frame = pl.select(index=pl.int_range(low, high, dtype=pl.UInt32))
        key = pl.col("index").cast(pl.UInt64) + pl.lit(self.seed << 32, dtype=pl.UInt64)
        frame = frame.with_columns(look=mixed(key, 1), born=pl.lit(week, dtype=pl.UInt16))
        frame = frame.with_columns(ticks=self._ticks(key, week, low, high), level=_level(share(key, 2)))
        if week == 0:
            frame = self._at_roots(frame, "level", [0] * len(self.roots))
        frame = frame.with_columns(relation=_relation(share(key, 3)), modality=_modality(share(key, 4)))
        frame = self._families(frame, key, week, earlier)
        frame = self._odd_parents(frame)
        frame = frame.with_columns(self._looks(key))
        frame = frame.with_columns(self._downloads(key, week))
        frame = frame.with_columns(_events(key, week))
        if week == 0:
            frame = self._as_named(frame)
        return frame.drop("level")

    def _ticks(self, key: pl.Expr, week: int, low: int, high: int) -> pl.Expr:
        if week:
            begin = int(self.start.timestamp()) + (week - 1) * WEEK
            place = (pl.col("index") - low + share(key, 5) * 0.9) / (high - low)
            return (place * (WEEK * TICKS)).floor().cast(pl.UInt64) + begin * TICKS
        floor_models = self.floor_models
        span = self.start.timestamp() - FLOOR - 2
        place = (pl.col("index") - floor_models + share(key, 5) * 0.9) / (self.models - floor_models)
        later = (1 + place * math.expm1(ACCELERATION)).log() * (span / ACCELERATION * TICKS)
        at_floor = pl.col("index").cast(pl.UInt64) * (2 * TICKS) // floor_models
        return (
            pl.when(pl.col("index") < floor_models)
            .then(at_floor)
            .otherwise(later.floor().cast(pl.UInt64, strict=False) + 2 * TICKS)
        ) + pl.lit(FLOOR * TICKS, dtype=pl.UInt64)

    def _root_places(self) -> dict[int, int]:
        span = self.start.timestamp() - FLOOR
        places: dict[int, int] = {}
        for family, root in sorted(enumerate(ROOTS), key=lambda item: item[1].released):
            released = datetime.fromisoformat(root.released).replace(tzinfo=UTC).timestamp()
            past = min(max((released - FLOOR) / span, 0.0), 0.999)
            quantile = math.expm1(ACCELERATION * past) / math.expm1(ACCELERATION)
            place = self.floor_models + int(quantile * (self.models - self.floor_models)) if past else 0
            while place in places.values():
                place = (place + 1) % self.models
            places[family] = place
        return dict(sorted(places.items()))

    def _at_roots(self, frame: pl.DataFrame, column: str, values: list[int]) -> pl.DataFrame:
        series = frame[column].scatter(list(self.roots.values()), pl.Series(values, dtype=frame.schema[column]))
        return frame.with_columns(series.alias(column))

    def _families(self, frame: pl.DataFrame, key: pl.Expr, week: int, earlier: pl.DataFrame | None) -> pl.DataFrame:
        """Set the parents of every derived repository, and what it inherits from the first of them."""
        first = frame["index"][0]
        own_size = pl.col("modality") * 8 + bits("look", 3, 3).cast(pl.UInt8)
        frame = frame.with_columns(family=pl.lit(OWN_FAMILY, dtype=pl.UInt8), size=own_size)
        if week == 0:
            frame = self._at_roots(frame, "family", list(self.roots))
            frame = self._at_roots(frame, "modality", [MODALITIES.index(root.modality) for root in ROOTS])
            frame = self._at_roots(frame, "size", [len(PARAMETERS) - len(ROOTS) + family for family in self.roots])
        inherited = {
            name: pl.concat([earlier[name], frame[name]]) if earlier is not None else frame[name].clone()
            for name in ("modality", "family", "size")
        }
        parents = pl.repeat(None, frame.height, dtype=pl.UInt32, eager=True)
        draws = frame.select(a=share(key, 6), b=share(key, 7), c=share(key, 8))
        for level in range(7):
            members = frame.filter(pl.col("level") == level)["index"]
            self._levels[level] = self._levels[level].append(members)
            if level == 0 or members.is_empty():
                continue
            at = members - first
            drawn = draws.select(pl.all().gather(at)).with_columns(index=members)
            chosen = self._roots_or_originals(drawn) if level == 1 else self._earlier(drawn, level - 1)
            parents = parents.scatter(at, chosen)
            known = at.filter(chosen.is_not_null())
            for name, column in inherited.items():
                inherited[name] = column.scatter(known + first, column.gather(chosen.drop_nulls()))
        frame = frame.with_columns(
            parent=parents, **{name: column.slice(first, frame.height) for name, column in inherited.items()}
        )
        merged = frame.select("index", a=share(key, 9), b=share(key, 10))
        others = [self._earlier(merged.select("index", b=pl.col(draw)), 1) for draw in ("a", "b")]
        is_merge = pl.col("parent").is_not_null() & (pl.col("relation") == RELATIONS.index("merge"))
        frame = frame.with_columns(second=others[0], third=others[1])
        return frame.with_columns(
            relation=pl.when(pl.col("parent").is_not_null()).then("relation").otherwise(pl.lit(0, dtype=pl.UInt8)),
            second=pl.when(is_merge & (pl.col("second") != pl.col("parent"))).then("second"),
            third=pl.when(
                is_merge
                & (bits("look", 0, 2) == 0)
                & (pl.col("third") != pl.col("second"))
                & (pl.col("third") != pl.col("parent"))
            ).then("third"),
        )

    def _roots_or_originals(self, drawn: pl.DataFrame) -> pl.Series:
        """Return a named root four times out of five (popular ones far more often), otherwise any older original.

        One time in eight it is the root that no family has.
        """
        places = pl.Series(list(self.roots.values()), dtype=pl.UInt32)
        rank = ((pl.col("b") * math.log(len(places) + 1)).exp().floor().cast(pl.UInt32) - 1).clip(0, len(places) - 1)
        table = drawn.with_columns(root=pl.select(places.gather(drawn.select(rank).to_series())).to_series())
        table = table.with_columns(original=self._earlier(drawn, 0))
        oldest_first = places.sort()
        available = oldest_first.search_sorted(drawn["index"])
        other = drawn.select(pl.when(available > 0).then((pl.col("c") * available).floor().cast(pl.UInt32))).to_series()
        table = table.with_columns(available=oldest_first.gather(other))
        return table.select(
            pl.when(pl.col("a") >= 0.8)
            .then("original")
            .when((pl.col("a") < 0.125) & (self.roots[UNLISTED] < pl.col("index")))
            .then(pl.lit(self.roots[UNLISTED], dtype=pl.UInt32))
            .when(pl.col("root") < pl.col("index"))
            .then("root")
            .otherwise("available")
        ).to_series()

    def _earlier(self, drawn: pl.DataFrame, level: int) -> pl.Series:
        """Return a repository of a level that is older than each of the drawn ones; old ones have far more children."""
        members = self._levels[level]
        before = members.search_sorted(drawn["index"])
        place = drawn.select(pl.when(before > 0).then((pl.col("b") ** 3 * before).floor().cast(pl.UInt32))).to_series()
        return members.gather(place)

    def _odd_parents(self, frame: pl.DataFrame) -> pl.DataFrame:
        if not self.oddities:
            return frame.with_columns(odd=pl.lit(0, dtype=pl.UInt16))
        every = period(self.models)
        index = pl.col("index").cast(pl.Int64)
        last = frame["index"][-1]
        frame = frame.with_columns(odd=((index + self.seed) % every).cast(pl.UInt16))
        if frame["born"][0] == 0:
            frame = self._at_roots(frame, "odd", [0] * len(self.roots))
        odd = pl.col("odd")
        parent = (
            pl.when(odd == Odd.PAIR_FIRST)
            .then(index + 1)
            .when(odd == Odd.PAIR_SECOND)
            .then(index - 1)
            .when(odd.is_in([Odd.TRIO_FIRST, Odd.TRIO_SECOND]))
            .then(index + 1)
            .when(odd == Odd.TRIO_THIRD)
            .then(index - 2)
            .when(odd == Odd.OWN_PARENT)
            .then(index)
            .when(odd.is_between(Odd.CHAIN_FIRST + 1, Odd.CHAIN_LAST))
            .then(index - 1)
            .when((odd == Odd.CHAIN_FIRST) & ((index + self.seed) // every % CHAIN_PERIODS != 0))
            .then(index - every + (Odd.CHAIN_LAST - Odd.CHAIN_FIRST))
            .when(odd.is_in(ONLY_IN_CARD))
            .then(pl.lit(next(iter(self.roots.values()))))
        )
        known = pl.when((parent >= 0) & (parent <= last)).then(parent.cast(pl.UInt32, strict=False))
        frame = frame.with_columns(odd_parent=known)
        odd_one = pl.col("odd_parent").is_not_null()
        return frame.with_columns(
            parent=pl.coalesce("odd_parent", "parent"),
            second=pl.when(~odd_one).then("second"),
            third=pl.when(~odd_one).then("third"),
            relation=pl.when(odd_one).then(pl.lit(RELATIONS.index("finetune"), dtype=pl.UInt8)).otherwise("relation"),
        ).drop("odd_parent")

    def _looks(self, key: pl.Expr) -> list[pl.Expr]:
        kinds = pl.Series(KIND_TABLE, dtype=pl.UInt8)
        licences = pl.Series(LICENCE_TABLE, dtype=pl.UInt8)
        bit = bits("look", 8, 3).cast(pl.UInt16)
        group = pl.col("modality").cast(pl.UInt16)
        own = len(ROOTS) + group * 8 + bits("look", 11, 3).cast(pl.UInt16)
        named = pl.when(pl.col("family") == OWN_FAMILY).then(own).otherwise(pl.col("family").cast(pl.UInt16))
        gate = bits("look", 50, 14) % 1000
        accounts = max(60, self.models // 6)
        return [
            pl.lit(kinds).gather((group * len(RELATIONS) + pl.col("relation")) * 8 + bit).alias("kind"),
            ((named * len(RELATIONS) + pl.col("relation")) * 8 + bit).alias("stem"),
            pl.lit(licences).gather(bits("look", 28, 8)).alias("licence"),
            pl.when(gate < 11).then(2).when(gate < 17).then(1).otherwise(0).cast(pl.UInt8).alias("gated"),
            (share(key, 11) ** 2.2 * accounts).floor().cast(pl.UInt32).alias("account"),
        ]

    def _downloads(self, key: pl.Expr, week: int) -> list[pl.Expr]:
        """Return the parameters of the download curve `scale * (age / ref_age) ** power`, which counts from creation on."""
        rank = len(ROOTS) + share(key, 12) * max(self.models - len(ROOTS), 1)
        age = (self.start.timestamp() - (pl.col("ticks") // TICKS).cast(pl.Float64)) / 86_400
        if week == 0 and self.models > len(ROOTS):
            places = pl.Series(list(self.roots.values()), dtype=pl.UInt32)
            ranks = pl.Series(list(self.roots), dtype=pl.Float64)
            rank = pl.col("index").replace_strict(places, ranks, default=rank, return_dtype=pl.Float64)
        knee = max(48 * self.models / 3.1e6, 5.0)
        steepness = min(1 + math.log(26.3) / math.log(1 + 0.01 * self.models / knee), 2.5)
        peak = MEAN_DOWNLOADS * self.models * (steepness - 1) / knee
        half = peak * (0.5 * self.models / knee + 1) ** -steepness
        target = ((rank / knee + 1) ** -steepness * peak - half).clip(0)
        power = 0.7 + bits("look", 40, 8).cast(pl.Float64) / 255 * 1.9
        ref_age = pl.max_horizontal(age, pl.lit(60.0))
        return [
            (target / (1 - (1 - 30 / ref_age) ** power)).alias("scale"),
            ref_age.cast(pl.Float32).alias("ref_age"),
        ]

    def _as_named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Set the properties of the named roots."""
        own: dict[str, list[int]] = {
            "kind": [KIND_NAMES.index(root.kind) for root in ROOTS],
            "licence": [LICENCES.index(root.licence) for root in ROOTS],
            "gated": [root.gated for root in ROOTS],
            "deleted": [NEVER] * len(ROOTS),
            "returned": [NEVER] * len(ROOTS),
            "reparented": [NEVER] * len(ROOTS),
            "renamed": [root.renamed_in if root.former else NEVER for root in ROOTS],
        }
        for column, values in own.items():
            frame = self._at_roots(frame, column, values)
        return frame


def _level(draw: pl.Expr) -> pl.Expr:
    """Return how many steps a repository is from an original: 0 for 69%, up to 6."""
    return pl.sum_horizontal((draw >= least).cast(pl.UInt8) for least in (0.69, 0.91, 0.97, 0.99, 0.997, 0.999)).cast(
        pl.UInt8
    )


def _relation(draw: pl.Expr) -> pl.Expr:
    """Return relations with the shares of July 2025: 42% adapters, 33% finetunes, 18% quantized, 7% merges."""
    return pl.when(draw < 0.42).then(1).when(draw < 0.75).then(2).when(draw < 0.93).then(3).otherwise(4).cast(pl.UInt8)


def _modality(draw: pl.Expr) -> pl.Expr:
    """Return the modality of an original."""
    named = pl.when(draw < 0.34).then(0).when(draw < 0.48).then(1).when(draw < 0.57).then(2)
    return named.when(draw < 0.62).then(3).when(draw < 0.68).then(4).otherwise(5).cast(pl.UInt8)


def _events(key: pl.Expr, week: int) -> list[pl.Expr]:
    """Return the week in which each event happens to each repository, drawn with a constant chance per week."""
    columns = []
    for salt, (event, hazard) in enumerate(WEEKLY_HAZARDS.items(), start=20):
        wait = ((1 - share(key, salt)).log() / math.log(1 - hazard)).floor() + week + 1
        if event == "renamed" and week == 0:
            wait = pl.when(bits("look", 55, 7) == 0).then(0.0).otherwise(wait)
        columns.append(wait.clip(0, NEVER).cast(pl.UInt16).alias(event))
    deleted = columns[0]
    back = pl.when(bits("look", 44, 3) == 0).then((deleted.cast(pl.UInt32) + 2 + bits("look", 47, 2)).clip(0, NEVER))
    columns.append(back.otherwise(NEVER).cast(pl.UInt16).alias("returned"))
    return columns
