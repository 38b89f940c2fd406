"""The order of a listing and its cursor: a keyset filter in base64, as recorded from the Hub in July 2026."""

import base64
import binascii
import bisect
import json
from typing import Any, Final

import polars as pl

from pipelines.sandbox.hub.fragments import iso, seconds_of
from pipelines.sandbox.hub.world import State, World

COLUMNS: Final = {
    "createdAt": "ticks",
    "downloads": "downloads",
    "likes": "likes",
    "lastModified": "last_modified",
    "trendingScore": "trending",
}
"""The sort keys the list route takes, and the columns they sort by."""


class BadCursor(ValueError):
    """A cursor that the listing did not issue."""


class Listing:
    """Some of a week's repositories in the order of a sort key.

    Ties go by `_id` upwards; unknown values are the smallest.
    """

    def __init__(self, world: World, state: State, sort: str, *, descending: bool, chosen: pl.Series | None) -> None:
        """Take all repositories, or the `chosen` rows of the state's frame."""
        self._world = world
        self._state = state
        self._sort = sort
        self._descending = descending
        self._ticks = state.frame["ticks"]
        self._values = state.frame[COLUMNS[sort]]
        self._places = chosen if sort == "createdAt" else self._sorted(chosen)
        self.size = state.frame.height if self._places is None else len(self._places)

    def _sorted(self, chosen: pl.Series | None) -> pl.Series:
        key = (self._sort, self._descending, id(chosen))
        if key not in self._state.orders:
            values = self._values if chosen is None else self._values.gather(chosen)
            sorting = pl.arg_sort_by(
                "value", descending=self._descending, nulls_last=self._descending, maintain_order=True
            )
            order = values.to_frame("value").select(sorting).to_series()
            self._state.orders[key] = order if chosen is None else chosen.gather(order)
        return self._state.orders[key]

    def places(self, start: int, count: int) -> pl.Series:
        """Return the rows of one page in the state's frame."""
        end = min(start + count, self.size)
        if self._sort == "createdAt" and self._descending:
            page = pl.arange(self.size - 1 - start, self.size - 1 - end, -1, dtype=pl.Int64, eager=True)
            return page if self._places is None else self._places.gather(page)
        if self._places is None:
            return pl.arange(start, end, eager=True)
        return self._places.slice(start, end - start)

    def cursor(self, rank: int) -> str:
        """Return the cursor that continues after a rank."""
        place = self.places(rank, 1)[0]
        hub_id = self._hub_id(place)
        if self._sort == "createdAt":
            return _encoded({"_id": {"$lt" if self._descending else "$gt": hub_id}})
        value = self._wire_value(self._values[place])
        same: dict[str, object] = {self._sort: value, "_id": {"$gt": hub_id}}
        if self._descending:
            rest = [] if value is None else [{self._sort: {"$lt": value}}, {self._sort: None}]
        else:
            rest = [{self._sort: {"$ne": None} if value is None else {"$gt": value}}]
        return _encoded({"$or": [same, *rest]} if rest else same)

    def after(self, cursor: str) -> int:
        """Return the rank at which the listing continues after a cursor, even if its repository is gone or has moved."""
        try:
            position = json.loads(base64.b64decode(cursor, validate=True))
            if self._sort == "createdAt":
                ((direction, hub_id),) = position["_id"].items()
                if direction != ("$lt" if self._descending else "$gt"):
                    raise BadCursor(cursor)
                return self._after_id(str(hub_id))
            first = position["$or"][0] if "$or" in position else position
            target = self._key(self._column_value(first[self._sort]), self._id_key(first["_id"]["$gt"]))
        except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise BadCursor(cursor) from error
        places = self._places
        assert places is not None
        return bisect.bisect_right(range(self.size), target, key=lambda rank: self._key_at(places[rank]))

    def _after_id(self, hub_id: str) -> int:
        places, target = self._places, self._id_key(hub_id)

        def key_at(rank: int) -> tuple[int, str]:
            place = rank if places is None else places[rank]
            return self._ticks[place], self._hub_id(place)

        if self._descending:
            return self.size - bisect.bisect_left(range(self.size), target, key=key_at)
        return bisect.bisect_right(range(self.size), target, key=key_at)

    def _hub_id(self, place: int) -> str:
        index = self._state.frame["index"][place]
        return self._world.hub_id(self._ticks[place], self._world.frame["look"][index])

    @staticmethod
    def _id_key(hub_id: str) -> tuple[int, str]:
        return int(hub_id[:14].ljust(14, "0"), 16), hub_id

    def _key_at(self, place: int) -> tuple[bool, float, tuple[int, str]]:
        return self._key(self._values[place], (self._ticks[place], self._hub_id(place)))

    def _key(self, value: float | None, identity: tuple[int, str]) -> tuple[bool, float, tuple[int, str]]:
        if self._descending:
            return value is None, 0 if value is None else -value, identity
        return value is not None, value or 0, identity

    def _wire_value(self, value: Any) -> object:  # noqa: ANN401 - a polars scalar
        if value is None:
            return None
        if self._sort == "trendingScore":
            return value / 2 if value % 2 else value // 2
        return iso(value) if self._sort == "lastModified" else value

    def _column_value(self, value: Any) -> float | None:  # noqa: ANN401 - whatever the cursor holds
        if value is None:
            return None
        if self._sort == "trendingScore":
            return float(value) * 2
        return seconds_of(value) if self._sort == "lastModified" else float(value)


def _encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()
