"""Models that came to InferenceX or left it, against inferencex_model.csv."""

from typing import TYPE_CHECKING

from pipelines.review.list_files import read_rows
from pipelines.review.proposals import Proposal, Waiting, of_proposals

if TYPE_CHECKING:
    import duckdb

    from assets.settings import Settings

FILE = "lists/inferencex_model.csv"
HOME_PAGE = "https://inferencex.semianalysis.com"
LEFT = "left: last run"


def find(connection: "duckdb.DuckDBPyConnection", settings: "Settings") -> Waiting:
    """Return a row for each model with runs that the list lacks, and for each listed one without a run for 60 days."""
    from assets.inference.inferencex import RETIRED_AFTER

    runs = {
        model: (first, last, number)
        for model, first, last, number in connection.execute(
            """
            select model, min(measured_on), max(measured_on), count(*)
            from core.inference_result
            where source like '%inferencex' and model is not null
            group by model
            order by model
            """
        ).fetchall()
    }
    rows = read_rows(FILE)
    listed = {row["model"] for row in rows} | {row["key"] for row in rows}
    came = [
        Proposal(
            FILE,
            # The key of a new model is a name of it in requests too, though not for every model.
            {
                "display_name": model,
                "key": model,
                "model": model,
                "parameters_b": "",
                "evidence": HOME_PAGE,
                "note": f"proposed: {number} runs from {first} to {last}",
            },
            f"{model} came: {number} runs from {first} to {last}. Its display name and size are on the page of InferenceX",
            f"came {model}",
        )
        for model, (first, last, number) in runs.items()
        if model not in listed
    ]
    newest = max((last for _, last, _ in runs.values()), default=None)
    left = [
        Proposal(
            FILE,
            {**row, "note": "; ".join(filter(None, (row["note"], f"{LEFT} {runs[row['model']][1]}")))},
            f"{row['model']} left: its last run is of {runs[row['model']][1]}, the newest of all of {newest}",
            f"left {row['model']}",
            {"key": row["key"]},
        )
        for row in rows
        if row["model"] in runs
        and newest is not None
        and newest - runs[row["model"]][1] > RETIRED_AFTER
        and LEFT not in row["note"]
    ]
    return of_proposals([*came, *left])
