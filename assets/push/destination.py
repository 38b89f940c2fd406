"""What a place that releases are pushed to must offer, and the errors of pushing and pulling."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from warehouse.release.data_package import Index, IndexedFile


class PushError(Exception):
    """A release was not pushed, or not pulled; the message says why, what was kept, and what to do."""


class TransientPushError(PushError):
    """An error that the next attempt may not have."""


@dataclass(frozen=True)
class LocalRelease:
    """A published folder: its index as text and as read, and the files to push, without the index itself."""

    folder: Path
    content: bytes
    index: Index
    files: Sequence[IndexedFile]

    @property
    def day(self) -> str:
        """The day of the release."""
        return self.index.created[:10]

    @property
    def title(self) -> str:
        """The release in words."""
        return f"release {self.index.version} of {self.day}"


@dataclass(frozen=True)
class Sent:
    """Files and bytes that were sent, files that were deleted, and the address at which this release stays readable."""

    files: int
    bytes: int
    deleted: int
    stable_address: str | None = None


class PushedRelease(Protocol):
    """A release at its destination, which stays the same while it is read."""

    @property
    def content(self) -> bytes:
        """The content of its `datapackage.json`."""
        ...

    def fetch(self, path: str, folder: Path) -> None:
        """Write one of its files to the same path below `folder`. Raises PushError."""
        ...


class Destination(Protocol):
    """A place of releases. Every method raises PushError."""

    is_this_machine: bool

    def newest(self) -> PushedRelease | None:
        """Return the release that was pushed last; None if there is none yet."""
        ...

    def send(self, release: LocalRelease, gone: Collection[str]) -> Sent:
        """Send what differs, delete the files that are `gone`, and make all of it visible at the end."""
        ...
