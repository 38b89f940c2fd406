"""OpenRouter over loopback: prices of a token are exact, an odd model costs itself, and each model counts once."""

import json
from decimal import Decimal

import duckdb
import pytest
from collecting import chart, collect, found, point_at
from hypothesis import given
from hypothesis import strategies as st
from replay import Replay, Reply

from assets.http.errors import UnexpectedResponseError
from assets.inference.openrouter import NAME, read_offers, read_price
from assets.settings import Settings
from pipelines.commands.doctor import run_probes
from pipelines.sandbox.server import Sandbox
from warehouse.tables.charts.sources import PRICE_AT_RATING


@pytest.fixture
def sandbox(monkeypatch):
    with Sandbox(models=100) as running:
        point_at(running, monkeypatch)
        yield running


def offer(name, prompt="0.0000012", completion="0.000006", **others):
    """Return a model as the list has it."""
    pricing = {"prompt": prompt, "completion": completion, "request": "0"}
    return {"id": name, "name": f"Maker: {name}", "created": 1_770_000_000, "pricing": pricing, **others}


def listing(models):
    """Return a service that has these models."""
    return Replay([], before=lambda _number, _path: Reply(json.dumps({"data": models}).encode()))


def test_prices_reach_the_chart_and_the_growth_rates(sandbox):
    verdicts = {finding.service: finding.verdict for finding in run_probes(Settings())}
    assert verdicts[NAME].endswith("models are offered")
    for week in (8, 9):
        assert collect(NAME, sandbox, week)
    query = (
        "select distinct openness, token, models > 0, lowest_usd_per_million > 0 from charts.token_price order by all"
    )
    assert chart("charts.token_price", query, sandbox) == [
        (openness, token, True, True)
        for openness in ("open", "proprietary")
        for token in ("blended", "input", "output")
    ]
    # In the ninth week the stand-in lowers every price by a tenth.
    changes = """
        select distinct round(growth_pct, 6) from growth.rate
        where metric = 'token_price_output' and grain = 'week' and value_start > 0
    """
    assert found(changes) == [(-10.0,)]
    free = "select input_usd_per_million, variant from core.token_price where variant is not null"
    assert {variant for _, variant in found(free)} <= {"free"}
    assert found("select count(*) from core.token_price where id = 'openrouter/auto'") == [(0,)]


def test_each_field_of_a_record_has_its_place(sandbox, monkeypatch):
    listed = [
        offer("open/one", "0.0000002", "0.0000008", hugging_face_id="Open/One-7B", context_length=40960),
        offer("open/one:free", "0", "0", hugging_face_id="Open/One-7B"),
        offer("shut/two", "0.000015", "0.000075", hugging_face_id=""),
        offer("some/router", "-1", "-1"),
    ]
    with listing(listed) as service:
        monkeypatch.setenv("TIDEGAUGE_OPENROUTER_URL", service.url)
        metadata = collect(NAME, sandbox, 0)
    assert metadata is not None
    assert metadata["models without a fixed price"] == 1
    columns = "id, model, variant, hugging_face_id, openness, input_usd_per_million, output_usd_per_million"
    assert found(f"select {columns}, blended_usd_per_million, context_length from core.token_price order by id") == [
        ("open/one", "open/one", None, "Open/One-7B", "open", 0.2, 0.8, pytest.approx(0.35), 40960),
        ("open/one:free", "open/one", "free", "Open/One-7B", "open", 0.0, 0.0, 0.0, None),
        ("shut/two", "shut/two", None, None, "proprietary", 15.0, 75.0, 30.0, None),
    ]


ODD = {
    "price in words": offer("odd/one", "free"),
    "price of a million": offer("odd/one", "1.2"),
    "negative price": offer("odd/one", "-0.5"),
    "price as a number": offer("odd/one", 0.0000012),
    "not a number": offer("odd/one", "NaN"),
    "no price": {**offer("odd/one"), "pricing": {}},
    "no day": {**offer("odd/one"), "created": None},
    "no name": {key: value for key, value in offer("odd/one").items() if key != "name"},
    "no id": {key: value for key, value in offer("odd/one").items() if key != "id"},
    "no object": "odd/one",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_model_costs_itself(sandbox, monkeypatch, odd):
    listed = [offer("fine/one"), odd, offer("fine/two")]
    with listing(listed) as service:
        monkeypatch.setenv("TIDEGAUGE_OPENROUTER_URL", service.url)
        assert collect(NAME, sandbox, 0)
    assert found("select id from core.token_price order by id") == [("fine/one",), ("fine/two",)]
    ((item, reason),) = found("select item, reason from meta.set_aside_item")
    assert item in ("odd/one", "model 2")
    assert reason


def test_which_of_two_is_meant_nobody_knows(sandbox, monkeypatch):
    listed = [offer(f"fine/{number}") for number in range(8)] + [offer("odd/one"), offer("odd/one", "0.00005")]
    with listing(listed) as service:
        monkeypatch.setenv("TIDEGAUGE_OPENROUTER_URL", service.url)
        assert collect(NAME, sandbox, 0)
    assert found("select count(*) from core.token_price where id = 'odd/one'") == [(0,)]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"data": []}', b'{"data": {}}', b'{"error": {}}'])
def test_what_is_no_list_is_rejected(body):
    with pytest.raises(UnexpectedResponseError):
        read_offers(body)


@given(st.decimals(min_value=0, max_value=Decimal("0.01"), places=12))
def test_a_price_is_exact(price):
    assert read_price(f"{price:f}", "maker/model", "pricing.prompt") == float(price * 10**6)


@given(st.text(max_size=30))
def test_any_other_text_is_a_typed_error_or_a_price(text):
    try:
        price = read_price(text, "maker/model", "pricing.prompt")
    except UnexpectedResponseError:
        return
    assert price is None or 0 <= price <= 100_000


def test_the_cheapest_model_at_a_rating():
    """Three models by hand: one matched by its repository, one by its name but for a date, one by nothing."""
    connection = duckdb.connect()
    connection.execute("create schema core")
    connection.execute(
        """
        create table core.benchmark_score as
        select 'arena' as source, 'Arena text' as benchmark, 'rating points' as unit, *
        from (values
            (date '2026-11-02', 'open-chat-7b', 1240.0), (date '2026-11-02', 'shut-3-20260105', 1310.0),
            (date '2026-11-02', 'nameless', 1500.0), (date '2026-11-20', 'open-chat-7b', 1260.0)
        ) as row (published_on, model, score)
        """
    )
    connection.execute(
        """
        create table core.token_price as
        select
            *, null as variant, 'openrouter' as source, (3 * input_usd_per_million + output_usd_per_million) / 4
                as blended_usd_per_million
        from (values
            (date '2026-11-09', 'lab/oc-7', 'open', 'Lab/Open-Chat-7B', 0.2, 0.6),
            (date '2026-11-09', 'firm/shut-3', 'proprietary', null, 2.0, 6.0),
            (date '2026-11-09', 'firm/free', 'proprietary', null, 0.0, 0.0),
            (date '2026-11-16', 'lab/oc-7', 'open', 'Lab/Open-Chat-7B', 0.1, 0.5)
        ) as row (week, model, openness, hugging_face_id, input_usd_per_million, output_usd_per_million)
        """
    )
    connection.execute(
        "create table core.model_match as select 'arena' as system, 'open-chat-7b' as name, 'Lab/Open-Chat-7B' as id"
    )
    columns = (
        "period_start::varchar, rating_at_least, openness, model, blended_usd_per_million, models, rated_on::varchar"
    )
    rows = connection.execute(
        f"select {columns} from ({PRICE_AT_RATING.select}) where rating_at_least >= 1200 order by all"
    ).fetchall()
    assert rows == [
        ("2026-11-09", 1200, "open", "open-chat-7b", pytest.approx(0.3), 1, "2026-11-02"),
        ("2026-11-09", 1200, "proprietary", "shut-3-20260105", pytest.approx(3.0), 1, "2026-11-02"),
        ("2026-11-09", 1250, "proprietary", "shut-3-20260105", pytest.approx(3.0), 1, "2026-11-02"),
        ("2026-11-09", 1300, "proprietary", "shut-3-20260105", pytest.approx(3.0), 1, "2026-11-02"),
        # The newest ratings up to the end of the week.
        ("2026-11-16", 1200, "open", "open-chat-7b", pytest.approx(0.2), 1, "2026-11-20"),
        ("2026-11-16", 1250, "open", "open-chat-7b", pytest.approx(0.2), 1, "2026-11-20"),
    ]
