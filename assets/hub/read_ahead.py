"""Reads the pages of a walk while it is under way: a paced walk leaves the machine idle for half an hour."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from assets.hub.load_records import PAGES_A_BATCH, PageRejectedError, read_ahead
from assets.hub.walk import Progress
from assets.landing.walk_folder import Landing
from warehouse.database.file_modes import private_folder


class ReadAhead:
    """Follows a walk: reads each whole batch of its pages into `folder`, in a thread of its own, one at a time.

    Nothing depends on it: what was not read ahead is read after the walk, and whatever is wrong with it is said there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = private_folder(folder)
        self._reader = ThreadPoolExecutor(max_workers=1)
        self._batches: list[Future[None]] = []

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End with the batch that is being read; of a walk that broke off what waits is read when it is continued."""
        self._reader.shutdown(wait=True, cancel_futures=error is not None)

    def follow(self, progress: Progress) -> None:
        """Take note of a landed page."""
        landing = progress.landing
        while len(landing.pages) >= (len(self._batches) + 1) * PAGES_A_BATCH:
            begin = len(self._batches) * PAGES_A_BATCH
            self._batches.append(self._reader.submit(self._read, landing, begin))

    def _read(self, landing: Landing, begin: int) -> None:
        edge = datetime.fromisoformat(landing.request["edge"])
        try:
            read_ahead(landing, landing.pages[begin : begin + PAGES_A_BATCH], edge, self._folder)
        except (PageRejectedError, duckdb.Error, OSError):
            return  # read after the walk instead, where it is said what is wrong
