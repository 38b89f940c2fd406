"""A release is complete or absent; readers keep the files they have open; an interrupted swap is finished."""

import errno
import json
import os
import re
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from warehouses import warehouse_at

from warehouse.database import checksums, schema
from warehouse.database.connection import File, reading, writing
from warehouse.release import parquet
from warehouse.release import publish as publication
from warehouse.release.publish import finish_interrupted_swap, is_released, publish
from warehouse.tables.table import sql_literal

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a working database with one week of one model."""
    path = tmp_path / "working" / "tidegauge.duckdb"
    with writing(warehouse_at(path)) as connection:
        fill(connection, 1)
    return path


def fill(connection: duckdb.DuckDBPyConnection, generation: int) -> None:
    """Write a generation: three tables that must always agree."""
    connection.execute("delete from base.model_week")
    connection.execute("delete from core.model")
    connection.execute(
        """
        insert into core.model by name
        select n as model_key, printf('%024x', n) as hub_id, 'a/' || n as id, timestamptz '2024-01-01' as created_at,
               date '2026-11-16' as name_since, date '2026-11-16' as first_seen, date '2026-11-16' as last_seen
        from range(1, ? + 1) as t(n)
        """,
        [generation],
    )
    connection.execute(
        "insert into base.model_week select '2026-11-16', n, n, n, n from range(1, ? + 1) as t(n)", [generation]
    )


def released(published: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(published / "tidegauge.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize(("few_models", "threads"), [(50_000, 1), (1, os.cpu_count())])
def test_the_tables_and_the_page_of_a_small_release_are_read_with_one_thread(
    database, tmp_path, monkeypatch, few_models, threads
):
    used = []

    def note_threads(connection: duckdb.DuckDBPyConnection) -> None:
        used.extend(connection.execute("select current_setting('threads')").fetchall()[0])

    def build_page(copy: Path, _: Path) -> None:
        with duckdb.connect(str(copy), read_only=True) as reader:
            note_threads(reader)

    monkeypatch.setattr(publication, "FEW_MODELS", few_models)
    monkeypatch.setattr(publication, "write_parquet", lambda reader, *_: note_threads(reader) or {})
    publish(File(database), tmp_path / "published", NOW, build_page)
    assert used == [threads, threads]


def test_a_release_has_the_tables_their_comments_and_its_checksums(database, tmp_path):
    published = tmp_path / "published"
    release = publish(File(database), published, NOW)
    assert (release.version, release.weeks) == (1, 1)
    assert released(published, "select id, downloads_30d from core.model_week join core.model using (hub_id)") == [
        ("a/1", 1)
    ]
    tables = released(published, "select schema_name || '.' || table_name, comment from duckdb_tables()")
    views = released(
        published, "select schema_name || '.' || view_name, comment from duckdb_views() where not internal"
    )
    assert {name for name, _ in tables + views} >= {table.name for table in schema.TABLES}
    assert all(comment for _, comment in tables + views)
    columns = released(
        published, "select table_name, column_name from duckdb_columns() where not internal and comment is null"
    )
    assert columns == []
    ((checksums,),) = released(published, "select checksums from meta.release")
    again = released(published, "select sum(md5_number_lower(to_json(m)::varchar))::varchar from core.model as m")
    assert checksums["core.model"] == again[0][0]
    storage = released(published, "select tags['storage_version'] from duckdb_databases() where not internal")
    assert storage == [("v1.4.0+",)]


def test_every_table_is_a_parquet_file_that_others_can_read(database, tmp_path):
    publish(File(database), tmp_path / "published", NOW)
    files = {path.name for path in (tmp_path / "published" / "parquet").iterdir()}
    assert {
        "core.model.parquet",
        "core.model_week.parquet",
        "core.observation.parquet",
        "meta.release.parquet",
    } <= files
    weeks = tmp_path / "published" / "parquet" / "core.model_week.parquet"
    assert [file.name for file in weeks.iterdir()] == ["2026-11-16.parquet"]
    for place in (weeks, weeks / "*.parquet"):
        assert pl.read_parquet(place)["downloads_30d"].to_list() == [1]


def published_files(published: Path) -> dict[str, int]:
    """Return the inode of each Parquet file of a release, after a check that all match the index."""
    files = {
        str(file.relative_to(published)): file.stat().st_ino
        for file in (published / "parquet").rglob("*.parquet")
        if file.is_file()
    }
    index = json.loads((published / "datapackage.json").read_text(encoding="utf-8"))
    assert {file["path"] for file in index["files"]} == {*files, "tidegauge.duckdb"}
    return files


def released_weeks(published: Path) -> list[tuple]:
    """Return the rows of every week, after a check that the Parquet files and the database have the same."""
    place = published / "parquet" / "core.model_week.parquet"
    found = pl.read_parquet(place).sort("week").rows()
    assert found == released(published, "from core.model_week order by week")
    assert duckdb.sql(f"from '{place}/*.parquet' order by week").fetchall() == found
    return found


def written_weeks(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """Return the weeks of core.model_week with a new file."""
    return sorted(
        Path(path).stem
        for path, inode in after.items()
        if path.startswith("parquet/core.model_week.parquet/") and before.get(path) != inode
    )


@pytest.fixture
def three_weeks(database: Path, tmp_path: Path) -> Path:
    """Return the published folder of a release of three weeks; none of its inodes is reused."""
    with writing(database) as connection:
        for week in ("2026-11-02", "2026-11-09"):
            connection.execute(f"insert into base.model_week select '{week}', 1, 2, 2, 2")
    publish(File(database), tmp_path / "published", NOW)
    shutil.copytree(tmp_path / "published", tmp_path / "kept", copy_function=os.link)
    return tmp_path / "published"


def test_an_unchanged_week_keeps_its_file(database, three_weeks):
    published, first = three_weeks, published_files(three_weeks)
    assert written_weeks({}, first) == ["2026-11-02", "2026-11-09", "2026-11-16"]
    with writing(database) as connection:
        connection.execute("update base.model_week set downloads_30d = 3 where week = '2026-11-09'")
        connection.execute("delete from meta.week_checksum where week = '2026-11-09'")
        connection.execute("insert into base.model_week select '2026-11-23', 1, 4, 4, 4")
    publish(File(database), published, NOW)
    second = published_files(published)
    assert written_weeks(first, second) == ["2026-11-09", "2026-11-23"]
    assert [row[2] for row in released_weeks(published)] == [2, 3, 1, 4]
    with writing(database) as connection:
        connection.execute("delete from base.model_week where week = '2026-11-16'")
    publish(File(database), published, NOW)
    third = published_files(published)
    assert written_weeks(second, third) == []
    assert [row[2] for row in released_weeks(published)] == [2, 3, 4], "a week that is gone goes from the folder"
    # Another database, with the same counts of other models.
    with writing(database) as connection:
        connection.execute("update core.model set hub_id = printf('%024x', 15)")
        connection.execute("update meta.warehouse set created_at = created_at + interval 1 second")
    publish(File(database), published, NOW)
    assert len(written_weeks(third, published_files(published))) == 3
    assert {row[1] for row in released_weeks(published)} == {f"{15:024x}"}


def test_an_unchanged_table_or_view_keeps_its_file(database, three_weeks):
    published, first = three_weeks, published_files(three_weeks)
    with writing(database) as connection:
        connection.execute("update core.model set licence = 'mit'")
    publish(File(database), published, NOW)
    second = published_files(published)
    written = {path.removeprefix("parquet/").removesuffix(".parquet") for path in second if second[path] != first[path]}
    assert {"core.model", "core.model_name", "growth.model", "meta.release"} <= written
    assert not {"core.observation", "core.metric", "charts.funding", "core.form_d_filing", "growth.series"} & written
    assert pl.read_parquet(published / "parquet" / "core.model.parquet")["licence"].to_list() == ["mit"]
    with duckdb.connect() as connection:
        for name, version in (("core.model", "2"), ("core.metric", "1")):
            file = sql_literal(str(published / "parquet" / f"{name}.parquet"))
            metadata = dict(
                connection.execute(f"select decode(key), decode(value) from parquet_kv_metadata({file})").fetchall()
            )
            ((sums,),) = released(published, "select checksums from meta.release order by version desc limit 1")
            assert metadata == {"release": version, "released_on": f"{NOW:%Y-%m-%d}", "checksum": sums[name]}
    with writing(database) as connection:
        connection.execute("update meta.warehouse set created_at = created_at + interval 1 second")
    publish(File(database), published, NOW)
    assert not set(published_files(published).values()) & set(second.values()), "another database"


def test_the_rows_of_a_view_depend_only_on_its_tables():
    """Otherwise its file could not be reused while they are unchanged."""
    volatile = re.compile(
        r"\b(?:now|today|random|uuid|getvariable|nextval|get_current_\w+)\s*\(|\bcurrent_(?:date|time)", re.IGNORECASE
    )
    found = [(table.name, volatile.findall(table.select)) for table in schema.TABLES if table.is_view]
    assert [(name, words) for name, words in found if words] == []


@pytest.mark.parametrize(
    "damage",
    [lambda body: body[:-20], lambda body: body[:40] + bytes([body[40] ^ 1]) + body[41:], lambda _: None],
    ids=["truncated", "another bit", "missing"],
)
@pytest.mark.parametrize("name", ["core.model_week.parquet/2026-11-09.parquet", "meta.warehouse.parquet"])
def test_a_damaged_file_of_the_last_release_is_written_again(database, three_weeks, damage, name):
    published, first = three_weeks, published_files(three_weeks)
    file = published / "parquet" / name
    whole = file.read_bytes()
    damaged = damage(whole)
    file.unlink()
    if damaged is not None:
        file.write_bytes(damaged)
    publish(File(database), published, NOW)
    second = published_files(published)
    assert pl.read_parquet(file).height > 0
    assert len(released_weeks(published)) == 3
    (other,) = {
        f"parquet/{one}" for one in ("core.model_week.parquet/2026-11-09.parquet", "meta.warehouse.parquet")
    } - {f"parquet/{name}"}
    assert second[other] == first[other]


def test_files_are_written_again_if_the_index_is_damaged(database, three_weeks):
    first = published_files(three_weeks)
    (three_weeks / "datapackage.json").unlink()
    (three_weeks / "datapackage.json").write_text('{"files": [{"path": 7}]}', encoding="utf-8")
    publish(File(database), three_weeks, NOW)
    assert not set(published_files(three_weeks).values()) & set(first.values())


@pytest.mark.parametrize("error", ["EXDEV", "EPERM", "EMLINK"])
def test_a_file_system_without_links_gets_copies(database, three_weeks, monkeypatch, error):
    first = published_files(three_weeks)

    def refuse(*_: object) -> None:
        raise OSError(getattr(errno, error), "no links here")

    monkeypatch.setattr(os, "link", refuse)
    written: list[str] = []
    copied = parquet._copy
    monkeypatch.setattr(parquet, "_copy", lambda *arguments: (written.append(arguments[1].path), copied(*arguments)))
    publish(File(database), three_weeks, NOW)
    assert not set(published_files(three_weeks).values()) & set(first.values())
    assert "parquet/meta.release.parquet" in written
    assert not [path for path in written if "model_week" in path]
    assert len(released_weeks(three_weeks)) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in three_weeks.rglob("*.parquet") if file.is_file()} == {0o444}


def test_a_disk_error_while_linking_is_raised(database, three_weeks, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(OSError, match="no room"):
        publish(File(database), three_weeks, NOW)
    monkeypatch.undo()
    assert len(released_weeks(three_weeks)) == 3
    assert publish(File(database), three_weeks, NOW).version == 2


def test_a_reader_keeps_the_files_that_it_has_open(database, three_weeks):
    kept = {file: file.read_bytes() for file in (three_weeks.parent / "kept" / "parquet").rglob("*") if file.is_file()}
    with writing(database) as connection:
        connection.execute("update base.model_week set downloads_30d = 77")
        connection.execute("delete from meta.week_checksum")
        connection.execute("update core.model set licence = 'mit'")
    publish(File(database), three_weeks, NOW)
    assert {file: file.read_bytes() for file in kept} == kept
    assert {row[2] for row in released_weeks(three_weeks)} == {77}


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_release_of_the_older_format_is_updated(database, three_weeks, monkeypatch, is_killed):
    """It has all weeks in one file, an index without a list of files, and an empty marker."""
    published = three_weeks
    weeks = published / "parquet" / "core.model_week.parquet"
    shutil.rmtree(weeks)
    with duckdb.connect(str(published / "tidegauge.duckdb"), read_only=True) as reader:
        reader.execute(f"copy (from core.model_week) to '{weeks}' (format parquet)")
    index = json.loads((published / "datapackage.json").read_text(encoding="utf-8"))
    del index["files"]
    (published / "datapackage.json").unlink()
    (published / "datapackage.json").write_text(json.dumps(index), encoding="utf-8")
    if is_killed:  # after the older file is removed, before the first week replaces it
        monkeypatch.setattr(publication, "public_folder", kill_at(weeks, publication.public_folder))
        with pytest.raises(KilledError):
            publish(File(database), published, NOW)
        monkeypatch.undo()
        assert not weeks.exists()
        assert released(published, "select max(version) from meta.release") == [(1,)]
        finish_interrupted_swap(published)
    else:
        publish(File(database), published, NOW)
    assert released(published, "select max(version) from meta.release") == [(2,)]
    assert len(released_weeks(published)) == 3
    published_files(published)


class KilledError(Exception):
    """Stands for the death of the process."""


def kill_at(place: Path, what: Callable[[Path], Path]) -> Callable[[Path], Path]:
    """Return a function that calls `what`, and raises KilledError when its argument is `place`."""

    def do(path: Path) -> Path:
        if path == place:
            raise KilledError
        return what(path)

    return do


def test_a_table_of_weeks_that_has_none_is_an_empty_file(database, tmp_path):
    published = tmp_path / "published"
    with writing(database) as connection:
        connection.execute("delete from base.model_week")
    publish(File(database), published, NOW)
    place = published / "parquet" / "core.model_week.parquet"
    assert pl.read_parquet(place).height == 0
    with writing(database) as connection:
        fill(connection, 1)
    publish(File(database), published, NOW)
    assert pl.read_parquet(place / "*.parquet").height == 1
    with writing(database) as connection:
        connection.execute("delete from base.model_week")
    publish(File(database), published, NOW)
    assert place.is_file()
    assert pl.read_parquet(place).height == 0


@pytest.mark.parametrize("when", ["before others are removed", "after", "before the mark"])
def test_a_deleted_week_is_removed_whenever_the_swap_was_interrupted(database, three_weeks, monkeypatch, when):
    published = three_weeks
    with writing(database) as connection:
        connection.execute("delete from base.model_week where week = '2026-11-09'")
    stranger = published / "parquet" / "notes.txt"
    stranger.write_text("of somebody else", encoding="utf-8")
    remove = publication._remove_others

    def broken(*arguments: object) -> None:
        if when == "after":
            remove(*arguments)
        raise KilledError

    monkeypatch.setattr(publication, "_mark_ready" if when == "before the mark" else "_remove_others", broken)
    with pytest.raises(KilledError):
        publish(File(database), published, NOW)
    monkeypatch.undo()
    assert released(published, "select max(version) from meta.release") == [(1,)]
    finish_interrupted_swap(published)
    if when == "before the mark":
        assert len(released_weeks(published)) == 3
        publish(File(database), published, NOW)
    assert [str(row[0]) for row in released_weeks(published)] == ["2026-11-02", "2026-11-16"]
    assert stranger.read_text(encoding="utf-8") == "of somebody else"
    published_files(published)


def test_a_mostly_empty_database_is_compacted_with_the_same_rows(database, tmp_path):
    with writing(database) as connection:
        connection.execute("create table core.rubbish as select hash(n) as h from range(5000000) as t(n)")
    with writing(database) as connection:
        fill(connection, 100_000)  # after the deleted rows: the free space is not at the end of the file
    with writing(database) as connection:
        connection.execute("drop table core.rubbish")
    publish(File(database), tmp_path / "published", NOW)
    described = (
        "select schema_name || '.' || table_name, column_name, data_type, is_nullable, comment from duckdb_columns() "
        "where not internal order by all"
    )
    assert (tmp_path / "published" / "tidegauge.duckdb").stat().st_size < database.stat().st_size / 2
    with reading(database) as connection:
        original = connection.execute(described).fetchall()
        release = connection.execute("from meta.release").fetchall()
    assert released(tmp_path / "published", described) == original
    assert released(tmp_path / "published", "from meta.release") == release
    assert released(tmp_path / "published", "select count(*) from core.observation_as_of(now())") == [(0,)]
    storage = released(
        tmp_path / "published", "select tags['storage_version'] from duckdb_databases() where not internal"
    )
    assert storage == [("v1.4.0+",)]


def test_the_parquet_files_of_growth_hold_the_newest_week(database, tmp_path):
    with writing(database) as connection:
        connection.execute("insert into base.model_week select date '2026-11-09', 1, 2, 2, 2")
    publish(File(database), tmp_path / "published", NOW)
    growth = pl.read_parquet(tmp_path / "published" / "parquet" / "growth.model.parquet")
    assert growth.select("downloads_30d", "change_pct_1_week").rows() == [(1, -50.0)]
    assert pl.read_parquet(tmp_path / "published" / "parquet" / "core.model_week.parquet").height == 2


def test_published_files_cannot_be_written_and_working_ones_stay_apart(database, tmp_path):
    publish(File(database), tmp_path / "published", NOW)
    for path in (tmp_path / "published").rglob("*.*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o444, path
    assert not (tmp_path / "published" / ".incoming").exists()


def test_a_copy_that_differs_is_not_published(database, tmp_path, monkeypatch):
    published = tmp_path / "published"
    publish(File(database), published, NOW)
    before = released(published, "from meta.release")
    monkeypatch.setattr(publication, "_check_copy", lambda *_: (_ for _ in ()).throw(publication.CheckError("differs")))
    with pytest.raises(publication.CheckError):
        publish(File(database), published, NOW)
    monkeypatch.undo()
    assert released(published, "from meta.release") == before
    assert publish(File(database), published, NOW).version == 2


@pytest.mark.parametrize("place", ["before the mark", "after the mark", "between two files"])
def test_an_interrupted_swap_is_finished_or_started_over(database, tmp_path, monkeypatch, place):
    published = tmp_path / "published"
    publish(File(database), published, NOW)
    with writing(database) as connection:
        fill(connection, 5)

    class PowerCutError(Exception):
        pass

    calls = []

    def cut(folder: Path) -> None:
        calls.append(folder)
        if len(calls) == 2:
            if place == "before the mark":
                (folder / ".incoming" / "READY").unlink()
            if place == "between two files":
                (folder / ".incoming" / "parquet" / "core.model.parquet").replace(
                    folder / "parquet" / "core.model.parquet"
                )
            raise PowerCutError

        finish_interrupted_swap(folder)

    monkeypatch.setattr(publication, "finish_interrupted_swap", cut)
    with pytest.raises(PowerCutError):
        publish(File(database), published, NOW)
    monkeypatch.undo()
    assert released(published, "select count(*) from core.model") == [(1,)], "readers still have the last release"
    finish_interrupted_swap(published)
    assert released(published, "select count(*) from core.model") == ([(1,)] if place == "before the mark" else [(5,)])
    assert publish(File(database), published, NOW).version == (2 if place == "before the mark" else 3)


def full_sums(published: Path) -> dict[str, str]:
    """Return the checksum of every table of a release over all of its rows, by its published definition."""
    with duckdb.connect(str(published / "tidegauge.duckdb"), read_only=True) as connection:
        ((sums,),) = connection.execute("select checksums from meta.release order by version desc limit 1").fetchall()
        connection.execute("set TimeZone = 'UTC'")
        return {name: checksums.row_sum(connection, schema_table(name)) for name in sums}


def schema_table(name: str) -> schema.Table:
    return next(table for table in schema.TABLES if table.name == name)


@pytest.mark.parametrize(
    "change",
    [
        "select 1",
        "update core.model set licence = 'mit' where model_key % 50 = 7",
        "update core.model set pipeline_tag = licence, licence = pipeline_tag where model_key = 3",
        "update core.model set author = null where model_key = 8",
        "delete from core.model where model_key = 9",
        "delete from core.model",
        "insert into core.model select * replace (999 as model_key, printf('%024x', 999) as hub_id) from core.model limit 1",
        "insert into core.model from core.model where model_key = 5",
        "delete from core.model where model_key = 9; insert into core.model from core.model where model_key = 5",
        "update core.model set last_seen = last_seen + 7",
        "update meta.warehouse set created_at = created_at + interval 1 second; update core.model set licence = 'mit'",
    ],
)
def test_checksums_from_changed_rows_equal_those_of_all_rows(database, tmp_path, monkeypatch, change):
    monkeypatch.setattr(checksums, "COMPARED_FROM_ROWS", 1)
    published = tmp_path / "published"
    with writing(database) as connection:
        fill(connection, 200)
        connection.execute("update core.model set author = 'a' || model_key, licence = 'x', pipeline_tag = 'y'")
    publish(File(database), published, NOW)
    for number in (2, 3):
        with writing(database) as connection:
            if number == 2:
                connection.execute(change)
        publish(File(database), published, NOW)
        ((sums,),) = released(published, f"select checksums from meta.release where version = {number}")
        assert sums == full_sums(published)


def test_only_changed_rows_are_summed(database, tmp_path, monkeypatch):
    monkeypatch.setattr(checksums, "COMPARED_FROM_ROWS", 100)
    with writing(database) as connection:
        fill(connection, 200)
    publish(File(database), tmp_path / "published", NOW)
    summed: list[str] = []
    at_once = checksums._sums_at_once
    monkeypatch.setattr(
        checksums,
        "_sums_at_once",
        lambda *arguments: (summed.extend(t.name for t in arguments[1]), at_once(*arguments))[1],
    )
    with writing(database) as connection:
        connection.execute("update core.model set licence = 'mit' where model_key = 7")
    publish(File(database), tmp_path / "published", NOW)
    assert "core.model" not in summed
    assert "core.metric" in summed


def test_an_unreadable_last_release_does_not_block_the_next(database, tmp_path, monkeypatch):
    monkeypatch.setattr(checksums, "COMPARED_FROM_ROWS", 1)
    published = tmp_path / "published"
    with writing(database) as connection:
        fill(connection, 50_000)
    publish(File(database), published, NOW)
    file = published / "tidegauge.duckdb"
    body = bytearray(file.read_bytes())
    at = body.index(f"a/{49_999}".encode())
    body[at] ^= 1
    file.unlink()
    file.write_bytes(body)
    with pytest.raises(duckdb.IOException), duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("select sum(hash(t)) from core.model as t").fetchall()
    assert publish(File(database), published, NOW).version == 2
    ((sums,),) = released(published, "select checksums from meta.release where version = 2")
    assert sums == full_sums(published)


def test_a_log_left_by_a_reader_is_not_replayed(database, tmp_path):
    published = tmp_path / "published"
    publish(File(database), published, NOW)
    (published / "tidegauge.duckdb.wal").write_bytes(b"somebody else's log")
    publish(File(database), published, NOW)
    assert not (published / "tidegauge.duckdb.wal").exists()
    assert released(published, "select count(*) from core.model") == [(1,)]


def test_is_released_knows_complete_collections(database, tmp_path):
    published = tmp_path / "published"
    assert not is_released(published, "hugging_face_hub", NOW)
    with writing(database) as connection:
        connection.execute(
            "insert into meta.collection by name select 'r' as run_id, 'hugging_face_hub' as source, date '2026-11-16' as week, "
            "? as started_at, ? as finished_at, 'complete' as status",
            [NOW, NOW],
        )
    publish(File(database), published, NOW)
    assert is_released(published, "hugging_face_hub", NOW)
    assert not is_released(published, "sandbox_hub", NOW)


def test_a_failed_write_leaves_nothing(database):
    def half_a_write() -> None:
        with writing(database) as connection:
            fill(connection, 9)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_a_write()
    with reading(database) as connection:
        assert connection.execute("select count(*) from core.model").fetchall() == [(1,)]


def test_rows_of_sandbox_and_live_never_meet(database):
    with writing(database) as connection:
        schema.assert_origin(connection, "sandbox")
        schema.assert_origin(connection, "sandbox")
        with pytest.raises(schema.OriginError, match="never holds both"):
            schema.assert_origin(connection, "live")


def test_a_file_that_is_mounted_by_itself_is_told_before_anything_is_touched(tmp_path, database, monkeypatch):
    """The mounts are those of a container with a volume for the database alone, as the kernel lists them."""
    published = tmp_path / "pub lished"
    publish(File(database), published, NOW)
    before = {path: path.stat().st_ino for path in published.rglob("*")}
    place = str(published / "tidegauge.duckdb").replace(" ", "\\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
        f"36 22 8:1 /data {str(published).replace(' ', chr(92) + '040')} rw - ext4 /dev/sda1 rw\n"
        f"37 36 8:1 /data/one.duckdb {place} rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    )
    monkeypatch.setattr(publication, "_MOUNTS", mounts)
    with pytest.raises(publication.MountedAloneError, match=r"tidegauge\.duckdb is mounted by itself") as error:
        publish(File(database), published, NOW)
    assert "Kept: the last release" in str(error.value)
    assert {path: path.stat().st_ino for path in published.rglob("*")} == before
    (published / ".incoming").mkdir()
    (published / ".incoming" / "READY").write_text("")
    publication.finish_swap_of_a_dead_process(File(database), published)  # a run begins, and blocks nothing
    mounts.write_text("\n".join(mounts.read_text().splitlines()[:2]))
    publish(File(database), published, NOW)
    assert released(published, "select max(version) from meta.release") == [(2,)]
