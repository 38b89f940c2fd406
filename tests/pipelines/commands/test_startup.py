"""What a command imports at start: every user would wait for another heavy module."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from assets.settings import CHECKOUT
from warehouse.database.connection import writing
from warehouse.database.schema import prepare
from warehouse.tables.meta import RELEASE

# What takes from a fifth of a second to several seconds of the processor to import.
HEAVY = {
    "aiohttp", "altair", "dagster", "dagster_graphql", "httpx", "httpx2", "jinja2", "numpy", "pandas", "polars", "praw",
    "pyarrow", "requests", "sqlalchemy", "vl_convert",
}  # fmt: skip
NEEDED_BY_DEFINITIONS = {"dagster", "requests"}
MOMENT = datetime(2026, 11, 16, 6, tzinfo=UTC)


def imported(code: str) -> set[str]:
    """Return the top-level modules that a new Python has imported after `code`."""
    told = f"{code}\nimport json, sys; print('\\n' + json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, cwd=CHECKOUT, timeout=300)
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout.splitlines()[-1]))


def called(*arguments: str) -> str:
    return (
        "from typer.testing import CliRunner\nfrom pipelines.commands.app import app\n"
        f"result = CliRunner().invoke(app, {list(arguments)!r})\n"
        "assert result.exit_code in (0, 3), result.output\nprint(result.output)"
    )


@pytest.mark.parametrize(
    "arguments", [["--help"], ["refresh", "--help"], ["backfill", "--help"], ["lake", "--help"], ["review", "--help"]]
)
def test_help_imports_nothing_heavy(arguments):
    assert imported(called(*arguments)).isdisjoint(HEAVY | {"duckdb"})


def test_status_reads_a_release_and_the_history_without_dagster(home, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    (home / "published").mkdir(parents=True)
    with writing(home / "published" / "tidegauge.duckdb") as connection:
        prepare(connection, MOMENT)
        connection.execute(f"insert into {RELEASE.name} values (7, ?, 9, 1, map {{}})", [MOMENT])
    modules = imported(called("status"))
    assert "duckdb" in modules
    assert modules.isdisjoint(HEAVY)


def test_the_definitions_load_nothing_that_only_a_run_needs():
    modules = imported(
        "from pipelines.definitions import defs\nfor job in defs().get_repository_def().get_all_jobs(): job.name"
    )
    assert "dagster" in modules
    assert modules.isdisjoint(HEAVY - NEEDED_BY_DEFINITIONS)


def test_the_hub_is_asked_without_the_http_client_of_its_library():
    modules = imported("from assets.http import hub_service as hub; hub.hub_service(hub.constants.ENDPOINT, 'hf_key')")
    assert "huggingface_hub" in modules
    assert modules.isdisjoint(HEAVY - NEEDED_BY_DEFINITIONS | {"httpcore2"})


def test_a_page_and_its_pictures_are_made_without_altair():
    modules = imported("import warehouse.pages.page, warehouse.pages.thumbnail, warehouse.pages.charts.registry")
    assert modules.isdisjoint({"altair", "narwhals", "dagster"})
