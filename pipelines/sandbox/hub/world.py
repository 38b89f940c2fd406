"""A synthetic Hub that evolves week by week: the same for the same arguments, in any process."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Final

import polars as pl

from pipelines.sandbox.draws import bits, share
from pipelines.sandbox.hub.cohorts import LICENCE_TABLE, TICKS, WEEK, Cohorts
from pipelines.sandbox.hub.names import Names
from pipelines.sandbox.hub.oddities import Odd
from pipelines.sandbox.hub.records import TOKENS, Rows, decoded
from pipelines.sandbox.hub.vocabulary import RELATIONS

START: Final = date(2026, 8, 31)
_MILLION: Final = 1_000_000


@dataclass(frozen=True)
class Truth:
    """Events of a week and totals at its end; sums leave out unknown counters."""

    week: int
    models: int
    births: int
    deletions: int
    returns: int
    renames: int
    downloads: int
    downloads_all_time: int


@dataclass(frozen=True)
class State:
    """The repositories alive in a week, oldest first, with everything about them that changes."""

    week: int
    now: datetime
    frame: pl.DataFrame
    alive: pl.Series
    orders: dict[object, pl.Series] = field(default_factory=dict, compare=False)


class World:
    """`models` repositories at the start, and the births, renames, deletions and counters of the weeks after.

    Every property of a repository follows from the seed, its index and the week alone. With `oddities=False` the rare
    shapes that trip a careless reader are left out.
    """

    def __init__(self, models: int = 5000, seed: int = 0, start: date = START, *, oddities: bool = True) -> None:
        """Build the initial stock; later weeks are added on first use."""
        if not 100 <= models <= 4_000_000:
            raise ValueError(f"a world has between 100 and 4,000,000 models, not {models}")
        self.models = models
        self.seed = seed
        self.start = datetime.combine(start - timedelta(days=start.weekday()), time(6), tzinfo=UTC)
        self._cohorts = Cohorts(models, seed, self.start, oddities)
        self._built = -1
        self._states: dict[int, State] = {}
        self._edits: dict[int, list[tuple[int, Mapping[str, int | None]]]] = {}
        self._lock = threading.RLock()
        self.names = Names(self._cohorts.roots)
        self.frame = self._grown_to(0)

    def now(self, week: int) -> datetime:
        """Return the time of a week: Monday, 06:00 UTC."""
        return self.start + timedelta(weeks=week)

    def _grown_to(self, week: int) -> pl.DataFrame:
        """Return the unchanging columns of every repository born up to a week."""
        with self._lock:
            if week > self._built:
                parts = [] if self._built < 0 else [self.frame]
                for missing in range(self._built + 1, week + 1):
                    earlier = pl.concat(parts) if parts else None
                    parts.append(self._cohorts.build(missing, earlier))
                self.frame = pl.concat(parts, rechunk=True)
                self._built = week
            return self.frame

    def _alive(self, week: int) -> pl.Expr:
        present = (pl.col("deleted") > week) | (pl.col("returned") <= week)
        return (pl.col("born") <= week) & present

    @cached_property
    def _roots(self) -> pl.Series:
        return pl.Series(list(self._cohorts.roots.values()), dtype=pl.UInt32)

    def state(self, week: int) -> State:
        """Return the state of a week; the latest is cached (the latest two of a small world)."""
        if week < 0:
            raise ValueError(f"weeks count from 0, not {week}")
        with self._lock:
            if week not in self._states:
                while len(self._states) >= (1 if self.models > _MILLION else 2):
                    del self._states[next(iter(self._states))]
                state = self._computed(week)
                for index, columns in self._edits.get(week, []):
                    state = _edited(state, index, columns)
                self._states[week] = state
            return self._states[week]

    def _computed(self, week: int) -> State:
        frame = self._grown_to(week)
        alive = frame.select(self._alive(week)).to_series()
        key = pl.col("index").cast(pl.UInt64) + pl.lit(self.seed << 32, dtype=pl.UInt64)
        moment = self.now(week).timestamp()
        luck = share(key, 1000 + week)
        age = (moment - pl.col("ticks").cast(pl.Float64) / TICKS) / 86_400
        frame = frame.with_columns(luck=luck, age=age.clip(0))
        power = 0.7 + bits("look", 40, 8).cast(pl.Float64) / 255 * 1.9
        seen_age = pl.col("age") + 2 * pl.col("luck")
        grown = pl.col("scale") * (seen_age / pl.col("ref_age")) ** power
        before = pl.col("scale") * ((seen_age - 30).clip(0) / pl.col("ref_age")) ** power
        frame = frame.with_columns(grown=grown, before=before)
        spike = pl.lit(200.0) * pl.lit(2.0) ** bits("look", 36, 3)
        since = float(week) - pl.col("spiked").cast(pl.Float64)
        spiked = [((since - days / 7) / 2).clip(0, 1) * spike for days in (0, 30)]
        old = pl.when((pl.col("born") == 0) & (bits("look", 23, 1) == 1)).then(bits("look", 24, 7)).otherwise(0)
        counted = pl.col("grown") + spiked[0] + old
        lasting = bits("look", 35, 1) == 1
        restated = (pl.col("restated") == week) | (lasting & (pl.col("restated") <= week))
        factor = pl.when(restated).then(0.3 + bits("look", 56, 4) / 15 * 0.6).otherwise(1.0)
        window = (pl.col("grown") - pl.col("before")) * (0.99 + 0.04 * pl.col("luck")) + spiked[0] - spiked[1]
        unknown = pl.col("odd").is_in([Odd.DOWNLOADS_NULL, Odd.DOWNLOADS_ABSENT])
        trend = 0.6 * (pl.col("grown") - pl.col("before")) ** 0.4 * (-pl.col("age") / 90).exp() * (0.5 + pl.col("luck"))
        taken_back = (pl.col("reparented") <= week) & (bits("look", 61, 2) == 0)
        moved = (pl.col("reparented") <= week) & ~taken_back & (self._other_root() < pl.col("index"))
        other = moved | taken_back
        return State(
            week,
            self.now(week),
            frame.select(
                "index",
                "ticks",
                downloads=pl.when(~unknown).then(window.floor().cast(pl.Int64)),
                downloads_all_time=pl.when(~unknown).then((counted * factor).floor().cast(pl.Int64)),
                likes=(counted.sqrt() * (0.02 + bits("look", 16, 8) / 255 * 0.2)).floor().cast(pl.Int64),
                trending=pl.when(pl.col("odd") == Odd.HALF_TREND).then(1).otherwise(trend.floor().cast(pl.Int32)),
                last_modified=self._last_modified(week),
                gated=(pl.col("gated") + (pl.col("gating") <= week).cast(pl.UInt8)) % 3,
                licence=self._licence(week),
                renamed=pl.col("renamed") <= week,
                parent=pl.when(moved).then(self._other_root()).when(~taken_back).then("parent"),
                second=pl.when(~other).then("second"),
                third=pl.when(~other).then("third"),
                relation=pl.when(moved & (pl.col("relation") == 0))
                .then(pl.lit(RELATIONS.index("finetune"), dtype=pl.UInt8))
                .otherwise("relation"),
            ).filter(alive),
            alive,
        )

    def _other_root(self) -> pl.Expr:
        return pl.lit(self._roots).gather(bits("look", 17, 16) % len(self._roots))

    def _licence(self, week: int) -> pl.Expr:
        other = pl.lit(pl.Series(LICENCE_TABLE, dtype=pl.UInt8)).gather(bits("look", 20, 8))
        return pl.when(pl.col("relicensed") <= week).then(other).otherwise("licence")

    def _last_modified(self, week: int) -> pl.Expr:
        """Return the last modification in seconds since 1970: soon after creation, at an edit, or at a regular update."""
        start = int(self.start.timestamp())
        created = (pl.col("ticks") // TICKS).cast(pl.Int64)
        first_seen = start + pl.col("born").cast(pl.Int64) * WEEK
        first = pl.min_horizontal(created + bits("look", 48, 16).cast(pl.Int64) * 26, first_seen)
        past_events = [
            pl.when(pl.col(event) <= week).then(start + pl.col(event).cast(pl.Int64) * WEEK - 3600)
            for event in ("gating", "relicensed", "reparented")
        ]
        every = 1 + bits("look", 8, 3).cast(pl.Int64)
        latest = week - (week + bits("look", 4, 3).cast(pl.Int64)) % every
        regular = (bits("look", 12, 4) == 0) & (latest > pl.col("born"))
        update = pl.when(regular).then(start + latest * WEEK - 5000)
        return pl.max_horizontal(first, *past_events, update)

    def edit(self, week: int, hub_id: str, **columns: int | None) -> None:
        """Change a repository in one week: any column of the state's frame, or `alive=0` to remove it.

        `trending` counts half points, `gated` is 0, 1 (auto) or 2 (manual), `renamed=1` gives the later name.
        """
        with self._lock:
            state = self.state(week)
            index = state.frame.filter(pl.col("ticks") == int(hub_id[:14], 16))["index"]
            if index.is_empty():
                raise KeyError(hub_id)
            self._edits.setdefault(week, []).append((index[0], columns))
            self._states[week] = _edited(state, index[0], columns)

    def hub_id(self, ticks: int, look: int) -> str:
        """Return the immutable `_id`: creation second and fraction, then a hash; in order of creation."""
        return f"{ticks:014x}{look & 0xFFFFFFFFFF:010x}"

    def records(self, week: int) -> Iterator[dict[str, object]]:
        """Return the true values of every repository alive in a week.

        Beside the wire's own keys: `author`, `name` (its id), `created_at` (seconds), `parents` (their `_id`s, whether
        or not the wire tells), `relation`, `licence`, `gated`.
        """
        state = self.state(week)
        for begin in range(0, state.frame.height, 1000):
            count = min(1000, state.frame.height - begin)
            rows = Rows(self, state, pl.arange(begin, begin + count, eager=True))
            truths = rows.truths()
            for record, truth in zip(decoded(rows, TOKENS), truths, strict=True):
                yield {**record, **truth}

    def truth(self, week: int) -> Truth:
        """Return the counts of a week, from the world's own columns."""
        state = self.state(week)
        frame = self._grown_to(week).head(state.alive.len())  # it may have grown since this state was made
        before = self._alive(week - 1) if week else pl.lit(False)
        then = pl.col("alive")
        first_name = pl.col("renamed") == week
        counts = (
            frame.with_columns(alive=state.alive)
            .select(
                births=(then & ~before & (pl.col("born") == week)).sum(),
                deletions=(~then & before).sum(),
                returns=(then & ~before & (pl.col("born") < week)).sum(),
                renames=(then & before & first_name).sum(),
            )
            .row(0, named=True)
        )
        if week == 0:
            counts = dict.fromkeys(counts, 0)
        return Truth(
            week=week,
            models=state.frame.height,
            downloads=int(state.frame["downloads"].sum()),
            downloads_all_time=int(state.frame["downloads_all_time"].sum()),
            **counts,
        )


def _edited(state: State, index: int, columns: Mapping[str, int | None]) -> State:
    frame, alive = state.frame, state.alive
    here = pl.col("index") == index
    values = dict(columns)
    if values.pop("alive", 1) == 0:
        frame, alive = frame.filter(~here), alive.scatter([index], [False])
    frame = frame.with_columns(
        pl.when(here).then(pl.lit(value)).otherwise(name).cast(frame.schema[name]).alias(name)
        for name, value in values.items()
    )
    return replace(state, frame=frame, alive=alive, orders={})
