"""Snapshots by others: loaded in any order, any number of times, after any interruption; own rows are never replaced."""

import dataclasses
import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from collecting import chart, collect, point_at
from filelock import FileLock
from typer.testing import CliRunner, Result

from assets.communities.arctic_shift import read_months
from assets.declared_sources import SOURCE_ROWS
from assets.http.downloads import digest, download
from assets.http.errors import SourceError
from assets.hub import snapshot_assets
from assets.hub.snapshots import check_schema, probe
from assets.resources import Clock, Warehouse
from assets.settings import Settings
from pipelines.commands.app import app
from pipelines.sandbox.faults import Cut, Fault, Status
from pipelines.sandbox.hub.snapshots import frame
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.wire import Request
from warehouse.database.connection import File, writing
from warehouse.database.derive import derive
from warehouse.database.schema import assert_origin, prepare
from warehouse.facts.observations import Observation, record
from warehouse.hub import snapshots
from warehouse.hub.snapshots import Snapshot, SnapshotRefusedError
from warehouse.release.publish import publish
from warehouse.seeds import published_figures
from warehouse.tables.snapshots import SNAPSHOT_MATCH

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SOURCE = "hub_weekly_snapshots"
ROWS = [
    # id, created on, 30 days, all time, likes
    ("a/one", "2024-01-01", 10, 100, 1),
    ("a/two", "2024-06-01", 20, 200, 2),
    ("gpt2", "2022-03-02", 1000, None, 9),
]


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """Yield a sandbox that all tests share."""
    with Sandbox(models=300) as served:
        served.week = 2
        yield served


@pytest.fixture
def sandbox(world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Return the sandbox, with the settings pointing to it."""
    point_at(world, monkeypatch)
    now = world.world.now(2).isoformat()
    monkeypatch.setattr("assets.resources.Clock", lambda: Clock(simulated_now=now))
    world.requests.clear()
    yield world
    world.faults = None


@pytest.fixture(scope="module")
def prepared() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an empty in-memory warehouse that all tests share."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        prepare(connection, NOW)
        yield connection


@pytest.fixture
def connection(prepared: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the warehouse in a transaction that is rolled back."""
    prepared.execute("begin")
    yield prepared
    prepared.execute("rollback")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backfill", *arguments])


def ask(query: str) -> Sequence[tuple[Any, ...]]:
    with Warehouse().reading() as connection:
        return connection.execute(query).fetchall()


def rows_of(rows: Sequence[tuple[Any, ...]] = ROWS) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema=["id", "createdAt", "downloads", "downloadsAllTime", "likes"], orient="row"
    ).with_columns(pl.col("createdAt").str.to_datetime("%Y-%m-%d"))


def parquet(folder: Path, label: str, rows: pl.DataFrame) -> Path:
    file = folder / "models" / label / "models.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(file)
    return file


def load(connection: duckdb.DuckDBPyConnection, file: Path, minute: int = 0) -> str:
    snapshot = Snapshot(SOURCE, date.fromisoformat(file.parent.name), digest(file), file.stat().st_size)
    columns = check_schema(file, snapshot.label)
    return snapshots.load(connection, file, snapshot, columns, NOW + timedelta(minutes=minute))


def test_the_snapshots_of_the_hub_are_what_the_world_was(sandbox):
    result = run("hub-snapshots", "--since", "2026-07-15", "--until", "2026-09-02")
    assert result.exit_code == 0, result.output
    found = ask(
        "select label, status, repeat_of, observed_at::date, models, duplicates, downloads_30d, downloads_all_time "
        "from meta.backfill order by label"
    )
    assert [row[0].isoformat() for row in found] == [
        "2026-07-15", "2026-07-22", "2026-07-29", "2026-08-05", "2026-08-12", "2026-08-19", "2026-08-26", "2026-09-02",
    ]  # fmt: skip
    for (label, status, repeat_of, observed_on, models, doubled, *sums), week in zip(found, range(-6, 2), strict=True):
        truth = frame(sandbox.world, -4 if week == -3 else week).unique("id", keep="first")
        assert models == truth.height
        assert sums[0] == truth["downloads"].sum()
        assert sums[1] == (truth["downloadsAllTime"].sum() if week >= -5 else None), "a missing column is no zero"
        assert (status, repeat_of) == (("repeat", date(2026, 7, 29)) if week == -3 else ("loaded", None))
        assert doubled == (1 if week == -2 else 0)
        assert (observed_on - label).days == (5 if week != -3 else -2), "the label is not the day of observation"
    counted = ask("select label, count(*) from core.model_snapshot group by all order by all")
    assert counted == [(row[0], row[4]) for row in found if row[1] == "loaded"], "a repeat is not counted again"
    assert ask("select distinct source, basis, observed_at is not null from core.observation") == [
        ("sandbox_hub_weekly_snapshots", "measured", True)
    ]
    assert ask("select count(*) from core.observation where observed_at >= recorded_at - interval 1 hour") == [(0,)]
    asked = len([seen for seen in sandbox.requests if seen.path.startswith("/_storage")])
    assert asked == 7, "the repeat is known by its sum, and not downloaded"
    assert not list((Settings().working / "landing").rglob("*.parquet*")), "no large file is left behind"
    before = ask("from core.observation order by all")
    assert run("hub-snapshots", "--since", "2026-07-15", "--until", "2026-09-02").exit_code == 0
    assert ask("from core.observation order by all") == before
    assert len([seen for seen in sandbox.requests if seen.path.startswith("/_storage")]) == 7


def test_a_download_goes_on_where_it_broke_off(sandbox, home):
    begun: list[str] = []

    def cut(request: Request) -> Fault | None:
        if not request.path.startswith("/_storage"):
            return None
        begun.append(request.headers.get("range", "from the beginning"))
        return Cut(0.5) if len(begun) == 1 else Status(503) if len(begun) == 2 else None

    sandbox.faults = cut
    assert run("hub-snapshots", "--since", "2026-09-02").exit_code == 0
    assert begun[0] == "from the beginning"
    assert len(begun) == 3
    assert all(begin.startswith("bytes=") and begin != "bytes=0-" for begin in begun[1:])
    assert ask("select status from meta.backfill") == [("loaded",)]


def test_a_killed_run_goes_on_with_what_is_missing(sandbox, monkeypatch):
    whole = snapshots.load

    def dies_in_the_second(connection: Any, file: Path, snapshot: Snapshot, *more: Any) -> str:
        status = whole(connection, file, snapshot, *more)
        if snapshot.label == date(2026, 8, 26):
            raise KeyboardInterrupt
        return status

    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "load", dies_in_the_second)
        assert run("hub-snapshots", "--since", "2026-08-19").exit_code != 0
    assert ask("select label from meta.backfill") == [(date(2026, 8, 19),)], "one label is one transaction"
    asked = len(sandbox.requests)
    assert run("hub-snapshots", "--since", "2026-08-19").exit_code == 0
    assert ask("select count(*) from meta.backfill where status = 'loaded'") == [(3,)]
    stored = [seen for seen in list(sandbox.requests)[asked:] if seen.path.startswith("/_storage")]
    assert len(stored) == 1, "what was downloaded before it died is used"


def test_a_file_that_is_not_what_was_announced_is_not_read(sandbox, monkeypatch):
    listed = snapshot_assets.available(Settings(), None)[1]
    wrong = dataclasses.replace(listed[-1], sha256="0" * 64)
    monkeypatch.setattr(snapshot_assets.hub_snapshots, "list_on_hub", lambda service: [wrong])
    result = run("hub-snapshots")
    assert result.exit_code == 1
    assert "SHA-256" in result.output.replace("\n", "")
    assert ask("select count(*) from meta.backfill") == [(0,)]
    assert not list((Settings().working / "landing").rglob("*.parquet*"))


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Status(401, b'{"error":"no"}'), "status 401"),
        (Status(200, b"<html>", {"Content-Type": "application/json"}), "expected"),
        (Status(200, b'{"sha":"main"}', {"Content-Type": "application/json"}), "sha"),
        (Status(200, b"[]", {"Content-Type": "application/json"}), "expected"),
    ],
)
def test_a_list_that_does_not_fit_changes_nothing(sandbox, fault, says):
    sandbox.faults = lambda request: fault if "/api/datasets" in request.path else None
    result = run("hub-snapshots")
    assert result.exit_code == 1
    assert says in result.output
    assert "Traceback" not in result.output


def test_any_order_ends_in_equal_tables(tmp_path, prepared):
    files = {
        "2024-07-24": rows_of(),
        "2024-07-31": rows_of(),
        "2024-08-07": rows_of([*ROWS, ("a/new", "2024-08-08", 1, 1, 0)]),
        "2024-08-14": rows_of(ROWS[:1]),  # partial
        "2024-08-21": rows_of([*ROWS[1:], ("a/new", "2024-08-08", 2, 2, 0), ("b/x", "2024-08-20", 0, 0, 0)]),
    }
    paths = [parquet(tmp_path, label, rows) for label, rows in files.items()]
    orders = [paths, paths[::-1], [paths[1], paths[3], paths[0], paths[4], paths[2], paths[1], paths[0]]]
    seen: list[list[Any]] = []
    tables = (
        "select * exclude (loaded_at) from meta.backfill",
        "from core.model_snapshot",
        "select id, created_at from core.snapshot_model",
        "select * exclude (snapshot_key) from core.snapshot_reading",
        "select metric, period_start, value, attributes from core.observation_latest where value is not null",
    )
    for order in orders:
        prepared.execute("begin")
        for minute, path in enumerate(order):
            load(prepared, path, minute)
        seen.append([prepared.execute(f"from ({query}) order by all").fetchall() for query in tables])
        prepared.execute("rollback")
    assert all(one == seen[0] for one in seen[1:])
    statuses = {row[1].isoformat(): row[2] for row in seen[0][0]}
    assert statuses == {
        "2024-07-24": "loaded", "2024-07-31": "repeat", "2024-08-07": "loaded", "2024-08-14": "partial", "2024-08-21": "loaded",
    }  # fmt: skip
    assert {row[1].isoformat() for row in seen[0][1]} == {"2024-07-24", "2024-08-07", "2024-08-21"}
    assert not [row for row in seen[0][4] if row[0] == "hub_snapshot_models" and row[2] == 1]


def test_a_label_whose_file_was_replaced_upstream_is_read_anew(tmp_path, connection):
    for label in ("2024-07-24", "2024-07-31"):
        load(connection, parquet(tmp_path, label, rows_of()))
    load(connection, parquet(tmp_path, "2024-07-24", rows_of([*ROWS, ("a/late", "2024-07-20", 0, 0, 0)])), 1)
    found = connection.execute("select label, status, models from meta.backfill order by 1").fetchall()
    readings = connection.execute("select label, count(*) from core.model_snapshot group by 1 order by 1").fetchall()
    assert found == [(date(2024, 7, 24), "loaded", 4), (date(2024, 7, 31), "loaded", 3)]
    assert readings == [(date(2024, 7, 24), 4), (date(2024, 7, 31), 3)]


def test_the_same_file_under_an_earlier_label_takes_the_rows_without_being_read(tmp_path, connection):
    file = parquet(tmp_path, "2024-07-31", rows_of())
    load(connection, file)
    earlier = Snapshot(SOURCE, date(2024, 7, 24), digest(file), file.stat().st_size)
    assert snapshots.repeat(connection, earlier, NOW + timedelta(minutes=1)) == "loaded"
    found = connection.execute(
        "select label::varchar, status, repeat_of::varchar from meta.backfill order by 1"
    ).fetchall()
    assert found == [("2024-07-24", "loaded", None), ("2024-07-31", "repeat", "2024-07-24")]
    counted = connection.execute("select label::varchar, count(*) from core.model_snapshot group by 1").fetchall()
    assert counted == [("2024-07-24", 3)]
    unknown = Snapshot(SOURCE, date(2024, 8, 7), "0" * 64, 1)
    assert snapshots.repeat(connection, unknown, NOW) is None


def test_the_doctor_says_which_snapshots_there_are(sandbox):
    assert probe(sandbox.url, None) == "10 snapshots, from 2026-07-01 to 2026-09-02"


def test_a_name_counts_once_and_large_counters_are_kept(tmp_path, connection):
    doubled = [("a/one", "2024-01-01", 11, 5 * 10**12, 1), ("a/one", "2024-02-01", 3, 4, 0), *ROWS]
    file = parquet(tmp_path, "2024-07-24", rows_of(doubled))
    load(connection, file)
    rows = connection.execute("select rows, models, duplicates, unusable from meta.backfill").fetchall()
    kept = connection.execute("select created_at::date, downloads_30d from core.model_snapshot where id = 'a/one'")
    assert kept.fetchall() == [(date(2024, 2, 1), 3)], "the repository that was made last bears the name"
    assert connection.execute("select author from core.model_snapshot where id = 'gpt2'").fetchall() == [(None,)]
    assert rows == [(5, 3, 2, 0)]


ODD: list[tuple[Callable[[pl.DataFrame], pl.DataFrame | bytes], str]] = [
    (lambda rows: rows.drop("likes"), "likes"),
    (lambda rows: rows.drop("id"), "id"),
    (lambda rows: rows.with_columns(createdAt=pl.lit(True)), "createdAt"),
    (lambda rows: rows.with_columns(downloads=pl.lit("many")), "downloads"),
    (lambda rows: rows.with_columns(downloads=pl.lit(1.5)), "not a whole number"),
    (lambda rows: rows.with_columns(downloads=pl.lit(float("inf"))), "counter that is not a whole number"),
    (lambda rows: rows.with_columns(likes=pl.lit(2**40)), "counter that is not a whole number"),
    (lambda rows: rows.with_columns(createdAt=pl.lit("yesterday")), "have no name or creation"),
    (lambda rows: rows.with_columns(createdAt=pl.lit("2026-09-30T00:00:00Z")), "after the week of its label"),
    (lambda rows: rows.with_columns(downloads=pl.lit(-1)), "counter that is not a whole number"),
    (lambda rows: rows.with_columns(id=pl.lit(None, pl.String)), "no name"),
    (lambda rows: rows.head(0), "rows"),
    (lambda rows: written(rows)[:-9], "Parquet"),
    (lambda rows: b"", "Parquet"),
    (lambda rows: b"<html>not found</html>", "Parquet"),
]


def written(rows: pl.DataFrame) -> bytes:
    rows.write_parquet(file := io.BytesIO())
    return file.getvalue()


@pytest.mark.parametrize(("change", "says"), ODD)
def test_a_file_that_does_not_fit_is_refused(tmp_path, connection, change, says):
    changed = change(rows_of())
    file = parquet(tmp_path, "2024-07-24", rows_of())
    file.write_bytes(changed if isinstance(changed, bytes) else written(changed))
    with pytest.raises((SourceError, SnapshotRefusedError), match=says):
        load(connection, file)


def test_what_is_refused_is_written_down_and_the_others_are_loaded(tmp_path):
    for label in ("2024-07-24", "2024-08-14"):
        parquet(tmp_path, label, rows_of())
    parquet(tmp_path, "2024-07-31", rows_of().drop("likes"))
    parquet(tmp_path, "2024-08-07", rows_of().with_columns(downloads=pl.lit(1.5)))
    result = run("hub-snapshots", "--folder", str(tmp_path))
    assert result.exit_code == 3, result.output
    reasons = ask("select label::varchar, status, reason is not null from meta.backfill order by 1")
    assert reasons == [
        ("2024-07-24", "loaded", False), ("2024-07-31", "refused", True), ("2024-08-07", "refused", True),
        ("2024-08-14", "repeat", False),
    ]  # fmt: skip
    assert ask("select distinct label::varchar from core.snapshot_reading") == [("2024-07-24",)]
    assert len(list(tmp_path.rglob("models.parquet"))) == 4, "files of a folder are the user's"
    assert run("hub-snapshots", "--folder", str(tmp_path)).exit_code == 0, "what was refused is not read again"
    assert run("hub-snapshots", "--folder", str(tmp_path), "--again").exit_code == 3
    assert ask("select count(*) from meta.backfill") == [(4,)]


def test_a_model_is_recognised_by_its_name_and_the_second_of_its_creation_only(tmp_path, connection):
    second = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
    load(connection, parquet(tmp_path, "2024-07-24", rows_of()))
    connection.execute(
        """
        insert into core.model by name
        select * from (values
            (1, $same, 'b/renamed', timestamptz '2024-01-01', date '2026-01-05', date '2026-01-05', date '2026-01-05'),
            (2, $other, 'a/two', timestamptz '2024-06-02', date '2026-01-05', date '2026-01-05', date '2026-01-05')
        ) as t(model_key, hub_id, id, created_at, name_since, first_seen, last_seen)
        """,
        {"same": f"{second:08x}{1:016x}", "other": f"{second + 1:08x}{2:016x}"},
    )
    connection.execute(
        "insert into base.model_name values (?, 'a/one', '2025-01-06', '2025-12-29')", [f"{second:08x}{1:016x}"]
    )
    derive(connection, SNAPSHOT_MATCH)
    found = connection.execute("select id, hub_id from core.model_snapshot order by id").fetchall()
    assert found == [("a/one", f"{second:08x}{1:016x}"), ("a/two", None), ("gpt2", None)]


def test_what_the_sandbox_made_up_never_enters_a_live_database(tmp_path, sandbox):
    with Warehouse().writing() as connection:
        assert_origin(connection, "live")
    result = run("hub-snapshots", "--since", "2026-09-02")
    assert result.exit_code == 1
    assert "sandbox rows" in result.output.replace("\n", " ")
    assert ask("select count(*) from meta.backfill") == [(0,)]


def test_a_folder_of_the_sandbox_is_known_as_made_up(tmp_path, sandbox):
    listed = snapshot_assets.available(Settings(), None)
    file = download(listed[0], listed[1][-1].request, tmp_path / "file", listed[1][-1].size, str(listed[1][-1].sha256))
    place = tmp_path / "models" / "2026-09-02" / "models.parquet"
    place.parent.mkdir(parents=True)
    shutil.move(file, place)
    assert run("hub-snapshots", "--folder", str(tmp_path)).exit_code == 0
    assert ask("select source, revision, evidence_url from meta.backfill") == [
        ("sandbox_hub_weekly_snapshots", None, None)
    ]


def test_wrong_usage_and_a_run_under_way(tmp_path):
    assert run("hub-snapshots", "--since", "once").exit_code == 2
    assert run("hub-snapshots", "--folder", str(tmp_path / "nowhere")).exit_code == 2
    parquet(tmp_path, "2024-07-24", rows_of())
    assert run("hub-snapshots", "--folder", str(tmp_path), "--since", "2025-01-01").exit_code == 2
    (tmp_path / "empty").mkdir()
    assert run("hub-snapshots", "--folder", str(tmp_path / "empty")).exit_code == 1
    assert not Settings().database.exists()
    for command, licence, size in (
        ("hub-snapshots", "ODbL", "GB"), ("arena", "CC BY 4.0", "MB"), ("form-d", "public domain", "kilobytes"),
        ("subreddits", "no licence stated", "kilobytes"),
    ):  # fmt: skip
        told = " ".join(run(command, "--help").output.replace("│", " ").split())
        assert licence in told
        assert size in told


def test_a_release_holds_the_snapshots_and_their_charts(tmp_path):
    path = tmp_path / "w.duckdb"
    with writing(path) as connection:
        prepare(connection, NOW)
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
        load(connection, parquet(tmp_path, "2024-07-24", rows_of()))
    release = publish(File(path), tmp_path / "published", NOW)
    assert release.rows["core.snapshot_reading"] == 3
    assert publish(File(path), tmp_path / "published", NOW).version == 2
    with duckdb.connect(str(tmp_path / "published" / "tidegauge.duckdb"), read_only=True) as connection:
        kept = connection.execute(
            "select checksum::varchar from meta.week_checksum where week = '2024-07-24'"
        ).fetchall()
        query = "select sum(md5_number_lower(to_json(t)::varchar))::varchar from core.snapshot_reading as t"
        assert kept == connection.execute(query).fetchall()
    files = {file.stem for file in (tmp_path / "published" / "parquet").iterdir()}
    assert "core.snapshot_reading" in files
    assert "core.model_snapshot" not in files


def test_months_of_subreddits_stand_beside_the_days_and_change_none_of_them(sandbox):
    assert collect("arctic_shift", sandbox, 2)
    days = ask("from core.observation where metric = 'subreddit_subscribers' order by all")
    # Twice: unchanged values are not written again.
    for _ in range(2):
        assert run("subreddits").exit_code == 0
    assert ask("from core.observation where metric = 'subreddit_subscribers' order by all") == days
    months = ask(
        "select min(period_start), max(period_start), count(*), count(distinct period_start), any_value(date_precision), "
        "any_value(qualifier), any_value(source) from core.observation "
        "where metric = 'subreddit_subscribers_month' and entity = 'r/LocalLLaMA'"
    )
    assert months == [(date(2018, 3, 1), date(2026, 8, 1), 86, 86, "month", "approximate", "sandbox_arctic_shift")]
    query = """
        select entity, count(*) > 0, count(growth_pct) > 0, min(members) > 0 from charts.community
        where entity like 'r/LocalLLaMA%' and source = 'sandbox_arctic_shift' group by 1 order by 1
    """
    assert chart("charts.community", query, sandbox) == [
        ("r/LocalLLaMA", True, True, True), ("r/LocalLLaMA by month", True, False, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b'{"data":null}', b'{"data":[{"date":1519862400}]}', b"<html>", b'{"data":[{"date":NaN,"value":1}]}',
        b'{"data":[{"date":1519862400,"value":-1}]}', b'{"data":[{"date":"2018-03","value":1}]}',
        b'{"data":[{"date":1519862400000,"value":1}]}', b'{"data":[{"date":1000000000,"value":1}]}',
        b'{"data":[{"date":1519862400,"value":1},{"date":1519948800,"value":2}]}', b'{"data":[]}',
    ],
)  # fmt: skip
def test_months_that_do_not_fit_are_refused(body):
    with pytest.raises(SourceError):
        read_months(200, body, "LocalLLaMA", date(2026, 11, 21))


def test_the_arena_and_form_d_are_read_now_and_alone(sandbox):
    assert run("arena").exit_code == 0
    first = ask("select min(published_on) from base.benchmark_score")
    assert first == [(date(2023, 5, 8),)]
    assert run("form-d").exit_code == 0
    assert ask("select count(*) > 0, min(filed_on) < date '2025-01-01' from base.form_d_filing") == [(True, True)]


def test_form_d_without_a_contact_is_skipped(sandbox, monkeypatch):
    monkeypatch.delenv("TIDEGAUGE_CONTACT")
    result = run("form-d")
    assert result.exit_code == 3
    assert "TIDEGAUGE_CONTACT" in result.output


def test_the_snapshots_are_series_of_their_own_in_the_charts(tmp_path, sandbox):
    rows = [("a/new", "2024-07-29", 5, 50, 0), *ROWS]
    with Warehouse().writing() as connection:
        for label, kept in (("2024-07-24", rows), ("2024-07-31", [("a/newer", "2024-08-05", 7, 7, 0), *rows])):
            load(connection, parquet(tmp_path, label, rows_of(kept)), len(kept))
        own = Observation(
            metric="hub_models", entity="all models", period_start=date(2024, 7, 29), date_precision="week", value=7.0,
            unit="models", basis="measured", source="hugging_face_hub",
        )  # fmt: skip
        record(connection, [own], NOW)
    models = "select source, period_start, models, added_per_month from charts.hub_models where basis = 'measured' order by all"
    assert chart("charts.hub_models", models, sandbox) == [
        (SOURCE, date(2024, 7, 29), 4, 1), (SOURCE, date(2024, 8, 5), 5, 2), ("hugging_face_hub", date(2024, 7, 29), 7, None),
    ]  # fmt: skip
    downloads = f"""
        select series, downloads, downloads_all_time, round(growth_pct, 2)
        from charts.hub_downloads where source = '{SOURCE}' order by period_start
    """
    assert chart("charts.hub_downloads", downloads, sandbox) == [
        ("hub_snapshot_downloads_30d", 1035, 350, None), ("hub_snapshot_downloads_30d", 1042, 357, 0.68),
    ]  # fmt: skip
    assert ask("select count(*) from core.observation_as_of('2024-12-31') where source = 'hub_weekly_snapshots'") == [
        (0,)
    ]


def test_nothing_is_done_while_another_run_is_at_work(tmp_path):
    parquet(tmp_path, "2024-07-24", rows_of())
    working = Settings().working
    working.mkdir(parents=True)
    with FileLock(working / "run.lock", is_singleton=False):
        result = run("hub-snapshots", "--folder", str(tmp_path))
    assert result.exit_code == 1
    assert "another run is at work" in result.output.replace("\n", " ")
