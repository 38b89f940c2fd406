"""Render the method pages of `docs/methods` for the charts page: HTML in them is escaped, links lead to anchors."""

import re
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

_INSTALLED = Path(__file__).with_name("methods")
_CHECKED_OUT = Path(__file__).parents[2] / "docs" / "methods"
FOLDER = _INSTALLED if _INSTALLED.exists() else _CHECKED_OUT
# The heading of the chart replaces the title of its method page; other headings move down.
_DEEPER = 2


@cache
def method(name: str) -> Markup:
    """Return the method page `name` as HTML."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    title, _, text = (FOLDER / f"{name}.md").read_text(encoding="utf-8").partition("\n")
    tokens = markdown.parse(text if title.startswith("# ") else f"{title}\n{text}")
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + _DEEPER, 6)}"
        for child in token.children or ():
            if child.type == "link_open" and (page := re.fullmatch(r"(\w+)\.md", str(child.attrs["href"]))):
                child.attrs["href"] = f"#method-{page[1]}"
    html = markdown.renderer.render(tokens, markdown.options, {})
    # A table wider than the screen scrolls, also with the keyboard.
    html = html.replace("<table>", '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>')
    return Markup(html.replace("</table>", "</table></div>"))  # noqa: S704 - HTML of the source is disabled


@cache
def names() -> tuple[str, ...]:
    """Return the names of all method pages."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.md")))
