"""A release is pushed whole or not at all, sends only what differs, and comes back byte for byte."""

import dataclasses
import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb
import duckdb_extension_httpfs
import huggingface_hub
import pytest
import yaml
from instances import instance_in_memory
from lakes import BUCKET, KEYS, object_store
from public_hub import public_hub
from pushing import (
    DATA_SET,
    FIRST,
    Home,
    api_content,
    client,
    home_at,
    publish_history,
    sandbox_of_a_hub,
    tags,
    whole_release,
)

from assets.push import file_store
from assets.push.destination import PushError
from assets.push.push import NothingPushedError, Pulled, pull, push, push_responses
from assets.push_address import push_address
from assets.release.push import push as push_asset
from assets.resources import Warehouse
from pipelines.sandbox.faults import Respond, Status
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.wire import Request, Response
from warehouse.database.connection import File, writing


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sandbox_of_a_hub() as running:
        yield running


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return three releases of one history."""
    return publish_history(tmp_path_factory.mktemp("history"), 3)


@pytest.fixture(scope="module")
def another_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a first release at another time."""
    return publish_history(tmp_path_factory.mktemp("another"), 1, FIRST + timedelta(hours=1))[0]


@pytest.fixture
def machine(history: list[Path], tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home with a first release."""
    made = home_at(tmp_path / "machine", sandbox, monkeypatch)
    made.take(history[0])
    return made


def pushed(machine: Home, to: str = str(DATA_SET)) -> tuple[int, int]:
    """Push; return the files sent and deleted."""
    _, sent = push(machine.published, push_address(to), machine.settings, sleep=lambda _: None)
    return sent.files, sent.deleted


def pulled(machine: Home, address: str = str(DATA_SET)) -> Pulled | None:
    machine.settings.working.mkdir(parents=True, exist_ok=True)
    database = machine.settings.database
    return pull(
        push_address(address), machine.settings, File(database), database.with_suffix(".pulled"), lambda _: None
    )


def broken(route: str, *, is_done: bool = False, method: str = "POST", times: int = 1000):
    """Return a hook that breaks requests to a route off: before they take effect or, if `is_done`, after it."""
    left = [times]

    def hook(request: Request):
        if request.method != method or not re.search(route, request.path) or not left[0]:
            return None
        left[0] -= 1
        return reset_afterwards if is_done else Status(400)

    return hook


def reset_afterwards(request: Request, respond: Respond) -> Response:
    return dataclasses.replace(respond(request), reset=True)


def test_each_release_is_one_commit_of_what_differs_with_a_tag(machine, history, sandbox):
    assert pushed(machine) == (len(machine.content()) + 1, 0), "all files, the index among them, and the card"
    assert whole_release(sandbox) == "1"
    assert pushed(machine) == (0, 0), "nothing is left to send"
    before = machine.content()
    machine.take(history[1])
    sent, deleted = pushed(machine)
    changed = {path for path, content in machine.content().items() if before.get(path) != content}
    assert sent == len(changed) + 1
    assert sent < len(before) / 2, "tables that did not change are not sent again"
    assert deleted == 1, "the page that only the first release has"
    assert whole_release(sandbox) == "2"
    assert whole_release(sandbox, "release-1") == "1", "an earlier release stays readable at its tag"
    commits = client(sandbox).list_repo_refs(DATA_SET.name, repo_type="dataset")
    assert tags(sandbox)["release-2"] == commits.branches[0].target_commit
    assert len(set(tags(sandbox).values())) == 2
    with_token = {seen.had_authorization for seen in sandbox.requests if seen.path.startswith("/_blobs/")}
    assert with_token == {False}, "the token goes to the Hub, and not to its storage"


def test_the_card_tells_the_viewer_its_tables_and_readers_how_to_cite(machine, sandbox):
    pushed(machine)
    card = huggingface_hub.DatasetCard(api_content(client(sandbox), "README.md", "main").decode())
    metadata = yaml.safe_load(card.content.split("---")[1])
    configs = {one["config_name"]: one["data_files"] for one in metadata["configs"]}
    assert {"charts.hub_downloads", "growth.rate", "core.model_week", "meta.source"} < set(configs)
    assert [one["config_name"] for one in metadata["configs"] if one.get("default")] == ["charts.hub_downloads"]
    published = machine.content()
    for name, pattern in configs.items():
        assert [path for path in published if Path(path).match(pattern)], f"{name}: no file is {pattern}"
    assert "was not tried against the real service" in card.text
    assert "release 1 of 2026-11-02" in card.text
    assert "hf://datasets/example/tide@release-1" in card.text
    assert "attach 'hf://datasets/example/tide/tidegauge.duckdb' as tg (read_only)" in card.text
    index = json.loads(published["datapackage.json"])
    assert all(source["citation"].split("|")[0] in card.text for source in index["sources"])


def test_duckdb_reads_the_data_set_as_the_card_says(machine, sandbox, tmp_path):
    """A proxy answers for huggingface.co out of the sandbox.

    DuckDB does not find a database to attach through this proxy: it is attached from the sandbox's own address.
    """
    pushed(machine)
    card = api_content(client(sandbox), "README.md", "main").decode()
    statements = re.findall("^from read_parquet.*?;", card, flags=re.MULTILINE)
    assert len(statements) == 2
    (extension,) = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
    with public_hub(sandbox.url, tmp_path) as hub, duckdb.connect() as connection:
        connection.execute(f"load '{extension}'")
        resolve = f"{sandbox.url}/datasets/{DATA_SET.name}/resolve/release-1"
        connection.execute(f"attach '{resolve}/tidegauge.duckdb' as tg (read_only)")
        assert connection.execute("select version from tg.meta.release").fetchall() == [(1,)]
        connection.execute(f"set http_proxy = '{hub.proxy}'")
        connection.execute(f"set ca_cert_file = '{hub.authority}'")
        for statement in statements:
            connection.execute(statement).fetchall()
        files = f"read_parquet('{DATA_SET}@release-1/parquet/core.observation.parquet')"
        query = f"select count(*) from {files} where metric = 'hub_models' and basis = 'measured'"
        assert connection.execute(query).fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("route", "method", "stands"),
    [("/preupload/", "POST", "1"), ("/_blobs/", "PUT", "1"), ("/commit/", "POST", "1"), ("/tag/", "POST", "2")],
)
def test_a_push_that_dies_leaves_the_last_release_and_the_next_one_completes_it(
    machine, history, sandbox, route, method, stands
):
    pushed(machine)
    machine.take(history[1])
    sandbox.faults = broken(route, method=method)
    with pytest.raises(PushError, match="Kept: this machine's release, and the release that was pushed last"):
        pushed(machine)
    sandbox.faults = None
    assert whole_release(sandbox) == stands
    if stands == "2":  # it died before its tag, and the next push is of another release
        machine.take(history[2])
    pushed(machine)
    newest = "3" if stands == "2" else "2"
    assert whole_release(sandbox) == newest
    assert {whole_release(sandbox, tag) for tag in tags(sandbox)} == {str(n) for n in range(1, int(newest) + 1)}


def test_what_was_uploaded_before_a_push_died_is_not_uploaded_again(machine, sandbox):
    sandbox.faults = broken("/commit/")
    with pytest.raises(PushError):
        pushed(machine)
    sandbox.faults = None
    uploads = sum(seen.method == "PUT" for seen in sandbox.requests)
    assert uploads > 100
    pushed(machine)
    assert sum(seen.method == "PUT" for seen in sandbox.requests) == uploads
    assert whole_release(sandbox) == "1"


def test_a_commit_whose_response_is_lost_is_not_made_twice(machine, sandbox):
    sandbox.faults = broken("/commit/", is_done=True, times=1)
    pushed(machine)
    assert sum("/commit/" in seen.path for seen in sandbox.requests) == 1
    assert whole_release(sandbox, "release-1") == "1"


def test_another_history_is_never_replaced(machine, history, another_history, sandbox, tmp_path, monkeypatch):
    machine.take(history[1])
    pushed(machine)
    other = home_at(tmp_path / "other", sandbox, monkeypatch)
    other.take(another_history)
    with pytest.raises(PushError, match="it would replace another history"):
        pushed(other)
    assert whole_release(sandbox) == "2"


def test_a_token_is_needed_and_one_that_is_refused_is_named_as_the_cause(machine, sandbox, monkeypatch):
    sandbox.faults = lambda request: Status(403) if request.method == "POST" else None
    with pytest.raises(PushError, match=r"refused the token \(status 403\).*a token that may write there"):
        pushed(machine)
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(PushError, match="HF_TOKEN is not set"):
        pushed(home_at(machine.settings.home, sandbox, monkeypatch))


def test_made_up_figures_are_pushed_to_this_machine_only(machine, monkeypatch):
    database = machine.published / "tidegauge.duckdb"
    database.unlink()  # it is a second name of a file that other tests read
    shutil.copyfile(machine.settings.database, database)
    with writing(database) as connection:
        connection.execute("update meta.warehouse set origin = 'sandbox'")
    monkeypatch.setenv("TIDEGAUGE_HUB_URL", "https://huggingface.example")
    elsewhere = home_at(machine.settings.home, None, monkeypatch)
    with pytest.raises(
        PushError, match="made up by the sandbox, and hf://datasets/example/tide is not on this machine"
    ):
        pushed(elsewhere)
    with pytest.raises(PushError, match="made up"):
        pushed(elsewhere, "s3://example/tide")


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of a folder, and of a bucket of an S3 server on loopback."""
    if request.param == "folder":
        yield str(tmp_path / "www")
        return
    with object_store() as endpoint:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": endpoint}.items():
            monkeypatch.setenv(name, value)
        yield f"s3://{BUCKET}/tide"


def test_a_store_has_each_release_whole_wherever_a_push_died(machine, history, store, tmp_path, monkeypatch):
    """It dies before each of the moves in turn, and while it writes; what is read is whole each time."""
    first = machine.content()
    assert pushed(machine, store) == (len(first), 0)
    machine.take(history[1])
    changed = sum(first.get(path) != content for path, content in machine.content().items())
    expected = {"1": first, "2": machine.content()}
    write, carry_out = file_store.FileStore._write, file_store.FileStore._carry_out

    def dies(*_: object) -> None:
        raise OSError("the machine lost its power")

    def dies_between(self: file_store.FileStore, plan: file_store._Plan) -> None:
        carry_out(self, file_store._Plan(plan.moved[: len(plan.moved) // 2], []))
        raise OSError("the machine lost its power")

    for place, death, stands in (("_write", dies, "1"), ("_carry_out", dies, "2"), ("_carry_out", dies_between, "2")):
        monkeypatch.setattr(file_store.FileStore, place, death)
        with pytest.raises(PushError, match="lost its power"):
            pushed(machine, store)
        monkeypatch.setattr(file_store.FileStore, "_write", write)
        monkeypatch.setattr(file_store.FileStore, "_carry_out", carry_out)
        reader = home_at(tmp_path / f"reader {place} {death.__name__}", None, monkeypatch)
        assert pulled(reader, store).version == stands
        assert reader.content() == expected[stands]
    assert changed > 5
    pushed(machine, store)
    assert pushed(machine, store) == (0, 0)
    if not store.startswith("s3://"):
        assert {path.relative_to(store).as_posix() for path in Path(store).rglob("*") if path.is_file()} == set(
            expected["2"]
        )


def test_a_web_server_of_another_account_can_read_a_pushed_folder(machine, tmp_path):
    store = tmp_path / "www" / "tide"
    before = os.umask(0o077)
    try:
        pushed(machine, str(store))
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (store, *store.rglob("*")) if path.is_dir()} == {0o755}
    assert {path.stat().st_mode & 0o777 for path in store.rglob("*") if path.is_file()} == {0o444}


def test_a_plan_that_was_not_written_to_its_end_is_none(machine, history, tmp_path, monkeypatch):
    """As where the disk was full: it is no obstacle to a pull, nor to the next push."""
    store = tmp_path / "www"
    pushed(machine, str(store))
    (store / ".incoming").mkdir()
    for torn in (b"", b'{"moved": ["index.html", "parq'):
        (store / ".incoming" / "PLAN.json").write_bytes(torn)
        assert pulled(home_at(tmp_path / f"reader {len(torn)}", None, monkeypatch), str(store)).version == "1"
    machine.take(history[1])
    pushed(machine, str(store))
    assert not (store / ".incoming").exists()
    assert pulled(home_at(tmp_path / "reader", None, monkeypatch), str(store)).version == "2"


def test_a_pull_changes_nothing_at_its_source_and_names_it_where_a_file_is_gone(machine, tmp_path, monkeypatch):
    with pytest.raises(NothingPushedError):
        pulled(machine, str(tmp_path / "no folder"))
    assert not (tmp_path / "no folder").exists()
    store = tmp_path / "www"
    pushed(machine, str(store))
    (store / "embed" / "only_1.html").unlink()
    with pytest.raises(PushError, match=rf"{store}: .*only_1.html.* Kept: "):
        pulled(home_at(tmp_path / "reader", None, monkeypatch), str(store))


def test_a_pulled_release_is_the_pushed_one_byte_for_byte(machine, history, sandbox, tmp_path, monkeypatch):
    pushed(machine)
    other = home_at(tmp_path / "other", sandbox, monkeypatch)
    found = pulled(other)
    assert (found.version, found.day) == ("1", "2026-11-02")
    assert other.content() == machine.content()
    scratch = other.settings.database.with_suffix(".pulled")
    assert scratch.read_bytes() == machine.settings.published.joinpath("tidegauge.duckdb").read_bytes()
    scratch.rename(other.settings.database)
    assert pulled(other) is None, "it is here already"
    machine.take(history[1])
    pushed(machine)
    found = pulled(other)
    assert found.version == "2"
    assert found.files < len(other.content()) / 2, "only what differs is downloaded"
    assert other.content() == machine.content()
    again = pulled(other)
    assert (again.version, again.files) == ("2", 0), "the first one died before its database was in place"
    scratch.rename(other.settings.database)
    assert pulled(other) is None


def test_a_release_that_is_not_what_its_index_says_is_not_pulled(machine, sandbox, tmp_path, monkeypatch):
    pushed(machine)
    other = home_at(tmp_path / "other", sandbox, monkeypatch)
    api = client(sandbox)
    api.upload_file(
        path_or_fileobj=b"another page", path_in_repo="index.html", repo_id=DATA_SET.name, repo_type="dataset"
    )
    with pytest.raises(PushError, match=r"index.html of release 1 has 12 bytes .* Nothing was changed"):
        pulled(other)
    assert not (other.published / "tidegauge.duckdb").exists()
    assert not other.settings.database.with_suffix(".pulled").exists()
    hostile = {"version": "1", "created": "x", "files": [{"path": "../../evil", "bytes": 1, "hash": "sha256:0"}]}
    api.upload_file(
        path_or_fileobj=json.dumps(hostile).encode(), path_in_repo="datapackage.json", repo_id=DATA_SET.name,
        repo_type="dataset",
    )  # fmt: skip
    with pytest.raises(PushError, match="outside of the release"):
        pulled(other)


def test_a_later_release_of_this_machine_is_not_replaced_nor_another_history(
    machine, history, another_history, sandbox, tmp_path, monkeypatch
):
    with pytest.raises(NothingPushedError, match="HF_TOKEN may not read it"):
        pulled(machine)
    pushed(machine)
    machine.take(history[1])
    before = machine.content()
    with pytest.raises(PushError, match="this machine has a later release"):
        pulled(machine)
    other = home_at(tmp_path / "other", sandbox, monkeypatch)
    other.take(another_history)
    with pytest.raises(PushError, match="another history"):
        pulled(other)
    assert machine.content() == before


def test_an_earlier_release_can_be_pulled_by_its_tag(machine, history, sandbox, tmp_path, monkeypatch):
    pushed(machine)
    first = machine.content()
    machine.take(history[1])
    pushed(machine)
    other = home_at(tmp_path / "other", sandbox, monkeypatch)
    assert pulled(other, f"{DATA_SET}@release-1").version == "1"
    assert other.content() == first
    with pytest.raises(PushError, match="release-9"):
        pulled(home_at(tmp_path / "third", sandbox, monkeypatch), f"{DATA_SET}@release-9")


def test_stored_responses_go_to_a_private_data_set_and_stay_there(machine, sandbox):
    address = push_address("hf://datasets/example/responses")
    landing = machine.settings.working / "landing"
    for week in ("2026-11-02", "2026-11-09"):
        folder = landing / "discord" / week
        folder.mkdir(parents=True)
        (folder / "manifest.jsonl").write_text(f"week {week}\n", encoding="utf-8")
        (folder / "000001.json.gz").write_bytes(week.encode())
        assert push_responses(address, machine.settings).files == 2
        assert push_responses(address, machine.settings).files == 0
        (folder / "000001.json.gz").unlink()  # as on a machine that lives for one run
    files = client(sandbox).list_repo_files(address.name, repo_type="dataset")
    assert "landing/discord/2026-11-02/000001.json.gz" in files
    with pytest.raises(huggingface_hub.errors.RepositoryNotFoundError):
        huggingface_hub.HfApi(endpoint=sandbox.url, token=False).dataset_info(address.name)


def test_the_asset_pushes_and_a_push_that_fails_is_a_red_check_of_a_run_that_succeeds(
    machine, history, sandbox, monkeypatch
):
    def materialized() -> tuple[dg.AssetCheckEvaluation, dict[str, object]]:
        result = dg.materialize([push_asset], resources={"warehouse": Warehouse()}, instance=instance)
        assert result.success
        (materialization,) = result.asset_materializations_for_node(push_asset.op.name)
        return result.get_asset_check_evaluations()[0], {k: v.value for k, v in materialization.metadata.items()}

    with instance_in_memory() as instance:
        assert materialized()[1] == {"pushed": "TIDEGAUGE_PUSH_TO is not set"}
        monkeypatch.setenv("TIDEGAUGE_PUSH_TO", str(DATA_SET))
        check, metadata = materialized()
        assert check.passed
        assert metadata["stable address"] == "hf://datasets/example/tide@release-1"
        machine.take(history[1])
        before = machine.content()
        sandbox.faults = broken("/commit/")
        check, _ = materialized()
        assert not check.passed
        assert check.severity == dg.AssetCheckSeverity.ERROR
        assert "Kept: this machine's release" in check.description
        assert machine.content() == before


@pytest.mark.parametrize("text", ["hf://datasets/one", "hf://example/tide", "ftp://x/y", "s3://", "", "  "])
def test_what_is_no_address_is_rejected(text):
    with pytest.raises(ValueError, match="expected hf://datasets/ORG/NAME"):
        push_address(text, Path("/here"))


def test_a_folder_is_relative_to_the_command_and_never_in_a_setting():
    assert push_address("www", Path("/here")).name == "/here/www"
    with pytest.raises(ValueError, match="with its whole path"):
        push_address("www")
