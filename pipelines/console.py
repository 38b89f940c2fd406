"""How every command answers: its exit code, and what it prints for a person.

This module imports nothing heavy: `tidegauge --help` and `tidegauge status` start without Dagster.
"""

from enum import IntEnum

from rich.console import Console

console = Console(stderr=True, highlight=False)


class ExitCode(IntEnum):
    """What a command reports to its caller."""

    WELL = 0
    NOTHING_PUBLISHED = 1
    WRONG_USAGE = 2
    SOURCE_MISSING = 3
