"""The code location: its assets and their dependencies, checks, jobs and schedule."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from assets.collection_check import COLLECTED_THIS_WEEK
from assets.observations import COLLECTED
from assets.source_asset import SOURCE_TAG
from assets.table_asset import asset_key, makers
from pipelines.definitions import definitions, defs
from pipelines.jobs import GROUPS
from pipelines.schedules import every_monday
from warehouse.database import schema
from warehouse.documentation.column_lineage import column_origins

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def location() -> dg.Definitions:
    """Return the code location."""
    return definitions()


def test_everything_loads_without_any_setting(monkeypatch):
    for name in ("TIDEGAUGE_HOME", "TIDEGAUGE_HUB_URL", "TIDEGAUGE_ALERT_URL", "HF_TOKEN"):
        monkeypatch.delenv(name)
    dg.Definitions.validate_loadable(defs())


def test_the_graph_is_as_written_down(location):
    keys = {spec.key.to_user_string(): spec for spec in location.resolve_all_asset_specs()}
    tables = {table.name.replace(".", "/") for table in schema.TABLES if table.schema in ("growth", "charts")}
    made = {
        table.name.replace(".", "/")
        for table in schema.TABLES
        if table.schema != "meta" and makers(table) == [asset_key(table)]
    }
    collected = {key.to_user_string() for key in COLLECTED}
    assert set(keys) == made | collected | {
        "hub/walk",
        "meta/set_aside",
        "meta/event",
        "published_history/figures",
        "publication/release",
        "publication/alerts",
        "publication/push",
    }
    # meta.release, meta.warehouse and the like are written by a step that has another name.
    writers = {key.to_user_string() for table in schema.TABLES if table.schema != "meta" for key in makers(table)}
    declared = {key for table in schema.TABLES for key in table.made_by}
    assert writers | declared <= set(keys)
    collection_checks = {
        key.asset_key for key in location.resolve_asset_graph().asset_check_keys if key.name == COLLECTED_THIS_WEEK
    }
    groups = {spec.group_name for spec in keys.values()}
    beside = {key.path[0] for key in COLLECTED}
    assert groups == beside | {"hub", "lineage", "published_history", "observations", "growth", "charts", "publication"}
    assert {"communities/reddit", "platforms/github", "funding/sec_form_d"} <= collected
    for name, spec in keys.items():
        assert spec.owners, name
        assert spec.kinds, name
        assert spec.description, name
        is_source = SOURCE_TAG.keys() <= spec.tags.keys()
        assert (spec.freshness_policy is None) == is_source, name
        assert is_source == (spec.key in collection_checks), name
    for name in made:
        columns = keys[name].metadata["dagster/column_schema"].columns
        assert columns, name
        assert all(column.description for column in columns), name
    assert dg.AssetKey(["hub", "walk"]) in {dep.asset_key for dep in keys["core/model_week"].deps}
    assert dg.AssetKey(["core", "observation"]) in {dep.asset_key for dep in keys["growth/series"].deps}
    assert dg.AssetKey(["growth", "rate"]) in {dep.asset_key for dep in keys["charts/claim_figure"].deps}
    assert {dg.AssetKey(name.split("/")) for name in tables} <= {
        dep.asset_key for dep in keys["publication/release"].deps
    }


def test_every_table_is_checked_and_the_checks_stop_what_follows(location):
    checks = [spec for checks in location.asset_checks or [] for spec in checks.check_specs]
    checks += [
        spec for asset in location.assets or [] if isinstance(asset, dg.AssetsDefinition) for spec in asset.check_specs
    ]
    assert {check.asset_key.to_user_string() for check in checks} >= {
        "core/model",
        "core/observation",
        "growth/rate",
        "charts/funding",
    }
    telling = {
        COLLECTED_THIS_WEEK, "every_source_is_fresh", "every_list_is_reviewed", "no_week_is_missing", "the_disk_has_room",
        "release_is_pushed",
    }  # fmt: skip
    assert {check.name for check in checks if not check.blocking} == telling, "what stops nothing is a warning only"


def test_an_asset_tells_how_it_is_made_where_its_select_is_and_what_its_columns_are_made_of(location):
    specs = {spec.key.to_user_string(): spec for spec in location.resolve_all_asset_specs()}
    for table in schema.TABLES:
        name = table.name.replace(".", "/")
        if table.is_derived and name in specs:
            (reference,) = specs[name].metadata["dagster/code_references"].code_references
            assert Path(reference.file_path).read_text(encoding="utf-8").strip().startswith(table.select[:40])
        if table.schema == "charts" and not table.is_view:
            assert specs[name].metadata["how it is made"].value.startswith("# "), name
    growth = column_origins(next(table for table in schema.TABLES if table.name == "charts.hub_downloads"))
    assert ("growth.reading", "value") in growth["downloads"]
    assert ("growth.calendar_downloads", "downloads") in growth["downloads"], "through a union by name"


def test_parts_can_be_run_again_alone(location):
    groups = {spec.group_name for spec in location.resolve_all_asset_specs()}
    assert groups - {"published_history", "observations"} == set(GROUPS)
    for group in GROUPS:
        job = location.resolve_job_def(f"{group}_refresh")
        assert {
            location.resolve_assets_def(key).group_names_by_key[key] for key in job.asset_layer.executable_asset_keys
        } == {group}


def test_the_schedule_is_on_and_runs_the_whole_refresh_on_monday(location):
    assert every_monday.default_status == dg.DefaultScheduleStatus.RUNNING
    assert (every_monday.cron_schedule, every_monday.execution_timezone) == ("0 6 * * 1", "UTC")
    tick = every_monday.evaluate_tick(
        dg.build_schedule_context(scheduled_execution_time=datetime(2026, 11, 16, 6, tzinfo=UTC))
    )
    assert len(tick.run_requests or []) == 1
    job = location.resolve_job_def("weekly_refresh")
    everything = {spec.key for spec in location.resolve_all_asset_specs()}
    assert set(job.asset_layer.executable_asset_keys) == everything
