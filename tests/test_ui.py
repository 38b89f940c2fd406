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
    expect(page.get_by_text("How fast", exact=False).or_(page.get_by_text("hub_downloads_30d")).first).to_be_visible()
    expect(page.get_by_text("team:tidegauge").or_(page.get_by_text("tidegauge", exact=True)).first).to_be_visible()
    page.screenshot(path="/tmp/ui_chart.png")
