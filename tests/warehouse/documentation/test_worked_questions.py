"""The published file for its users: the guide, the macros, and the worked questions."""

import re
import runpy
from pathlib import Path

import duckdb
import pytest
from warehouses import FORMULA_ARGUMENTS, warehouse_at

from warehouse.database.connection import writing
from warehouse.documentation.worked_questions import questions
from warehouse.tables.macros import MACROS, SCALAR_MACROS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def release(demo_release):
    """Return a connection to the published file, as an analyst opens it."""
    with duckdb.connect(str(demo_release / "tidegauge.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def test_the_worked_questions_have_these_answers(release):
    written = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
    assert questions(release) == written, "rebuild it, as the page says"
    assert written.count("```sql") >= 10
    assert not re.search(r"\|\n\n(?=[^|]*\n\n##)[^|]*\|---\|\n\n", written), "a question without an answer"


def test_the_guide_names_existing_tables(release):
    there = {
        name
        for (name,) in release.execute(
            "select schema_name || '.' || table_name from duckdb_tables() union all "
            "select schema_name || '.' || view_name from duckdb_views() union all "
            "select schema_name || '.' || function_name from duckdb_functions()"
        ).fetchall()
    }
    guide = release.execute("select look_in, example from meta.question").fetchall()
    named = {name for look_in, _ in guide for name in re.findall(r"\w+\.\w+", look_in)}
    assert named <= there
    assert {macro.name for macro in MACROS} <= named, "each macro is in the guide"
    for _, example in guide:
        assert release.execute(example).fetchall(), example


def test_macros_are_described_and_return_the_declared_columns(release):
    found = release.execute(
        "select schema_name || '.' || function_name, comment, parameters from duckdb_functions() "
        "where function_type = 'table_macro' and not internal"
    ).fetchall()
    assert {name: parameters for name, _, parameters in found} == {m.name: list(m.parameters) for m in MACROS}
    assert all(comment for _, comment, _ in found)
    calls = {"core.observation_as_of": "now()", "core.family": "'llama'", "growth.top_models": "'1 week'"}
    for macro in MACROS:
        described = release.execute(f"describe from {macro.name}({calls[macro.name]})").fetchall()
        types = {name: type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ") for name, type, *_ in described}
        assert types == {name: column.type for name, column in macro.columns.items()}


def test_formulas_are_described_and_return_what_they_declare(release):
    found = release.execute(
        "select schema_name || '.' || function_name, comment, parameters from duckdb_functions() "
        "where function_type = 'macro' and not internal"
    ).fetchall()
    assert {name: parameters for name, _, parameters in found} == {m.name: list(m.parameters) for m in SCALAR_MACROS}
    assert all(comment for _, comment, _ in found)
    for macro in SCALAR_MACROS:
        arguments = ", ".join(FORMULA_ARGUMENTS.get(name, "1::bigint") for name in macro.parameters)
        described = release.execute(f"describe select {macro.name}({arguments}) as result").fetchall()
        assert described[0][1] == macro.result.type


def test_the_change_is_in_percent_of_the_earlier_figure(release):
    changes = "growth.change_pct(15, 10), growth.change_pct(0, 10), growth.change_pct(1, 0), growth.change_pct(null, 1)"
    assert release.execute(f"select {changes}").fetchone() == (50.0, -100.0, None, None)


def test_macros_can_be_read_by_the_first_duckdb_that_opens_the_file():
    for macro in MACROS:
        assert not re.search(r"^\s*\(?with\b", macro.ddl(), re.IGNORECASE | re.MULTILINE), macro.name


def test_a_family_has_as_many_members_as_its_chart_says(release):
    families = release.execute(
        "select family, transitive, direct from charts.model_derivatives where basis = 'measured' "
        "qualify period_start = max(period_start) over ()"
    ).fetchall()
    assert any(transitive for _, transitive, _ in families)
    for family, transitive, direct in families:
        counted = release.execute(
            "select count(*), count(*) filter (depth = 1) from core.family(?)", [family]
        ).fetchall()
        assert counted == [(transitive, direct)], family
    assert release.execute("select count(*) from core.family where family = 'llama'").fetchall()[0][0] > 0, "the table"
    with pytest.raises(duckdb.Error, match=r"there is no family lama; choose one of: .*llama"):
        release.execute("from core.family('lama')")


def test_the_top_models_are_those_of_growth_model(release):
    week = release.execute("select max(week) from core.model_week").fetchall()[0][0]
    # Compare with the view of all models and weeks.
    expected = release.execute(
        """
        select hub_id, downloads_30d, change_pct_1_week, rank from growth.model
        where week = ? and rank <= 50 and change_pct_1_week is not null
        order by change_pct_1_week desc, downloads_30d desc
        """,
        [week],
    ).fetchall()
    largest = release.execute("select count(*) from growth.model where week = ? and rank <= 50", [week]).fetchall()[0][
        0
    ]
    found = release.execute(
        "select hub_id, downloads_30d, growth_pct, rank from growth.top_models('1 week', 7, ?, minimum := 1)",
        [largest],
    ).fetchall()
    assert len(found) == 7
    assert [row[1:] for row in found] == [pytest.approx(row[1:]) for row in expected[:7]]
    with pytest.raises(duckdb.Error, match="period is one of 1 week, 4 weeks, 13 weeks and 52 weeks; found 5 weeks"):
        release.execute("from growth.top_models('5 weeks')")
    with pytest.raises(duckdb.Error, match="found 5"):
        release.execute("from growth.top_models(5)")
    with pytest.raises(duckdb.Error, match="there is no reading of the week of 2026-08-17, 4 weeks before the newest"):
        release.execute("from growth.top_models('4 weeks')")


def test_freshness_lists_stale_sources(tmp_path):
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:
        connection.execute(
            """
            insert into meta.release by name
            select
                1 as version, timestamptz '2026-11-16 06:00:00Z' as published_at, 1 as weeks, 1 as schema_version,
                map {} as checksums;
            insert into meta.collection by name
            select run as run_id, source, date '2026-11-16' as week, ended as started_at, ended as finished_at, status, reason
            from (values
                ('1', 'fresh', timestamptz '2026-11-08 07:00:00Z', 'complete', null),
                ('2', 'fresh', timestamptz '2026-11-16 05:00:00Z', 'failed', 'it was down'),
                ('1', 'old', timestamptz '2026-11-08 05:59:00Z', 'complete', null),
                ('1', 'never', timestamptz '2026-11-16 05:00:00Z', 'skipped', 'no key')
            ) as t(run, source, ended, status, reason)
            """
        )
        found = connection.execute(
            "select source, is_stale, round(days_at_release, 2), last_status, last_reason from meta.freshness order by source"
        ).fetchall()
    assert found == [
        ("fresh", False, 7.96, "failed", "it was down"),
        ("never", True, None, "skipped", "no key"),
        ("old", True, 8.04, "complete", None),
    ]


def test_the_notebook_draws_from_the_published_file_and_says_what_to_do_without_one(
    demo_release, tmp_path, monkeypatch
):
    def shown(home: Path) -> str:
        monkeypatch.setenv("TIDEGAUGE_HOME", str(home))
        outputs, _ = runpy.run_path(str(ROOT / "docs" / "notebook.py"))["app"].run()
        return " ".join(output.text for output in outputs if output is not None)

    text = shown(demo_release.parent.parent)
    assert "made up" in text
    assert "What may be done with open models" in text
    assert text.count("vega") >= 2
    assert "There is no release yet" in shown(tmp_path)
