"""Resources of the walk: the Hub, and the progress log."""

from functools import cached_property

import dagster as dg

from assets.http.client import Service
from assets.http.hub_service import hub_service
from assets.hub.walk import Progress
from assets.settings import Settings


class Hub(dg.ConfigurableResource[None]):
    """The Hugging Face Hub at TIDEGAUGE_HUB_URL; address and token are read from the environment at first use."""

    @cached_property
    def _settings(self) -> Settings:
        return Settings()

    @property
    def endpoint(self) -> str:
        """Base address of the Hub."""
        return self._settings.hub_endpoint

    def service(self) -> Service:
        """Return a client of the Hub."""
        return hub_service(self._settings.hub_endpoint, self._settings.token)


class ProgressLog:
    """Log the progress of a walk every `EVERY_PAGES` pages; in a terminal `pipelines/commands/terminal.py` shows more."""

    EVERY_PAGES = 100

    def begin(self, steps: int) -> None:
        """Begin a run of so many steps. Logs nothing: Dagster's own events do."""

    def step(self, key: str) -> None:
        """Begin the step `key` of the run. Logs nothing: Dagster's own events do."""

    def walk(self, progress: Progress, context: dg.AssetExecutionContext) -> None:
        """Log how far the walk is, and record it as an observation of its asset for the plots in the UI."""
        if progress.pages % self.EVERY_PAGES == 1:
            of = f" of about {progress.expected_rows:,}" if progress.expected_rows else ""
            left = f"; {progress.quota.remaining:,} calls left in this window" if progress.quota else ""
            context.log.info(f"{progress.pages:,} pages, {progress.rows:,}{of} models{left}")
            share = 100 * progress.rows / progress.expected_rows if progress.expected_rows else None
            figures = {"pages": progress.pages, "models": progress.rows, "share_pct": share}
            known = {name: figure for name, figure in figures.items() if figure is not None}
            context.log_event(dg.AssetObservation(asset_key=context.asset_key, metadata=known))
