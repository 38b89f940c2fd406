"""Funding rounds: read from responses, matched between sources, counted once."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from collecting import assets_of, uncollected_sources
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import Replay, Reply

from assets.funding.assets import VIEWS
from assets.funding.epoch_funding import FILE, Round, read_rounds
from assets.growth_and_charts import CHARTS
from assets.http.errors import SourceError
from assets.resources import Clock, Warehouse
from assets.seeds.published_figures import published_figures
from assets.settings import Settings
from pipelines.commands.doctor import run_probes
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.services.epoch_funding import HEADER
from pipelines.sandbox.services.sec import SEC_ISSUERS
from warehouse.database.connection import reading, writing
from warehouse.database.derive import derive
from warehouse.database.schema import prepare
from warehouse.facts.versioned_rows import record_versions
from warehouse.seeds.lists import company_names, sec_issuers
from warehouse.tables.funding import BASE_FUNDING_ROUND, FUNDING_MATCH

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
FUNDING_CHARTS = ["core/funding_match", "charts/funding", "charts/funding_total"]


def table(*rows: dict[str, str], header: tuple[str, ...] = HEADER) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def row(**cells: str) -> dict[str, str]:
    names = {
        "id": "Id", "company": "Company", "closed": "Close date", "status": "Status", "equity": "Funding (equity)",
        "debt": "Funding (debt)", "valuation": "Valuation (post-money)", "reported": "Report date", "source": "Source 1",
        "notes": "Notes", "type": "Type", "excluded": "Exclude from graph view",
    }  # fmt: skip
    usual = {
        "id": "Mistral – 2024-06", "company": "Mistral", "closed": "2024-06-11", "status": "Closed", "equity": "500000000.0"
    }  # fmt: skip
    return {names[name]: cell for name, cell in {**usual, **cells}.items()}


def kinds(*rows: dict[str, str]) -> list[tuple[str, float | None, str | None]]:
    return [(r.kind, r.amount_usd, r.excluded) for r in read_rounds(table(*rows), TODAY)[0]]


def test_a_row_is_read_as_it_is():
    note = 'Led by "A",\nand B; valued at "6bn"'
    cells = row(
        debt="140000000.0", valuation="6000000000.0", source="https://example.org/m", notes=note, type="Primary"
    )
    (equity, debt), _ = read_rounds(table(cells), TODAY)
    assert equity == Round(
        id="Mistral – 2024-06", kind="equity", company="Mistral", status="Closed", type="Primary", amount_usd=500e6,
        valuation_usd=6e9, dated_on=date(2024, 6, 11), date_precision="day", excluded=None,
        evidence_url="https://example.org/m", note=note,
    )  # fmt: skip
    assert (debt.kind, debt.amount_usd) == ("debt", 140e6)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"equity": ""}, [("equity", None, None)]),
        ({"equity": "0.0"}, [("secondary", None, "secondary")]),
        ({"equity": "75000000.0", "type": "Secondary"}, [("secondary", 75e6, "secondary")]),
        ({"equity": "", "debt": "5.0"}, [("debt", 5.0, None)]),
        ({"equity": "0.0", "debt": "5.0"}, [("debt", 5.0, None)]),
        ({"equity": "0.0", "debt": "0.0"}, [("secondary", None, "secondary")]),
        ({"equity": "$1200.50"}, [("equity", 1200.5, None)]),
        ({"equity": "1.99e9"}, [("equity", 1.99e9, None)]),
        ({"status": "Late discussions", "equity": "100000000000.0"}, [("equity", 1e11, "not_closed")]),
        ({"excluded": "True"}, [("equity", 500e6, "excluded_by_source")]),
        ({"excluded": "False"}, [("equity", 500e6, None)]),
    ],
)
def test_what_counts_as_new_money(cells, expected):
    assert kinds(row(**cells)) == expected


@pytest.mark.parametrize(
    ("closed", "reported", "expected"),
    [
        ("2024-06-11", "2024-07-01", (date(2024, 6, 11), "day")),
        ("", "2024-07-01", (date(2024, 7, 1), "day")),
        ("2024-06", "", (date(2024, 6, 1), "month")),
        ("2024", "", (date(2024, 1, 1), "year")),
        ("", "", (None, None)),
    ],
)
def test_a_round_has_the_date_of_its_close_or_of_its_report(closed, reported, expected):
    ((found,), _) = read_rounds(table(row(closed=closed, reported=reported)), TODAY)
    assert (found.dated_on, found.date_precision) == expected


DAMAGED = {
    "empty": b"",
    "header_only": table(),
    "html": b"\n<!DOCTYPE html><html><body>Maybe later</body></html>",
    "not_utf8": table(row()).replace(b"500", b"\xff\xfe\x00"),
    "open_quote": table(row()) + b'"open',
    "short_row": table(row()) + b"a,b\n",
    "long_row": table(row()) + b"," * 40 + b"\n",
    "nul": table(row()) + b"\0" * 16 + b"\n",
    "huge_cell": table(row(notes="x" * 200_000)),
    "quoted_rest": table(row()).replace(b"Closed", b'"Closed"x'),
    "same_id": table(row(), row(debt="7.5")),
    "json": b'{"rounds": []}',
    **{
        f"without {name}": table(row(), header=tuple(h for h in HEADER if h != name))
        for name in ("Id", "Company", "Close date", "Status", "Funding (equity)", "Funding (debt)", "Type")
    },
    "column_twice": table(row(), header=(*HEADER, "Id")),
    **{
        f"{name}={cell}": table(row(**{name: cell}))
        for name, cell in [
            ("id", ""), ("company", ""), ("status", ""), ("equity", "NaN"), ("equity", "Infinity"), ("equity", "-5"),
            ("equity", "1e400"), ("equity", "1e99"), ("equity", "five"), ("equity", "500,000"), ("equity", "True"),
            ("equity", "€5"), ("debt", "nan"), ("valuation", "inf"), ("closed", "11/06/2024"), ("closed", "2024-13-01"),
            ("closed", "2024-02-30"), ("closed", "0001-01-01"), ("closed", "2031-01-01"), ("reported", "soon"),
            ("excluded", "perhaps"),
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_rejected_in_words(body):
    with pytest.raises(SourceError) as caught:
        read_rounds(body, TODAY)
    assert "field " in caught.value.reason


WHOLE = table(
    row(notes="a\nb"),
    row(id="2", equity="", debt="7.5"),
    row(id="3", equity="16300000.0", closed="2024-02-27", excluded="True"),
)
AMOUNTS = {found.id: found for found in read_rounds(WHOLE, TODAY)[0]}


@given(st.integers(0, len(WHOLE)))
def test_a_file_that_breaks_off_gives_no_other_figure(length):
    try:
        found, _ = read_rounds(WHOLE[:length], TODAY)
    except SourceError:
        return
    # Only the end can be lost: the flag of the last row is the one cell that a cut can change without an error.
    assert [f.amount_usd for f in found] == [AMOUNTS[f.id].amount_usd for f in found]


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_rejected(body):
    for content in (body, WHOLE + body):
        try:
            read_rounds(content, TODAY)
        except SourceError:
            continue


# Matching


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    with writing(tmp_path_factory.mktemp("funding") / "working.duckdb") as connection:
        prepare(connection, NOW)
        yield connection


@pytest.fixture
def warehouse(prepared):
    prepared.execute("delete from base.funding_round")
    return prepared


def tell(connection, source, *rounds):
    rows = [
        {
            "source_id": str(number), "kind": "equity", "company": "Example AI", "company_as_named": "Example", "status": "Closed",
            "type": None, "amount_usd": 100.0, "valuation_usd": None, "announced_on": date(2026, 3, 1), "date_precision": "day",
            "excluded": None, "note": None, "evidence_url": None, **cells,
        }
        for number, cells in enumerate(rounds)
    ]  # fmt: skip
    record_versions(connection, BASE_FUNDING_ROUND, rows, source, NOW)
    derive(connection, FUNDING_MATCH)


def groups(connection):
    """Return the sets of reports that are one round."""
    found = connection.execute(
        "select list(source || source_id order by source, source_id) from core.funding_match "
        "join core.funding_round using (round_id) group by match_group order by 1"
    ).fetchall()
    return [group for (group,) in found]


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ({}, True),
        ({"amount_usd": 80.0, "announced_on": date(2026, 4, 25)}, True),
        ({"amount_usd": None}, True),
        ({"amount_usd": 74.0}, False),
        ({"amount_usd": 0.0}, False),
        ({"announced_on": date(2026, 5, 1)}, False),
        ({"announced_on": date(2026, 1, 1), "date_precision": "year"}, True),
        ({"announced_on": date(2025, 12, 1), "date_precision": "month"}, True),
        ({"announced_on": date(2025, 11, 1), "date_precision": "month"}, False),
        ({"announced_on": None, "date_precision": None}, False),
        ({"company": "Sample AI"}, False),
        ({"kind": "debt"}, False),
    ],
)
def test_two_sources_report_one_round(warehouse, other, is_same):
    tell(warehouse, "a", {})
    tell(warehouse, "b", other)
    assert groups(warehouse) == ([["a0", "b0"]] if is_same else [["a0"], ["b0"]])


def test_a_transcribed_filing_is_the_filing_whatever_the_day_of_its_chain(warehouse):
    page = "https://www.sec.gov/Archives/edgar/data/1/000000000126000002/primary_doc.xml"
    tell(warehouse, "a", {"evidence_url": page, "announced_on": date(2026, 1, 5)})
    tell(warehouse, "b", {"evidence_url": page, "announced_on": date(2026, 8, 27)})
    tell(warehouse, "c", {"evidence_url": f"{page}?", "announced_on": date(2026, 8, 27), "company": "Sample AI"})
    assert groups(warehouse) == [["a0", "b0"], ["c0"]]


def test_the_sandbox_is_never_matched_with_what_is_real(warehouse):
    tell(warehouse, "a", {})
    tell(warehouse, "sandbox_b", {})
    assert groups(warehouse) == [["a0"], ["sandbox_b0"]]


def counted(connection):
    """Return the sum over core.funding_match where counts_once, for real rounds."""
    ((total,),) = connection.execute(
        "select sum(amount_usd) from core.funding_match join core.funding_round using (round_id) "
        "where counts_once and not made_up"
    ).fetchall()
    return total


def test_an_undisclosed_report_leaves_the_amount_to_the_next_one(warehouse):
    tell(warehouse, "a", {"amount_usd": None}, {"amount_usd": None, "announced_on": date(2026, 9, 1)})
    tell(warehouse, "b", {"amount_usd": 80.0})
    tell(warehouse, "c", {"amount_usd": 90.0})
    found = warehouse.execute("select round_id from core.funding_match where counts_once order by 1").fetchall()
    assert found == [("a | 1 | equity",), ("b | 0 | equity",)]
    assert counted(warehouse) == 80.0


@given(
    st.lists(st.tuples(st.integers(1, 900), st.sets(st.sampled_from("abc"), min_size=1)), min_size=1, max_size=7),
    st.data(),
)
@settings(max_examples=40, deadline=None)
def test_each_round_is_summed_once_whoever_reports_it(prepared, truth, data):
    """The truth is a list of rounds, one each half year; each source reports its amount up to a tenth too low."""
    prepared.execute("delete from base.funding_round")
    told: dict[str, list[dict[str, object]]] = {}
    expected = 0.0
    for number, (amount, sources) in enumerate(truth):
        reported = {source: amount * data.draw(st.sampled_from([1.0, 0.95, 0.9])) for source in sorted(sources)}
        expected += reported[min(reported)]  # the sources are alike: the first by name is preferred
        for source, one in reported.items():
            day = date(2020, 1, 1) + timedelta(days=182 * number + data.draw(st.integers(0, 20)))
            told.setdefault(source, []).append({"amount_usd": one, "announced_on": day})
    for source, rounds in told.items():
        tell(prepared, source, *rounds)
    assert counted(prepared) == pytest.approx(expected)
    once = "select count(*) filter (counts_once), count(distinct match_group) from core.funding_match"
    assert prepared.execute(once).fetchall() == [(len(truth), len(truth))]


def test_two_rounds_of_one_source_stay_two_and_each_finds_its_own(warehouse):
    tell(warehouse, "a", {}, {"announced_on": date(2026, 3, 20)})
    tell(warehouse, "b", {"announced_on": date(2026, 3, 18)}, {"announced_on": date(2026, 3, 2), "amount_usd": 90.0})
    tell(warehouse, "c", {"announced_on": date(2026, 3, 3)})
    assert groups(warehouse) == [["a0", "b1", "c0"], ["a1", "b0"]]
    assert warehouse.execute(
        "select amount_difference_usd, amount_difference_pct, date_difference_days, tellings from core.funding_match "
        "where round_id = 'b | 1 | equity'"
    ).fetchall() == [(-10.0, -10.0, 1, 3)]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 200), st.sampled_from([None, 50.0, 90.0, 100.0])),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=25, deadline=None)
def test_no_report_is_lost_and_no_source_counts_twice_in_a_group(prepared, rounds):
    prepared.execute("delete from base.funding_round")
    for source in {source for source, _, _ in rounds}:
        told = [
            {"announced_on": date(2026, 1, 1) + timedelta(days=day), "amount_usd": amount}
            for name, day, amount in rounds
            if name == source
        ]
        tell(prepared, source, *told)
    found = groups(prepared)
    assert len({telling for group in found for telling in group}) == len(rounds)
    assert sum(map(len, found)) == len(rounds)
    assert all(len({telling[0] for telling in group}) == len(group) for group in found)


# End to end


def materialized(
    now: datetime, *assets: dg.AssetsDefinition, selection: list[str] | None = None
) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        list(assets),
        selection=selection,
        resources={"warehouse": Warehouse(), "clock": Clock(simulated_now=now.isoformat())},
        raise_on_error=False,
    )


def rows(query: str) -> list[tuple[object, ...]]:
    with reading(Settings().database) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch):
    with Sandbox(models=100, week=11) as sandbox:
        for name, address in sandbox.addresses.items():
            monkeypatch.setenv(name, address)
        monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "")
        monkeypatch.setenv("TIDEGAUGE_CONTACT", "Jane Doe jane@example.org")
        monkeypatch.setenv("TIDEGAUGE_SEC_ISSUERS", str(SEC_ISSUERS))
        yield sandbox


def test_every_source_is_in_the_chart_with_the_others_and_counts_once(live):
    now = live.world.now(11)
    assert materialized(now, published_figures, *assets_of("sec_form_d", "epoch_funding")).success
    assert materialized(now, *VIEWS, CHARTS, selection=FUNDING_CHARTS).success
    before = rows("select source, source_id, kind, recorded_at from base.funding_round order by all")
    filings = rows("select count(*) from base.form_d_filing")
    assert materialized(live.world.now(12), *assets_of("sec_form_d", "epoch_funding")).success
    assert rows("select source, source_id, kind, recorded_at from base.funding_round order by all") == before
    assert rows("select count(*) from base.form_d_filing") == filings
    assert rows("select basis, source, count(*) from charts.funding group by all order by all") == [
        ("measured", "sandbox_sec_form_d", 6),
        ("published", "databricks_form_d_2026", 1),
        ("published", "dataku_2023", 5),
        ("published", "sandbox_epoch_funding", 8),
        ("published", "techcrunch_hugging_face_2023", 1),
        ("published", "techcrunch_together_2023", 1),
    ]
    # The two offerings in 2025 and 2026, and Epoch's rounds of 52 and 14 million, which differ by 2 million each.
    assert rows(
        "select amount_usd, low_usd, high_usd, rounds, rounds_in_dispute from charts.funding_total where company = 'Quillmark AI'"
    ) == [(62e6, 62e6, 66e6, 2, 2)]
    assert rows(
        "select amount_usd, rounds_undisclosed from charts.funding_total where company = 'Marginalia Models'"
    ) == [(33e6, 1)]
    assert rows(
        "select amount_usd, rounds from charts.funding_total where company = 'All companies' and not made_up"
    ) == [(651.5e6 + 4_999_997_255, 6)]
    # Real figures and those of the sandbox: each agrees with its total.
    summed = "select sum(amount_usd) filter (counts_once), sum(amount_usd) from charts.funding where {} source like 'sandbox_%'"
    total = "select amount_usd from charts.funding_total where company = 'All companies' and made_up"
    ((once, reported),) = rows(summed.format(""))
    assert rows(total) == [(once,)]
    assert once < reported
    real = 651.5e6 + 4_999_997_255
    assert rows(summed.format("not")) == [(real, real + 235e6 + 102e6)]
    # 2026, by hand from the lists of the stand-ins, in millions: four offerings, then two rounds that only Epoch tells.
    in_2026 = summed.format("year(announced_on) = 2026 and")
    assert rows(in_2026) == [((12 + 118 + 60 + 7 + 33 + 25) * 1e6, 449e6)]
    undeclared = "select distinct source from charts.funding where source not in (select source from meta.source)"
    assert rows(undeclared) == []


def test_talk_that_becomes_a_round_keeps_both_versions(live):
    live.week = 3
    assert materialized(live.world.now(3), *assets_of("epoch_funding")).success
    live.week = 11
    assert materialized(live.world.now(11), *assets_of("epoch_funding")).success
    assert rows(
        "select status, amount_usd, excluded from base.funding_round where source_id = 'Quillmark AI – 2026-09' "
        "order by recorded_at"
    ) == [("Late discussions", 1e11, "not_closed"), ("Closed", 14e6, None)]


def test_after_a_failure_the_old_rows_stay(live, monkeypatch):
    assert materialized(live.world.now(11), *assets_of("epoch_funding")).success
    before = rows("select * from core.funding_round order by all")
    body = table(row(equity="five"))
    with Replay(
        [], before=lambda n, path: Reply(body, 200, {"Content-Type": "text/csv", "x-tidegauge-sandbox": "1"})
    ) as odd:
        monkeypatch.setenv("TIDEGAUGE_EPOCH_URL", odd.url)
        result = materialized(live.world.now(12), *assets_of("epoch_funding"))
    ((_, reason),) = uncollected_sources(result).items()
    assert "Funding (equity)" in reason
    assert rows("select * from core.funding_round order by all") == before
    assert rows("select status from meta.collection order by started_at") == [("complete",), ("failed",)]


def test_a_page_that_is_not_there_is_reported_by_its_status(monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "")
    with Sandbox(models=100) as sandbox:
        monkeypatch.setenv("TIDEGAUGE_EPOCH_URL", sandbox.addresses["TIDEGAUGE_EPOCH_URL"] + "/elsewhere")
        finding = next(found for found in run_probes(Settings()) if found.service == "epoch_funding")
    assert not finding.works
    assert "404" in finding.verdict


def test_the_doctor_says_what_works(live):
    found = {finding.service: finding for finding in run_probes(Settings())}
    assert found["epoch_funding"].verdict == "works, 11 funding rounds"
    assert found["sec_form_d"].verdict == "works, 5 Form D filings of CIK 9900001"


def test_the_doctor_says_that_a_list_is_missing(live, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SEC_ISSUERS", "/nowhere/sec_issuer.csv")
    finding = next(found for found in run_probes(Settings()) if found.service == "sec_form_d")
    assert not finding.works
    assert "sec_issuer.csv:1: the file is missing" in finding.verdict


def test_the_sandbox_has_no_figure_for_a_real_issuer(live, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SEC_ISSUERS", str(Settings.model_fields["sec_issuers"].default))
    result = materialized(live.world.now(11), *assets_of("sec_form_d"))
    assert set(uncollected_sources(result)) == {"funding__sec_form_d"}
    assert rows("select count(*) from base.form_d_filing") == [(0,)]


def test_the_lists_are_sound(tmp_path: Path):
    names = company_names()
    assert names["Mistral"] == "Mistral AI"
    assert not set(names) & set(names.values()), "a name under which a company is kept is no other name"
    pinned = sec_issuers(Settings.model_fields["sec_issuers"].default)
    assert pinned == {
        1587468: "Databricks", 2002695: "xAI", 2079267: "xAI", 1686725: "Groq", 1972171: "Perplexity",
    }  # fmt: skip
    assert not pinned.keys() & sec_issuers(SEC_ISSUERS).keys(), "the sandbox's issuers are made up"
    assert all(cik >= 9_900_000 for cik in sec_issuers(SEC_ISSUERS))
    wrong = tmp_path / "other" / "sec_issuer.csv"
    wrong.parent.mkdir()
    wrong.write_text("cik,company,legal_name,evidence,note\n1798355,Cohere,Cohere Inc.,x,\n")
    with pytest.raises(ValueError, match=r"sec_other_issuer.csv does not list"):
        sec_issuers(wrong)
    twice = tmp_path / "sec_issuer.csv"
    twice.write_text("cik,company,legal_name,evidence,note\n1,A,A Inc.,x,\n1,B,B Inc.,x,\n")
    with pytest.raises(ValueError, match=r"sec_issuer.csv:3: column cik: 1 occurs already"):
        sec_issuers(twice)


def test_the_address_of_the_file_is_the_one_that_is_known():
    assert FILE == "data/ai_companies_funding_rounds.csv"
