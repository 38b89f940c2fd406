"""Write the charts page of a release: one self-contained file, and a page to embed for each chart."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2
from markupsafe import Markup

from warehouse.pages import finder, theme, vega_bundle
from warehouse.pages.charts.registry import CHARTS, FAMILIES
from warehouse.pages.headlines import FEWEST_READINGS, HEIGHT, WIDTH, common_day, read_headlines
from warehouse.pages.method_pages import method, names
from warehouse.pages.page_data import ChartData, read_changes, read_chart, read_sources, records
from warehouse.pages.queries import page_query
from warehouse.pages.text_macros import create_text_macros

PAGE = "index.html"
EMBED = "embed"
_HERE = Path(__file__).parent


def build_page(database: Path, folder: Path, known: dict[str, Any] | None = None) -> None:
    """Write the page into `folder` from the database of a release; `known` has the names that it can find, if any."""
    with duckdb.connect(str(database), read_only=True) as connection:
        write_page(connection, folder, known=known)


def write_page(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    as_of: datetime | None = None,
    known: dict[str, Any] | None = None,
) -> None:
    """Write the page into `folder` from the tables of `connection`, which hold the state of `as_of` if it is given."""
    create_text_macros(connection)
    release = next(iter(records(connection, page_query("release"))), None)
    published = datetime.fromtimestamp(release["published_us"] / 1e6, UTC) if release else None
    now = datetime.now(UTC)
    # No source is stale on a day in the future.
    moment = min(as_of, max(now, published or now)) if as_of else published or now
    sources = read_sources(connection, moment)
    changes = read_changes(connection)
    contents = {
        chart.key: read_chart(connection, chart, changes.get(chart.key, []), sources, moment) for chart in CHARTS
    }
    templates = environment()
    script, style = _text("page.js"), page_style()
    maker = f"Tidegauge, release {release['version']}" if release else "Tidegauge"
    common = {
        "maker": f"{maker}, as believed on {as_of:%Y-%m-%d %H:%M} UTC" if as_of else maker,
        "as_of": as_of,
        "release": release,
        "published": published,
        "made_up": records(connection, "select origin from meta.warehouse")[0]["origin"] == "sandbox",
        "script": Markup(script),  # noqa: S704 - our own files
        "style": Markup(style),  # noqa: S704
        "declaration": declaration,
        "keys": [chart.key for chart in CHARTS],
        "themes": {scheme: theme.configuration(scheme) for scheme in ("light", "dark")},
    }
    vega = _text(vega_bundle.FILE.name)
    headlines = read_headlines(connection)
    finding = finder.script() if known else ""
    page = templates.get_template("page.html.jinja").render(
        common,
        families=[(family, [contents[chart.key] for chart in charts]) for family, charts in FAMILIES],
        headlines=headlines,
        week=common_day(headlines),
        fewest_readings=FEWEST_READINGS,
        line_width=WIDTH,
        line_height=HEIGHT,
        sources=sources.values(),
        method=method,
        methods=names(),
        vega=Markup(vega),  # noqa: S704
        find=finder.pack_finder(known) if known else None,
        finding=Markup(finding),  # noqa: S704
        policy=_policy(style, script, vega, *[finding] * bool(known)),
    )
    (folder / PAGE).write_text(page, encoding="utf-8")
    (folder / EMBED).mkdir(parents=True, exist_ok=True)
    (folder / EMBED / vega_bundle.FILE.name).write_text(vega, encoding="utf-8")
    embedded = templates.get_template("embed.html.jinja")
    for chart in contents.values():
        html = embedded.render(common, chart=chart, policy=_policy(style, script, with_own_files=True))
        (folder / EMBED / f"{chart.chart.key}.html").write_text(html, encoding="utf-8")


@cache
def environment() -> jinja2.Environment:
    """Return the templates of all pages: everything is escaped, and a missing value is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json"] = _json
    return environment


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def page_style() -> str:
    """Return the style of all pages."""
    searching = finder.style()
    dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {theme.variables(theme.DARK)} }} }}"
    return f":root {{ {theme.variables(theme.LIGHT)} }}\n{dark}\n{_text('page.css')}\n{searching}"


def _policy(style: str, *scripts: str, with_own_files: bool = False) -> str:
    """Return a content security policy that allows only the given style and scripts, by their hashes."""
    allowed = " ".join(["'self'"] * with_own_files + [_hash(script) for script in scripts])
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(value: object) -> Markup:
    """Return a value as JSON that cannot end the script element around it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - escaped above


def declaration(contents: ChartData) -> dict[str, Any]:
    """Return what the script needs to draw a chart, except its rows."""
    return {
        "name": contents.chart.name,
        "finding": contents.finding,
        "panels": [
            {
                "heading": panel.panel.heading,
                "origin": ", ".join((*panel.panel.bases, *["made up by the sandbox"] * panel.made_up)),
                "specification": panel.panel.specification,
                "choose": panel.panel.choose,
                "height": panel.height,
                "ends": panel.panel.ends,
                "drawn": panel.only_day is None,
            }
            for panel in contents.panels
        ],
        "credit": "; ".join(f"{source.title} ({source.licence})" for source in contents.sources),
        "columns": {name: column.meaning for name, column in contents.chart.table.columns.items()},
    }
