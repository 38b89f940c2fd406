"""Parse the Link header (RFC 8288): several links, quoted separators, several relations in one, any case.

`requests.utils.parse_header_links` splits at every `;`, also inside URLs and quoted titles: it would return a wrong URL.
"""

import re

# A URL contains no `<`: allowing it would make a header of `<` only take quadratic time.
_LINK = re.compile(
    r'<(?P<target>[^<>]*)>(?P<parameters>(?:\s*;\s*[^\s=;,]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]*))?)*)'
)
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s";,]+))', re.IGNORECASE)


def read_next(header: str) -> str | None:
    """Return the URL of the `next` link; None if there is none."""
    return read_link(header, "next")


def read_link(header: str, wanted: str) -> str | None:
    """Return the URL of the link with a relation such as `last`; None if there is none."""
    for link in _LINK.finditer(header):
        relation = _RELATION.search(link["parameters"])
        if relation and wanted in (relation["quoted"] or relation["plain"] or "").lower().split():
            return link["target"]
    return None
