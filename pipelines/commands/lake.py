"""`tidegauge lake`: copy the working tables into a lake that several machines share, and back.

Each command imports its modules when it is called, like those of `pipelines.commands.app`.
"""

import os
import shutil
import socket
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pipelines.commands.invocation import invocation
from pipelines.console import ExitCode, console

if TYPE_CHECKING:
    import duckdb

    from warehouse.database.connection import Database
    from warehouse.database.lake import Lake
    from warehouse.tables.table import Table

TRIAL = "tidegauge_trial"

app = typer.Typer(
    help="Keep the working tables in a lake: several workers at once, on as many machines (docs/lake.md).",
    no_args_is_help=True,
)


@app.command()
def fill(
    context: typer.Context,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the tables of the lake.")] = False,
) -> None:
    """Copy every table of the working file into the lake, in one transaction, and compare the checksums."""
    from warehouse.database.connection import File

    lake, file = _lake(), File(invocation(context).settings.database)
    if not file.exists():
        _fail(f"there is no {file}. Nothing was done.")
    with closing(lake):
        if lake.exists() and not replace:
            _fail(
                "the lake holds tables already. Nothing was done. To do: --replace, or another TIDEGAUGE_LAKE_SCHEMA."
            )
        lake.fill_from(file.path)
        _print_comparison(file, lake, f"filled: {lake}")


@app.command()
def export(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A new file; the default is the place of the working file.")
    ] = None,
) -> None:
    """Write every table of the lake to a new file, from one snapshot, and compare the checksums."""
    from warehouse.database.connection import File

    called = invocation(context)
    lake, file = _lake(), File((called.folder / output).resolve() if output else called.settings.database)
    if file.exists():
        _fail(f"{file} exists. Nothing was done. To do: move it away, or name another file.")
    with closing(lake):
        if not lake.exists():
            _fail("the lake holds no tables. Nothing was done.")
        file.path.parent.mkdir(parents=True, exist_ok=True)
        lake.copy_to(file.path)
        _print_comparison(lake, file, f"written: {file}")


@app.command()
def tidy(
    keep_days: Annotated[int, typer.Option(min=0, help="Keep the snapshots of this many days.")] = 30,
) -> None:
    """Merge small files, expire old snapshots, and delete the files that no snapshot needs."""
    with closing(_lake()) as lake:
        before = lake.figures()
        lake.tidy(keep_days)
        after = lake.figures()
    for name, number in after.items():
        print(f"{name:<12}{before[name]:>14,} -> {number:,}")


@app.command(name="try")
def try_out(
    context: typer.Context,
    weeks: Annotated[int, typer.Option(min=1, help="Number of simulated weeks.")] = 2,
    models: Annotated[int, typer.Option(min=100, help="Number of models in the first week.")] = 300,
) -> None:
    """Collect simulated weeks into a file and into a separate lake, and compare every published table.

    Uses the PostgreSQL and the store of the settings, in the schema tidegauge_trial and the folder trial/. Both are
    recreated each time and kept for inspection. Live rows do not change. TIDEGAUGE_WORKERS (here 2 by default) is the number
    of concurrent steps.
    """
    import duckdb

    from pipelines.commands.demo import IN_A_FILE, demonstrate
    from warehouse.release.publish import DATABASE
    from warehouse.release.restore import STORED
    from warehouse.tables.meta import COLLECTION, RELEASE, WAREHOUSE

    settings, place = invocation(context).settings, _lake()
    home = settings.home / "lake_trial"
    shutil.rmtree(home, ignore_errors=True)
    in_a_lake = {
        "TIDEGAUGE_WAREHOUSE": settings.warehouse,
        "TIDEGAUGE_LAKE_SCHEMA": TRIAL,
        "TIDEGAUGE_LAKE_DATA": f"{place.data}trial/",
        "TIDEGAUGE_WORKERS": str(max(settings.workers, 2)),
    }
    port = _free_port()  # the same for both: rows contain the address of their source
    published: list[Path] = []
    for name, where in (("file", IN_A_FILE), ("lake", in_a_lake)):
        console.print(f"{weeks} weeks of {models} models in the {name}")
        if where is in_a_lake:
            os.environ |= where
            _lake().drop()
        outcome, folder = demonstrate(weeks, models, home=home / name, where=where, port=port)
        if outcome.exit_code != ExitCode.WELL:
            _fail(f"{name}: {outcome.failures}")
        published.append(folder / DATABASE)
    with (
        duckdb.connect(str(published[0]), read_only=True) as ours,
        duckdb.connect(str(published[1]), read_only=True) as theirs,
    ):
        # These three contain run ids and times, or checksums of tables that do.
        compared = [table for table in STORED if table not in (COLLECTION, RELEASE, WAREHOUSE)]
        differing = _compare(ours, theirs, compared)
    if differing:
        _fail(f"the lake published other rows than the file: {', '.join(differing)}")
    print(f"the lake: {_lake()}, schema {TRIAL}; its release: {published[1].parent}")


def _lake() -> "Lake":
    from assets.resources import Warehouse
    from warehouse.database.connection import UnreachableError
    from warehouse.database.lake import ExtensionMissingError, Lake

    database = Warehouse().opened()
    if not isinstance(database, Lake):
        _fail(
            "TIDEGAUGE_WAREHOUSE names no lake. Nothing was done. To do: set it to ducklake:postgres:dbname=... "
            "(docs/lake.md).",
            ExitCode.WRONG_USAGE,
        )
    try:
        database.exists()
    except (UnreachableError, ExtensionMissingError) as error:
        _fail(str(error))
    return database


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def _print_comparison(original: "Database", copy: "Database", done: str) -> None:
    from warehouse.release.restore import STORED

    with original.reading() as theirs, copy.reading() as ours:
        if differing := _compare(ours, theirs, STORED):
            _fail(f"{done}, but {', '.join(differing)} differ from {original}, which is unchanged")
    print(done)


def _compare(
    ours: "duckdb.DuckDBPyConnection", theirs: "duckdb.DuckDBPyConnection", tables: Sequence["Table"]
) -> list[str]:
    """Print a line for each table; return the names of those whose rows differ."""
    from warehouse.database.checksums import row_sum
    from warehouse.database.derive import count

    differing: list[str] = []
    for table in tables:
        is_equal = row_sum(ours, table) == row_sum(theirs, table)
        print(f"{table.name:<32}{count(ours, table):>14,} rows  {'equal' if is_equal else 'DIFFERS'}")
        if not is_equal:
            differing.append(table.name)
    return differing


def _fail(why: str, code: ExitCode = ExitCode.NOTHING_PUBLISHED) -> NoReturn:
    console.print(why, style="red", markup=False)
    raise typer.Exit(code)
