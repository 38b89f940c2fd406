"""Inference speed: results of InferenceX and of users' files, what is rejected, and what is comparable."""

import hashlib
import json
import os
import re
import shutil
import time
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import dagster as dg
import pytest
from collecting import assets_of, uncollected_sources
from damaged_json import damaged
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import instance_in_memory
from replay import Replay, Reply
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from assets.http.client import Service
from assets.http.errors import SourceError, UnexpectedResponseError
from assets.inference import assets as inference
from assets.inference import inbox, inferencex
from assets.inference.bench_files import read_bench_file, why
from assets.inference.inferencex import read_results
from assets.inference.stated_hardware import read_sidecar
from assets.replay import replay as replay_stored
from assets.resources import Clock, Warehouse
from assets.settings import Settings
from pipelines.sandbox.server import Sandbox
from pipelines.sensors import bench_file_dropped
from warehouse.database.connection import writing
from warehouse.database.derive import CheckError, check, derive
from warehouse.facts.versioned_rows import record_versions
from warehouse.seeds import lists, published_figures
from warehouse.tables import growth
from warehouse.tables.charts import sources
from warehouse.tables.inference import BASE_INFERENCE_RESULT

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 6, tzinfo=UTC)
TODAY = NOW.date()


def row(**changes):
    made = {
        "hardware": "h100", "framework": "vllm", "model": "gptoss120b", "precision": "fp4", "spec_method": "none",
        "disagg": False, "is_multinode": False, "prefill_tp": 8, "prefill_ep": 1, "prefill_dp_attention": False,
        "prefill_num_workers": 0, "decode_tp": 8, "decode_ep": 1, "decode_dp_attention": False, "decode_num_workers": 0,
        "num_prefill_gpu": 8, "num_decode_gpu": 8, "isl": 1024, "osl": 1024, "conc": 64, "image": None,
        "metrics": {
            "tput_per_gpu": 900.5, "output_tput_per_gpu": 450.25, "median_ttft": 0.21, "median_tpot": 0.011,
            "median_itl": 0.011, "median_e2el": 11.4, "median_intvty": 90.9, "p99_ttft": 0.6, "std_ttft": 0.1,
        },
        "date": "2026-11-14", "run_url": "https://github.com/x/y/actions/runs/1",
    }  # fmt: skip
    return {**made, **changes}


def metrics(**changes):
    return {**row()["metrics"], **changes}


def read(*rows):
    return read_results(json.dumps(rows).encode(), TODAY)


# InferenceX


def test_a_row_is_read_field_by_field():
    runs = read(row())
    (result,) = runs.results
    assert (runs.agentic, runs.set_aside, runs.others) == ([], [], 0)
    assert (result.model, result.hardware, result.framework, result.precision, result.gpus) == (
        "gptoss120b", "h100", "vllm", "fp4", 8,
    )  # fmt: skip
    assert (result.isl, result.osl, result.concurrency, result.counted_per) == (1024, 1024, 64, "GPU")
    assert (result.output_tokens_per_second, result.total_tokens_per_second) == (450.25, 900.5)
    assert (result.median_ttft_s, result.median_tpot_s, result.median_e2el_s, result.p99_ttft_s) == (
        0.21,
        0.011,
        11.4,
        0.6,
    )
    assert result.measured_on == date(2026, 11, 14)
    assert result.settings.startswith("decode_dp_attention=false decode_ep=1 decode_num_workers=0 decode_tp=8")


def test_where_prompts_have_gpus_of_their_own_both_are_counted():
    (result,) = read(row(disagg=True, num_prefill_gpu=4, num_decode_gpu=12)).results
    assert (result.gpus, result.disaggregated) == (16, True)


def test_what_is_not_stated_stays_empty():
    (result,) = read(row(metrics={"tput_per_gpu": 10.0}, run_url=None)).results
    assert result.output_tokens_per_second is None
    assert result.median_ttft_s is None
    assert result.evidence_url is None


def agent(**changes):
    """Return a row that replays traces of agents: no lengths, and the same fields else."""
    return row(benchmark_type="agentic_traces", isl=None, osl=None, **changes)


def test_rows_of_agents_are_a_series_of_their_own():
    runs = read(row(benchmark_type="single_turn"), agent(conc=24), row(conc=8, benchmark_type=None))
    assert [r.concurrency for r in runs.results] == [64, 8]
    (result,) = runs.agentic
    assert (result.isl, result.osl, result.concurrency, result.output_tokens_per_second) == (None, None, 24, 450.25)
    assert "benchmark_type=agentic_traces" in result.settings
    assert not any("benchmark_type" in r.settings for r in runs.results)


def test_a_model_may_have_runs_of_agents_only():
    runs = read(agent(), agent(hardware="b300"))
    assert (len(runs.results), len(runs.agentic)) == (0, 2)


def test_an_odd_row_of_agents_costs_itself():
    runs = read(row(), agent(metrics={"median_ttlt": 3}), agent(conc=8), agent(conc="9"), agent(conc=2), agent(conc=2))
    assert (len(runs.results), [r.concurrency for r in runs.agentic]) == (1, [8])
    assert [item for item, _ in runs.set_aside] == [f"agentic row {number}" for number in (2, 4, 5, 6)]
    assert "tput_per_gpu" in runs.set_aside[0][1]
    assert "conc" in runs.set_aside[1][1]


def test_rows_of_a_kind_that_nobody_knows_are_counted():
    runs = read(row(), row(benchmark_type="multi_turn", isl="many"))
    assert (len(runs.results), runs.others) == (1, 1)
    with pytest.raises(SourceError, match="at least one row"):
        read(row(benchmark_type="multi_turn"))


WRONG = [
    *[{name: None} for name in ("hardware", "framework", "model", "precision", "isl", "osl", "conc", "date", "metrics")],
    *[{name: "8"} for name in ("isl", "osl", "conc", "decode_tp", "num_decode_gpu", "disagg")],
    {"isl": 0}, {"osl": -1}, {"conc": 1.5}, {"conc": True}, {"disagg": 0}, {"model": ""}, {"hardware": 100},
    {"metrics": metrics(tput_per_gpu=0)}, {"metrics": metrics(tput_per_gpu=-4)}, {"metrics": metrics(tput_per_gpu="900")},
    {"metrics": metrics(tput_per_gpu=True)}, {"metrics": metrics(tput_per_gpu=1e12)}, {"metrics": {}}, {"metrics": []},
    {"metrics": metrics(output_tput_per_gpu=1000)}, {"metrics": metrics(median_ttft=-1)}, {"date": "14.11.2026"},
    {"date": "2026-13-14"}, {"date": "2027-01-14"}, {"date": "1999-01-01"}, {"run_url": "javascript:alert(1)"},
    {"image": 5}, {"num_decode_gpu": 10**30},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_row_that_does_not_fit_costs_itself_two_the_response_and_the_field_is_named(wrong):
    runs = read(row(conc=1), row(**wrong))
    assert [result.concurrency for result in runs.results] == [1]
    ((item, reason),) = runs.set_aside
    assert item == "row 2"
    assert next(iter(wrong)) in reason
    with pytest.raises(SourceError) as refused:
        read(row(conc=1), row(**wrong), row(**{"conc": 2, **wrong}))
    assert "inferencex" in str(refused.value)
    assert "row 2" in str(refused.value)
    assert next(iter(wrong)) in str(refused.value)


@pytest.mark.parametrize("field", [name for name in row() if name not in ("benchmark_type",)])
def test_a_missing_field_is_named(field):
    with pytest.raises(SourceError, match=field):
        read({name: value for name, value in row().items() if name != field})


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b"null", b"<html>", b'[{"a":', b"[1]", b"\xff\xfe", b"[" * 100_000, b"NaN",
        b'{"error":"Internal server error"}', json.dumps([row()]).encode()[:-30], json.dumps([row(), row()]).encode(),
        json.dumps([row()]).replace("900.5", "NaN").encode(), json.dumps([row()]).replace("900.5", "1e999").encode(),
        json.dumps([row()]).encode().replace(b"h100", b"h\x80"), json.dumps([row(benchmark_type="of_tomorrow")]).encode(),
        json.dumps([row()]).encode() + b"]", json.dumps([[row()]]).encode(), json.dumps([row(benchmark_type=7)]).encode(),
    ],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_a_damaged_response_is_rejected(body):
    with pytest.raises(SourceError):
        read_results(body, TODAY)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.binary(max_size=3), st.integers(0, 12))
def test_whatever_is_damaged_no_other_error_and_no_impossible_speed(place, junk, cut):
    body = json.dumps([row(), row(conc=8), agent()]).encode()
    place %= len(body)
    try:
        runs = read_results(body[:place] + junk + body[place + cut :], TODAY)
    except SourceError:
        return
    for result in [*runs.results, *runs.agentic]:
        assert 0 < result.total_tokens_per_second <= 1e8
        assert (result.output_tokens_per_second or 0) <= result.total_tokens_per_second * 1.001


# Comparability


@pytest.fixture
def charted(tmp_path):
    """Return a function that loads results and derives the chart."""

    def build(*collections):
        with writing(warehouse_at(tmp_path / "working.duckdb")) as connection:
            published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
            for number, (source, results) in enumerate(collections):
                record_versions(
                    connection,
                    BASE_INFERENCE_RESULT,
                    [vars(r) for r in results],
                    source,
                    NOW.replace(hour=7 + number),
                )
            for table in (*growth.TABLES, sources.INFERENCE_SPEED):
                derive(connection, table)
            return connection.execute(
                "from charts.inference_speed where basis = 'measured' order by isl, osl, concurrency, precision"
            ).pl().to_dicts()  # fmt: skip

    return build


def test_runs_of_other_lengths_precision_or_load_are_rows_of_their_own(charted):
    results = read(row(), row(isl=8192), row(conc=8), row(precision="fp8"), row(framework="sglang")).results
    found = charted(("inferencex", results))
    assert len(found) == 5
    assert {(r["isl"], r["osl"]) for r in found} == {(1024, 1024), (8192, 1024)}
    assert {r["counted"] for r in found} == {"generated tokens of a GPU, all requests together"}
    assert {r["tokens_per_second"] for r in found} == {450.25}  # and not the 900.5 that count the prompts too


def test_runs_of_agents_are_never_in_a_row_with_others(charted):
    runs = read(row(), agent(metrics=metrics(output_tput_per_gpu=90.5)))
    found = charted(("inferencex", [*runs.results, *runs.agentic]))
    assert {(r["isl"], r["osl"], r["counted"], r["tokens_per_second"]) for r in found} == {
        (1024, 1024, "generated tokens of a GPU, all requests together", 450.25),
        (None, None, "generated tokens of a GPU, all requests together, replaying traces of agents", 90.5),
    }


def test_mixing_1k_with_8k_is_rejected_by_the_key(tmp_path, charted):
    results = read(row(), row(isl=8192)).results
    charted(("inferencex", results))
    with writing(tmp_path / "working.duckdb") as connection:
        connection.execute("update base.inference_result set isl = 1024")
        key = ", ".join(sources.INFERENCE_SPEED.key)
        assert "isl" in sources.INFERENCE_SPEED.key
        assert "osl" in sources.INFERENCE_SPEED.key
        same = connection.execute(
            f"select count(*) from (select distinct {key} from charts.inference_speed)"
        ).fetchall()
        connection.execute("insert into charts.inference_speed from charts.inference_speed where isl = 1024")
        assert same[0][0] == 12
        with pytest.raises(CheckError, match="occurs more than once"):
            check(connection, sources.INFERENCE_SPEED)


def test_speeds_that_count_the_prompt_alone_or_too_are_no_generation_speed(charted):
    results = read(row(metrics={"tput_per_gpu": 10.0}), row(conc=8)).results
    assert [r["concurrency"] for r in charted(("inferencex", results))] == [8]


def test_a_newer_run_takes_the_place_of_the_older_one_and_both_are_kept(tmp_path, charted):
    older = read(row(date="2026-11-07", metrics=metrics(output_tput_per_gpu=400))).results
    newer = read(row()).results
    (shown,) = charted(("inferencex", older), ("inferencex", newer))
    assert (shown["period_start"], shown["tokens_per_second"]) == (date(2026, 11, 14), 450.25)
    with writing(tmp_path / "working.duckdb") as connection:
        kept = connection.execute("select measured_on, output_tokens_per_second from core.inference_result order by 1")
        assert kept.fetchall() == [(date(2026, 11, 7), 400), (date(2026, 11, 14), 450.25)]


# Files of users


def llama(**changes):
    made = {
        "build_commit": "8cf427ff", "build_number": 5163, "cpu_info": "AMD Ryzen 7", "gpu_info": "NVIDIA GeForce RTX 4080",
        "backends": "CUDA", "model_filename": "/home/jane/secret-host/Qwen2.5-7B.gguf", "model_type": "qwen2 7B Q4_K - Medium",
        "model_size": 4677120000, "model_n_params": 7615616512, "n_batch": 2048, "n_ubatch": 512, "n_threads": 8,
        "type_k": "f16", "type_v": "f16", "n_gpu_layers": 99, "split_mode": "layer", "flash_attn": False,
        "n_prompt": 0, "n_gen": 128, "n_depth": 0, "test_time": "2026-10-24T11:57:19Z", "avg_ns": 1, "stddev_ns": 1,
        "avg_ts": 118.881588, "stddev_ts": 1.04, "samples_ns": [1], "samples_ts": [118.9], "load_mode": "new",
    }  # fmt: skip
    return {**made, **changes}


SERVED = {
    "date": "20261024-141500", "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "num_prompts": 100,
    "request_rate": "inf", "max_concurrency": 16, "duration": 10.0, "completed": 100, "failed": 0,
    "total_input_tokens": 102400, "total_output_tokens": 12800, "request_throughput": 10.0, "output_throughput": 1280.0,
    "total_token_throughput": 11520.0, "median_ttft_ms": 50.0, "median_tpot_ms": 9.0, "p99_ttft_ms": 90.0,
    "mean_itl_ms": 9.0, "hardware": "H100", "gpus": "1", "hostname": "janes-machine",
}  # fmt: skip
THROUGHPUT = {
    "elapsed_time": 10.0, "num_requests": 100, "total_num_tokens": 50000, "requests_per_second": 10.0,
    "tokens_per_second": 5000.0,
}  # fmt: skip


def bench(content):
    return read_bench_file(json.dumps(content).encode(), TODAY)


def test_llama_bench_tells_prompts_from_generation():
    generation, prompts, mixed = bench([llama(), llama(n_prompt=512, n_gen=0, avg_ts=7000), llama(n_prompt=512)])
    assert generation.output_tokens_per_second == 118.881588
    assert (generation.isl, generation.osl, generation.concurrency) == (0, 128, 1)
    assert (generation.model, generation.precision, generation.hardware) == (
        "qwen2 7B",
        "Q4_K - Medium",
        "NVIDIA GeForce RTX 4080",
    )
    assert generation.parameters_b == pytest.approx(7.615616512)
    assert (prompts.prompt_tokens_per_second, prompts.output_tokens_per_second, prompts.isl) == (7000, None, 512)
    assert (mixed.total_tokens_per_second, mixed.output_tokens_per_second) == (118.881588, None)
    assert bench([llama(n_depth=4096)])[0].isl == 4096


def test_nothing_of_the_users_machine_is_taken():
    text = repr([*bench([llama()]), *bench(SERVED), *bench({**THROUGHPUT, "model": "/home/jane/models/mistral-7b"})])
    assert "jane" not in text
    assert "secret-host" not in text
    assert "mistral-7b" in text


def test_on_the_processor_the_processor_is_named():
    assert bench([llama(n_gpu_layers=0)])[0].hardware == "AMD Ryzen 7"
    assert bench([llama(gpu_info="")])[0].hardware == "AMD Ryzen 7"


def test_vllm_serve_and_throughput():
    (served,) = bench(SERVED)
    assert (served.output_tokens_per_second, served.total_tokens_per_second) == (1280, 11520)
    assert (served.isl, served.osl, served.concurrency, served.gpus, served.hardware) == (1024, 128, 16, 1, "H100")
    assert (served.median_ttft_s, served.median_tpot_s) == (0.05, 0.009)
    (through,) = bench(THROUGHPUT)
    assert (through.total_tokens_per_second, through.output_tokens_per_second, through.model) == (5000, None, None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        *[([{k: v for k, v in llama().items() if k != name}], name) for name in (
            "build_commit", "cpu_info", "gpu_info", "model_type", "model_n_params", "n_prompt", "n_gen", "avg_ts", "test_time",
        )],
        *[({k: v for k, v in SERVED.items() if k != name}, name) for name in ("date", "model_id", "duration", "completed")],
        ([llama(avg_ts=0)], "avg_ts"), ([llama(avg_ts="118")], "avg_ts"), ([llama(avg_ts=True)], "avg_ts"),
        ([llama(n_gen=0)], "n_gen"), ([llama(test_time="yesterday")], "test_time"),
        ([llama(test_time="2030-01-01T00:00:00Z")], "test_time"), ([llama(), 7], "test 2"), ([], "empty"),
        ([llama(gpu_info="", cpu_info="")], "gpu_info"), ([llama(model_n_params=-1)], "model_n_params"),
        ({**SERVED, "output_throughput": 12800.0}, "output_throughput"), ({**SERVED, "date": "2026-10-24"}, "date"),
        ({**SERVED, "failed": 6}, "failed"), ({**SERVED, "completed": 0}, "completed"), ({**SERVED, "gpus": "two"}, "gpus"),
        ({**THROUGHPUT, "tokens_per_second": 50.0}, "tokens_per_second"), ({"tokens_per_second": 1.0}, "elapsed_time"),
        ({"hello": "world"}, "hello"), ("text", "str"), (None, "NoneType"), (7, "int"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_rejected_and_states_why(content, told):
    with pytest.raises(SourceError, match=told):
        bench(content)


@pytest.mark.parametrize(
    "body", [b"", b"\x89PNG", b"[" * 50_000, b"\xff", b'{"a"', b"NaN", json.dumps([llama()]).encode()[:-9]]
)
def test_a_file_that_is_not_json_is_rejected(body):
    with pytest.raises(SourceError):
        read_bench_file(body, TODAY)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([[llama()], SERVED, THROUGHPUT]), st.integers(0, 5000), st.binary(max_size=3), st.integers(0, 9))
def test_a_damaged_file_is_rejected_or_read(content, place, junk, cut):
    body = json.dumps(content).encode()
    place %= len(body)
    try:
        results = read_bench_file(body[:place] + junk + body[place + cut :], TODAY)
    except SourceError:
        return
    for result in results:
        speeds = (result.output_tokens_per_second, result.total_tokens_per_second, result.prompt_tokens_per_second)
        assert all(0 < speed <= 1e12 for speed in speeds if speed is not None)


# What the tools really write


def without(content, *names):
    return {name: value for name, value in content.items() if name not in names}


# As `vllm bench serve` writes it today: the backend is the protocol, and one request failed.
FAILED_ONCE = {
    **without(SERVED, "hardware", "gpus"), "backend": "openai", "num_prompts": 400, "completed": 399, "failed": 1,
    "duration": 100.0, "total_input_tokens": 204288, "total_output_tokens": 51072, "request_throughput": 3.99,
    "output_throughput": 510.72, "total_token_throughput": 2553.6, "request_rate": 2.0, "max_concurrency": None,
}  # fmt: skip
# As SemiAnalysis's fork writes it: no backend, no total, latencies in seconds.
FORKED = {
    **without(SERVED, "backend", "total_token_throughput", "failed", "median_ttft_ms", "median_tpot_ms", "p99_ttft_ms"),
    "request_rate": "inf", "input_throughput": 10240.0, "good_completed": None, "median_ttft": 1.25, "p99_ttft": 4.5,
    "median_e2el": 7.75, "median_tpot": 0.05,
}  # fmt: skip
ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "utf-16 le, powershell": lambda text: b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"),
    "utf-16 be": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-16 le without a mark": lambda text: text.encode("utf-16-le"),
    "utf-16 be without a mark": lambda text: text.encode("utf-16-be"),
}


def lines(*tests):
    return "".join(json.dumps(test) + "\n" for test in tests)


TWO_TESTS = (llama(), llama(n_prompt=64, n_gen=0, avg_ts=910.5))
WHOLE_LINES = lines(*TWO_TESTS)


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize(
    "text",
    [json.dumps(TWO_TESTS, indent=2), WHOLE_LINES],
    ids=["json", "jsonl"],
)
def test_both_forms_of_llama_bench_are_read_in_every_encoding(encoding, text):
    generation, prompts = read_bench_file(encoding(text), TODAY)
    assert (generation.output_tokens_per_second, generation.osl) == (118.881588, 128)
    assert (prompts.prompt_tokens_per_second, prompts.isl, prompts.output_tokens_per_second) == (910.5, 64, None)


def test_one_line_is_one_test():
    assert [result.output_tokens_per_second for result in read_bench_file(lines(llama()).encode(), TODAY)] == [
        118.881588
    ]


def test_results_that_vllm_appends_are_runs_of_their_own():
    first, second = read_bench_file(lines(SERVED, {**SERVED, "max_concurrency": 32}).encode(), TODAY)
    assert (first.concurrency, second.concurrency) == (16, 32)
    assert first.run != second.run


def test_the_same_file_in_another_encoding_is_the_same_run():
    text = json.dumps([llama()])
    assert len({read_bench_file(encode(text), TODAY)[0].run for encode in ENCODINGS.values()}) == 1


def test_a_run_with_few_failed_requests_is_taken_and_says_so():
    (result,) = bench(FAILED_ONCE)
    assert "failed_requests=1" in result.settings.split()
    assert (result.output_tokens_per_second, result.isl, result.osl) == (510.72, 512, 128)
    assert result.framework == "not stated", "openai is the protocol, not the server"
    assert "failed_requests" not in bench(SERVED)[0].settings


@pytest.mark.parametrize(("failed", "is_taken"), [(0, True), (5, True), (6, False), (100, False)])
def test_a_run_with_many_failed_requests_is_rejected_with_advice(failed, is_taken):
    stated = {**SERVED, "failed": failed}
    old = {**without(SERVED, "failed"), "num_prompts": 100 + failed}
    for content in (stated, old):
        if is_taken:
            assert bench(content)[0].output_tokens_per_second == 1280
            continue
        with pytest.raises(SourceError, match=f"{failed} of {100 + failed}") as refused:
            bench(content)
        assert "--request-rate" in refused.value.remedy


def test_a_result_of_a_fork_has_its_latencies_in_seconds():
    (result,) = bench(FORKED)
    assert (result.framework, result.total_tokens_per_second, result.output_tokens_per_second) == (
        "not stated", 11520.0, 1280.0,
    )  # fmt: skip
    assert (result.median_ttft_s, result.p99_ttft_s, result.median_e2el_s, result.median_tpot_s) == (
        1.25,
        4.5,
        7.75,
        0.05,
    )


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        (json.dumps([llama()]).encode()[:-60], "interrupted"),
        (WHOLE_LINES.encode()[:-60], "delete this line"),
        (WHOLE_LINES.replace("910.5", "", 1).encode(), "delete this line"),
        (b"| model | size | params | backend | t/s |\n| --- |", "-o json"),
        (b'build_commit,build_number,cpu_info\n"8cf427ff","5163","x"\n', "-o json"),
        (b"CREATE TABLE IF NOT EXISTS test (\n", "-o json"),
        (b"ggml_cuda_init: found 1 CUDA devices:\n" + json.dumps([llama()]).encode(), "delete the lines before"),
        (b"\x89PNG\r\n", "drop the file of"),
        (json.dumps({**SERVED, "date": "20300101-000000"}).encode(), "clock"),
        (json.dumps({**SERVED, "gpus": "two"}).encode(), "gpus=8"),
        (b" " * (16 * 2**20 + 1), "--save-detailed"),
        (json.dumps(without(SERVED, "completed")).encode(), "update the tool"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_a_rejected_file_comes_with_advice_that_can_be_followed(body, advice):
    with pytest.raises(UnexpectedResponseError) as refused:
        read_bench_file(body, TODAY)
    assert advice in why(refused.value)
    assert "stored response" not in why(refused.value)


FILES = {
    "llama": json.dumps([llama(), llama(avg_ts=50.5)]), "lines": WHOLE_LINES, "failed": json.dumps(FAILED_ONCE),
    "forked": json.dumps(FORKED), "throughput": json.dumps(THROUGHPUT),
}  # fmt: skip
SPEEDS = {118.881588, 50.5, 910.5, 510.72, 2553.6, 1280.0, 11520.0, 5000.0}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.sampled_from(sorted(ENCODINGS)), st.floats(0, 1), st.floats(0, 1))
def test_a_file_with_a_part_missing_gives_its_own_speeds_or_a_reason(name, encoding, one, other):
    body = ENCODINGS[encoding](FILES[name])
    start, end = sorted((int(one * len(body)), int(other * len(body))))
    for damaged_body in (body[:end], body[:start] + body[end:]):
        try:
            results = read_bench_file(damaged_body, TODAY)
        except UnexpectedResponseError:
            continue
        if damaged_body == body[:end]:  # a cut in the middle can join two numbers: only an end is sure
            for result in results:
                found = (
                    result.output_tokens_per_second,
                    result.total_tokens_per_second,
                    result.prompt_tokens_per_second,
                )
                assert {speed for speed in found if speed is not None} <= SPEEDS


def test_every_damaged_form_gives_rows_that_fit_or_the_typed_error(tmp_path):
    found = {}
    for name in sorted(set(FILES) - {"lines"}):
        for body in damaged(FILES[name].encode()):
            try:
                found |= {result.run: vars(result) for result in read_bench_file(body, TODAY)}
            except UnexpectedResponseError:
                continue
    assert found
    # Every declared type and check holds for whatever was read.
    with writing(warehouse_at(tmp_path / "working.duckdb")) as connection:
        record_versions(connection, BASE_INFERENCE_RESULT, list(found.values()), "bench_files", NOW)
        check(connection, BASE_INFERENCE_RESULT)


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("a.hardware.txt", b"H100\n", ("H100", None, None, None)),
        (
            "a.hardware.txt",
            "NVIDIA GeForce RTX 4090\r\nGPUs: 2\r\nprecision = int4\r\n".encode("utf-16"),
            ("NVIDIA GeForce RTX 4090", 2, "int4", None),
        ),
        (
            "a.hardware.json",
            b'{"hardware": "MI300X", "gpus": "8", "framework": "sglang"}',
            ("MI300X", 8, None, "sglang"),
        ),
    ],
)
def test_a_sidecar_states_the_hardware(name, body, expected):
    stated = read_sidecar(body, name)
    assert (stated.hardware, stated.gpus, stated.precision, stated.framework) == expected


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80), st.sampled_from(["a.hardware.txt", "a.hardware.json"]))
def test_whatever_is_in_a_sidecar_it_is_a_name_or_a_reason(body, name):
    try:
        stated = read_sidecar(body, name)
    except UnexpectedResponseError:
        return
    assert stated.hardware
    assert stated.hardware.isprintable()


# The inbox


def drop(name, content, age=60.0):
    folder = Settings().inbox
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    os.utime(path, (time.time() - age, time.time() - age))
    return path


ASSETS = [*assets_of("inferencex", "bench_files"), *inference.VIEWS]


def materialize(instance, now=NOW, assets=ASSETS):
    return dg.materialize(
        assets,
        instance=instance,
        resources={"warehouse": Warehouse(), "clock": Clock(simulated_now=now.isoformat())},
        raise_on_error=False,
    )


def rows(home, query):
    with writing(home / "working" / "tidegauge.duckdb") as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def inbox_only(monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "inferencex")


def test_files_are_accepted_and_rejected_and_count_once(home, inbox_only):
    good, bad = drop("mine.json", [llama()]), drop("notes.txt", b"hello")
    sha = hashlib.sha256(good.read_bytes()).hexdigest()
    with instance_in_memory() as instance:
        assert materialize(instance).success
        folder = Settings().inbox
        assert (folder / "accepted" / f"{sha}.json").exists()
        assert (folder / "rejected" / "notes.txt").read_bytes() == b"hello"
        assert "expected JSON" in (folder / "rejected" / "notes.txt.reason.txt").read_text()
        assert not good.exists()
        assert not bad.exists()
        drop("mine-again.json", [llama()])
        assert materialize(instance, LATER).success
    assert rows(home, "select source, model, output_tokens_per_second from core.inference_result") == [
        ("bench_files", "qwen2 7B", 118.881588)
    ]
    assert rows(home, "select count(*) from base.inference_result") == [(1,)]
    assert rows(home, "select origin from meta.warehouse") == [("live",)]


def test_a_file_without_hardware_waits_until_it_is_stated(home, inbox_only):
    path = drop("run 1.json", FAILED_ONCE)
    folder = Settings().inbox
    with instance_in_memory() as instance:
        assert materialize(instance).success
        assert path.exists(), "it waits in the inbox"
        assert not (folder / "rejected").exists()
        request = (folder / "needs_hardware" / "run 1.json.txt").read_text()
        assert "run 1.json.hardware.txt" in request
        assert rows(home, "select count(*) from base.inference_result") == [(0,)]
        sidecar = drop("run 1.json.hardware.txt", b"\n")
        assert materialize(instance, NOW.replace(hour=8)).success
        assert "field hardware" in (folder / "needs_hardware" / "run 1.json.txt").read_text()
        drop("run 1.json.hardware.txt", b"H200\ngpus=4\nframework=vllm\n")
        assert materialize(instance, NOW.replace(hour=9)).success
        assert not path.exists()
        assert not sidecar.exists()
        assert list((folder / "needs_hardware").iterdir()) == []
        assert materialize(instance, LATER).success
    expected = [("H200", 4, "vllm", 510.72, False)]
    query = "select hardware, gpus, framework, output_tokens_per_second, is_withdrawn from base.inference_result"
    assert rows(home, query) == expected


def test_a_file_in_two_encodings_counts_once(home, inbox_only):
    for number, encode in enumerate(ENCODINGS.values()):
        drop(f"mine{number}.json", encode(json.dumps([llama()])))
    with instance_in_memory() as instance:
        assert materialize(instance).success
    assert rows(home, "select count(*) from base.inference_result") == [(1,)]


def test_the_hardware_may_be_in_the_name_of_the_file(home, inbox_only):
    drop("bench hardware=H100-SXM gpus=8 precision=fp8.json", FORKED | {"hardware": None, "gpus": None})
    drop("own hardware=A100.json", SERVED)
    with instance_in_memory() as instance:
        assert materialize(instance).success
    found = rows(home, "select hardware, gpus, precision from core.inference_result order by 1")
    assert found == [("H100", 1, None), ("H100-SXM", 8, "fp8")], "what the file states itself counts"


def test_a_sidecar_that_is_still_being_written_is_waited_for(home):
    drop("run.json", FAILED_ONCE)
    sidecar = drop("run.hardware.txt", b"H1", age=0)
    folder = Settings().inbox
    outcome = inbox.sort_inbox(folder, TODAY, sleep=lambda s: sidecar.write_bytes(b"H100\n") and None)
    assert outcome.accepted == []
    assert "run.json" in outcome.unfinished
    assert inbox.sort_inbox(folder, TODAY, sleep=lambda s: None).accepted == ["run.json"]
    results, _ = inbox.read_accepted(folder, TODAY)
    assert [result.hardware for result in results] == ["H100"]


def test_an_accepted_file_that_was_changed_is_named_and_the_old_rows_stay(home, inbox_only):
    drop("mine.json", [llama()])
    with instance_in_memory() as instance:
        assert materialize(instance).success
        (accepted,) = (Settings().inbox / "accepted").iterdir()
        accepted.write_bytes(b"{")
        assert set(uncollected_sources(materialize(instance, LATER))) == {"inference__bench_files"}
    ((reason,),) = rows(home, "select reason from meta.collection where status = 'failed'")
    assert accepted.name in reason
    assert rows(home, "select count(*) from core.inference_result") == [(1,)]


def test_an_empty_inbox_is_complete_with_nothing(home, inbox_only):
    with instance_in_memory() as instance:
        assert materialize(instance).success
    assert rows(home, "select status, rows from meta.collection where source = 'bench_files'") == [("complete", 0)]
    assert rows(home, "select origin from meta.warehouse") == [(None,)]


def test_a_file_that_still_grows_is_left_until_it_is_whole(home):
    path = drop("growing.json", json.dumps([llama()]).encode()[:50], age=0)

    def goes_on(seconds):
        path.write_bytes(json.dumps([llama()]).encode())

    outcome = inbox.sort_inbox(Settings().inbox, TODAY, sleep=goes_on)
    assert (outcome.accepted, outcome.rejected, outcome.unfinished) == ([], [], ["growing.json"])
    assert inbox.sort_inbox(Settings().inbox, TODAY, sleep=lambda s: None).accepted == ["growing.json"]


def test_links_hidden_files_and_folders_are_not_touched(home, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps([llama()]))
    drop(".hidden.json", [llama()])
    (Settings().inbox / "link.json").symlink_to(secret)
    (Settings().inbox / "folder").mkdir()
    assert inbox.waiting(Settings().inbox) == {}


def test_repeats_show_their_median(home, inbox_only, charted):
    results = [*bench([llama(avg_ts=100), llama(avg_ts=130), llama(avg_ts=110)])]
    (shown,) = charted(("bench_files", results))
    assert (shown["tokens_per_second"], shown["note"]) == (110, "median of 3 runs")


def test_the_sensor_waits_for_a_whole_file_and_requests_one_run(home):
    assert bench_file_dropped.default_status == dg.DefaultSensorStatus.RUNNING

    def tick(cursor):
        with instance_in_memory() as instance:
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            result = bench_file_dropped(context)
            return result, (result.cursor if isinstance(result, dg.SensorResult) else context.cursor)

    result, cursor = tick(None)
    assert isinstance(result, dg.SkipReason)
    path = drop("mine.json", b"[")
    result, cursor = tick(cursor)
    assert isinstance(result, dg.SkipReason), "it may still grow"
    path.write_bytes(json.dumps([llama()]).encode())
    result, cursor = tick(cursor)
    assert isinstance(result, dg.SkipReason), "it has grown"
    result, cursor = tick(cursor)
    (request,) = result.run_requests
    again, cursor = tick(cursor)
    assert [r.run_key for r in again.run_requests] == [request.run_key], "the same files in the same state run once"


# The asset of InferenceX


AVAILABLE = [
    {"model": key, "isl": 8192, "osl": 1024, "precision": "fp4", "hardware": "b200", "framework": "vllm",
     "spec_method": "none", "disagg": False, "benchmark_type": "single_turn", "date": day}
    for key, day in (("dsr1", "2026-11-01"), ("gptoss120b", "2026-07-01"), ("gptoss120b", "2026-07-06"), ("mimo3", "2026-11-14"))
]  # fmt: skip
AVAILABLE[-1] |= {"isl": None, "osl": None, "benchmark_type": "agentic_traces"}


def serving(answers, available=AVAILABLE):
    def reply(number, path):
        if path.endswith("/availability"):
            return available if isinstance(available, Reply) else Reply(json.dumps(available).encode())
        name = parse_qs(urlsplit(path).query)["model"][0]
        answer = answers.get(name)
        if answer is None:
            return Reply(b'{"error":"Unknown model"}', 400)
        return answer if isinstance(answer, Reply) else Reply(json.dumps(answer).encode())

    return reply


def test_an_unknown_model_is_reported_and_the_others_go_on(home, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "bench_files")
    with Replay([], before=serving({"gpt-oss-120b": [row()]})) as replay, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_INFERENCEX_URL", replay.url)
        result = materialize(instance)
        assert result.success
        (event,) = [e for e in result.get_asset_materialization_events() if e.asset_key.path[-1] == "inferencex"]
    unknown = event.materialization.metadata["unknown models"].value
    assert "DeepSeek-R1-0528" in unknown
    assert "gpt-oss-120b" not in unknown
    # Which models there are, the listed ones, and the one that is not listed, by its key.
    assert len(replay.asked) == 1 + len({model.display_name for model in lists.inferencex_models()}) + 1
    assert event.materialization.metadata["retired models"].value == "gptoss120b (last run 2026-07-06)"
    assert event.materialization.metadata["models not listed"].value == "mimo3"
    assert rows(home, "select model, parameters_b, source from core.inference_result") == [
        ("gpt-oss-120b", 117, "inferencex")
    ]


def metadata(result):
    (event,) = [e for e in result.get_asset_materialization_events() if e.asset_key.path[-1] == "inferencex"]
    return {name: one.value for name, one in event.materialization.metadata.items()}


@pytest.mark.parametrize(
    "bad",
    [Reply(b'{"error":"Internal server error"}', 500), Reply(b"<html>", 200), [row(conc="64")], [], Reply(b"no", 403)],
)
def test_an_odd_model_costs_itself_and_its_rows_stay(home, monkeypatch, bad):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "bench_files")
    monkeypatch.setattr("assets.inference.inferencex.inferencex_service", patient)
    answers = {"gpt-oss-120b": [row()], "DeepSeek-R1-0528": [row(model="dsr1")], "mimo3": [agent(model="mimo3")]}
    with Replay([], before=serving(answers)) as replay, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_INFERENCEX_URL", replay.url)
        assert materialize(instance).success
        answers |= {"gpt-oss-120b": bad, "DeepSeek-R1-0528": [row(model="dsr1", conc=8)]}
        found = metadata(materialize(instance, LATER))
    assert found["items_set_aside"] == 1
    assert found["set aside"].startswith("set aside: gpt-oss-120b: ")
    assert rows(home, "select model, concurrency, isl from core.inference_result order by 1") == [
        ("DeepSeek-R1-0528", 8, 1024), ("gpt-oss-120b", 64, 1024), ("mimo3", 64, None),
    ]  # fmt: skip


def test_half_of_a_response_costs_its_model_until_it_is_accepted(home, monkeypatch, tmp_path):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "bench_files")
    monkeypatch.setattr("assets.inference.inferencex.inferencex_service", patient)
    whole = [row(conc=conc) for conc in (4, 8, 16, 32, 64)]
    answers = {"gpt-oss-120b": whole, "DeepSeek-R1-0528": [row(model="dsr1")], "mimo3": [agent(model="mimo3")]}
    query = """
        select model, count(*), max(output_tokens_per_second) from core.inference_result group by all order by 1
    """
    with Replay([], before=serving(answers)) as replay, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_INFERENCEX_URL", replay.url)
        assert materialize(instance).success
        first = rows(home, query)
        assert [(model, number) for model, number, _ in first] == [
            ("DeepSeek-R1-0528", 1), ("gpt-oss-120b", 5), ("mimo3", 1),
        ]  # fmt: skip
        metrics = {**row()["metrics"], "output_tput_per_gpu": 500.0}
        answers |= {"gpt-oss-120b": [{**one, "metrics": metrics} for one in whole[:2]]}
        answers |= {"DeepSeek-R1-0528": [row(model="dsr1", metrics=metrics)]}
        found = metadata(materialize(instance, LATER))
        assert found["items_set_aside"] == 1
        assert "its response lacks 3 of its 5 rows" in found["set aside"]
        second = rows(home, query)
        assert second == [("DeepSeek-R1-0528", 1, 500.0), *first[1:]], "nothing of the half is believed"
        copied = tmp_path / "working" / "landing"
        shutil.copytree(home / "working" / "landing", copied)
        monkeypatch.setenv("TIDEGAUGE_ACCEPT_SHRINK", "inferencex")
        assert "set aside" not in metadata(materialize(instance, LATER.replace(hour=9)))
    assert rows(home, query)[1] == ("gpt-oss-120b", 2, 500.0)
    monkeypatch.setenv("TIDEGAUGE_HOME", str(tmp_path))
    assert replay_stored(Warehouse(), copied, tmp_path).not_loaded == []
    assert rows(tmp_path, query) == second


@pytest.mark.parametrize("available", [Reply(b"no", 404), Reply(b"{}"), [], [{"model": 7, "date": "2026-11-01"}]])
def test_without_a_list_of_models_the_listed_ones_are_requested(home, monkeypatch, available):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "bench_files")
    answers = {"gpt-oss-120b": [row()]}
    with Replay([], before=serving(answers, available)) as replay, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_INFERENCEX_URL", replay.url)
        found = metadata(materialize(instance))
        assert (found["runs"], found["items_set_aside"]) == (1, 1)
        assert found["set aside"].startswith("set aside: availability: ")
        with pytest.raises(SourceError):
            inferencex.probe(Settings())


def test_the_sandbox_has_a_retired_model_and_new_ones(home, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "bench_files")
    with Sandbox(models=100) as sandbox, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_INFERENCEX_URL", sandbox.addresses["TIDEGAUGE_INFERENCEX_URL"])
        found = metadata(materialize(instance, sandbox.world.now(0)))
    assert found["retired models"] == "llama70b (last run 2025-10-29)"
    assert found["models not listed"] == "a-new-model"
    assert "set aside" not in found
    agentic = """
        select model, count(*) from core.inference_result where settings like '%agentic_traces%' and isl is null
        group by 1 order by 2 desc, 1
    """
    assert rows(home, agentic)[:2] == [("MiniMax-M3", 2), ("a-new-model", 2)]


@pytest.mark.parametrize(
    "bad",
    [Reply(b'{"error":"Internal server error"}', 500), Reply(b"<html>", 200), [row(conc="64")], Reply(b"no", 403)],
)
def test_old_rows_stay_after_a_failure(home, monkeypatch, bad):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "bench_files")
    monkeypatch.setattr("assets.inference.inferencex.inferencex_service", patient)
    answers = {"gpt-oss-120b": [row()]}
    with Replay([], before=serving(answers)) as replay, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_INFERENCEX_URL", replay.url)
        assert materialize(instance).success
        answers["gpt-oss-120b"] = bad
        assert set(uncollected_sources(materialize(instance, LATER))) == {"inference__inferencex"}
    assert rows(home, "select count(*) from core.inference_result") == [(1,)]
    ((reason,),) = rows(home, "select reason from meta.collection where source = 'inferencex' and status = 'failed'")
    assert "inferencex" not in reason or "To do" in reason


def patient(url):
    """Return the service without waits between attempts."""
    return Service("inferencex", url, {}, attempts=2, sleep=lambda seconds: None)


def test_no_model_at_all_is_an_error(home, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "bench_files")
    with Replay([], before=serving({})) as replay, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_INFERENCEX_URL", replay.url)
        assert set(uncollected_sources(materialize(instance))) == {"inference__inferencex"}


def test_from_the_stand_in_to_the_table_over_the_weeks(home, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "")
    with Sandbox(models=200) as sandbox, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_INFERENCEX_URL", sandbox.addresses["TIDEGAUGE_INFERENCEX_URL"])
        began = time.monotonic()
        assert materialize(instance, sandbox.world.now(0)).success
        assert materialize(instance, sandbox.world.now(0)).success
        first = rows(home, "select count(*) from base.inference_result")
        assert rows(home, "select count(isl), count(*) - count(isl) from base.inference_result") == [
            (6 * 4 * 3 * 2, 5 + 2 * 2)
        ]
        sandbox.week = 1
        assert materialize(instance, sandbox.world.now(1)).success
        assert time.monotonic() - began < 60
        verdict = inferencex.probe(Settings())
    assert re.fullmatch(r"8 models; 25 runs of [A-Za-z0-9.-]+", verdict)
    assert rows(home, "select count(*) from base.inference_result")[0][0] > first[0][0]
    assert rows(home, "select distinct source from core.inference_result") == [("sandbox_inferencex",)]


def test_results_of_users_never_enter_a_database_of_the_sandbox(home, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "")
    with Sandbox(models=200) as sandbox, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_INFERENCEX_URL", sandbox.addresses["TIDEGAUGE_INFERENCEX_URL"])
        assert materialize(instance).success
        drop("mine.json", [llama()])
        assert set(uncollected_sources(materialize(instance, LATER))) == {"inference__bench_files"}
    assert rows(home, "select count(*) from core.inference_result where source = 'bench_files'") == [(0,)]
