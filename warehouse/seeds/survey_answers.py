"""Survey answers, kept by hand in `lists/survey_answer.csv`: each with its question, wording, population and sample.

The entity of a figure is its question and its population: a re-worded question has another `question_id`, and so no
change is ever taken across a change of wording.
"""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Literal

import duckdb

from warehouse.facts.observations import Observation, record
from warehouse.seeds.csv_reader import LISTS, Address, CuratedError, Day, Number, Row, Whole, read_list
from warehouse.seeds.published_figures import withdrawn

FILE = "survey_answer.csv"


class SurveyAnswer(Row):
    """A row of the list; `source` is a key into meta.source."""

    question_id: str
    source: str
    question: str
    wording: str | None = None
    population: str
    period_start: Day
    date_precision: Literal["day", "week", "month", "quarter", "year"]
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    qualifier: Literal["exact", "approximate", "at_least", "range"]
    sample_size: Whole | None = None
    published_on: Day
    series_break: str | None = None
    evidence: Address
    note: str | None = None


def read_answers(folder: Path = LISTS) -> list[Observation]:
    """Give every answer as a figure, known from the day of its publication on.

    Raises:
        CuratedError: names what is wrong; also two wordings or questions under one question_id.
    """
    lines = read_list(folder / FILE, SurveyAnswer, lambda row: (row.question_id, row.population, row.period_start))
    meant: dict[str, tuple[object, ...]] = {}
    for line in lines:
        row = line.row
        sense = (row.question, row.wording, row.source)
        if meant.setdefault(row.question_id, sense) != sense:
            wrong = f"{row.question_id!r} stands for two wordings: a new wording needs a new question_id"
            raise CuratedError([line.problem("question_id", wrong)])
    return [_observation(line.row) for line in lines]


def load(connection: duckdb.DuckDBPyConnection, now: datetime, folder: Path = LISTS) -> int:
    """Bring the list into the history; give the number of answers that are new, changed or withdrawn.

    Raises:
        CuratedError: the list is wrong; nothing was written.
    """
    answers = read_answers(folder)
    return record(connection, [*answers, *withdrawn(connection, answers, {FILE})], now)


def _observation(row: SurveyAnswer) -> Observation:
    published = datetime.combine(row.published_on, time(), UTC)
    words = {
        "question_id": row.question_id,
        "question": row.question,
        "wording": row.wording,
        "population": row.population,
        "sample_size": None if row.sample_size is None else str(row.sample_size),
        "series_break": row.series_break,
        "evidence": row.evidence,
        "note": row.note,
        "curated_file": FILE,
    }
    return Observation(
        metric="survey_share_pct",
        entity=f"{row.question_id} / {row.population}",
        period_start=row.period_start,
        date_precision=row.date_precision,
        value=row.value,
        low=row.low,
        high=row.high,
        qualifier=row.qualifier,
        unit="percent",
        basis="published",
        source=row.source,
        evidence_url=row.evidence,
        attributes={name: word for name, word in sorted(words.items()) if word is not None},
        observed_at=published,
        recorded_at=published,
    )
