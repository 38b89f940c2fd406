"""What is written is so: commands run, settings are explained, tables are described, the contract's names are there."""

import re
import subprocess
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from assets.declared_sources import ADDRESSES, KEYS
from assets.settings import Settings
from pipelines.commands.app import app
from warehouse.database.schema import TABLES
from warehouse.documentation.data_dictionary import dictionary

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BY_NAME = {table.name: table for table in TABLES}

# What others rely on: the names of tables and columns that are promised.
PROMISED = dict(
    line.split(": ")
    for line in (ROOT / "tests" / "data" / "promised_columns.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)


@pytest.mark.parametrize("table", PROMISED)
def test_promised_tables_and_columns_are_there(table):
    missing = set(PROMISED[table].split()) - set(BY_NAME[table].columns)
    assert not missing


def test_every_table_and_column_is_described():
    for table in TABLES:
        assert table.description.endswith("."), table.name
        assert set(table.key) <= set(table.columns), table.name
        for name, column in table.columns.items():
            assert column.description.endswith("."), (table.name, name)


def test_the_data_dictionary_is_the_declarations():
    written = (ROOT / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary(), (
        "make it anew: python -m warehouse.documentation.data_dictionary > docs/data_dictionary.md"
    )


def test_every_setting_is_explained_in_the_example_and_in_the_readme():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    general = [str(field.alias) for field in Settings.model_fields.values() if field.description]
    for name in (*general, *(one.setting for one in (*ADDRESSES, *KEYS))):
        assert f"{name}=" in example, name
        assert f"`{name}`" in README, name


def test_every_command_has_help_and_wrong_usage_is_2():
    runner = CliRunner()
    commands = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert {"demo", "refresh", "status", "doctor", "report", "sandbox", "ui"} <= set(commands)
    for command in commands:
        result = runner.invoke(app, [command, "--help"])
        assert result.exit_code == 0
        assert "Usage" in result.output
        assert "Examples" in result.output, command
    whole = runner.invoke(app, ["-h"]).output
    assert all(word in whole for word in ("Exit codes", "TIDEGAUGE_HOME", "tidegauge demo", *commands))
    assert runner.invoke(app, ["demo", "--weeks", "none"]).exit_code == 2
    assert runner.invoke(app, ["nothing"]).exit_code == 2


def test_make_targets_of_the_readme_exist_and_are_explained():
    targets = set(re.findall(r"`?make ([a-z]+)", README))
    assert {"demo", "refresh", "ui", "test", "bench", "doctor", "help"} <= targets
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets <= {line.split()[0] for line in listed.splitlines()}


def test_files_and_folders_that_documents_name_exist():
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        text = page.read_text(encoding="utf-8")
        prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", prose):
            assert (page.parent / target).exists(), (page.name, target)
        for path in re.findall(r"`((?:pipelines|assets|warehouse|tests|benchmarks|docs)/[\w/.*]*)`(?!, new:)", text):
            assert list(ROOT.glob(path.rstrip("/"))) or "published" in path, (page.name, path)


@pytest.mark.parametrize(
    "chart", [table.name.removeprefix("charts.") for table in TABLES if table.schema == "charts" and not table.is_view]
)
def test_every_chart_has_a_page_with_its_definition_source_and_caveats(chart):
    page = (ROOT / "docs" / "methods" / f"{chart}.md").read_text(encoding="utf-8")
    for part in (r"^\*\*Definition\.\*\* ", r"\b[Ss]ources?\b", r"^(## |\*)?\**Caveats\b"):
        assert re.search(part, page, re.MULTILINE), part


def test_every_dependency_has_its_reason():
    section = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("dependencies = [")[1].split("]")[0]
    for line in section.strip().splitlines():
        assert "# " in line, line


def test_the_questions_of_the_readme_have_answers(demo_release):
    database = demo_release / "tidegauge.duckdb"
    statements = README.split("```sql")[1].split("```")[0].split(";")
    with duckdb.connect(str(database), read_only=True) as connection:
        for statement in filter(str.strip, statements):
            if not all(line.startswith("--") for line in statement.strip().splitlines()):
                rows = connection.execute(statement).fetchall()
                assert rows, statement
    page = (demo_release / "index.html").read_text(encoding="utf-8")
    assert "made up" in page
    assert not re.search(r"<(?:script|link|img|iframe|source)[^>]*(?:src|href)=.?http", page), (
        "nothing is loaded from outside"
    )
