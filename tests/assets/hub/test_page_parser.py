"""A page is parsed record by record: a malformed one is reported and does not affect the others."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import model

from assets.hub.page_parser import NotAPageError, read_contents, split

GOOD = json.dumps(model(1)).encode()
ID = model(1)["_id"]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"7", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"[1,[2]]", "not a JSON object"),
        (b'{"_id":"x","downloads":NaN}', "not well-formed"),
        (b'{"_id":"x","downloads":Infinity}', "not well-formed"),
        (b'{"_id":"x","name":"\xff\xfe"}', "not well-formed"),
        (b'{"_id":"x" "id":1}', "not well-formed"),
        (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", "nested too deeply"),
    ],
)
def test_a_broken_record_is_named_and_the_others_are_read(broken, why):
    contents = read_contents(b"[" + GOOD + b"," + broken + b"," + GOOD + b"]")
    assert contents.rows == 3
    assert contents.ids == [ID, ID]
    assert [record.position for record in contents.unreadable] == [1]
    assert why in contents.unreadable[0].reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"error":"x"}',
        b"<html></html>",
        b"null",
        b"[" + GOOD,
        b"[" + GOOD + b',{"_id":',
        b"[]]",
        b"[" + GOOD + b"]x",
    ],
)
def test_what_is_not_an_array_is_not_a_page(body):
    with pytest.raises(NotAPageError):
        read_contents(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.text(), JSON, max_size=4), max_size=6), st.booleans())
def test_splitting_gives_the_records_back(records, ascii_only):
    body = json.dumps(records, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert [json.loads(record) for record in split(body)] == records
    assert read_contents(body).rows == len(records)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_page_or_are_refused(body):
    with contextlib.suppress(NotAPageError):
        assert read_contents(body).rows >= 0
