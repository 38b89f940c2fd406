"""`tidegauge review`: what waits for a person, as rows of the curated lists to accept.

Each command imports its modules when it is called, like those of `pipelines.commands.app`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.invocation import invocation
from pipelines.console import ExitCode, console
from pipelines.review.issuers import MOST_NAMES
from pipelines.review.kinds import KINDS
from pipelines.review.proposals import Kind, Waiting
from pipelines.review.refusals import keep_back, kept_back_line, without_refused

if TYPE_CHECKING:
    import duckdb

    from assets.settings import Settings

MOST_QUARTERS = 60

Demo = Annotated[bool, typer.Option("--demo", help="Read the demonstration instead, and accept nothing.")]

app = typer.Typer(
    help=(
        "Go through what waits for a person: rows proposed for the curated lists, each with its evidence. On a terminal one key "
        "accepts a row (y), leaves it (n), refuses it with a reason (r), edits it (e) or quits (q); elsewhere the rows are printed "
        "as CSV. Nothing is added unseen. What was refused is kept back until it changes. Without a command: all kinds."
    ),
    invoke_without_command=True,
)


@dataclass(frozen=True)
class _Release:
    """The last release, open for reading, and whether the sandbox made it up."""

    connection: "duckdb.DuckDBPyConnection"
    is_made_up: bool


@app.callback()
def everything(context: typer.Context, demo: Demo = False) -> None:
    """Say how many items of each kind wait, and go through them."""
    if context.invoked_subcommand:
        return
    settings = invocation(context).settings
    with _release(settings, demo) as release:
        waiting = [(kind, without_refused(kind.find)(release.connection, settings)) for kind in KINDS]
        for kind, found in waiting:
            console.print(f"{found.number:6,} {kind.name}: {kind.title}{_remark(found)}", markup=False, soft_wrap=True)
        _go_through(waiting, settings, release.is_made_up)


def _add(kind: Kind) -> None:
    """Add the command that goes through one kind."""

    @app.command(kind.name, help=f"Go through {kind.title}, from the last release. Exit code 1: there is none.")
    def one_kind(context: typer.Context, demo: Demo = False) -> None:
        _review(context, kind, demo, kind.find)


for _kind in KINDS:
    if _kind.name not in ("names", "issuers"):  # they have options of their own
        _add(_kind)


@app.command()
def issuers(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME...]", help='Companies, such as "Example AI". Without one: those without an issuer.'
        ),
    ] = None,
    quarters: Annotated[
        int, typer.Option(min=1, max=MOST_QUARTERS, help="Complete quarters to read, from the newest back.")
    ] = 8,
) -> None:
    """Find issuers by name in EDGAR's quarterly Form D data sets, and propose rows of sec_issuer.csv.

    A name identifies nobody: check each address before you accept a row. Funds and vehicles are named, not proposed. Some
    megabytes are read for each quarter, and nothing is stored. Needs TIDEGAUGE_CONTACT. Exit code 1: nothing could be read.
    """
    from assets.http.errors import SourceError
    from pipelines.review.issuers import search, without_issuer

    if names and len(names) > MOST_NAMES:
        raise typer.BadParameter(f"at most {MOST_NAMES} names at once. Nothing was done.")
    settings = invocation(context).settings
    is_made_up = demo = _asked_for_demo(context)
    if not names:
        with _release(settings, demo) as release:
            names, is_made_up = without_issuer(release.connection, settings)[:MOST_NAMES], release.is_made_up
    try:
        found = keep_back(search(settings, names, quarters, lambda line: console.print(line, markup=False)))
    except (SourceError, ValueError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    if not found.proposals and not found.kept_back and found.number:
        console.print(f"{found.remark}. To do: --quarters {MOST_QUARTERS}", markup=False)
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED)
    _go_through([(next(kind for kind in KINDS if kind.name == "issuers"), found)], settings, is_made_up)
    console.print(found.remark, markup=False)


@app.command()
def names(
    context: typer.Context,
    system: Annotated[str | None, typer.Option(help="Only names of this source, such as arena.")] = None,
    demo: Demo = False,
) -> None:
    """Go through names of open models: the repositories of the Hub that they may mean, for model_name.csv.

    Up to three for each name, the likeliest first: accept at most one of them, after you have opened its page. Exit code 1:
    there is no release that can be read.
    """
    from pipelines.review.names import find

    kind = next(kind for kind in KINDS if kind.name == "names")
    _review(context, kind, demo, lambda connection, settings: find(connection, settings, system))


def _review(
    context: typer.Context,
    kind: Kind,
    demo: bool,
    find: "Callable[[duckdb.DuckDBPyConnection, Settings], Waiting]",
) -> None:
    settings = invocation(context).settings
    with _release(settings, demo or _asked_for_demo(context)) as release:
        found = without_refused(find)(release.connection, settings)
        _go_through([(kind, found)], settings, release.is_made_up)
    console.print(
        f"{kind.title[0].upper()}{kind.title[1:]}: {found.number}; rows proposed: {len(found.proposals)}{_remark(found)}",
        markup=False,
        soft_wrap=True,
    )


def _asked_for_demo(context: typer.Context) -> bool:
    """Return whether --demo stands before the name of the command, as in `tidegauge review --demo families`."""
    return context.parent is not None and bool(context.parent.params.get("demo"))


def _remark(found: Waiting) -> str:
    return f" ({found.remark})" if found.remark else ""


def _go_through(waiting: Sequence[tuple[Kind, Waiting]], settings: "Settings", is_made_up: bool) -> None:
    """Let the person decide about each row; print the rows where there is no terminal, or nothing to accept."""
    import sys

    proposals = [proposal for _, found in waiting for proposal in found.proposals]
    if kept_back := sum(found.kept_back for _, found in waiting):
        console.print(kept_back_line(kept_back), markup=False, soft_wrap=True)
    if is_made_up or not (sys.stdin.isatty() and sys.stdout.isatty()):
        _print(waiting)
        if proposals:
            todo = (
                "The sandbox made them up: add none of them to a list."
                if is_made_up
                else "To do: open each address, and add the right rows to their files, or call this command on a terminal."
            )
            console.print(todo, markup=False)
    elif proposals:
        from pipelines.review.dialogue import decide

        decided = decide(proposals, settings)
        console.print(
            f"{decided.accepted} accepted, {decided.refused} refused, {decided.left} left, "
            f"{len(proposals) - decided.accepted - decided.refused - decided.left} not decided. "
            "The next refresh reads the lists again."
        )


def _print(waiting: Sequence[tuple[Kind, Waiting]]) -> None:
    """Print the proposed rows as CSV, below the header of each file."""
    from assets.http.errors import printable
    from pipelines.review.list_files import line_of

    files = dict.fromkeys(proposal.file for _, found in waiting for proposal in found.proposals)
    for number, file in enumerate(files):
        rows = [proposal.row for _, found in waiting for proposal in found.proposals if proposal.file == file]
        if number:
            print()
        console.print(f"{file}:", markup=False)
        print(line_of(list(rows[0])), flush=True)
        for row in rows:
            print(line_of([printable(cell) for cell in row.values()]), flush=True)


@contextmanager
def _release(settings: "Settings", demo: bool) -> Iterator[_Release]:
    """Open the last release; exit with code 1 if there is none that can be read."""
    import duckdb

    from warehouse.release.publish import DATABASE
    from warehouse.seeds.csv_reader import CuratedError

    file = (settings.home / "demo" / "published" if demo else settings.published) / DATABASE
    if not file.exists():
        console.print(
            f"there is no release in {file.parent}. To do: tidegauge {'demo' if demo else 'refresh'}", markup=False
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED)
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            (origin,) = connection.execute("select origin from meta.warehouse").fetchall()[0]
            yield _Release(connection, origin == "sandbox")
    except duckdb.Error as error:
        console.print(
            f"the release in {file.parent} cannot be read: {error}. Nothing was changed. To do: tidegauge refresh",
            style="red",
            markup=False,
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
    except CuratedError as error:
        console.print(
            f"{error}\nNothing was changed. To do: correct the rows that are named.", style="red", markup=False
        )
        raise typer.Exit(ExitCode.NOTHING_PUBLISHED) from error
