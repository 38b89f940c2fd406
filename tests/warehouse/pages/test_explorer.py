"""explore.html in a real browser over a server with ranges: what it finds and shows is what the database says."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import chromium, offline
from playwright.sync_api import Browser, Page
from serving import serving

from warehouse.pages.explorer import build_explorer_page
from warehouse.release.explorer_files import build_explorer

# The page, its scripts and start.json of the demonstration; and one search with one view.
MOST_AT_FIRST = 500_000
MOST_FOR_ONE = 400_000


@dataclass
class Opened:
    """A page, what went wrong in it, and the bytes of the responses that it got."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    parts: list[tuple[str, int]] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.parts)

    def find(self, text: str) -> list[str]:
        """Type a text, wait for the whole index, and return the names that are offered."""
        self.page.fill("#search", text)
        self.page.wait_for_selector(f"body[data-found='{text.lower()}']")
        return self.page.locator("#found .name").all_inner_texts()

    def choose(self, text: str, name: str) -> None:
        """Search for a text, and choose a name of those that are offered."""
        self.find(text)
        self.page.locator("#found li", has=self.page.get_by_text(name, exact=True)).first.click()
        self.page.locator("#picked li", has_text=name).wait_for()

    def figure(self, row: str) -> list[str]:
        """Return a row of the table of figures."""
        return (
            self.page.locator("#table tbody tr", has=self.page.get_by_role("rowheader", name=row, exact=True))
            .locator("td")
            .all_inner_texts()
        )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(demo_release: Path) -> Iterator[str]:
    with serving(demo_release) as address:
        yield address


@contextmanager
def opened(browser: Browser, address: str, hash: str = "", width: int = 1440, **options: Any) -> Iterator[Opened]:
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    one = Opened(context.new_page())
    context.on(
        "console", lambda message: one.wrong.append(message.text) if message.type in ("error", "warning") else None
    )
    context.on("weberror", lambda error: one.wrong.append(str(error.error)))
    context.on("requestfailed", lambda request: one.wrong.append(request.url))
    context.on("response", lambda got: one.parts.append((got.url, int(got.headers.get("content-length", 0)))))
    one.page.goto(f"{address}/explore.html{hash}")
    one.page.wait_for_selector("body[data-shown]")
    yield one
    context.close()


def asked(release: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(release / "tidegauge.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def leading(release: Path) -> list[tuple[Any, ...]]:
    return asked(release, "select id, downloads_30d from models order by downloads_30d desc, id limit 3")


def test_a_model_is_found_by_its_name_and_shows_its_newest_figures(demo_release, browser, address):
    ((name, downloads), *_) = leading(demo_release)
    owner, own = name.split("/")
    ((rank, change, week),) = asked(
        demo_release,
        f"select rank, change_pct_1_week, week from growth.model where id = '{name}' "
        "and week = (select max(week) from base.model_week)",
    )
    with opened(browser, address) as one:
        assert one.bytes < MOST_AT_FIRST, one.parts
        before = one.bytes
        # By the whole name, by the part after the owner, in any case.
        assert name in one.find(f"{owner}/")
        assert name in one.find(own.upper())
        one.choose(own[:6], name)
        assert one.figure("Newest figure") == [f"{downloads:,} downloads in 30 days"]
        assert one.figure("Day of that figure") == [f"{week:%-d %b %Y}"]
        assert one.figure("Rank by downloads") == [f"{rank:,}"]
        assert float(one.figure("Change to 1 week before")[0].replace("−", "-").rstrip("%")) == pytest.approx(
            change, abs=0.051
        )
        assert one.bytes - before < MOST_FOR_ONE, one.parts
        assert one.wrong == []


def test_every_name_that_begins_so_is_found_by_downloads(demo_release, browser, address):
    ((text, models),) = asked(
        demo_release,
        "select lower(id)[:5] as text, count(*) from core.model group by text order by count(*) desc, text limit 1",
    )
    expected = asked(
        demo_release,
        f"""select id from (
                select id, author, downloads_30d from core.model
                left join (from core.model_week where week = (select max(week) from core.model_week)) using (hub_id)
            ) where starts_with(lower(id), '{text}') or starts_with(lower(split_part(id, '/', 2)), '{text}')
            order by downloads_30d desc nulls last limit 1""",
    )
    with opened(browser, address) as one:
        assert models > 8
        assert expected[0][0] in one.find(text)
        # The least known model is found too.
        ((rare,),) = asked(demo_release, "select id from models order by downloads_30d, id desc limit 1")
        assert rare in one.find(rare)
        assert one.find("nothing-has-this-name") == []
        assert one.page.locator("#said").inner_text() == "Nothing has a name that begins so."
        assert one.wrong == []


def test_a_removed_model_and_a_former_name_are_found(demo_release, browser, address):
    removed = asked(
        demo_release, "select id, removed_in from core.model where removed_in is not null order by id limit 1"
    )
    former = asked(
        demo_release,
        "select name.id, model.id from core.model_name as name join core.model as model using (hub_id) "
        "where name.id <> model.id and name.id not in (select id from core.model) order by 1 limit 1",
    )
    assert removed or former, "the demonstration removes and renames"
    with opened(browser, address) as one:
        for name, week in removed:
            one.choose(name, name)
            assert one.figure("Removed in the week of") == [f"{week:%-d %b %Y}"]
            one.page.locator("#picked button").first.click()
        for name, present in former:
            one.find(name)
            one.page.locator("#found li").first.click()
            one.page.locator("#picked li", has_text=present).wait_for()
        assert one.wrong == []


def test_names_are_compared_and_the_link_shows_the_same(demo_release, browser, address):
    (first, _), (second, _), _ = leading(demo_release)
    ((maker, title, downloads),) = asked(
        demo_release, "select maker, title, downloads_30d from makers where maker <> 'other' order by rank limit 1"
    )
    weeks = asked(
        demo_release,
        "select week::varchar, downloads_30d from core.model_week join core.model using (hub_id) "
        f"where id = '{first}' order by week",
    )
    with opened(browser, address) as one:
        one.choose(first, first)
        one.choose(second, second)
        one.choose(maker.lower(), title)
        assert one.page.locator("svg.lines").count() == 1
        assert one.page.locator("svg.lines .series").count() == 3
        assert one.page.locator("svg.lines .series-0 .dot").count() == len(weeks)
        assert one.figure("Newest figure")[2] == f"{downloads:,} downloads in 30 days"
        one.page.locator(".drawing").focus()
        one.page.keyboard.press("End")
        assert f"{weeks[-1][1]:,}" in one.page.locator(".readout").inner_text()
        with one.page.expect_download() as taken:
            one.page.click("#csv")
        rows = list(csv.DictReader(io.StringIO(taken.value.path().read_bytes().decode("utf-8-sig"))))
        assert [(row["day"], int(row["value"])) for row in rows if row["name"] == first] == weeks
        assert all(row["licence"] and row["source"] for row in rows)
        link = one.page.url
        assert one.wrong == []
    with opened(browser, address, link.partition("explore.html")[2]) as again:
        assert again.page.locator("#picked li").count() == 3
        assert again.figure("Newest figure")[2] == f"{downloads:,} downloads in 30 days"
        for scale in ("logarithmic", "first common day = 100"):
            again.page.select_option("#scale", label=scale)
            assert again.page.locator("svg.lines .series").count() == 3
        again.page.locator("#picked button").first.click()
        again.page.locator("#picked li").nth(2).wait_for(state="detached")
        assert first not in again.page.locator("#picked").inner_text()
        again.page.go_back()
        again.page.locator("#picked li").nth(2).wait_for()
        assert again.wrong == []


def test_communities_families_and_authors_have_their_lines(demo_release, browser, address):
    ((family, downloads),) = asked(
        demo_release,
        "select family, downloads_30d from growth.family where week = (select max(week) from growth.family) "
        "order by 2 desc limit 1",
    )
    ((author, of_author, of_models),) = asked(
        demo_release,
        "select author, downloads_30d, models from growth.author where week = (select max(week) from base.model_week) "
        "order by 2 desc limit 1",
    )
    ((entity, source, basis, members),) = asked(
        demo_release,
        "select entity, source, basis, arg_max(members, period_start) from charts.community "
        "where members is not null and basis = 'measured' "
        "group by all order by 4 desc limit 1",
    )
    ((most,),) = asked(
        demo_release, f"select id from models where author = '{author}' order by downloads_30d desc, id limit 1"
    )
    link = f"#family={family}&author={author}&community={entity} · {source} · {basis}"
    with opened(browser, address, link) as one:
        assert one.figure("Newest figure") == [
            f"{downloads:,} downloads in 30 days", f"{of_author:,} downloads in 30 days", f"{members:,} members"
        ]  # fmt: skip
        assert one.figure("Models")[1] == f"{of_models:,}"
        assert one.page.locator(".about li a").all_inner_texts()[0] == most
        # Members and downloads do not share an axis.
        assert one.page.locator("figure.panel").count() == 2
        assert one.wrong == []


def test_a_model_shows_what_is_known_of_it(demo_release, browser, address):
    ((name, children, bits, cards),) = asked(
        demo_release,
        """select model.id, rated.derivatives, model.parameters_b, accelerators_80_gb
           from charts.rating_and_downloads as rated join core.model as model using (hub_id)
           where accelerators_80_gb is not null and rated.derivatives > 0 order by rated.downloads_30d desc limit 1""",
    )
    ((child, parent),) = asked(
        demo_release,
        """select child.id, any_value(parent.id) from core.model_edge as edge
           join core.model as child on child.hub_id = edge.child join core.model as parent on parent.hub_id = edge.parent
           where edge.is_standing and child.removed_in is null
           group by child.id having count(distinct parent.id) = 1 order by child.id limit 1""",
    )
    licences = asked(
        demo_release,
        "select model.id, before, after from core.model_event join core.model as model using (hub_id) "
        "where event = 'relicensed' limit 1",
    )
    with opened(browser, address, f"#model={name}") as one:
        assert one.figure("Built on it")[0].split(":")[0] == str(children)
        assert one.figure("Accelerators of 80 GB at 16, 8, 4 bits")[0].split(",")[0] == str(cards)
        assert one.figure("Parameters") == [f"{bits:,.2f}".rstrip("0").rstrip(".") + " billion"]
        assert one.figure("Rating") != []
        assert one.wrong == []
    with opened(browser, address, f"#model={child}") as one:
        assert parent in one.figure("Built from")[0]
    for changed, before, after in licences:
        with opened(browser, address, f"#model={changed}") as one:
            assert f"{before or 'none'} → {after or 'none'}" in one.page.locator(".about").inner_text()


def test_an_unknown_name_in_a_link_costs_no_other(demo_release, browser, address):
    ((name, _), *_) = leading(demo_release)
    with opened(browser, address, f"#model=nobody/nothing&model={name}&maker=Nobody") as one:
        assert one.page.locator("#picked li").count() == 1
        assert "no model nobody/nothing" in one.page.locator("#said").inner_text()
        assert "no maker Nobody" in one.page.locator("#said").inner_text()
        assert one.wrong == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_the_page_fits_the_screen_and_is_accessible(demo_release, browser, address, width, scheme):
    (first, _), (second, _), _ = leading(demo_release)
    with opened(browser, address, f"#model={first}&model={second}", width, color_scheme=scheme, bypass_csp=True) as one:
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width
        one.page.locator("summary").first.click()
        found = Axe().run(one.page, options={"resultTypes": ["violations"]}).response
        assert found["passes"], "the rules were applied"
        assert [
            (rule["id"], [node["html"][:200] for node in rule["nodes"]])
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ] == []
        assert one.wrong == []


def test_everything_is_of_the_folder_under_a_strict_policy(demo_release, browser, address):
    html = (demo_release / "explore.html").read_text(encoding="utf-8")
    assert "default-src 'self'" in html
    assert "<style" not in html
    assert " style=" not in html
    assert "<script>" not in html
    with opened(browser, address) as one:
        assert {url.split("/explore")[0] for url, _ in one.parts} == {address}
    with opened(browser, address.replace("127.0.0.1", "localhost")) as one:
        assert one.wrong == []
    # As a file, the page says what it needs.
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((demo_release / "explore.html").as_uri())
    assert "tidegauge serve" in page.locator("#served").inner_text()
    context.close()


MANY = 40_000
MOST_DOWNLOADED = """
    select id from core.model join (from core.model_week where week = (select max(week) from core.model_week)) using (hub_id)
    where starts_with(lower(id), '{text}') or starts_with(lower(split_part(id, '/', 2)), '{text}')
    order by downloads_30d desc, id limit 4"""


@pytest.fixture(scope="module")
def large(demo_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the files of the explorer over so many models that the index has two files and forty row groups."""
    folder = tmp_path_factory.mktemp("large")
    database = folder / "tidegauge.duckdb"
    database.write_bytes((demo_release / "tidegauge.duckdb").read_bytes())
    with duckdb.connect(str(database)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            """insert into core.model by name
               select 1000 + n as model_key, printf('%024x', 10000 + n) as hub_id,
                      'maker' || n % 97 || '/' || ['alpha', 'beta', 'gamma', 'delta'][1 + n % 4] || '-' || n as id,
                      timestamptz '2024-01-01' as created_at, week as name_since, week as first_seen, week as last_seen,
                      hash(n) % 100000 as downloads_30d_now
               from range(?) as t(n) cross join (select max(week) as week from base.model_week)""",
            [MANY],
        )
        connection.execute(
            """insert into base.model_week select week, 1000 + n, hash(n) % 100000, null, null
               from range(?) as t(n) cross join (select max(week) as week from base.model_week)""",
            [MANY],
        )
    build_explorer(database, folder, folder)
    build_explorer_page(database, folder)
    return folder


def test_an_answer_costs_little_however_many_models_there_are(large, browser):
    assert len(list((large / "explore" / "names").iterdir())) == 2
    for text in ("a", "gamma", "maker1", "delta-39", "maker5/alpha-1"):
        expected = [row[0] for row in asked(large, MOST_DOWNLOADED.format(text=text))]
        with serving(large) as address, opened(browser, address) as one:
            before = one.bytes
            offered = one.find(text)
            models = [name for name in offered if name in expected]
            assert models == expected, offered
            assert one.bytes - before < MOST_FOR_ONE, one.parts
            one.choose(text, expected[0])
            assert one.bytes - before < 2 * MOST_FOR_ONE, one.parts
            assert one.wrong == []


def test_the_page_of_charts_finds_the_largest_without_a_network(demo_release, browser):
    ((name, downloads), *_) = leading(demo_release)
    ((maker, title, of_maker),) = asked(
        demo_release, "select maker, title, downloads_30d from makers where maker <> 'other' order by rank limit 1"
    )
    weeks = asked(
        demo_release,
        "select week::varchar, downloads_30d from core.model_week join core.model using (hub_id) "
        f"where id = '{name}' order by week",
    )
    assert (demo_release / "index.html").stat().st_size < 2_500_000
    with offline(browser) as (context, wrong):
        one = Opened(context.new_page())
        one.page.goto((demo_release / "index.html").as_uri())
        one.page.locator("nav.contents a[href='#find']").click()
        one.page.wait_for_selector("#search:enabled")
        one.choose(maker.lower(), title)
        one.choose(name.split("/")[1], name)
        assert one.figure("Newest figure") == [
            f"{of_maker:,} downloads in 30 days", f"{downloads:,} downloads in 30 days"
        ]  # fmt: skip
        assert one.page.locator("#find svg.lines .series-1 .dot").count() == len(weeks)
        with one.page.expect_download() as taken:
            one.page.click("#csv")
        rows = list(csv.DictReader(io.StringIO(taken.value.path().read_bytes().decode("utf-8-sig"))))
        assert [(row["day"], int(row["value"])) for row in rows if row["name"] == name] == weeks
        author = one.page.locator("#table a", has_text=name.split("/")[0]).last
        assert author.get_attribute("href").startswith("explore.html#author=")
        # A chart that is chosen from the contents keeps what was found, and a link finds it again.
        one.page.locator("nav.contents a[href='#licences']").click()
        assert one.page.locator("#picked li").count() == 2
        one.page.goto(f"{(demo_release / 'index.html').as_uri()}#model={name}")
        one.page.reload()
        one.page.locator("#picked li", has_text=name).wait_for()
        assert one.find("no-such-name") == []
        assert "explore.html has every name" in one.page.locator("#said").inner_text()
        assert wrong == []
