"""`tidegauge push` and `tidegauge pull`: the release to where people look, and the working state back from there."""

import shutil
from datetime import UTC, datetime

import duckdb

from assets.push.destination import PushError
from assets.push.push import NothingPushedError, no_release_at, pull, push, push_responses
from assets.push_address import PushAddress
from assets.resources import Warehouse
from assets.settings import Settings
from pipelines.commands.restore import Outcome, put_in_place
from pipelines.console import ExitCode
from pipelines.exclusive_run import RunInProgressError, exclusive_run
from warehouse.database.connection import File, WarehouseBusyError
from warehouse.release.alerts import mark_sent, unsent

_SCRATCH = "pulling"
_ERRORS = (PushError, RunInProgressError, WarehouseBusyError, OSError, duckdb.Error)


def run_push(address: PushAddress, settings: Settings, *, responses: bool) -> Outcome:
    """Push the release, or the stored responses in its place; return the output."""
    try:
        with exclusive_run(settings.working):
            if responses:
                sent, what = push_responses(address, settings), "stored responses"
            else:
                release, sent = push(settings.published, address, settings)
                what = release.title
    except _ERRORS as error:
        return Outcome([], [str(error)], ExitCode.NOTHING_PUBLISHED)
    deleted = f", {sent.deleted} deleted" if sent.deleted else ""
    lines = [f"pushed {what} to {address}: {sent.files} files, {sent.bytes:,} bytes{deleted}"]
    if not sent.files:
        lines = [f"{what}: all of it is at {address} already"]
    return Outcome(
        [*lines, *([f"stable address: {sent.stable_address}"] if sent.stable_address else [])], [], ExitCode.WELL
    )


def run_pull(address: PushAddress, settings: Settings, *, if_any: bool) -> Outcome:
    """Pull the last release and put its database in the place of the working one; return the output.

    `if_any`: it is no error if there is none yet.
    """
    folder = settings.database.with_name(f"{settings.database.name}.{_SCRATCH}")
    try:
        with exclusive_run(settings.working):
            shutil.rmtree(folder, ignore_errors=True)  # left behind by a killed process
            folder.mkdir()
            scratch = folder / settings.database.name
            pulled = pull(address, settings, File(settings.database), scratch)
            notes = put_in_place(scratch, settings.database) if pulled else []
            if pulled and settings.alert_url is not None and settings.warehouse == "file":
                _count_alerts_as_posted()
    except NothingPushedError as error:
        if if_any:
            return Outcome([f"{no_release_at(address)}: the first refresh starts its history"], [], ExitCode.WELL)
        return Outcome([], [str(error)], ExitCode.NOTHING_PUBLISHED)
    except _ERRORS as error:
        return Outcome([], [str(error)], ExitCode.NOTHING_PUBLISHED)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if pulled is None:
        return Outcome([f"the release at {address} is here already"], [], ExitCode.WELL)
    what = (
        f"pulled release {pulled.version} of {pulled.day} from {address}: {pulled.files} files, {pulled.bytes:,} bytes"
    )
    return Outcome([what, *notes], [], ExitCode.WELL)


def _count_alerts_as_posted() -> None:
    """Mark what the release has as posted: the run that pushed it posted its alerts before, after it was published."""
    now = datetime.now(UTC)
    with Warehouse().writing() as connection:
        for event in unsent(connection, now):
            mark_sent(connection, event, now)
