"""The declaration of a source, and the input and result of collecting it.

A source is declared once, as the constant `SOURCE` in the module of its client. From this declaration follow its address
and keys in the settings and in `.env.example`, its row of `meta.source`, its probe in `tidegauge doctor`, and its asset.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from assets.landing.responses import ResponseStore, source_key
from assets.settings import ServiceAddress, ServiceKey, Settings
from warehouse.facts.observations import Observation
from warehouse.facts.set_aside_items import SetAside
from warehouse.facts.sources import SourceRow
from warehouse.facts.versioned_rows import Rows
from warehouse.tables.table import Table


@dataclass(frozen=True)
class SourceContext:
    """Input of a collection: the store of the responses, the settings, the present moment, and the week (Monday)."""

    responses: ResponseStore
    settings: Settings
    now: datetime
    week: date

    @property
    def source(self) -> str:
        """Key into meta.source; figures of the sandbox carry another one than those of the service."""
        return source_key(self.responses.source, self.responses)


@dataclass(frozen=True)
class SourceResult:
    """Result of a collection: observations for core.observation, and all current rows of versioned tables.

    A row that an earlier collection had and this one has not is withdrawn. `figures` are shown in the UI.

    `is_list`: the observations are those of a whole list; an entity that the last collection had and this one has not has
    left it. `identified_by` is the attribute of observations with a permanent number of their entity: with another number
    it is another thing that has taken the name.

    `set_aside` are the items that could not be used, each with its reason (`assets.list_source.ItemErrors` collects them):
    the collection is then partial, and the rest of it is loaded. With rows of versioned tables, name in `SetAside.keeps` how
    the earlier rows of the item are recognised: they are not withdrawn. `item_column` is the column of the rows that names
    the response, of several, that they are of: half of one is then an odd item, and not a reason to refuse all of them.
    """

    observations: Sequence[Observation] = ()
    rows: Mapping[Table, Rows] = field(default_factory=dict[Table, Rows])
    figures: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    set_aside: Sequence[SetAside] = ()
    is_list: bool = False
    identified_by: str | None = None
    item_column: str = ""

    @property
    def count(self) -> int:
        """Number of observations and rows."""
        return len(self.observations) + sum(map(len, self.rows.values()))


@dataclass(frozen=True, kw_only=True)
class SourceDescription:
    """Who publishes the figures, under which terms, and how the service is reached.

    `probe` sends one cheap request and returns what works, as a phrase; it raises SourceError like the client. It is None
    for a source without a service.
    """

    name: str
    title: str
    home_page: str
    licence: str
    citation: str
    caveat: str
    cadence: str = "Weekly"
    addresses: tuple[ServiceAddress, ...] = ()
    keys: tuple[ServiceKey, ...] = ()
    probe: Callable[[Settings], str] | None = None

    @property
    def row(self) -> SourceRow:
        """Row of meta.source."""
        return SourceRow(
            self.name, self.title, self.home_page, self.licence, self.citation, self.cadence, self.caveat
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Source(SourceDescription):
    """A source that the weekly refresh collects, as the asset `<group>/<name>`.

    `collect` sends the requests and reads the responses; it raises SourceError. `kinds` and `description` are shown with
    the asset.
    """

    group: str
    kinds: frozenset[str]
    description: str
    collect: Callable[[SourceContext], SourceResult]


def today() -> date:
    """Return the present day, UTC, as a probe needs it."""
    return datetime.now(UTC).date()
