"""Addresses that a release is pushed to and pulled from: a data set of the Hub, an S3 bucket, or a folder."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FORMS = "hf://datasets/ORG/NAME, s3://BUCKET/FOLDER, or a folder"
_NAME = r"[A-Za-z0-9][\w.-]*"
_HUB = re.compile(rf"hf://datasets/({_NAME}/{_NAME})(?:@([\w.-]+))?/?")
_S3 = re.compile(r"s3://([a-z0-9][a-z0-9.-]+(?:/[\w.=-]+)*)/?")


@dataclass(frozen=True)
class PushAddress:
    """An address: `name` is ORG/NAME, the bucket with its folder, or the absolute path of a folder.

    `revision` is a tag, a branch or a commit of a data set; None for its newest release.
    """

    kind: Literal["hub", "s3", "folder"]
    name: str
    revision: str | None = None

    def __str__(self) -> str:
        """Return the address as DuckDB, polars and fsspec read it."""
        at = f"@{self.revision}" if self.revision else ""
        return {"hub": f"hf://datasets/{self.name}{at}", "s3": f"s3://{self.name}", "folder": self.name}[self.kind]


def push_address(text: str, folder: Path | None = None) -> PushAddress:
    """Return the address in a text; a relative path is below `folder`.

    Raises:
        ValueError: it is none; without `folder`, also a relative path.
    """
    if (hub := _HUB.fullmatch(text)) is not None:
        return PushAddress("hub", hub[1], hub[2])
    if (s3 := _S3.fullmatch(text)) is not None:
        return PushAddress("s3", s3[1])
    path = Path(text).expanduser()
    if "://" in text or not text.strip() or (folder is None and not path.is_absolute()):
        raise ValueError(f"expected {FORMS}{'' if folder else ' with its whole path'}")
    return PushAddress("folder", str((folder or Path("/")) / path))


def is_below(address: PushAddress, folder: Path) -> bool:
    """Return whether an address is a folder that is this one, or in it."""
    return address.kind == "folder" and Path(address.name).resolve().is_relative_to(folder.resolve())
