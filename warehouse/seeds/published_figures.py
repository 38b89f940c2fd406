"""Published history, transcribed by hand into CSV files: read, checked row by row, and brought into the warehouse.

Each file of figures holds one row for each printed figure. A figure that is printed as a dash, as `N/A` or without a
month is a fact as well: its row keeps an empty value and says in `note` what was printed.

A row that is no longer in its file is withdrawn, not erased: the history keeps it, and a row without a value and with
the attribute `withdrawn` follows it, which `growth.series` and the charts leave out.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import duckdb

from warehouse.database.bulk_insert import replace_rows
from warehouse.facts.observations import Observation, record
from warehouse.facts.sources import SourceRow, sandbox_rows
from warehouse.seeds.csv_reader import FIGURES, Claim, Contents, Figure, Line, Metric, Source, read_folder
from warehouse.seeds.definition_changes import read_changes
from warehouse.seeds.reference_data import read_knowledge
from warehouse.tables.core import METRIC
from warehouse.tables.definition_change import DEFINITION_CHANGE
from warehouse.tables.meta import SOURCE
from warehouse.tables.published_claim import PUBLISHED_CLAIM

CURATED = Path(__file__).parent


def curated_metrics(folder: Path = CURATED) -> list[Metric]:
    """Give the definitions of all metrics. Raises CuratedError like `curated_observations`."""
    return [line.row for line in read_folder(folder).metrics]


def curated_sources(folder: Path = CURATED) -> list[Source]:
    """Give the sources of all figures. Raises CuratedError like `curated_observations`."""
    return [line.row for line in read_folder(folder).sources]


def curated_claims(folder: Path = CURATED) -> list[Claim]:
    """Give the claims that are to be audited. Raises CuratedError like `curated_observations`."""
    return [line.row for line in read_folder(folder).claims]


def curated_observations(folder: Path = CURATED) -> list[Observation]:
    """Give every printed figure, known and observed from the day of its publication on.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong, in all files.
    """
    return _observations(read_folder(folder))


def load(connection: duckdb.DuckDBPyConnection, folder: Path, now: datetime, collected: Sequence[SourceRow]) -> int:
    """Load the curated files; return the number of figures that are new, changed or withdrawn.

    `collected` are the sources that are declared beside their client; `source.csv` holds the others. Metrics, sources,
    claims, definition changes and knowledge are replaced whole. Figures enter the history through `record`.

    Raises:
        CuratedError: a file is wrong; nothing was written.
    """
    contents = read_folder(folder)
    sources = [
        *collected,
        *(SourceRow(*(getattr(line.row, name) for name in SOURCE.columns)) for line in contents.sources),
    ]
    changes = read_changes(folder, {row.source for row in sources}, {line.row.metric for line in contents.metrics})
    for table, rows in read_knowledge(folder):
        replace_rows(connection, table, rows)
    replace_rows(connection, METRIC, [line.row for line in contents.metrics])
    replace_rows(connection, SOURCE, [*sources, *sandbox_rows(sources)])
    replace_rows(connection, DEFINITION_CHANGE, changes)
    replace_rows(connection, PUBLISHED_CLAIM, [line.row for line in contents.claims])
    observations = _observations(contents)
    files = {f"{name}.csv" for name in FIGURES}
    return record(connection, [*observations, *withdrawn(connection, observations, files)], now)


def _observations(contents: Contents) -> list[Observation]:
    published_on = {line.row.source: line.row.published_on for line in contents.sources}
    return [_observation(line, published_on[line.row.source]) for line in contents.figures]


def _observation(line: Line[Figure], published_on: date | None) -> Observation:
    figure = line.row
    published = datetime.combine(published_on, time(), UTC) if published_on else None
    words = {**(figure.model_extra or {}), "evidence": figure.evidence, "note": figure.note, "curated_file": line.file}
    return Observation(
        metric=figure.metric,
        entity=figure.entity,
        period_start=figure.period_start,
        date_precision=figure.date_precision,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        qualifier=figure.qualifier,
        unit=figure.unit,
        basis="published",
        source=figure.source,
        evidence_url=figure.evidence if figure.evidence.startswith("https://") else None,
        attributes={name: word for name, word in sorted(words.items()) if word is not None},
        observed_at=published,
        recorded_at=published,
    )


def withdrawn(
    connection: duckdb.DuckDBPyConnection, observations: Sequence[Observation], files: Collection[str]
) -> list[Observation]:
    """Give, without a value, each figure that one of `files` held earlier, is still believed and no longer in them."""
    believed = connection.execute(
        """
        select metric, entity, period_start, date_precision, unit, basis, source, attributes
        from core.observation_latest
        where list_contains($files, attributes['curated_file']) and attributes['withdrawn'] is null
        """,
        {"files": sorted(files)},
    ).fetchall()
    present = {(o.metric, o.entity, o.period_start, o.basis, o.source) for o in observations}
    names = ("metric", "entity", "period_start", "date_precision", "unit", "basis", "source", "attributes")
    known = [Observation(**dict(zip(names, row, strict=True))) for row in believed]
    return [
        replace(o, attributes={**o.attributes, "withdrawn": "yes"})
        for o in known
        if (o.metric, o.entity, o.period_start, o.basis, o.source) not in present
    ]
