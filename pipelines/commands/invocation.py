"""What every command knows of its invocation: the folder it was called in, and the settings, read once."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from assets.settings import Settings


@dataclass(frozen=True)
class Invocation:
    """The folder that relative paths of the command line refer to, and the settings."""

    folder: Path
    settings: "Settings"


def invocation(context: "typer.Context") -> Invocation:
    """Return the invocation of the command whose context this is."""
    found = context.find_object(Invocation)
    if found is None:
        raise RuntimeError("the callback of pipelines.commands.app did not run before this command")
    return found
