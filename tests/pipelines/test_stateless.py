"""A machine that keeps nothing: each week an empty home, a pull, a refresh that pushes; as one home for all weeks has it."""

import duckdb
import huggingface_hub
import pytest
from instances import instance_in_memory
from pushing import DATA_SET, tags, whole_release
from releases import Releases
from typer.testing import CliRunner

from assets.resources import Clock
from pipelines.commands.app import app
from pipelines.commands.demo import KEYS
from pipelines.refresh import ExitCode, Outcome, refresh
from pipelines.sandbox.hub.routes import HubOptions
from pipelines.sandbox.server import Sandbox
from warehouse.release.restore import STORED
from warehouse.tables.table import sql_literal

# Of each run: its id and times, and the addresses of the sandbox, which has another port.
_OF_THE_RUN = {
    "meta.collection": "exclude (run_id, finished_at)",
    "meta.warehouse": "exclude (created_at)",
    "core.observation": "exclude (evidence_url)",
    "base.form_d_filing": "exclude (evidence_url)",
    "base.funding_round": "exclude (evidence_url)",
    "charts.funding": "exclude (evidence_url)",
}


@pytest.mark.slow
def test_three_weeks_in_three_empty_homes_are_three_weeks_in_one(releases: Releases, tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.delenv("TIDEGAUGE_ALERT_URL")
    with Sandbox(models=500, hub=HubOptions(odd_pages=True)) as sandbox, instance_in_memory() as instance:
        for name, value in {**sandbox.addresses, **KEYS, "TIDEGAUGE_SWITCHED_OFF": ""}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TIDEGAUGE_PUSH_TO", str(DATA_SET))
        for week in range(3):
            sandbox.week = week
            home = tmp_path / f"machine {week}"
            monkeypatch.setenv("TIDEGAUGE_HOME", str(home))
            pull = CliRunner().invoke(app, ["pull", "--if-any"])
            assert pull.exit_code == ExitCode.WELL, pull.output
            assert ("there is no release" if week == 0 else f"pulled release {week} of") in pull.output
            outcome = refresh(instance, Clock(simulated_now=sandbox.world.now(week).isoformat()))
            assert outcome == Outcome(ExitCode.WELL, {})
            assert whole_release(sandbox) == str(week + 1)
        assert list(tags(sandbox)) == ["release-1", "release-2", "release-3"]
        push = CliRunner().invoke(app, ["push"])
        assert "all of it is at hf://datasets/example/tide already" in push.output
    assert differing(str(home / "published" / "tidegauge.duckdb"), str(releases.published / "tidegauge.duckdb")) == {
        "meta.release"  # its checksums are those of the rows with the times and addresses of each run
    }


def differing(ours: str, theirs: str) -> set[str]:
    with duckdb.connect(ours, read_only=True) as found:
        found.execute(f"attach {sql_literal(theirs)} as other (read_only)")
        rows = {
            table.name: [
                f"select * {_OF_THE_RUN.get(table.name, '')} from {name}{table.name}" for name in ("", "other.")
            ]
            for table in STORED
        }
        return {
            name
            for name, (one, other) in rows.items()
            if found.execute(f"({one} except all {other}) union all ({other} except all {one}) limit 1").fetchall()
        }
