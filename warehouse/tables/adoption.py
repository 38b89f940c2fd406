"""`core.survey_answer`: results of surveys, each with its question, population and sample."""

from warehouse.tables.core import OBSERVATION
from warehouse.tables.table import Column, Table, required

_SAME = OBSERVATION.columns

SURVEY_ANSWER = Table(
    name="core.survey_answer",
    description=(
        "Shares of companies that gave an answer in a survey, as reported. A re-worded question has another question_id: "
        "shares compare only within one question_id and one population."
    ),
    grain="each question, population, period and source",
    key=("question_id", "population", "period_start", "source"),
    columns={
        "question_id": required("VARCHAR", "Stable name of the question and of its wording."),
        "question": required("VARCHAR", "The question, shortened."),
        "wording": Column(
            "VARCHAR", "The words of the question or definition; NULL where the source does not publish them."
        ),
        "population": Column("VARCHAR", "Who was asked; NULL where the source does not say."),
        "sample_size": Column("INTEGER", "How many answered, or were asked where note says so; NULL where not stated."),
        "period_start": required("DATE", "First day of the survey, or of the period that it covers."),
        "date_precision": _SAME["date_precision"],
        "share_pct": Column("DOUBLE", "Share that gave the answer, in percent."),
        "share_low_pct": Column("DOUBLE", "Lower end where the source gives a range, in percent."),
        "share_high_pct": Column("DOUBLE", "Upper end where the source gives a range, in percent."),
        "qualifier": _SAME["qualifier"],
        "series_break": Column("VARCHAR", "Why this series begins here and does not continue an older one."),
        "evidence": Column("VARCHAR", "Where the figure can be checked."),
        "note": Column("VARCHAR", "Further notes."),
        "basis": _SAME["basis"],
        "source": _SAME["source"],
        "recorded_at": _SAME["recorded_at"],
    },
    is_view=True,
)

TABLES = (SURVEY_ANSWER,)
