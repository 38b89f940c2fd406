"""The terminal output of a refresh: the progress line, and the summary."""

import os
import pty
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.commands import terminal
from pipelines.commands.terminal import TerminalProgress
from pipelines.outcome import Outcome
from pipelines.refresh import ExitCode

MONDAY = datetime(2026, 9, 14, 6, tzinfo=UTC)
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Time:
    """Stands in for the clock of `pipelines.commands.terminal`."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


# The small sandbox has no organisation bigcode, and always one filing with a damaged tag.
ITEMS_MISSING = ("sandbox_epoch_benchmarks", "sandbox_hub_organisations", "sandbox_sec_form_d")


@pytest.fixture
def clock(monkeypatch):
    clock = Time()
    monkeypatch.setattr(terminal, "time", clock)
    return clock


def shown(progress: TerminalProgress) -> str:
    return str(progress._line())


def test_the_line_says_week_step_and_time_to_go(clock):
    progress = TerminalProgress()
    assert shown(progress) == "starting"
    progress.week(1, 12, MONDAY)
    progress.begin(40)
    progress.step("hub__walk")
    assert shown(progress) == "week 1 of 12 · 2026-09-14 · step 1 of 40: walk", "nothing is known of the time yet"
    for _ in range(20):
        progress.step("charts")
    clock.seconds += 10
    assert shown(progress).endswith("step 21 of 40: charts · 3:50 to go"), (
        "half of the first week took 10 of 240 seconds"
    )
    clock.seconds += 10
    progress.week_done(ExitCode.WELL)
    progress.week(2, 12, MONDAY)
    progress.begin(40)
    clock.seconds += 5
    assert shown(progress) == "week 2 of 12 · 2026-09-14 · starting · 3:35 to go", "as long as the week before"
    clock.seconds += 95
    assert shown(progress).endswith(" · 3:20 to go"), "a slow week does not shorten those that follow"
    assert len(shown(progress)) < 80


def test_the_line_of_a_live_refresh_has_the_walk_and_forgets_it_with_its_step(clock, walked):
    progress = TerminalProgress()
    progress.begin(40)
    progress.step("hub__walk")
    walked(progress, pages=1, quota=(400, 200))
    assert shown(progress) == "step 1 of 40: walk · 1 of 3,200 pages · 1,000 models · 400 calls left for 0:03:20"
    clock.seconds += 60
    walked(progress, pages=201, quota=None)
    assert shown(progress) == "step 1 of 40: walk · 15:00 to go · 201 of 3,200 pages · 201,000 models"
    progress.step("core__model")
    assert shown(progress) == "step 2 of 40: model"


@pytest.fixture
def walked(monkeypatch, tmp_path):
    """Return a function that tells of a walk over 3,199,500 models, whose log is not looked at here."""
    from assets.http.client import Quota
    from assets.hub.resources import ProgressLog
    from assets.hub.walk import Progress
    from assets.landing.walk_folder import WalkFolder

    monkeypatch.setattr(ProgressLog, "walk", lambda *_: None)

    def tell(progress, pages, quota):
        left = Quota(limit=500, remaining=quota[0], resets_in_s=quota[1], window_s=300) if quota else None
        progress.walk(Progress(WalkFolder(tmp_path), pages, pages * 1000, 3_199_500, left), None)

    return tell


def test_without_a_terminal_a_week_has_one_line(clock, capsys):
    with TerminalProgress() as progress:
        for number, verdict in ((1, ExitCode.WELL), (2, ExitCode.NOTHING_PUBLISHED)):
            progress.week(number, 12, MONDAY)
            progress.begin(40)
            progress.step("charts")
            clock.seconds += 7
            progress.week_done(verdict)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "week 1 of 12 · 2026-09-14 · succeeded · 1:17 to go",
        "week 2 of 12 · 2026-09-14 · failed",
    ]


def test_the_summary_is_the_answer_and_what_to_open_next(demo_release, capsys):
    terminal.report(Outcome(ExitCode.WELL, {}), demo_release, demo=True)
    out = capsys.readouterr().out
    lines = out.splitlines()
    # Three sources of the sandbox lack an item each, and an alert about one of them takes up to four lines.
    partial = [line for line in lines if re.match(r"sandbox_\w+ +partial +week of [-0-9]+ +without", line)]
    assert len(partial) == 3
    assert len(lines) - len(partial) - 4 < 20
    with duckdb.connect(str(demo_release / "tidegauge.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where not internal"
        ).fetchall()
        rows = sum(connection.execute(f"select count(*) from {name}").fetchall()[0][0] for (name,) in tables)
        downloads, last_week = connection.execute(
            "select downloads, growth_pct from charts.hub_downloads where series = 'hub_downloads_30d' "
            "order by period_start desc limit 1"
        ).fetchall()[0]
        slower = connection.execute(
            "select count(*) from charts.community where platform = 'Reddit' and basis = 'measured' and $entity = entity "
            "and growth_pct < (select max(growth_pct) from charts.community as other where other.platform = 'Reddit' "
            "and other.basis = 'measured' and other.period_start = community.period_start) "
            "and period_start = (select max(period_start) from charts.community where basis = 'measured')",
            {"entity": re.findall(r"Fastest subreddit: (\S+)", out)[0]},
        ).fetchall()
    first_sentences = " ".join(" ".join(lines[:2]).split())  # wrapped at the width of the terminal
    assert f"{rows:,} rows in {len(tables)} tables" in first_sentences
    assert "made up by the sandbox" in first_sentences
    assert re.search(rf"Downloads over 30 days +{downloads:,} downloads +{re.escape(f'{last_week:+.2f}%')} ", out)
    assert slower == [(0,)]
    assert re.search(r"Fastest of ten families: \S+ +[0-9,]+ downloads +[+-]", out)
    assert f"page      {demo_release / 'index.html'}" in lines
    assert re.search(r"^ui        .*tidegauge ui --demo$", out, re.MULTILINE)
    assert not any(name in out for (name,) in tables if name != "growth.family"), "rows per table are for -v"
    assert (
        max(len(line) for line in lines if not line.startswith(("page", "database", "parquet", "feed", "ui", "query")))
        <= 80
    )


def test_the_summary_at_length_has_every_table_series_and_source(demo_release, capsys):
    terminal.report(Outcome(ExitCode.WELL, {}), demo_release, demo=True, verbose=True)
    out = capsys.readouterr().out
    with duckdb.connect(str(demo_release / "tidegauge.duckdb"), read_only=True) as connection:
        for (table,) in connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where not internal"
        ).fetchall():
            rows = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
            assert re.search(rf"{re.escape(table)} +{rows:,} ", out), table
        for (source,) in connection.execute("select distinct source from meta.collection").fetchall():
            assert re.search(
                rf"^{source} +{'partial' if source in ITEMS_MISSING else 'complete'} ", out, re.MULTILINE
            ), source
        series = connection.execute(
            "select distinct title from core.observation_latest join core.metric using (metric) "
            "where entity = 'all models' and basis = 'measured'"
        ).fetchall()
    assert len(series) > len(terminal.HEADLINES)
    assert all(title in out for (title,) in series)


def test_a_missing_newest_figure_is_not_replaced_by_an_older_one():
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema core; create schema growth;
            create table core.observation_latest as
                select 'hub_downloads_all_time' as metric, 'all models' as entity, 'measured' as basis, *
                from (values (date '2026-09-07', 5.0), (date '2026-09-14', null)) as reading (period_start, value);
            create table core.metric as
                select 'hub_downloads_all_time' as metric, 'Downloads of all time' as title, 'downloads' as unit;
            create table growth.rate (
                metric varchar, entity varchar, value_end double, growth_pct double, grain varchar, basis varchar, period_end date
            );
            create table growth.family (
                week date, family varchar, level integer, rank integer, downloads_30d bigint, change_pct_1_week double
            )
            """
        )
        table = terminal._growth(connection, verbose=True)
    assert [list(column.cells) for column in table.columns] == [["Downloads of all time"], ["not known"], [""], [""]]


def test_the_query_works_as_printed(demo_release, capsys, tmp_path):
    terminal.report(Outcome(ExitCode.WELL, {}), demo_release, demo=True)
    (command,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("query "))
    answer = subprocess.run(
        ["/bin/sh", "-c", command.removeprefix("query ")], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "downloads_30d" in answer.stdout
    assert "llama" in answer.stdout


def test_the_query_works_for_a_folder_of_any_name(tmp_path):
    folder = tmp_path / """it's "odd" $HOME `x` \\ é"""
    folder.mkdir()
    with duckdb.connect(str(folder / "a.duckdb")) as connection:
        connection.execute("create schema growth")
        connection.execute(
            "create table growth.family as select 'llama' as family, 1 as models, 2 as downloads_30d, 3.5 as change_pct_1_week, "
            "date '2026-09-14' as week, 1 as level, 1 as rank"
        )
    answer = subprocess.run(
        ["/bin/sh", "-c", terminal.query(folder / "a.duckdb")], capture_output=True, text=True, check=True
    )
    assert "llama" in answer.stdout


@pytest.mark.slow
def test_a_demonstration_shows_where_it_is_and_ends_with_the_answer(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TIDEGAUGE_PUSH_TO", str(tmp_path / "www"))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    command = [str(Path(sys.executable).parent / "tidegauge"), "demo", "--weeks", "1", "--models", "100"]
    ours, theirs = pty.openpty()
    seen: list[bytes] = []
    reading = threading.Thread(target=_read, args=(ours, seen))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as running:
        os.close(theirs)
        reading.start()
        out, _ = running.communicate()
        reading.join()
    os.close(ours)
    told = CONTROL.sub("", b"".join(seen).decode())
    assert running.returncode == 0, told
    steps = [
        (int(step), int(of)) for step, of in re.findall(r"week 1 of 1 · 2026-08-31 · step (\d+) of (\d+): \w+", told)
    ]
    assert len({step for step, _ in steps}) > 10, "the line moves while steps run, though their output goes into a file"
    assert {of for _, of in steps} == {max(step for step, _ in steps)}
    assert re.search(r"\d:\d\d to go", told)
    assert str(tmp_path / "home" / "demo" / "published" / "tidegauge.duckdb") in out
    assert "charts.hub_downloads" not in out
    assert not (tmp_path / "www").exists(), "made-up figures are not pushed to the address of real ones"


def _read(terminal: int, seen: list[bytes]) -> None:
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # the other end is closed
            return
        if not part:
            return
        seen.append(part)
