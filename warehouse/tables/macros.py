"""The table macros of the published database: common questions as a function call, with their parameters and columns."""

from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.tables.core import BASE_MODEL_WEEK, MODEL, OBSERVATION
from warehouse.tables.growth import LEADING_MODEL
from warehouse.tables.lineage import FAMILY_MEMBER
from warehouse.tables.table import Column, macro_select, sql_literal

# DuckDB looks up the tables that a macro names in the current database, and those of a view in the database of the view.
_IF_ATTACHED = "In an attached database: run USE with its name first."


@dataclass(frozen=True)
class Parameter:
    """A parameter of a macro: its meaning, and its default as SQL; None if it is required."""

    description: str
    default: str | None = None


@dataclass(frozen=True, eq=False)
class Macro:
    """A table macro: the SELECT in its file, with parameters. `columns` are the columns of its rows, in order.

    The SELECT has no WITH: DuckDB before 1.4.2 cannot resolve a CTE in a macro that a later version created.
    """

    name: str
    description: str
    parameters: Mapping[str, Parameter]
    columns: Mapping[str, Column]

    @property
    def signature(self) -> str:
        """The call: the name, and the parameters with their defaults."""
        given = ", ".join(f"{name} := {p.default}" if p.default else name for name, p in self.parameters.items())
        return f"{self.name}({given})"

    def ddl(self) -> str:
        """Return the statement that creates the macro."""
        return f"create or replace macro {self.signature} as table\n{macro_select(self.name)}"

    def comments(self) -> str:
        """Return the statement that stores the description of the macro as a comment in the database."""
        given = " ".join(f"{name}: {parameter.description}" for name, parameter in self.parameters.items())
        return f"comment on macro table {self.name} is {sql_literal(f'{self.description} {given} {_IF_ATTACHED}')}"


@dataclass(frozen=True, eq=False)
class ScalarMacro:
    """A formula that several SELECTs share: one SQL expression over its parameters, each with its meaning."""

    name: str
    description: str
    parameters: Mapping[str, str]
    expression: str
    result: Column

    @property
    def signature(self) -> str:
        """The call with every parameter."""
        return f"{self.name}({', '.join(self.parameters)})"

    def ddl(self) -> str:
        """Return the statement that creates the macro."""
        return f"create or replace macro {self.signature} as {self.expression}"

    def comments(self) -> str:
        """Return the statement that describes the macro inside the database."""
        meanings = " ".join(f"{name}: {meaning}" for name, meaning in self.parameters.items())
        return f"comment on macro {self.name} is {sql_literal(f'{self.description} {meanings}')}"


OBSERVATION_AS_OF = Macro(
    name="core.observation_as_of",
    description=(
        "The figures as known at a given time: for each metric, entity, period, basis and source the last one recorded "
        "by then."
    ),
    parameters={"ts": Parameter("The time, a TIMESTAMPTZ.")},
    columns=OBSERVATION.columns,
)

FAMILY = Macro(
    name="core.family",
    description=(
        "The derivatives of a family in the newest week in which families were counted, the most downloaded first. The "
        "root repositories are not included; they are in the table core.family. The number of rows equals "
        "charts.model_derivatives.transitive."
    ),
    parameters={
        "family_name": Parameter(
            "A family: core.family.family, such as llama. An unknown name is an error that lists the known ones."
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
        "The models that grew most, by the change of their 30-day downloads in percent, in which a spike counts only up to "
        "its cap. Of the 10,000 most downloaded models of the newest week, those with a minimum of downloads in the "
        "earlier week, because percentages of small numbers mean little. Models that spiked since then are left out."
    ),
    # A lake cannot store NULL as a default.
    parameters={
        "period": Parameter(
            "How far to look back: 1 week, 4 weeks, 13 weeks or 52 weeks. Any other value is an error, as is a period "
            "whose first week has no reading.",
            "'4 weeks'",
        ),
        "places": Parameter("Number of models to return.", "20"),
        "among": Parameter("Number of most downloaded models of the newest week to rank, up to 10,000.", "10000"),
        "minimum": Parameter("Least downloads over 30 days in the earlier week.", "1000"),
        "with_spikes": Parameter(
            "true: also models with a mark in core.download_spike since the earlier week.", "false"
        ),
        "task": Parameter("Only models of this task, such as text-generation.", "''"),
        "library": Parameter("Only models of this library, such as transformers.", "''"),
        "author": Parameter("Only models of this account, in any case.", "''"),
        "maker": Parameter("Only models of the accounts of this maker in core.maker, in any case.", "''"),
        "licence": Parameter("Only models with this licence tag.", "''"),
        "min_parameters_b": Parameter(
            "Least billions of parameters; models of unknown size are left out. 0 for any size.", "0"
        ),
        "max_parameters_b": Parameter(
            "Most billions of parameters; models of unknown size are left out. 0 for any size.", "0"
        ),
    },
    columns={
        "place": Column("BIGINT", "Rank by robust_growth_pct, 1 for the fastest."),
        "id": LEADING_MODEL.columns["id"],
        "author": LEADING_MODEL.columns["author"],
        "maker": LEADING_MODEL.columns["maker"],
        "task": LEADING_MODEL.columns["task"],
        "downloads_30d_before": Column(
            "BIGINT", "Counted file requests over the 30 days before the walk of the earlier week."
        ),
        "downloads_30d": LEADING_MODEL.columns["downloads_30d"],
        "change": Column("BIGINT", "downloads_30d - downloads_30d_before."),
        "growth_pct": Column(
            "DOUBLE", "The same in percent of downloads_30d_before. Windows of 30 days a week apart share 23 of them."
        ),
        "robust_growth_pct": Column("DOUBLE", "growth_pct, in which a spike counts only up to its cap."),
        "is_spike": Column("BOOLEAN", "true: marked in core.download_spike in a week after the earlier one."),
        "library": LEADING_MODEL.columns["library"],
        "licence": LEADING_MODEL.columns["licence"],
        "parameters_b": LEADING_MODEL.columns["parameters_b"],
        "week_before": Column("DATE", "Monday of the earlier week, UTC."),
        "week": LEADING_MODEL.columns["week"],
        "rank": Column("BIGINT", "Rank in the newest week by downloads_30d, 1 for the largest."),
        "hub_id": LEADING_MODEL.columns["hub_id"],
    },
)

MACROS = (OBSERVATION_AS_OF, FAMILY, TOP_MODELS)

CHANGE_PCT = ScalarMacro(
    name="growth.change_pct",
    description=(
        "The change from an earlier figure to a later one, in percent of the earlier one. NULL if one of them is NULL or "
        "the earlier one is 0."
    ),
    parameters={"later": "The later figure.", "earlier": "The earlier figure."},
    # 100e0 is a DOUBLE. 100.0 is a DECIMAL: the product would have 128 bits, and take ten times as long to divide.
    expression="100e0 * (later - earlier) / nullif(earlier, 0)",
    result=Column("DOUBLE", "Percent."),
)

_ASSUMED = (
    "The assumptions: map(list(assumption), list(value)) of core.memory_assumption. Without one, the result is NULL."
)

WEIGHTS_GB = ScalarMacro(
    name="core.weights_gb",
    description="The memory that the weights of a model take. A weight of 4 bits takes its share of a scale too.",
    parameters={
        "parameters_b": "All parameters, in billions.",
        "bits": "Nominal bits of a weight: 16, 8 or 4.",
        "assumed": _ASSUMED,
    },
    expression="parameters_b * if(bits = 4, assumed['bits_per_weight_at_4_bits'], bits) / 8",
    result=Column("DOUBLE", "GB of 10^9 bytes."),
)

KV_CACHE_GB = ScalarMacro(
    name="core.kv_cache_gb",
    description="The memory of the key-value cache of one conversation.",
    parameters={
        "bytes_per_token": "Bytes that the cache of this model takes for a token; NULL for those of a typical model.",
        "assumed": _ASSUMED,
    },
    expression="coalesce(bytes_per_token, assumed['kv_cache_bytes_per_token']) * assumed['kv_cache_tokens'] / 1e9",
    result=Column("DOUBLE", "GB of 10^9 bytes."),
)

USABLE_GB = ScalarMacro(
    name="core.usable_gb",
    description=(
        "The memory that is left for weights and key-value cache: the rule of every figure that says what runs where. "
        "Unified memory and that of a laptop hold the system and programs too."
    ),
    parameters={
        "memory_gb": "Memory in GB: of 10^9 bytes, but of 2^30 for a laptop, whose memory is sold so.",
        "kind": "laptop, unified, or any other kind of core.hardware for an accelerator with memory of its own.",
        "accelerators": "Number of accelerators that have this memory together: each has an overhead.",
        "assumed": _ASSUMED,
    },
    expression=(
        "if(kind in ('laptop', 'unified'), "
        "memory_gb * if(kind = 'laptop', 1.073741824, 1) * assumed['laptop_usable_share'] "
        "- assumed['laptop_overhead_gb'], "
        "memory_gb * assumed['gpu_usable_share'] - accelerators * assumed['gpu_overhead_gb'])"
    ),
    result=Column("DOUBLE", "GB of 10^9 bytes."),
)

SCALAR_MACROS = (CHANGE_PCT, WEIGHTS_GB, KV_CACHE_GB, USABLE_GB)
