"""Clients of boards and benchmarks: what they read, and what they reject."""

import contextlib
import csv
import io
import random
import re
import zipfile
from datetime import date

import polars as pl
import pytest
from collecting import point_at
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import Replay, Reply

from assets.benchmarks import arena, epoch_benchmarks, open_llm_leaderboard
from assets.epoch.csv_files import epoch_service
from assets.http.client import Request
from assets.http.errors import SourceError, UnexpectedResponseError, UnreachableError
from assets.hub import datasets, parquet_columns
from assets.landing.responses import ResponseStore
from assets.settings import Settings
from pipelines.sandbox.server import Sandbox
from warehouse.seeds import entities

TODAY = date(2026, 9, 21)
ROW = {
    "model_name": "palm-2", "organization": "Google", "license": "Proprietary", "rating": 1004.5, "rating_lower": 998.0,
    "rating_upper": 1011.0, "variance": 11.0, "vote_count": 4200, "rank": 3, "category": "overall",
    "leaderboard_publish_date": "2023-05-08",
}  # fmt: skip


def parquet(*rows, **options):
    file = io.BytesIO()
    pl.DataFrame(list(rows), infer_schema_length=None).write_parquet(file, **options)
    return file.getvalue()


BOARD = parquet(
    ROW,
    ROW | {"category": "coding", "rating": 900.0, "rating_lower": 890.0, "rating_upper": 910.0},
    ROW | {"model_name": "vicuna-13b", "organization": None, "license": "", "rank": 1},
)


# The Arena.


def test_the_board_is_read_for_the_category_overall_alone():
    board, odd = arena.read_board(BOARD, TODAY)
    assert odd == []
    assert board.rows(named=True) == [
        {
            "model": model, "organisation": organisation, "licence": licence, "score": 1004.5, "low": 998.0, "high": 1011.0,
            "votes": 4200, "rank": rank, "published_on": date(2023, 5, 8),
        }
        for model, organisation, licence, rank in (("palm-2", "Google", "Proprietary", 3), ("vicuna-13b", None, None, 1))
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"leaderboard_publish_date": date(2023, 5, 8)},
        {"vote_count": 4200.0, "rank": 3.0},
        {"rating": 1004, "rating_lower": 998, "rating_upper": 1011},
        {"unknown_new_column": "x"},
        {"rank": None},
        {"rank": float("nan")},
    ],
    ids=["day as a date", "counts as floats", "ratings as integers", "one more column", "no rank", "rank as NaN"],
)
def test_other_ways_to_write_the_same_are_read(change):
    row = arena.read_board(parquet(ROW | change), TODAY)[0].row(0, named=True)
    assert (row["published_on"], row["votes"]) == (date(2023, 5, 8), 4200)
    assert row["score"] == pytest.approx(1004.5, abs=0.5)


def test_a_row_that_occurs_twice_counts_once():
    assert arena.read_board(parquet(ROW, ROW), TODAY)[0].height == 1


UNRATED = {"rating_lower": None, "rating_upper": None, "variance": None, "vote_count": None}
ELO = [
    ROW | UNRATED | {"model_name": name, "license": label, "rating": rating, "rank": float(rank)}
    for rank, (name, label, rating) in enumerate(
        (("dolly-v2-12b", "MIT", 944.0), ("koala-7b", "Non-commercial", 982.5), ("claude-1", "Proprietary", 1201.0)), 1
    )
]


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_the_elo_years_have_no_interval_and_no_votes(missing):
    later = ROW | {"leaderboard_publish_date": "2024-01-09", "vote_count": 16237.0}
    elo = [row | dict.fromkeys(UNRATED, missing) for row in ELO]
    board, odd = arena.read_board(parquet(*elo, later), TODAY)
    assert odd == []
    assert board.select("model", "score", "low", "high", "votes").rows() == [
        ("claude-1", 1201.0, None, None, None), ("dolly-v2-12b", 944.0, None, None, None),
        ("koala-7b", 982.5, None, None, None), ("palm-2", 1004.5, 998.0, 1011.0, 16237),
    ]  # fmt: skip
    alone, _ = arena.read_board(parquet(*elo), TODAY)  # whole columns without a value
    assert alone["votes"].null_count() == 3


def many(*odd):
    """Return a board of a hundred sound rows, and these."""
    return parquet(*(ROW | {"model_name": f"model {number}"} for number in range(100)), *odd)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rating": None}, "rating"), ({"rating": float("nan")}, "rating"), ({"rating": 1e9}, "rating"),
        ({"rating_lower": 1012.0}, "rating_lower"), ({"rating_upper": 990.0}, "rating_"), ({"vote_count": -1}, "vote_count"),
        ({"model_name": None}, "model_name"), ({"leaderboard_publish_date": None}, "leaderboard_publish_date"),
        ({"leaderboard_publish_date": "2031-01-01"}, "leaderboard_publish_date"),
        ({"leaderboard_publish_date": "1970-01-01"}, "leaderboard_publish_date"),
    ],
    ids=str,
)  # fmt: skip
def test_one_odd_row_costs_one_row_and_is_named(change, field):
    board, (odd,) = arena.read_board(many(ROW | {"model_name": "falcon"} | change), TODAY)
    assert board.height == 100
    assert odd.item.startswith("text: ")
    assert "falcon" in odd.item or field == "model_name"
    assert odd.reason.startswith(field)


def test_too_many_odd_rows_reject_the_board():
    odd = [ROW | {"model_name": f"odd {number}", "rating": None} for number in range(6)]
    with pytest.raises(UnexpectedResponseError, match="6 of 106 rows"):
        arena.read_board(many(*odd), TODAY)


def test_votes_that_vanish_after_2023_reject_the_board():
    new = [
        ROW | {"model_name": f"new {number}", "leaderboard_publish_date": "2026-01-09", "vote_count": None}
        for number in range(4)
    ]
    with pytest.raises(UnexpectedResponseError, match="vote_count"):
        arena.read_board(many(*new), TODAY)
    assert arena.read_board(many(new[0]), TODAY)[0].height == 101


def test_each_board_begins_at_its_own_time():
    row = ROW | {"leaderboard_publish_date": "2024-08-28"}
    assert arena.read_board(parquet(row), TODAY, arena.STYLE_CONTROL)[0].height == 1
    with pytest.raises(UnexpectedResponseError, match="history"):
        arena.read_board(parquet(row), TODAY)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        *(({"-": name}, name) for name in ROW if name != "variance"),
        ({"rating": "1004.5"}, "rating"),
        ({"rating": None}, "rating"),
        ({"rating": float("nan")}, "rating"),
        ({"rating": float("inf")}, "rating"),
        ({"rating": 1e9}, "rating"),
        ({"rating_lower": 1012.0}, "rating_lower"),
        ({"rating_lower": float("-inf")}, "rating_lower"),
        ({"rating_upper": 990.0}, "rating_"),
        ({"rating_upper": True}, "rating_upper"),
        ({"vote_count": 1.5}, "vote_count"),
        ({"vote_count": float("inf")}, "vote_count"),
        ({"vote_count": -1}, "vote_count"),
        ({"vote_count": "4200"}, "vote_count"),
        ({"model_name": None}, "model_name"),
        ({"model_name": " "}, "model_name"),
        ({"model_name": 7}, "model_name"),
        ({"license": 7}, "license"),
        ({"organization": ["Google"]}, "organization"),
        ({"category": "Overall"}, "whole"),
        ({"category": 3}, "category"),
        ({"leaderboard_publish_date": None}, "leaderboard_publish_date"),
        ({"leaderboard_publish_date": "08.05.2023"}, "leaderboard_publish_date"),
        ({"leaderboard_publish_date": "2023-02-30"}, "leaderboard_publish_date"),
        ({"leaderboard_publish_date": "2031-01-01"}, "leaderboard_publish_date"),
        ({"leaderboard_publish_date": "1970-01-01"}, "leaderboard_publish_date"),
        ({"leaderboard_publish_date": 1_683_504_000}, "leaderboard_publish_date"),
        ({"leaderboard_publish_date": "2024-05-08"}, "history"),
    ],
    ids=str,
)  # fmt: skip
def test_a_board_that_does_not_fit_is_rejected_with_its_field(change, field):
    row = ROW | change
    row.pop(row.pop("-", None), None)
    with pytest.raises(UnexpectedResponseError) as raised:
        arena.read_board(parquet(row), TODAY)
    assert field in raised.value.reason
    assert raised.value.source == "arena"


def test_two_ratings_of_a_model_on_one_day_are_rejected():
    with pytest.raises(UnexpectedResponseError, match="once a day"):
        arena.read_board(parquet(ROW, ROW | {"rating": 1003.0}), TODAY)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999])
def test_a_truncated_file_is_rejected(share):
    with pytest.raises(UnexpectedResponseError, match="Parquet"):
        arena.read_board(BOARD[: int(len(BOARD) * share)], TODAY)


@pytest.mark.parametrize("body", [b"", b"PAR1", b"PAR1PAR1", b"<!DOCTYPE html>", b"\0" * 5000, b"PAR1" * 400, b"{}"])
def test_what_is_no_parquet_is_rejected(body):
    with pytest.raises(UnexpectedResponseError):
        arena.read_board(body, TODAY)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_footer_or_header_never_raises_anything_else(data):
    body = bytearray(BOARD)
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(len(body) - 900, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SourceError):
        assert arena.read_board(bytes(body), TODAY)[0].height <= 2


def test_a_file_of_too_many_rows_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(parquet_columns, "MAX_ROWS", 2)
    with pytest.raises(UnexpectedResponseError, match="at most 2 rows"):
        arena.read_board(BOARD, TODAY)


def test_a_download_leads_elsewhere_without_our_key_and_is_not_fetched_again(tmp_path):
    with Sandbox(models=200) as sandbox:
        service = arena.arena_service(sandbox.url, "hf_secret")
        bodies = []
        for _ in range(2):
            answers = ResponseStore(tmp_path, "arena", date(2026, 8, 31))
            bodies.append(answers.fetch(service, arena.full_history(arena.TEXT)).body)
            assert answers.from_sandbox
            answers.accept()
        asked = [(seen.path.split("/")[1], seen.status, seen.had_authorization) for seen in sandbox.requests]
    assert bodies[0] == bodies[1]
    assert arena.read_board(bodies[0], TODAY)[0].height > 1000
    assert asked == [
        ("datasets", 302, True), ("_storage", 200, False), ("datasets", 302, True), ("_storage", 304, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(b"Entry not found", 404, {"Content-Type": "text/plain"}), UnexpectedResponseError),
        (Reply(b'{"error":"gated"}', 401), UnexpectedResponseError),
        (Reply(b"<html>friendly</html>", 200, {"Content-Type": "text/html"}), UnreachableError),
        (Reply(b"", 302, {"Location": "http://evil.example/file"}), UnexpectedResponseError),
        (Reply(b"slow down", 429), UnreachableError),
    ],
    ids=["missing", "gated", "HTML", "to a host without https", "quota"],
)
def test_what_the_hub_may_return_instead(reply, kind):
    with Replay([], before=lambda number, path: reply) as hub, pytest.raises(kind):
        arena.arena_service(hub.url, None).single_attempt().send(arena.full_history(arena.TEXT))


def test_the_doctor_reads_the_footers_of_what_the_refresh_reads(monkeypatch):
    monkeypatch.setattr(epoch_benchmarks, "today", lambda: TODAY)
    monkeypatch.setattr(datasets, "_END_BYTES", 2_000)  # less than a footer: its rest is requested too
    with Sandbox(models=200) as sandbox:
        point_at(sandbox, monkeypatch)
        said = arena.probe(Settings())
        assert re.fullmatch(
            r"Arena text: [0-9,]+ rows from 2023-05-08 to 2026-08-31; "
            r"Arena text with style control: [0-9,]+ rows from 2024-08-28 to 2026-08-31", said
        )  # fmt: skip
        stored = [seen for seen in sandbox.requests if "_storage" in seen.path]
        assert len(stored) == 6
        assert {seen.status for seen in stored} == {200, 206}
        assert epoch_benchmarks.probe(Settings()).startswith("4 benchmarks, ")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"-": "vote_count"}, "vote_count"), ({"rating": "1004.5"}, "rating"), ({"model_name": 7}, "model_name"),
        ({"category": None}, "category"), ({"leaderboard_publish_date": "2024-05-08"}, "history"),
    ],
    ids=str,
)  # fmt: skip
def test_the_doctor_finds_what_the_refresh_would_reject(monkeypatch, change, field):
    row = ROW | change
    row.pop(row.pop("-", None), None)
    body = parquet(row, row | {"model_name": row["model_name"] * 2})
    with pytest.raises(UnexpectedResponseError, match=field):
        arena.read_board(body, TODAY)
    replies = lambda number, path: Reply(body, headers={"Content-Type": "binary/octet-stream"})  # noqa: E731
    with Replay([], before=replies) as hub:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", hub.url)
        with pytest.raises(UnexpectedResponseError, match=field):
            arena.probe(Settings())


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(b"gone", 404), UnexpectedResponseError), (Reply(b"slow down", 429), UnreachableError),
        (Reply(b"PAR1" * 5000), UnexpectedResponseError), (Reply(b""), UnexpectedResponseError),
    ],
    ids=["missing", "quota", "no footer", "empty"],
)  # fmt: skip
def test_the_doctor_says_what_is_wrong_with_a_file(monkeypatch, reply, kind):
    with Replay([], before=lambda number, path: reply) as hub:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", hub.url)
        with pytest.raises(kind):
            arena.probe(Settings())


# Epoch.

RUNS = """Model version,mean_score,Best score (across scorers),Release date,Organization,stderr,Started at
gpt-4-0613,0.35,0.36,2023-06-13,OpenAI,0.02,2024-01-01T00:00:00.000Z
"Llama-2
70b",0.26,0.27,2023-07-18,"Meta ""AI"", others",,2024-01-01T00:00:00.000Z
gpt-4-0613,0.37,0.38,2023-06-13,OpenAI,0.02,2025-01-01T00:00:00.000Z
,0.9,0.9,2025-01-01,Nobody,,
scoreless,,,2025-01-01,Nobody,,
"""
MODELS = """model_version,model_group,date,display_name,organization,country,accessibility,training_compute_flop
gpt-4-0613,GPT-4 (Jun 2023),2023-06-13,,OpenAI,,API access,
"Llama-2
70b",Llama 2-70B,2023-07-18,,Meta AI,,Open weights (restricted use),
,,,,,,,
"""
NEW_INDEX = """Model,Display name,eci,eci_ci_low,eci_ci_high,date,Organization,Country,Model accessibility,Accessibility group
GPT-4 (Jun 2023),GPT-4,125.9,123.0,128.0,2023-06-13,OpenAI,United States of America,API access,Closed weights
Mystery,,120.5,,,2024-06,,,,
"""
OLD_INDEX = """Model version,ECI Score,Release date,Organization,Country,Model accessibility,Model name,Description,Display name
gpt-5_high,150.0,2025-08-07,OpenAI,,API access,GPT-5,"two
lines",
gpt-5_low,150.0,2025-08-07,OpenAI,,API access,GPT-5,,
"""
FILES = {
    "README.md": "CC BY", "gpqa_diamond.csv": RUNS, "model_metadata.csv": MODELS,
    "benchmark_metadata.csv": "benchmark,source_file\nGPQA diamond,gpqa_diamond.csv\n",
    "mmlu_external.csv": "whatever,has,another,licence\n", "epoch_capabilities_index/eci_scores.csv": NEW_INDEX,
}  # fmt: skip


def archive(files=FILES, **changes):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as opened:
        for path, content in {**files, **changes}.items():
            if content is not None:
                opened.writestr(path, content)
    return body.getvalue()


def test_the_archive_is_read_with_names_access_and_the_newest_run():
    read = epoch_benchmarks.read_archive(archive(), TODAY)
    found = {(s.benchmark, s.model): s for s in read.scores}
    gpt = found["GPQA diamond", "gpt-4-0613"]
    assert (gpt.score, gpt.unit, gpt.accessibility, gpt.model_group) == (
        38,
        "percent",
        "API access",
        "GPT-4 (Jun 2023)",
    )
    assert (gpt.low, gpt.high) == pytest.approx((34.08, 41.92), abs=0.001)
    llama = found["GPQA diamond", "Llama-2\n70b"]
    assert (llama.score, llama.organisation, llama.low) == (27, 'Meta "AI", others', None)
    assert llama.accessibility == "Open weights (restricted use)"
    assert found["Epoch Capabilities Index", "GPT-4 (Jun 2023)"].high == 128
    mystery = found["Epoch Capabilities Index", "Mystery"]
    assert (mystery.accessibility, mystery.released_on, mystery.low) == (None, None, None)
    assert read.set_aside == []
    assert +read.left_out == {"external files": 1, "earlier runs": 1, "rows without a model or a score": 2}


def test_the_older_form_of_the_index_is_read_too_and_levels_of_effort_count_once():
    files = {k: v for k, v in FILES.items() if "/" not in k} | {"epoch_capabilities_index.csv": OLD_INDEX}
    read = epoch_benchmarks.read_archive(archive(files), TODAY)
    (index,) = [s for s in read.scores if s.benchmark == "Epoch Capabilities Index"]
    assert (index.model, index.score, index.released_on) == ("GPT-5", 150.0, date(2025, 8, 7))


def test_a_model_with_two_values_of_the_index_is_left_out_and_counted():
    files = {k: v for k, v in FILES.items() if "/" not in k}
    two = OLD_INDEX.replace("gpt-5_low,150.0", "gpt-5_low,151.0") + "a,1.0,2025-01-01,,,,A,,\n"
    read = epoch_benchmarks.read_archive(archive(files, **{"epoch_capabilities_index.csv": two}), TODAY)
    assert read.left_out["models with two values of the index"] == 1
    assert [s.model for s in read.scores if s.benchmark == "Epoch Capabilities Index"] == ["A"]


INDEX = "epoch_capabilities_index/eci_scores.csv"


@pytest.mark.parametrize(
    ("path", "old", "new", "field"),
    [
        # The only benchmark of the archive, and the metadata: without them there is no score, or no openness.
        ("gpqa_diamond.csv", "Best score (across scorers)", "best", "Best score"),
        ("gpqa_diamond.csv", "Model version", "Model", "Model version"),
        ("gpqa_diamond.csv", "Release date", "Released", "Release date"),
        ("gpqa_diamond.csv", 'others"', "others", "cut off"),
        ("model_metadata.csv", "accessibility", "access", "accessibility"),
        ("model_metadata.csv", "model_version", "version", "model_version"),
        ("benchmark_metadata.csv", "source_file", "file", "source_file"),
    ],
)  # fmt: skip
def test_an_archive_that_does_not_fit_is_rejected_with_its_field(path, old, new, field):
    assert old in FILES[path]
    with pytest.raises(UnexpectedResponseError) as raised:
        epoch_benchmarks.read_archive(archive(**{path: FILES[path].replace(old, new, 1)}), TODAY)
    assert field in raised.value.reason


@pytest.mark.parametrize(
    ("path", "old", "new", "field", "lost"),
    [
        *(("gpqa_diamond.csv", "0.38", new, "Best score", "gpt-4-0613")
          for new in ("38", "NaN", "inf", "-0.36", "1e999", "36%", "٣", "true")),
        ("gpqa_diamond.csv", "0.27", "27", "Best score", "Llama-2\n70b"),
        ("gpqa_diamond.csv", "0.38,2023-06-13,OpenAI,0.02", "0.38,2023-06-13,OpenAI,nan", "stderr", "gpt-4-0613"),
        ("gpqa_diamond.csv", "2023-07-18", "13 June 2023", "Release date", "Llama-2\n70b"),
        ("gpqa_diamond.csv", "2023-07-18", "1823-06-13", "Release date", "Llama-2\n70b"),
        ("gpqa_diamond.csv", "2023-07-18", "2023-13-06", "Release date", "Llama-2\n70b"),
        (INDEX, "125.9", "1259e9", "eci", "GPT-4 (Jun 2023)"),
        (INDEX, "125.9", "NaN", "eci", "GPT-4 (Jun 2023)"),
        (INDEX, "123.0", "127.0", "eci_ci_low", "GPT-4 (Jun 2023)"),
        (INDEX, "2024-06,", "2124-06-01,", "date", "Mystery"),
    ],
)  # fmt: skip
def test_an_odd_row_costs_one_row_and_is_named(path, old, new, field, lost):
    """The newest run of gpt-4 is odd: its older run does not take its place."""

    def scores(read):
        return {(s.benchmark, s.model): s for s in read.scores}

    assert old in FILES[path]
    sound = scores(epoch_benchmarks.read_archive(archive(), TODAY))
    read = epoch_benchmarks.read_archive(archive(**{path: FILES[path].replace(old, new, 1)}), TODAY)
    ((item, reason),) = [(one.item, one.reason) for one in read.set_aside]
    assert item == f"{' '.join(lost.split())} of {path}"
    assert field in reason
    assert [one.keeps and one.keeps["model"] for one in read.set_aside] == [lost]
    assert {model for _, model in sound.keys() - scores(read).keys()} == {lost}
    assert all(score == sound[place] for place, score in scores(read).items())


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [("0.36", "3.6", set()), ("OpenAI,0.02", "Open,AI,0.02", set()), ('"Llama-2', "Llama-2", {"Llama-2\n70b"})],
    ids=["an older run", "a cell too many", "without its first quote"],
)
def test_a_damaged_row_costs_no_other(old, new, lost):
    sound = {score.model: score for score in epoch_benchmarks.read_archive(archive(), TODAY).scores}
    read = epoch_benchmarks.read_archive(archive(**{"gpqa_diamond.csv": RUNS.replace(old, new, 1)}), TODAY)
    assert len(read.set_aside) == 1
    assert sound.keys() - {score.model for score in read.scores} == lost
    assert all(score == sound[score.model] for score in read.scores)


@pytest.mark.parametrize("file", ["model_metadata.csv", "benchmark_metadata.csv"])
def test_an_archive_without_its_metadata_is_rejected_by_their_name(file):
    with pytest.raises(UnexpectedResponseError, match=file):
        epoch_benchmarks.read_archive(archive(**{file: None}), TODAY)


def test_a_day_of_the_metadata_that_does_not_fit_costs_the_metadata_of_one_model():
    changed = MODELS.replace("2023-06-13", "soon", 1)
    read = epoch_benchmarks.read_archive(archive(**{"model_metadata.csv": changed}), TODAY)
    assert [(one.item, "date" in one.reason) for one in read.set_aside] == [("gpt-4-0613 of model_metadata.csv", True)]
    access = {s.model: s.accessibility for s in read.scores if s.unit == "percent"}
    assert access == {"gpt-4-0613": None, "Llama-2\n70b": "Open weights (restricted use)"}


@pytest.mark.parametrize(
    "index",
    [None, NEW_INDEX.replace("eci,", "index,", 1), NEW_INDEX.replace("eci_ci_low", "low"), "",
     NEW_INDEX.replace("Model accessibility", "Access"), NEW_INDEX.splitlines()[0]],
    ids=["missing", "no eci", "no interval", "empty", "no access", "header only"],
)  # fmt: skip
def test_an_index_of_another_form_is_set_aside_and_the_benchmarks_count(index):
    read = epoch_benchmarks.read_archive(archive(**{INDEX: index}), TODAY)
    assert {score.benchmark for score in read.scores} == {"GPQA diamond"}
    index = "Epoch Capabilities Index"
    assert [(one.item, one.keeps) for one in read.set_aside] == [(index, {"benchmark": index})]


# A file with columns of its own, as the archive had one until May 2026.
RESOLVED = """Model version,% Resolved,Release date,Organization,Country,Avg. Cost ($),Date run,Source,id
some-coder-20260101,0.55,2026-01-01,Reef Research,,0.72,2026-01-03,a leaderboard,rec1
other-coder,0.515,2025-11-18,Tidal AI,,0.46,2025-11-19,a leaderboard,rec2
"""


def test_a_file_of_another_form_is_set_aside_by_name_and_the_others_count():
    sound = epoch_benchmarks.read_archive(archive(), TODAY)
    read = epoch_benchmarks.read_archive(archive(**{"swe_bench_bash.csv": RESOLVED}), TODAY)
    assert read.scores == sound.scores
    assert [one.keeps for one in read.set_aside] == [{"benchmark": "swe_bench_bash"}]
    ((item, reason),) = [(one.item, one.reason) for one in read.set_aside]
    assert item == "swe_bench_bash.csv"
    assert "Best score (across scorers)" in reason


@pytest.mark.parametrize(
    ("column", "scale", "score", "expected"),
    [("% Resolved", "1.0", "0.55", 55.0), ("% Resolved", "", "0.55", 55.0), ("Score %", "0.01", "55.5", 55.5)],
)
def test_the_archive_says_which_column_is_the_score_and_on_which_scale(column, scale, score, expected):
    described = f"benchmark,source_file,score_column,scale\nSWE-bench,swe.csv,{column},{scale}\n,,,\n"
    file = RESOLVED.replace("% Resolved", column).replace("0.55,", f"{score},").replace("0.515", "0.5")
    read = epoch_benchmarks.read_archive(archive(**{"swe.csv": file, "benchmark_metadata.csv": described}), TODAY)
    found = {s.model: (s.score, s.unit) for s in read.scores if s.benchmark == "SWE-bench"}
    assert found["some-coder-20260101"] == (expected, "percent")
    assert read.set_aside == []
    assert {s.benchmark for s in read.scores} >= {"gpqa_diamond"}  # not described: named after its file


def test_the_archive_states_chance_and_ceiling_and_an_odd_scale_costs_itself():
    head = "benchmark,source_file,score_column,scale,random_baseline,score_ceiling\n"
    rows = (
        "GPQA diamond,gpqa_diamond.csv,,1.0,0.25,1.0\nFrontierMath,,,1.0,0.0,0.57\nOpen end,,,,0.5,\nNone,,,,,\n"
        "Odd,,,1.0,0.9,0.5\n"
    )
    read = epoch_benchmarks.read_archive(archive(**{"benchmark_metadata.csv": head + rows}), TODAY)
    found = {scale.benchmark: (scale.chance_pct, scale.ceiling_pct) for scale in read.scales}
    assert found == {"GPQA diamond": (25.0, 100.0), "FrontierMath": (0.0, 57.0), "Open end": (50.0, None)}
    assert [one.item for one in read.set_aside] == ["a row of benchmark_metadata.csv"]
    odd = epoch_benchmarks.read_archive(archive(**{"benchmark_metadata.csv": head + "Odd,,,,chance,1\n" * 2}), TODAY)
    assert (odd.scales, len(odd.set_aside)) == ([], 1)
    assert epoch_benchmarks.read_archive(archive(), TODAY).scales == []


def test_a_score_beyond_its_scale_is_not_believed():
    described = "benchmark,source_file,score_column,scale\nSWE-bench,swe.csv,% Resolved,0.01\n"
    file = RESOLVED.replace("0.55,", "155,")
    read = epoch_benchmarks.read_archive(archive(**{"swe.csv": file, "benchmark_metadata.csv": described}), TODAY)
    assert [s.model for s in read.scores if s.benchmark == "SWE-bench"] == ["other-coder"]
    assert "% Resolved" in read.set_aside[0].reason


@pytest.mark.parametrize(
    ("described", "number", "is_refused"), [(True, 1, False), (True, 2, True), (False, 1, False), (False, 2, True)]
)
def test_too_many_odd_files_reject_the_archive(described, number, is_refused):
    odd = {f"odd_{number}.csv": RESOLVED for number in range(number)}
    names = [*FILES, *odd] if described else FILES
    rows = "".join(f"{name},{name},,\n" for name in names if name.endswith(".csv") and "metadata" not in name)
    odd["benchmark_metadata.csv"] = f"benchmark,source_file,score_column,scale\n{rows}"
    if is_refused:
        with pytest.raises(UnexpectedResponseError, match="Best score"):
            epoch_benchmarks.read_archive(archive(**odd), TODAY)
    else:
        read = epoch_benchmarks.read_archive(archive(**odd), TODAY)
        assert [one.item for one in read.set_aside] == ["odd_0.csv"]
        assert "gpqa_diamond.csv" in {score.benchmark for score in read.scores}


def test_access_that_is_limited_is_proprietary_and_unknown_stays_unknown():
    meaning = entities.openness_of("epoch_accessibility")
    assert [meaning[label] for label in ("limited access", "unknown", "api access", "open weights (unrestricted)")] == [
        "proprietary", "unknown", "proprietary", "open",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"gpqa_diamond.csv": None},
        {"gpqa_diamond.csv": ""},
        {"gpqa_diamond.csv": RUNS.splitlines()[0]},
        {"gpqa_diamond.csv": b"\xff\xfe" + RUNS.encode()},
        {"gpqa_diamond.csv": RUNS.replace("OpenAI", "Open\0AI\xa0") + '"'},
        {"../outside.csv": RUNS},
        {"/etc/passwd.csv": RUNS},
        {"a/../../b.csv": RUNS},
        {f"{n}_external.csv": "x" for n in range(1001)},
        {"bomb_external.csv": b"0" * 2_000_001},
    ],
    ids=["no benchmark", "empty", "header only", "not UTF-8", "open quote", "outside", "absolute", "up and out",
         "too many", "too large"],
)  # fmt: skip
def test_an_archive_of_another_shape_is_rejected(changes, monkeypatch):
    monkeypatch.setattr(epoch_benchmarks, "LARGEST_UNPACKED_BYTES", 2_000_000)
    with pytest.raises(UnexpectedResponseError):
        epoch_benchmarks.read_archive(archive(**changes), TODAY)


@pytest.mark.parametrize("body", [b"", b"PK", b"<html>Oops</html>", b"PK\x05\x06" + b"\0" * 18, b"{}", b"\x1f\x8b\x08"])
def test_what_is_no_archive_is_rejected(body):
    with pytest.raises(UnexpectedResponseError):
        epoch_benchmarks.read_archive(body, TODAY)


def test_however_an_archive_is_damaged_it_is_read_right_or_rejected():
    whole = archive()
    expected = {(s.benchmark, s.model): s for s in epoch_benchmarks.read_archive(whole, TODAY).scores}
    draw = random.Random(7)
    refused = 0
    for _ in range(250):
        body = bytearray(whole)
        if draw.random() < 0.3:
            del body[draw.randrange(len(body)) :]
        else:
            for _ in range(draw.randint(1, 4)):
                body[draw.randrange(len(body))] = draw.randrange(256)
        try:
            read = epoch_benchmarks.read_archive(bytes(body), TODAY)
        except SourceError:
            refused += 1
            continue
        for score in read.scores:  # what is read has the CRC that the archive states
            known = next(
                (one for (_, model), one in expected.items() if model == score.model and one.unit == score.unit), None
            )
            assert known is not None
            assert (score.score, score.released_on) == (known.score, known.released_on)
    assert refused > 200


def test_the_page_that_says_nothing_is_there_is_no_archive():
    with Sandbox(models=200) as sandbox, pytest.raises(UnexpectedResponseError, match="404"):
        epoch_service(f"{sandbox.url}/epoch").single_attempt().send(Request("data/benchmark.zip"))


# The Open LLM Leaderboard.

ENTRY = {
    "fullname": "maker/model", "Average ⬆️": 30.0, "IFEval": 50.0, "BBH": 40.0, "MATH Lvl 5": 10.0, "GPQA": 5.0, "MUSR": 15.0,
    "MMLU-PRO": 60.0, "Hub License": "mit", "Upload To Hub Date": "2024-06-01", "Submission Date": "2024-07-01",
    "Flagged": False, "Precision": "bfloat16",
}  # fmt: skip


def test_the_archive_of_the_leaderboard_leaves_flagged_rows_out_and_counts_a_model_once():
    scores, left_out, _ = open_llm_leaderboard.read_scores(
        parquet(ENTRY, ENTRY | {"Average ⬆️": 31.0, "BBH": 46.0}, ENTRY | {"fullname": "a/b", "Flagged": True}), TODAY
    )
    assert left_out == {"flagged": 1, "other submissions of a model": 1}
    found = {row["benchmark"]: row["score"] for row in scores.rows(named=True)}
    assert found == {
        "Average": 31.0, "IFEval": 50.0, "BBH": 46.0, "MATH Lvl 5": 10.0, "GPQA": 5.0, "MUSR": 15.0, "MMLU-PRO": 60.0,
    }  # fmt: skip
    assert set(scores.select("model", "licence", "released_on", "published_on").rows()) == {
        ("maker/model", "mit", date(2024, 6, 1), date(2024, 7, 1))
    }


@pytest.mark.parametrize(
    "change",
    [
        *({"-": name} for name in ENTRY if name != "Precision"),
        {"BBH": None}, {"BBH": float("nan")}, {"BBH": "40"}, {"BBH": 140.0}, {"BBH": -1.0}, {"Flagged": "false"},
        {"Flagged": None}, {"Flagged": 0}, {"fullname": None}, {"Submission Date": "01/07/2024"},
        {"Submission Date": "1900-01-01"}, {"Upload To Hub Date": "2099-01-01"}, {"Average ⬆️": None}, {"Hub License": 3},
    ],
    ids=str,
)  # fmt: skip
def test_an_archive_of_the_leaderboard_that_does_not_fit_is_rejected(change):
    row = ENTRY | change
    row.pop(row.pop("-", None), None)
    with pytest.raises(UnexpectedResponseError) as raised:
        open_llm_leaderboard.read_scores(parquet(row), TODAY)
    assert raised.value.source == "open_llm_leaderboard"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b"null", b"<html>", b"[1]", b"[" * 100_000, b'[{"type":"file"}]', b"\xff",
        b'[{"type":"directory","path":"data/train-00000-of-00001.parquet"}]', b'[{"type":"file","path":"../x.parquet"}]',
        b'[{"type":"file","path":7}]', b'[{"type":"file","path":"data/test-00000-of-00001.parquet"}]',
    ],
)  # fmt: skip
def test_a_tree_that_does_not_fit_is_rejected(body):
    with pytest.raises(UnexpectedResponseError):
        open_llm_leaderboard.read_tree(body)


def test_a_tree_names_the_files():
    body = b'[{"type":"file","path":"README.md"},{"type":"file","path":"data/train-00000-of-00001-0a1b.parquet"}]'
    assert open_llm_leaderboard.read_tree(body) == ["data/train-00000-of-00001-0a1b.parquet"]


def test_csv_is_read_with_a_mark_before_it_and_windows_lines():
    text = "\ufeff" + RUNS.replace("\n", "\r\n")
    assert next(csv.reader(io.StringIO(RUNS)))[0] == "Model version"
    read = epoch_benchmarks.read_archive(archive(**{"gpqa_diamond.csv": text}), TODAY)
    assert len(read.scores) == 4
