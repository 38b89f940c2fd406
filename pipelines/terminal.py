"""What a person at the terminal sees: the walk's progress, and a summary that fits on a screen."""

from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb
from rich.console import Console, Group
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from pipelines.refresh import ExitCode, Outcome
from pipelines.resources import ProgressLog
from pipelines.sources.errors import legible
from pipelines.sources.hugging_face import PAGE_SIZE
from pipelines.sources.hugging_face import Progress as WalkProgress
from warehouse.publication import DATABASE
from warehouse.tables.events import ALERTS

console = Console(stderr=True, highlight=False)


class TerminalProgress(ProgressLog):
    """Draws a bar for the walk: pages, models, what is left of the quota, time to go."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:,.0f} pages"),
            TextColumn("{task.fields[models]} models"),
            TextColumn("{task.fields[quota]}"),
            TimeElapsedColumn(),
            TextColumn("to go"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "TerminalProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def walk(self, progress: WalkProgress, context: dg.AssetExecutionContext) -> None:
        """Move the bar."""
        super().walk(progress, context)
        if self._task is None or progress.pages == 1:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task("walking over the Hub", total=None, models="0", quota="")
        expected = progress.expected_rows
        quota = progress.quota
        self._bar.update(
            self._task,
            completed=progress.pages,
            total=-(-expected // PAGE_SIZE) if expected else None,
            models=f"{progress.rows:,}",
            quota=f"{quota.remaining:,} calls left for {timedelta(seconds=quota.resets_in_s)}" if quota else "",
        )


def report(outcome: Outcome, published: Path) -> None:
    """Print what came of a refresh: what failed and why, what is published, and where it is."""
    for step, why in outcome.failures.items():
        verdict = "" if why.startswith("skipped: ") else "[bold red]failed[/] "
        console.print(f"{verdict}{escape(step.replace('__', '/'))}: {escape(why)}")
    database = published / DATABASE
    if outcome.exit_code == ExitCode.NOTHING_PUBLISHED:
        stands = (
            f"the last release stands as it was, in {published}" if database.exists() else "there is no release yet"
        )
        console.print(f"[bold red]Nothing was published[/]: {escape(stands)}.")
        return
    with duckdb.connect(str(database), read_only=True) as connection:
        Console(highlight=False).print(_summary(connection))
    for what, place in (("database", DATABASE), ("parquet", "parquet"), ("page", "index.html"), ("feed", "feed.xml")):
        print(f"{what:<10}{published / place}")
    if outcome.exit_code == ExitCode.SOURCE_MISSING:
        console.print("[bold yellow]Published without the sources above[/]: what they said before stands as it was.")


def _summary(connection: duckdb.DuckDBPyConnection) -> Group:
    version, moment, weeks = connection.execute(
        "select version, published_at, weeks from meta.release order by version desc limit 1"
    ).fetchall()[0]
    return Group(
        Text(f"Release {version} of {moment:%Y-%m-%d %H:%M} UTC, {weeks} weeks of the Hub", style="bold"),
        _tables(connection),
        _headlines(connection),
        _collections(connection),
        _alerts(connection),
    )


def _tables(connection: duckdb.DuckDBPyConnection) -> Table:
    names = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where not internal order by 1"
    ).fetchall()
    table = Table("table", "rows", "table", "rows", box=None, padding=(0, 1), header_style="dim")
    for column in (1, 3):
        table.columns[column].justify = "right"
    cells = [(name, f"{connection.execute(f'select count(*) from {name}').fetchall()[0][0]:,}") for (name,) in names]
    height = -(-len(cells) // 2)
    for row in range(height):
        picked = [cells[i] for i in range(row, len(cells), height)]
        table.add_row(*(text for cell in picked for text in cell))
    return table


def _headlines(connection: duckdb.DuckDBPyConnection) -> Table:
    rows = connection.execute(
        """
        select metric, first_value, last_value, first_day, last_day, week_pct
        from (
            select
                metric,
                arg_min(value, period_start) as first_value,
                arg_max(value, period_start) as last_value,
                min(period_start) as first_day,
                max(period_start) as last_day
            from core.observation_latest where basis = 'measured' and entity = 'all models' group by metric
        )
        left join (
            select metric, arg_max(growth_pct, period_end) as week_pct
            from growth.rate where grain = 'week' and basis = 'measured' and entity = 'all models' group by metric
        ) using (metric)
        order by metric
        """
    ).fetchall()
    table = Table(
        "measured", "first week", "newest week", "growth", "last week", box=None, padding=(0, 1), header_style="dim"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for metric, first, last, first_day, last_day, week_pct in rows:
        growth = f"{100 * (last / first - 1):+.1f}%" if first and last_day > first_day else ""
        week = f"{week_pct:+.2f}%" if week_pct is not None else ""
        table.add_row(metric, f"{first:,.0f}", f"{last:,.0f}", growth, week)
    return table


def _collections(connection: duckdb.DuckDBPyConnection) -> Text:
    rows = connection.execute(
        "select source, status, week, coalesce(reason, '') from meta.collection "
        "qualify row_number() over (partition by source order by finished_at desc) = 1 order by source"
    ).fetchall()
    return Text(
        "\n".join(f"{source:<30}{status:<10}week of {week}  {reason}".rstrip() for source, status, week, reason in rows)
    )


def _alerts(connection: duckdb.DuckDBPyConnection) -> Text:
    """Give the alerts that came with this release, each with the place that says what to do."""
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
        "\n".join(f"{legible(statement)} To do: docs/operations.md#{kind}" for kind, statement in rows), style="yellow"
    )
