"""Decompression bombs: rejected in little time and memory, with an error that names them."""

import gzip
import io
import struct
import time
import zipfile
from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.benchmarks import epoch_benchmarks, open_llm_leaderboard
from assets.funding import sec
from assets.funding.form_d import Listed, read_filing, without_persons
from assets.http.client import Request, Service
from assets.http.errors import SourceError, UnexpectedResponseError, UnreachableError
from assets.hub.datasets import Expected
from assets.hub.parquet_columns import read_parquet
from assets.landing.response_schema import shape_of
from pipelines.sandbox.faults import Fault
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.wire import Response

TODAY = date(2026, 11, 16)
PATIENCE_SECONDS = 20
MEGABYTE = 2**20


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < PATIENCE_SECONDS


def table(rows: int, text: str) -> bytes:
    """Return a Parquet file with one dictionary value in every row."""
    column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))
    file = io.BytesIO()
    pq.write_table(pa.table({"name": column}), file, compression="zstd")
    return file.getvalue()


def test_a_text_that_millions_of_rows_name_is_not_written_out():
    body = table(2_000, "x" * MEGABYTE)
    assert len(body) < MEGABYTE
    with pytest.raises(UnexpectedResponseError, match="536,870,912 bytes of text"):
        read_parquet("arena", "full", body, {"name": Expected("text")})
    assert read_parquet("arena", "full", table(2_000, "short"), {"name": Expected("text")})[
        "name"
    ].unique().to_list() == ["short"]


@pytest.mark.parametrize("only", [None, {"name": "2026-11-16"}])
def test_a_day_that_no_calendar_has_is_refused_and_ends_no_run(only):
    file = io.BytesIO()
    pq.write_table(pa.table({"name": pa.array([2**31 - 1, 1], pa.date32())}), file)
    with pytest.raises(UnexpectedResponseError, match="full"):
        read_parquet("arena", "full", file.getvalue(), {"name": Expected("day")}, only)


def test_a_damaged_archive_of_any_method_is_refused():
    body = bytearray(zipped(("gpqa_diamond.csv", b"Model version\n" * 100), method=zipfile.ZIP_LZMA))
    for place in range(60, 90):
        body[place] ^= 255
    with pytest.raises(UnexpectedResponseError, match="a whole zip archive"):
        epoch_benchmarks.read_archive(bytes(body), TODAY)
    assert shape_of("zip", bytes(body)) == {}


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def stated(size: int) -> bytes:
    """Return an archive whose only file has this declared size."""
    body = bytearray(zipped(("gpqa_diamond.csv", b"x" * 1000)))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        body[body.index(mark) + place : body.index(mark) + place + 4] = struct.pack("<I", size)
    return bytes(body)


@pytest.mark.parametrize(
    ("made", "what"),
    [
        pytest.param(lambda: zipped(("a.csv", b"0" * (300 * MEGABYTE))), "268,435,456 bytes", id="a file of 300 MB"),
        pytest.param(lambda: stated(4_000_000_000), "268,435,456 bytes", id="a file that is said to be larger"),
        pytest.param(lambda: stated(10), "a whole zip archive", id="a file that is said to be smaller"),
        pytest.param(lambda: zipped(*((f"{n}.csv", b"") for n in range(2_500))), "up to 1000", id="too many files"),
        pytest.param(lambda: zipped(("../../etc/cron.d/x.csv", b"")), "paths inside", id="a path out of the archive"),
        pytest.param(lambda: zipped(("/etc/x.csv", b"")), "paths inside", id="an absolute path"),
        pytest.param(lambda: zipped(("..\\x.csv", b"")), "paths inside", id="a path of Windows"),
        pytest.param(lambda: zipped(("gpqa_diamond.csv", zipped(("a", b"0" * 9)))), "CSV", id="a zip in a zip"),
    ],
)
def test_archives_that_harm_are_refused(made, what):
    body = made()  # here: every process of the suite loads this file
    with pytest.raises(UnexpectedResponseError) as refused:
        epoch_benchmarks.read_archive(body, TODAY)
    assert what in str(refused.value) or "eci" in str(refused.value)


def test_a_list_of_a_million_files_is_not_even_read():
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    entries = entry * 1_000_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65535, 65535, len(entries), 0, 0)
    with pytest.raises(UnexpectedResponseError, match="up to 1000"):
        epoch_benchmarks.read_archive(entries + end, TODAY)


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'">' + b"".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(9)
) + b"]>"  # fmt: skip
FILES = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">%p;]>'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(ENTITIES + b"<edgarSubmission>&j;</edgarSubmission>", id="a billion laughs"),
        pytest.param(FILES + b"<edgarSubmission>&f;</edgarSubmission>", id="a file of this machine"),
        pytest.param(
            b"<edgarSubmission>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</edgarSubmission>",
            id="nested 100,000 deep",
        ),
        pytest.param(
            b"<edgarSubmission " + b"".join(b'a%d="" ' % n for n in range(20_000)) + b"/>", id="20,000 attributes"
        ),
        pytest.param(b"<?xml version='1.0' encoding='utf-7'?><edgarSubmission/>", id="an encoding that nobody knows"),
        pytest.param(
            b"<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='/etc/passwd'/></a>", id="XInclude"
        ),
    ],
)
def test_filings_that_harm_are_refused(body):
    listed = Listed("0009900001-26-000001", "D", TODAY, "primary_doc.xml")
    with pytest.raises(UnexpectedResponseError) as refused:
        read_filing(without_persons(body), listed, TODAY)
    assert "root:" not in str(refused.value)


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "read",
    [
        lambda body: open_llm_leaderboard.read_tree(body),
        lambda body: sec.read_listing(body, 1, TODAY),
        lambda body: sec.read_older(body, "page", 1, TODAY),
    ],
)
@pytest.mark.parametrize("body", [DEEP, b"[" + b"1," * 25_000_000 + b"1]"], ids=["deep", "50 MB of numbers"])
def test_json_that_harms_is_refused(read, body):
    with pytest.raises(UnexpectedResponseError):
        read(body)


def packed(times: int, size: int) -> bytes:
    body = b"0" * size
    for _ in range(times):
        body = gzip.compress(body, 1, mtime=0)
    return body


@pytest.mark.parametrize(
    ("encoding", "body", "what"),
    [
        ("gzip", lambda: packed(1, 100 * MEGABYTE), "unpacks to more than"),
        ("gzip", lambda: packed(2, 100 * MEGABYTE), "JSON"),
        ("br", lambda: b"\x00", "an encoding that was not requested"),
        ("zstd", lambda: b"(\xb5/\xfd", "an encoding that was not requested"),
        ("gzip, gzip", lambda: packed(2, 1000), "an encoding that was not requested"),
        ("deflate", lambda: b"\x78\x9c", "an encoding that was not requested"),
    ],
)
def test_bodies_that_harm_are_refused(encoding, body, what):
    sent = body()

    def bomb(*_: object) -> Response:
        return Response(200, sent, {"Content-Type": "application/json", "Content-Encoding": encoding})

    def always(_: object) -> Fault:
        return bomb

    with Sandbox(models=100) as sandbox:
        sandbox.faults = always
        service = Service("huggingface", sandbox.url, {}, attempts=2, sleep=lambda _: None)
        if what == "JSON":  # unpacked once only: the rest is small and not JSON
            assert len(service.send(Request("api/models")).body) < MEGABYTE
            return
        with pytest.raises((UnreachableError, SourceError), match=what):
            service.send(Request("api/models"))
