"""Dagster's storage with connections that stay open: the same rows as Dagster's own, in fewer transactions."""

import json
import multiprocessing
import os
import re
import signal
import sqlite3
import threading
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy

from pipelines.dagster_storage import EventLogStorage, write_instance_config


@dg.multi_asset(
    specs=[dg.AssetSpec(f"table_{number}", deps=[f"table_{number - 1}"] if number else []) for number in range(4)],
    check_specs=[dg.AssetCheckSpec("has_rows", asset=f"table_{number}") for number in range(4)],
)
def tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
    context.log.info("four tables")
    for number in range(4):
        check = dg.AssetCheckResult(asset_key=f"table_{number}", check_name="has_rows", passed=number != 2)
        yield dg.MaterializeResult(asset_key=f"table_{number}", metadata={"rows": number}, check_results=[check])


@dg.asset(deps=["table_3"])
def page(context: dg.AssetExecutionContext) -> None:
    context.log_event(dg.AssetObservation(asset_key="table_0", metadata={"seen": 1}, tags={"by": "page"}))
    context.add_output_metadata(
        {"reads": context.instance.get_latest_materialization_event(dg.AssetKey("table_3")) is not None}
    )


@dg.asset(deps=["table_1"])
def broken() -> None:
    raise RuntimeError("it is meant to fail")


def _definitions() -> dg.Definitions:
    return dg.Definitions(assets=[tables, page, broken], jobs=[dg.define_asset_job("all_of_it")])


def _instance(folder: Path, *, ours: bool) -> dg.DagsterInstance:
    folder.mkdir(exist_ok=True)
    config: dict[str, Any] = {"base_dir": str(folder)}
    if ours:
        config = {"module": "pipelines.dagster_storage", "class": "SqliteStorage", "config": config}
    storage = {"storage": {"custom" if ours else "sqlite": config}, "telemetry": {"enabled": False}}
    (folder / "dagster.yaml").write_text(json.dumps(storage))  # JSON is YAML
    return dg.DagsterInstance.from_config(str(folder))


def _run(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    job = _definitions().resolve_job_def("all_of_it")
    return job.execute_in_process(instance=instance, raise_on_error=False)


def _rows(folder: Path, run_id: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, without what differs from run to run: ids of runs, moments, durations, processes."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    files = {
        "runs": folder / "history" / "runs.db",
        "events of the run": folder / "history" / "runs" / f"{run_id}.db",
        "index": folder / "history" / "runs" / "index.db",
    }
    for name, file in files.items():
        with sqlite3.connect(file) as connection:
            tables = [
                table
                for (table,) in connection.execute("select name from sqlite_master where type = 'table' order by 1")
            ]
            for table in tables:
                found = connection.execute(f"select * from {table}").fetchall()
                rows[f"{name}: {table}"] = [tuple(_settled(cell, run_id) for cell in row) for row in found]
    return rows


def _settled(cell: object, run_id: str) -> object:
    if isinstance(cell, float):
        return "moment"
    if not isinstance(cell, str):
        return cell
    text = cell.replace(run_id, "RUN")
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?", "moment", text)
    text = re.sub(r"(?<=\"log_key\": \")\w+", "key", text)
    text = re.sub(r"[0-9a-f]{40,64}", "hash", text)  # data versions are made of the run's id
    text = re.sub(r"\d+(\.\d+)?(ms|s)\b|(?<=pid: )\d+|(?<=\"text\": \")\d+(?=\")", "number", text)
    text = re.sub(r"\"(timestamp|duration_ms|float_value|value)\": \d+\.\d+(e-\d+)?", "number", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "id", text)


def test_the_rows_are_those_of_dagsters_own_storage(tmp_path: Path) -> None:
    rows = {}
    for ours in (False, True):
        folder = tmp_path / ("ours" if ours else "stock")
        with _instance(folder, ours=ours) as instance:
            first, second = _run(instance), _run(instance)
            assert not first.success
        rows[ours] = _rows(folder, second.run_id)
    assert rows[True].keys() == rows[False].keys()
    for table, expected in rows[False].items():
        assert rows[True][table] == expected, table
    events = rows[True]["events of the run: event_logs"]
    assert len(events) > 40
    assert rows[True]["index: asset_check_executions"]
    assert rows[True]["index: asset_event_tags"]


def test_each_storage_goes_on_where_the_other_stopped(tmp_path: Path) -> None:
    runs = []
    for ours in (False, True, False, True):
        with _instance(tmp_path, ours=ours) as instance:
            runs.append(_run(instance).run_id)
            for run_id in runs:
                logs = instance.all_logs(run_id)
                assert {entry.dagster_event_type for entry in logs} >= {
                    dg.DagsterEventType.RUN_START,
                    dg.DagsterEventType.ASSET_MATERIALIZATION,
                    dg.DagsterEventType.RUN_FAILURE,
                }
            assert [run.run_id for run in instance.get_runs()] == runs[::-1]
            newest = instance.get_latest_materialization_event(dg.AssetKey("table_3"))
            assert newest is not None
            assert newest.run_id == runs[-1]


def test_the_latest_materializations_are_those_of_dagsters_own_storage(tmp_path: Path) -> None:
    """Of assets that were materialized, observed, failed, deleted, and deleted and materialized again."""
    keys = [dg.AssetKey(f"table_{number}") for number in range(4)] + [dg.AssetKey("page"), dg.AssetKey("broken")]
    with _instance(tmp_path, ours=True) as instance:
        for deleted in (None, "table_1", "page"):
            if deleted:
                instance.wipe_assets([dg.AssetKey(deleted)])
            if deleted != "page":
                _run(instance)
            else:
                instance.report_runless_asset_event(dg.AssetObservation(asset_key="page"))
        ours = {record.asset_entry.asset_key: record for record in instance.get_asset_records(keys)}
        latest = {key: instance.get_latest_materialization_event(key) for key in keys}
    with _instance(tmp_path, ours=False) as instance:
        stock = {record.asset_entry.asset_key: record for record in instance.get_asset_records(keys)}
        assert {key: instance.get_latest_materialization_event(key) for key in keys} == latest
    assert ours == stock
    assert latest[dg.AssetKey("table_1")] is not None
    assert latest[dg.AssetKey("page")] is None
    assert latest[dg.AssetKey("broken")] is None


def test_an_asset_that_has_its_materialization_costs_one_query(tmp_path: Path) -> None:
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    with _instance(tmp_path, ours=True) as instance:
        _run(instance)
        instance.get_asset_records([dg.AssetKey("table_3")])
        sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", note)
        try:
            (record,) = instance.get_asset_records([dg.AssetKey("table_3")])
        finally:
            sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", note)
    assert record.asset_entry.last_materialization_record is not None
    assert len(statements) == 1, statements


def test_a_burst_of_events_is_one_transaction(tmp_path: Path) -> None:
    commits: list[str] = []

    def count(connection: sqlalchemy.Connection) -> None:
        commits.append(str(connection.engine.url.database))

    with _instance(tmp_path, ours=True) as instance:
        sqlalchemy.event.listen(sqlalchemy.Engine, "commit", count)
        try:
            run_id = _run(instance).run_id
        finally:
            sqlalchemy.event.remove(sqlalchemy.Engine, "commit", count)
        assert isinstance(instance.event_log_storage, EventLogStorage)
        events = instance.event_log_storage.get_records_for_run(run_id).records
    stored = [event for event in events if event.event_log_entry.dagster_event]
    of_the_run = [file for file in commits if file.endswith(f"{run_id}.db")]
    # Dagster commits once for each event. Here a check that asks for its materialization ends a burst, too.
    assert len(of_the_run) < len(stored) * 2 / 3


def test_who_reads_through_the_storage_reads_what_waits(tmp_path: Path) -> None:
    with _instance(tmp_path, ours=True) as instance:
        seen: list[object] = []

        @dg.multi_asset(specs=[dg.AssetSpec("one"), dg.AssetSpec("two")])
        def pair(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
            yield dg.MaterializeResult(asset_key="one")
            seen.append(context.instance.get_latest_materialization_event(dg.AssetKey("one")))
            yield dg.MaterializeResult(asset_key="two")

        dg.materialize([pair], instance=instance)
        assert seen
        assert None not in seen


def test_a_read_of_one_asset_leaves_the_events_of_others_waiting(tmp_path: Path) -> None:
    with _instance(tmp_path, ours=True) as instance:
        _run(instance)
        storage = instance.event_log_storage
        assert isinstance(storage, EventLogStorage)
        waiting: list[tuple[int, int, int]] = []
        keys = [dg.AssetKey("one"), dg.AssetKey("table_3")]

        @dg.multi_asset(specs=[dg.AssetSpec("one"), dg.AssetSpec("two")])
        def pair(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
            yield dg.MaterializeResult(asset_key="one")
            held = len(storage._waiting)
            (other,) = context.instance.get_asset_records(keys[1:])
            past = len(storage._waiting)
            found = context.instance.get_asset_records(keys)
            waiting.append((held, past, len(storage._waiting)))
            assert other.asset_entry.last_materialization_record
            assert {record.asset_entry.asset_key for record in found} == set(keys)
            yield dg.MaterializeResult(asset_key="two")

        assert dg.materialize([pair], instance=instance).success
    ((held, past, after),) = waiting
    assert held == past > 0 == after


def test_another_process_reads_while_a_run_is_under_way(tmp_path: Path) -> None:
    with _instance(tmp_path, ours=True) as instance:
        seen: list[set[str]] = []

        @dg.asset
        def first() -> None:
            pass

        @dg.asset(deps=[first])
        def second(context: dg.AssetExecutionContext) -> None:
            with _instance(tmp_path / "other", ours=False):
                pass
            file = tmp_path / "history" / "runs" / f"{context.run_id}.db"
            with sqlite3.connect(file) as connection:
                seen.append({kind for (kind,) in connection.execute("select dagster_event_type from event_logs")})

        dg.materialize([first, second], instance=instance)
    assert seen[0] >= {"PIPELINE_START", "STEP_START", "ASSET_MATERIALIZATION", "STEP_SUCCESS"}


def test_threads_store_and_read_at_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []
    with _instance(tmp_path, ours=True) as instance:
        runs = [_run(instance).run_id for _ in range(2)]

        def read() -> None:
            try:
                for _ in range(20):
                    for run_id in runs:
                        assert instance.all_logs(run_id)
                    assert instance.get_asset_records([dg.AssetKey("table_0")])
            except BaseException as error:  # noqa: BLE001 # told in the thread that waits
                failures.append(error)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        third = _run(instance)
        for reader in readers:
            reader.join(timeout=60)
        assert not any(reader.is_alive() for reader in readers)
        assert instance.all_logs(third.run_id)
    assert failures == []


def test_a_server_that_shows_many_runs_keeps_few_files_open(tmp_path: Path) -> None:
    with _instance(tmp_path, ours=True) as instance:
        runs = [instance.create_run_for_job(_definitions().resolve_job_def("all_of_it")).run_id for _ in range(40)]
        for run_id in runs:
            instance.report_engine_event("seen", run_id=run_id, job_name="all_of_it")
        for run_id in runs:
            assert len(instance.all_logs(run_id)) > 1
        opened = {link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
        assert len([file for file in opened if file.is_relative_to(tmp_path) and file.suffix == ".db"]) <= 20
        instance.wipe()
        assert instance.get_runs() == []
        assert _run(instance).run_id


def test_an_error_while_storing_is_raised_and_undone(tmp_path: Path) -> None:
    with _instance(tmp_path, ours=True) as instance:
        run_id = _run(instance).run_id
        storage = instance.event_log_storage
        before = storage.get_records_for_run(run_id).records
        with sqlite3.connect(tmp_path / "history" / "runs" / f"{run_id}.db") as connection:
            connection.execute(
                "create trigger full before insert on event_logs begin select raise(abort, 'disk full'); end"
            )
        with pytest.raises(sqlalchemy.exc.SQLAlchemyError, match="disk full"):
            storage.store_event_batch([record.event_log_entry for record in before[:5]])
        with sqlite3.connect(tmp_path / "history" / "runs" / f"{run_id}.db") as connection:
            connection.execute("drop trigger full")
        assert len(storage.get_records_for_run(run_id).records) == len(before)
        storage.store_event_batch([record.event_log_entry for record in before[:5]])
        assert len(storage.get_records_for_run(run_id).records) == len(before) + 5


def _run_and_be_killed(folder: Path, number: int, moment: str) -> None:
    """Run in this process, and kill it at the `number`th event of SQLAlchemy named `moment`."""
    left = number

    def count(*_arguments: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with _instance(folder, ours=True) as instance:
        sqlalchemy.event.listen(sqlalchemy.Engine, moment, count)
        _run(instance)


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Return a way to start processes that have Dagster loaded: to load it takes longer than the run in it."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload([__name__])
    return forking


@pytest.mark.parametrize(
    ("moment", "number"),
    [("before_cursor_execute", number) for number in (10, 30, 50, 70, 85, 100)]
    + [("commit", number) for number in (12, 20, 28, 40, 48)],
)
def test_a_process_killed_while_it_stores_leaves_a_history_that_is_read(
    tmp_path: Path, processes: ForkServerContext, moment: str, number: int
) -> None:
    killed = processes.Process(target=_run_and_be_killed, args=(tmp_path, number, moment))
    killed.start()
    killed.join(120)
    assert killed.exitcode == -signal.SIGKILL
    for ours in (False, True):
        with _instance(tmp_path, ours=ours) as instance:
            (run,) = [run for run in instance.get_runs() if not run.is_finished][-1:] or [instance.get_runs()[-1]]
            logs = instance.all_logs(run.run_id)
            assert len(logs) < 44
            materialized = [log for log in logs if log.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION]
            for log in materialized:
                key = log.get_dagster_event().asset_key
                assert key is not None
                assert instance.get_latest_materialization_event(key) is not None
            instance.report_run_failed(run, "its process was killed")
            assert not _run(instance).success
            assert instance.get_run_by_id(run.run_id).is_failure  # type: ignore[union-attr]


def test_a_folder_may_have_any_name(tmp_path):
    """A question mark, a percent sign or a blank in the path stays a part of it; nothing is written beside the folder."""
    folder = tmp_path / "what? 100%25 #1" / "dagster"
    folder.mkdir(parents=True)
    write_instance_config(folder)
    job = dg.GraphDefinition(name="g", node_defs=[]).to_job()
    for _ in range(2):
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            assert job.execute_in_process(instance=instance).success
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        assert len(instance.get_runs()) == 2
        assert all(instance.all_logs(run.run_id) for run in instance.get_runs())
        assert instance.schedule_storage is not None
    assert {path.name for path in folder.rglob("*.db")} >= {"runs.db", "schedules.db", "index.db"}
    assert [path.name for path in tmp_path.iterdir()] == ["what? 100%25 #1"]
