"""Published figures, transcribed into CSV files with the metrics, sources, claims and facts that they refer to.

Each file of figures holds one row for each figure. A figure that a publication shows as a dash, as `N/A` or without a
month is a fact as well: its row has no value, and `note` says what the publication shows.

A row that is no longer in its file is withdrawn, not deleted: the history keeps it and gets another row without a value
and with the attribute `withdrawn`, which `growth.series` and the charts leave out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import duckdb

from warehouse.database.derive import check
from warehouse.facts.observations import Observation, record
from warehouse.facts.sources import SourceRow
from warehouse.seeds.csv_reader import (
    ADDRESS,
    PRECISION,
    Format,
    Record,
    Seed,
    first_day,
    one_of,
    read_seeds,
    replace_tables,
)
from warehouse.tables import reference_data
from warehouse.tables.core import METRIC, OBSERVATION
from warehouse.tables.definition_change import DEFINITION_CHANGE
from warehouse.tables.meta import CURATED_LIST, SOURCE
from warehouse.tables.published_claim import CLAIM_EVIDENCE, PUBLISHED_CLAIM
from warehouse.tables.table import Column, required

CURATED = Path(__file__).parent
# The files of figures, each with the text columns that its chart needs in addition to the common ones.
FIGURES: Mapping[str, tuple[str, ...]] = {
    "hub_downloads": (),
    "hub_models": (),
    "benchmark_gap": ("benchmark", "openness", "model"),
    "model_derivatives": ("family", "notable"),
    "community": ("platform",),
    "training_cost": ("target", "what_changed"),
    "inference_speed": ("model", "hardware"),
    "funding": ("focus", "round"),
    "adoption": ("question",),
    "laptop_models": ("ram_gb", "models", "quality_level"),
    "gap_closure": ("benchmark", "reference_model"),
    "in_text": (),  # figures in the text of a publication
}
_IN_SOURCES = {"source: a source, declared or of source.csv": "source in (select source from seed_source)"}
_IN_METRICS = {"metric: a metric of metric.csv": "metric in (select metric from seed_metric)"}
_OF_A_FIGURE = (
    "metric", "entity", "period_start", "date_precision", "value", "low", "high", "qualifier", "unit", "source",
)  # fmt: skip

METRICS = Seed("metric", METRIC.columns, METRIC.key, METRIC)
SOURCES = Seed(
    "source",
    columns={**SOURCE.columns, "published_on": Column("DATE", "Of a publication: the day on which it appeared.")},
    key=SOURCE.key,
    table=SOURCE,
)
CLAIMS = Seed(
    "claim",
    PUBLISHED_CLAIM.columns,
    PUBLISHED_CLAIM.key,
    PUBLISHED_CLAIM,
    formats={"basis": one_of("published", "measured", "estimated")},
    checks={
        **_IN_SOURCES,
        **_IN_METRICS,
        "measure, period_start: a period_start with every measure but value": (
            "measure is null or measure = 'value' or period_start is not null"
        ),
    },
)
EVIDENCE = Seed(
    "claim_evidence",
    CLAIM_EVIDENCE.columns,
    CLAIM_EVIDENCE.key,
    CLAIM_EVIDENCE,
    formats={"url": ADDRESS},
    checks={
        "claim: a claim of claim.csv": "claim in (select claim from seed_claim)",
        "claim, low: a number only for a claim with a printed_value": (
            "low is null or (select any_value(printed_value) from seed_claim where claim = seed_claim_evidence.claim) "
            "is not null"
        ),
    },
)
FIGURE = Seed(
    "figure",
    columns={
        **{name: OBSERVATION.columns[name] for name in _OF_A_FIGURE},
        "evidence": required("VARCHAR", "Where the publication shows the figure."),
        "note": Column("VARCHAR", "What the publication shows in place of a value, or what else to know."),
    },
    key=("metric", "entity", "period_start", "source"),
    table=OBSERVATION,
    formats={"date_precision": PRECISION},
    checks={
        **_IN_METRICS,
        **_IN_SOURCES,
        **first_day("period_start"),
        "source: a publication, with a published_on in source.csv": (
            "source not in (select source from seed_source where published_on is null)"
        ),
        "metric, unit: the unit of the metric in metric.csv": (
            "unit = (select any_value(unit) from seed_metric where metric = seed_figure.metric)"
        ),
        "value, low, high: numbers that are not negative": "least(value, low, high) >= 0",
        "value, low, high: a value from low to high": "value between coalesce(low, value) and coalesce(high, value)",
        "value, note: a number, or in note what the publication shows instead": (
            "qualifier = 'range' or value is not null or note is not null"
        ),
    },
    files=FIGURES,
)
CHANGES = Seed(
    "definition_change",
    DEFINITION_CHANGE.columns,
    DEFINITION_CHANGE.key,
    DEFINITION_CHANGE,
    formats={
        "date_precision": PRECISION,
        "url": Format(r"https://\S+|no public page", "an https address, or: no public page"),
    },
    checks={**_IN_SOURCES, **_IN_METRICS, **first_day("effective_on")},
)
LISTS_REVIEWED = Seed("curated_list", CURATED_LIST.columns, CURATED_LIST.key, CURATED_LIST)


def _of_one_maker(names: str) -> str:
    """Return the condition that no name in a list occurs twice in it, or for another maker, in upper or lower case."""
    listed = f"list_transform({names}, lambda name: lower(name))"
    elsewhere = f"(select lower(unnest({names})) as name, maker as other from seed_maker)"
    return (
        f"len({listed}) = len(list_distinct({listed})) and not exists(from {elsewhere} "
        f"where other <> seed_maker.maker and list_contains({listed}, name))"
    )


# Downloads and names would count for two makers otherwise.
_MAKERS = {
    "organisations: accounts of no other maker": _of_one_maker("organisations"),
    "maker, other_names: names of no other maker": _of_one_maker("list_prepend(maker, coalesce(other_names, []))"),
}
REFERENCE_DATA = tuple(
    Seed(
        table.name.split(".")[1],
        table.columns,
        table.key,
        table,
        checks={
            **(first_day("released_on") if "released_on" in table.columns else {}),
            **(_MAKERS if table is reference_data.MAKER else {}),
        },
        folder="reference",
    )
    for table in reference_data.LISTED
)
REPLACED = (METRICS, SOURCES, CLAIMS, EVIDENCE, CHANGES, LISTS_REVIEWED, *REFERENCE_DATA)


def read_folder(
    folder: Path, collected: Iterable[SourceRow], connection: duckdb.DuckDBPyConnection | None = None
) -> dict[str, list[Record]]:
    """Return the records of every seed by the name of the seed. Raises CuratedError like `read_seeds`.

    `collected` are the sources that are declared with their client; `source.csv` has the others. Families are read by
    another module, so that an error in one file does not stop the other.
    """
    declared = {SOURCES.name: [{**vars(row), "published_on": None} for row in collected]}
    return read_seeds(folder, (*REPLACED, FIGURE), connection, declared=declared, elsewhere={"family"})


def curated_observations(folder: Path, collected: Iterable[SourceRow]) -> list[Observation]:
    """Return every published figure, known and observed from the day of its publication on.

    `collected` are the sources that are declared with their client.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong, in all files.
    """
    return _observations(read_folder(folder, collected))


def load(
    connection: duckdb.DuckDBPyConnection, folder: Path, now: datetime, collected: Iterable[SourceRow]
) -> tuple[int, int]:
    """Load the curated files; return the number of figures, and of those that are new, changed or withdrawn.

    Metrics, sources, claims, definition changes and reference data are replaced. Figures are added by `record`.

    Raises:
        CuratedError: a file is wrong; nothing was written.
    """
    records = read_folder(folder, collected, connection)
    replace_tables(connection, REPLACED)
    _add_sandbox_sources(connection)
    observations = _observations(records)
    files = {f"{name}.csv" for name in FIGURES}
    new = record(connection, [*observations, *withdrawn(connection, observations, files)], now)
    return len(observations), new


def _add_sandbox_sources(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the sandbox's stand-in of each collected source, with the caveat and the licence of sandbox_hub."""
    connection.execute(
        """
        insert into meta.source by name
        select
            sandbox.* replace (
                'sandbox_' || collected.source as source,
                'Tidegauge sandbox: a made-up ' || collected.title as title
            )
        from seed_source as collected, (from meta.source where source = 'sandbox_hub') as sandbox
        where collected.cadence = 'Weekly' and collected.source <> 'hugging_face_hub'
            and 'sandbox_' || collected.source not in (select source from seed_source)
        order by collected.record
        """
    )
    check(connection, SOURCE)


def _observations(records: Mapping[str, Sequence[Record]]) -> list[Observation]:
    published_on = {one.row["source"]: one.row["published_on"] for one in records["source"]}
    return [
        _observation(one, datetime.combine(published_on[one.row["source"]], time(), UTC)) for one in records["figure"]
    ]


def _observation(figure: Record, published_at: datetime) -> Observation:
    row = figure.row
    words = {name: row[name] for name in row if name not in _OF_A_FIGURE} | {"curated_file": figure.file}
    return Observation(
        **{name: row[name] for name in _OF_A_FIGURE},
        basis="published",
        evidence_url=row["evidence"] if row["evidence"].startswith("https://") else None,
        attributes={name: word for name, word in sorted(words.items()) if word is not None},
        observed_at=published_at,
        recorded_at=published_at,
    )


def withdrawn(
    connection: duckdb.DuckDBPyConnection, observations: Sequence[Observation], files: Collection[str]
) -> list[Observation]:
    """Return, without a value, each current figure that `files` once held and no longer hold."""
    names = ("metric", "entity", "period_start", "date_precision", "unit", "basis", "source", "attributes")
    current = connection.execute(
        f"select {', '.join(names)} from core.observation_latest "
        "where list_contains($files, attributes['curated_file']) and attributes['withdrawn'] is null",
        {"files": sorted(files)},
    ).fetchall()
    present = {(o.metric, o.entity, o.period_start, o.basis, o.source) for o in observations}
    known = [Observation(**dict(zip(names, row, strict=True))) for row in current]
    return [
        replace(o, attributes={**o.attributes, "withdrawn": "yes"})
        for o in known
        if (o.metric, o.entity, o.period_start, o.basis, o.source) not in present
    ]
