"""The page of the release: every chart as a table, with its definition, its sources and their licences."""

import datetime
from pathlib import Path

import duckdb
import jinja2

from warehouse.table import Table, quoted
from warehouse.tables import charts

# More rows than this make a page that no one reads and some cannot load; the rest is beside the page.
MOST_ROWS = 200

_TEMPLATE = Path(__file__).with_name("page.html.jinja")


def build_page(database: Path, folder: Path) -> None:
    """Write `index.html` into `folder` from the release's own database; it needs nothing from outside."""
    with duckdb.connect(str(database), read_only=True) as connection:
        write_page(connection, folder)


def write_page(connection: duckdb.DuckDBPyConnection, folder: Path, as_of: datetime.datetime | None = None) -> None:
    """Write `index.html` into `folder` from the tables of `connection`; `as_of`: they are what was believed then."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["figure"] = _figure
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    html = template.render(
        as_of=as_of,
        release=next(iter(_records(connection, "from meta.release order by version desc limit 1")), None),
        origin=_records(connection, "select origin from meta.warehouse")[0]["origin"],
        charts=[_chart(connection, table) for table in charts.TABLES if not table.is_view],
        sources=_records(connection, "from meta.source order by source"),
        collections=_records(
            connection,
            "select * from meta.collection "
            "qualify row_number() over (partition by source order by finished_at desc) = 1 order by source",
        ),
    )
    (folder / "index.html").write_text(html, encoding="utf-8")


def _chart(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, object]:
    rows = connection.execute(f"select count(*) from {table.name}").fetchall()[0][0]
    dated = "period_start" in table.columns and "basis" in table.columns
    newest = "order by basis = 'published' desc, period_start desc" if dated and rows > MOST_ROWS else ""
    return {
        "name": table.name.removeprefix("charts."),
        "description": table.description,
        "columns": table.columns,
        "rows": _records(connection, f"from {table.name} {newest} limit {MOST_ROWS}"),
        "rows_in_all": rows,
        "marks": _marks(connection, table),
    }


def _marks(connection: duckdb.DuckDBPyConnection, table: Table) -> list[dict[str, object]]:
    """Give the changes of definition that a chart shows, each once for all the series that it touches."""
    return _records(
        connection,
        "select period_start, date_precision, source, string_agg(metric, ', ' order by metric) as metrics, what_changed, url "
        f"from charts.definition_mark where chart = {quoted(table.name.removeprefix('charts.'))} "
        "group by all order by period_start, source, metrics",
    )


def _records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, object]]:
    rows = connection.execute(query)
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def _figure(value: object) -> str:
    """Write a value as a reader wants it: a dash where there is none, thousands apart, no false digits."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0").rstrip(".")
        case int():
            return f"{value:,}"
        case datetime.datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case _:
            return str(value)
