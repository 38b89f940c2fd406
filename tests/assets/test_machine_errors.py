"""Errors of the machine: the message has what happened, where, what is kept and what to do."""

import errno
import os
import sqlite3

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from assets import machine_errors
from assets.resources import Clock, Warehouse
from assets.source_asset import recorded_attempt
from pipelines import refresh
from pipelines.commands.app import app
from pipelines.dagster_storage import write_instance_config
from pipelines.outcome import failures_of
from pipelines.refresh import ExitCode


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/page-000001"), "the disk is full: "),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "/somewhere"), "the folder cannot be written: "),
        (sqlite3.OperationalError("database or disk is full"), "the disk is full: "),
        (duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate data"), "there is not enough memory: "),
        (
            duckdb.IOException('The file "x" exists, but it is not a valid DuckDB database file!'),
            "the database is damaged: ",
        ),
        (duckdb.IOException("Corrupt database file: computed checksum 3 does not match"), "the database is damaged: "),
        (MemoryError(), "there is not enough memory: "),
    ],
)
def test_what_is_lacking_is_said(error, what):
    try:
        try:
            raise error
        except type(error) as cause:
            raise RuntimeError("a step failed") from cause
    except RuntimeError as wrapped:
        said = machine_errors.explain(wrapped)
    assert said is not None
    assert said.startswith(what)
    assert "Kept:" in said
    assert "To do:" in said
    assert machine_errors.explain(ValueError("a mistake of ours")) is None


def test_a_step_without_room_says_so():
    @dg.asset
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere")

    run = dg.materialize([full], raise_on_error=False)
    assert failures_of(run)["full"].startswith("the disk is full: ")


def test_a_source_without_room_says_so_and_does_not_pass_for_a_fault_of_tidegauge(home):
    with pytest.raises(dg.Failure) as failed, recorded_attempt("a run", "pypistats", Warehouse(), Clock()):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/answer-0001")
    assert "pypistats: the disk is full: " in str(failed.value.description)
    assert "fault of Tidegauge" not in str(failed.value.description)
    with Warehouse().reading() as connection:
        ((status, reason),) = connection.execute("select status, reason from meta.collection").fetchall()
    assert status == "failed"
    assert "To do: free some space" in reason


def test_the_command_ends_with_the_sentence_where_not_even_the_history_can_be_written(home, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    (home / "dagster").mkdir(parents=True)
    write_instance_config(home / "dagster")

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(refresh, "report_dead_runs", full)
    result = CliRunner().invoke(app, ["refresh"])
    assert result.exit_code == ExitCode.NOTHING_PUBLISHED
    assert "the disk is full" in result.output
    assert "Traceback" not in result.output


def test_a_run_that_fails_outside_of_its_steps_says_so():
    @dg.resource
    def warehouse() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere")

    @dg.asset(required_resource_keys={"warehouse"})
    def never_begun() -> None: ...

    run = dg.materialize([never_begun], resources={"warehouse": warehouse}, raise_on_error=False)
    assert not run.success
    assert failures_of(run)["the run"].startswith("the disk is full: ")
