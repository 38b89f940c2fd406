"""The documentation matches the code: commands and queries run, links resolve, settings and tables are described."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import get_origin

import duckdb
import pytest
import typer
from deployments import unknown_words
from typer.testing import CliRunner

from assets.settings import Settings
from pipelines.commands.app import app
from warehouse.database.schema import TABLES
from warehouse.documentation.data_dictionary import dictionary

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
BY_NAME = {table.name: table for table in TABLES}

# The names of tables and columns that users rely on.
PROMISED = dict(
    line.split(": ")
    for line in (ROOT / "tests" / "data" / "promised_columns.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)


def without_blocks(text: str) -> str:
    """Return a page without its code blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(text: str) -> set[str]:
    """Return the commands of a page: the lines of its sh blocks, and the `tidegauge ...` and `make ...` in its sentences."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return {*lines, *re.findall(r"`((?:tidegauge|make) [^`<]+)`", text)}


@pytest.mark.parametrize("table", PROMISED)
def test_promised_tables_and_columns_exist(table):
    missing = set(PROMISED[table].split()) - set(BY_NAME[table].columns)
    assert not missing


def test_every_table_and_column_is_described():
    for table in TABLES:
        assert table.description.endswith("."), table.name
        assert set(table.key) <= set(table.columns), table.name
        for name, column in table.columns.items():
            assert column.description.endswith("."), (table.name, name)


def test_a_reference_is_declared_and_names_a_column_of_the_same_type():
    for table in TABLES:
        for name, column in table.columns.items():
            said = re.search(r"[Kk]ey into|: (?:base|core|growth|charts|meta)\.\w+\.\w+[.;,]", column.description)
            assert not said, f"{table.name}.{name}: declare it as references=, which adds the words"
            if column.references:
                target, _, field = column.references.rpartition(".")
                assert BY_NAME[target].columns[field].type == column.type, (table.name, name)


def test_the_data_dictionary_is_up_to_date():
    written = (ROOT / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary(), (
        "regenerate it: python -m warehouse.documentation.data_dictionary > docs/data_dictionary.md"
    )


def explained_settings() -> list[tuple[str, str]]:
    """Return the name and the default of each setting in docs/settings.md."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `(\w+)` \| .* \| (.*) \|$", page, re.MULTILINE)


# Addresses that have no default: whom the operator wants to be told.
OF_THE_OPERATOR = ("TIDEGAUGE_ALERT_URL", "TIDEGAUGE_HEARTBEAT_URL")


def example_settings() -> dict[str, str]:
    """Return the settings of .env.example with their values there."""
    return dict(re.findall(r"^# (\w+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_page_of_settings_lists_those_of_the_example():
    assert sorted(name for name, _ in explained_settings()) == sorted(example_settings())


def test_the_page_of_settings_lists_every_field():
    fields = {field.alias for field in Settings.model_fields.values() if get_origin(field.annotation) is not dict}
    assert len(fields) > 10
    assert fields <= {name for name, _ in explained_settings()}


def test_the_page_of_settings_has_the_default_address_of_each_service():
    defaults = {name: default.strip("`") for name, default in explained_settings() if "://" in default}
    examples = example_settings().items()
    assert defaults == {name: url for name, url in examples if name.endswith("_URL") and name not in OF_THE_OPERATOR}


def test_every_command_has_help_and_wrong_usage_is_2():
    runner = CliRunner()
    names = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert {"demo", "refresh", "status", "doctor", "report", "sandbox", "ui", "push", "pull"} <= set(names)
    for name in names:
        result = runner.invoke(app, [name, "--help"])
        assert result.exit_code == 0
        assert "Usage" in result.output
        assert "Examples" in result.output, name
    whole = runner.invoke(app, ["-h"]).output
    assert all(word in whole for word in ("Exit codes", "TIDEGAUGE_HOME", "tidegauge demo", *names))
    assert runner.invoke(app, ["demo", "--weeks", "none"]).exit_code == 2
    assert runner.invoke(app, ["nothing"]).exit_code == 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_documented_command_exists_with_its_options(page):
    for command in commands(page.read_text(encoding="utf-8")):
        if not re.search(r"\b(tidegauge|make) ", command.partition(" #")[0]):
            continue
        words = [word for word in shlex.split(command, comments=True) if not re.match(r"[A-Z_]+=", word)]
        match words:
            case ["tidegauge", *rest]:
                assert unknown_words(typer.main.get_command(app), rest) == [], command
            case ["make", *rest]:
                subprocess.run(["make", "--dry-run", *rest], cwd=ROOT, check=True, capture_output=True)


def test_the_make_targets_of_the_readme_are_explained():
    targets = set(re.findall(r"`?make ([a-z]+)", README))
    assert {"demo", "refresh", "ui", "test", "check", "bench", "doctor", "help"} <= targets
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets <= {line.split()[0] for line in listed.splitlines()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_folders_and_headings_that_a_page_names_exist(page):
    text = page.read_text(encoding="utf-8")
    for target, heading in re.findall(r"\]\((?!https?://)([^)#]*)(?:#([^)]+))?\)", without_blocks(text)):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        assert not heading or heading in anchors(linked), f"{target}#{heading}"
    for path in re.findall(r"`((?:pipelines|assets|warehouse|tests|docs|deploy)/[\w/.*]*)`(?!, new:)", text):
        assert list(ROOT.glob(path.rstrip("/"))) or "published" in path, path


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_the_index_lists_every_page(page):
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert page.name == "index.md" or f"]({page.name})" in index


@pytest.mark.parametrize("page", ["architecture.md", "../CONTRIBUTING.md"])
def test_modules_named_in_pictures_and_steps_exist(page):
    """In a picture a path may be followed by names of the same folder: `warehouse/a.py, b.py`."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = re.findall(r"\b((?:assets|pipelines|warehouse|tests)/[\w/]+\.(?:py|sql|csv))((?:, \w+\.(?:py|sql))*)", text)
    assert named
    for path, others in named:
        assert (ROOT / path).is_file(), path
        for other in filter(None, others.split(", ")):
            assert (ROOT / path).with_name(other).is_file(), (path, other)


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


def test_the_changelog_and_the_lock_file_have_the_version_of_the_project():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", changelog, re.MULTILINE)[0] == version
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    assert [package["version"] for package in lock["package"] if package["name"] == "tidegauge"] == [version]


def test_the_queries_of_the_readme_return_rows(demo_release):
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
