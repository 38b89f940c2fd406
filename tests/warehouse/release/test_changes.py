"""The changelog of the data and the citation of a release."""

import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from warehouse.database.connection import writing
from warehouse.facts.observations import Observation, record
from warehouse.release.changes import LONGEST_LIST, build_changes
from warehouse.seeds import published_figures
from warehouse.tables.meta import RELEASE

MOMENTS = [datetime(2026, 11, day, 6, tzinfo=UTC) for day in (9, 16)]
WEEKS = [date(2026, 11, 2), date(2026, 11, 9)]


def figure(week: date, value: float, entity: str = "all models") -> Observation:
    return Observation(
        metric="hub_models", entity=entity, period_start=week, unit="models", basis="measured",
        source="hugging_face_hub", value=value,
    )  # fmt: skip


@pytest.fixture
def last(tmp_path: Path) -> Path:
    """Return the published folder of a first release, with two figures."""
    folder = tmp_path / "last"
    folder.mkdir()
    with writing(warehouse_at(folder / "tidegauge.duckdb")) as connection:
        published_figures.load(connection, published_figures.CURATED, MOMENTS[0], SOURCE_ROWS)
        record(connection, [figure(WEEKS[0], 1000), figure(WEEKS[0], 10, "one maker")], MOMENTS[0])
        connection.execute(f"insert into {RELEASE.name} values (1, ?, 1, 1, map {{}})", [MOMENTS[0]])
    build_changes(folder / "tidegauge.duckdb", folder / "nothing", folder)
    return folder


@pytest.fixture
def next_release(last: Path, tmp_path: Path) -> Path:
    """Return the database of a second release, equal but for its number."""
    (tmp_path / "next").mkdir()
    database = tmp_path / "next" / "tidegauge.duckdb"
    shutil.copyfile(last / database.name, database)
    with writing(database) as connection:
        connection.execute(f"insert into {RELEASE.name} values (2, ?, 2, 1, map {{}})", [MOMENTS[1]])
    return database


def written(database: Path, last: Path) -> str:
    """Return the section of the second release, after a check that the first one is still below it."""
    build_changes(database, last, database.parent)
    text = (database.parent / "CHANGES.md").read_text(encoding="utf-8")
    head, second, first = text.split("\n## ")
    assert head.startswith("# Changes of the data")
    assert first == "Release 1 of 2026-11-09\n\nThe first release: 0 sources were collected.\n"
    assert second.startswith("Release 2 of 2026-11-16\n\n")
    return second.partition("\n\n")[2].strip()


def test_figures_of_another_week_are_no_change(next_release, last):
    with writing(next_release) as connection:
        record(connection, [figure(WEEKS[1], 2000)], MOMENTS[1])
    assert written(next_release, last) == "No source, figure, definition or table has changed."


def test_what_differs_is_listed(next_release, last):
    with writing(next_release) as connection:
        record(connection, [figure(WEEKS[0], 1020)], MOMENTS[1])
        connection.execute("delete from core.observation where entity = 'one maker'")
        connection.execute(
            "insert into meta.collection values ('r', 'discord', ?, ?, ?, 'complete', 1, 1, 1, null)",
            [WEEKS[1], MOMENTS[1], MOMENTS[1]],
        )
        connection.execute(
            "insert into meta.source values ('new_list', 'A new list', 'https://example.org', 'CC BY 4.0', 'N.', 'once', null)"
        )
        connection.execute(
            "insert into meta.definition_change values ('discord', 'discord_members', ?, 'day', 'Bots count too.', 'no page')",
            [WEEKS[1]],
        )
        connection.execute("create table core.something (one integer)")
        connection.execute("alter table core.metric add column more integer")
        connection.execute("drop table base.gpu_price cascade")
    found = written(next_release, last)
    for line in (
        "### Sources that joined\n\n* `discord`: collected for the first time (Discord)",
        "* `new_list`: listed for the first time (A new list)",
        "* `hugging_face_hub`, `hub_models`: 1 figures from 2026-11-02 to 2026-11-02; the largest change of a value is 2.00%",
        "### Withdrawn figures\n\n* `hugging_face_hub`, `hub_models`: 1 figures from 2026-11-02 to 2026-11-02\n",
        "* `discord`, `discord_members`, from 2026-11-09 on: Bots count too.",
        "* `core.something`: the table\n",
        "* `core.metric`: more\n",
        "### Tables and columns that are gone\n\n* `base.gpu_price`: the table",
    ):
        assert line in f"{found}\n", found


def test_a_long_list_ends_with_the_number_of_the_others(next_release, last):
    with writing(next_release) as connection:
        connection.execute(
            "insert into meta.source select 'list_' || n, 'L', 'u', 'l', 'c', 'once', null from range(?) as r (n)",
            [LONGEST_LIST + 3],
        )
    assert written(next_release, last).endswith("\n* and 3 more")


def test_a_release_that_cannot_be_compared_is_named_as_such(next_release, last):
    (last / "tidegauge.duckdb").unlink()
    (last / "tidegauge.duckdb").write_bytes(b"no database" * 1000)
    assert written(next_release, last).startswith("Not compared: the release before cannot be read")


def test_each_release_cites_itself_and_has_its_changes(demo_release):
    citation = demo_release / "CITATION.cff"
    told = yaml.safe_load(citation.read_text(encoding="utf-8"))
    assert (told["version"], told["date-released"]) == ("3", "2026-09-14")
    assert "sandbox" in told["message"]
    checker = Path(sys.executable).parent / "check-jsonschema"
    subprocess.run([checker, "--builtin-schema", "vendor.citation-file-format", citation], check=True)
    sections = (demo_release / "CHANGES.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert [section.splitlines()[0] for section in sections] == [
        "Release 3 of 2026-09-14", "Release 2 of 2026-09-07", "Release 1 of 2026-08-31",
    ]  # fmt: skip
    assert "The first release" in sections[2]


def test_every_file_has_the_number_and_the_day_of_its_release(demo_release):
    with duckdb.connect() as connection:
        metadata = connection.execute(
            "select distinct decode(key), decode(value) from parquet_kv_metadata(?)",
            [str(demo_release / "parquet" / "meta.release.parquet")],
        ).fetchall()
    assert set(metadata) == {("release", "3"), ("released_on", "2026-09-14")}
    days = {"1": "2026-08-31", "2": "2026-09-07", "3": "2026-09-14"}
    for file in (demo_release / "parquet").rglob("*.parquet"):
        if file.is_file():
            told = pl.read_parquet_metadata(file)
            assert days[told["release"]] == told["released_on"], file
    assert "release 3" in (demo_release / "index.html").read_text(encoding="utf-8").lower()
