"""Files of data sets on the Hugging Face Hub: their requests and expected columns (`parquet_columns` reads them).

The Hub redirects a file to its storage, which is another host: our headers are not sent there.
"""

from dataclasses import dataclass
from typing import Literal

from huggingface_hub import constants

from assets.http.client import PARQUET, Request, Service
from assets.http.hub_service import hub_headers

LARGEST_FILE_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Expected:
    """Expected type of a column: text, finite numbers, whole numbers, days (also text as YYYY-MM-DD), or booleans."""

    kind: Literal["text", "number", "whole", "day", "flag"]
    required: bool = True


def dataset_service(source: str, endpoint: str, token: str | None) -> Service:
    """Return a client of the Hub at `endpoint` for a source that is a data set there."""
    return Service(source, endpoint, hub_headers(token), known_as=constants.ENDPOINT, spacing_s=1.0, attempts=4)


def parquet_file(dataset: str, path: str, revision: str = "main") -> Request:
    """Return the request for a Parquet file of a data set, at its main branch or at a commit."""
    return Request(
        f"datasets/{dataset}/resolve/{revision}/{path}", kind=PARQUET, follow=True, largest_bytes=LARGEST_FILE_BYTES
    )
