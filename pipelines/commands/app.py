"""The command line: `tidegauge`.

A command imports what it works with when it is called: Dagster alone takes seconds.
"""

import os
import resource
from datetime import UTC, date, datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands import backfill, lake
from pipelines.console import ExitCode, console

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from pipelines.commands.status import Operation

COLLECT = "Collect and publish"
READ = "Read"
WATCH = "Try and watch"
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="End with the rows of each table, each measured series and each source.")
]


def _lines(*lines: str) -> str:
    """Give an epilog: typer begins a new line where a blank one stands."""
    return "\n\n".join(lines)


app = typer.Typer(
    help="Measures the open source AI wave: collects every week, keeps every week, publishes a DuckDB file and charts.",
    epilog=_lines(
        "[bold]Begin with[/] tidegauge demo (made-up figures, no key), then tidegauge refresh.",
        "[bold]Exit codes:[/] 0 all well; 1 failed, nothing published; 2 wrong usage; 3 published, but a source is missing.",
        "[bold]Settings[/] are read from the environment and from .env; none is needed. TIDEGAUGE_HOME: the folder of working/ "
        "and published/. HF_TOKEN: doubles the quota. All of them: .env.example.",
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(backfill.app, name="backfill")
app.add_typer(lake.app, name="lake")


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"tidegauge {version('tidegauge')}")
        raise typer.Exit


@app.callback()
def _begin(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is, and exit."),
    ] = False,
) -> None:
    """Work from the checkout, where dagster.yaml lies, whatever folder the command was called in."""
    from pydantic import ValidationError

    from assets.settings import CHECKOUT, Settings

    context.obj = Path.cwd()
    try:
        settings = Settings()
        settings.working.mkdir(mode=0o700, parents=True, exist_ok=True)
    except ValidationError as error:
        for problem in error.errors():
            console.print(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}. Nothing was done.", markup=False)
        raise typer.Exit(ExitCode.WRONG_USAGE) from None
    except OSError as error:
        console.print(f"TIDEGAUGE_HOME cannot be used: {error}. Nothing was done.", markup=False)
        raise typer.Exit(ExitCode.WRONG_USAGE) from None
    os.environ["TIDEGAUGE_HOME"] = str(settings.home.absolute())
    os.chdir(CHECKOUT)
    # A core dump would hold every key, in a file that nobody looks after.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@app.command(
    rich_help_panel=WATCH,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge demo",
        "tidegauge demo --weeks 3 --models 500",
        "What it publishes is in demo/published below TIDEGAUGE_HOME, and says that it is made up.",
    ),
)
def demo(
    weeks: Annotated[int, typer.Option(min=1, help="How many simulated weeks.")] = 12,
    models: Annotated[int, typer.Option(min=100, help="How many models the sandbox begins with.")] = 5000,
    verbose: Verbose = False,
) -> None:
    """Run simulated weeks against the sandbox, in demo/ below TIDEGAUGE_HOME: no key, no network, no live row touched."""
    from pipelines.commands.demo import demonstrate
    from pipelines.commands.terminal import report as print_outcome

    outcome, published = demonstrate(weeks, models)
    print_outcome(outcome, published, demo=True, verbose=verbose)
    raise typer.Exit(outcome.exit_code)


@app.command(
    rich_help_panel=COLLECT,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge refresh",
        "HF_TOKEN=hf_... tidegauge refresh",
        "About 35 minutes, or half of that with a token. It can be interrupted and run again: it continues.",
        "The last release can be read all the while, and stays if this one fails.",
    ),
)
def refresh(verbose: Verbose = False) -> None:
    """Collect every source now, derive every table and publish. Exit code 3: published, but a source is missing."""
    from assets import machine_errors
    from assets.settings import Settings
    from pipelines.commands.terminal import TerminalProgress
    from pipelines.commands.terminal import report as print_outcome
    from pipelines.refresh import RefreshRunningError
    from pipelines.refresh import refresh as run
    from pipelines.watchdog import time_limit
    from warehouse.database.connection import UnreachableError

    try:
        with time_limit(), _instance() as instance, TerminalProgress() as progress:
            outcome = run(instance, progress=progress)
    except (RefreshRunningError, UnreachableError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    except Exception as error:
        lacked = machine_errors.explain(error)
        if lacked is None:
            raise
        console.print(lacked, style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    print_outcome(outcome, Settings().published, verbose=verbose)
    raise typer.Exit(outcome.exit_code)


def _moment(text: str) -> datetime:
    try:
        if len(text) == len("2023-08-14"):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"expected a day such as 2023-08-14, or 2023-08-14T06:00Z; found {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@app.command(
    rich_help_panel=READ,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge report --as-of 2023-08-14",
        "tidegauge report --as-of 2026-11-02T06:00Z --output /tmp/then",
        "Exit code 1: there is no release yet. 2: nothing was known on that day.",
    ),
)
def report(
    context: typer.Context,
    as_of: Annotated[
        datetime, typer.Option(parser=_moment, metavar="DAY", help="As believed at the end of this day, UTC, or then.")
    ],
    output: Annotated[
        Path | None, typer.Option(help="Folder to write into; the default is reports/DAY below TIDEGAUGE_HOME.")
    ] = None,
) -> None:
    """Draw the charts as they were believed on any day, from what was known then; nothing in the warehouse is changed."""
    import duckdb

    from assets.settings import Settings
    from warehouse.release.as_of import NoReleaseError, NothingKnownError, draw

    settings = Settings()
    day = f"{as_of:%Y-%m-%d}" if as_of.time() == time.max else f"{as_of:%Y-%m-%dT%H%M%S}"
    folder = (context.obj / output).resolve() if output else settings.home.absolute() / "reports" / day
    if any(folder.is_relative_to(kept.resolve()) for kept in (settings.published, settings.working)):
        raise typer.BadParameter(f"{folder} belongs to the warehouse. Nothing was drawn.", param_hint="--output")
    try:
        rows = draw(settings.published, as_of, folder)
    except NothingKnownError as error:
        raise typer.BadParameter(str(error), param_hint="--as-of") from error
    except (NoReleaseError, OSError, duckdb.Error) as error:
        console.print(f"{error}", style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    for name, number in rows.items():
        print(f"{name:<28}{number:>8,} rows")
    print(f"page      {folder / 'index.html'}")


@app.command(
    rich_help_panel=READ,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge status",
        "tidegauge status --demo",
        "Exit code 1: there is no release yet. 3: somebody should look: the release, or a source in it, is older than eight days, "
        "a run hangs, or the disk fills. Made for a timer: docs/operations.md.",
    ),
)
def status(
    demo: Annotated[bool, typer.Option("--demo", help="Look at the demonstration instead.")] = False,
) -> None:
    """Say what is published, how fresh it is, which source is stale, and when the next refresh is due."""
    import sqlite3

    import duckdb

    from assets.disk_space import room
    from assets.settings import Settings
    from pipelines.commands.status import HISTORY, Operation, look

    settings = Settings()
    published = settings.home.absolute() / "demo" / "published" if demo else settings.published
    try:
        found = look(published)
    except duckdb.Error as error:
        console.print(
            f"the release in {published} cannot be read: {error}\nTo do: docs/operations.md#damaged_database",
            style="red",
            markup=False,
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    if found is None:
        console.print(
            f"there is no release in {published}. To do: tidegauge {'demo' if demo else 'refresh'}", markup=False
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED)
    # The demonstration's time is simulated: its release is as old as it says itself.
    now = found.published_at if demo else datetime.now(UTC)
    for line in found.lines(now):
        print(line)
    disk = room(settings)
    low = "; it runs low: docs/operations.md#the_disk_has_room" if disk.is_low else ""
    if demo:
        at_work = Operation()
    else:
        try:
            at_work = _operation()
        except sqlite3.Error as error:
            console.print(
                f"the history of runs in {HISTORY} cannot be read: {error}. Kept: every release. To do: see whether the disk "
                "is well; without that file Dagster begins a new history.",
                style="red",
                markup=False,
            )
            raise typer.Exit(ExitCode.SOURCE_MISSING) from error
        for line in at_work.lines(now):
            print(line)
    print(f"disk      {disk}{low}")
    needs_somebody = found.stale or found.is_old(now) or found.is_ahead(now) or at_work.is_stuck(now) or disk.is_low
    raise typer.Exit(ExitCode.SOURCE_MISSING if needs_somebody else ExitCode.WELL)


def _operation() -> "Operation":
    """Return who is at work, by the history of runs that DAGSTER_HOME names, or else by that of this checkout."""
    from pipelines.commands.status import HISTORY, Operation, operation, operation_of

    if "DAGSTER_HOME" not in os.environ:
        return operation(HISTORY)
    if not Path(os.environ["DAGSTER_HOME"]).exists():  # Dagster would make it
        return Operation()
    with _instance() as instance:
        return operation_of(instance)


@app.command(
    rich_help_panel=COLLECT,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge restore",
        "tidegauge restore --check",
        "tidegauge restore --from /backup/warehouse --output /tmp/restored.duckdb",
        "Exit code 1: nothing was restored, or with --check a table differs. 3: restored, but something that was landed could "
        "not be read. docs/restore.md says what to back up.",
    ),
)
def restore(
    context: typer.Context,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="A copy of TIDEGAUGE_HOME; the default is that itself."),
    ] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Restore into this new file instead.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only try, and compare with the present working database.")
    ] = False,
) -> None:
    """Make the working database anew from the last release and what was landed after it; no service is asked.

    A database that is there is kept under another name. A kill in the middle leaves everything as it was.
    """
    from assets.resources import Warehouse
    from assets.settings import Settings
    from pipelines.commands import restore as restoring

    settings = Settings()
    home = (context.obj / source).resolve() if source else settings.home.absolute()
    target = (context.obj / output).resolve() if output else settings.database
    if source and not home.is_dir():
        raise typer.BadParameter(f"{home} is no folder. Nothing was done.", param_hint="--from")
    if output and (check or target.exists() or not target.parent.is_dir()):
        why = "--check writes no file" if check else f"{target} exists, or its folder does not"
        raise typer.BadParameter(f"{why}. Nothing was done.", param_hint="--output")
    outcome = restoring.run(home, settings.working, target, Warehouse().opened() if check else None)
    for line in outcome.lines:
        print(line)
    for problem in outcome.problems:
        console.print(problem, style="red", markup=False)
    if settings.warehouse != "file" and not check and outcome.lines:
        print(f"the lake is as it was; `tidegauge lake fill --replace` brings {settings.database} into it")
    raise typer.Exit(outcome.exit_code)


@app.command(
    rich_help_panel=COLLECT,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge doctor",
        "Exit code 1: a service does not work. One that only lacks its key is told, and is no failure.",
    ),
)
def doctor() -> None:
    """Make one cheap request to each live service, and say of each whether it works."""
    from assets.settings import CHECKOUT, Settings
    from pipelines.commands.doctor import readable_by_others, run_probes

    findings = run_probes(Settings())
    for finding in findings:
        print(f"{finding.service:<20}{finding.verdict}")
    if (exposed := readable_by_others(CHECKOUT / ".env")) is not None:
        print(f"{'.env':<20}{exposed}")
    raise typer.Exit(ExitCode.WELL if all(finding.works for finding in findings) else ExitCode.NOTHING_PUBLISHED)


@app.command(
    rich_help_panel=WATCH,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge sandbox",
        "tidegauge sandbox --models 100000 --week 4 --port 0",
        "What is collected from it is marked as made up, and is never mixed with live rows.",
    ),
)
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8642,
    models: Annotated[int, typer.Option(min=100, max=3_200_000, help="Models in week 0.")] = 5000,
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 0,
    week: Annotated[int, typer.Option(min=0, help="The week to begin with.")] = 0,
    quota: Annotated[int, typer.Option(min=1, help="Calls in a window; the Hub's anonymous quota is 500.")] = 500,
    window: Annotated[float, typer.Option(min=1, help="Seconds of a window; the Hub's is 300.")] = 300,
    hostile: Annotated[
        bool, typer.Option("--hostile", help="Let every service say what harms a careless reader; one refuses.")
    ] = False,
) -> None:
    """Serve stand-ins of every service on loopback until interrupted; put the settings that it prints into .env."""
    from pipelines.sandbox.server import serve

    try:
        serve(port=port, models=models, seed=seed, week=week, quota=quota, window_seconds=window, is_hostile=hostile)
    except OSError as error:
        console.print(
            f"port {port} cannot be used: {error}. Nothing was served. To do: another --port, or 0.", markup=False
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error


@app.command(
    rich_help_panel=WATCH,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge ui",
        "tidegauge ui --read-only --port 3001",
        "tidegauge ui --demo --port 3002",
        "It answers on this machine alone, and only to its own pages. How to let others in: docs/security.md.",
    ),
)
def ui(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 3000,
    demo: Annotated[bool, typer.Option("--demo", help="Look at the runs of the demonstration, read-only.")] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="To show others: nothing can be started.")] = False,
) -> None:
    """Open the Dagster UI on 127.0.0.1, with the weekly schedule switched on (not for the demonstration, nor read-only)."""
    from assets.settings import Settings
    from pipelines.ui.server import UiError, serve

    if demo:
        home = Settings().home / "demo"
        if not (home / "dagster" / "dagster.yaml").exists():
            console.print(f"there is no demonstration in {home}. To do: tidegauge demo", markup=False)
            raise typer.Exit(ExitCode.NOTHING_PUBLISHED)
        os.environ |= {"TIDEGAUGE_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    try:
        with _instance() as instance:
            serve(instance, port, Settings().further_hosts, read_only=read_only or demo, daemon=not (read_only or demo))
    except UiError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error


def _instance() -> "DagsterInstance":
    from dagster import DagsterInstance

    from assets.settings import CHECKOUT
    from warehouse.database.file_modes import private_folder

    if "DAGSTER_HOME" in os.environ:
        return DagsterInstance.get()
    private_folder(CHECKOUT / ".dagster")
    return DagsterInstance.from_config(str(CHECKOUT))
