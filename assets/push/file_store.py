"""Releases in a folder or an S3 bucket, through the file systems of pyarrow.

What differs is written below `.incoming` first. A plan, written when all of it is there, lists the files to move to their
places. A push that dies before the plan leaves the last release; one that dies after it is finished by the next push, and
`newest` reads through the plan: the release is whole at any time. The index is moved last.
"""

import os
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from assets.http.addresses import is_loopback
from assets.push.destination import LocalRelease, PushError, Sent, TransientPushError
from assets.push_address import PushAddress
from warehouse.database.file_modes import for_readers, public_folder
from warehouse.release.data_package import INDEX, read_index
from warehouse.release.publish import DATABASE

if TYPE_CHECKING:
    from pyarrow import fs

_INCOMING = ".incoming"
_PLAN = f"{_INCOMING}/PLAN.json"
# Requests to a store at once.
_THREADS = 8
ENDPOINT = "AWS_ENDPOINT_URL"


class _Plan(msgspec.Struct, frozen=True):
    """Files to move from `.incoming` to their places, in this order, and then files to delete."""

    moved: list[str]
    deleted: list[str]


@dataclass(frozen=True)
class _StoredRelease:
    """A release in a store: a file that waits to be moved is read from where it waits."""

    address: PushAddress
    files: "fs.FileSystem"
    waiting: frozenset[str]
    content: bytes

    def fetch(self, path: str, folder: Path) -> None:
        from pyarrow import fs

        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        waits = f"{_INCOMING}/{path}"
        try:
            is_waiting = path in self.waiting and self.files.get_file_info(waits).type == fs.FileType.File
            fs.copy_files(
                waits if is_waiting else path,
                str(target),
                source_filesystem=self.files,
                destination_filesystem=_local(),
            )
        except OSError as error:  # it is gone, or a push moved it just now: the next attempt reads the release anew
            raise TransientPushError(str(_error(self.address, error))) from error


class FileStore:
    """A folder, or a bucket of S3 with the AWS_* variables of the environment."""

    def __init__(self, address: PushAddress) -> None:
        self._address = address
        self.is_this_machine = address.kind == "folder" or is_loopback(
            os.environ.get(ENDPOINT, "https://s3.amazonaws.com")
        )
        try:
            self._files = _opened(address)
        except OSError as error:
            raise _error(self._address, error) from error

    def newest(self) -> _StoredRelease | None:
        """Return the release that was pushed last; None if there is none yet."""
        try:
            plan = self._plan()
            waiting = frozenset(plan.moved) if plan else frozenset[str]()
            content = self._read(f"{_INCOMING}/{INDEX}") if INDEX in waiting else None
            content = content or self._read(INDEX)
        except OSError as error:
            raise _error(self._address, error) from error
        return None if content is None else _StoredRelease(self._address, self._files, waiting, content)

    def send(self, release: LocalRelease, gone: Collection[str]) -> Sent:
        """Write what differs from the index of the last release, then move it to its place."""
        try:
            if (plan := self._plan()) is not None:
                self._carry_out(plan)
            self._delete_incoming()
            there = self._read(INDEX)
            known = read_index(there).by_path if there else {}
            changed = [file for file in release.files if known.get(file.path) != file]
            if not changed and there == release.content:
                return Sent(0, 0, 0)
            with ThreadPoolExecutor(_THREADS) as pool:
                list(pool.map(lambda file: self._write(release.folder, file.path), changed))
            self._put(f"{_INCOMING}/{INDEX}", release.content)
            # The database last but for the index: who sees its number finds all other files.
            paths = sorted((file.path for file in changed), key=lambda path: path == DATABASE)
            plan = _Plan([*paths, INDEX], sorted(gone))
            self._put(_PLAN, msgspec.json.encode(plan))
            self._carry_out(plan)
            self._delete_incoming()
        except OSError as error:
            raise _error(self._address, error) from error
        return Sent(len(changed) + 1, sum(file.bytes for file in changed) + len(release.content), len(gone))

    def _write(self, folder: Path, path: str) -> None:
        from pyarrow import fs

        target = f"{_INCOMING}/{path}"
        self._make_parent(target)
        fs.copy_files(str(folder / path), target, source_filesystem=_local(), destination_filesystem=self._files)
        self._for_readers(target)

    def _carry_out(self, plan: _Plan) -> None:
        """Move and delete what a plan lists, as far as it was not done before."""
        from pyarrow import fs

        for path in plan.moved:
            waits = f"{_INCOMING}/{path}"
            if self._files.get_file_info(waits).type == fs.FileType.File:
                self._make_parent(path)
                self._files.move(waits, path)
        for path in plan.deleted:
            if self._files.get_file_info(path).type == fs.FileType.File:
                self._files.delete_file(path)

    def _plan(self) -> _Plan | None:
        """Return the plan; None if there is none, or one that was not written to its end: it has moved nothing yet."""
        content = self._read(_PLAN)
        try:
            return None if content is None else msgspec.json.decode(content, type=_Plan)
        except msgspec.DecodeError:
            return None

    def _delete_incoming(self) -> None:
        """Delete what waits; the plan first, without which the rest means nothing."""
        from pyarrow import fs

        if self._files.get_file_info(_PLAN).type == fs.FileType.File:
            self._files.delete_file(_PLAN)
        if self._files.get_file_info(_INCOMING).type == fs.FileType.Directory:
            self._files.delete_dir(_INCOMING)

    def _read(self, path: str) -> bytes | None:
        from pyarrow import fs

        if self._files.get_file_info(path).type != fs.FileType.File:
            return None
        with self._files.open_input_stream(path) as stream:
            return bytes(stream.read())

    def _put(self, path: str, content: bytes) -> None:
        self._make_parent(path)
        with self._files.open_output_stream(path) as stream:
            stream.write(content)
        self._for_readers(path)

    def _make_parent(self, path: str) -> None:
        if self._address.kind == "folder":  # a bucket has none
            public_folder((Path(self._address.name) / path).parent)

    def _for_readers(self, path: str) -> None:
        if self._address.kind == "folder":
            for_readers(Path(self._address.name) / path)


def _error(address: PushAddress, error: OSError) -> PushError:
    return PushError(
        f"{address}: {str(error).splitlines()[0]} Kept: this machine's release, and the release that was pushed "
        "last. To do: see whether the place can be reached and written (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, "
        f"AWS_REGION and {ENDPOINT} for S3); then tidegauge push."
    )


def _opened(address: PushAddress) -> "fs.FileSystem":
    from pyarrow import fs

    if address.kind == "folder":
        return fs.SubTreeFileSystem(address.name, _local())
    settings: Mapping[str, str] = {"region": os.environ.get("AWS_REGION", "us-east-1")}
    if endpoint := os.environ.get(ENDPOINT):
        settings = {**settings, "endpoint_override": endpoint}
    return fs.SubTreeFileSystem(address.name, fs.S3FileSystem(**settings))


def _local() -> "fs.FileSystem":
    from pyarrow import fs

    return fs.LocalFileSystem()
