"""The cost of training: Epoch's files, the documented model on published inputs, and what is rejected."""

import csv
import io
import json
from datetime import UTC, date, datetime

import dagster as dg
import pytest
from collecting import assets_of, uncollected_sources
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from instances import instance_in_memory
from replay import Replay, Reply
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from assets.http.errors import SourceError
from assets.resources import Clock, Warehouse
from assets.settings import Settings
from assets.training import assets as training
from assets.training import epoch_models
from assets.training.epoch_models import HARDWARE_COLUMNS, MODEL_COLUMNS, read_hardware, read_models
from pipelines.sandbox.server import Sandbox
from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.facts.versioned_rows import record_versions
from warehouse.seeds import published_figures
from warehouse.seeds.cost_inputs import read_assumptions, read_prices
from warehouse.seeds.csv_reader import LISTS, CuratedError
from warehouse.tables import growth
from warehouse.tables.charts import sources
from warehouse.tables.training import (
    BASE_ACCELERATOR,
    BASE_COST_ASSUMPTION,
    BASE_GPU_PRICE,
    BASE_TRAINING_RUN,
    TRAINING_COST_STEPS,
)

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
TODAY = NOW.date()
LLAMA = {
    "Model": "Llama 3.1-405B", "Publication date": "2024-07-23", "Organization": "Meta AI", "Domain": "Language",
    "Training compute (FLOP)": "3.8e+25", "Parameters": "405000000000.0", "Training time (hours)": "2142",
    "Training hardware": "NVIDIA H100 SXM5 80GB", "Hardware quantity": "16384", "Hardware utilization (MFU)": "0.4042",
    "Training chip-hours": "30840000", "Training compute cost (2023 USD)": "52885433.95",
    "Training compute cost (cloud)": "$175966627.00", "Training compute cost (upfront)": "928433368",
    "Open model weights?": "Yes", "Model accessibility": "Open weights (restricted use)", "Confidence": "Confident",
}  # fmt: skip
BLOOM = {
    "Model": "BLOOM-176B", "Publication date": "2022-07", "Training hardware": "NVIDIA A100 SXM4 80 GB",
    "Training compute (FLOP)": "3.65e23", "Training chip-hours": "1082990", "Open model weights?": "Yes",
    "Training compute cost (2023 USD)": "$995819.00", "Training compute cost (cloud)": "1983620",
    "Training compute cost (upfront)": "12052220",
}  # fmt: skip
H100 = {
    "Hardware name": "NVIDIA H100 SXM5 80GB", "Manufacturer": "NVIDIA", "Type": "GPU", "Release date": "2022-09-20",
    "Release price (USD)": "33600", "Tensor-FP16/BF16 performance (FLOP/s)": "989400000000000.0", "TDP (W)": "700",
    "Memory (bytes)": "80000000000.0",
}  # fmt: skip
A100 = {
    "Hardware name": "NVIDIA A100 SXM4 80 GB", "Type": "GPU", "Release date": "2020-11-16", "TDP (W)": "400",
    "Release price (USD)": "15000", "Tensor-FP16/BF16 performance (FLOP/s)": "312000000000000.0",
}  # fmt: skip


def written(columns, *rows):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*columns, "FLOP/$", "Notes"], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def models(*rows):
    return written(MODEL_COLUMNS, *rows)


def hardware(*rows):
    return written(HARDWARE_COLUMNS, *rows)


@pytest.fixture
def charted(tmp_path):
    """Return a function that derives the charts from rows of Epoch's files."""

    def build(runs, chips, prices=None):
        with writing(warehouse_at(tmp_path / "working.duckdb")) as connection:
            published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
            for table, rows, source in (
                (BASE_TRAINING_RUN, [vars(run) for run in read_models(models(*runs), TODAY)[0]], "epoch_models"),
                (
                    BASE_ACCELERATOR,
                    [vars(chip) for chip in read_hardware(hardware(*chips), TODAY)[0]],
                    "epoch_models",
                ),
                (BASE_GPU_PRICE, prices or read_prices(), "cost_model"),
                (BASE_COST_ASSUMPTION, read_assumptions(), "cost_model"),
            ):
                record_versions(connection, table, rows, source, NOW)
            for table in (*growth.TABLES, TRAINING_COST_STEPS, sources.TRAINING_COST):
                derive(connection, table)
            steps = connection.execute("from charts.training_cost_steps order by model, method").pl().to_dicts()
            costs = (
                connection.execute("from charts.training_cost order by period_start, target, method").pl().to_dicts()
            )
        return {(step["model"], step["method"]): step for step in steps}, costs

    return build


# The files


def test_a_model_is_read_as_published():
    (run,), left_out = read_models(models(LLAMA), TODAY)
    assert not left_out
    assert (run.model, run.published_on, run.date_precision) == ("Llama 3.1-405B", date(2024, 7, 23), "day")
    assert (run.training_flop, run.hardware_quantity, run.training_hours, run.mfu) == (3.8e25, 16384, 2142, 0.4042)
    assert (run.cost_amortised_usd_2023, run.cost_cloud_usd, run.cost_upfront_usd) == (
        52885433.95, 175966627, 928433368,
    )  # fmt: skip
    assert (run.parameters_b, run.open_weights, run.chip_hours) == (405, True, 30.84e6)


def test_the_traps_of_the_file():
    rows = [
        {**LLAMA, "Model": "Dollar", "Training compute cost (2023 USD)": "$40586592.58", "FLOP/$": "Infinity"},
        {**LLAMA, "Model": "Long", "Training compute (FLOP)": "5.0000000000001e+26", "FLOP/$": "NaN"},
        {**LLAMA, "Model": "Year", "Publication date": "2023", "Open model weights?": ""},
        {"Model": "Empty", "Publication date": "2023-05", "Notes": 'a "quoted",\nsecond line'},
        {**LLAMA, "Model": "Two", "Organization": "A,B", "Training hardware": "NVIDIA H100 SXM5 80GB,Google TPU v4"},
    ]
    found = {run.model: run for run in read_models(models(*rows), TODAY)[0]}
    assert found["Dollar"].cost_amortised_usd_2023 == 40586592.58
    assert found["Long"].training_flop == 5.0000000000001e26
    assert (found["Year"].published_on, found["Year"].date_precision, found["Year"].open_weights) == (
        date(2023, 1, 1), "year", None,
    )  # fmt: skip
    empty = found["Empty"]
    assert (empty.date_precision, empty.training_flop, empty.chip_hours, empty.cost_cloud_usd) == (
        "month", None, None, None,
    )  # fmt: skip
    assert found["Two"].hardware == "NVIDIA H100 SXM5 80GB,Google TPU v4"


def test_an_odd_row_is_left_out_and_reported_and_many_reject_the_file():
    good = [{**LLAMA, "Model": f"Model {number}"} for number in range(40)]
    odd = {**LLAMA, "Model": "Odd", "Training compute (FLOP)": "Infinity"}
    runs, left_out = read_models(models(*good, odd), TODAY)
    assert len(runs) == 40
    assert left_out[0].number == 41
    assert "Training compute (FLOP)" in left_out[0].reason
    with pytest.raises(SourceError, match="rows do not fit"):
        read_models(models(*good[:4], odd, {**odd, "Model": "Odd 2"}), TODAY)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("Training compute (FLOP)", "NaN"), ("Training compute (FLOP)", "-1e25"), ("Training compute (FLOP)", "0"),
        ("Training compute (FLOP)", "1e999"), ("Training compute (FLOP)", "3,8e25"), ("Hardware quantity", "many"),
        ("Hardware utilization (MFU)", "40.42"), ("Hardware utilization (MFU)", "40%"), ("Model", ""),
        ("Training compute cost (2023 USD)", "£5"), ("Training compute cost (2023 USD)", "$1e15"),
        ("Publication date", ""), ("Publication date", "2024-13-01"), ("Publication date", "23/07/2024"),
        ("Publication date", "2124-07-23"), ("Training time (hours)", "0x10"), ("Training chip-hours", "True"),
        ("Parameters", "405B"), ("Training compute (FLOP)", "٣"),
    ],
)  # fmt: skip
def test_a_cell_that_does_not_fit_is_no_number(column, cell):
    good = {**LLAMA, "Model": "Good"}
    runs, left_out = read_models(models(good, {**LLAMA, column: cell}), TODAY)
    assert [run.model for run in runs] == ["Good"]
    assert left_out[0].reason.startswith(f"{column}: expected")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe", b"<!DOCTYPE html><title>Oops</title>", b"{}", b"null", models(), models(LLAMA)[:-200],
        models(LLAMA).replace(b"Training compute (FLOP)", b"Compute"), models(LLAMA).replace(b"Meta AI", b"Meta, AI"),
        models(LLAMA).replace(b"Model,", b"Model accessibility,", 1), b'"' + models(LLAMA), models(LLAMA) + b'"x',
        models(LLAMA, {**LLAMA, "Parameters": "1e9"}), models(LLAMA).replace(b"Meta AI", b"Meta \x80AI"), b"\n\n\n", b"Model\nx\n",
        models(LLAMA).replace(b"Llama 3.1-405B", b""), b"PK\x03\x04" + b"\0" * 100, models(LLAMA)[:300], b"," * 5000,
    ],
)  # fmt: skip
def test_a_damaged_file_is_rejected(body):
    with pytest.raises(SourceError):
        read_models(body, TODAY)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 10_000), st.binary(max_size=4), st.integers(0, 30))
def test_whatever_is_damaged_no_other_error_and_no_impossible_number(place, junk, cut):
    body = models(LLAMA, BLOOM)
    place %= len(body)
    damaged = body[:place] + junk + body[place + cut :]
    try:
        runs, _ = read_models(damaged, TODAY)
    except SourceError:
        return
    for run in runs:
        for name in ("training_flop", "chip_hours", "cost_cloud_usd", "hardware_quantity", "training_hours"):
            number = getattr(run, name)
            assert number is None or 0 < number < 1e31
        assert run.mfu is None or 0 < run.mfu <= 1


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("Hardware name", ""), ("Release date", "soon"), ("Release date", "2031"), ("Release price (USD)", "-5"),
        ("Release price (USD)", "$33,600"), ("Tensor-FP16/BF16 performance (FLOP/s)", "Infinity"), ("TDP (W)", "700 W"),
        ("Tensor-FP16/BF16 performance (FLOP/s)", "9.9e19"), ("Memory (bytes)", "80 GB"), ("TDP (W)", "0"),
    ],
)  # fmt: skip
def test_a_cell_of_an_accelerator_that_does_not_fit_is_no_number(column, cell):
    chips, left_out = read_hardware(hardware(A100, {**H100, column: cell}), TODAY)
    assert [chip.hardware for chip in chips] == ["NVIDIA A100 SXM4 80 GB"]
    assert left_out[0].reason.startswith(f"{column}: expected")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        hardware(),
        hardware(H100)[:-90],
        hardware(H100).replace(b"TDP (W)", b"Power"),
        models(LLAMA),
        b"\xff",
    ],
)
def test_a_damaged_file_of_accelerators_is_rejected(body):
    with pytest.raises(SourceError):
        read_hardware(body, TODAY)


# The model


def test_llama_3_1_by_formula_by_time_and_as_reported(charted):
    steps, _ = charted([LLAMA], [H100])
    step = steps["Llama 3.1-405B", "amortised"]
    assert step["chip_hours_by_formula"] == pytest.approx(26.4e6, rel=0.01)
    assert step["chip_hours_by_time"] == pytest.approx(35.1e6, rel=0.01)
    assert (step["chip_hours"], step["chip_hours_method"]) == (30.84e6, "reported")
    for part in (
        "3.084e+07",
        "2.639e+07",
        "9.894e+14",
        "0.4042 (MFU)",
        "16384 x 2142",
        "$33600",
        "0.19",
        "ln 10 / 8766",
    ):
        assert part in step["arithmetic"]


@pytest.mark.parametrize(
    ("without", "method"),
    [
        ((), "reported"),
        (("Training chip-hours",), "accelerators x hours"),
        (("Training chip-hours", "Training time (hours)"), "formula"),
    ],
)
def test_llama_3_1_is_between_the_published_amortised_and_cloud_cost(charted, without, method):
    run = {name: cell for name, cell in LLAMA.items() if name not in without}
    steps, costs = charted([run], [H100])
    assert steps["Llama 3.1-405B", "amortised"]["chip_hours_method"] == method
    (estimated,) = [c for c in costs if c["basis"] == "estimated" and c["target"] == "Llama 3.1-405B"]
    assert 52_885_434 <= estimated["cost_low_usd"] <= estimated["cost_high_usd"] <= 175_966_627


def test_bloom_is_between_what_was_published_for_it(charted):
    """The published figures are 995,819 for wear and energy, and 1,983,620 for the cloud."""
    _, costs = charted([BLOOM], [A100])
    (estimated,) = [c for c in costs if c["basis"] == "estimated" and c["target"] == "BLOOM-176B"]
    assert 995_819 <= estimated["cost_low_usd"] <= estimated["cost_high_usd"] <= 1_983_620


def test_without_a_stated_utilisation_the_default_is_used_and_said(charted):
    run = {
        k: v
        for k, v in LLAMA.items()
        if k not in ("Hardware utilization (MFU)", "Training chip-hours", "Hardware quantity")
    }
    step = charted([run], [H100])[0]["Llama 3.1-405B", "amortised"]
    assert step["mfu"] == 0.375
    assert step["chip_hours"] == pytest.approx(3.8e25 / (989.4e12 * 0.375) / 3600)
    assert "default MFU" in step["arithmetic"]


def test_published_costs_stand_under_their_methods_and_no_row_is_without_one(charted):
    _, costs = charted([LLAMA], [H100])
    published = {
        c["method"]: c["cost_low_usd"] for c in costs if c["basis"] == "published" and c["source"] == "epoch_models"
    }
    assert published == {
        "amortised, in US dollars of 2023": 52885433.95, "rented for three years": 175966627,
        "purchase of the hardware": 928433368,
    }  # fmt: skip
    assert all(cost["method"] and cost["what_changed"] for cost in costs)


def test_what_lacks_an_input_has_no_cost(charted):
    steps, _ = charted(
        [
            {**LLAMA, "Model": "Two kinds", "Training hardware": "NVIDIA H100 SXM5 80GB,NVIDIA A100 SXM4 80 GB"},
            {**LLAMA, "Model": "Tuned", "Base model": "Llama 3.1-405B"},
            {**LLAMA, "Model": "Unknown chip", "Training hardware": "Abacus"},
            {"Model": "Nothing known", "Publication date": "2024", "Training hardware": "NVIDIA H100 SXM5 80GB"},
        ],
        [H100, A100],
    )
    assert steps == {}


def test_a_chip_without_a_price_is_rented_only(charted):
    steps, _ = charted([LLAMA], [{**H100, "Release price (USD)": ""}])
    assert set(steps) == {("Llama 3.1-405B", "rented")}


def test_the_yearly_cost_of_gpt_3_5_is_a_range_that_falls_beside_the_posts(charted):
    _, costs = charted([LLAMA, BLOOM], [H100, A100])
    ours = [c for c in costs if c["target"] == "GPT-3.5-equivalent model" and c["basis"] == "estimated"]
    post = [c for c in costs if c["source"] == "dataku_2023"]
    assert [c["period_start"].year for c in ours] == [2022, 2023, 2024, 2025, 2026]
    assert len(post) == 4
    assert {c["method"] for c in post} == {"not stated"}
    lows, highs = [c["cost_low_usd"] for c in ours], [c["cost_high_usd"] for c in ours]
    assert lows == sorted(lows, reverse=True)
    assert all(low < high for low, high in zip(lows, highs, strict=True))
    # Two months of the trend and the price of an A100: by hand.
    per_flop = (15000 * 1.54 / 0.81 * 0.14 * 2.302585 / 8766 + 0.4 * 1.82 * 1.1 * 0.08) / (312e12 * 0.375 * 3600)
    h100 = (33600 * 1.54 / 0.81 * 0.14 * 2.302585 / 8766 + 0.7 * 1.82 * 1.1 * 0.08) / (989.4e12 * 0.375 * 3600)
    assert lows[1] == pytest.approx(2.58e24 * 2 ** (-2 / 5) * min(per_flop, h100), rel=1e-6)
    assert all("extrapolated" in c["what_changed"] for c in ours[2:])


# The prices


def price(**changes):
    row = {
        "hardware": "NVIDIA H100", "vendor": "Azure", "instance": "x", "term": "committed_3y", "region": "r",
        "priced_on": "2024-01-01", "price_per_hour_usd": "80", "gpus": "8", "evidence": "https://example.org", "note": "",
    }  # fmt: skip
    return row | changes


def price_file(folder, *rows):
    with (folder / "gpu_price.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_price_is_that_of_a_chip_of_its_instance_and_term(tmp_path, charted):
    price_file(
        tmp_path, price(), price(term="on_demand", price_per_hour_usd="200"), price(vendor="CPU only", gpus="0"),
        price(vendor="Lambda", term="on_demand", price_per_hour_usd="80"),
        price(vendor="Elsewhere", term="on_demand", price_per_hour_usd="80"),
    )  # fmt: skip
    prices = read_prices(tmp_path)
    assert [row["price_per_chip_hour_usd"] for row in prices] == [10, 25, None, 10, 10]
    rented = charted([LLAMA], [H100], prices)[0]["Llama 3.1-405B", "rented"]
    # Azure's own committed price and not its list price; Lambda's list price less 56%; no discount known, no price.
    assert (rented["price_low_usd"], rented["price_high_usd"]) == (pytest.approx(4.4), 10)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"price_per_hour_usd": "-1"}, "price_per_hour_usd"), ({"gpus": "-8"}, "gpus"), ({"term": "spot"}, "term"),
        ({"evidence": "somewhere"}, "evidence"), ({"priced_on": "2024"}, "priced_on"), ({"hardware": ""}, "hardware"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_list_is_reported_with_its_column(tmp_path, changes, told):
    price_file(tmp_path, price(**changes))
    with pytest.raises(CuratedError, match=f"gpu_price.csv:2: column {told}"):
        read_prices(tmp_path)


def test_the_lists_name_where_each_number_stands():
    assert all(row["evidence"].startswith("https://") for row in [*read_prices(LISTS), *read_assumptions(LISTS)])
    assert all(row["low"] <= row["high"] for row in read_assumptions(LISTS))


# The assets

ASSETS = [*assets_of("epoch_models", "cost_model"), *training.VIEWS]


def materialize(instance, now=NOW, **how):
    return dg.materialize(
        ASSETS,
        instance=instance,
        resources={"warehouse": Warehouse(), "clock": Clock(simulated_now=now.isoformat())},
        raise_on_error=False,
        **how,
    )


def rows(home, query):
    with writing(home / "working" / "tidegauge.duckdb") as connection:
        return connection.execute(query).fetchall()


def test_from_the_stand_in_to_the_chart_and_twice_counts_once(home, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "")
    with Sandbox(models=200) as sandbox, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_EPOCH_URL", sandbox.addresses["TIDEGAUGE_EPOCH_URL"])
        assert materialize(instance).success
        versions = rows(home, "select count(*) from base.training_run")
        assert materialize(instance).success
        assert rows(home, "select count(*) from base.training_run") == versions == [(5,)]
        sandbox.week = 3
        assert materialize(instance, datetime(2026, 12, 7, 6, tzinfo=UTC)).success
    assert rows(home, "select count(*) from core.training_run") == [(6,)]
    assert rows(home, "select distinct source from core.training_run") == [("sandbox_epoch_models",)]
    assert rows(home, "select count(*) from core.accelerator_hour where method = 'amortised'") == [(3,)]
    assert rows(home, "select origin from meta.warehouse") == [("sandbox",)]


def test_old_rows_stay_when_epoch_responds_with_a_page(home, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "cost_model")
    files = {"/data/frontier_ai_models.csv": models(LLAMA), "/data/ml_hardware.csv": hardware(H100)}
    page = [False]

    def reply(number, path):
        if page[0]:
            return Reply(b"<html>Oops</html>", 200, {"Content-Type": "text/csv"})
        return Reply(files[path], 200, {"Content-Type": "text/csv"})

    with Replay([], before=reply) as replay, instance_in_memory() as instance:
        monkeypatch.setenv("TIDEGAUGE_EPOCH_URL", replay.url)
        assert materialize(instance).success
        page[0] = True
        run = materialize(instance, datetime(2026, 11, 23, 6, tzinfo=UTC))
        assert set(uncollected_sources(run)) == {"training__epoch_models"}
    assert rows(home, "select model, source from core.training_run") == [("Llama 3.1-405B", "epoch_models")]
    assert rows(home, "select status from meta.collection where source = 'epoch_models' order by started_at") == [
        ("complete",), ("failed",),
    ]  # fmt: skip


def test_the_doctor_reads_the_file_of_hardware(monkeypatch):
    with Replay([], before=lambda n, path: Reply(hardware(H100), 200, {"Content-Type": "text/csv"})) as replay:
        monkeypatch.setenv("TIDEGAUGE_EPOCH_URL", replay.url)
        assert epoch_models.probe(Settings()) == "1 accelerators"
    with Replay([], before=lambda n, path: Reply(json.dumps([]).encode(), 200, {"Content-Type": "text/csv"})) as replay:
        monkeypatch.setenv("TIDEGAUGE_EPOCH_URL", replay.url)
        with pytest.raises(SourceError):
            epoch_models.probe(Settings())
