"""Weekly snapshots of the synthetic Hub, as in a data set: with schema changes, a stale repeat and a duplicate name.

A snapshot is labelled by the Wednesday on which its week begins, and shows the Hub as it was on the Monday after. Weeks
before the world begins show what was made by then and is still there, with smaller counters.
"""

import io
from datetime import date, timedelta
from typing import Final

import polars as pl
import pyarrow.parquet as pq

from pipelines.sandbox.hub.records import Rows
from pipelines.sandbox.hub.world import World

DATASET: Final = "hfmlsoc/hub_weekly_snapshots"
FIRST: Final = -8
WITH_ALL_TIME: Final = -5
"""The first week whose file has the column `downloadsAllTime`."""
STALE: Final = -3
"""The week whose file repeats that of the week before."""
DOUBLED: Final = -2
"""The week in which a name occurs twice."""
REVISION: Final = "5eed" * 10
MARK: Final = "x-tidegauge-sandbox"


def weeks_by_path(world: World, week: int) -> dict[str, int]:
    """Return the files that exist in `week`, with the week of each: those whose label has ended."""
    return {f"models/{label(world, of)}/models.parquet": of for of in range(FIRST, week)}


def label(world: World, week: int) -> date:
    """Return the label of a week's snapshot."""
    return world.now(week).date() - timedelta(days=5)


def snapshot(world: World, week: int) -> bytes:
    """Return the file of a week."""
    return _parquet(frame(world, STALE - 1 if week == STALE else week))


def frame(world: World, week: int) -> pl.DataFrame:
    """Return the rows of a week's file."""
    state = world.state(max(week, 0))
    now = int(world.now(week).timestamp())
    rows = Rows(world, state, pl.arange(0, state.frame.height, eager=True))
    share = min(1.0, 1 + week / 40)
    kept = state.frame.with_columns(
        id=pl.Series(rows.ids, dtype=pl.String), createdAt=pl.Series(rows["ticks"], dtype=pl.Int64) // 2**24
    ).filter(pl.col("createdAt") < now)
    found = kept.select(
        "id",
        author=pl.when(pl.col("id").str.contains("/")).then(pl.col("id").str.split("/").list.first()),
        createdAt=pl.from_epoch("createdAt", time_unit="s").cast(pl.Datetime("us")),
        lastModified=pl.from_epoch(pl.min_horizontal("last_modified", now - 7200), time_unit="s").cast(
            pl.Datetime("us")
        ),
        downloads=(pl.col("downloads") * share).floor().cast(pl.Int64),
        downloadsAllTime=(pl.col("downloads_all_time") * share).floor().cast(pl.Int64),
        likes=(pl.col("likes") * share).floor().cast(pl.Int64),
        tags=pl.lit(["region:us"]),
    )
    if week < WITH_ALL_TIME:
        found = found.drop("downloadsAllTime")
    if week == DOUBLED:
        found = pl.concat([found, found.head(1).with_columns(likes=pl.lit(0, dtype=pl.Int64))])
    return found


def _parquet(rows: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    table = rows.to_arrow()
    pq.write_table(
        table.replace_schema_metadata({**(table.schema.metadata or {}), MARK: "1"}), file, compression="zstd"
    )
    return file.getvalue()
