"""Write the Atom feed of a release (RFC 4287): its newest milestones and alerts."""

import re
import uuid
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import duckdb

from warehouse.tables.events import ALERTS

FEED = "feed.xml"
MOST_ENTRIES = 100
_ATOM = "http://www.w3.org/2005/Atom"
# External names may contain characters that XML 1.0 forbids even when escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def build_feed(database: Path, folder: Path) -> None:
    """Write `feed.xml` into `folder` from the database of a release."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        ((origin, made_at),) = connection.execute(
            "select coalesce(origin, 'live'), (select min(published_at) from meta.release) from meta.warehouse"
        ).fetchall()
        events = connection.execute(
            "select event, kind, statement, source, recorded_at from meta.event order by recorded_at desc, event limit ?",
            [MOST_ENTRIES],
        ).fetchall()
    made_up = " (made up: from the sandbox)" if origin == "sandbox" else ""
    feed = ElementTree.Element("feed", xmlns=_ATOM)
    _text(feed, "title", f"Tidegauge: milestones and alerts{made_up}")
    _text(feed, "id", _urn(f"feed/{origin}"))
    _text(feed, "updated", _moment(events[0][4] if events else made_at))
    _text(ElementTree.SubElement(feed, "author"), "name", "Tidegauge")
    ElementTree.SubElement(feed, "link", rel="self", type="application/atom+xml", href=FEED)
    ElementTree.SubElement(feed, "link", rel="alternate", type="text/html", href="index.html")
    for event, kind, statement, source, recorded_at in events:
        entry = ElementTree.SubElement(feed, "entry")
        _text(entry, "title", statement)
        _text(entry, "id", _urn(f"event/{event}"))
        _text(entry, "updated", _moment(recorded_at))
        ElementTree.SubElement(entry, "category", term=kind)
        ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href="index.html")
        to_do = f" What to do: docs/operations.md#{kind}." if kind in ALERTS else ""
        _text(entry, "content", f"{statement} Source: {source}{made_up}.{to_do}")
    ElementTree.indent(feed)
    ElementTree.ElementTree(feed).write(folder / FEED, encoding="utf-8", xml_declaration=True)


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _NOT_XML.sub("�", text)


def _urn(path: str) -> str:
    """Return an identifier that stays the same wherever the feed is served."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"tidegauge/{path}").urn


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
