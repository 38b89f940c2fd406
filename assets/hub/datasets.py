"""Files of data sets on the Hugging Face Hub: where they lie, and what their columns must hold (`parquet_columns` reads them).

The Hub redirects a file to its storage, which is another host: none of our headers go there.
"""

from dataclasses import dataclass
from typing import Literal

from huggingface_hub import constants

from assets.http.client import PARQUET, Request, Service
from assets.http.hub_service import hub_headers

LARGEST_FILE_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Expected:
    """What a column must hold: words, finite numbers, whole numbers, days (also as YYYY-MM-DD), or yes and no."""

    kind: Literal["text", "number", "whole", "day", "flag"]
    required: bool = True


def dataset_service(source: str, endpoint: str, token: str | None) -> Service:
    """Return the Hub at `endpoint`, asked on behalf of a source that lies there as a data set."""
    return Service(source, endpoint, hub_headers(token), known_as=constants.ENDPOINT, spacing_s=1.0, attempts=4)


def parquet_file(dataset: str, path: str, revision: str = "main") -> Request:
    """Give the question for a Parquet file of a data set, as its main branch has it, or a commit."""
    return Request(
        f"datasets/{dataset}/resolve/{revision}/{path}", kind=PARQUET, follow=True, largest_bytes=LARGEST_FILE_BYTES
    )
