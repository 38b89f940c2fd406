"""Push a release to its destination, and pull the last one back."""

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import msgspec
import tenacity

from assets.push.destination import Destination, LocalRelease, PushedRelease, PushError, Sent, TransientPushError
from assets.push.file_store import FileStore
from assets.push.hub_data_set import HubDataSet
from assets.push_address import PushAddress
from assets.settings import Settings
from warehouse.database.connection import Database
from warehouse.release.data_package import INDEX, Index, indexed_files, inspect, read_index
from warehouse.release.parquet import link_or_copy
from warehouse.release.publish import DATABASE, incoming_release

ATTEMPTS = 4
# Downloads at once.
_THREADS = 8
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_KEPT = "Kept: the release that was pushed last, and this machine's."


class NothingPushedError(PushError):
    """There is no release to pull yet."""


@dataclass(frozen=True)
class Pulled:
    """A pulled release: its number and day, and the files and bytes that were downloaded."""

    version: str
    day: str
    files: int
    bytes: int


def opened(address: PushAddress, settings: Settings) -> Destination:
    """Return the destination at an address. Raises PushError."""
    if address.kind == "hub":
        return HubDataSet(address, settings.hub_endpoint, settings.token)
    return FileStore(address)


def push(
    published: Path, address: PushAddress, settings: Settings, sleep: Callable[[float], None] = time.sleep
) -> tuple[LocalRelease, Sent]:
    """Push the release in the folder `published`; return it, and what was sent. Transient errors are retried.

    Raises:
        PushError: it was not pushed; the last pushed release is whole, and the next push sends what is missing.
    """
    return _retrying(sleep)(_push, published, address, settings)


def push_responses(address: PushAddress, settings: Settings, sleep: Callable[[float], None] = time.sleep) -> Sent:
    """Add the stored responses of this machine to a data set, which is made private if there is none.

    Raises:
        PushError: they were not all pushed; the next push sends what is missing.
    """
    if address.kind != "hub":
        raise PushError(
            f"{address}: stored responses are pushed to a data set of the Hub. To do: rsync to a folder or bucket."
        )
    landing = settings.working / "landing"
    paths = [str(path.relative_to(settings.working)) for path in landing.rglob("*") if path.is_file()]
    if not paths:
        raise PushError(f"there are no stored responses in {landing}. Nothing was pushed. To do: tidegauge refresh")
    data_set = HubDataSet(address, settings.hub_endpoint, settings.token)
    _refuse_made_up(_history(settings.published / DATABASE)[0], data_set, address)
    return _retrying(sleep)(data_set.add, settings.working, paths)


def _retrying(sleep: Callable[[float], None]) -> tenacity.Retrying:
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TransientPushError),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential_jitter(initial=2, max=60),
        sleep=sleep,
        reraise=True,
    )


def _push(published: Path, address: PushAddress, settings: Settings) -> tuple[LocalRelease, Sent]:
    if not (published / INDEX).exists():
        raise PushError(f"there is no release in {published}. Nothing was pushed. To do: tidegauge refresh")
    content = (published / INDEX).read_bytes()
    index = _read(content, published)
    release = LocalRelease(published, content, index, index.files)
    origin, known = _history(published / DATABASE)
    destination = opened(address, settings)
    _refuse_made_up(origin, destination, address)
    last = destination.newest()
    there = _read(last.content, address) if last else None
    if there is not None and (there.version, there.created) not in known:
        raise PushError(
            f"{address} has release {there.version} of {there.created[:10]}, and {release.title} was not made from it: it "
            f"would replace another history. Nothing was pushed. {_KEPT} To do: tidegauge pull, then refresh; or another "
            "address."
        )
    return release, destination.send(release, there.by_path.keys() - index.by_path.keys() if there else ())


def _refuse_made_up(origin: str | None, destination: Destination, address: PushAddress) -> None:
    if origin == "sandbox" and not destination.is_this_machine:
        raise PushError(
            f"these figures are made up by the sandbox, and {address} is not on this machine. Nothing was pushed. To do: "
            "push figures of the live services, or push to a folder or to the sandbox."
        )


def pull(
    address: PushAddress,
    settings: Settings,
    database: Database,
    scratch: Path,
    sleep: Callable[[float], None] = time.sleep,
) -> Pulled | None:
    """Replace the published folder by the release that was pushed last, and put a copy of its database at `scratch`.

    Files that this machine has already are not downloaded. Every file is compared with the SHA-256 of the index before
    anything is replaced. Return None if the release is here already; `scratch` is not written then.

    Raises:
        PushError: nothing was pulled, and nothing was changed.
        WarehouseBusyError: another process is publishing.
    """
    return _retrying(sleep)(_pull, address, settings, database, scratch)


def _pull(address: PushAddress, settings: Settings, database: Database, scratch: Path) -> Pulled | None:
    published = settings.published
    last = opened(address, settings).newest()
    if last is None:
        raise NothingPushedError(f"{no_release_at(address)}. Nothing was changed. To do: tidegauge push")
    index = _read(last.content, address)
    local = _local_release(published)
    if local is not None and (index.version, index.created) in local:
        if max(local, key=lambda one: int(one[0])) != (index.version, index.created):
            raise PushError(
                f"this machine has a later release than {address}, which has release {index.version} of "
                f"{index.created[:10]}. Nothing was changed. To do: tidegauge push"
            )
        if _has_release(settings.database, (index.version, index.created)):
            return None
    with incoming_release(database, published) as incoming:
        downloaded = _download(last, index, published, incoming)
        _, releases = _history(incoming / DATABASE)
        if local is not None and not local <= releases:
            raise PushError(
                f"the release at {address} was not made from the one in {published}: it would replace another history. "
                "Nothing was changed. To do: pull with another TIDEGAUGE_HOME."
            )
        shutil.copyfile(incoming / DATABASE, scratch)
    return Pulled(index.version, index.created[:10], *downloaded)


def no_release_at(address: PushAddress) -> str:
    """Return that there is no release; the Hub does not tell a private data set from none."""
    return f"there is no release at {address} yet{', or HF_TOKEN may not read it' if address.kind == 'hub' else ''}"


def _download(last: PushedRelease, index: Index, published: Path, incoming: Path) -> tuple[int, int]:
    """Fill `incoming` with the files of a release, from `published` where it has them; return the files and bytes fetched.

    Raises:
        PushError: a file cannot be fetched, or is not the one in the index.
    """
    here = indexed_files(published)

    def fetch(path: str) -> int:
        file, target = index.by_path[path], incoming / path
        if here.get(path) == file and (published / path).exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            link_or_copy(published / path, target)
            if inspect(incoming, path, file.fingerprint) == file:
                return 0
            target.unlink()
        last.fetch(path, incoming)
        if (found := inspect(incoming, path, file.fingerprint)) != file:
            raise PushError(
                f"{path} of release {index.version} has {found.bytes:,} bytes with {found.hash}, and the index says "
                f"{file.bytes:,} with {file.hash}. Nothing was changed. To do: pull again; if it is the same, push the "
                "release again from the machine that made it."
            )
        return file.bytes

    outside = [path for path in index.by_path if not (incoming / path).resolve().is_relative_to(incoming.resolve())]
    if outside:
        raise PushError(f"the index names {outside[0]!r}, outside of the release. Nothing was changed.")
    with ThreadPoolExecutor(_THREADS) as pool:
        sizes = list(pool.map(fetch, index.by_path))
    shutil.rmtree(incoming / ".cache", ignore_errors=True)  # the notes of huggingface_hub
    (incoming / INDEX).write_bytes(last.content)
    return sum(size > 0 for size in sizes), sum(sizes)


def _read(content: bytes, place: object) -> Index:
    try:
        return read_index(content)
    except msgspec.DecodeError as error:
        raise PushError(
            f"{place}: its {INDEX} cannot be read: {error}. Nothing was changed. To do: publish with tidegauge refresh; or "
            "another address."
        ) from error


def _has_release(database: Path, release: tuple[str, str]) -> bool:
    """Return whether a working database has a release; one that is missing, damaged or older than it has not.

    It is older if a pull died after the swap of the published folder.
    """
    try:
        return database.exists() and release in _history(database)[1]
    except PushError:
        return False


def _local_release(published: Path) -> set[tuple[str, str]] | None:
    return _history(published / DATABASE)[1] if (published / DATABASE).exists() else None


def _history(database: Path) -> tuple[str | None, set[tuple[str, str]]]:
    """Return the origin of a release, and the number and time of it and of all releases before it, as in their index."""
    try:
        with closing(duckdb.connect(str(database), read_only=True)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            ((origin,),) = connection.execute("select origin from meta.warehouse").fetchall()
            rows: list[tuple[int, datetime]] = connection.execute(
                "select version, published_at from meta.release"
            ).fetchall()
    except duckdb.Error as error:
        why = str(error).partition("\n")[0]
        raise PushError(
            f"{database} cannot be read: {why} Nothing was changed. To do: docs/operations.md#damaged_database"
        ) from error
    return origin, {(str(version), f"{published_at:{_STAMP}}") for version, published_at in rows}
