"""The Link header, by RFC 8288: several links, quoted commas, several relations in one, any case."""

import re

# No address has a `<`: without that, a header of nothing else would be looked through once for each of them.
_LINK = re.compile(
    r'<(?P<target>[^<>]*)>(?P<parameters>(?:\s*;\s*[^\s=;,]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]*))?)*)'
)
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s";,]+))', re.IGNORECASE)


def read_next(header: str) -> str | None:
    """Give the address that a Link header names as the next one; None if it names none."""
    return read_link(header, "next")


def read_link(header: str, wanted: str) -> str | None:
    """Give the address that a Link header names with a relation, such as last; None if it names none."""
    for link in _LINK.finditer(header):
        relation = _RELATION.search(link["parameters"])
        if relation and wanted in (relation["quoted"] or relation["plain"] or "").lower().split():
            return link["target"]
    return None
