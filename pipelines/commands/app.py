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

from pipelines.commands import alert, backfill, lake, review
from pipelines.commands.invocation import Invocation, invocation
from pipelines.console import ExitCode, console

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from assets.push_address import PushAddress
    from pipelines.commands.restore import Outcome
    from pipelines.status import Operation

COLLECT = "Collect and publish"
READ = "Read"
WATCH = "Try and watch"
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="End with the rows of each table, each measured series and each source.")
]


def _lines(*lines: str) -> str:
    """Return an epilog: typer starts a new line at a blank one."""
    return "\n\n".join(lines)


app = typer.Typer(
    help="Measures the open source AI wave: collects figures every week, keeps every week, publishes a DuckDB file and charts.",
    epilog=_lines(
        "[bold]Start with[/] tidegauge demo (synthetic figures, no key), then tidegauge refresh.",
        "[bold]Exit codes:[/] 0 success; 1 failed, nothing published; 2 wrong usage; 3 published, but a source is missing.",
        "[bold]Settings[/] are read from the environment and from .env; none is needed. TIDEGAUGE_HOME: the folder of working/ "
        "and published/. HF_TOKEN: doubles the quota. All of them: .env.example.",
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(alert.app, name="alert")
app.add_typer(backfill.app, name="backfill")
app.add_typer(lake.app, name="lake")
app.add_typer(review.app, name="review")


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"tidegauge {version('tidegauge')}")
        raise typer.Exit


@app.callback()
def _begin(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Read the settings once, and change to the checkout, where dagster.yaml is."""
    from pydantic import ValidationError

    from assets.http.addresses import keep_loopback_direct
    from assets.settings import CHECKOUT, Settings, unknown_settings
    from warehouse.database.file_modes import private_folder, public_folder

    folder = Path.cwd()
    keep_loopback_direct(os.environ)
    try:
        settings = Settings()
        public_folder(settings.home)  # it has the published folder; nothing else in it can be read by others
        private_folder(settings.working)
    except ValidationError as error:
        for wrong in error.errors():
            console.print(f"{'.'.join(map(str, wrong['loc'][-1:]))}: {wrong['msg']}. Nothing was done.", markup=False)
        raise typer.Exit(ExitCode.WRONG_USAGE) from None
    except UnicodeDecodeError as error:
        console.print(
            f"{CHECKOUT / '.env'} is not written in UTF-8 ({error.reason} at byte {error.start}): an editor has saved it as "
            "UTF-16, or in a Latin encoding. Nothing was done. To do: save it as UTF-8.",
            markup=False,
        )
        raise typer.Exit(ExitCode.WRONG_USAGE) from None
    except OSError as error:
        console.print(f"TIDEGAUGE_HOME cannot be used: {error}. Nothing was done.", markup=False)
        raise typer.Exit(ExitCode.WRONG_USAGE) from None
    for problem in unknown_settings(os.environ):
        console.print(problem, style="yellow", markup=False)
    context.obj = Invocation(folder, settings)
    # The settings are read again in another folder, where a relative path would be another one.
    os.environ["TIDEGAUGE_HOME"] = str(settings.home)
    if os.environ.get("TIDEGAUGE_SEC_ISSUERS"):
        os.environ["TIDEGAUGE_SEC_ISSUERS"] = str(settings.sec_issuers)
    os.chdir(CHECKOUT)
    # A core dump would contain every key.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@app.command(
    rich_help_panel=WATCH,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge demo",
        "tidegauge demo --weeks 3 --models 500",
        "It publishes into demo/published below TIDEGAUGE_HOME, marked as made up by the sandbox.",
    ),
)
def demo(
    context: typer.Context,
    weeks: Annotated[int, typer.Option(min=1, help="Number of simulated weeks.")] = 12,
    models: Annotated[int, typer.Option(min=100, help="Number of models in the first week.")] = 5000,
    verbose: Verbose = False,
) -> None:
    """Run simulated weeks against the sandbox, in demo/ below TIDEGAUGE_HOME: no key, no network, no live row touched."""
    from pipelines.commands.demo import demonstrate
    from pipelines.commands.terminal import report as print_outcome

    outcome, published = demonstrate(weeks, models, home=invocation(context).settings.home / "demo")
    print_outcome(outcome, published, demo=True, verbose=verbose)
    raise typer.Exit(outcome.exit_code)


@app.command(
    rich_help_panel=COLLECT,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge refresh",
        "HF_TOKEN=hf_... tidegauge refresh",
        "It takes about 35 minutes, or half of that with a token. If it is interrupted, run it again: it continues.",
        "The last release can be read meanwhile, and stays if this one fails.",
    ),
)
def refresh(context: typer.Context, verbose: Verbose = False) -> None:
    """Collect every source now, derive every table and publish. Exit code 3: published, but a source is missing."""
    from assets import machine_errors
    from assets.clock_check import ClockError
    from pipelines.commands.terminal import TerminalProgress
    from pipelines.commands.terminal import report as print_outcome
    from pipelines.exclusive_run import RunInProgressError
    from pipelines.operator_alerts import Operator
    from pipelines.refresh import refresh as run
    from pipelines.watchdog import time_limit
    from warehouse.database.connection import UnreachableError

    settings = invocation(context).settings
    operator = Operator(settings)
    _warn(operator.started())
    try:
        with (
            time_limit(before_the_end=operator.failed),
            _instance() as instance,
            TerminalProgress() as progress,
        ):
            outcome = run(
                instance, progress=progress, settings=settings, on_dead_run=lambda dead: _warn(operator.died(dead))
            )
    except RunInProgressError as error:  # no failure: the other run goes on
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    except Exception as error:
        is_said = isinstance(error, (UnreachableError, ClockError))
        lacked = str(error) if is_said else machine_errors.explain(error)
        _warn(operator.failed(lacked or f"{type(error).__name__}: {error}"))
        if lacked is None:
            raise
        console.print(lacked, style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    _warn(operator.ended(outcome, "weekly_refresh", outcome.run_id))
    print_outcome(outcome, settings.published, verbose=verbose)
    raise typer.Exit(outcome.exit_code)


def _warn(undelivered: list[str]) -> None:
    for line in undelivered:
        console.print(f"{line}. To do: tidegauge alert test", style="yellow", markup=False)


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
        "Exit code 1: there is no release yet. 2: there are no figures of that day.",
    ),
)
def report(
    context: typer.Context,
    as_of: Annotated[
        datetime,
        typer.Option(parser=_moment, metavar="DAY", help="The state at the end of this day, UTC, or at this moment."),
    ],
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to; the default is reports/DAY below TIDEGAUGE_HOME.")
    ] = None,
) -> None:
    """Draw the charts from the figures known on any day. The warehouse does not change."""
    import duckdb

    from warehouse.release.as_of import NoReleaseError, NothingKnownError, draw

    called = invocation(context)
    settings = called.settings
    day = f"{as_of:%Y-%m-%d}" if as_of.time() == time.max else f"{as_of:%Y-%m-%dT%H%M%S}"
    folder = (called.folder / output).resolve() if output else settings.home / "reports" / day
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
        "Exit code 1: there is no release yet. 3: action needed: the release, or a source in it, is older than eight days, a run "
        "hangs, or the disk is filling up. Run it from a timer: docs/operations.md.",
    ),
)
def status(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="Report on the demonstration instead.")] = False,
) -> None:
    """Print the last release, its age, stale sources and curated lists, and when the next refresh is due."""
    import sqlite3

    import duckdb

    from assets.disk_space import disk_space
    from pipelines.status import HISTORY, Operation, read_status

    settings = invocation(context).settings
    published = settings.home / "demo" / "published" if demo else settings.published
    try:
        found = read_status(published)
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
    # The demonstration's time is simulated: measure its age at its own release.
    now = found.published_at if demo else datetime.now(UTC)
    for line in found.lines(now):
        print(line)
    disk = disk_space(settings)
    low = "; space is low: docs/operations.md#the_disk_has_room" if disk.is_low else ""
    if demo:
        operation = Operation()
    else:
        try:
            operation = _operation()
        except sqlite3.Error as error:
            console.print(
                f"the history of runs in {HISTORY} cannot be read: {error}. Kept: every release. To do: check the disk; "
                "without that file Dagster starts a new history.",
                style="red",
                markup=False,
            )
            raise typer.Exit(ExitCode.SOURCE_MISSING) from error
        for line in operation.lines(now):
            print(line)
    print(f"disk      {disk}{low}")
    needs_action = found.stale or found.is_old(now) or found.is_ahead(now) or operation.is_stuck(now) or disk.is_low
    raise typer.Exit(ExitCode.SOURCE_MISSING if needs_action else ExitCode.WELL)


def _operation() -> "Operation":
    """Return the newest run by the run history of DAGSTER_HOME, or else of this checkout."""
    from pipelines.status import HISTORY, Operation, operation, operation_of

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
        "Exit code 1: nothing was restored, or with --check a table differs. 3: restored, but some stored responses could not be "
        "read. docs/operations.md says what to back up.",
    ),
)
def restore(
    context: typer.Context,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="A copy of TIDEGAUGE_HOME; the default is TIDEGAUGE_HOME."),
    ] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Restore to this new file instead.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Restore to a temporary file, and compare it with the working database.")
    ] = False,
) -> None:
    """Rebuild the working database from the last release and the responses stored after it, without any service.

    An existing database is kept under another name. If the command is killed, everything stays as it was.
    """
    from assets.resources import Warehouse
    from pipelines.commands import restore as restoring

    called = invocation(context)
    settings = called.settings
    home = (called.folder / source).resolve() if source else settings.home
    target = (called.folder / output).resolve() if output else settings.database
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
        print(f"the lake is unchanged; `tidegauge lake fill --replace` loads {settings.database} into it")
    raise typer.Exit(outcome.exit_code)


@app.command(
    rich_help_panel=COLLECT,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge push",
        "tidegauge push hf://datasets/example/tidegauge",
        "tidegauge push s3://example/tidegauge",
        "tidegauge push /srv/www/tidegauge",
        "tidegauge push --responses hf://datasets/example/tidegauge-responses",
        "Only what differs is sent. If it is interrupted, the last pushed release is whole; run it again. Exit code 1: not pushed. "
        "docs/push.md says more.",
    ),
)
def push(
    context: typer.Context,
    to: Annotated[
        str | None, typer.Argument(metavar="TO", help="The address; the default is TIDEGAUGE_PUSH_TO.")
    ] = None,
    responses: Annotated[
        bool, typer.Option("--responses", help="Push the stored responses instead, to a private data set.")
    ] = False,
) -> None:
    """Push the release to a data set of the Hub, an S3 bucket, or a folder for static pages."""
    from pipelines.commands.transfer import run_push

    settings = invocation(context).settings
    address = _push_address(context, to)
    if address.revision is not None:
        raise typer.BadParameter("a release is pushed to a data set, not to a revision of it. Nothing was done.")
    _end_with(run_push(address, settings, responses=responses))


@app.command(
    rich_help_panel=COLLECT,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge pull",
        "tidegauge pull hf://datasets/example/tidegauge",
        "An existing database is kept under another name. A later release of this machine is never replaced. Exit code 1: nothing "
        "was pulled.",
    ),
)
def pull(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Argument(metavar="FROM", help="The address; the default is TIDEGAUGE_PUSH_TO.")
    ] = None,
    if_any: Annotated[
        bool, typer.Option("--if-any", help="Succeed if nothing was pushed there yet: the first run of a new place.")
    ] = False,
) -> None:
    """Bring the working state back from the release that was pushed last, so that a refresh on this machine continues it."""
    from pipelines.commands.transfer import run_pull

    settings = invocation(context).settings
    _end_with(run_pull(_push_address(context, source), settings, if_any=if_any))
    if settings.warehouse != "file":
        print(f"the lake is unchanged; `tidegauge lake fill --replace` loads {settings.database} into it")


def _push_address(context: typer.Context, text: str | None) -> "PushAddress":
    from assets.push_address import is_below, push_address

    called = invocation(context)
    if text is None:
        if (address := called.settings.push_address) is None:
            raise typer.BadParameter("TIDEGAUGE_PUSH_TO is not set, and no address is given. Nothing was done.")
        return address
    try:
        address = push_address(text, called.folder)
    except ValueError as error:
        raise typer.BadParameter(f"{error}. Nothing was done.") from error  # without the text: it may hold a key
    if is_below(address, called.settings.home):
        raise typer.BadParameter(f"{address} belongs to the warehouse. Nothing was done.")
    return address


def _end_with(outcome: "Outcome") -> None:
    """Print the output of a command, and end with its exit code unless that is 0."""
    for line in outcome.lines:
        print(line)
    for problem in outcome.problems:
        console.print(problem, style="red", markup=False)
    if outcome.exit_code != ExitCode.WELL:
        raise typer.Exit(outcome.exit_code)


@app.command(
    rich_help_panel=COLLECT,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge doctor",
        "Exit code 1: a service does not work. A missing key is reported, and is no failure.",
    ),
)
def doctor(context: typer.Context) -> None:
    """Make one cheap request to each live service, and print whether it works."""
    from assets.settings import CHECKOUT
    from pipelines.commands.doctor import readable_by_others, run_probes

    findings = run_probes(invocation(context).settings)
    for finding in findings:
        print(f"{finding.service:<22}{finding.verdict}")
    if (exposed := readable_by_others(CHECKOUT / ".env")) is not None:
        print(f"{'.env':<22}{exposed}")
    raise typer.Exit(ExitCode.WELL if all(finding.works for finding in findings) else ExitCode.NOTHING_PUBLISHED)


@app.command(
    rich_help_panel=WATCH,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge sandbox",
        "tidegauge sandbox --models 100000 --week 4 --port 0",
        "tidegauge sandbox --export > sandbox.env, and in another terminal: . ./sandbox.env && tidegauge refresh",
        "Figures collected from it are marked as made up, and never mixed with live rows.",
    ),
)
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8642,
    models: Annotated[int, typer.Option(min=100, max=3_200_000, help="Models in week 0.")] = 5000,
    seed: Annotated[int, typer.Option(help="Seed of the synthetic world.")] = 0,
    week: Annotated[
        int | None,
        typer.Option(
            min=0, help="The week, from 0 (Monday, 2026-08-31). Default: the present one, as a refresh expects."
        ),
    ] = None,
    quota: Annotated[int, typer.Option(min=1, help="Calls in a window; the Hub's anonymous quota is 500.")] = 500,
    window: Annotated[float, typer.Option(min=1, help="Seconds of a window; the Hub's is 300.")] = 300,
    hostile: Annotated[
        bool, typer.Option("--hostile", help="Serve hostile content from every service; one refuses all requests.")
    ] = False,
    export: Annotated[bool, typer.Option("--export", help="Print the settings as a script for the shell.")] = False,
) -> None:
    """Serve stand-ins of every service on loopback until interrupted. Copy the settings that it prints into .env."""
    from pipelines.sandbox.server import present_week, serve

    try:
        serve(
            port=port,
            models=models,
            seed=seed,
            week=present_week() if week is None else week,
            quota=quota,
            window_seconds=window,
            is_hostile=hostile,
            is_script=export,
        )
    except OSError as error:
        console.print(
            f"port {port} cannot be used: {error}. Nothing was served. To do: another --port, or 0.", markup=False
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error


@app.command(
    rich_help_panel=READ,
    epilog=_lines(
        "[bold]Examples[/]",
        "tidegauge serve",
        "tidegauge serve --demo --port 0",
        "It serves this machine only. For others, copy the published folder to any static host that sends byte ranges.",
        "Exit code 1: there is no release yet, or the port is in use.",
    ),
)
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8044,
    demo: Annotated[bool, typer.Option("--demo", help="Serve the demonstration instead.")] = False,
) -> None:
    """Serve the published folder on 127.0.0.1: the charts, and explore.html, which finds and compares."""
    from pipelines.commands.serve import serve as serve_folder

    settings = invocation(context).settings
    published = settings.home / "demo" / "published" if demo else settings.published
    if not (published / "index.html").exists():
        console.print(
            f"there is no release in {published}. To do: tidegauge {'demo' if demo else 'refresh'}", markup=False
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED)
    try:
        serve_folder(published, port)
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
        "It serves this machine only, and its own pages only. To give others access: docs/security.md.",
    ),
)
def ui(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 3000,
    demo: Annotated[bool, typer.Option("--demo", help="Show the runs of the demonstration, read-only.")] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="Allow no changes, and run no schedule.")] = False,
) -> None:
    """Open the Dagster UI on 127.0.0.1 and run the weekly schedule (neither with --demo nor with --read-only)."""
    from pipelines.ui.server import UiError, serve

    settings = invocation(context).settings
    if demo:
        home = settings.home / "demo"
        if not (home / "dagster" / "dagster.yaml").exists():
            console.print(f"there is no demonstration in {home}. To do: tidegauge demo", markup=False)
            raise typer.Exit(ExitCode.NOTHING_PUBLISHED)
        os.environ |= {"TIDEGAUGE_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}  # one of ours
    try:
        with _instance() as instance:
            serve(instance, port, settings.further_hosts, read_only=read_only or demo, daemon=not (read_only or demo))
    except UiError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error


def _instance() -> "DagsterInstance":
    from dagster import DagsterInstance

    from assets.settings import CHECKOUT
    from warehouse.database.file_modes import private_folder

    if "DAGSTER_HOME" in os.environ:
        _warn_of_another_instance(Path(os.environ["DAGSTER_HOME"]))
        return DagsterInstance.get()
    private_folder(CHECKOUT / ".dagster")
    return DagsterInstance.from_config(str(CHECKOUT))


def _warn_of_another_instance(folder: Path) -> None:
    """Say so if DAGSTER_HOME, which may be left over in the shell, names an instance that is not set up for Tidegauge."""
    config = folder / "dagster.yaml"
    text = config.read_text(encoding="utf-8", errors="replace") if config.exists() else ""
    if "tidegauge" not in text and "pipelines.dagster_storage" not in text:
        console.print(
            f"DAGSTER_HOME is set: the history of runs and Dagster's settings are those of {folder}, which is not set up for "
            "Tidegauge. To do: unset DAGSTER_HOME, unless you mean that",
            style="yellow",
            markup=False,
        )
