"""The SELECTs of the page: each in its file, used, and read only when it is run."""

import subprocess
import sys

import duckdb
import pytest

from warehouse.pages.charts.registry import CHARTS
from warehouse.tables.table import SQL

FOLDER = SQL / "pages"
FILES = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.sql"))
# Run by warehouse.pages.page and warehouse.pages.page_data.
OF_THE_WHOLE_PAGE = {"definition_changes", "release", "sources"}

# Run by warehouse.release.explorer_files.
OF_THE_EXPLORER = {
    f"explore/{name}"
    for name in (
        "accelerators", "facts", "groups", "leading_names", "leading_readings", "memory", "names", "notes", "quarters", "ranks",
        "readings_of_authors", "readings_of_models", "relatives", "source", "tops",
    )
}  # fmt: skip


def test_every_file_is_used_and_every_query_has_a_file():
    of_charts = {f"{chart.key}/finding" for chart in CHARTS} | {
        panel.query for chart in CHARTS for panel in chart.panels
    }
    headlines = {name for name in FILES if name.startswith("headlines/")}
    assert set(FILES) == of_charts | headlines | OF_THE_WHOLE_PAGE | OF_THE_EXPLORER
    assert {name.removeprefix("headlines/") for name in headlines} <= {chart.key for chart in CHARTS}
    for chart in CHARTS:
        assert {panel.query.split("/")[0] for panel in chart.panels} == {chart.key}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_one_select_with_a_sentence_about_it(name):
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    assert text.startswith("-- ")
    assert all(len(line) <= 120 for line in text.splitlines())
    (statement,) = duckdb.extract_statements(text)
    assert statement.type == duckdb.StatementType.SELECT


def test_importing_the_charts_reads_no_query():
    code = (
        "from warehouse.pages import page; from warehouse.pages.queries import page_query; "
        "print(page_query.cache_info().currsize)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "0"
