"""The command line: `tidegauge`."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import dagster as dg
import typer
from pydantic import ValidationError

from pipelines.refresh import ExitCode, RefreshRunningError
from pipelines.settings import CHECKOUT, Settings
from pipelines.terminal import TerminalProgress, console, report

app = typer.Typer(
    help="Measures the open source AI wave: collects every week, keeps every week, publishes a DuckDB file and charts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _begin() -> None:
    """Work from the checkout, where dagster.yaml lies, whatever folder the command was called in."""
    try:
        settings = Settings()
        settings.working.mkdir(parents=True, exist_ok=True)
    except ValidationError as error:
        for problem in error.errors():
            console.print(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}. Nothing was done.", markup=False)
        raise typer.Exit(ExitCode.WRONG_USAGE) from None
    except OSError as error:
        console.print(f"TIDEGAUGE_HOME cannot be used: {error}. Nothing was done.", markup=False)
        raise typer.Exit(ExitCode.WRONG_USAGE) from None
    os.environ["TIDEGAUGE_HOME"] = str(settings.home.absolute())
    os.chdir(CHECKOUT)


@app.command()
def demo(
    weeks: Annotated[int, typer.Option(min=1, help="How many simulated weeks.")] = 12,
    models: Annotated[int, typer.Option(min=100, help="How many models the sandbox begins with.")] = 5000,
) -> None:
    """Run simulated weeks against the sandbox, in demo/ below TIDEGAUGE_HOME: no key, no network, no live row touched."""
    from pipelines.demo import demonstrate

    outcome, published = demonstrate(weeks, models)
    report(outcome, published)
    raise typer.Exit(outcome.exit_code)


@app.command()
def refresh() -> None:
    """Collect every source now, derive every table and publish. Exit code 3: published, but a source is missing."""
    from pipelines.refresh import refresh as run

    try:
        with _instance() as instance, TerminalProgress() as progress:
            outcome = run(instance, progress=progress)
    except RefreshRunningError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    report(outcome, Settings().published)
    raise typer.Exit(outcome.exit_code)


@app.command()
def doctor() -> None:
    """Make one cheap request to each live service, and say of each whether it works."""
    from pipelines.doctor import examine

    findings = examine(Settings())
    for finding in findings:
        print(f"{finding.service:<20}{finding.verdict}")
    raise typer.Exit(ExitCode.WELL if all(finding.works for finding in findings) else ExitCode.NOTHING_PUBLISHED)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8642,
    models: Annotated[int, typer.Option(min=100, max=3_200_000, help="Models in week 0.")] = 5000,
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 0,
    week: Annotated[int, typer.Option(min=0, help="The week to begin with.")] = 0,
    quota: Annotated[int, typer.Option(min=1, help="Calls in a window; the Hub's anonymous quota is 500.")] = 500,
    window: Annotated[float, typer.Option(help="Seconds of a window; the Hub's is 300.")] = 300,
) -> None:
    """Serve stand-ins of every service on loopback until interrupted; put the settings that it prints into .env."""
    from pipelines.sandbox.server import serve

    serve(port=port, models=models, seed=seed, week=week, quota=quota, window_seconds=window)


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
    demo: Annotated[bool, typer.Option("--demo", help="Look at the runs of the demonstration instead.")] = False,
) -> None:
    """Open the Dagster UI on 127.0.0.1, with the weekly schedule switched on (not for the demonstration)."""
    programs = Path(sys.executable).parent
    command = [str(programs / "dagster-webserver")] if demo else [str(programs / "dagster"), "dev"]
    environment = dict(os.environ)
    if demo:
        home = Settings().home / "demo"
        environment |= {"TIDEGAUGE_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    command += ["-h", "127.0.0.1", "-p", str(port)]
    raise typer.Exit(subprocess.call(command, env=environment, cwd=CHECKOUT))  # noqa: S603 - our own program


def _instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.get() if "DAGSTER_HOME" in os.environ else dg.DagsterInstance.from_config(str(CHECKOUT))
