"""The charts as believed on any day: on the day of the post, and at the time of each release."""

import csv
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from pipelines.commands.app import app
from warehouse.database.connection import File, writing
from warehouse.database.derive import derive
from warehouse.facts.observations import Observation, record
from warehouse.release.as_of import NoReleaseError, NothingKnownError, draw
from warehouse.release.publish import publish
from warehouse.seeds import published_figures
from warehouse.tables import growth
from warehouse.tables.charts import hub
from warehouse.tables.funding import FUNDING_MATCH

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
POST = datetime.combine(date(2023, 8, 14), time.max, UTC)
CURATED = Path(__file__).parents[3] / "warehouse" / "seeds"
# It depends on the current size of a repository, of which no earlier value is stored.
WITHOUT_HISTORY = {"charts.gpu_requirements"}
CHARTS = [table for table in hub.TABLES if not table.is_view]


def publish_history(home: Path, now: datetime, correct: bool = False) -> Path:
    database = home / "working" / "tidegauge.duckdb"
    with writing(warehouse_at(database)) as connection:
        published_figures.load(connection, published_figures.CURATED, now, SOURCE_ROWS)
        if correct:
            record(
                connection,
                [
                    Observation(
                        metric="hub_downloads_month",
                        entity="all models",
                        period_start=date(2022, 1, 1),
                        date_precision="month",
                        value=29e6,
                        unit="downloads",
                        basis="published",
                        source="dataku_2023",
                    )
                ],
                now,
            )
        for table in (*growth.TABLES, FUNDING_MATCH, *hub.TABLES):
            derive(connection, table)
    publish(File(database), home / "published", now)
    return home / "published"


def drawn(folder: Path, chart: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "parquet" / f"charts.{chart}.parquet")


def curated_rows(name: str) -> list[dict[str, str]]:
    with (CURATED / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_post_is_drawn_as_it_was(home):
    published = publish_history(home, NOW, correct=True)
    before = (published / "tidegauge.duckdb").read_bytes()
    draw(published, POST, home / "then")
    draw(published, NOW, home / "now")
    january = pl.col("period_start") == date(2022, 1, 1)
    assert drawn(home / "now", "hub_downloads").filter(january)["downloads"].to_list() == [29_000_000]
    assert drawn(home / "then", "hub_downloads").filter(january)["downloads"].to_list() == [28_000_000]
    for name, value in {
        "hub_downloads": "downloads", "community": "members", "adoption": "share_pct", "gap_closure": "share_pct",
        "inference_speed": "tokens_per_second", "funding": "amount_usd", "laptop_models": "models_low",
        "training_cost": "cost_low_usd", "model_derivatives": "derivatives",
    }.items():  # fmt: skip
        chart = drawn(home / "then", name)
        metric = {"inference_speed": "inference_tokens_per_second"}.get(name)
        post = [row for row in curated_rows(name) if row["source"] == "dataku_2023"]  # others came later
        printed = [row for row in post if metric is None or row["metric"] == metric]
        day = "announced_on" if name == "funding" else "period_start"
        expected = [(row["period_start"], float(row["value"] or row["low"] or "nan")) for row in printed]
        found = [(str(at), float("nan") if v is None else float(v)) for at, v in chart.select(day, value).iter_rows()]
        assert sorted(map(str, found)) == sorted(map(str, expected)), name
        assert set(chart["basis"]) == {"published"}
    for chart in ("gpu_requirements", "licences", "lineage_depth", "definition_mark"):
        assert drawn(home / "then", chart).is_empty(), "nobody knew it then"
    by_then = {"dataku_2023", "madrona_2023", "day_to_data_2023"}
    claims = drawn(home / "then", "claim_audit")
    assert claims.height == sum(row["source"] in by_then for row in curated_rows("claim"))
    of_evidence = dict(claims.select("claim", "source_dated_on").drop_nulls().iter_rows())
    dated = {row["claim"]: date.fromisoformat(row["dated_on"]) for row in curated_rows("claim_evidence")}
    assert of_evidence == {
        claim: dated[claim] for claim in claims["claim"] if dated.get(claim, NOW.date()) <= POST.date()
    }
    assert len(of_evidence) > 40
    page = (home / "then" / "index.html").read_text(encoding="utf-8")
    assert "As believed on 2023-08-14 23:59 UTC" in page
    assert "before the first release" in page
    assert "Reported monthly downloads rose from 28M in January 2022 to 620M in July 2023, 22.1 times as many." in page
    assert (published / "tidegauge.duckdb").read_bytes() == before


def test_before_the_first_figure_nothing_was_known(home):
    published = publish_history(home, NOW)
    with pytest.raises(NothingKnownError, match="became known on 2023-03-31 00:00 UTC"):
        draw(published, datetime(2023, 3, 30, tzinfo=UTC), home / "then")
    assert not (home / "then").exists()
    with pytest.raises(NoReleaseError, match="there is no release"):
        draw(home / "nowhere", POST, home / "then")


@pytest.mark.slow
def test_the_history_as_believed_at_each_release_is_what_was_published_then(releases, tmp_path):
    kept = releases.kept
    assert len(kept) == 3
    for number, (moment, published) in enumerate(kept.items()):
        draw(releases.published, moment, tmp_path / str(number))
        for name, then in published.items():
            if name not in WITHOUT_HISTORY:
                now = drawn(tmp_path / str(number), name.removeprefix("charts."))
                assert now.equals(then), (name, moment)
    first, *_, last = kept.values()
    assert first["charts.hub_downloads"].height < last["charts.hub_downloads"].height, "the releases differ"
    assert last["charts.definition_mark"].height > 0
    # Each kind of fact matters: weeks of the Hub, versions, figures of other sources.
    for name in ("births_and_deaths", "arena_gap", "platform_runs"):
        assert first[f"charts.{name}"].height < last[f"charts.{name}"].height, name
    for name in ("training_cost_steps", "funding_total", "arena_by_release"):
        assert not first[f"charts.{name}"].is_empty(), name


def test_a_week_is_not_known_before_it_is_read(releases, tmp_path):
    second = list(releases.kept)[1]
    draw(releases.published, second - timedelta(minutes=1), tmp_path / "before")
    assert drawn(tmp_path / "before", "hub_models").filter(pl.col("basis") == "measured").height == 1
    assert drawn(tmp_path / "before", "lineage_coverage").height == 1
    page = (tmp_path / "before" / "index.html").read_text(encoding="utf-8")
    assert "when release 1 of" in page
    # A series of one week has words in place of a point, and no line in the headlines.
    weekly = page.split('id="hub_models"')[1].split("</section>")[0]
    assert "One reading so far. The line begins with the second." in weekly
    assert f"<li>Week of {next(iter(releases.kept)):%-d %B %Y}: " in weekly
    assert weekly.count('class="drawing"') == 2, "what was reported is drawn"
    assert "Models that appear and disappear are counted from the second week on." in page
    assert page.count("first reading</span>") >= 4
    assert page.count('<svg class="line"') < page.count('<span class="meaning">')
    assert "made up" in page


def test_a_later_collection_does_not_change_an_earlier_day(releases, tmp_path):
    """After the second week every licence has changed, and the third week was collected again two days later."""
    home, kept = releases.home, releases.kept
    _, second, third = kept
    release = tmp_path / "published" / "tidegauge.duckdb"
    release.parent.mkdir()
    shutil.copyfile(home / "published" / "tidegauge.duckdb", release)
    release.chmod(0o644)
    with duckdb.connect(str(release)) as connection:
        connection.execute(
            """
            delete from base.model_event where event = 'relicensed';
            insert into base.model_event by name
                select date_trunc('week', $third::timestamptz)::date as week, model_key, 'relicensed' as event,
                    licence as before, 'cc-by-nc-4.0' as after
                from core.model;
            update core.model set licence = 'cc-by-nc-4.0';
            update core.hub_week set observed_at = observed_at + interval 2 days
                where week = date_trunc('week', $third::timestamptz)::date
            """.replace("$third", f"'{third.isoformat()}'")
        )
    for moment in (second, third):
        draw(release.parent, moment, tmp_path / str(moment.date()))
    drift = drawn(tmp_path / str(second.date()), "licence_drift")
    assert drift.equals(kept[second]["charts.licence_drift"])
    again = tmp_path / str(third.date())
    assert drawn(again, "hub_models").filter(pl.col("basis") == "measured").height == 3
    assert drawn(again, "lineage_coverage").equals(kept[second]["charts.lineage_coverage"])


@pytest.mark.scale
def test_a_corrected_figure_keeps_the_earlier_belief(releases, tmp_path):
    home, kept = tmp_path / "home", releases.kept
    shutil.copytree(releases.home, home)
    moment = list(kept)[-1]
    database = home / "working" / "tidegauge.duckdb"
    with writing(database) as connection:
        connection.execute(
            "insert into core.observation select * replace (value * 2 as value, ? as recorded_at) "
            "from core.observation_latest where metric = 'hub_downloads_30d'",
            [moment + timedelta(days=1)],
        )
    publish(File(database), home / "published", moment + timedelta(days=1))
    draw(home / "published", moment, tmp_path / "then")
    draw(home / "published", moment + timedelta(days=1), tmp_path / "now")
    then, now = drawn(tmp_path / "then", "hub_downloads"), drawn(tmp_path / "now", "hub_downloads")
    assert then.equals(kept[moment]["charts.hub_downloads"])
    measured = pl.col("basis") == "measured"
    assert now.filter(measured)["downloads"].sum() == 2 * then.filter(measured)["downloads"].sum()


@pytest.mark.slow
def test_the_command(home, tmp_path):
    runner = CliRunner()
    for arguments, words in (
        (["--as-of", "2023-08"], "expected a day"),
        (["--as-of", "yesterday"], "expected a day"),
        (["--as-of", "2023-02-30"], "expected a day"),
        ([], "Missing option"),
    ):
        result = runner.invoke(app, ["report", *arguments])
        assert (result.exit_code, words in result.output) == (2, True), result.output
    result = runner.invoke(app, ["report", "--as-of", "2023-08-14"])
    assert result.exit_code == 1
    publish_history(home, NOW)
    result = runner.invoke(app, ["report", "--as-of", "2023-03-30"])
    assert result.exit_code == 2
    assert "no figure was known" in result.output
    inside = runner.invoke(app, ["report", "--as-of", "2023-08-14", "--output", str(home / "published" / "x")])
    assert inside.exit_code == 2
    script = Path(sys.executable).parent / "tidegauge"
    output = subprocess.run(
        [str(script), "report", "--as-of", "2023-08-14", "--output", "here"],
        cwd=tmp_path,
        env=os.environ | {"TIDEGAUGE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert output.returncode == 0, output.stderr
    assert str(tmp_path / "here" / "index.html") in output.stdout
    with duckdb.connect() as connection:
        file = tmp_path / "here" / "parquet" / "charts.hub_downloads.parquet"
        assert connection.execute(f"select count(*) from '{file}'").fetchall() == [(7,)]
    result = runner.invoke(app, ["report", "--as-of", "2023-08-14T00:00Z"])
    assert result.exit_code == 0
    assert (home / "reports" / "2023-08-14T000000" / "index.html").exists()
