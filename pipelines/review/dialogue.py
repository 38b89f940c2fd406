"""Go through proposals on a terminal: one key for each row, and nothing is stored that was not shown."""

import csv
import readline
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from assets.http.errors import printable
from pipelines.console import console
from pipelines.review.list_files import RowRefusedError, line_of, store
from pipelines.review.proposals import Proposal
from pipelines.review.refusals import refuse

if TYPE_CHECKING:
    from assets.settings import Settings

KEYS = "y accept, n leave, r refuse, e edit, q quit"


@dataclass
class Decided:
    """The number of rows that were accepted, refused and left, and whether the person has quit."""

    accepted: int = 0
    refused: int = 0
    left: int = 0
    has_quit: bool = False


def decide(proposals: Sequence[Proposal], settings: "Settings") -> Decided:
    """Show each proposal, and store those that the person accepts."""
    decided = Decided()
    done: set[str] = set()
    for number, proposal in enumerate(proposals, 1):
        if proposal.item in done:
            continue
        console.print(f"\n[{number}/{len(proposals)}] {printable(proposal.reason)}", markup=False)
        if _accepted(proposal, settings, decided):
            done.add(proposal.item)
        if decided.has_quit:
            break
    return decided


def _accepted(proposal: Proposal, settings: "Settings", decided: Decided) -> bool:
    header, cells = list(proposal.row), [printable(cell) for cell in proposal.row.values()]
    while True:
        console.print(f"{proposal.file}: {line_of(header)}\n{line_of(cells)}", markup=False, soft_wrap=True)
        match _key():
            case "y":
                try:
                    path = store(proposal, dict(zip(header, cells, strict=True)), settings)
                except (RowRefusedError, OSError) as error:
                    console.print(f"not accepted, nothing was changed: {error}", style="red", markup=False)
                    continue
                console.print(f"accepted: {path}", markup=False, soft_wrap=True)
                decided.accepted += 1
                return True
            case "e":
                edited = _edited(line_of(cells))
                if len(edited) == len(header):
                    cells = edited
                else:
                    console.print(f"{len(header)} cells are expected, found {len(edited)}: the row is as before")
            case "r":
                if _is_refused(proposal, settings):
                    decided.refused += 1
                    return False
            case "n":
                decided.left += 1
                return False
            case _:
                decided.has_quit = True
                return False


def _is_refused(proposal: Proposal, settings: "Settings") -> bool:
    """Ask for the reason of a refusal and store it; return whether the proposal is refused now."""
    if not proposal.can_be_refused:
        console.print("not refused: it stays overdue until it is done; n leaves it for now")
        return False
    reason = _answer("reason: ", "")
    try:
        path = refuse(proposal, reason.strip(), settings)
    except (RowRefusedError, OSError) as error:
        console.print(f"not refused, nothing was changed: {error}", style="red", markup=False)
        return False
    console.print(f"refused: {path}", markup=False, soft_wrap=True)
    return True


def _key() -> str:
    """Return y, n, r, e or q; the end of the input counts as q."""
    console.print(f"{KEYS}: ", end="")
    while True:
        try:
            key = typer.getchar().casefold()
        except (EOFError, KeyboardInterrupt):
            key = "q"
        if key in ("y", "n", "r", "e", "q"):
            console.print(key)
            return key


def _edited(line: str) -> list[str]:
    """Return the cells of a line that the person edits in place."""
    return next(csv.reader([_answer("row: ", line)]), [])


def _answer(question: str, text: str) -> str:
    """Return a line that begins as `text` and that the person edits in place; `text` itself at the end of the input."""
    readline.set_startup_hook(lambda: readline.insert_text(text))
    try:
        return input(question)
    except (EOFError, KeyboardInterrupt):
        return text
    finally:
        readline.set_startup_hook(None)
