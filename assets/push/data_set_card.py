"""The card of a data set on the Hub: `README.md`, made from the index of a release.

Its metadata tells the Hub's viewer which files make a table. The tables of facts with names on every row, such as
`core.model_week`, follow those of charts and growth.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

# What the viewer shows: every chart and rate, and the facts that most questions need.
_SHOWN_SCHEMAS = ("charts", "growth")
_SHOWN_TABLES = ("core.model", "core.model_week", "core.observation", "core.metric", "meta.source", "meta.release")
_FIRST = "charts.hub_downloads"


def data_set_card(content: bytes, data_set: str, tag: str) -> str:
    """Return the card of the data set ORG/NAME for the release whose `datapackage.json` has this content."""
    package: dict[str, Any] = msgspec.json.decode(content)
    tables = [resource for resource in package["resources"] if resource.get("type") == "table"]
    shown = [table for table in tables if _is_shown(table["name"])]
    return "\n".join([*_metadata(package, shown), "", *_text(package, shown, data_set, tag), ""])


def _is_shown(name: str) -> bool:
    return name.partition(".")[0] in _SHOWN_SCHEMAS or name in _SHOWN_TABLES


def _metadata(package: Mapping[str, Any], shown: list[dict[str, Any]]) -> Iterator[str]:
    yield "---"
    yield f"pretty_name: {json.dumps(package['title'])}"
    yield "license: other"
    yield "license_name: licences-of-the-sources"
    yield "license_link: datapackage.json"
    yield "tags: [open-source-ai, time-series, duckdb]"
    yield "configs:"
    for table in sorted(shown, key=lambda table: table["name"] != _FIRST):
        paths = table["path"]
        # A table of weeks is a folder, to which each release adds a file.
        files = paths if isinstance(paths, str) else f"{paths[0].rpartition('/')[0]}/*.parquet"
        yield f"- config_name: {table['name']}"
        if table["name"] == _FIRST:
            yield "  default: true"
        yield f"  data_files: {json.dumps(files)}"
    yield "---"


def _text(package: Mapping[str, Any], shown: list[dict[str, Any]], data_set: str, tag: str) -> Iterator[str]:
    address, day = f"hf://datasets/{data_set}", package["created"][:10]
    yield f"# {package['title']}"
    yield ""
    yield f"{package['description']}"
    yield ""
    yield f"This is release {package['version']} of {day}. A weekly run replaces it; each release keeps its tag, `{tag}`."
    yield "This card is written by the run: edits are lost. [`CHANGES.md`](CHANGES.md) says what was restated."
    yield ""
    yield "## Read it"
    yield ""
    yield "```sql"
    yield "-- DuckDB, without a copy: all tables, views and comments"
    yield f"attach '{address}/tidegauge.duckdb' as tg (read_only);"
    yield "from tg.guide;"
    yield f"from read_parquet('{address}/parquet/{_FIRST}.parquet');"
    yield f"from read_parquet('{address}@{tag}/parquet/{_FIRST}.parquet'); -- this release, for ever"
    yield "```"
    yield ""
    yield "The form `attach 'hf://...'` was not tried against the real service. If it fails, download `tidegauge.duckdb`, or"
    yield "read the Parquet files."
    yield ""
    yield "```python"
    yield "import polars as pl"
    yield ""
    yield f'pl.read_parquet("{address}/parquet/{_FIRST}.parquet")'
    yield "```"
    yield ""
    yield "## Cite it"
    yield ""
    yield f"{package['citation']} The address of this release is `{address}@{tag}`."
    yield ""
    yield "## Tables"
    yield ""
    yield "| table | one row for |"
    yield "|---|---|"
    for table in shown:
        yield f"| `{table['name']}` | {_in_a_cell(table['description'])} |"
    yield ""
    yield "`datapackage.json` describes every file and column."
    yield ""
    yield "## Sources and licences"
    yield ""
    yield "| source | licence | citation |"
    yield "|---|---|---|"
    for source in package["sources"]:
        licences = ", ".join(licence["title"] for licence in source["licenses"])
        yield f"| {_in_a_cell(source['title'])} | {_in_a_cell(licences)} | {_in_a_cell(source['citation'])} |"


def _in_a_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
