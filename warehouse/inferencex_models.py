"""The models that InferenceX is asked for, kept by hand: `lists/inferencex_model.csv`."""

from pathlib import Path

from warehouse.curated_files import Number, Row, read_list
from warehouse.training_cost import LISTS, Address


class InferencexModel(Row):
    """A model by the name that InferenceX is asked for, and the key that its rows carry; point releases share a name."""

    display_name: str
    key: str
    model: str
    parameters_b: Number | None = None
    evidence: Address
    note: str | None = None


def read_models(folder: Path = LISTS) -> list[InferencexModel]:
    """Give the models, in the order in which they are asked for.

    Raises:
        CuratedError: names the file, line and column of everything that is wrong.
    """
    return read_list(folder / "inferencex_model.csv", InferencexModel, lambda row: row.key)
