"""Small releases of one history, and what a data set of the sandbox holds, for tests of pushing and pulling."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub.hf_api import RepoFile
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from assets.push_address import PushAddress, push_address
from assets.settings import Settings
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.server import Sandbox
from warehouse.database.connection import File, writing
from warehouse.facts.observations import Observation, record
from warehouse.release.data_package import INDEX, read_index
from warehouse.release.publish import DATABASE, publish
from warehouse.seeds import published_figures

DATA_SET = push_address("hf://datasets/example/tide")
FIRST = datetime(2026, 11, 2, 6, tzinfo=UTC)


@dataclass
class Home:
    """A TIDEGAUGE_HOME with its settings."""

    settings: Settings

    @property
    def published(self) -> Path:
        return self.settings.published

    def take(self, release: Path) -> None:
        """Take the published folder of a release, and the working database that it was made from."""
        shutil.rmtree(self.published, ignore_errors=True)
        shutil.copytree(release / "published", self.published, copy_function=os.link)
        self.settings.working.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(release / "published" / DATABASE, self.settings.database)

    def content(self) -> dict[str, bytes]:
        """Return every file of the release; a page that only an earlier one had may still lie beside them."""
        index = (self.published / INDEX).read_bytes()
        return {INDEX: index} | {path: (self.published / path).read_bytes() for path in read_index(index).by_path}


def publish_history(folder: Path, count: int, first: datetime = FIRST) -> list[Path]:
    """Publish `count` releases, each with a figure more than the one before; return a folder for each."""
    database, published = folder / "working.duckdb", folder / "published"
    kept: list[Path] = []
    for number in range(1, count + 1):
        now = first + timedelta(weeks=number - 1)
        with writing(warehouse_at(database)) as connection:
            if number == 1:
                published_figures.load(connection, published_figures.CURATED, first, SOURCE_ROWS)
            record(connection, [figure(now.date(), 1000.0 * number)], now)
        publish(File(database), published, now, partial(page, number))
        shutil.copytree(published, folder / f"{number}" / "published", copy_function=os.link)
        kept.append(folder / f"{number}")
    return kept


def figure(day: date, value: float) -> Observation:
    return Observation(
        metric="hub_models", entity="all models", period_start=day, unit="models", basis="measured",
        source="hugging_face_hub", value=value,
    )  # fmt: skip


def page(number: int, _: Path, folder: Path) -> None:
    """Write a page that changes, and one that only this release has."""
    (folder / "index.html").write_text(f"release {number}", encoding="utf-8")
    (folder / "embed").mkdir()
    (folder / "embed" / f"only_{number}.html").write_text("a chart", encoding="utf-8")


def home_at(folder: Path, sandbox: Sandbox | None, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home whose Hub is the sandbox; huggingface_hub speaks the LFS protocol, as the sandbox does."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("TIDEGAUGE_HOME", str(folder))
    if sandbox is not None:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", sandbox.url)
    return Home(Settings())


def sandbox_of_a_hub() -> Sandbox:
    """Return a sandbox with the Hub only."""
    return Sandbox(world=World(100, 0), services=[])


def client(sandbox: Sandbox) -> huggingface_hub.HfApi:
    return huggingface_hub.HfApi(endpoint=sandbox.url, token="hf_of_a_test")


def tags(sandbox: Sandbox, address: PushAddress = DATA_SET) -> dict[str, str]:
    refs = client(sandbox).list_repo_refs(address.name, repo_type="dataset")
    return {tag.name: tag.target_commit for tag in refs.tags}


def whole_release(sandbox: Sandbox, revision: str = "main", address: PushAddress = DATA_SET) -> str:
    """Return the number of the release at a revision, after a check that each file is the one in the index."""
    api = client(sandbox)
    tree = api.list_repo_tree(address.name, recursive=True, revision=revision, repo_type="dataset")
    files = {file.path: file for file in tree if isinstance(file, RepoFile)}
    index = read_index(api_content(api, INDEX, revision, address))
    assert set(index.by_path) == set(files) - {INDEX, "README.md", ".gitattributes"}
    for path, file in index.by_path.items():
        large = files[path].lfs
        digest = large.sha256 if large else hashlib.sha256(api_content(api, path, revision, address)).hexdigest()
        assert (files[path].size, f"sha256:{digest}") == (file.bytes, file.hash), path
    return index.version


def api_content(api: huggingface_hub.HfApi, path: str, revision: str, address: PushAddress = DATA_SET) -> bytes:
    with huggingface_hub.HfFileSystem(endpoint=api.endpoint, token=api.token, skip_instance_cache=True).open(
        f"datasets/{address.name}@{revision}/{path}", "rb"
    ) as opened:
        return bytes(opened.read())
