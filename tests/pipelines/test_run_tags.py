"""Runs can be told apart: each has the week that it is for, what started it, and the release that it published."""

from datetime import UTC, date, datetime

import dagster as dg
import pytest
from instances import instance_in_memory
from replay import Replay, pages_of

from assets.resources import Clock
from pipelines.console import ExitCode
from pipelines.refresh import refresh


def test_a_refresh_has_its_week_its_trigger_and_its_release(home, monkeypatch):
    with Replay(pages_of(30)) as hub, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", hub.url)
        for version, day in ((1, "2026-11-18"), (2, "2026-11-25")):
            clock = Clock(simulated_now=f"{day}T06:00:00+00:00")
            assert refresh(instance, clock).exit_code == ExitCode.WELL
            (run,) = instance.get_runs(limit=1)
            monday = date.fromisoformat(day).replace(day=int(day[-2:]) - 2)
            assert run.tags["tidegauge/week"] == monday.isoformat()
            assert run.tags["tidegauge/trigger"] == "command"
            assert run.tags["tidegauge/release"] == str(version)
        record = instance.get_latest_materialization_event(dg.AssetKey(["publication", "release"]))
        assert record is not None
        assert record.asset_materialization is not None
        metadata = record.asset_materialization.metadata
        assert metadata["week"].value == "2026-11-23"
        assert metadata["page"].value == (home / "published" / "index.html").as_uri()
        of_the_week = dg.RunsFilter(tags={"tidegauge/week": "2026-11-16"})
        assert len(instance.get_runs(of_the_week)) == 1, "the UI finds it by its tag"


@pytest.mark.parametrize(
    ("tags", "trigger"),
    [
        ({"dagster/schedule_name": "every_monday"}, "schedule"),
        ({"dagster/sensor_name": "bench_file_dropped"}, "sensor"),
        ({}, "by hand"),
    ],
)
def test_what_started_a_run_is_a_tag(tags, trigger):
    @dg.asset
    def one(clock: Clock) -> None:
        assert clock.now() <= datetime.now(UTC)

    with instance_in_memory() as instance:
        done = dg.materialize([one], resources={"clock": Clock()}, instance=instance, tags=tags)
        run = instance.get_run_by_id(done.run_id)
        assert run is not None
        assert run.tags["tidegauge/trigger"] == trigger
        assert run.tags["tidegauge/week"] == (date.fromisocalendar(*datetime.now(UTC).isocalendar()[:2], 1)).isoformat()
