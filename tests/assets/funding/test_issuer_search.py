"""`tidegauge review issuers`: names are found in the SEC's quarterly data sets, and proposed for a person to accept."""

import csv
import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import Replay, Reply
from typer.testing import CliRunner

from assets.funding.issuer_search import is_named, quarters_before, read_issuers, search_issuers
from assets.http.errors import NotConfiguredError, SourceError, UnexpectedResponseError
from assets.settings import Settings
from pipelines.commands.app import app
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.services.sec import SEC_ISSUERS
from warehouse.seeds.lists import other_issuers, sec_issuers

QUARTER = (2026, 1)
HEADER = "ACCESSIONNUMBER\tCIK\tENTITYNAME\tCITY\tJURISDICTIONOFINC"
ROWS = [
    ("0000000001", 'Example "AI", Inc.', "DELAWARE"), ("0000000002", "Sample Fund I, L.P.", "CAYMAN ISLANDS"),
    ("0000000003", "Société Exemple", ""), ("0000000001", 'Example "AI", Inc.', "DELAWARE"),
]  # fmt: skip


def tsv(rows=ROWS, header=HEADER):
    return header + "\n" + "".join(f"x\t{cik}\t{name}\tNowhere\t{where}\n" for cik, name, where in rows)


def archive(text=None, name="2026Q1_d/ISSUERS.tsv", **more):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr(name, tsv() if text is None else text)
        for other, content in more.items():
            written.writestr(other, content)
    return packed.getvalue()


def test_an_archive_is_read_row_by_row_each_issuer_once():
    issuers, odd = read_issuers(archive(RELATEDPERSONS="Jane\tDoe"), QUARTER)
    assert [(one.cik, one.name, one.jurisdiction, one.is_vehicle) for one in issuers] == [
        (1, 'Example "AI", Inc.', "DELAWARE", False),
        (2, "Sample Fund I, L.P.", "CAYMAN ISLANDS", True),
        (3, "Société Exemple", "", False),
    ]
    assert odd == []


def test_one_odd_row_costs_that_row_and_many_cost_the_archive():
    many = [(str(cik), f"Company {cik}", "DELAWARE") for cik in range(1, 100)]
    issuers, odd = read_issuers(archive(tsv([*many, ("none", "Odd", "")])), QUARTER)
    assert len(issuers) == 99
    assert len(odd) == 1
    assert "row 101" in odd[0]
    with pytest.raises(UnexpectedResponseError, match="10 odd of 109"):
        read_issuers(archive(tsv([*many, *[("0", "Odd", "")] * 10])), QUARTER)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"PK\x03\x04", archive()[:-30], archive(b"\xff\xfe\xfa"), archive(""), archive("\n"), archive(HEADER),
        archive(name="OFFERING.tsv"), archive(**{"b/ISSUERS.tsv": "x"}), archive(tsv(header="A\tCIK\tCIK\tB\tC")),
        archive(tsv(header=HEADER.replace("ENTITYNAME", "NAME"))), archive(HEADER + "\n" + "x\t" * 9),
        archive("0" * (129 * 2**20)), b"PK\x01\x02" * 101, archive().replace(b"ISSUERS", b"ISSUER5", 1),
    ],
    ids=[
        "empty", "HTML", "a mark alone", "cut short", "not UTF-8", "an empty file", "a blank line", "no rows", "another name",
        "two files", "a column twice", "a column of another name", "too many cells", "too large", "marks of another kind",
        "another name in its directory",
    ],
)  # fmt: skip
def test_a_damaged_archive_is_rejected_in_words(body):
    with pytest.raises(UnexpectedResponseError) as caught:
        read_issuers(body, QUARTER)
    assert "2026q1_d.zip" in caught.value.reason


WHOLE = archive(tsv([(str(cik), f"Company {cik}", "DELAWARE") for cik in range(1, 60)]))


@given(st.integers(0, len(WHOLE)), st.binary(max_size=4), st.integers(0, 8))
@settings(max_examples=150, deadline=None)
def test_whatever_is_damaged_a_cik_keeps_its_name(place, junk, cut):
    try:
        issuers, _ = read_issuers(WHOLE[:place] + junk + WHOLE[place + cut :], QUARTER)
    except SourceError:
        return
    assert all(issuer.name == f"Company {issuer.cik}" for issuer in issuers)


@pytest.mark.parametrize(
    ("legal", "name", "expected"),
    [
        ("X.AI Corp.", "xAI", True), ("X.AI Holdings Corp.", "xai", True), ("Databricks, Inc.", "DATABRICKS", True),
        ("Perplexity AI, Inc.", "Perplexity", True), ("Groq, Inc.", "Groq Inc", True), ("Groqon Inc.", "Groq", False),
        ("MW Databricks SPV LLC", "Databricks", False), ("Example Inc.", "Inc.", False), ("Example Inc.", "", False),
        ("Modular Homes LLC", "Modular", True),  # a person decides
    ],
)  # fmt: skip
def test_a_name_is_compared_word_by_word(legal, name, expected):
    assert is_named(legal, name) is expected


def test_only_complete_quarters_are_read_the_newest_first():
    assert quarters_before(date(2026, 11, 30), 4) == [(2026, 3), (2026, 2), (2026, 1), (2025, 4)]
    assert quarters_before(date(2026, 1, 1), 1) == [(2025, 4)]
    assert quarters_before(date(2009, 4, 1), 60) == [(2009, 1), (2008, 4)]


@pytest.fixture
def sandbox(monkeypatch):
    with Sandbox(models=100, week=11) as running:
        for name, address in running.addresses.items():
            monkeypatch.setenv(name, address)
        monkeypatch.setenv("TIDEGAUGE_CONTACT", "Jane Doe jane@example.org")
        yield running


def review(*arguments):
    result = CliRunner().invoke(app, ["review", "issuers", *arguments])
    return result.exit_code, list(csv.DictReader(io.StringIO(result.stdout))), result.stderr


def test_the_command_proposes_rows_that_the_list_accepts(home, sandbox, tmp_path):
    code, rows, told = review("Quillmark", "Tessellate", "Nobody AI", "--quarters", "20")
    assert code == 0
    assert [(row["cik"], row["company"], row["legal_name"]) for row in rows] == [
        ("9900001", "Quillmark", "Quillmark AI, Inc."),
        ("9900002", "Tessellate", "Tessellate Labs, Inc."),
        ("9900003", "Tessellate", "Tessellate Labs Finance LLC"),
    ]
    assert all("CIK=000" in row["evidence"] for row in rows)
    assert "Tessellate Co-Invest, L.P." in told
    assert "Nobody AI: 0 proposed" in told
    file = tmp_path / "sec_issuer.csv"
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert sec_issuers(file) == {9900001: "Quillmark", 9900002: "Tessellate", 9900003: "Tessellate"}
    assert not (home / "published").exists()


def test_an_issuer_that_is_pinned_is_not_proposed_again(home, sandbox, monkeypatch):
    monkeypatch.setenv("TIDEGAUGE_SEC_ISSUERS", str(SEC_ISSUERS))
    code, rows, told = review("Quillmark", "--quarters", "20")
    assert (code, rows) == (0, [])
    assert "1 pinned already" in told


def test_another_company_of_that_name_is_never_proposed(monkeypatch):
    (cik, legal_name), *_ = other_issuers().items()
    body = archive(tsv([(str(cik), legal_name, "DELAWARE"), ("77", legal_name, "DELAWARE")]))
    with Replay([], before=lambda n, path: Reply(body, 200, {"Content-Type": "application/zip"})) as service:
        monkeypatch.setenv("TIDEGAUGE_SEC_DATA_SETS_URL", service.url)
        monkeypatch.setenv("TIDEGAUGE_CONTACT", "Jane Doe jane@example.org")
        search = search_issuers(Settings(), [legal_name], [QUARTER], other_issuers())
    assert [issuer.cik for issuer in search.found[legal_name]] == [77]


def test_without_a_contact_nothing_is_requested(home, sandbox, monkeypatch):
    monkeypatch.delenv("TIDEGAUGE_CONTACT")
    before = len(sandbox.requests)
    with pytest.raises(NotConfiguredError):
        search_issuers(Settings(), ["Quillmark"], [QUARTER])
    code, rows, told = review("Quillmark")
    assert (code, rows) == (1, [])
    assert "TIDEGAUGE_CONTACT" in told
    assert len(sandbox.requests) == before


def test_a_service_that_fails_ends_with_1_and_no_row(home, sandbox, monkeypatch):
    with Replay([], before=lambda n, path: Reply(b"PK", 200, {"Content-Type": "application/zip"})) as odd:
        monkeypatch.setenv("TIDEGAUGE_SEC_DATA_SETS_URL", odd.url)
        code, rows, told = review("Quillmark", "--quarters", "1")
    assert (code, rows) == (1, [])
    assert "a whole zip archive" in " ".join(told.split())
