"""Releases in a data set of the Hugging Face Hub, through huggingface_hub: one commit and one tag for each.

Large files are uploaded before the commit, which names them all at once: a push that dies leaves the last release, and the
next one sends only what the Hub does not have yet.
"""

import hashlib
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.http.addresses import is_loopback
from assets.http.environment import ca_bundle
from assets.push.data_set_card import data_set_card
from assets.push.destination import LocalRelease, PushError, Sent, TransientPushError
from assets.push_address import PushAddress
from warehouse.release.data_package import INDEX, read_index

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

CARD = "README.md"
_KIND = "dataset"
_CONNECT_S, _RESPONSE_S = 10, 300
_TRANSIENT = frozenset({408, 409, 412, 425, 429, *range(500, 600)})


def tag_of(version: str) -> str:
    """Return the tag of a release."""
    return f"release-{version}"


@dataclass(frozen=True)
class _HubRelease:
    """A release at a commit."""

    data_set: "HubDataSet"
    commit: str
    content: bytes

    def fetch(self, path: str, folder: Path) -> None:
        self.data_set.download(path, self.commit, folder)


class HubDataSet:
    """The data set of an address; without a token it can be read only, if it is public."""

    def __init__(self, address: PushAddress, endpoint: str, token: str | None) -> None:
        self._address = address
        self._endpoint = endpoint
        self._token = token
        self.is_this_machine = is_loopback(endpoint)

    def newest(self) -> _HubRelease | None:
        """Return the release of the address's revision, by default of the main branch; None if there is none yet."""
        with self._errors():
            commit = self._commit()
            files = self._files(commit) if commit else {}
        if commit is None or INDEX not in files:
            return None
        return _HubRelease(self, commit, self._content(INDEX, commit))

    def send(self, release: LocalRelease, gone: Collection[str]) -> Sent:
        """Commit what differs, and tag the commit. A tag that an earlier push did not reach is made first."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        if self._token is None:
            raise self._error("HF_TOKEN is not set, and nobody may write to the Hub without a token.")
        tag = tag_of(release.index.version)
        card = data_set_card(release.content, self._address.name, tag).encode()
        with self._errors():
            head = self._commit() or self._created()
            there = self._files(head)
            self._tag_untagged(head, there, release)
            additions = [
                CommitOperationAdd(file.path, str(release.folder / file.path))
                for file in release.files
                if not _is_same(there.get(file.path), release.folder / file.path, file.hash)
            ]
            for path, content in ((CARD, card), (INDEX, release.content)):
                if path not in there or there[path].blob_id != _blob_id(content):
                    additions.append(CommitOperationAdd(path, content))
            deletions = [CommitOperationDelete(path) for path in gone if path in there]
            sizes = [addition.upload_info.size for addition in additions]
            if additions or deletions:
                head = self._api.create_commit(
                    self._address.name,
                    [*additions, *deletions],
                    commit_message=f"Release {release.index.version} of {release.day}",
                    repo_type=_KIND,
                    parent_commit=head,
                ).oid
            self._tag(tag, head)
        return Sent(len(additions), sum(sizes), len(deletions), f"hf://datasets/{self._address.name}@{tag}")

    def add(self, folder: Path, paths: Collection[str]) -> Sent:
        """Commit files that the data set does not have yet, or has otherwise; make it, private, if there is none."""
        from huggingface_hub import CommitOperationAdd

        if self._token is None:
            raise self._error("HF_TOKEN is not set, and nobody may write to the Hub without a token.")
        with self._errors():
            head = self._commit() or self._created(private=True)
            there = self._files(head)
            additions: list[CommitOperationAdd] = []
            for path in sorted(paths):
                if not _is_same(there.get(path), folder / path):
                    additions.append(CommitOperationAdd(path, str(folder / path)))
            sizes = [addition.upload_info.size for addition in additions]
            if additions:
                message = f"Add {len(additions)} files"
                self._api.create_commit(self._address.name, additions, commit_message=message, repo_type=_KIND)
        return Sent(len(additions), sum(sizes), 0)

    def download(self, path: str, commit: str, folder: Path) -> None:
        """Write a file of a commit to the same path below `folder`."""
        with self._errors():
            self._api.hf_hub_download(
                self._address.name, path, repo_type=_KIND, revision=commit, local_dir=folder, token=self._token or False
            )

    @cached_property
    def _api(self) -> "HfApi":
        from huggingface_hub import HfApi, constants, set_client_factory
        from huggingface_hub.utils.tqdm import disable_progress_bars

        constants.HF_HUB_DISABLE_TELEMETRY = True  # it would request a list of coding agents from huggingface.co
        disable_progress_bars()
        set_client_factory(_client)
        return HfApi(endpoint=self._endpoint, token=self._token or False)

    def _commit(self) -> str | None:
        """Return the commit of the revision; None if there is no such data set."""
        from huggingface_hub.errors import RepositoryNotFoundError

        try:
            return self._api.dataset_info(self._address.name, revision=self._address.revision).sha
        except RepositoryNotFoundError:
            return None

    def _created(self, *, private: bool | None = None) -> str:
        self._api.create_repo(self._address.name, repo_type=_KIND, private=private, exist_ok=True)
        return str(self._api.dataset_info(self._address.name).sha)

    def _files(self, commit: str) -> "dict[str, RepoFile]":
        from huggingface_hub.hf_api import RepoFile

        tree = self._api.list_repo_tree(self._address.name, recursive=True, revision=commit, repo_type=_KIND)
        return {file.path: file for file in tree if isinstance(file, RepoFile)}

    def _content(self, path: str, commit: str) -> bytes:
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            self.download(path, commit, Path(folder))
            return (Path(folder) / path).read_bytes()

    def _tag_untagged(self, head: str, there: "dict[str, RepoFile]", release: LocalRelease) -> None:
        """Tag the last release if the push of it died before its tag."""
        if INDEX in there:
            version = read_index(self._content(INDEX, head)).version
            if version != release.index.version:
                self._tag(tag_of(version), head)

    def _tag(self, tag: str, commit: str) -> None:
        refs = self._api.list_repo_refs(self._address.name, repo_type=_KIND)
        if tag not in {one.name for one in refs.tags}:
            self._api.create_tag(self._address.name, tag=tag, revision=commit, repo_type=_KIND, exist_ok=True)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Translate the errors of the client."""
        import httpx2
        from huggingface_hub.errors import HfHubHTTPError

        try:
            yield
        except RuntimeError as error:  # the upload of a large file, by its cause
            raise self._translated(error.__cause__ or error) from error
        except (HfHubHTTPError, httpx2.HTTPError, OSError, ValueError) as error:
            raise self._translated(error) from error

    def _translated(self, error: BaseException) -> PushError:
        status: Any = getattr(getattr(error, "response", None), "status_code", None)
        why = str(error).strip().partition("\n")[0] or type(error).__name__
        if status in (401, 403):
            return self._error(f"the Hub refused the token (status {status}): {why}", "a token that may write there")
        kind = TransientPushError if status is None or status in _TRANSIENT else PushError
        return kind(str(self._error(why)))

    def _error(self, why: str, remedy: str = "HF_TOKEN and the address") -> PushError:
        return PushError(
            f"{self._address}: {why} Kept: this machine's release, and the release that was pushed last. To do: check "
            f"{remedy}; then tidegauge push, which sends only what is missing."
        )


def _client() -> "httpx2.Client":
    """Return the HTTP client of huggingface_hub with time limits, and with the authorities that the environment trusts."""
    import httpx2
    from huggingface_hub.utils._http import hf_request_event_hook

    bundle = ca_bundle()
    verify = ssl.create_default_context(cafile=bundle[1]) if bundle and Path(bundle[1]).is_file() else True
    return httpx2.Client(
        event_hooks={"request": [hf_request_event_hook]},
        follow_redirects=True,
        timeout=httpx2.Timeout(_RESPONSE_S, connect=_CONNECT_S),
        verify=verify,
    )


def _is_same(known: "RepoFile | None", file: Path, sha256: str | None = None) -> bool:
    """Return whether the Hub has this file: large ones by their SHA-256, others by the id that git gives them."""
    if known is None or known.size != file.stat().st_size:
        return False
    if known.lfs is None:
        return known.blob_id == _blob_id(file.read_bytes())
    if sha256 is None:
        with file.open("rb") as opened:
            sha256 = f"sha256:{hashlib.file_digest(opened, 'sha256').hexdigest()}"
    return f"sha256:{known.lfs.sha256}" == sha256


def _blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
