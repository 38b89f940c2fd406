"""The lake on a real PostgreSQL and an S3 server: several writers, readers, and killed processes."""

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import psycopg2
import pytest
from click.testing import Result
from lakes import BUCKET, KEYS, Postgres, free_port, object_store, postgres
from typer.testing import CliRunner

from assets import resources
from assets.resources import Warehouse
from assets.settings import Settings
from pipelines.commands.app import app
from pipelines.dagster_storage import write_instance_config
from pipelines.workers import WorkerExecutor
from warehouse.database import schema
from warehouse.database.checksums import row_sum
from warehouse.database.connection import ConflictError, File, writing
from warehouse.database.lake import ExtensionMissingError, Lake, attach
from warehouse.release.publish import publish
from warehouse.release.restore import STORED
from warehouse.tables.charts import hub

pytestmark = pytest.mark.slow

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ROWS = 500
# Two tables are always written together, so that a reader who sees one without the other sees a torn write.
TABLES = ("core.written", "core.counted")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with postgres() as one:
        yield one


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with object_store() as address:
        yield address


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path: Path, monkeypatch) -> str:
    """Return where the lake stores its rows: a folder, or a bucket of the S3 server."""
    if request.param == "folder":
        return str(tmp_path / "rows")
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("store"))
    return f"s3://{BUCKET}/{tmp_path.name}"


@pytest.fixture
def address(cluster: Postgres, tmp_path: Path) -> str:
    """Return the address of an empty lake."""
    return "ducklake:postgres:" + cluster.database("lake_" + "".join(filter(str.isalnum, tmp_path.name)).lower())


def lake_at(address: str, place: str, folder: Path) -> Lake:
    return Lake(address, "tidegauge", place, folder)


@pytest.fixture
def lake(address: str, place: str, tmp_path: Path) -> Iterator[Lake]:
    with closing(lake_at(address, place, tmp_path / "here")) as one:
        yield one


def sums(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return {table.name: row_sum(connection, table) for table in STORED}


def test_a_file_goes_into_the_lake_and_back_with_equal_checksums(lake, releases, tmp_path):
    original = File(releases.home / "working" / "tidegauge.duckdb")
    assert not lake.exists()
    lake.fill_from(original.path)
    assert lake.exists()
    back = File(tmp_path / "back.duckdb")
    lake.copy_to(back.path)
    with original.reading() as theirs, lake.reading() as there, back.reading() as ours:
        expected = sums(theirs)
        assert sums(there) == expected
        assert sums(ours) == expected
        views = "select schema_name, view_name, comment from duckdb_views() where not internal and database_name = $1"
        inside = "select current_database()"
        assert (
            ours.execute(views, ours.execute(inside).fetchone()).fetchall()
            == theirs.execute(views, theirs.execute(inside).fetchone()).fetchall()
        )


def test_the_lake_publishes_the_charts_that_the_file_publishes(lake, releases, tmp_path):
    working = tmp_path / "working.duckdb"
    shutil.copyfile(releases.home / "working" / "tidegauge.duckdb", working)
    lake.fill_from(working)
    publish(File(working), tmp_path / "of_file", NOW)
    publish(lake, tmp_path / "of_lake", NOW)
    published = [
        duckdb.connect(str(tmp_path / one / "tidegauge.duckdb"), read_only=True) for one in ("of_file", "of_lake")
    ]
    assert sums(published[0]) == sums(published[1])
    for table in hub.TABLES:
        of_file, of_lake = (sorted(map(repr, one.execute(f"from {table.name}").fetchall())) for one in published)
        assert of_file == of_lake, table.name
    assert {p.name for p in (tmp_path / "of_file" / "parquet").iterdir()} == {
        p.name for p in (tmp_path / "of_lake" / "parquet").iterdir()
    }


def begin(lake: Lake) -> None:
    with lake.writing() as connection:
        connection.execute("create schema if not exists core")
        for table in TABLES:
            connection.execute(f"create table if not exists {table} (writer integer, batch integer, number integer)")


def write(lake: Lake, writer: int, batch: int) -> None:
    with lake.writing() as connection:
        connection.execute(f"insert into {TABLES[0]} select ?, ?, range from range({ROWS})", [writer, batch])
        connection.execute(f"insert into {TABLES[1]} values (?, ?, {ROWS})", [writer, batch])


def writer_at_work(address: str, place: str, folder: Path, writer: int, batches: int) -> None:
    with closing(lake_at(address, place, folder / f"writer-{writer}")) as lake:
        for batch in range(batches):
            write(lake, writer, batch)


def reader_at_work(address: str, place: str, folder: Path, done: "multiprocessing.synchronize.Event", found) -> None:
    reads = 0
    with closing(lake_at(address, place, folder / "reader")) as lake:
        while not done.is_set():
            with lake.reading() as connection:
                connection.execute("begin")
                rows = connection.execute(f"select count(*) from {TABLES[0]}").fetchall()[0][0]
                counted = connection.execute(f"select coalesce(sum(number), 0) from {TABLES[1]}").fetchall()[0][0]
                connection.execute("commit")
            if rows != counted:
                found.put(f"{rows} rows, {counted} counted")
            reads += 1
    found.put(reads)


def test_four_writers_at_once_and_a_reader_throughout(lake, address, place, tmp_path):
    begin(lake)
    spawn = multiprocessing.get_context("spawn")
    done, found = spawn.Event(), spawn.Queue()
    reader = spawn.Process(target=reader_at_work, args=(address, place, tmp_path, done, found))
    writers = [spawn.Process(target=writer_at_work, args=(address, place, tmp_path, one, 5)) for one in range(4)]
    for process in (reader, *writers):
        process.start()
    for process in writers:
        process.join(300)
        assert process.exitcode == 0
    done.set()
    assert isinstance(found.get(timeout=60), int), "a reader saw a part of a write"
    reader.join(60)
    with lake.reading() as connection:
        written = connection.execute(
            f"select count(*), count(distinct (writer, batch, number)) from {TABLES[0]}"
        ).fetchall()
    assert written == [(4 * 5 * ROWS, 4 * 5 * ROWS)]


def test_writers_of_the_same_rows_conflict_and_one_of_them_is_told(lake, address, place, tmp_path):
    begin(lake)
    write(lake, 1, 1)

    def overtaken(by: Lake) -> None:
        with other.writing() as later:
            later.execute(f"update {TABLES[1]} set number = 1")
            with by.writing() as first:
                first.execute(f"update {TABLES[1]} set number = 2")

    other = lake_at(address, place, tmp_path / "other")
    with closing(other), pytest.raises(ConflictError, match="Nothing was written"):
        overtaken(lake)
    with lake.reading() as connection:
        assert connection.execute(f"select number from {TABLES[1]}").fetchall() == [(2,)]


def die_in_the_middle(address: str, place: str, folder: Path, ready: "multiprocessing.synchronize.Event") -> None:
    lake = lake_at(address, place, folder / "dying")
    with lake.writing() as connection:
        connection.execute(f"insert into {TABLES[0]} select 9, 9, range from range(100000)")
        ready.set()
        time.sleep(600)


def test_a_writer_killed_in_the_middle_leaves_nothing_and_holds_up_nobody(lake, address, place, tmp_path):
    begin(lake)
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    dying = spawn.Process(target=die_in_the_middle, args=(address, place, tmp_path, ready))
    dying.start()
    assert ready.wait(300)
    os.kill(dying.pid, signal.SIGKILL)
    dying.join(60)
    write(lake, 1, 1)
    with lake.reading() as connection:
        assert connection.execute(f"select distinct writer from {TABLES[0]}").fetchall() == [(1,)]


def test_tidying_joins_files_forgets_old_states_and_changes_no_row(lake, monkeypatch):
    monkeypatch.setattr("warehouse.database.lake.SAFE_FOR_READERS", "0 seconds")
    begin(lake)
    for batch in range(8):
        write(lake, 1, batch)
    with lake.writing() as connection:
        connection.execute(f"delete from {TABLES[0]} where batch = 3")
    before = lake.figures()
    with lake.reading() as connection:
        rows = connection.execute(f"from {TABLES[0]} order by all").fetchall()
    lake.tidy(0)
    after = lake.figures()
    assert after["snapshots"] < before["snapshots"]
    assert after["files"] < before["files"]
    with lake.reading() as connection:
        assert connection.execute(f"from {TABLES[0]} order by all").fetchall() == rows
    write(lake, 1, 8)


def test_a_reader_keeps_the_state_that_it_began_with_while_the_lake_is_tidied(lake, address, place, tmp_path):
    begin(lake)
    for batch in range(4):
        write(lake, 1, batch)
    other = lake_at(address, place, tmp_path / "other")
    with closing(other), other.reading() as reader:
        reader.execute("begin")
        counted = f"select count(*) from {TABLES[0]}"
        before = reader.execute(counted).fetchall()
        lake.tidy(0)
        write(lake, 1, 4)
        assert reader.execute(counted).fetchall() == before


def test_a_dropped_lake_is_gone_with_its_files(lake, place):
    begin(lake)
    write(lake, 1, 1)
    lake.drop()
    assert not lake.exists()
    assert lake.figures() == {"snapshots": 1, "files": 0, "bytes": 0}
    if not place.startswith("s3://"):
        assert not list(Path(place).rglob("*.parquet"))


def test_the_declared_tables_are_made_once_by_whoever_comes_first(lake, address, place, tmp_path):

    def overtaken(by: Lake) -> None:
        with other.writing() as later:
            schema.prepare(later, NOW)
            with by.writing() as first:
                schema.prepare(first, NOW)

    with closing(lake_at(address, place, tmp_path / "other")) as other:
        with pytest.raises(ConflictError, match="Nothing was written"):
            overtaken(lake)
        with other.writing() as again:
            schema.prepare(again, NOW)
            assert again.execute("select count(*) from meta.warehouse").fetchall() == [(1,)]


def test_without_its_extensions_the_lake_says_what_to_install(lake, monkeypatch):
    monkeypatch.setattr("warehouse.database.lake.find_spec", lambda _name: None)
    with pytest.raises(ExtensionMissingError, match="uv sync --extra lake"), lake.reading():
        pass


def test_a_lake_that_does_not_answer_is_named_before_any_source_is_asked(home, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_WAREHOUSE", f"ducklake:postgres:dbname=x host=127.0.0.1 port={free_port()}")
    for words in (["refresh"], ["lake", "fill"], ["lake", "tidy"]):
        refused = CliRunner().invoke(app, words)
        assert refused.exit_code == 1
        assert "the lake cannot be reached" in refused.output.replace("\n", " ")
        assert "start PostgreSQL" in refused.output.replace("\n", " ")
    assert not (home / "working" / "landing").exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TIDEGAUGE_WAREHOUSE", "ducklake:sqlite:here", "expected ducklake:postgres:"),
        ("TIDEGAUGE_WAREHOUSE", "ducklake:postgres:dbname=x password=secret", "PGPASSWORD"),
        ("TIDEGAUGE_LAKE_SCHEMA", "a; drop", "pattern"),
        ("TIDEGAUGE_WORKERS", "4", "needs a lake"),
        ("TIDEGAUGE_WORKERS", "0", "greater than or equal to 1"),
    ],
)
def test_settings_that_cannot_work_are_refused(name, value, said, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=said) as refused:
        Settings()
    assert "secret" not in str(refused.value)


def lake_command(*words: str) -> Result:
    return CliRunner().invoke(app, ["lake", *words])


def test_the_commands_fill_export_and_tidy_and_refuse_to_overwrite(address, home, monkeypatch):
    assert lake_command("fill").exit_code == 2, "no lake is named"
    monkeypatch.setenv("TIDEGAUGE_WAREHOUSE", address)
    assert "there is no" in lake_command("fill").output
    assert "holds no tables" in lake_command("export").output
    file = home / "working" / "tidegauge.duckdb"
    with writing(file) as connection:
        schema.prepare(connection, NOW)
        schema.assert_origin(connection, "sandbox")
    filled = lake_command("fill")
    assert filled.exit_code == 0, filled.output
    assert filled.output.count(" equal") == len(STORED)
    assert "holds tables already" in lake_command("fill").output
    assert lake_command("fill", "--replace").exit_code == 0
    refused = lake_command("export")
    assert refused.exit_code == 1
    assert "exists. Nothing was done" in refused.output
    exported = lake_command("export", str(home / "back.duckdb"))
    assert exported.exit_code == 0, exported.output
    assert exported.output.count(" equal") == len(STORED)
    tidied = lake_command("tidy", "--keep-days", "0")
    assert tidied.exit_code == 0, tidied.output
    assert "-> 1\n" in tidied.output


def test_a_run_tries_again_what_conflicts_with_another_worker(address, home, monkeypatch):
    """A step whose write conflicts is rolled back and retried; its source does not count as failed."""
    monkeypatch.setenv("TIDEGAUGE_WAREHOUSE", address)
    monkeypatch.setattr("assets.resources.MAX_PAUSE_SECONDS", 1)
    with Warehouse().writing() as connection:
        schema.assert_origin(connection, "sandbox")
    overtaken: list[int] = []

    @dg.asset
    def step(warehouse: Warehouse) -> None:
        with warehouse.writing() as connection:
            connection.execute("update meta.warehouse set origin = 'sandbox'")
            if not overtaken:
                overtaken.append(1)
                with closing(Warehouse().opened()) as other, other.writing() as first:
                    first.execute("update meta.warehouse set origin = 'sandbox'")

    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([step], resources={"warehouse": Warehouse()}, instance=instance)
    assert run.success
    assert [
        event.step_key for event in run.all_events if event.event_type == dg.DagsterEventType.STEP_UP_FOR_RETRY
    ] == ["step"]


def job_of_two_writers(folder: str) -> dg.JobDefinition:
    """Return a job whose two steps change the same row at the same time; each of two workers builds its own."""
    resources.MAX_PAUSE_SECONDS = 1

    def writer(name: str, other: str) -> dg.OpDefinition:
        @dg.op(name=name)
        def write(warehouse: Warehouse) -> None:
            with warehouse.writing() as connection:
                connection.execute("from core.counted").fetchall()
                (Path(folder) / name).touch()
                while not (Path(folder) / other).exists():
                    time.sleep(0.01)
                connection.execute("update core.counted set number = number + 1")

        return write

    @dg.executor(name="two_workers", requirements=dg.multiple_process_executor_requirements())
    def two_workers(_: dg.InitExecutorContext) -> dg.Executor:
        return WorkerExecutor(2)

    @dg.job(executor_def=two_workers, resource_defs={"warehouse": Warehouse()})
    def two_writers() -> None:
        writer("left", "right")()
        writer("right", "left")()

    return two_writers


def test_of_two_workers_that_change_the_same_row_one_tries_again_and_no_change_is_lost(
    address, home, tmp_path, monkeypatch
):
    monkeypatch.setenv("TIDEGAUGE_WAREHOUSE", address)
    monkeypatch.setenv("TIDEGAUGE_WORKERS", "2")
    with closing(Warehouse().opened()) as lake, lake.writing() as connection:
        schema.prepare(connection, NOW)
        connection.execute("create table core.counted as select 0 as number")
    two_writers = dg.build_reconstructable_job(
        __name__, job_of_two_writers.__name__, None, {"folder": str(tmp_path)}, str(Path(__file__).parent)
    )
    write_instance_config(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        run = dg.execute_job(two_writers, instance=instance)
    assert run.success
    tried_again = [event for event in run.all_events if event.event_type == dg.DagsterEventType.STEP_UP_FOR_RETRY]
    assert len(tried_again) == 1
    with closing(Warehouse().opened()) as lake, lake.reading() as connection:
        assert connection.execute("from core.counted").fetchall() == [(2,)]


def test_the_steps_of_a_worker_share_one_lake_which_outlives_a_lost_connection(address, cluster, home, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_WAREHOUSE", address)
    monkeypatch.setenv("TIDEGAUGE_WORKERS", "2")
    resources.lake_of_a_worker.cache_clear()
    with Warehouse().writing() as connection:
        schema.assert_origin(connection, "sandbox")
    backends: list[int] = []

    def cut_off() -> int:
        """End every connection to the database; return how many there were."""
        with closing(psycopg2.connect(address.removeprefix("ducklake:postgres:"))) as aside, aside.cursor() as cursor:
            cursor.execute(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
            return int(cursor.fetchall()[0][0])

    def step(name: str, before: list[dg.AssetsDefinition]) -> dg.AssetsDefinition:
        @dg.asset(name=name, deps=before)
        def write(warehouse: Warehouse) -> None:
            with warehouse.reading() as reader:
                assert reader.execute("select origin from meta.warehouse").fetchall() == [("sandbox",)]
            with warehouse.writing() as connection:
                connection.execute("update meta.warehouse set origin = 'sandbox'")
            backends.append(cut_off())

        return write

    first = step("first", [])
    opened: list[str] = []
    monkeypatch.setattr(
        "warehouse.database.lake.attach", lambda *how, **more: (opened.append("once"), attach(*how, **more))
    )
    try:
        with dg.DagsterInstance.ephemeral() as instance:
            run = dg.materialize(
                [first, step("second", [first])], resources={"warehouse": Warehouse()}, instance=instance
            )
    finally:
        resources.lake_of_a_worker().close()
        resources.lake_of_a_worker.cache_clear()
    assert run.success
    assert len(backends) == 2
    assert min(backends) >= 1, "a connection was there to be cut off"
    assert opened == ["once"]


@pytest.mark.scale
def test_the_same_weeks_come_out_of_the_lake_as_out_of_the_file(address, place, home, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_WAREHOUSE", address)
    monkeypatch.setenv("TIDEGAUGE_LAKE_DATA", place)
    done = lake_command("try", "--weeks", "2", "--models", "300")
    assert done.exit_code == 0, done.output
    assert "DIFFERS" not in done.output
