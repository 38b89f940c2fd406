"""Resources of the walk: the Hub, and a place to report progress."""

import dagster as dg

from assets.http.client import Service
from assets.http.hub_service import hub_service
from assets.hub.walk import Progress
from assets.settings import Settings


class Hub(dg.ConfigurableResource[None]):
    """The Hugging Face Hub, at TIDEGAUGE_HUB_URL; the token is read from the environment when it is used."""

    @property
    def endpoint(self) -> str:
        """The Hub's base address."""
        return Settings().hub_endpoint

    def service(self) -> Service:
        """Give the Hub, ready to be asked."""
        settings = Settings()
        return hub_service(settings.hub_endpoint, settings.token)


class ProgressLog:
    """Reports a walk's progress to the log of its run, now and then; a terminal shows more (see `terminal.py`)."""

    EVERY_PAGES = 100

    def begin(self, steps: int) -> None:
        """Begin a run of so many steps. Nothing to report: the run's own events say so."""

    def step(self, key: str) -> None:
        """Begin the step `key` of the run. Nothing to report: the run's own events say so."""

    def walk(self, progress: Progress, context: dg.AssetExecutionContext) -> None:
        """Report how far the walk is: a line in the log, and a point in the plots of its asset."""
        if progress.pages % self.EVERY_PAGES == 1:
            of = f" of about {progress.expected_rows:,}" if progress.expected_rows else ""
            left = f"; {progress.quota.remaining:,} calls left in this window" if progress.quota else ""
            context.log.info(f"{progress.pages:,} pages, {progress.rows:,}{of} models{left}")
            share = 100 * progress.rows / progress.expected_rows if progress.expected_rows else None
            figures = {"pages": progress.pages, "models": progress.rows, "share_pct": share}
            known = {name: figure for name, figure in figures.items() if figure is not None}
            context.log_event(dg.AssetObservation(asset_key=context.asset_key, metadata=known))
