"""What assets are given to work with: the warehouse, the Hub, the time, and a place to report progress."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb

from pipelines.settings import Settings
from pipelines.sources.hugging_face import Progress, hub_service
from pipelines.sources.transport import Service
from warehouse import connection, schema


class Clock(dg.ConfigurableResource[None]):
    """The time. A demonstration of many weeks sets `simulated_now` (ISO 8601); nothing else may."""

    simulated_now: str | None = None

    def now(self) -> datetime:
        """Give the present moment, UTC."""
        return datetime.fromisoformat(self.simulated_now) if self.simulated_now else datetime.now(UTC)


class Warehouse(dg.ConfigurableResource[None]):
    """The working database and the published folder, below TIDEGAUGE_HOME."""

    @property
    def landing(self) -> Path:
        """The folder of landed answers."""
        return Settings().working / "landing"

    @property
    def database(self) -> Path:
        """The working database."""
        return Settings().database

    @property
    def published(self) -> Path:
        """The folder that others read."""
        return Settings().published

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the only writing connection, in one transaction, with every table in place."""
        with connection.writing(self.database) as writer:
            schema.prepare(writer, datetime.now(UTC))
            yield writer

    def reading(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Give a read-only connection; the caller must know that the database is there."""
        return connection.reading(self.database)


class Hub(dg.ConfigurableResource[None]):
    """The Hugging Face Hub, at TIDEGAUGE_HUB_URL; the token is read from the environment when it is used."""

    def service(self) -> Service:
        """Give the Hub, ready to be asked."""
        settings = Settings()
        return hub_service(settings.hub_endpoint, settings.token)


class ProgressLog:
    """Reports a walk's progress to the log of its run, now and then; a terminal shows more (see `terminal.py`)."""

    EVERY_PAGES = 100

    def walk(self, progress: Progress, log: dg.DagsterLogManager) -> None:
        """Say how far the walk is."""
        if progress.pages % self.EVERY_PAGES == 1:
            of = f" of about {progress.expected_rows:,}" if progress.expected_rows else ""
            left = f"; {progress.quota.remaining:,} calls left in this window" if progress.quota else ""
            log.info(f"{progress.pages:,} pages, {progress.rows:,}{of} models{left}")
