"""Reading ahead gives the same rows as parsing after the walk, and is optional."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from replay import Replay, model

from assets.http.hub_service import hub_service
from assets.hub import load_records, read_ahead
from assets.hub.assets import load_walk
from assets.hub.load_records import read_records, unreadable_records
from assets.hub.read_ahead import ReadAhead
from assets.hub.walk import Walk, walk_models
from assets.resources import Warehouse

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
TABLES = ("incoming_model", "incoming_parent", "incoming_set_aside")
BASE = {"models": [{"_id": model(1)["_id"], "id": "author-1/model-1"}], "relation": "finetune"}
# Invalid fields, repeated models within a batch and across batches, bases, and unreadable records.
PAGES: list[Any] = [
    [model(1), model(2, likes="many")],
    [model(2, downloads=77), model(3, baseModels=BASE), model(4, downloads=-1), model(5)],
    [model(5, downloads=78), model(6, tags=["base_model:adapter:author-1/model-1"])],
    [model(7, private=True), model(8, createdAt="2026-12-01T00:00:00.000Z")],
    [model(9)],
]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (load_records, read_ahead):
        monkeypatch.setattr(module, "BATCH_PAGES", 2)


def walked(folder: Path, pages: list[Any]) -> tuple[Walk, Path]:
    ahead = folder / "ahead"
    with Replay(pages) as replay, ReadAhead(ahead) as reading:
        walk = walk_models(hub_service(replay.url, None), folder / "landing", NOW, on_page=reading.follow)
    return walk, ahead


def read(walk: Walk, ahead: Path | None) -> dict[str, tuple[list[Any], list[Any]]]:
    """Return the columns with their types, and the rows, of each table."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        read_records(connection, walk, unreadable_records(walk), ahead)
        return {
            table: (
                [(name, str(kind)) for name, kind, *_ in connection.execute(f"from {table}").description or ()],
                connection.execute(f"from {table} order by all").fetchall(),
            )
            for table in TABLES
        }


def test_what_is_read_ahead_is_what_is_read_after_the_walk(tmp_path):
    walk, ahead = walked(tmp_path, PAGES)
    assert len(list(ahead.glob("*.parquet"))) == 2, "two whole batches of five pages"
    after = read(walk, None)
    assert [(row[0], row[12]) for row in after["incoming_model"][1]] == [
        (model(number)["_id"], downloads) for number, downloads in ((1, 1), (2, 77), (3, 3), (5, 78), (6, 6), (9, 9))
    ]
    assert read(walk, ahead) == after
    for page in walk.pages[:4]:
        (walk.folder / page.file).unlink()
    assert read(walk, ahead) == after, "the pages of whole batches are not looked at again"


def test_records_that_are_not_json_are_left_out_of_both(tmp_path):
    broken = b'[{"_id": "%s", "id": "a/b", "downloads": 00}]' % model(3)["_id"].encode()
    walk, ahead = walked(tmp_path, [PAGES[0], broken, PAGES[4]])
    assert any(page.unreadable for page in walk.pages), "the page has a record that is no JSON"
    assert len(list(ahead.glob("*.parquet"))) == 1
    assert read(walk, ahead) == read(walk, None)


def test_a_batch_that_is_rejected_is_left_to_be_read_after_the_walk(tmp_path):
    doubled = b'[{"_id": "%s", "id": "a/b", "id": "a/c", "downloads": 1}]' % model(1)["_id"].encode()
    walk, ahead = walked(tmp_path, [[model(0)], doubled, [model(3)], [model(4)]])
    assert len(list(ahead.glob("*.parquet"))) == 1, "the second batch"
    with pytest.raises(load_records.PageRejectedError):
        read(walk, ahead)


def test_what_was_read_of_other_pages_or_for_another_moment_is_not_taken(tmp_path):
    walk, ahead = walked(tmp_path, PAGES)
    for file in ahead.glob("*.parquet"):
        file.write_bytes(b"of another walk")
    other, _ = walked(tmp_path / "other", [[model(1, downloads=55)], *PAGES[1:3], [model(7)], PAGES[4]])
    assert read(other, ahead) == read(other, None)
    with pytest.raises(load_records.PageRejectedError):
        read(walk, ahead)


def test_a_file_that_was_damaged_is_read_from_the_pages_instead(tmp_path):
    walk, ahead = walked(tmp_path, [[model(number)] for number in range(1, 6)])
    file = sorted(ahead.glob("*.parquet"))[0]
    content = bytearray(file.read_bytes())
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")  # has the columns, and stays intact
    content[footer // 2 : footer] = bytes(footer - footer // 2)
    file.write_bytes(content)
    week = load_walk(Warehouse(), walk, NOW, ahead)
    assert week.of_models.models == 5
    assert not ahead.exists(), "nobody trips over it again"
