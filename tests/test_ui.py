"""The Dagster UI after a demonstration, in a real Chromium: what a watcher finds there."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from browsing import chromium
from playwright.sync_api import Page, expect
from releases import Releases

PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def ui(releases: Releases) -> Iterator[str]:
    """Serve the UI of the demonstration as a person does; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "tidegauge"), "ui", "--demo", "--port", str(port)]
    settings = {"TIDEGAUGE_HOME": str(releases.home.parent), "DAGSTER_DISABLE_TELEMETRY": "1"}
    served = subprocess.Popen(
        command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    )
    address = f"http://127.0.0.1:{port}"
    try:
        begun = time.monotonic()
        while not answers(address):
            assert served.poll() is None, "the UI ended"
            assert time.monotonic() - begun < PATIENCE_SECONDS, "the UI does not answer"
            time.sleep(0.2)
        yield address
    finally:
        os.killpg(served.pid, 15)
        served.wait()


def answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/server_info", timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="module")
def page(ui) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1600})
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        yield page


def test_a_chart_shows_its_picture_its_figures_and_how_it_is_made(ui, page):
    page.goto(f"{ui}/assets/charts/hub_downloads?view=overview")
    for text in ("charts.hub_downloads", "weekly_refresh", "charts_refresh", "How exact period_start is"):
        expect(page.get_by_text(text).first).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="hub_downloads_30d").last).to_be_visible()
    picture = page.get_by_role("row").filter(has_text="picture").first
    picture.get_by_text("[Show Markdown]").click()
    image = page.get_by_role("img", name="charts.hub_downloads")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.naturalWidth") > 100
    page.keyboard.press("Escape")
    page.get_by_role("row").filter(has_text="how it is made").first.get_by_text("[Show Markdown]").click()
    expect(page.get_by_text("How computed.").first).to_be_visible()


def test_the_checks_of_a_release_say_that_all_is_well(ui, page):
    page.goto(f"{ui}/assets/publication/release?view=checks")
    for text in ("every_source_is_fresh", "no_week_is_missing", "Passed"):
        expect(page.get_by_text(text).first).to_be_visible()
    expect(page.get_by_text("sources are fresh").first).to_be_visible()


def test_the_graph_tells_the_story_from_the_sources_to_the_release(ui, page):
    page.goto(f"{ui}/asset-groups")
    for group in ("hub", "lineage", "communities", "funding", "benchmarks", "growth", "charts", "publication"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible()


def test_the_schedule_is_there_and_so_are_the_jobs_of_the_parts(ui, page):
    page.goto(f"{ui}/automation")
    expect(page.get_by_text("every_monday").first).to_be_visible()
    expect(page.get_by_text("At 06:00 AM UTC, only on Monday").first).to_be_visible()
    page.goto(f"{ui}/jobs")
    for job in ("weekly_refresh", "communities_refresh", "release_of_the_rest"):
        expect(page.get_by_text(job).first).to_be_visible()
