"""Write explore.html of a release: the page that finds and compares, with its script and style as files of their own."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.pages.finder import FOLDER
from warehouse.pages.page import environment, page_style
from warehouse.pages.page_data import records
from warehouse.pages.queries import page_query

PAGE = "explore.html"
_FILES = ("data.js", "explore.js", "hyparquet.js", "icon.svg")


def build_explorer_page(database: Path, folder: Path) -> None:
    """Write the page into `folder` from the database of a release, and its files into `explore/`."""
    with duckdb.connect(str(database), read_only=True) as connection:
        release = next(iter(records(connection, page_query("release"))), None)
        origin = records(connection, "select origin from meta.warehouse")[0]["origin"]
    published = datetime.fromtimestamp(release["published_us"] / 1e6, UTC) if release else None
    page = environment().get_template("explore/explore.html.jinja")
    html = page.render(release=release, published=published, made_up=origin == "sandbox")
    (folder / PAGE).write_text(html, encoding="utf-8")
    target = folder / FOLDER.name
    target.mkdir(exist_ok=True)
    for name in _FILES:
        (target / name).write_bytes((FOLDER / name).read_bytes())
    (target / "explore.css").write_text(page_style(), encoding="utf-8")
