"""The pages on speed and cost are what the kept results say; and, on purpose, that the benchmarks run and all agree."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from releases import MODELS, WEEKS

from tests.performance import cost, report
from tests.performance.comparing import Contender, DisagreementError, Terms, compare
from tests.performance.machine import Limits, Machine
from tests.performance.result_files import OURS, PROOF, Results, Run, load, newest

ROOT = Path(__file__).parents[1]
MACHINE = Machine("a processor", 2, 8, "a system", "ext4", "3.11", {}, "abc", "2026-11-16")
TERMS = Terms(repeats=1, budget_s=60)


def empty() -> Results:
    return Results(MACHINE, Limits(1e10, 1e8, 1e9))


@pytest.mark.parametrize(
    ("written", "module", "made"),
    [("performance.md", "tests.performance.report", report.report), ("cost.md", "tests.performance.cost", cost.page)],
)
def test_the_page_is_what_the_kept_results_say(written, module, made):
    page = (ROOT / "docs" / written).read_text(encoding="utf-8")
    assert page == made(load(newest())), f"rebuild it: python -m {module} > docs/{written}"


@pytest.mark.slow
def test_the_bare_job_makes_the_tables_of_a_refresh(releases, tmp_path):
    """What the fixed cost of a refresh is compared with does all of its work."""
    result = tmp_path / "fixed-cost.json"
    command = [sys.executable, "-m", "tests.performance.fixed_cost", "--models", f"{MODELS}", "--weeks", f"{WEEKS}"]
    arguments = ["--runs", "1", "--home", str(releases.home), "--results", str(result)]
    subprocess.run([*command, *arguments], cwd=ROOT, check=True, capture_output=True, timeout=300)
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["tables_that_differ"] == []
    assert found["tables"] > 70
    assert found["contenders"].keys() == {"Dagster", "plain script"}


def test_the_drawing_names_every_step_and_contender_that_was_measured():
    from tests.performance.plot import DRAWING

    drawing = DRAWING.read_text(encoding="utf-8")
    for run in load(newest()).runs:
        if run.is_measured and run.contender != PROOF:
            assert run.contender.replace(": ", ", ") in drawing, "rebuild it: python -m tests.performance.plot"
    assert all(section.heading in drawing for section in report.SECTIONS)


def test_contenders_that_do_not_agree_are_no_comparison(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests" / "support"))  # where their processes find them
    pair = [Contender(OURS, "contenders:one"), Contender("another", "contenders:another")]
    with pytest.raises(DisagreementError, match="do not agree"):
        compare(empty(), TERMS, "walk", 10, pair)


def test_who_would_take_longer_than_the_budget_is_not_run_and_what_is_computed_is_no_measurement():
    results = empty()
    results.replace([Run("walk", "slow", 100, "2026-11-16", 0.0, repeats=1, rows=100, seconds=7.0)])
    compare(results, TERMS, "walk", 1000, [Contender("slow", "contenders:one")])
    (run,) = results.of("walk", 1000)
    assert (run.is_measured, run.expected_seconds, run.seconds) == (False, 70, 0.0)
    assert run.not_run == "not run: over 1 minutes at its rate over 100 models"
    assert results.largest("walk", "slow").models == 100


def test_who_lacks_a_package_is_said_to():
    results = empty()
    compare(results, TERMS, "walk", 10, [Contender("x", "contenders:one", needs="no_such_package")])
    assert results.runs[0].not_run == "no_such_package is not installed; `make bench` installs it"


def test_a_year_is_computed_from_what_was_measured_and_a_lake_only_where_it_was():
    results = empty()
    results.replace(
        [
            _run("walk", models=1000, rows=1000, pages=1, landed_bytes=100_000),
            _run("growth", models=1000, rows=1000),
            _run("lineage", models=1000, rows=1250),
            _run("lineage", PROOF, models=1000, rows=1250, database_bytes=10_000),
            _run("history", models=1000, rows=10_000, bytes=130_000, bytes_beside=50_000, parquet_bytes=40_000),
        ]
    )
    found = cost.rates(results)
    assert found.kept_bytes(found.history) == 52 * 5 + 80 + 10
    assert found.deriving_s == pytest.approx(0.0001 + 2 * 0.001)
    assert cost._walk_s(found, 1_000_000, 500) == 600  # a thousand pages, 500 in 300 s
    page = cost.page(results)
    assert "| lake | not measured | not measured | not measured |" in page
    assert (
        "| lineage is refused: more than 50,000,000 pairs are not believed (`MOST_PAIRS`) | 40 million | 12.8 |" in page
    )
    lake = _run("lake", models=1000, rows=10_000, bytes=100_000, bytes_beside=50_000)
    results.replace([lake])
    assert f"| lake: object store | {cost.TODAY * (52 * 5 + 50 + 10) * 0.025 * 12 / 1e9:,.0f} |" in cost.page(results)


def _run(step: str, name: str = OURS, *, models: int, rows: int, **figures: float) -> Run:
    return Run(step, name, models, "2026-11-16", 0.0, 1, rows, 1.0, 1.0, 10**8, figures=figures)


@pytest.mark.scale
def test_every_step_is_measured_beside_what_others_would_pick(tmp_path):
    pytest.importorskip("dlt")
    from tests.performance import growth, history, lineage, walk

    file = tmp_path / "results.json"
    command = [sys.executable, "-m", "tests.performance", "--quick", "--results", str(file)]
    subprocess.run(command, cwd=ROOT, check=True)
    results = load(file)
    for step, module in (("walk", walk), ("growth", growth), ("lineage", lineage), ("history", history)):
        assert [run.contender for run in results.of(step)] == [one.name for one in module.CONTENDERS]
    assert all(run.is_measured and run.seconds > 0 and run.peak_bytes > 10**7 for run in results.runs)
    parts = {name.partition(":")[0] for name in results.largest("walk").stages}
    assert parts == {"HTTP", "landing", "parse", "load"}
    assert json.loads(file.read_bytes())["machine"]["cores"] >= 1
    assert "## Lineage" in report.report(results)
    assert "lake" in cost.page(results)
