"""Parse the pages of a walk during the walk, which waits for its rate limit most of the time."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from assets.hub.load_records import BATCH_PAGES, PageRejectedError, read_ahead
from assets.hub.walk import Progress
from assets.landing.walk_folder import WalkFolder
from warehouse.database.file_modes import private_folder


class ReadAhead:
    """Parse each complete batch of a walk's pages into `folder`, one at a time in a thread.

    It is optional: pages that were not read ahead are parsed after the walk, and errors are reported there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = private_folder(folder)
        self._reader = ThreadPoolExecutor(max_workers=1)
        self._batches: list[Future[None]] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the batches; after an error only for the current one, because the next walk parses the others."""
        self._reader.shutdown(wait=True, cancel_futures=error is not None)

    def follow(self, progress: Progress) -> None:
        """Start the batches that are complete with a newly stored page."""
        folder = progress.folder
        while len(folder.pages) >= (len(self._batches) + 1) * BATCH_PAGES:
            begin = len(self._batches) * BATCH_PAGES
            self._batches.append(self._reader.submit(self._read, folder, begin))

    def _read(self, folder: WalkFolder, begin: int) -> None:
        edge = datetime.fromisoformat(folder.request["edge"])
        try:
            read_ahead(folder, folder.pages[begin : begin + BATCH_PAGES], edge, self._folder)
        except (PageRejectedError, duckdb.Error, OSError):
            return  # parsed again after the walk, where the error is reported
