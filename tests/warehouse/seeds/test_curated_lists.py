"""When each curated list was last reviewed: declared for every file, and reported as stale after its age."""

import csv
import gzip
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from assets.disk_space import DiskSpace
from assets.release import health_checks
from pipelines.commands.app import app
from warehouse.database.connection import writing
from warehouse.seeds.csv_reader import CuratedError
from warehouse.seeds.published_figures import CURATED, load, read_folder

ROWS = list(csv.DictReader((CURATED / "curated_list.csv").open(encoding="utf-8")))
REVIEWED = date(2026, 11, 30)


def test_every_curated_file_has_its_day_of_review():
    files = {str(file.relative_to(CURATED)) for file in CURATED.rglob("*.csv")}
    assert {row["file"] for row in ROWS} == files


def test_what_describes_the_present_ages_and_a_transcription_does_not():
    age = {row["file"]: row["stale_after_days"] for row in ROWS}
    assert {file for file in age if file.startswith(("lists/", "reference/")) and not age[file]} == set()
    assert age["family.csv"]
    assert age["hub_downloads.csv"] == ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("2026-13-01", "column reviewed_on"), ("", "column reviewed_on"), ("30.11.2026", "a day as YYYY-MM-DD")],
)
def test_a_wrong_day_is_reported_by_file_and_line(cell, expected, tmp_path):
    folder = Path(shutil.copytree(CURATED, tmp_path / "seeds"))
    file = folder / "curated_list.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[1] = lines[1].replace("2026-11-30", cell)
    file.write_text("".join(lines), encoding="utf-8")
    with pytest.raises(CuratedError) as raised:
        read_folder(folder, SOURCE_ROWS)
    assert any("curated_list.csv:2" in line and expected in line for line in map(str, raised.value.problems))


@pytest.fixture
def published(home):
    """Return a way to make a release of a day, with the lists of the checkout but for one of age and one without."""

    def at(moment: datetime) -> Path:
        database = warehouse_at(home / "published" / "tidegauge.duckdb")
        with writing(database) as connection:
            load(connection, CURATED, moment, SOURCE_ROWS)
            connection.execute(
                """
                delete from meta.curated_list;
                insert into meta.curated_list values
                    ('lists/prices.csv', 'Prices', '2026-11-30', 60, 'Price lists'),
                    ('lists/labels.csv', 'Labels', '2026-11-30', 90, 'New labels'),
                    ('post.csv', 'The post', '2026-11-30', null, 'Transcribed once');
                """
            )
            connection.execute("insert into meta.release values (7, $1, 9, 1, map {})", [moment])
        return database

    return at


def stale(database: Path) -> list[tuple]:
    with writing(database) as connection:
        return connection.execute(
            "select source, is_stale, days_at_release, stale_after_days, last_status from meta.freshness "
            "where kind = 'list' order by source"
        ).fetchall()


def test_a_list_is_stale_after_its_own_age_and_a_transcription_never(published):
    # 60 days after 30 November are 29 January.
    at_sixty = stale(published(datetime(2027, 1, 29, tzinfo=UTC)))
    assert at_sixty == [
        ("lists/labels.csv", False, 60.0, 90, "reviewed"),
        ("lists/prices.csv", False, 60.0, 60, "reviewed"),
        ("post.csv", False, 60.0, None, "reviewed"),
    ]


def test_an_hour_more_is_too_old_and_says_what_to_do(published):
    database = published(datetime(2027, 1, 29, 1, tzinfo=UTC))
    assert [row[:2] for row in stale(database)] == [
        ("lists/labels.csv", False), ("lists/prices.csv", True), ("post.csv", False),
    ]  # fmt: skip
    with writing(database) as connection:
        reasons = connection.execute(
            "select source, last_reason from meta.freshness where kind = 'list' and last_reason is not null"
        ).fetchall()
    assert reasons == [
        (
            "lists/prices.csv",
            "Kept: its rows. To do: compare them with: Price lists; then tidegauge review lists.",
        )
    ]


def test_a_release_before_the_review_has_no_stale_list(published):
    assert {row[1:3] for row in stale(published(datetime(2026, 11, 20, tzinfo=UTC)))} == {(False, -10.0)}


def test_status_names_the_stale_lists_and_its_exit_code_is_that_of_the_sources(published, home):
    # A review is a day without a time: late in the day it is as many days ago as in the morning.
    now = datetime.now(UTC).replace(hour=23, minute=30) - timedelta(days=1)
    database = published(now)
    with writing(database) as connection:
        connection.execute(
            "update meta.curated_list set reviewed_on = $1::date - if(file = 'lists/prices.csv', 75, 0)", [now.date()]
        )
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 0, result.output
    assert "lists     2 of 3 were reviewed in time" in result.output
    assert "review    lists/prices.csv: last reviewed 75 days before the release, due after 60" in result.output


def test_status_of_the_first_release_does_not_invent_what_it_did_not_state(home):
    (home / "published").mkdir(parents=True)
    packed = Path(__file__).parents[2] / "data" / "release_1.duckdb.gz"
    (home / "published" / "tidegauge.duckdb").write_bytes(gzip.decompress(packed.read_bytes()))
    result = CliRunner().invoke(app, ["status"])
    assert "sources   unknown: an earlier version of Tidegauge made this release" in result.output
    assert "lists" not in result.output


def test_the_check_of_a_release_warns_and_lists_every_file(published):
    space = DiskSpace(10**12, 1)

    def verdict(moment: datetime) -> dg.AssetCheckResult:
        with writing(published(moment)) as connection:
            results = health_checks.verdicts(connection, dg.AssetKey("release"), space)
        return next(one for one in results if one.check_name == "every_list_is_reviewed")

    late = verdict(datetime(2027, 2, 1, tzinfo=UTC))
    assert not late.passed
    assert late.severity == dg.AssetCheckSeverity.WARN
    assert "lists/prices.csv: last reviewed on 2026-11-30, due after 60 days" in (late.description or "")
    table = str(late.metadata["by list"].value)
    assert all(file in table for file in ("lists/prices.csv", "lists/labels.csv", "post.csv"))
