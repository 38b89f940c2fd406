"""The terminal output of a refresh: one progress line while it runs, and a summary at its end."""

import json
import os
import shlex
import shutil
import sys
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from assets.http.errors import printable
from assets.hub.resources import ProgressLog
from assets.hub.walk import PAGE_SIZE
from assets.hub.walk import Progress as WalkProgress
from pipelines.console import ExitCode, console
from pipelines.outcome import PUSH_STEP, SKIPPED, Outcome, is_skipped
from warehouse.release.publish import DATABASE
from warehouse.tables.events import ALERTS

VERDICTS = {
    ExitCode.WELL: "succeeded",
    ExitCode.NOTHING_PUBLISHED: "failed",
    ExitCode.SOURCE_MISSING: "published, but a source is missing",
}
# The weekly figures of the summary: metrics of core.metric, of all models.
HEADLINES = ("hub_downloads_30d", "hub_models")
EXAMPLE = (
    "select family, models, downloads_30d, change_pct_1_week from growth.family "
    "where level = 1 order by week desc, rank limit 10"
)


class TerminalProgress(ProgressLog):
    """One progress line: week, step, pages of the walk, estimated time left.

    If the output is not a terminal, there is no such line; a demonstration prints a line for each week instead.
    """

    def __init__(self) -> None:
        self._week, self._weeks, self._label = 1, 1, ""
        self._week_began = time.monotonic()
        self._week_took: float | None = None
        self._step, self._steps, self._name = 0, 0, ""
        self._walk: WalkProgress | None = None
        self._walk_began, self._walk_began_at = 0.0, 0
        self._shown = ExitStack()

    def __enter__(self) -> "TerminalProgress":
        if console.is_terminal:
            # Dagster redirects the output of a step into a file; keep a file descriptor of the terminal.
            terminal = self._shown.enter_context(os.fdopen(os.dup(console.file.fileno()), "w", encoding="utf-8"))
            self._shown.enter_context(
                Live(
                    get_renderable=self._line,
                    console=Console(file=terminal, highlight=False),
                    transient=True,
                    redirect_stdout=False,
                    redirect_stderr=False,
                )
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._shown.close()

    def week(self, number: int, weeks: int, now: datetime) -> None:
        """Start the simulated week `number` of `weeks`, counted from 1, at the time `now`."""
        self._week, self._weeks, self._label = number, weeks, f"{now:%Y-%m-%d}"
        self._week_began = time.monotonic()
        self._step = self._steps = 0

    def week_done(self, verdict: ExitCode) -> None:
        """End the week; without a terminal, print its result."""
        self._week_took = time.monotonic() - self._week_began
        if not console.is_terminal:
            to_go = self._week_took * (self._weeks - self._week) if verdict == ExitCode.WELL else 0
            console.print(" · ".join([*self._whens(), VERDICTS[verdict], *_to_go(to_go)]), markup=False)

    def begin(self, steps: int) -> None:
        """Start a run of `steps` steps."""
        self._step, self._steps, self._walk = 0, steps, None

    def step(self, key: str) -> None:
        """Start the step `key` of the run."""
        self._step, self._name, self._walk = self._step + 1, key.rpartition("__")[2], None

    def walk(self, progress: WalkProgress, context: dg.AssetExecutionContext) -> None:
        """Show the progress of the walk, and write it to the log of the run."""
        super().walk(progress, context)
        if self._walk is None:
            self._walk_began, self._walk_began_at = time.monotonic(), progress.pages
        self._walk = progress

    def _line(self) -> Text:
        at = f"step {self._step} of {self._steps}: {self._name}" if self._step else "starting"
        parts = [*self._whens(), at, *_to_go(self._seconds_to_go())]
        if self._walk and not self._label:
            pages = f" of {_pages(self._walk.expected_rows):,}" if self._walk.expected_rows else ""
            parts += [f"{self._walk.pages:,}{pages} pages", f"{self._walk.rows:,} models"]
            if quota := self._walk.quota:
                parts.append(f"{quota.remaining:,} calls left for {timedelta(seconds=quota.resets_in_s)}")
        return Text(" · ".join(parts), no_wrap=True, overflow="ellipsis")

    def _whens(self) -> list[str]:
        return [f"week {self._week} of {self._weeks}", self._label] if self._label else []

    def _seconds_to_go(self) -> float:
        """Return the estimated seconds left, from the week before or the pages of a walk; 0 without an estimate."""
        now = time.monotonic()
        spent = now - self._week_began
        if self._label:
            if self._week_took is not None:
                return max(self._week_took - spent, 0) + self._week_took * (self._weeks - self._week)
            # The first week: steps differ in length, so there is no estimate until some of them have ended.
            done = (self._step - 1) / self._steps if self._steps else 0
            return spent / done * (self._weeks - done) if done >= 0.1 else 0
        if self._walk and self._walk.expected_rows and self._walk.pages > self._walk_began_at:
            for_a_page = (now - self._walk_began) / (self._walk.pages - self._walk_began_at)
            return for_a_page * max(_pages(self._walk.expected_rows) - self._walk.pages, 0)
        return 0


def _pages(rows: int) -> int:
    return -(-rows // PAGE_SIZE)


def _to_go(seconds: float) -> list[str]:
    if seconds < 1:
        return []
    return [f"{timedelta(seconds=round(seconds))} to go".removeprefix("0:").removeprefix("0")]


def report(outcome: Outcome, published: Path, *, demo: bool = False, verbose: bool = False) -> None:
    """Print the result of a refresh: failures, the growth of the headline series, and where the published files are.

    `demo`: it was a demonstration. `verbose`: add the rows of each table, each measured series and each source.
    """
    if outcome.offline is not None:
        console.print(f"[bold red]failed[/] {escape(outcome.offline)}")
    else:
        for step, why in outcome.failures.items():
            verdict = "" if is_skipped(why) else "[bold red]failed[/] "
            console.print(f"{verdict}{escape(step.replace('__', '/'))}: {escape(why)}")
    database = published / DATABASE
    if outcome.exit_code == ExitCode.NOTHING_PUBLISHED:
        stands = f"the last release is unchanged, in {published}" if database.exists() else "there is no release yet"
        console.print(f"[bold red]Nothing was published[/]: {escape(stands)}.")
        return
    with duckdb.connect(str(database), read_only=True) as connection:
        Console(highlight=False).print(_summary(connection, outcome, verbose))
    program = "tidegauge" if _is_on_path("tidegauge") else str(_beside_python("tidegauge"))
    for what, how in (
        ("page", published / "index.html"),
        ("database", database),
        ("parquet", published / "parquet"),
        ("feed", published / "feed.xml"),
        ("ui", f"{shlex.quote(program)} ui{' --demo' if demo else ''}"),
        ("query", query(database)),
    ):
        print(f"{what:<10}{how}")
    # The reason of a push says itself what was kept.
    if any(step != PUSH_STEP and not is_skipped(why) for step, why in outcome.failures.items()):
        console.print("[bold yellow]Published without the sources above[/]: their earlier figures stay as they were.")


def query(database: Path) -> str:
    """Return a shell command that queries the database with this Python and no other program."""
    script = f"duckdb.connect({json.dumps(str(database))}, read_only=True).sql({json.dumps(EXAMPLE)}).show()"
    return shlex.join([sys.executable, "-c", f"import duckdb; {script}"])


def _beside_python(program: str) -> Path:
    return Path(sys.executable).parent / program


def _is_on_path(program: str) -> bool:
    found = shutil.which(program)
    return found is not None and Path(found).resolve() == _beside_python(program).resolve()


def _summary(connection: duckdb.DuckDBPyConnection, outcome: Outcome, verbose: bool) -> Group:
    version, moment, weeks, origin = connection.execute(
        "select version, published_at, weeks, origin from meta.release cross join meta.warehouse "
        "order by version desc limit 1"
    ).fetchall()[0]
    rows = _rows_of_tables(connection)
    made_up = " All measured figures are made up by the sandbox." if origin == "sandbox" else ""
    title = (
        f"Release {version} of {moment:%Y-%m-%d %H:%M} UTC: {weeks} weeks of the Hub, "
        f"{sum(rows.values()):,} rows in {len(rows)} tables.{made_up}"
    )
    details = [_tables(rows)] if verbose else []
    growth, alerts = _growth(connection, verbose), _alerts(connection)
    return Group(Text(title, style="bold"), *details, growth, _collections(connection, outcome, verbose), alerts)


def _rows_of_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    names = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where not internal order by 1"
    ).fetchall()
    return {name: connection.execute(f"select count(*) from {name}").fetchall()[0][0] for (name,) in names}


def _tables(rows: dict[str, int]) -> Table:
    table = Table("table", "rows", "table", "rows", box=None, padding=(0, 1), header_style="dim")
    for column in (1, 3):
        table.columns[column].justify = "right"
    cells = [(name, f"{number:,}") for name, number in rows.items()]
    height = -(-len(cells) // 2)
    for row in range(height):
        picked = [cells[i] for i in range(row, len(cells), height)]
        table.add_row(*(text for cell in picked for text in cell))
    return table


def _growth(connection: duckdb.DuckDBPyConnection, verbose: bool) -> Table:
    """Return the headline series (`verbose`: every measured series of all models), and the fastest growth of the last week.

    Only the ten widest families with the most downloads are compared: small ones double by chance.
    """
    rows = connection.execute(
        """
        with series as (
            select
                metric,
                arg_min_null(value, period_start) as first_value,
                arg_max_null(value, period_start) as last_value,
                min(period_start) < max(period_start) as has_past
            from core.observation_latest
            where basis = 'measured' and entity = 'all models' and ($every or list_contains($headlines, metric))
            group by metric
        ),
        weekly as (
            select metric, entity, value_end, growth_pct from growth.rate
            where grain = 'week' and basis = 'measured'
            qualify period_end = max(period_end) over (partition by metric)
        ),
        family as (
            select * from growth.family
            where week = (select max(week) from growth.family) and level = 1 and rank <= 10
                and change_pct_1_week is not null
            order by change_pct_1_week desc, family limit 1
        ),
        subreddit as (
            select * from weekly where metric = 'subreddit_subscribers' and growth_pct is not null
            order by growth_pct desc, entity limit 1
        )
        select
            title, last_value, unit, growth_pct,
            if(has_past and first_value > 0, 100 * (last_value / first_value - 1), null) as all_pct
        from series
        join core.metric using (metric)
        left join weekly on weekly.metric = series.metric and entity = 'all models'
        union all
        select 'Fastest of ten families: ' || family, downloads_30d, 'downloads', change_pct_1_week, null from family
        union all
        select 'Fastest subreddit: ' || entity, value_end, 'members', growth_pct, null from subreddit
        """,
        {"every": verbose, "headlines": list(HEADLINES)},
    ).fetchall()
    table = Table(
        "measured", "newest week", "last week", "all weeks",
        box=None, padding=(0, 1), pad_edge=False, header_style="dim",
    )  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    for what, value, unit, week_pct, all_pct in rows:
        week = f"{week_pct:+.2f}%" if week_pct is not None else ""
        whole = f"{all_pct:+.1f}%" if all_pct is not None else ""
        newest = f"{value:,.0f} {unit}" if value is not None else "not known"
        table.add_row(escape(printable(what)), newest, week, whole)
    return table


def _collections(connection: duckdb.DuckDBPyConnection, outcome: Outcome, verbose: bool) -> Text:
    """Return the number of complete sources, and a line for each of the others; `verbose`: for each source.

    A partial source is shown with the items that it lacks; their reasons are in meta.set_aside_item. What `report` has
    printed of this run already is not repeated.
    """
    rows = connection.execute(
        """
        with lacking as (
            select source, week, string_agg(item, ', ' order by item) as items from meta.set_aside_item group by all
        )
        select source, status, week, coalesce(if(status = 'partial', 'without ' || items, null), reason, '')
        from meta.collection
        left join lacking using (source, week)
        qualify row_number() over (partition by source order by finished_at desc) = 1
        order by source
        """
    ).fetchall()
    told = {" ".join(why.removeprefix(SKIPPED).split()) for why in outcome.failures.values()}
    shown = [row for row in rows if verbose or (row[1] != "complete" and row[3] not in told)]
    whole = sum(status == "complete" for _, status, _, _ in rows)
    lines = [f"{source:<30}{status:<10}week of {week}  {reason}".rstrip() for source, status, week, reason in shown]
    return Text("\n".join([f"Complete sources: {whole} of {len(rows)}.", *lines]))


def _alerts(connection: duckdb.DuckDBPyConnection) -> Text:
    """Return the alerts of this release, each with the section of the documentation about it."""
    rows = connection.execute(
        """
        select kind, statement
        from meta.event
        where list_contains(?, kind) and is_news and recorded_at > (
            select coalesce(max(published_at), '-infinity') from meta.release
            where version < (select max(version) from meta.release)
        )
        order by event
        """,
        [list(ALERTS)],
    ).fetchall()
    return Text(
        "\n".join(f"{printable(statement)} To do: docs/operations.md#{kind}" for kind, statement in rows),
        style="yellow",
    )
