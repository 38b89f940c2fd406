"""`tidegauge serve`: the published folder on loopback, with byte ranges, and nothing else of this machine."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from starlette.testclient import TestClient

from pipelines.commands.serve import application


@pytest.fixture
def served(demo_release: Path, tmp_path: Path) -> Iterator[str]:
    """Serve the demonstration as a user would; yield its address."""
    home = tmp_path / "served"
    home.mkdir()
    (home / "published").symlink_to(demo_release)
    process = subprocess.Popen(
        [Path(sys.executable).with_name("tidegauge"), "serve", "--port", "0"],
        env={"TIDEGAUGE_HOME": str(home), "PATH": "/usr/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def test_a_browser_gets_parts_of_files_with_their_types(served, demo_release):
    index = requests.get(served, timeout=5)
    assert index.url == f"{served}/index.html"
    assert index.headers["content-type"].startswith("text/html")
    script = requests.head(f"{served}/explore/explore.js", timeout=5)
    assert script.headers["content-type"].startswith("text/javascript")
    whole = (demo_release / "explore" / "names" / "0.parquet").read_bytes()
    for asked, part in {"bytes=-8": whole[-8:], "bytes=4-99": whole[4:100]}.items():
        got = requests.get(f"{served}/explore/names/0.parquet?release=3", headers={"Range": asked}, timeout=5)
        assert got.status_code == 206
        assert got.content == part
        assert got.headers["content-range"].endswith(f"/{len(whole)}")
        assert got.headers["content-type"] == "application/vnd.apache.parquet"
    beyond = requests.get(f"{served}/feed.xml", headers={"Range": "bytes=99999999-"}, timeout=5)
    assert beyond.status_code == 416


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    published = tmp_path / "home" / "published"
    (published / ".incoming").mkdir(parents=True)
    (published / "index.html").write_text("the page")
    (published / ".incoming" / "index.html").write_text("not yet published")
    (tmp_path / "home" / "secret").write_text("a key")
    (published / "link").symlink_to(tmp_path / "home" / "secret")
    return TestClient(application(published), base_url="http://127.0.0.1")


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "%2e%2e%2fsecret",
        "link",
        "//../secret",
        ".incoming/index.html",
        "explore",
    ],
)
def test_nothing_outside_of_the_release_is_served(client, path):
    answer = client.get(f"/{path}")
    assert answer.status_code == 404
    assert "key" not in answer.text


def test_a_name_that_only_resolves_to_this_machine_is_refused(client):
    assert client.get("/index.html").text == "the page"
    assert client.get("/index.html", headers={"Host": "rebound.example"}).status_code == 400
    assert client.post("/index.html").status_code == 405


def test_without_a_release_nothing_is_served(tmp_path):
    run = subprocess.run(
        [Path(sys.executable).with_name("tidegauge"), "serve"],
        env={"TIDEGAUGE_HOME": str(tmp_path / "none"), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert "there is no release in" in run.stdout + run.stderr
    assert "tidegauge refresh" in run.stdout + run.stderr
