"""`tidegauge backfill`: the past that others have kept, brought in on demand; the next refresh publishes it.

The commands import what they work with when they are called, like those of `pipelines.commands.app`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.console import ExitCode, console

if TYPE_CHECKING:
    from dagster import AssetsDefinition
    from rich.progress import Progress, TaskID

    from assets.hub.snapshot_assets import LoadedSnapshot

app = typer.Typer(
    help="Bring in the past that others have kept. Nothing that was seen first-hand is changed.", no_args_is_help=True
)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"expected a day such as 2025-02-26; found {text!r}") from None


@app.command()
def hub_snapshots(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Option(help="Read models/<label>/models.parquet in this folder, and download nothing.")
    ] = None,
    since: Annotated[date | None, typer.Option(parser=_day, metavar="DAY", help="First label.")] = None,
    until: Annotated[date | None, typer.Option(parser=_day, metavar="DAY", help="Last label.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Try again what was refused before.")] = False,
) -> None:
    """Load weekly snapshots of the Hub since 2024-07-24, kept by hfmlsoc under ODbL (share alike).

    One file a week, 1 to 1.6 GB each, about 120 in all; each is deleted when it is loaded. Stop it at any time: it
    continues where it was. Each row keeps its own source, and the day on which the Hub was observed.
    """
    from assets.hub import snapshot_assets
    from assets.resources import Clock, Warehouse
    from assets.settings import Settings

    chosen = (context.obj / folder).resolve() if folder else None
    if chosen is not None and not chosen.is_dir():
        raise typer.BadParameter(f"{chosen} is no folder. Nothing was done.", param_hint="--folder")
    with _warehouse_lock():
        warehouse, clock = Warehouse(), Clock()
        service, listed = snapshot_assets.announced(Settings(), chosen)
        wanted = [one for one in listed if (since or date.min) <= one.label <= (until or date.max)]
        if not wanted:
            span = f"{listed[0].label} to {listed[-1].label}"
            raise typer.BadParameter(
                f"no label lies between these days; there are those from {span}. Nothing was done."
            )
        became: list[LoadedSnapshot] = []
        with _bar() as bar:
            for one in snapshot_assets.missing(warehouse, wanted, again=again):
                task = bar.add_task(f"{one.label}", total=one.size)
                told = partial(_move, bar, task)
                brought = snapshot_assets.load_snapshot(warehouse, service, one, clock.now(), told)
                bar.remove_task(task)
                became.append(brought)
                why = f": {brought.reason}" if brought.reason else ""
                bar.console.print(f"{brought.label} {brought.status}{why}", markup=False)
    refused = [one for one in became if one.status == "refused"]
    console.print(
        f"{len(became) - len(refused)} snapshots read, {len(refused)} refused, {len(wanted) - len(became)} there before."
    )
    _say_when_published()
    if refused:
        raise typer.Exit(ExitCode.SOURCE_MISSING)


@app.command()
def arena() -> None:
    """Load the Arena's ratings of every day since 2023-05-08, from LMArena's data set on the Hub (CC BY 4.0, about 57 MB).

    The weekly refresh reads the same file whenever it has changed; this does it now, and alone.
    """
    _collect(_weekly("arena"))


@app.command()
def form_d() -> None:
    """Load all Form D filings of the pinned issuers since 2008, from the SEC (public domain, some kilobytes each).

    The weekly refresh reads the same filings; this does it now, and alone. Other issuers of the SEC's quarterly files are
    not kept, and no natural person is. Needs TIDEGAUGE_CONTACT and a pinned CIK.
    """
    _collect(_weekly("sec_form_d"))


@app.command()
def subreddits() -> None:
    """Load the subscribers of the listed subreddits by month since 2018, from Arctic Shift (no licence stated, some kilobytes).

    A third party's archive of Reddit: averaged or interpolated, and a series of its own beside the daily one.
    """

    from assets.communities.subreddit_history import subreddit_months

    _collect(subreddit_months())


def _weekly(source: str) -> "AssetsDefinition":
    from assets.registry import SOURCE_ASSETS

    return next(asset for asset in SOURCE_ASSETS if asset.key.path[-1] == source)


def _collect(asset: "AssetsDefinition") -> None:
    """Collect one source as a refresh does, and print the result."""
    import dagster as dg

    from assets.resources import Clock, Warehouse
    from pipelines.refresh import failures_of, is_skipped

    with _warehouse_lock(), dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize(
            [asset],
            resources={"warehouse": Warehouse(), "clock": Clock()},
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        failures = failures_of(run)
        for why in failures.values():
            console.print(why, markup=False)
        if failures:
            is_skipped_only = all(map(is_skipped, failures.values()))
            raise typer.Exit(ExitCode.SOURCE_MISSING if is_skipped_only else ExitCode.NOTHING_PUBLISHED)
        (told,) = run.asset_materializations_for_node(asset.op.name)
        console.print("; ".join(f"{name}: {value.value}" for name, value in told.metadata.items()), markup=False)
    _say_when_published()


def _say_when_published() -> None:
    console.print("Not published yet: the next refresh does that (`tidegauge refresh`).")


def _move(bar: "Progress", task: "TaskID", there: int) -> None:
    bar.update(task, completed=there)


def _bar() -> "Progress":
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}"), BarColumn(bar_width=24), DownloadColumn(), TransferSpeedColumn(),
        TimeRemainingColumn(), console=console, transient=True,
    )  # fmt: skip


@contextmanager
def _warehouse_lock() -> Iterator[None]:
    """Lock the warehouse like a refresh, and print the error if one is raised; what was loaded before stays loaded."""
    from assets.http.errors import SourceError
    from assets.resources import run_lock
    from assets.settings import Settings
    from warehouse.database.connection import WarehouseBusyError
    from warehouse.database.schema import OriginError
    from warehouse.migrations import NewerSchemaError

    working = Settings().working
    busy = f"another run is at work in {working}. Nothing was done. Wait for it to end, then run again."
    try:
        with run_lock(working, WarehouseBusyError(busy)):
            yield
    except (SourceError, OriginError, NewerSchemaError, WarehouseBusyError, OSError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
