"""Form D filings: requested with a contact, stored without persons, read strictly, and chained to count once."""

import gzip
import json
import random
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest
from collecting import assets_of, uncollected_sources
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import Replay, Reply

from assets.funding.form_d import Filing, Issuer, Listed, exclusion, read_filing, without_persons
from assets.funding.sec import Sec, fetch_filings, read_listing, read_older, sec
from assets.http.errors import NotConfiguredError, SourceError, UnexpectedResponseError
from assets.landing.responses import ResponseStore
from assets.resources import Clock, Warehouse
from assets.settings import Settings
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.services.sec import SEC_ISSUERS
from pipelines.sandbox.wire import Response
from warehouse.database.connection import reading, writing
from warehouse.database.schema import prepare
from warehouse.facts.versioned_rows import record_versions
from warehouse.seeds.csv_reader import CuratedError
from warehouse.seeds.lists import form_d_excluded, sec_issuers
from warehouse.tables.funding import BASE_FORM_D_FILING

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
LISTED = Listed("0001544190-23-000001", "D/A", date(2023, 1, 31), "primary_doc.xml")
PERSON = b"<relatedPersonName><firstName>Jane</firstName><lastName>Doe</lastName></relatedPersonName>"
# In the form of a recorded amendment.
XML = (
    b"""
<?xml version="1.0"?>
<edgarSubmission>
 <schemaVersion>X0708</schemaVersion><submissionType>D/A</submissionType><testOrLive>LIVE</testOrLive>
 <primaryIssuer><cik>0001544190</cik><entityName>Example Finance, LLC</entityName>
  <issuerPreviousNameList><previousName>Sample Partners, LLC</previousName></issuerPreviousNameList>
  <edgarPreviousNameList><value>None</value></edgarPreviousNameList>
  <yearOfInc><overFiveYears>true</overFiveYears></yearOfInc></primaryIssuer>
 <issuerList><issuer><cik>0001544191</cik><entityName>Example Two, LLC</entityName></issuer></issuerList>
 <relatedPersonsList><relatedPersonInfo>%s</relatedPersonInfo></relatedPersonsList>
 <offeringData>
  <industryGroup><industryGroupType>Other Banking and Financial Services</industryGroupType></industryGroup>
  <typeOfFiling><newOrAmendment><isAmendment>true</isAmendment>
    <previousAccessionNumber>0001544190-19-000002</previousAccessionNumber></newOrAmendment>
   <dateOfFirstSale><value>2017-03-16</value></dateOfFirstSale></typeOfFiling>
  <typesOfSecuritiesOffered><isEquityType>true</isEquityType></typesOfSecuritiesOffered>
  <businessCombinationTransaction><isBusinessCombinationTransaction>false</isBusinessCombinationTransaction>
  </businessCombinationTransaction>
  <salesCompensationList><recipient><recipientName>John Doe</recipientName></recipient></salesCompensationList>
  <offeringSalesAmounts><totalOfferingAmount>8000000</totalOfferingAmount><totalAmountSold>5725051</totalAmountSold>
   <totalRemaining>2274949</totalRemaining></offeringSalesAmounts>
  <signatureBlock><signature><nameOfSigner>Jane Doe</nameOfSigner></signature></signatureBlock>
 </offeringData></edgarSubmission>
"""
    % PERSON
)


def read(body: bytes, listed: Listed = LISTED) -> Filing:
    return read_filing(without_persons(body), listed, TODAY)


READ = read(XML)


def test_a_filing_is_read_as_it_is():
    assert Filing(
        accession="0001544190-23-000001", filed_on=date(2023, 1, 31), is_amendment=True, amends="0001544190-19-000002",
        is_live=True, issuers=(Issuer(1544190, "Example Finance, LLC"), Issuer(1544191, "Example Two, LLC")),
        first_sale_on=date(2017, 3, 16), offered_usd=8e6, sold_usd=5725051.0, remaining_usd=2274949.0,
        industry="Other Banking and Financial Services", is_equity=True, is_debt=False, is_fund=False, is_combination=False,
    ) == READ  # fmt: skip


def test_indefinite_is_unknown_zero_is_real_and_a_sale_may_be_yet_to_come():
    body = XML.replace(b"<value>2017-03-16</value>", b"<yetToOccur>true</yetToOccur>").replace(b">5725051<", b">0<")
    found = read(body.replace(b">8000000<", b">Indefinite<").replace(b">2274949<", b">Indefinite<"))
    assert (found.offered_usd, found.sold_usd, found.remaining_usd, found.first_sale_on) == (None, 0.0, None, None)


def test_no_person_is_left_of_a_filing():
    left = without_persons(XML)
    for name in (b"Jane", b"John", b"Doe", b"relatedPerson", b"signature", b"recipient"):
        assert name in XML
        assert name not in left
    assert without_persons(left) == left


@pytest.mark.parametrize(
    ("pinned", "change", "expected"),
    [
        ({1544190}, (b"", b""), None),
        ({1544191}, (b"", b""), None),
        ({1}, (b"", b""), "other_issuer"),
        ({1544190}, (b"Other Banking and Financial Services", b"Pooled Investment Fund"), "pooled_fund"),
        ({1544190}, (b"isEquityType>", b"isPooledInvestmentFundType>"), "pooled_fund"),
        ({1544190}, (b"Transaction>false<", b"Transaction>true<"), "business_combination"),
        ({1544190}, (b">LIVE<", b">TEST<"), "test"),
    ],
)
def test_what_does_not_count_states_why(pinned, change, expected):
    assert exclusion(read(XML.replace(*change)), pinned) == expected


BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
DAMAGED = {
    "empty": b"",
    "html": b"<!DOCTYPE html><html><body>Your Request Originates from an Undeclared Automated Tool</body></html>",
    "other_xml": b"<error/>",
    "json": b"{}",
    "bomb": BOMB + b"<edgarSubmission>&b;</edgarSubmission>",
    "outside": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><edgarSubmission>&x;</edgarSubmission>',
    "deep": b"<edgarSubmission>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</edgarSubmission>",
    "not_utf8": XML.replace(b"Example", b"\xff\xfe"),
    "encoding": XML.replace(b'"1.0"', b'"1.0" encoding="utf-99"'),
    "multibyte": XML.replace(b'"1.0"', b'"1.0" encoding="utf-7"'),
    "cut": XML[: len(XML) // 2],
    "doubled": XML + XML,
    "nul": XML.replace(b"LIVE", b"LI\0VE"),
    "two_amounts": XML.replace(b"<totalAmountSold>", b"<totalAmountSold>1</totalAmountSold><totalAmountSold>"),
    "no_issuer": XML.replace(b"primaryIssuer", b"someIssuer"),
    "no_first_sale": XML.replace(b"dateOfFirstSale", b"dateOfLastSale"),
    **{
        f"{old.decode()} to {new.decode()}": XML.replace(old, new)
        for old, new in [
            (b">5725051<", b">Indefinite<"), (b">5725051<", b"><"), (b">5725051<", b">-1<"), (b">5725051<", b">NaN<"),
            (b">5725051<", b">1e6<"), (b">5725051<", b">5,725,051<"), (b">5725051<", b">Infinity<"),
            (b">5725051<", b">99999999999999999999<"), (b">8000000<", b">indefinitely<"), (b">2274949<", b">None<"),
            (b">2017-03-16<", b">16.03.2017<"), (b">2017-03-16<", b">2017-02-30<"), (b">2017-03-16<", b">2041-01-01<"),
            (b">2017-03-16<", b">1017-03-16<"), (b"isAmendment>true", b"isAmendment>false"),
            (b"isAmendment>true", b"isAmendment>1"), (b">D/A<", b">D<"), (b">D/A<", b">D/A/A<"),
            (b">0001544190<", b">0000000000<"), (b">0001544190<", b">CIK<"), (b">0001544190-19-000002<", b">the one before<"),
            (b">LIVE<", b"><"), (b"isEquityType>true", b"isEquityType>yes"), (b"Transaction>false", b"Transaction>"),
            (b"Other Banking and Financial Services", b""), (b">Example Finance, LLC<", b"><"),
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_filing_is_rejected_in_words(body):
    with pytest.raises(SourceError) as caught:
        read(body)
    assert "field " in caught.value.reason or "recursion" in caught.value.reason


@given(st.integers(0, len(XML) - 1), st.binary(max_size=3))
@settings(max_examples=150)
def test_a_changed_byte_gives_the_right_figures_or_a_rejection(place, instead):
    body = XML[:place] + instead + XML[place + 1 :]
    try:
        found = read(body)
    except SourceError:
        return
    if not XML[place : place + 1].isdigit() and not any(byte in b"0123456789." for byte in instead):
        assert found.sold_usd == READ.sold_usd
        assert found.offered_usd == READ.offered_usd


# The list of submissions


def submissions(cik: object = "0001544190", files: object = None, **columns: object) -> bytes:
    recent = {
        "accessionNumber": ["0001544190-23-000001", "0001544190-23-000009", "9999999997-08-012345"],
        "form": ["D/A", "8-K", "D"],
        "filingDate": ["2023-01-31", "2023-01-01", "2008-05-01"],
        "primaryDocument": ["xslFormDX01/primary_doc.xml", "a.htm", "9999999997-08-012345.paper"],
        "size": [1, 2, 3],
    }
    return json.dumps(
        {"cik": cik, "name": "X", "filings": {"recent": {**recent, **columns}, "files": files or []}}
    ).encode()


OLDER = "CIK0001544190-submissions-001.json"


def test_the_filings_of_a_list_are_form_d_alone_without_the_folder_of_the_web_page():
    listing = read_listing(submissions(files=[{"name": OLDER, "filingCount": 3}]), 1544190, TODAY)
    assert listing.filings == [LISTED, Listed("9999999997-08-012345", "D", date(2008, 5, 1), None)]
    assert listing.older == [OLDER]
    assert read_listing(submissions(cik=1544190), 1544190, TODAY).filings == listing.filings
    page = json.dumps(json.loads(submissions())["filings"]["recent"]).encode()
    assert read_older(page, OLDER, 1544190, TODAY) == (listing.filings, [])


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html></html>", b"[]", b"{}", b'{"cik": 1}', b"[" * 100_000, b'{"cik": NaN}', b"\xff\xfe", submissions()[:200],
        submissions(cik="0000000001"), submissions(cik="x"), submissions(cik=True), submissions(cik=None),
        submissions(form=["D"]), submissions(size=[1]), submissions(form=None), submissions(form="D/A"),
        submissions(form=["D/A", None, 1]), submissions(filingDate=[None, "2023-01-01", 5]),
        submissions(files=[{"name": "https://elsewhere.example/x.json"}]), submissions(files=[{"name": "../x"}]),
        submissions(files=[{"count": 1}]), submissions(files="none"),
        submissions().replace(b'"recent"', b'"newest"'),
    ],
    ids=range(24),
)  # fmt: skip
def test_a_damaged_list_is_rejected_in_words(body):
    with pytest.raises(SourceError, match=r"field "):
        read_listing(body, 1544190, TODAY)


@pytest.mark.parametrize(
    ("column", "cells", "item", "keeps"),
    [
        ("filingDate", ["2023-01-31", "", 5], "9999999997-08-012345", None),
        ("filingDate", ["31.01.2023", "2023-01-01", "2008-05-01"], LISTED.accession, None),
        ("filingDate", ["2033-01-31", "2023-01-01", "2008-05-01"], LISTED.accession, None),
        ("filingDate", ["2023-02-30", "2023-01-01", "2008-05-01"], LISTED.accession, None),
        ("primaryDocument", ["../../../primary_doc.xml", "a.htm", "b"], LISTED.accession, None),
        ("primaryDocument", ["https://elsewhere.example/x.xml", "a.htm", "b"], LISTED.accession, None),
        (
            "accessionNumber", ["../../secret", "0001544190-23-000009", "9999999997-08-012345"],
            "entry 1 of submissions of CIK 1544190", {"cik": 1544190},
        ),
    ],
)  # fmt: skip
def test_an_odd_entry_of_a_list_costs_itself(column, cells, item, keeps):
    listing = read_listing(submissions(**{column: cells}), 1544190, TODAY)
    assert [(one.item, one.keeps) for one in listing.odd] == [(item, keeps or {"accession_number": item})]
    assert column in listing.odd[0].reason
    assert len(listing.filings) == 1


# Requests


@pytest.fixture
def sandbox(monkeypatch):
    with Sandbox(models=100, week=11) as running:
        for name, address in running.addresses.items():
            monkeypatch.setenv(name, address)
        monkeypatch.setenv("TIDEGAUGE_SWITCHED_OFF", "")
        monkeypatch.setenv("TIDEGAUGE_CONTACT", "Jane Doe jane@example.org")
        monkeypatch.setenv("TIDEGAUGE_SEC_ISSUERS", str(SEC_ISSUERS))
        yield running


def service(sandbox: Sandbox, contact: str = "Jane Doe jane@example.org") -> Sec:
    addresses = sandbox.addresses
    return sec(
        addresses["TIDEGAUGE_SEC_DATA_URL"], addresses["TIDEGAUGE_SEC_WWW_URL"], contact, sec_issuers(SEC_ISSUERS)
    )


def test_every_page_is_requested_and_no_person_is_stored(sandbox, tmp_path):
    answers = ResponseStore(tmp_path, "sec_form_d", date(2026, 11, 16))
    fetched = fetch_filings(answers, service(sandbox), TODAY)
    filings = fetched.filings
    assert (len({f.accession for f in filings}), len(filings), fetched.on_paper) == (15, 15, 0)
    ((cut, keeps, reason),) = ((one.item, one.keeps, one.reason) for one in fetched.set_aside)
    assert (cut, keeps) == ("0009900004-26-000004", {"accession_number": "0009900004-26-000004"})
    assert "not valid XML" in reason
    assert [seen.path for seen in sandbox.requests if "submissions-001" in seen.path]
    landed = [gzip.decompress(path.read_bytes()) for path in answers.folder.glob("*.xml.gz")]
    assert len(landed) == 15
    assert not any(b"Made-Up" in body for body in landed)
    xml = [one for one in answers.stored if one.file.endswith(".xml.gz")]
    assert all(one.original_sha256 and one.original_sha256 != one.sha256 for one in xml)
    answers.accept()
    again = ResponseStore(tmp_path, "sec_form_d", date(2026, 11, 23))
    assert fetch_filings(again, service(sandbox), TODAY).filings == filings
    recent = list(sandbox.requests)[-21:]
    assert [seen.status for seen in recent if "000990000426000004" not in seen.path] == [304] * 20
    assert [one.original_sha256 for one in again.stored] == [one.original_sha256 for one in answers.stored]


def test_what_cannot_be_read_is_not_stored(sandbox, tmp_path):
    sandbox.faults = lambda request: (lambda r, respond: damaged(respond(r))) if request.path.endswith(".xml") else None

    def damaged(answer):
        return type(answer)(200, answer.body[: len(answer.body) * 3 // 4], answer.headers)

    answers = ResponseStore(tmp_path, "sec_form_d", date(2026, 11, 16))
    with pytest.raises(UnexpectedResponseError, match="may name persons"):
        fetch_filings(answers, service(sandbox), TODAY)
    assert not list(answers.folder.glob("*.xml*"))


@pytest.mark.parametrize("contact", [None, "", "Jürgen j@example.org", "a@example.org\r\nX: y"])
def test_without_a_contact_nothing_is_requested(contact):
    with pytest.raises(NotConfiguredError, match="TIDEGAUGE_CONTACT"):
        sec("http://127.0.0.1:9", "http://127.0.0.1:9", contact, [1])


def test_without_an_address_in_the_contact_the_service_refuses(sandbox, tmp_path):
    with pytest.raises(UnexpectedResponseError, match="Undeclared Automated Tool") as caught:
        fetch_filings(ResponseStore(tmp_path, "sec_form_d", date(2026, 11, 16)), service(sandbox, "curl"), TODAY)
    assert caught.value.http_status == 403


def test_both_hosts_share_one_pace_below_ten_requests_a_second():
    live = sec("https://data.sec.gov", "https://www.sec.gov", "Jane jane@example.org", [1])
    assert live.data.pace is live.www.pace
    before = [live.data.pace.wait(), live.www.pace.wait(), live.data.pace.wait()]
    assert before[2] - before[0] >= 0.2


def collect(now: datetime) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        assets_of("sec_form_d"),
        resources={"warehouse": Warehouse(), "clock": Clock(simulated_now=now.isoformat())},
        raise_on_error=False,
    )


def query(text: str) -> list[tuple[object, ...]]:
    with reading(Settings().database) as connection:
        return connection.execute(text).fetchall()


def test_funds_and_tests_are_listed_with_the_reason_and_not_counted(sandbox):
    assert collect(sandbox.world.now(11)).success
    assert query("select accession_number[-2:], exclusion from core.form_d_filing where exclusion is not null order by all") == [
        ("07", "other_issuer"), ("08", "pooled_fund"), ("09", "business_combination"), ("10", "test"),
    ]  # fmt: skip
    assert query("select company, sold_usd, filings, doubt from core.form_d_offering order by all") == [
        ("Ostraca Systems", 6e6, 2, "same_first_sale"), ("Ostraca Systems", 7e6, 1, "alone"),
        ("Quillmark AI", 12e6, 2, None), ("Quillmark AI", 50e6, 3, None),
        ("Tessellate Labs", 60e6, 1, None), ("Tessellate Labs", 118e6, 2, None),
    ]  # fmt: skip


def test_without_contact_or_issuers_the_source_is_skipped(sandbox, monkeypatch, tmp_path):
    none = tmp_path / "sec_issuer.csv"
    none.write_text("cik,company,legal_name,evidence,note\n")
    monkeypatch.setenv("TIDEGAUGE_SEC_ISSUERS", str(none))
    assert collect(sandbox.world.now(11)).success
    monkeypatch.delenv("TIDEGAUGE_CONTACT")
    assert collect(sandbox.world.now(11)).success
    (issuers, contact) = query("select status, reason from meta.collection order by contains(reason, 'CONTACT')")
    assert issuers[0] == contact[0] == "skipped"
    assert "no issuer is pinned" in str(issuers[1])
    assert "requires a contact" in str(contact[1])
    assert not sandbox.requests


def test_issuers_without_any_filing_are_an_error_not_a_zero(sandbox, monkeypatch):
    empty = {name: [] for name in ("accessionNumber", "form", "filingDate", "primaryDocument")}

    def reply(number: int, path: str) -> Reply:
        return Reply(submissions(cik=path[-15:-5], **empty, size=[]), 200, {"x-tidegauge-sandbox": "1"})

    with Replay([], before=reply) as replay:
        monkeypatch.setenv("TIDEGAUGE_SEC_DATA_URL", replay.url)
        result = collect(NOW)
    ((_, reason),) = uncollected_sources(result).items()
    assert "none of the 4 pinned issuers" in reason


# Chains of amendments


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    with writing(tmp_path_factory.mktemp("sec") / "working.duckdb") as connection:
        prepare(connection, NOW)
        yield connection


def chained(connection, *filings):
    """Load filings; return the chains, each as (first, latest, sold, filings, doubt)."""
    connection.execute("delete from base.form_d_filing")
    usual = {
        "company": "Example AI", "cik": 1, "issuer_name": "Example AI, Inc.", "issuers": 1, "is_amendment": False, "amends": None,
        "first_sale_on": None, "offered_usd": None, "remaining_usd": None, "industry": "Other Technology", "is_equity": True,
        "is_debt": False, "exclusion": None, "evidence_url": "https://example.org",
    }  # fmt: skip
    rows = [{**usual, **filing} for filing in filings]
    record_versions(connection, BASE_FORM_D_FILING, rows, "sec_form_d", NOW)
    return connection.execute(
        "select chain, latest_accession_number, sold_usd, filings, doubt from core.form_d_offering order by all"
    ).fetchall()


def filing(number, day, sold, amends=None, *, amendment=None, sale=None, cik=1):
    return {
        "accession_number": number, "filed_on": date(2026, 1, day), "sold_usd": float(sold), "amends": amends, "cik": cik,
        "is_amendment": amends is not None if amendment is None else amendment,
        "first_sale_on": None if sale is None else date(2025, 12, sale),
    }  # fmt: skip


def test_what_is_stated_again_counts_once(warehouse):
    five, eight, same = filing("a", 1, 5e6), filing("b", 2, 8e6, "a"), filing("c", 3, 8e6, "b")
    assert chained(warehouse, same, five, eight) == [("a", "c", 8e6, 3, None)]
    assert warehouse.execute("select new_money_usd from core.form_d_chain order by position").fetchall() == [
        (5e6,), (3e6,), (0.0,),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("filings", "expected"),
    [
        # Both amend the first: the later one counts.
        ([filing("a", 1, 5), filing("b", 9, 7, "a"), filing("c", 3, 6, "a")], [("a", "b", 7.0, 3, None)]),
        # Filed on one day, or listed with days in reverse order: the amendment comes after.
        ([filing("z", 1, 5), filing("a", 1, 7, "z")], [("z", "a", 7.0, 2, None)]),
        ([filing("a", 9, 5), filing("b", 1, 7, "a"), filing("c", 2, 8, "b")], [("a", "c", 8.0, 3, None)]),
        # Two offerings stay two, even with the same first sale.
        ([filing("a", 1, 5, sale=1), filing("b", 2, 7, sale=1)], [("a", "a", 5.0, 1, None), ("b", "b", 7.0, 1, None)]),
        # The predecessor is unknown: the first sale identifies the offering, if only one has it.
        ([filing("a", 1, 5, sale=1), filing("b", 2, 7, "x", sale=1)], [("a", "b", 7.0, 2, "same_first_sale")]),
        ([filing("a", 1, 5, sale=1), filing("b", 2, 7, "x", sale=2)], [("a", "a", 5.0, 1, None), ("b", "b", 7.0, 1, "alone")]),
        (
            [filing("a", 1, 5, sale=1), filing("b", 2, 6, sale=1), filing("c", 3, 7, amendment=True, sale=1)],
            [("a", "a", 5.0, 1, None), ("b", "b", 6.0, 1, None), ("c", "c", 7.0, 1, "alone")],
        ),
        # Amendments of the same unknown filing belong to one offering.
        ([filing("b", 1, 5, "x"), filing("c", 2, 7, "x", sale=1)], [("b", "c", 7.0, 2, "alone, same_first_sale")]),
        ([filing("b", 1, 5, amendment=True), filing("c", 2, 7, amendment=True)],
         [("b", "b", 5.0, 1, "alone"), ("c", "c", 7.0, 1, "alone")]),
        # A filing of another issuer, the filing itself and a cycle are no predecessors.
        ([filing("a", 1, 5), filing("b", 2, 7, "a", cik=2)], [("a", "a", 5.0, 1, None), ("b", "b", 7.0, 1, "alone")]),
        ([filing("a", 1, 5, "a")], [("a", "a", 5.0, 1, "alone")]),
        ([filing("a", 1, 5, "b"), filing("b", 2, 6, "c"), filing("c", 3, 7, "a"), filing("d", 4, 9, "c")],
         [("a", "d", 9.0, 4, "alone")]),
    ],
)  # fmt: skip
def test_a_chain_is_reported_whatever_the_order(warehouse, filings, expected):
    assert chained(warehouse, *filings) == expected
    assert chained(warehouse, *reversed(filings)) == expected


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), min_size=1, max_size=3), st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_the_total_is_the_sum_over_chains_of_the_latest(warehouse, chains, seed):
    """For any order of the filings, and whether each amends the one before it or any earlier one."""
    luck = random.Random(seed)
    filings, expected = [], 0
    for number, amounts in enumerate(chains):
        for position, sold in enumerate(amounts):
            amends = f"{number}-{luck.randrange(position)}" if position else None
            filings.append(
                filing(f"{number}-{position}", 1 + position, sold, amends, sale=luck.choice([None, 1 + number]))
            )
        expected += amounts[-1]
    luck.shuffle(filings)
    found = chained(warehouse, *filings)
    assert sum(sold for _, _, sold, _, _ in found) == expected
    assert sum(count for _, _, _, count, _ in found) == len(filings)
    assert warehouse.execute("select sum(new_money_usd) from core.form_d_chain").fetchone() == (expected,)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 5), st.sampled_from([None, 1, 2])), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_no_filing_is_lost_however_tangled_the_links_are(warehouse, links):
    filings = [filing(str(n), day, n, str(amends), sale=sale) for n, (amends, day, sale) in enumerate(links)]
    found = chained(warehouse, *filings)
    assert sum(count for _, _, _, count, _ in found) == len(filings)
    assert warehouse.execute("select count(distinct accession_number), count(*) from core.form_d_chain").fetchone() == (
        len(filings), len(filings),
    )  # fmt: skip


def test_time_runs_within_a_chain(warehouse):
    chained(warehouse, filing("a", 9, 5), filing("b", 1, 7, "a"))
    assert warehouse.execute("select effective_on - filed_on from core.form_d_chain order by position").fetchall() == [
        (0,),
        (8,),
    ]
    assert timedelta(days=8) == date(2026, 1, 9) - date(2026, 1, 1)


# One odd issuer or filing costs itself


ODD_CIK, ODD_FILING = "CIK0009900003", "000990000126000002"


@pytest.mark.parametrize(
    ("odd", "status", "items", "gone"),
    [
        (ODD_CIK, 404, ["CIK 9900003"], 0),
        (ODD_CIK, 500, ["CIK 9900003"], 0),
        (ODD_FILING, 404, ["0009900001-26-000002"], 0),
        (ODD_FILING, 200, ["0009900001-26-000002"], 0),
    ],
)
def test_an_odd_issuer_or_filing_costs_itself_and_its_rows_stay(sandbox, monkeypatch, odd, status, items, gone):
    monkeypatch.setattr("assets.http.client.FIRST_WAIT_S", 0.0)
    monkeypatch.setattr("assets.http.client.JITTER_S", 0.0)
    assert collect(sandbox.world.now(11)).success
    everything = "select count(*) from core.form_d_filing"
    before = query(everything)
    body = b"<edgarSubmission><a</edgarSubmission>"

    def faults(request):
        return (
            (lambda _r, _respond: Response(status, body, {"Content-Type": "text/xml"})) if odd in request.path else None
        )

    sandbox.faults = faults
    assert collect(sandbox.world.now(11) + timedelta(hours=1)).success
    assert query("select item from meta.set_aside_item where item not like '%-000004' order by 1") == [
        (one,) for one in items
    ]
    assert query("select status from meta.collection order by started_at desc limit 1") == [("partial",)]
    assert query("select count(*) from base.form_d_filing where is_withdrawn") == [(gone,)]
    assert query(everything) == before


def test_a_filing_that_never_fits_is_excluded_by_hand(sandbox, monkeypatch):
    accession = "0009900004-26-000004"
    assert collect(sandbox.world.now(11)).success
    assert query("select item from meta.set_aside_item") == [(accession,)]
    monkeypatch.setattr("assets.funding.sec.form_d_excluded", lambda: {accession: "a tag of it is damaged"})
    seen = len(sandbox.requests)
    assert collect(sandbox.world.now(11) + timedelta(hours=1)).success
    assert query("select item from meta.set_aside_item") == []
    assert not [one for one in list(sandbox.requests)[seen:] if "000990000426000004" in one.path]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("accession,reason\n0001-26-1,x\n", "form_d_excluded.csv:2: column accession"),
        ("accession,reason\n0001234567-26-000001,\n", "form_d_excluded.csv:2: column reason"),
        ("accession,reason\n0001234567-26-000001,a\n0001234567-26-000001,b\n", "form_d_excluded.csv:3"),
    ],
)
def test_the_list_of_excluded_filings_is_checked(tmp_path, text, wrong):
    (tmp_path / "form_d_excluded.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CuratedError, match=wrong):
        form_d_excluded(tmp_path)
    (tmp_path / "form_d_excluded.csv").write_text("accession,reason\n0001234567-26-000001,cut\n", encoding="utf-8")
    assert form_d_excluded(tmp_path) == {"0001234567-26-000001": "cut"}
