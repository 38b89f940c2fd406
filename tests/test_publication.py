"""A release is whole or is not there; readers keep the one they have; a swap that broke off is finished."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from warehouse import parquet, publication, schema
from warehouse.connection import File, reading, writing
from warehouse.publication import finish_interrupted_swap, is_released, publish

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Give a working database with one week of two models."""
    path = tmp_path / "working" / "tidegauge.duckdb"
    with writing(path) as connection:
        schema.prepare(connection, NOW)
        fill(connection, 1)
    return path


def fill(connection: duckdb.DuckDBPyConnection, generation: int) -> None:
    """Write a generation: three tables that must always agree."""
    connection.execute("delete from core.model_reading")
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
        "insert into core.model_reading select '2026-11-16', n, n, n, n from range(1, ? + 1) as t(n)", [generation]
    )


def released(published: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(published / "tidegauge.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


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
    assert pl.read_parquet(tmp_path / "published" / "parquet" / "core.model_week.parquet")[
        "downloads_30d"
    ].to_list() == [1]


def test_a_week_that_stays_as_it_is_is_taken_over_as_it_was_packed(database, tmp_path, monkeypatch):
    published = tmp_path / "published"
    written: list[str] = []
    copied = parquet._copy

    def copy(connection: duckdb.DuckDBPyConnection, rows: str, file: Path, version: int) -> None:
        written.append(file.name)
        copied(connection, rows, file, version)

    monkeypatch.setattr(parquet, "_copy", copy)

    def weeks_written() -> list[str]:
        weeks = sorted(name for name in written if name.startswith("."))
        written.clear()
        return weeks

    def released_weeks() -> list[tuple]:
        file = published / "parquet" / "core.model_week.parquet"
        found = pl.read_parquet(file).sort("week").rows()
        assert found == released(published, "from core.model_week order by week")
        assert duckdb.sql(f"from '{file}' order by week").fetchall() == found
        return found

    with writing(database) as connection:
        for week in ("2026-11-02", "2026-11-09"):
            connection.execute(f"insert into core.model_reading select '{week}', 1, 2, 2, 2")
    publish(File(database), published, NOW)
    assert weeks_written() == [".2026-11-02", ".2026-11-09", ".2026-11-16"]
    with writing(database) as connection:
        connection.execute("update core.model_reading set downloads_30d = 3 where week = '2026-11-09'")
        connection.execute("delete from meta.week_checksum where week = '2026-11-09'")
        connection.execute("insert into core.model_reading select '2026-11-23', 1, 4, 4, 4")
    publish(File(database), published, NOW)
    assert weeks_written() == [".2026-11-09", ".2026-11-23"]
    assert [row[2] for row in released_weeks()] == [2, 3, 1, 4]
    with writing(database) as connection:
        connection.execute("delete from core.model_reading where week = '2026-11-16'")
    publish(File(database), published, NOW)
    assert weeks_written() == []
    assert [row[2] for row in released_weeks()] == [2, 3, 4]
    # Another database, with the same counters of other models.
    with writing(database) as connection:
        connection.execute("update core.model set hub_id = printf('%024x', 15)")
        connection.execute("update meta.warehouse set created_at = created_at + interval 1 second")
    publish(File(database), published, NOW)
    assert len(weeks_written()) == 3
    assert {row[1] for row in released_weeks()} == {f"{15:024x}"}
    # A damaged file is of no use, and is written anew.
    file = published / "parquet" / "core.model_week.parquet"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-20])
    publish(File(database), published, NOW)
    assert len(weeks_written()) == 3
    assert len(released_weeks()) == 3


def test_a_file_that_is_mostly_empty_is_laid_anew_and_says_the_same(database, tmp_path):
    with writing(database) as connection:
        connection.execute("create table core.rubbish as select hash(n) as h from range(1000000) as t(n)")
    with writing(database) as connection:
        fill(connection, 100_000)  # behind the rubbish: what is empty is not at the end of the file
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
        connection.execute("insert into core.model_reading select date '2026-11-09', 1, 2, 2, 2")
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
def test_a_swap_that_broke_off_is_finished_or_begun_anew(database, tmp_path, monkeypatch, place):
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


def test_a_log_left_by_a_careless_reader_is_not_replayed(database, tmp_path):
    published = tmp_path / "published"
    publish(File(database), published, NOW)
    (published / "tidegauge.duckdb.wal").write_bytes(b"somebody else's log")
    publish(File(database), published, NOW)
    assert not (published / "tidegauge.duckdb.wal").exists()
    assert released(published, "select count(*) from core.model") == [(1,)]


def test_what_is_released_is_known(database, tmp_path):
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
        schema.claim(connection, "sandbox")
        schema.claim(connection, "sandbox")
        with pytest.raises(schema.OriginError, match="never holds both"):
            schema.claim(connection, "live")
