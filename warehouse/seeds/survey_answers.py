"""Survey answers, curated in `lists/survey_answer.csv`, each with its question, wording, population and sample size.

The entity of a figure is its question and population. A question with a new wording has a new `question_id`, so that no
change is computed across two wordings.
"""

from datetime import UTC, datetime, time
from pathlib import Path

import duckdb

from warehouse.facts.observations import Observation, record
from warehouse.seeds.csv_reader import ADDRESS, LISTS, PRECISION, Row, Seed, read_seed
from warehouse.seeds.published_figures import withdrawn
from warehouse.tables.adoption import SURVEY_ANSWER
from warehouse.tables.core import OBSERVATION
from warehouse.tables.table import required

FILE = "survey_answer.csv"
_OF_A_FIGURE = ("source", "period_start", "date_precision", "value", "low", "high", "qualifier")
_WORDS = ("question_id", "question", "wording", "population", "sample_size", "series_break", "evidence", "note")
SEED = Seed(
    "survey_answer",
    columns={
        **{name: OBSERVATION.columns[name] for name in _OF_A_FIGURE},
        **{name: SURVEY_ANSWER.columns[name] for name in _WORDS},
        "population": required("VARCHAR", "Who was asked."),
        "published_on": required("DATE", "Day on which the survey was published."),
        "evidence": required("VARCHAR", "Where the figure can be checked: an address."),
    },
    key=("question_id", "population", "period_start"),
    table=OBSERVATION,
    formats={"date_precision": PRECISION, "evidence": ADDRESS},
    same={"question_id": ("question", "wording", "source")},
)


def read_answers(folder: Path = LISTS, connection: duckdb.DuckDBPyConnection | None = None) -> list[Observation]:
    """Return every survey answer as a figure that is known from the day of its publication on.

    Raises:
        CuratedError: names the line and column of everything that is wrong, such as two wordings of one question_id.
    """
    return [_observation(row) for row in read_seed(folder, SEED, connection)]


def load(connection: duckdb.DuckDBPyConnection, now: datetime, folder: Path = LISTS) -> tuple[int, int]:
    """Add the list to the history; return the number of answers, and of those that are new, changed or withdrawn.

    An answer that is published after `now`, which is a past day in a simulation, is not known yet.

    Raises:
        CuratedError: the list is wrong; nothing was written.
    """
    answers = [one for one in read_answers(folder, connection) if one.recorded_at is None or one.recorded_at <= now]
    return len(answers), record(connection, [*answers, *withdrawn(connection, answers, {FILE})], now)


def _observation(row: Row) -> Observation:
    published_at = datetime.combine(row["published_on"], time(), UTC)
    words = {name: row[name] for name in _WORDS} | {"curated_file": FILE}
    return Observation(
        **{name: row[name] for name in _OF_A_FIGURE},
        metric="survey_share_pct",
        entity=f"{row['question_id']} / {row['population']}",
        unit="percent",
        basis="published",
        evidence_url=row["evidence"],
        attributes={name: str(word) for name, word in sorted(words.items()) if word is not None},
        observed_at=published_at,
        recorded_at=published_at,
    )
