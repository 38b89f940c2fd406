"""The exit codes of every command, and the console for messages.

This module imports nothing heavy: `tidegauge --help` and `tidegauge status` start without Dagster.
"""

from enum import IntEnum

from rich.console import Console

console = Console(stderr=True, highlight=False)


class ExitCode(IntEnum):
    """Exit code of a command."""

    WELL = 0
    NOTHING_PUBLISHED = 1
    WRONG_USAGE = 2
    SOURCE_MISSING = 3
