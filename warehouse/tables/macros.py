"""The macros of the published file: common questions as a call, each declared once, with what it is given and what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.tables.core import BASE_MODEL_WEEK, MODEL, OBSERVATION
from warehouse.tables.lineage import FAMILY_MEMBER
from warehouse.tables.table import Column, macro_select, sql_literal


@dataclass(frozen=True)
class Parameter:
    """What a macro is given: its meaning, and the SQL that stands for it where it is left out; None if it has to be said."""

    description: str
    default: str | None = None


@dataclass(frozen=True, eq=False)
class Macro:
    """A table macro: the SELECT in its file, with parameters. `columns` are those of its rows, in their order.

    The SELECT has no WITH: DuckDB before 1.4.2 does not find what a macro of a later one names so.
    """

    name: str
    description: str
    parameters: Mapping[str, Parameter]
    columns: Mapping[str, Column]

    @property
    def signature(self) -> str:
        """How it is called: its name, and its parameters with what stands for those that are left out."""
        given = ", ".join(f"{name} := {p.default}" if p.default else name for name, p in self.parameters.items())
        return f"{self.name}({given})"

    def ddl(self) -> str:
        """Return the statement that creates the macro."""
        return f"create or replace macro {self.signature} as table\n{macro_select(self.name)}"

    def comments(self) -> str:
        """Give the statement that describes the macro inside the database."""
        given = " ".join(f"{name}: {parameter.description}" for name, parameter in self.parameters.items())
        return f"comment on macro table {self.name} is {sql_literal(f'{self.description} {given}')}"


OBSERVATION_AS_OF = Macro(
    name="core.observation_as_of",
    description=(
        "What was believed at a moment: of every metric, entity, period, basis and source the figure that was recorded last "
        "by then."
    ),
    parameters={"ts": Parameter("The moment, a TIMESTAMPTZ.")},
    columns=OBSERVATION.columns,
)

FAMILY = Macro(
    name="core.family",
    description=(
        "The derivatives of a family in the newest week in which families were counted, the most downloaded first. The root "
        "repositories are not among them; they are the rows of the table core.family. As many rows as "
        "charts.model_derivatives.transitive says."
    ),
    parameters={
        "family_name": Parameter(
            "A family: core.family.family, such as llama. Another name is an error that lists them."
        )
    },
    columns={
        "depth": FAMILY_MEMBER.columns["depth"],
        "relation": FAMILY_MEMBER.columns["relation"],
        "id": MODEL.columns["id"],
        "hub_id": MODEL.columns["hub_id"],
        "author": MODEL.columns["author"],
        "licence": MODEL.columns["licence"],
        "downloads_30d": BASE_MODEL_WEEK.columns["downloads_30d"],
        "downloads_all_time": BASE_MODEL_WEEK.columns["downloads_all_time"],
        "likes": BASE_MODEL_WEEK.columns["likes"],
        "is_own": FAMILY_MEMBER.columns["is_own"],
        "is_quantized_copy": FAMILY_MEMBER.columns["is_quantized_copy"],
        "week": FAMILY_MEMBER.columns["week"],
    },
)

TOP_MODELS = Macro(
    name="growth.top_models",
    description=(
        "The models that grew most, by the change of their 30-day downloads in percent, among the most downloaded ones of "
        "the newest week: of small numbers the change in percent says little. A model that had no downloads at the earlier "
        "week is not among them."
    ),
    parameters={
        "period": Parameter(
            "How far to look back: 1 week, 4 weeks, 13 weeks or 52 weeks. Another one is an error, and so is one that no "
            "week was read at the beginning of.",
            "'4 weeks'",
        ),
        "places": Parameter("How many models to give.", "20"),
        "among": Parameter("Among how many of the most downloaded models of the newest week, up to 10,000.", "1000"),
    },
    columns={
        "place": Column("BIGINT", "Place by growth_pct, 1 for the fastest."),
        "id": MODEL.columns["id"],
        "hub_id": MODEL.columns["hub_id"],
        "week_before": Column("DATE", "Monday of the earlier week, UTC."),
        "downloads_30d_before": Column(
            "BIGINT", "Counted file requests over the 30 days before the walk of that week."
        ),
        "week": Column("DATE", "Monday of the newest week, UTC."),
        "downloads_30d": BASE_MODEL_WEEK.columns["downloads_30d"],
        "change": Column("BIGINT", "downloads_30d - downloads_30d_before."),
        "growth_pct": Column(
            "DOUBLE", "The same in percent of downloads_30d_before. Windows of 30 days a week apart share 23 of them."
        ),
        "rank": Column("BIGINT", "Place of the newest week by downloads_30d, 1 for the largest."),
    },
)

MACROS = (OBSERVATION_AS_OF, FAMILY, TOP_MODELS)
