"""A lost database is restored from the release and from stored responses; whatever cannot be restored is named."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, date
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock
from instances import instance_in_memory
from releases import Releases
from typer.testing import CliRunner

from assets.replay import replay
from assets.resources import Clock
from pipelines.commands.app import app
from pipelines.commands.demo import KEYS
from pipelines.commands.restore import Aside, run
from pipelines.refresh import ExitCode, refresh
from pipelines.sandbox.server import Sandbox
from warehouse.database import connection
from warehouse.database.connection import File
from warehouse.release import publish as publication
from warehouse.release.restore import STORED, DamagedReleaseError, find_release
from warehouse.tables.core import MODEL_WEEK
from warehouse.tables.table import sql_literal

WEEKS = [date(2026, 8, 31), date(2026, 9, 7), date(2026, 9, 14)]
# In no response: the curated lists of that time, the creation of the database, and its releases.
NOT_LANDED = {
    "base.gpu_price",
    "base.cost_assumption",
    "meta.collection",
    "meta.warehouse",
    "meta.release",
}


@pytest.fixture
def lost(releases: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home with the stored responses of all weeks and nothing else; services are configured as at that time."""
    home = tmp_path / "lost"
    shutil.copytree(releases.home / "working" / "landing", home / "working" / "landing")
    monkeypatch.setenv("TIDEGAUGE_SEC_ISSUERS", KEYS["TIDEGAUGE_SEC_ISSUERS"])
    for source, name, at in (("sec_form_d", "SEC_WWW", "sec-"), ("epoch_funding", "EPOCH", "epoch/")):
        manifest = home / f"working/landing/{source}/{WEEKS[0]}/collection-001/manifest.jsonl"
        url = json.loads(manifest.read_text().splitlines()[0])["url"]
        mirror = {"SEC_WWW": "sec-www", "EPOCH": "epoch"}[name]
        monkeypatch.setenv(f"TIDEGAUGE_{name}_URL", url.partition(at)[0] + mirror)
    return home


def publish(releases: Releases, home: Path, week: date) -> Path:
    """Copy the Parquet files of a week's release into a home."""
    (kept,) = (releases.home / "kept").glob(f"{week}T*")
    parquet = home / "published" / "parquet"
    shutil.copytree(kept, parquet)
    return parquet


def differing(ours: Path, theirs: Path, *, without: dict[str, str] | None = None) -> set[str]:
    """Return the tables with different rows; `without` names columns to ignore."""
    with duckdb.connect(str(ours), read_only=True) as found:
        found.execute(f"attach {sql_literal(str(theirs))} as other (read_only)")
        rows = {
            table.name: [
                f"select * {(without or {}).get(table.name, '')} from {database}{table.name}"
                for database in ("", "other.")
            ]
            for table in STORED
        }
        return {
            name
            for name, (one, other) in rows.items()
            if found.execute(f"({one} except all {other}) union all ({other} except all {one}) limit 1").fetchall()
        }


@pytest.mark.slow
def test_a_damaged_database_is_restored_from_the_release_and_later_responses(releases, lost):
    parquet = publish(releases, lost, WEEKS[1])
    of_a_swap_that_broke_off = lost / "published" / ".incoming" / "parquet"
    of_a_swap_that_broke_off.mkdir(parents=True)
    (parquet / "core.observation.parquet").rename(of_a_swap_that_broke_off / "core.observation.parquet")
    (of_a_swap_that_broke_off.parent / "READY").touch()
    target = lost / "working" / "tidegauge.duckdb"
    target.write_bytes(b"this was a database")
    Path(f"{target}.wal").write_bytes(b"and this its log")
    leftover = target.with_name("tidegauge.duckdb.restoring")
    leftover.mkdir()
    (leftover / "tidegauge.duckdb").write_bytes(b"of one that was killed")

    outcome = run(lost, lost / "working", target, None)

    assert outcome.problems == []
    assert outcome.exit_code == ExitCode.WELL
    assert (
        sum(line.endswith(" equal") for line in outcome.lines) == len(STORED) - 1
    )  # a release has no checksum of itself
    (aside,) = target.parent.glob("tidegauge.duckdb.before-restore-*Z")
    assert aside.read_bytes() == b"this was a database"
    assert Path(f"{aside}.wal").read_bytes() == b"and this its log"
    assert not Path(f"{target}.wal").exists()
    assert not leftover.exists()
    # The lists of the third week were never stored, and it was not released.
    assert differing(target, releases.home / "working" / "tidegauge.duckdb") == {"meta.collection", "meta.release"}


def test_a_damaged_response_is_named_and_the_others_are_loaded(releases, lost, tmp_path):
    landing = lost / "working" / "landing"
    for folder in landing.iterdir():
        if folder.name not in ("hub", "discord", "docker_hub", "pypistats"):
            shutil.rmtree(folder)
        elif folder.name != "hub":
            shutil.rmtree(folder / f"{WEEKS[1]}")
        shutil.rmtree(folder / f"{WEEKS[2]}", ignore_errors=True)
    page = landing / f"hub/{WEEKS[1]}/walk-001/page-000001.json.gz"
    page.write_bytes(page.read_bytes()[:-1000])
    answer = landing / f"discord/{WEEKS[0]}/collection-001/answer-0001.json.gz"
    body = bytearray(answer.read_bytes())
    body[40] ^= 255
    answer.write_bytes(bytes(body))
    (landing / f"pypistats/{WEEKS[0]}/collection-001/collection.json").unlink()
    before = {file: file.read_bytes() for file in landing.rglob("*") if file.is_file()}

    aside = Aside(file=str(tmp_path / "aside.duckdb"))
    replayed = replay(aside, landing, tmp_path / "scratch")

    assert (replayed.weeks, replayed.walks, replayed.collections) == ([WEEKS[0]], 1, 2)
    assert len(replayed.not_loaded) == 3
    told = " | ".join(replayed.not_loaded)
    assert f"{landing}/pypistats/{WEEKS[0]}/collection-001: it has no collection.json" in told
    assert f"{page.parent}: page 1 is missing or has changed since it was stored" in told
    assert f"{answer} is missing or has changed since it was stored" in told
    assert {file: file.read_bytes() for file in landing.rglob("*") if file.is_file()} == before
    (kept,) = (releases.home / "kept").glob(f"{WEEKS[0]}T*")
    with aside.reading() as restored:
        assert dict(restored.execute("select source, status from meta.collection").fetchall()) == {
            "sandbox_hub": "complete", "sandbox_docker_hub": "complete", "sandbox_discord": "failed"
        }  # fmt: skip
        for query in ("core.model", "core.model_week", "core.observation where source = 'sandbox_docker_hub'"):
            name, _, where = query.partition(" ")
            place = kept / f"{name}.parquet"
            file = sql_literal(str(place / "*.parquet" if place.is_dir() else place))
            assert restored.execute(f"select count(*) from {file} {where}").fetchall() > [(0,)]
            assert restored.execute(f"from {name} {where} except all from {file} {where}").fetchall() == []
            assert restored.execute(f"from {file} {where} except all from {name} {where}").fetchall() == []


def truncate(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-200])


def of_another_release(file: Path) -> None:
    content = file.with_name("other.parquet")
    with duckdb.connect() as writer:
        writer.execute(
            f"copy (from {sql_literal(str(file))}) to {sql_literal(str(content))} (format parquet, kv_metadata {{release: '1'}})"
        )
    content.replace(file)


def with_another_value(file: Path) -> None:
    content = file.with_name("other.parquet")
    with duckdb.connect() as writer:
        writer.execute(
            f"copy (select * replace (value + 1 as value) from {sql_literal(str(file))}) to {sql_literal(str(content))} "
            "(format parquet, kv_metadata {release: '3'})"
        )
    content.replace(file)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (Path.unlink, "it is missing"),
        (truncate, "core.observation.parquet"),
        (of_another_release, "it is of release 1, and the others are of 3"),
        (with_another_value, "its rows are not the released rows of core.observation"),
    ],
)
def test_nothing_is_restored_from_a_damaged_release(releases, lost, damage, said):
    parquet = publish(releases, lost, WEEKS[2])
    damage(parquet / "core.observation.parquet")
    target = lost / "working" / "tidegauge.duckdb"
    target.write_bytes(b"this was a database")

    outcome = run(lost, lost / "working", target, None)

    assert outcome.exit_code == ExitCode.NOTHING_PUBLISHED
    (problem,) = outcome.problems
    assert str(parquet / "core.observation.parquet") in problem
    assert said in problem
    assert "Nothing was changed. To do:" in problem
    assert target.read_bytes() == b"this was a database"
    assert {path.name for path in target.parent.iterdir()} <= {"landing", "run.lock", "tidegauge.duckdb"}


def of_the_week_before(file: Path) -> None:
    content = file.with_name("2026-09-07.parquet").read_bytes()
    file.unlink()
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (Path.unlink, "it is missing"),
        (truncate, ""),
        (of_the_week_before, "it is of release 2, and the others are of 3"),
    ],
)
def test_a_damaged_week_is_named(releases, lost, damage, said):
    parquet = publish(releases, lost, WEEKS[2])
    week = parquet / "core.model_week.parquet" / "2026-09-14.parquet"
    damage(week)
    with pytest.raises(DamagedReleaseError) as raised:
        find_release(lost / "published")
    assert f"{week}: {said}" in str(raised.value)
    assert str(raised.value).count(".parquet: ") == 1, "and no other"


def test_a_backup_with_deleted_files_is_restored_from(releases, lost):
    """It still has a week that the release no longer has."""
    parquet = publish(releases, lost, WEEKS[2])
    weeks = parquet / "core.model_week.parquet"
    (weeks / "2026-08-24.parquet").write_bytes((weeks / "2026-08-31.parquet").read_bytes())
    release = find_release(lost / "published")
    assert release is not None
    assert [file.name for file in release.files[MODEL_WEEK]] == [f"{week}.parquet" for week in WEEKS]


def test_a_release_of_the_older_format_is_restored_from(releases, lost):
    """All weeks of a table are in one file, all files are of the same release, and none has a checksum."""
    parquet = publish(releases, lost, WEEKS[2])
    with duckdb.connect() as writer:
        for place in list(parquet.iterdir()):
            rows = f"from {sql_literal(str(place / '*.parquet' if place.is_dir() else place))}"
            older = place.with_name("older")
            writer.execute(f"copy ({rows}) to {sql_literal(str(older))} (format parquet, kv_metadata {{release: '3'}})")
            if place.is_dir():
                shutil.rmtree(place)
            older.replace(place)
    shutil.rmtree(lost / "working" / "landing")
    outcome = run(lost, lost / "working", lost / "working" / "tidegauge.duckdb", None)
    assert outcome.problems == []
    assert outcome.exit_code == ExitCode.WELL


@pytest.mark.scale
def test_the_drill_compares_and_changes_nothing(releases, lost):
    publish(releases, lost, WEEKS[2])
    target = lost / "working" / "tidegauge.duckdb"
    shutil.copyfile(releases.home / "working" / "tidegauge.duckdb", target)
    with connection.writing(target) as writer:
        writer.execute("update core.model set licence = 'mit' where licence = 'apache-2.0'")
    before = target.read_bytes()

    outcome = run(lost, lost / "working", target, File(target))

    assert outcome.exit_code == ExitCode.NOTHING_PUBLISHED
    assert [line.split()[0] for line in outcome.lines if line.endswith("DIFFERS")] == ["core.model"]
    assert "1 tables differ" in outcome.problems[0]
    assert target.read_bytes() == before
    assert list(target.parent.glob("*restor*")) == []


def test_a_restore_does_not_wait_and_reports_what_is_missing(tmp_path):
    working = tmp_path / "working"
    working.mkdir()
    with FileLock(working / "run.lock"):
        busy = run(tmp_path, working, working / "tidegauge.duckdb", None)
    assert busy.exit_code == ExitCode.NOTHING_PUBLISHED
    assert "another run is at work" in busy.problems[0]
    nothing = run(tmp_path, working, working / "tidegauge.duckdb", None)
    assert nothing.exit_code == ExitCode.NOTHING_PUBLISHED
    assert "exists. Nothing was changed. To do: restore them from a backup" in nothing.problems[0]
    drill = run(tmp_path, working, working / "tidegauge.duckdb", File(working / "tidegauge.duckdb"))
    assert "to compare with" in drill.problems[0]


@pytest.mark.parametrize("arguments", [["--from", "nowhere"], ["--output", "there"], ["--output", "new", "--check"]])
def test_wrong_arguments_are_reported(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").touch()
    result = CliRunner().invoke(app, ["restore", *arguments])
    assert result.exit_code == ExitCode.WRONG_USAGE, result.output
    assert "Nothing was done" in " ".join(result.output.replace("│", " ").split())


@pytest.mark.scale
def test_a_kill_at_any_moment_leaves_everything_as_it_was(releases, lost, monkeypatch):
    publish(releases, lost, WEEKS[2])
    target = lost / "working" / "tidegauge.duckdb"
    target.write_bytes(b"this was a database")
    monkeypatch.setenv("TIDEGAUGE_HOME", str(lost))
    command = [str(Path(sys.executable).parent / "tidegauge"), "restore"]
    for seconds in (3, 6, 9):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                assert target.read_bytes() == b"this was a database"
    assert subprocess.run(command, check=False, capture_output=True).returncode == ExitCode.WELL
    assert not target.with_name("tidegauge.duckdb.restoring").exists()
    with connection.reading(target) as restored:
        assert restored.execute("select max(version) from meta.release").fetchall() == [(3,)]


@pytest.mark.scale
def test_everything_possible_is_restored_from_stored_responses_alone(releases, lost):
    target = lost / "working" / "tidegauge.duckdb"
    outcome = run(lost, lost / "working", target, None)
    assert outcome.problems == []
    assert differing(target, releases.home / "working" / "tidegauge.duckdb") == NOT_LANDED
    rows_of = {name: "exclude (recorded_at)" for name in NOT_LANDED if name.startswith("base.")}
    assert differing(target, releases.home / "working" / "tidegauge.duckdb", without=rows_of) == {
        name for name in NOT_LANDED if name.startswith("meta.")
    }


@pytest.mark.scale
def test_a_refresh_after_a_restore_goes_on_as_if_nothing_had_happened(releases, lost, tmp_path, monkeypatch):
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(releases.home / "working", undisturbed / "working")
    for home in (undisturbed, lost):
        shutil.copytree(releases.published, home / "published")
    assert run(lost, lost / "working", lost / "working" / "tidegauge.duckdb", None).exit_code == ExitCode.WELL
    with Sandbox(models=500) as sandbox:
        sandbox.week = 3
        for name, value in {**sandbox.addresses, **KEYS, "TIDEGAUGE_SWITCHED_OFF": ""}.items():
            monkeypatch.setenv(name, value)
        now = sandbox.world.now(3).astimezone(UTC).isoformat()
        for home in (undisturbed, lost):
            monkeypatch.setenv("TIDEGAUGE_HOME", str(home))
            with instance_in_memory() as instance:
                assert refresh(instance, Clock(simulated_now=now)).exit_code == ExitCode.WELL
    own = {"meta.collection": "exclude (run_id)", "meta.release": "exclude (checksums)"}
    ours, theirs = (home / "published" / publication.DATABASE for home in (lost, undisturbed))
    assert differing(ours, theirs, without=own) == set()
