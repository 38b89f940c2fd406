"""Parquet files joined by their row groups: every reader finds the rows of all parts, and nothing else has changed."""

from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.row_groups import NotJoinableError, ParquetFile, Part, join
from warehouse.thrift import (
    BINARY,
    BYTE,
    DOUBLE,
    FALSE,
    I16,
    I32,
    I64,
    LIST,
    STRUCT,
    TRUE,
    UnknownFormError,
    decoded,
    encoded,
)


def written(folder: Path, name: str, rows: str, told: str = "") -> ParquetFile:
    file = folder / f"{name}.parquet"
    duckdb.execute(f"copy ({rows}) to '{file}' (format parquet, compression zstd, row_group_size 3000{told})")
    return ParquetFile.open(file)


def week(number: int, rows: int = 10_000) -> str:
    return f"""
        select date '2026-01-05' + 7 * {number} as week, md5((range % 700)::varchar) as id, if(range % 9 = 0, null, range) as
        downloads, range % 3 = 0 as gated, range / 7 as share, [range, range + 1] as several
        from range({rows})
    """


def whole(file: ParquetFile) -> Part:
    return Part(file, 0, len(file.row_groups))


@pytest.fixture
def joined(tmp_path: Path) -> tuple[Path, list[tuple]]:
    parts = [written(tmp_path, f"part-{number}", week(number, 9_000 + 1_000 * number)) for number in range(3)]
    place = tmp_path / "joined.parquet"
    join([whole(part) for part in parts], place, {"release": "7", "rows": "ä"})
    names = ", ".join(f"'{part.path}'" for part in parts)
    return place, duckdb.sql(f"from read_parquet([{names}]) order by all").fetchall()


def test_duckdb_polars_pandas_and_arrow_read_what_was_joined(joined):
    place, rows = joined
    assert len(rows) == 30_000
    assert duckdb.sql(f"from '{place}' order by all").fetchall() == rows
    assert pl.read_parquet(place).height == pl.scan_parquet(place).select(pl.len()).collect().item() == 30_000
    assert pd.read_parquet(place)["downloads"].sum() == sum(row[2] or 0 for row in rows)
    arrow = pq.read_table(place)
    arrow.validate(full=True)
    assert sorted(arrow["id"].to_pylist()) == sorted(row[1] for row in rows)
    assert pq.ParquetFile(place).metadata.num_rows == 30_000


def test_filters_that_skip_by_statistics_and_bloom_filters_find_their_rows(joined):
    place, rows = joined
    thirteen = duckdb.sql("select md5('13')").fetchall()[0][0]
    for condition, matches in (
        ("week = date '2026-01-12'", [row for row in rows if row[0].day == 12]),
        ("id = md5('13')", [row for row in rows if row[1] == thirteen]),
        ("downloads between 8990 and 9100", [row for row in rows if row[2] and 8990 <= row[2] <= 9100]),
        ("id = 'none'", []),
    ):
        assert duckdb.sql(f"from '{place}' where {condition} order by all").fetchall() == matches
    assert pl.scan_parquet(place).filter(pl.col("downloads") == 9001).collect().height == sum(
        row[2] == 9001 for row in rows
    )


def test_a_part_of_what_was_joined_is_joined_again(joined, tmp_path):
    place, _ = joined
    file = ParquetFile.open(place)
    assert file.told == {"release": "7", "rows": "ä"}
    groups = [group[3][1] for group in file.row_groups]
    firsts = [sum(groups[:number]) for number in range(len(groups))]
    first = firsts.index(9_000)
    last = firsts.index(19_000)
    new = written(tmp_path, "new", week(9))
    again = tmp_path / "again.parquet"
    join([Part(file, first, last), whole(new), Part(file, last, len(groups))], again, {})
    weeks = "select week, count(*), count(distinct id), sum(downloads)"
    assert (
        duckdb.sql(f"{weeks} from '{again}' group by week order by week").fetchall()
        == duckdb.sql(
            f"{weeks} from (from '{place}' where week > date '2026-01-05' union all from '{new.path}') group by week order by week"
        ).fetchall()
    )
    assert ParquetFile.open(again).told == {}


def test_files_of_other_columns_or_damaged_ones_are_refused(tmp_path):
    one, other = written(tmp_path, "one", week(1)), written(tmp_path, "other", "select 1 as week")
    with pytest.raises(NotJoinableError, match="other columns"):
        join([whole(one), whole(other)], tmp_path / "joined.parquet", {})
    for damaged in (
        one.path.read_bytes()[:-20],
        b"",
        b"PAR1",
        b"PAR1\xff\xff\xff\x00PAR1",
        b"PAR1\x99\x99\x03\x00\x00\x00PAR1",
    ):
        other.path.write_bytes(damaged)
        with pytest.raises(NotJoinableError, match=r"other\.parquet"):
            ParquetFile.open(other.path)


def test_a_footer_is_written_as_it_was_read(tmp_path):
    file = written(tmp_path, "one", week(1, 100_000), ", kv_metadata {release: '1'}")
    size = file.path.stat().st_size
    assert encoded(file.footer) == file.path.read_bytes()[file.end : size - 8]


NUMBERS = st.integers(-(2**63), 2**63 - 1)
VALUES = st.recursive(
    st.one_of(
        st.sampled_from([(TRUE, True), (FALSE, False)]),
        st.tuples(st.sampled_from([I16, I32, I64]), NUMBERS),
        st.tuples(st.just(BYTE), st.binary(min_size=1, max_size=1)),
        st.tuples(st.just(DOUBLE), st.binary(min_size=8, max_size=8)),
        st.tuples(st.just(BINARY), st.binary()),
        st.tuples(st.just(LIST), st.tuples(st.just(I64), st.lists(NUMBERS, max_size=40))),
        st.tuples(st.just(LIST), st.tuples(st.just(TRUE), st.lists(st.booleans()))),
    ),
    lambda inner: st.tuples(st.just(STRUCT), st.dictionaries(st.integers(1, 300), inner, max_size=4)),
    max_leaves=8,
)


@given(st.dictionaries(st.integers(1, 300), VALUES, max_size=6))
def test_any_struct_is_read_as_it_was_written(struct):
    assert decoded(encoded(struct)) == struct


@given(st.binary(max_size=60))
def test_bytes_that_are_no_struct_are_refused(text):
    try:
        decoded(text)
    except UnknownFormError:
        return
    except RecursionError:
        pytest.fail("a struct in a struct without end")
