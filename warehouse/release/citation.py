"""Write the citation of a release: `CITATION.cff` (Citation File Format 1.2.0)."""

import json
from pathlib import Path

import duckdb

CITATION = "CITATION.cff"
TITLE = "Tidegauge: the open source AI wave, measured every week"


def build_citation(database: Path, folder: Path) -> None:
    """Write `CITATION.cff` into `folder` from the database of a release."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        ((version, published_at, origin),) = connection.execute(
            "select version, published_at, origin from meta.release cross join meta.warehouse "
            "order by version desc limit 1"
        ).fetchall()
    made_up = " Made up: these are rows of the sandbox." if origin == "sandbox" else ""
    texts = {
        "message": f"Cite this release and the source of each figure: meta.source.citation.{made_up}",
        "title": TITLE,
        "abstract": (
            "Downloads, models, lineage, benchmarks, communities, costs and funding of open models, each figure with its "
            "source, time and licence. The figures keep the licences of their sources: meta.source.licence."
        ),
        "version": str(version),
    }
    # A JSON string is a YAML string.
    lines = [
        "cff-version: 1.2.0",
        "type: dataset",
        *(f"{name}: {json.dumps(text)}" for name, text in texts.items()),
        f"date-released: '{published_at:%Y-%m-%d}'",
        "authors:",
        "  - name: Tidegauge",
    ]
    (folder / CITATION).write_text("\n".join([*lines, ""]), encoding="utf-8")
