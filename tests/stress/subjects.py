"""What the fault campaign collects: every source that requests a service, through its asset or its command."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import dagster as dg

from assets.communities.subreddit_history import MONTHS
from assets.declared_sources import COLLECTED
from assets.http.errors import SourceError
from assets.hub import assets as hub
from assets.hub import snapshot_assets
from assets.hub.resources import Hub, ProgressLog
from assets.inference import assets as inference
from assets.registry import SOURCE_ASSETS
from assets.resources import Clock, Warehouse
from assets.seeds import survey_answers
from assets.settings import Settings
from assets.source_asset import source_asset
from assets.training import cost_model

_HUB = ("TIDEGAUGE_HUB_URL",)
# These read files that lie here, and ask nobody.
_OF_THIS_MACHINE = {survey_answers.SURVEY_LIST, cost_model.SOURCE.name, inference.BENCH_FILES.path[-1]}


@dataclass(frozen=True)
class Came:
    """Result of a collection: `reason` is None if it succeeded; `told` is the metadata."""

    status: str
    reason: str | None = None
    told: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """One source: the settings that name its address, and how it is collected at a moment."""

    name: str
    settings: tuple[str, ...]
    collect: Callable[[datetime], Came]


def subjects() -> list[Subject]:
    """Return every source that asks a service."""
    of_assets = [
        Subject(name, _settings_of(name), _materialising([asset]))
        for asset in SOURCE_ASSETS
        if (name := asset.key.path[-1]) not in _OF_THIS_MACHINE
    ]
    return [
        *of_assets,
        Subject("subreddit_months", _settings_of(MONTHS.name), _materialising([source_asset(MONTHS)])),
        Subject("hub_walk", _HUB, _materialising([hub.hub_walk, hub.hub_models])),
        Subject("hub_weekly_snapshots", _HUB, _collect_snapshots),
    ]


def _settings_of(source: str) -> tuple[str, ...]:
    return tuple(address.setting for address in COLLECTED[source].addresses)


def _materialising(assets: Sequence[dg.AssetsDefinition]) -> Callable[[datetime], Came]:
    """Return what collects with the functions of these assets, one after the other, as a run calls them.

    The run itself is left out: it would cost ten times as much, and knows nothing of a source.
    """

    def collect(now: datetime) -> Came:
        given: Mapping[str, Any] = {
            "context": _Context(), "warehouse": Warehouse(), "clock": Clock(simulated_now=now.isoformat()),
            "hub": Hub(), "progress": ProgressLog(),
        }  # fmt: skip
        told: dict[str, str] = {}
        try:
            for asset in assets:
                function: Any = asset.op.compute_fn
                function = function.decorated_fn
                wanted = signature(function).parameters
                result = function(**{name: one for name, one in given.items() if name in wanted})
                for one in result if isinstance(result, Iterator) else [result]:
                    told |= {name: str(getattr(value, "value", value)) for name, value in (one.metadata or {}).items()}
                    for check in one.check_results or []:
                        if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
                            return Came("failed", check.description or "", told)
        except dg.Failure as failure:
            return Came("failed", failure.description or "", told)
        return Came("complete", None, told)

    return collect


class _Context(SimpleNamespace):
    """The part of a run's context that the assets use."""

    def __init__(self) -> None:
        quiet = SimpleNamespace(info=_nothing, warning=_nothing)
        # No asset names an address: whether the machine is online is not checked before each fault.
        graph = SimpleNamespace(get=lambda _key: SimpleNamespace(metadata={}))
        super().__init__(
            run=SimpleNamespace(run_id=str(uuid4())),
            log=quiet,
            log_event=_nothing,
            asset_key=hub.WALK,
            job_def=SimpleNamespace(asset_layer=SimpleNamespace(asset_graph=graph)),
        )


def _nothing(*_: object) -> None:
    return


def _collect_snapshots(now: datetime) -> Came:
    """Load the snapshots as `tidegauge backfill hub-snapshots` does; report a refused one."""
    warehouse, told = Warehouse(), dict[str, str]()
    try:
        service, listed = snapshot_assets.available(Settings(), None)
        for one in snapshot_assets.missing(warehouse, listed, again=False):
            brought = snapshot_assets.load_snapshot(warehouse, service, one, now, lambda _bytes: None)
            told[str(brought.label)] = f"{brought.status} {brought.reason or ''}"
    except SourceError as error:
        return Came("failed", str(error))
    return Came("complete", None, told)


class Home:
    """TIDEGAUGE_HOME of one subject: what a sound collection of the first week left is put back before each fault."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home"
        self._kept = folder / "kept"
        os.environ["TIDEGAUGE_HOME"] = str(self.folder)

    def keep(self) -> None:
        """Remember what is there."""
        shutil.copytree(self.folder, self._kept)

    def put_back(self) -> None:
        """Put back what was remembered."""
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder)
