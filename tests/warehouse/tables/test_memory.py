"""Sizes of models from the Hub's histograms, and the laptops and accelerators that they need."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replay import Replay, model
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from assets.http.hub_service import hub_service
from assets.hub import load_records
from assets.hub.walk import Walk, walk_models
from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.facts.observations import record
from warehouse.hub import models, weekly_totals
from warehouse.seeds import published_figures
from warehouse.tables import growth
from warehouse.tables.charts.hub import LAPTOP_MODELS
from warehouse.tables.charts.models import GPU_REQUIREMENTS

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
WEEK = date(2026, 11, 16)


def walked(folder: Path, records: list[dict[str, Any]]) -> Walk:
    with Replay([records]) as replay:
        return walk_models(hub_service(replay.url, None), folder / "landing", NOW)


def sizes(folder: Path, *records: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (parameters_b, size_source, memory_gb, memory_qualifier) of each record."""
    walk = walked(folder, [model(number, **fields) for number, fields in enumerate(records)])
    with duckdb.connect() as connection:
        load_records.read_records(connection, walk, {})
        return connection.execute(
            "select parameters_b, size_source, memory_gb, memory_qualifier from incoming_model order by hub_id"
        ).fetchall()


def safetensors(stored: dict[str, int], total: int | None = None, **fields: Any) -> dict[str, Any]:
    return {"safetensors": {"parameters": stored, "total": sum(stored.values()) if total is None else total}} | fields


# The sum of the elements and the total of these repositories are real; the split between dtypes is constructed to fit.
FP4 = {"I8": 134_600_000_000, "F8_E8M0": 8_412_920_625, "F8_E4M3": 12_000_000_000, "BF16": 3_087_079_375}


def test_the_five_repositories_whose_totals_mean_different_things(tmp_path):
    found = sizes(
        tmp_path,
        safetensors({"BF16": 1_600_000_000, "U32": 43_800_000_000}, 284_300_000_000, tags=["mlx", "8-bit"]),
        safetensors({"BF16": 2_500_000_000, "U32": 94_000_000_000}, 308_800_000_000),
        safetensors({"BF16": 2_100_000_000, "U32": 48_000_000_000}),
        safetensors(FP4),
        safetensors({"BF16": 2_167_371_072, "U8": 114_661_785_600}, tags=["8-bit", "mxfp4"]),
    )
    assert [row[:2] for row in found] == [
        (284.3, "safetensors"),  # mlx-community/DeepSeek-V4-Flash-8bit: a total of unpacked weights
        (308.8, "safetensors"),  # inferencerlabs/MiMo-V2.5-LM-MLX-Q9: the same
        (50.1, "safetensors"),  # a total equal to the sum counts weights since August 2026
        (pytest.approx(284.3, rel=0.001), "safetensors"),  # deepseek-ai/DeepSeek-V4-Flash: two weights to a byte
        (116.829156672, "safetensors"),  # openai/gpt-oss-120b: counted unpacked
    ]
    assert [row[2:] for row in found] == [
        (178.4, "exact"),
        (381.0, "exact"),
        (196.2, "at_most"),
        (pytest.approx(134.6 + 8.41 + 12 + 2 * 3.09, rel=0.001), "exact"),
        (pytest.approx(2 * 2.167 + 114.66, rel=0.001), "at_most"),  # the files take 65 GB
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (safetensors({"F8_E4M3": 320, "F8_E8M0": 10}), (320e-9, "safetensors", 330e-9, "exact")),
        (safetensors({"U8": 320, "F8_E8M0": 10}), (320e-9, "safetensors", 330e-9, "exact")),
        (safetensors({"U8": 320, "F8_E8M0": 60}), (None, None, 380e-9, "exact")),
        (safetensors({"I32": 100, "F16": 100}), (200e-9, "safetensors", 600e-9, "at_most")),
        (safetensors({"U32": 0, "F16": 100}), (100e-9, "safetensors", 200e-9, "exact")),
        (safetensors({"U32": 100, "F16": 100}, 0), (None, None, 600e-9, "at_most")),
        ({"safetensors": {"parameters": {"U32": 100}}}, (None, None, 400e-9, "at_most")),
        ({"safetensors": {"parameters": {"U32": 100}}, "gguf": {"total": 800}}, (800e-9, "gguf", 400e-9, "at_most")),
        (safetensors({"I32": 1, "F16": 99}), (100e-9, "safetensors", 202e-9, "exact")),
        (safetensors({"I32": 100, "F16": 100}, 900), (900e-9, "safetensors", 600e-9, "exact")),
        (safetensors({"U8": 400, "BF16": 100}, tags=["bitsandbytes"]), (500e-9, "safetensors", 600e-9, "at_most")),
        (safetensors({"U8": 400, "BF16": 100}, tags=["nvfp4"]), (None, None, 600e-9, "at_most")),
        (safetensors({"U8": 400, "BF16": 100}), (500e-9, "safetensors", 600e-9, "at_most")),
        (safetensors({"U8": 1, "BF16": 100}, tags=["4-bit"]), (101e-9, "safetensors", 201e-9, "exact")),
        (safetensors({"U32": 100}, 50), (None, None, 400e-9, "exact")),
        (safetensors({"F4": 100}), (100e-9, "safetensors", 50e-9, "exact")),
        (safetensors({"NEW": 100}), (100e-9, "safetensors", None, None)),
        (safetensors({"BF16": 100}, library_name="diffusers"), (None, None, None, None)),
        ({"gguf": {"total": 2**40}}, (2**40 / 1e9, "gguf", None, None)),
        ({"gguf": {"total": 0}}, (None, None, None, None)),
        (safetensors({"U32": 100}, gguf={"total": 800}), (100e-9, "safetensors", 400e-9, "at_most")),
        ({}, (None, None, None, None)),
    ],
    ids=str,
)
def test_a_size_is_known_only_where_the_hub_says_it(tmp_path, fields, expected):
    assert sizes(tmp_path, fields) == [pytest.approx(expected)]


def test_packed_weights_that_are_counted_unpacked_are_weights_and_not_words(tmp_path):
    """A 4-bit MLX repository of 70.5 billion weights: its files take 39.7 GB, not 283."""
    record = safetensors({"U32": 70_040_682_496, "BF16": 513_024_000, "I64": 30}, tags=["mlx", "4-bit"])
    ((parameters, source, memory, qualifier),) = sizes(tmp_path, record)
    assert (parameters, source, qualifier) == (70.553706526, "safetensors", "at_most")
    assert memory > 39.7


@pytest.fixture(scope="module")
def macros():
    """Return a connection with the macros that load records."""
    with duckdb.connect() as connection:
        for statement in duckdb.extract_statements(Path(load_records.__file__).with_suffix(".sql").read_text("utf-8")):
            if "temp macro" in statement.query:
                connection.execute(statement)
        yield connection


DTYPES = ("F32", "BF16", "F8_E4M3", "F8_E8M0", "I8", "U8", "I32", "U32", "I64", "F4")


@given(
    st.dictionaries(st.sampled_from(DTYPES), st.integers(0, 10**18 - 1), min_size=1),
    st.none() | st.integers(0, 2**64 - 1),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_sizes_are_positive_or_unknown_and_bytes_do_not_depend_on_the_total(macros, stored, total, packed):
    elements = "map {" + ", ".join(f"'{dtype}': {number}::ubigint" for dtype, number in stored.items()) + "}"
    parameters, memory = macros.execute(
        f"select parameters_of({elements}, ?::ubigint, ?), memory_of({elements})::double", [total, packed]
    ).fetchall()[0]
    assert parameters is None or 0 < parameters <= max(total or 0, 2 * sum(stored.values()))
    assert memory == pytest.approx(sum(n * BYTES[dtype] for dtype, n in stored.items()) or None)


BYTES = {"F32": 4, "BF16": 2, "F8_E4M3": 1, "F8_E8M0": 1, "I8": 1, "U8": 1, "I32": 4, "U32": 4, "I64": 8, "F4": 0.5}


@pytest.fixture(scope="module")
def curated_warehouse(tmp_path_factory):
    """Return the file of a warehouse with all curated data and no model."""
    path = tmp_path_factory.mktemp("curated") / "w.duckdb"
    with writing(warehouse_at(path)) as connection:
        published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
    return path


@pytest.fixture
def warehouse(tmp_path, curated_warehouse):
    """Return a writing connection to a copy of it."""
    with writing(Path(shutil.copyfile(curated_warehouse, tmp_path / "w.duckdb"))) as connection:
        yield connection


def charted(connection, table):
    for derived in (*growth.TABLES[:3], table):
        derive(connection, derived)


def requirements(connection, model_name):
    charted(connection, GPU_REQUIREMENTS)
    return {
        (precision, gpu): row
        for precision, gpu, *row in connection.execute(
            "select precision, gpu, memory_gb, gpus_for_weights, gpus_needed from charts.gpu_requirements where model = ?",
            [model_name],
        ).fetchall()
    }


def test_llama_405b_takes_eleven_cards_for_its_weights_alone(warehouse):
    found = requirements(warehouse, "Llama 3.1 405B")
    assert found["16 bits", "H100 80GB"] == [810, 11, 12]
    assert found["8 bits", "H100 80GB"] == [405, 6, 6]
    assert found["16 bits", "H200"] == [810, 6, 7]
    assert found["4 bits", "RTX A6000"] == [227.8125, 5, 6]


def test_an_assumption_that_is_missing_leaves_a_gap(warehouse):
    warehouse.execute("delete from core.memory_assumption where assumption = 'gpu_overhead_gb'")
    assert requirements(warehouse, "Llama 3.1 405B")["16 bits", "H100 80GB"] == [810, 11, None]


def test_a_mixture_of_experts_is_sized_by_all_of_its_parameters(warehouse):
    assert requirements(warehouse, "Mixtral 8x7B")["16 bits", "A100 80GB"] == [pytest.approx(93.4), 2, 2]
    assert requirements(warehouse, "DeepSeek R1")["8 bits", "H200"][:2] == [671, 5]
    wrong = warehouse.execute(
        "select model from charts.gpu_requirements where bits = 16 and memory_gb <> 2 * parameters_b"
    ).fetchall()
    assert wrong == []


def test_every_row_says_where_its_parameters_come_from_and_what_is_assumed(warehouse):
    charted(warehouse, GPU_REQUIREMENTS)
    assert warehouse.execute(
        "select distinct parameters_source, basis, source from charts.gpu_requirements"
    ).fetchall() == [("published", "estimated", "curated")]
    ((cache,),) = warehouse.execute(
        "select distinct kv_cache_gb from charts.gpu_requirements where model = 'Llama 3.1 405B'"
    ).fetchall()
    assert cache == 8192 * 126 * 8 * 128 * 2 * 2 / 1e9
    number = "select (select count(*) from core.notable_model) * 3 * (select count(*) from core.hardware)"
    assert (
        warehouse.execute(number).fetchall()
        == warehouse.execute("select count(*) from charts.gpu_requirements").fetchall()
    )


def test_what_the_hub_says_goes_before_what_was_published(tmp_path, warehouse):
    walk = walked(
        tmp_path,
        [
            model(1, id="openai/gpt-oss-20b", **safetensors({"BF16": 1_800_000_000, "U8": 19_700_000_000})),
            model(2, id="meta-llama/Meta-Llama-3-8B", **safetensors({"BF16": 8_030_261_248})),
            model(3, id="google/gemma-7b"),
        ],
    )
    load_records.read_records(warehouse, walk, {})
    models.add_week(warehouse, WEEK)
    record(warehouse, weekly_totals.week_of_observations(warehouse, walk), NOW)
    assert requirements(warehouse, "Llama 3 8B")["as stored", "RTX 4090"] == [16.060522496, 1, 1]
    assert ("as stored", "RTX 4090") not in requirements(warehouse, "gpt-oss 20B"), "65 GB or 118 GB: nobody can tell"
    assert warehouse.execute(
        "select distinct model, parameters_b, parameters_source, source from charts.gpu_requirements "
        "where parameters_source = 'measured' or model = 'Gemma 7B' order by 1"
    ).fetchall() == [
        ("Gemma 7B", 8.54, "published", "curated"),
        ("Llama 3 8B", 8.030261248, "measured", walk.source),
        ("gpt-oss 20B", 21.5, "measured", walk.source),
    ]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parameters=st.lists(st.floats(0.001, 5000), min_size=1, max_size=5),
    memory=st.lists(st.integers(4, 300), min_size=2, max_size=5, unique=True),
    tokens=st.integers(0, 10**6),
)
def test_more_bits_take_no_fewer_cards_and_larger_cards_no_more(warehouse, parameters, memory, tokens):
    warehouse.execute("delete from core.notable_model")
    warehouse.execute("delete from core.hardware")
    for number, size in enumerate(parameters):
        warehouse.execute(
            "insert into core.notable_model by name select ? as id, ? as title, date '2024-01-01' as released_on, "
            "'day' as date_precision, ? as parameters_b, 'https://' as evidence_url",
            [str(number), str(number), size],
        )
    for gb in memory:
        warehouse.execute("insert into core.hardware values (?, 'x', 'consumer', ?, 2024, 'https://')", [str(gb), gb])
    warehouse.execute("update core.memory_assumption set value = ? where assumption = 'kv_cache_tokens'", [tokens])
    charted(warehouse, GPU_REQUIREMENTS)
    broken = warehouse.execute(
        """
        select * from charts.gpu_requirements as one join charts.gpu_requirements as other using (id)
        where (one.gpu = other.gpu and one.bits < other.bits and one.gpus_needed > other.gpus_needed)
            or (one.bits = other.bits and one.gpu_memory_gb < other.gpu_memory_gb and one.gpus_needed < other.gpus_needed)
            or one.gpus_needed < 1
        """
    ).fetchall()
    assert broken == []
    assert warehouse.execute("select count(*) from charts.gpu_requirements").fetchall() == [
        (3 * len(parameters) * len(memory),)
    ]


def text_models(*parameters_b: float | None) -> list[dict[str, Any]]:
    return [
        model(
            number,
            pipeline_tag="text-generation",
            **({} if size is None else {"gguf": {"total": round(size * 1e9)}}),
        )
        for number, size in enumerate(parameters_b)
    ]


def laptops(connection, folder, records):
    walk = walked(folder, records)
    load_records.read_records(connection, walk, {})
    connection.execute("delete from core.observation where basis <> 'published'")
    record(connection, weekly_totals.week_of_observations(connection, walk), NOW)
    charted(connection, LAPTOP_MODELS)
    return {
        (ram_gb, bits): rest
        for ram_gb, bits, *rest in connection.execute(
            "select ram_gb, bits, models_low, models_high, qualifier, models_known, coverage_pct, basis "
            "from charts.laptop_models where source <> 'dataku_2023'"
        ).fetchall()
    }


def test_what_fits_a_laptop(tmp_path, warehouse):
    adapter = model(98, pipeline_tag="text-generation", library_name="peft", gguf={"total": 5})
    picture = model(99, pipeline_tag="text-to-image", gguf={"total": 5})
    found = laptops(warehouse, tmp_path, [*text_models(1.24, 8.03, 13.0, 70.6, None), adapter, picture])
    assert {place: row[0] for place, row in found.items()} == {
        (8, 16): 1, (8, 8): 1, (8, 4): 2,  # 8 x 1.0737 x 0.75 - 1.57 = 4.87 GB are left for weights
        (16, 16): 1, (16, 8): 2, (16, 4): 3,  # 11.31 GB
        (32, 16): 2, (32, 8): 3, (32, 4): 3,  # 24.20 GB
        (64, 16): 3, (64, 8): 3, (64, 4): 4,  # 49.97 GB
    }  # fmt: skip
    assert {tuple(row[1:]) for row in found.values()} == {(None, "at_least", 4, 80, "estimated")}
    assert warehouse.execute(
        "select count(*), count(bits) from charts.laptop_models where basis = 'published'"
    ).fetchall() == [(4, 0)]


def test_sixteen_gigabytes_of_ram_are_2_to_the_34_bytes_and_four_bits_take_a_scale(tmp_path, warehouse):
    # (2^34 x 0.75 - 8192 x 131072) / 10^9 - 0.5 GB for weights of 4.5 bits: 20.1 billion.
    found = laptops(warehouse, tmp_path, text_models(20.1, 20.2, 5.6, 5.7, 11.3, 11.4))
    assert {bits: found[16, bits][0] for bits in (16, 8, 4)} == {16: 1, 8: 3, 4: 5}
    assert warehouse.execute(
        "select distinct attributes['bits_per_weight'] from core.observation_latest "
        "where metric = 'laptop_models_fitting' order by 1"
    ).fetchall() == [("16",), ("4.5",), ("8",)]


def test_without_the_size_of_four_bits_there_is_a_gap(warehouse):
    warehouse.execute("delete from core.memory_assumption where assumption = 'bits_per_weight_at_4_bits'")
    found = requirements(warehouse, "Llama 3.1 405B")
    assert found["4 bits", "H100 80GB"] == [None, None, None]
    assert found["8 bits", "H100 80GB"] == [405, 6, 6]


def test_a_longer_context_leaves_less_to_the_weights(tmp_path, warehouse):
    before = laptops(warehouse, tmp_path / "before", text_models(1.24, 8.03, 13.0))
    warehouse.execute("update core.memory_assumption set value = 65536 where assumption = 'kv_cache_tokens'")
    after = laptops(warehouse, tmp_path / "after", text_models(1.24, 8.03, 13.0))
    assert (before[16, 4][0], after[16, 4][0]) == (3, 1)


def test_without_assumptions_nothing_is_estimated(tmp_path, warehouse):
    warehouse.execute("delete from core.memory_assumption where assumption = 'laptop_usable_share'")
    assert laptops(warehouse, tmp_path, text_models(1.24)) == {}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.floats(0.001, 200), min_size=1, max_size=20))
def test_more_memory_or_fewer_bits_never_hold_fewer_models(tmp_path_factory, warehouse, parameters):
    found = laptops(warehouse, tmp_path_factory.mktemp("walk"), text_models(*parameters))
    for (ram_gb, bits), row in found.items():
        assert 0 <= row[0] <= sum(size is not None for size in parameters)
        for (other_gb, other_bits), other in found.items():
            if other_gb >= ram_gb and other_bits <= bits:
                assert other[0] >= row[0]
