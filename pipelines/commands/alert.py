"""`tidegauge alert`: whether alerts and pings arrive."""

import typer

from pipelines.commands.invocation import invocation
from pipelines.console import ExitCode, console

app = typer.Typer(
    no_args_is_help=True,
    help="Try where alerts and pings are sent: TIDEGAUGE_ALERT_URL and TIDEGAUGE_HEARTBEAT_URL.",
    rich_markup_mode="rich",
)


@app.callback()
def _group() -> None:
    """Keep `test` a command of its own: typer would merge a single one into the group."""


@app.command(
    epilog="Exit code 1: a receiver did not accept the test. 2: neither setting is set.",
)
def test(context: typer.Context) -> None:
    """Send a test alert to TIDEGAUGE_ALERT_URL, and a log entry to TIDEGAUGE_HEARTBEAT_URL."""
    from pipelines.operator_alerts import Operator

    results = Operator(invocation(context).settings).test()
    if not results:
        console.print(
            "neither TIDEGAUGE_ALERT_URL nor TIDEGAUGE_HEARTBEAT_URL is set. Nothing was sent. To do: set one of them; "
            "docs/operations.md#where-alerts-go",
            markup=False,
        )
        raise typer.Exit(ExitCode.WRONG_USAGE)
    for setting, refused in results.items():
        print(f"{setting:<26}{'it was accepted' if refused is None else f'it was not accepted: {refused}'}")
    is_well = all(refused is None for refused in results.values())
    raise typer.Exit(ExitCode.WELL if is_well else ExitCode.NOTHING_PUBLISHED)
