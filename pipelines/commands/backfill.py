"""`tidegauge backfill`: load history that others have kept, on demand. The next refresh publishes it.

Each command imports its modules when it is called, like those of `pipelines.commands.app`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.invocation import invocation
from pipelines.console import ExitCode, console

if TYPE_CHECKING:
    from dagster import AssetsDefinition
    from rich.progress import Progress, TaskID

    from assets.hub.snapshot_assets import LoadedSnapshot
    from assets.settings import Settings

app = typer.Typer(help="Load history that others have kept. First-hand figures do not change.", no_args_is_help=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"expected a day such as 2025-02-26; found {text!r}") from None


@app.command()
def hub_snapshots(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Option(help="Read models/<label>/models.parquet in this folder instead of downloading.")
    ] = None,
    since: Annotated[date | None, typer.Option(parser=_day, metavar="DAY", help="First label.")] = None,
    until: Annotated[date | None, typer.Option(parser=_day, metavar="DAY", help="Last label.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Retry files that were refused before.")] = False,
) -> None:
    """Load weekly snapshots of the Hub since 2024-07-24, kept by hfmlsoc under ODbL (share alike).

    One file a week, 1 to 1.6 GB each, about 120 in all; each is deleted after it is loaded. You can stop it at any time: it
    continues from there. Each row keeps its own source, and the day on which the Hub was observed.
    """
    from assets.hub import snapshot_assets
    from assets.resources import Clock, Warehouse

    called = invocation(context)
    chosen = (called.folder / folder).resolve() if folder else None
    if chosen is not None and not chosen.is_dir():
        raise typer.BadParameter(f"{chosen} is no folder. Nothing was done.", param_hint="--folder")
    with _held_warehouse(called.settings):
        warehouse, clock = Warehouse(), Clock()
        service, listed = snapshot_assets.available(called.settings, chosen)
        wanted = [one for one in listed if (since or date.min) <= one.label <= (until or date.max)]
        if not wanted:
            span = f"{listed[0].label} to {listed[-1].label}"
            raise typer.BadParameter(f"no label lies between these days; labels go from {span}. Nothing was done.")
        results: list[LoadedSnapshot] = []
        with _bar() as bar:
            for one in snapshot_assets.missing(warehouse, wanted, again=again):
                task = bar.add_task(f"{one.label}", total=one.size)
                on_bytes = partial(_move, bar, task)
                result = snapshot_assets.load_snapshot(warehouse, service, one, clock.now(), on_bytes)
                bar.remove_task(task)
                results.append(result)
                why = f": {result.reason}" if result.reason else ""
                bar.console.print(f"{result.label} {result.status}{why}", markup=False)
    refused = [one for one in results if one.status == "refused"]
    console.print(
        f"{len(results) - len(refused)} snapshots loaded, {len(refused)} refused, "
        f"{len(wanted) - len(results)} loaded before."
    )
    _print_not_published()
    if refused:
        raise typer.Exit(ExitCode.SOURCE_MISSING)


@app.command()
def arena(context: typer.Context) -> None:
    """Load the Arena's ratings of every day since 2023-05-08, from LMArena's data set on the Hub (CC BY 4.0, about 110 MB).

    The weekly refresh reads the same two files whenever they have changed; this command reads them now, and no other source.
    """
    _collect(context, _weekly("arena"))


@app.command()
def form_d(context: typer.Context) -> None:
    """Load all Form D filings of the pinned issuers since 2008, from the SEC (public domain, some kilobytes each).

    The weekly refresh reads the same filings; this command reads them now, and no other source. No other issuer is stored,
    and no natural person. Needs TIDEGAUGE_CONTACT and a pinned CIK.
    """
    _collect(context, _weekly("sec_form_d"))


@app.command()
def subreddits(context: typer.Context) -> None:
    """Load the subscribers of the listed subreddits by month since 2018, from Arctic Shift (no licence stated, some kilobytes).

    A third party's archive of Reddit: averaged or interpolated, and a series separate from the daily one.
    """
    from assets.communities.subreddit_history import MONTHS
    from assets.source_asset import source_asset

    _collect(context, source_asset(MONTHS))


def _weekly(source: str) -> "AssetsDefinition":
    from assets.registry import SOURCE_ASSETS

    return next(asset for asset in SOURCE_ASSETS if asset.key.path[-1] == source)


def _collect(context: typer.Context, asset: "AssetsDefinition") -> None:
    """Collect one source as a refresh does, and print the result."""
    import dagster as dg

    from assets.resources import Clock, Warehouse
    from pipelines.outcome import failures_of, is_skipped

    with _held_warehouse(invocation(context).settings), dg.DagsterInstance.ephemeral() as instance:
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
        (result,) = run.asset_materializations_for_node(asset.op.name)
        console.print("; ".join(f"{name}: {value.value}" for name, value in result.metadata.items()), markup=False)
    _print_not_published()


def _print_not_published() -> None:
    console.print("Not published yet: the next refresh publishes it (`tidegauge refresh`).")


def _move(bar: "Progress", task: "TaskID", received: int) -> None:
    bar.update(task, completed=received)


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
def _held_warehouse(settings: "Settings") -> Iterator[None]:
    """Hold the lock of the warehouse; print an error and exit with 1. Whatever was loaded before stays loaded."""
    from assets.http.errors import SourceError
    from pipelines.exclusive_run import RunInProgressError, exclusive_run
    from warehouse.database.connection import WarehouseBusyError
    from warehouse.database.schema import OriginError
    from warehouse.migrations import NewerSchemaError

    try:
        with exclusive_run(settings.working):
            yield
    except (RunInProgressError, SourceError, OriginError, NewerSchemaError, WarehouseBusyError, OSError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
