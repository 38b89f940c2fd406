"""The charts page in a real browser without a network: drawings, downloads and accessibility."""

import csv
import io
import struct
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import altair as alt
import duckdb
import pytest
import vl_convert
from axe_playwright_python.sync_playwright import Axe
from browsing import chromium, offline
from playwright.sync_api import Browser, Page
from releases import Releases

from warehouse.pages import vega_bundle
from warehouse.pages.charts.chart import COMPILED, SPECIFICATIONS
from warehouse.pages.charts.registry import CHARTS
from warehouse.pages.drawings import hub, specify
from warehouse.pages.headlines import common_day, read_headlines, sparkline
from warehouse.pages.method_pages import method
from warehouse.pages.page import write_page
from warehouse.pages.page_data import read_panel
from warehouse.pages.text_macros import create_text_macros
from warehouse.pages.thumbnail import specification, thumbnails
from warehouse.tables.charts import hub as charts

KEYS = [chart.key for chart in CHARTS]


@pytest.fixture(scope="module")
def release(releases: Releases) -> Path:
    return releases.published


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def opened(context, page: Path) -> Page:
    opened = context.new_page()
    opened.goto(page.as_uri())
    opened.evaluate("drawAll()")
    return opened


def test_every_chart_of_the_database_is_on_the_page():
    of_the_database = {table.name.removeprefix("charts.") for table in charts.TABLES if not table.is_view}
    # claim_figure has no chart of its own: claim_audit is computed from it.
    assert set(KEYS) == of_the_database - {"claim_figure"}
    assert len(KEYS) == len(set(KEYS))


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (360, "light"), (360, "dark")])
def test_every_chart_is_drawn_with_its_figures_and_without_a_network(release, browser: Browser, width, scheme):
    with offline(browser, width, scheme) as (context, wrong):
        page = opened(context, release / "index.html")
        drawn = page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll(".chart")].map((chart) => [chart.id,
                [...chart.querySelectorAll(".panel")].map((panel) => panel.querySelectorAll(
                    ".mark-symbol path, .mark-rect path, .mark-rule line, .mark-area path").length)]))"""
        )
        assert list(drawn) == KEYS
        for key, marks in drawn.items():
            assert marks, f"{key} has no panel"
            assert min(marks) > 0, f"a panel of {key} is empty: {marks}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page is wider than the screen"
        cut = page.evaluate(
            """() => [...document.querySelectorAll(".canvas svg")].filter((svg) => {
                const [box, room] = [svg.getBoundingClientRect(), svg.closest(".panel").getBoundingClientRect()];
                return box.right > room.right + 1 || box.left < room.left - 1;
            }).map((svg) => svg.closest(".chart").id)"""
        )
        assert cut == [], "drawings are wider than their panels"
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
        assert wrong == []


FOLD = """() => [...document.querySelectorAll("#maker_adoption .panel:first-child svg.marks, .headlines li")]
    .map((one) => one.getBoundingClientRect().bottom <= innerHeight)"""


def test_the_first_screen_answers_who_is_winning(release, browser: Browser):
    with offline(browser) as (context, wrong):
        page = opened(context, release / "index.html")
        chart, *figures = page.evaluate(FOLD)
        assert chart, "the first chart is not on the first screen"
        assert sum(figures) >= 6, figures
        assert page.locator(".newest").inner_text().count("week of") == 1
        assert page.locator(".contents").is_visible()
        assert not page.locator(".menu").is_visible()
        assert wrong == []
    with offline(browser, 390) as (context, wrong):
        page = context.new_page()
        page.goto((release / "index.html").as_uri())
        assert not page.locator(".contents").is_visible()
        page.locator(".menu summary").focus()
        page.keyboard.press("Enter")
        page.locator(".menu a[href='#funding']").click()
        assert not page.locator(".menu a[href='#funding']").is_visible(), "the menu covers what was chosen"
        assert page.evaluate("location.hash") == "#funding"
        assert wrong == []


def test_a_headline_is_the_newest_reading_of_its_line(release):
    with duckdb.connect(str(release / "tidegauge.duckdb"), read_only=True) as connection:
        create_text_macros(connection)
        headlines = {headline.chart: headline for headline in read_headlines(connection)}
        ((day, models),) = connection.execute(
            "select week, models from core.hub_week order by week desc limit 1"
        ).fetchall()
    assert len(headlines) == 8
    assert headlines["hub_models"].on == day
    assert headlines["hub_models"].value == f"{models:,}"
    line = headlines["hub_models"].line
    assert line is not None
    assert line.readings == 3
    assert common_day(list(headlines.values())) == day


def test_a_sparkline_has_gaps_and_needs_three_readings():
    weeks = [date(2026, 11, 2) + timedelta(weeks=number) for number in range(5)]
    assert sparkline([(day, 1.0, 0) for day in weeks[:2]]) is None
    assert sparkline([(weeks[0], 1.0, 0), (weeks[1], None, 0), (weeks[2], 2.0, 0)]) is None
    whole = sparkline([(day, float(number), 0) for number, day in enumerate(weeks)])
    assert whole is not None
    assert whole.path == "M4.0 24.0L26.0 19.0L48.0 14.0L70.0 9.0L92.0 4.0"
    assert (whole.x, whole.y, whole.readings) == (92, 4, 5)
    broken = sparkline([(weeks[0], 5.0, 0), (weeks[1], 5.0, 0), (weeks[3], 5.0, 1), (weeks[4], 5.0, 1)])
    assert broken is not None
    assert broken.path == "M4.0 14.0L26.0 14.0M70.0 14.0L92.0 14.0", "no line is drawn over the missing week"


def test_findings_are_sentences_with_figures(release, browser: Browser):
    with offline(browser) as (context, _):
        page = context.new_page()
        page.goto((release / "index.html").as_uri())
        findings = page.locator(".chart .finding").all_inner_texts()
    for key, finding in zip(KEYS, findings, strict=True):
        assert finding.endswith("."), key
        assert any(letter.isdigit() for letter in finding), (key, finding)
        assert "None" not in finding, finding
        assert "null" not in finding.lower(), finding


def test_a_finding_states_the_figures(release, tmp_path):
    with duckdb.connect() as connection:
        connection.execute(f"attach '{release / 'tidegauge.duckdb'}' as released (read_only)")
        connection.execute("use released")
        write_page(connection, tmp_path)
        ((models, added),) = connection.execute(
            "select models, added_per_month from charts.hub_models where basis = 'measured' order by period_start desc limit 1"
        ).fetchall()
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f"The Hub has {models:,} public models; {added:,} of them were created in the last 30 days." in page


# Its last sentence, on roots without a family, is there only while there are such roots.
LONGER = {"model_derivatives"}


def test_a_title_has_at_most_two_lines_and_one_word_for_closed_models(release, browser: Browser):
    with offline(browser) as (context, _):
        page = context.new_page()
        page.goto((release / "index.html").as_uri())
        lines = page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll(".chart .finding")].map((one) =>
                [one.closest(".chart").id, Math.round(one.clientHeight / parseFloat(getComputedStyle(one).lineHeight))]))"""
        )
        # Sources have their own titles, and in code are names of the database.
        words = page.evaluate(
            """() => { document.querySelectorAll(".sources, .fresh, #sources, code, script").forEach((one) => one.remove());
                return document.body.textContent; }"""
        )
    assert list(lines) == KEYS
    assert {key: count for key, count in lines.items() if count > 2 and key not in LONGER} == {}
    assert "proprietary" not in words.lower()


def download(page: Page, key: str, kind: str) -> bytes:
    page.wait_for_timeout(120)  # Chromium drops, without a word, what a page saves beyond ten files in a second
    with page.expect_download() as download:
        page.locator(f"#{key} [data-take={kind}]").click()
    assert download.value.suggested_filename == f"{key}.{kind}"
    return download.value.path().read_bytes()


@pytest.mark.parametrize("width", [360, 1440])
def test_no_drawing_is_higher_than_the_space_that_is_reserved_for_it(release, browser: Browser, width):
    heights = """() => [...document.querySelectorAll(".panel")].map(panel =>
        [panel.closest(".chart").id, panel.dataset.panel, panel.querySelector(".drawing").offsetHeight])"""
    with offline(browser, width=width) as (context, wrong):
        page = context.new_page()
        page.goto((release / "index.html").as_uri())
        reserved = page.evaluate(heights)
        for panel in page.locator(".panel").all():
            panel.scroll_into_view_if_needed()
            panel.locator(".drawing svg").wait_for()
        assert page.evaluate(heights) == reserved
        assert len(reserved) > 30
        assert wrong == []


def test_the_csv_files_hold_the_tables(release, browser: Browser):
    with (
        offline(browser) as (context, wrong),
        duckdb.connect(str(release / "tidegauge.duckdb"), read_only=True) as connection,
    ):
        page = context.new_page()
        page.goto((release / "index.html").as_uri())
        for key in KEYS:
            text = download(page, key, "csv").decode()
            header, *rows = csv.reader(io.StringIO(text))
            read = connection.execute(f"select * from charts.{key}")
            assert header == [column[0] for column in read.description or ()], key
            assert sorted(rows) == sorted([_written(value) for value in row] for row in read.fetchall()), key
        assert wrong == []


def _written(value: object) -> str:
    """Write a value as JavaScript does."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return str(int(value)) if value == int(value) and abs(value) < 1e21 else repr(value)
        case _:
            return str(value)


def test_missing_and_empty_differ_in_the_csv(release, browser: Browser):
    with offline(browser) as (context, _):
        page = context.new_page()
        page.goto((release / "index.html").as_uri())
        text = download(page, "adoption", "csv").decode()
    composite = next(line for line in text.splitlines() if "data privacy" in line)
    assert ',"",' in composite, "an empty population is an empty text"
    assert ",,," in composite, "a range that was not reported is missing"


def test_the_pictures_are_pictures(release, browser: Browser):
    with offline(browser) as (context, wrong):
        page = opened(context, release / "index.html")
        for key, words in {
            "hub_downloads": (
                "620M",
                "definition changed",
                "since 31 August 2026",
                "made up by the sandbox",
                "release 3",
            ),
            "licence_drift": ("permissive",),
            "community": ("r/LocalLLaMA",),
        }.items():
            svg = ElementTree.fromstring(download(page, key, "svg"))
            text = " ".join(svg.itertext())
            assert svg.tag == "{http://www.w3.org/2000/svg}svg"
            assert all(word in text for word in (*words, "Source: ")), (key, text)
        png = download(page, "hub_downloads", "png")
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", png[16:24])
        assert width >= 1200
        assert height >= 600
        assert wrong == []


# Contrast takes long to measure. All colours come from one theme, and these parts use all of them.
COLOURED = ["header", ".newest", "nav", "#reading", "#hub_downloads", "#adoption", "#funding"]


@pytest.mark.parametrize(
    ("width", "scheme", "parts", "rules"),
    [
        (1440, "light", ["body"], {"rules": {"color-contrast": {"enabled": False}}}),
        (1440, "light", COLOURED, {"runOnly": ["color-contrast"]}),
        (360, "dark", COLOURED, {}),
    ],
)
def test_axe_finds_nothing_serious(release, browser: Browser, width, scheme, parts, rules):
    with offline(browser, width, scheme) as (context, _):
        page = context.new_page()
        page.goto((release / "index.html").as_uri())
        # Open all details, but only one table: all are built the same way, and axe takes a second per thousand cells.
        page.evaluate("document.querySelectorAll('details:not([data-show])').forEach((one) => { one.open = true })")
        page.locator("#adoption [data-show=table] summary").click()
        page.locator("#adoption table").first.wait_for()
        page.locator("#funding [data-take=embed]").click()
        options = {"resultTypes": ["violations"], **rules}
        found = Axe().run(page, context={"include": parts, "exclude": [".canvas"]}, options=options).response
        assert found["passes"], "the rules were applied"
        assert [
            (rule["id"], [node["html"][:200] for node in rule["nodes"]])
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ] == []


def test_the_keyboard_reads_a_chart_and_opens_its_details(release, browser: Browser):
    with offline(browser) as (context, wrong):
        page = context.new_page()
        page.goto((release / "index.html").as_uri())
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the charts"
        panel = page.locator("#hub_downloads .panel:has-text('As reported')")
        panel.locator(".drawing").focus()
        readout = panel.locator(".readout")
        page.wait_for_selector("#hub_downloads .panel:has-text('As reported')[data-drawn]")
        page.keyboard.press("ArrowRight")
        assert readout.inner_text() == "January 2022: 28,000,000 downloads, as reported"
        page.keyboard.press("End")
        assert readout.inner_text().startswith("July 2023: 620,000,000 downloads")
        table = page.locator("#inference_speed details[data-show=table]")
        table.locator("summary").focus()
        page.keyboard.press("Enter")
        table.locator("table").wait_for()
        assert table.locator("caption").inner_text().startswith("Speed of inference: ")
        assert table.locator("thead th[scope=col]").count() > 10
        embed = page.locator("#funding [data-take=embed]")
        embed.focus()
        page.keyboard.press("Enter")
        assert embed.get_attribute("aria-expanded") == "true"
        assert 'src="embed/funding.html"' in page.locator("#funding textarea").input_value()
        assert wrong == []


def test_a_choice_changes_the_drawing(release, browser: Browser):
    with offline(browser) as (context, wrong):
        page = opened(context, release / "index.html")
        panel = page.locator("#gpu_requirements .panel")
        before = panel.locator(".canvas").inner_html()
        panel.locator("select").select_option("RTX 4090, 4 bits")
        page.wait_for_function(
            "before => document.querySelector('#gpu_requirements .canvas').innerHTML !== before", arg=before
        )
        panel.locator(".drawing").press("Home")
        assert "RTX 4090, 4 bits" in panel.locator(".readout").inner_text()
        assert wrong == []


def test_each_chart_is_a_page_to_embed(release, browser: Browser):
    assert {path.stem for path in (release / "embed").glob("*.html")} == set(KEYS)
    with offline(browser, 600) as (context, wrong):
        page = context.new_page()
        for key in KEYS[::4]:
            page.goto((release / "embed" / f"{key}.html").as_uri())
            page.wait_for_selector(f"#{key} [data-drawn]")
        assert wrong == []


def test_the_page_is_small_and_allows_nothing_from_outside(release):
    size = (release / "index.html").stat().st_size
    assert size < 5_000_000
    for page in (release / "index.html", release / "embed" / "funding.html"):
        text = page.read_text(encoding="utf-8")
        policy = text.split('Content-Security-Policy" content="')[1].split('"')[0]
        assert policy.startswith("default-src &#39;none&#39;; script-src ")
        assert "unsafe" not in policy
        assert "http" not in policy


@pytest.fixture(scope="module")
def odd(release, tmp_path_factory) -> Path:
    """Return the page of a database with hostile names, an empty chart, and a stale source."""
    folder = tmp_path_factory.mktemp("odd")
    hostile = "</script><img src=x onerror=alert(1)>=cmd|'/c'!A1"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{release / 'tidegauge.duckdb'}' as released (read_only)")
        connection.execute("attach ':memory:' as changed")
        connection.execute("copy from database released to changed")
        connection.execute("use changed")
        connection.execute("update charts.platform_runs set model = ? || model, platform = ?", [hostile, hostile])
        connection.execute("update charts.arena_by_release set model = ? || model", ["\x01\u202e" + "x" * 100_000])
        # HTML, and the list of choices with it, would collapse these blanks.
        connection.execute(
            "update charts.gap_closure set benchmark = ' two  blanks ' || benchmark where basis = 'measured'"
        )
        connection.execute("delete from charts.arena_gap")
        connection.execute(
            "update meta.collection set finished_at = finished_at - interval 30 days where source = 'sandbox_hub'"
        )
        write_page(connection, folder)
    return folder


def test_hostile_names_are_text(odd, browser: Browser):
    with offline(browser) as (context, wrong):
        page = opened(context, odd / "index.html")
        assert page.locator("img").count() == 0
        assert "</script><img src=x" in page.locator("#platform_runs .finding").inner_text()
        rows = list(csv.DictReader(io.StringIO(download(page, "platform_runs", "csv").decode())))
        assert all(row["model"].startswith("</script><img src=x onerror=alert(1)>=cmd|") for row in rows)
        for key in ("platform_runs", "arena_by_release"):
            ElementTree.fromstring(download(page, key, "svg"))
        assert "\u202e" not in page.locator("#arena_by_release").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= 1440
        assert page.locator("#gap_closure .panel:has-text('by release date') .mark-symbol path").count() > 0
        assert wrong == []


def test_a_figure_as_text_is_rounded_correctly():
    expected = {
        "short(999999)": "1M",
        "short(9999.7)": "10K",
        "percent(-0.0001)": "0%",
        "percent(-0.04)": "−0.04%",
        "percent(1::double / 0)": None,
        "whole(1e30)": None,
        "warned('overlapping_windows, definition_changed')": ", across a change of definition",
        "warned(null)": "",
    }
    with duckdb.connect() as connection:
        create_text_macros(connection)
        assert connection.execute(f"select {', '.join(expected)}").fetchone() == tuple(expected.values())


def test_an_empty_chart_and_a_stale_source_are_marked(odd, browser: Browser):
    with offline(browser) as (context, wrong):
        page = opened(context, odd / "index.html")
        assert page.locator("#arena_gap .finding").inner_text().endswith("There are no figures yet.")
        assert page.locator("#arena_gap .empty").count() == 1
        stale = page.locator("#hub_models .panel:has-text('counted every week')")
        assert "not collected since" in stale.locator(".tag.stale").inner_text()
        assert "not collected since" in stale.locator(".canvas").inner_html()
        assert page.locator("#hub_models .panel:has-text('Models, as reported') .tag.stale").count() == 0
        assert page.locator("#benchmark_gap .tag.stale").count() == 0
        assert wrong == []


def test_the_bundled_script_has_the_locked_version():
    with vega_bundle.FILE.open(encoding="utf-8") as script:
        assert script.readline() == vega_bundle.header(), "rebuild it: python -m warehouse.pages.vega_bundle"


def test_methods_are_rendered_without_html_of_their_own():
    assert "<table>" in method("growth")
    assert 'href="#method-growth"' in method("hub_models")
    assert "<h1" not in method("hub_models")


def test_every_chart_with_figures_has_a_small_picture(release):
    with duckdb.connect(str(release / "tidegauge.duckdb"), read_only=True) as connection:
        pictures = dict(thumbnails(connection, CHARTS, width=320))
        filled = {
            chart
            for chart in CHARTS
            if any(connection.execute(panel.select, panel.parameters).fetchone() for panel in chart.panels)
        }
    assert len(filled) > 20
    assert pictures.keys() == filled
    for chart, picture in pictures.items():
        drawing = ElementTree.fromstring(picture)
        assert drawing.tag.endswith("svg"), chart.key
        assert float(drawing.attrib["width"]) >= 300, chart.key
        assert drawing.findall(".//{*}path"), chart.key


def test_a_thumbnail_equals_the_drawing_of_vega_lite(release):
    newest = vl_convert.get_vegalite_versions()[-1]
    with duckdb.connect(str(release / "tidegauge.duckdb"), read_only=True) as connection:
        create_text_macros(connection)
        panels = [panel for chart in CHARTS for panel in chart.panels]
        drawn = [one for panel in panels if (one := read_panel(connection, panel, [], {}, datetime.now(UTC)))]
    assert len(drawn) > 30
    for one in drawn:
        filled = specification(one, 320)
        rows = {data["name"]: data["values"] for data in filled["data"] if data["name"] in ("rows", "ends")}
        whole = specify.pictured(one.panel.drawing)
        whole |= {"width": 320, "height": one.height, "datasets": whole["datasets"] | rows}
        assert vl_convert.vega_to_svg(filled) == vl_convert.vegalite_to_svg(whole, vl_version=newest), one.panel.drawing


def test_the_specifications_match_the_drawings_and_the_schema_of_vega_lite():
    for file, of in (SPECIFICATIONS, specify.specified), (COMPILED, specify.compiled):
        assert file.read_text(encoding="utf-8") == specify.contents(of), (
            "run python -m warehouse.pages.drawings.specify"
        )


def test_an_invalid_drawing_is_rejected(monkeypatch):
    wrong = alt.LayerChart(layer=[alt.Chart(alt.NamedData(name="rows")).mark_bar()], width="container")
    wrong.height = "a lot"
    monkeypatch.setattr(hub, "weekly_downloads", lambda: wrong)
    with pytest.raises(alt.utils.schemapi.SchemaValidationError):
        specify.specified("hub.weekly_downloads")
