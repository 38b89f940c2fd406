"""Hostile services: whatever they say is kept as text, harms nobody who reads it, and stops nothing."""

import ast
import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import duckdb
import pytest
from browsing import chromium, offline
from hostile_release import HostileRelease, published_from_hostile_services
from isal import igzip
from serving import serving

from assets.http.errors import SourceError, unexpected_field
from pipelines.commands import terminal
from pipelines.outcome import Outcome
from pipelines.refresh import ExitCode
from pipelines.sandbox.hostile import TEXTS
from pipelines.status import read_status
from warehouse.pages.charts.registry import CHARTS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> HostileRelease:
    return published_from_hostile_services(tmp_path_factory)


@pytest.fixture(scope="module")
def connection(release: HostileRelease) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(release.published / "tidegauge.duckdb"), read_only=True) as connection:
        yield connection


def steering(text: str) -> set[str]:
    """Return the signs in a text that steer a terminal or turn its reading."""
    return {
        f"U+{ord(letter):04X}"
        for letter in text
        if unicodedata.category(letter) in ("Cc", "Cf") and letter not in "\n\t"
    }


def strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, part in value.items():
                yield from strings(key)
                yield from strings(part)
        case list():
            for part in value:
                yield from strings(part)
        case _:
            pass


def test_only_the_source_that_refused_is_missing(release, connection):
    assert release.failed == {"platforms__docker_hub"}
    assert connection.execute("select count(*) > 200 from core.model").fetchall() == [(True,)]


def test_every_text_of_a_record_is_kept_to_the_letter_or_accounted_for(release, connection):
    landed: dict[str, dict[str, Any]] = {}
    for page in sorted((release.home / "working" / "landing" / "hub").rglob("*.json.gz")):
        landed |= {str(record["_id"]): record for record in json.loads(igzip.decompress(page.read_bytes()))}
    kept = {
        hub_id: (id, author, library, task)
        for hub_id, id, author, library, task in connection.execute(
            "select hub_id, id, author, library, pipeline_tag from core.model"
        ).fetchall()
    }
    aside = {hub_id for (hub_id,) in connection.execute("select hub_id from meta.set_aside").fetchall()}
    names = ("id", "author", "library_name", "pipeline_tag")
    said = {
        hub_id: tuple(record.get(name) for name in names)
        for hub_id, record in landed.items()
        if "constructor" in record
    }
    assert len(said) > 60
    for hub_id, texts in said.items():
        assert kept.get(hub_id) == texts or hub_id in aside, texts
    assert sum(hub_id in kept for hub_id in said) > 0.9 * len(said)
    licences = {licence for (licence,) in connection.execute("select licence from core.model").fetchall()}
    assert any("drop table" in str(licence) or "<script>" in str(licence) for licence in licences)


def test_what_the_other_sources_said_is_there_as_text(connection):
    for table, column in (
        ("core.benchmark_score", "model"),
        ("core.funding_round", "company"),
        ("core.training_run", "model"),
        ("core.form_d_filing", "issuer_name"),
    ):
        found = connection.execute(
            f"select count(*) from {table} where not regexp_full_match({column}, '[A-Za-z0-9 .,/()&_-]*')"
        ).fetchall()
        assert found[0][0] > 0, f"{table}.{column} holds nothing hostile"


def test_what_is_told_steers_no_terminal(release, connection, capsys):
    told = "\n".join(text for line in release.events.splitlines() for text in strings(json.loads(line)))
    assert "status 403" in told
    assert steering(told) == set()
    (reason,) = connection.execute("select reason from meta.collection where source = 'docker_hub'").fetchall()[0]
    assert steering(reason) == set()
    failures = {
        "platforms__docker_hub": str(
            unexpected_field("docker_hub", "\x1b]0;owned\x07", "[bold]name[/]", "a name", "\x1b[2J")
        )
    }
    terminal.report(Outcome(ExitCode.SOURCE_MISSING, failures), release.published)
    found = read_status(release.published)
    assert found is not None
    print(*found.lines(found.published_at), sep="\n")
    out, err = capsys.readouterr()
    assert "docker_hub" in out
    assert "[bold]name[/]" in err, "what a service said is no markup"
    assert steering(out + err) == set()


def test_a_reason_is_legible_whatever_it_is_made_of():
    for text in TEXTS.values():
        error = SourceError("arena", f"found {text}.", kept="all.", remedy="wait.")
        assert steering(str(error)) == set()


def test_the_ui_shows_text_and_no_markup(release):
    for verdict in release.verdicts:
        for value in verdict.metadata.values():
            text = str(value.value)
            for sign in ("<", "](", "```", "!["):
                assert sign not in text.replace(f"\\{sign[0]}", ""), (verdict.check_name, sign)


def test_the_page_runs_nothing_asks_nobody_and_shows_all(release):
    with chromium() as browser, offline(browser) as (context, wrong):
        page = context.new_page()
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.goto((release.published / "index.html").as_uri())
        scripts = page.evaluate("document.scripts.length")
        page.evaluate("drawAll()")
        for details in page.locator("details[data-show]").all():
            details.evaluate("details => details.open = true")
        page.wait_for_timeout(500)
        strange = (
            "img, iframe, object, embed, base, form:not(.vega-bindings), [onerror], [onload], [onfocus], [autofocus]"
        )
        assert page.locator(strange).count() == 0
        assert page.locator("a[href^='javascript:' i]").count() == 0
        assert page.evaluate("document.scripts.length") == scripts
        assert page.evaluate("({}).polluted") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= 1440
        assert page.locator(".panel .empty").count() < page.locator(".panel").count() / 2
        assert "\u202e" not in page.locator("body").inner_text()
        for chart in ("platform_runs", "arena_by_release", "training_cost_steps", "funding"):
            with page.expect_download() as taken:
                page.locator(f"#{chart} [data-take=csv]").click()
            rows = list(csv.reader(io.StringIO(taken.value.path().read_text(encoding="utf-8"), newline="")))
            assert len({len(row) for row in rows}) == 1, "every row has the columns of its header"
            assert [cell for row in rows for cell in row if calculated(cell)] == []
        for embedded in ("arena_by_release", "funding"):
            page.goto((release.published / "embed" / f"{embedded}.html").as_uri())
            page.wait_for_selector(f"#{embedded} [data-drawn]")
        assert wrong == []


def test_the_explorer_runs_nothing_and_shows_all(release, connection):
    hostile = connection.execute(
        "select id from core.model where not regexp_full_match(id, '[\\w.-]+/[\\w.-]+') order by id limit 5"
    ).fetchall()
    odd = connection.execute(
        "select id from core.model where not regexp_full_match(coalesce(pipeline_tag, '') || coalesce(licence, ''), "
        "'[\\w.-]*') order by id limit 5"
    ).fetchall()
    assert hostile or odd
    with serving(release.published) as address, chromium() as browser:
        for (name,) in hostile + odd:
            wrong: list[str] = []
            page = browser.new_page()
            page.on("dialog", lambda dialog, wrong=wrong: wrong.append(dialog.message))
            page.on("console", lambda message, wrong=wrong: wrong.append(message.text))
            page.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
            page.goto(f"{address}/explore.html#{urlencode({'model': name})}")
            page.locator("#picked li").wait_for()
            assert page.evaluate("document.scripts.length") == 1
            assert page.evaluate("({}).polluted") is None
            assert (
                page.locator("img, iframe, object, embed, form, [onerror], [onload], a[href^='javascript:' i]").count()
                == 0
            )
            assert steering(page.locator("body").inner_text()) == set()
            with page.expect_download() as taken:
                page.click("#csv")
            text = taken.value.path().read_text(encoding="utf-8-sig")
            assert [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row if calculated(cell)] == []
            assert wrong == []
            page.close()


def calculated(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    return False


def test_files_for_machines_are_well_formed(release, connection):
    feed = ElementTree.parse(release.published / "feed.xml").getroot()
    assert feed.tag.endswith("feed")
    assert json.loads((release.published / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    for table, query in {"core.model": "select id, author", "charts.arena_by_release": "select model"}.items():
        file = str(release.published / "parquet" / f"{table}.parquet")
        with duckdb.connect() as reader:
            parquet = reader.execute(f"{query} from read_parquet(?) order by all", [file]).fetchall()
        assert parquet == connection.execute(f"{query} from {table} order by all").fetchall()
    assert {chart.key for chart in CHARTS} == {path.stem for path in (release.published / "embed").glob("*.html")}


def test_nothing_was_written_beside_what_belongs_there(release):
    assert {path.name for path in release.home.iterdir()} == {"working", "published"}
    assert not list(ROOT.glob("owned"))
    assert not [path for path in release.home.rglob("*") if path.name in ("CON", "passwd") or steering(path.name)]


def test_values_are_bound_and_only_names_of_our_own_are_pasted_into_sql():
    """Every interpolated expression is listed by file: declared tables and columns, and texts of our own files.

    Whoever adds a line here says by that: no service, and no user, can choose what stands there.
    """
    known = {line for line in (ROOT / "tests" / "data" / "pasted_into_sql.txt").read_text().splitlines() if line}
    found = {
        f"{file.relative_to(ROOT)}: {ast.unparse(part.value)}"
        for folder in ("assets", "pipelines", "warehouse")
        for file in (ROOT / folder).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args
        if call.func.attr in ("execute", "executemany", "sql", "query")
        for part in ast.walk(call.args[0])
        if isinstance(part, ast.FormattedValue)
    }
    assert found == known
