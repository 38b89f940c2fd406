"""The Dagster UI after a demonstration, in a real Chromium: what it shows, and which requests it rejects."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import pytest
import requests
from browsing import chromium
from dagster._utils import safe_tempfile_path_unmanaged
from filelock import FileLock
from playwright.sync_api import Page, expect
from releases import Releases
from replay import Replay, Reply
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pipelines.dagster_storage import write_instance_config
from pipelines.ui.server import UiError, _is_news, _short_temporary_folder, serve
from warehouse.database.file_modes import private_folder

PATIENCE_SECONDS = 120
TIDEGAUGE = str(Path(sys.executable).parent / "tidegauge")
PROXIED = "tide.example.org"


@contextmanager
def serving(*options: str, **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve the UI as a user does, on a free port; yield its address and its process."""
    served = subprocess.Popen(
        [TIDEGAUGE, "ui", "--port", "0", *options],
        env={**os.environ, "DAGSTER_DISABLE_TELEMETRY": "1", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        process_group=0,
    )
    try:
        assert served.stdout
        address = served.stdout.readline().partition(" ")[0]
        begun = time.monotonic()
        while not answers(address):
            assert served.poll() is None, "the UI ended"
            assert time.monotonic() - begun < PATIENCE_SECONDS, "the UI does not answer"
            time.sleep(0.2)
        yield address, served
    finally:
        if served.poll() is None:
            os.killpg(served.pid, signal.SIGTERM)
        served.wait()


@pytest.fixture(scope="module")
def ui(releases: Releases) -> Iterator[str]:
    """Return the address of the UI of the demonstration."""
    home = str(releases.home.parent)
    with serving("--demo", "--read-only", TIDEGAUGE_HOME=home, TIDEGAUGE_UI_HOSTS=PROXIED) as (address, _):
        yield address


def answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/server_info", timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
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
    page.get_by_text("every_source_is_fresh").first.click()
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
    for job in ("weekly_refresh", "communities_refresh", "publication_refresh"):
        expect(page.get_by_text(job).first).to_be_visible()


# Which requests are accepted.

QUERY = json.dumps({"query": "{ version }"})
AS_JSON = {"Content-Type": "application/json"}


def ask(address: str, method: str, path: str, headers: dict[str, str], body: str | None = None) -> tuple[int, str]:
    """Send a request with exactly these headers; `{me}` in one is replaced by the host of the UI."""
    me = urlsplit(address).netloc
    connection = HTTPConnection(me, timeout=30)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": me, **headers}.items():
            connection.putheader(name, value.format(me=me))
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode() if body else None)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://{me}"}, 200),
        ({"Origin": "http://{me}", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Host": PROXIED, "Origin": f"https://{PROXIED}"}, 200),
        ({"Host": f"{PROXIED}:443", "Origin": f"https://{PROXIED}"}, 200),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        # another name that leads here: DNS rebinding
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:3000", "Origin": "http://evil.example:3000"}, 403),
        ({"Host": "127.0.0.1"}, 403),
        ({"Host": "127.0.0.1:1"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": f"{PROXIED}.evil.example"}, 403),
        ({"Host": f"{PROXIED}:8443"}, 403),
        ({"Host": ""}, 403),
        # a page of somebody else, also of another program of this machine
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://{me}.evil.example"}, 403),
        ({"Origin": "http://{me}@evil.example"}, 403),
        ({"Origin": "file://{me}"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[{me}"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": f"https://{PROXIED}"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 403),
        # what a form of another page can send without asking
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "text/plain; application/json"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": ""}, 415),
    ],
)
def test_a_query_is_answered_to_its_own_pages_alone(ui, headers, status):
    found, text = ask(ui, "POST", "/graphql", AS_JSON | headers, QUERY)
    assert found == status, text
    assert ("version" in text) == (status == 200)


@pytest.mark.parametrize("path", ["/graphql", "/graphql%0a", "/graphql?", "/graphql%3f"])
def test_nothing_is_executed_by_a_link(ui, path):
    mutation = "mutation%7BsetNuxSeen%7D"
    for query in (mutation, "%7Bversion%7D"):
        for accept in ("*/*", "text/html"):
            _, text = ask(ui, "GET", f"{path}?query={query}".replace("??", "?"), {"Accept": accept})
            assert '"data"' not in text
    assert ask(ui, "GET", f"/graphql?query={mutation}", {})[0] == 405
    assert ask(ui, "PUT", "/graphql", AS_JSON, QUERY)[0] == 405


def test_a_link_from_elsewhere_opens_a_page_and_no_picture_or_frame_does(ui):
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert ask(ui, "GET", "/", visit)[0] == 200
    for other in ({"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}):
        assert ask(ui, "GET", "/", visit | other)[0] == 403
    headers = requests.get(ui, timeout=30).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "script-src 'nonce-" in headers["Content-Security-Policy"], "Dagster's own policy still holds"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    ("origin", "fits"), [(None, True), ("{ui}", True), ("https://evil.example", False), ("null", False)]
)
def test_a_websocket_is_opened_by_its_own_pages_alone(ui, origin, fits):
    address = f"{ui.replace('http', 'ws', 1)}/graphql"
    asked = {"origin": origin.format(ui=ui)} if origin else {}
    if not fits:
        with pytest.raises(InvalidStatus) as refused:
            connect(address, subprotocols=["graphql-ws"], **asked)
        assert refused.value.response.status_code == 403
        return
    with connect(address, subprotocols=["graphql-ws"], **asked) as opened:
        opened.send('{"type": "connection_init"}')
        assert json.loads(opened.recv(timeout=30)) == {"type": "connection_ack"}


def test_only_this_machine_is_listened_to(ui):
    port = urlsplit(ui).port
    inodes = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
    ]
    assert inodes == [f"0100007F:{port:04X}"]


def test_read_only_changes_nothing(ui):
    for mutation in (
        "mutation { setNuxSeen }",
        'mutation { terminateRun(runId: "x") { __typename } }',
        "query { version } mutation Second { setNuxSeen }",
    ):
        body = json.dumps({"query": mutation, "operationName": "Second" if "Second" in mutation else None})
        status, text = ask(ui, "POST", "/graphql", AS_JSON, body)
        assert status == 400
        assert "read-only" in text
        assert '"data":null' in text.replace(" ", "")
    assert ask(ui, "POST", "/report_asset_materialization/core/model", AS_JSON, "{}")[0] == 401


def test_a_page_of_somebody_else_in_a_real_browser_gets_nowhere(ui, page):
    """A page of another program on this machine, which the browser treats as the same site."""
    tries = """async ui => {
        const query = '{"query": "{ version }"}';
        const as = type => ({method: "POST", body: query, headers: {"Content-Type": type}});
        const told = promise => promise.then(answer => answer.status, error => "blocked");
        const opened = new Promise(resolve => {
            const socket = new WebSocket(ui.replace("http", "ws") + "/graphql", "graphql-ws");
            socket.onopen = () => resolve("open");
            socket.onerror = () => resolve("blocked");
        });
        const image = new Promise(resolve => {
            const picture = new Image();
            picture.onload = () => resolve("seen");
            picture.onerror = () => resolve("blocked");
            picture.src = ui + "/favicon.png";
        });
        return [
            await told(fetch(ui + "/graphql", as("application/json"))),
            await told(fetch(ui + "/graphql", as("text/plain"))),
            await told(fetch(ui + "/graphql?query={version}")),
            await opened,
            await image,
        ];
    }"""
    with Replay([], before=lambda number, path: Reply(b"<p>evil", headers={"Content-Type": "text/html"})) as evil:
        page.goto(evil.url)
        assert page.evaluate(tries, ui) == ["blocked"] * 5
        page.set_content(f"<form action='{ui}/graphql' method=post enctype=text/plain><input name='{QUERY}'></form>")
        with page.expect_navigation():
            page.evaluate("document.forms[0].submit()")
        expect(page.get_by_text("Refused: this comes from a page of another origin")).to_be_visible()
        page.goto(evil.url)
        page.set_content(f"<iframe src='{ui}/jobs'></iframe>")
        page.wait_for_timeout(300)
        assert "weekly_refresh" not in (page.frames[-1].content() if page.frames[-1].url.startswith(ui) else "")
    page.goto(f"{ui}/jobs")
    assert page.evaluate(tries, ui) == [200, 415, 405, "open", "seen"], "its own pages are let in"


@pytest.mark.slow
def test_the_schedule_ticks_and_ends_with_the_ui(home):
    """A UI that keeps running: its daemon works, its own origin may change something, and no process stays behind."""
    (home / "dagster").mkdir(parents=True)
    write_instance_config(home / "dagster")
    settings = {"TIDEGAUGE_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    with serving(**settings) as (address, process):

        def graphql(query: str) -> object:
            status, text = ask(
                address, "POST", "/graphql", AS_JSON | {"Origin": "http://{me}"}, json.dumps({"query": query})
            )
            assert status == 200, text
            return json.loads(text)["data"]

        begun = time.monotonic()
        healthy = '{ instance { daemonHealth { daemonStatus(daemonType: "SCHEDULER") { healthy } } } }'
        while graphql(healthy) != {"instance": {"daemonHealth": {"daemonStatus": {"healthy": True}}}}:
            assert time.monotonic() - begun < PATIENCE_SECONDS, "the daemon does not work"
            time.sleep(0.2)
        schedule = (
            '{repositoryName: "__repository__", repositoryLocationName: "tidegauge", scheduleName: "every_monday"}'
        )
        state = f"{{ scheduleOrError(scheduleSelector: {schedule}) {{ ... on Schedule {{ scheduleState {{ status }} }} }} }}"
        assert graphql(state) == {"scheduleOrError": {"scheduleState": {"status": "RUNNING"}}}
        stop = f"mutation {{ resetSchedule(scheduleSelector: {schedule}) {{ __typename }} }}"
        assert graphql(stop) == {"resetSchedule": {"__typename": "ScheduleStateResult"}}
        (code_server,) = descendants(process.pid)
        os.kill(code_server, signal.SIGKILL)
        begun = time.monotonic()
        working = {"scheduleOrError": {"scheduleState": {"status": "RUNNING"}}}
        while code_server in descendants(process.pid) or not descendants(process.pid) or graphql(state) != working:
            assert time.monotonic() - begun < PATIENCE_SECONDS, "no other code server was started"
            time.sleep(0.2)
        family = descendants(process.pid)
        assert len(family) == 1, "the code server"
        process.terminate()
        assert process.wait(60) == 0
        assert process.stdout
        begun = time.monotonic()
        while any(Path(f"/proc/{one}").exists() for one in family):
            assert time.monotonic() - begun < 20, "something stayed behind"
            time.sleep(0.1)
    with socket.socket() as free:
        assert free.connect_ex(("127.0.0.1", urlsplit(address).port)) != 0


def test_a_port_in_use_is_said_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken, dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        port = taken.getsockname()[1]
        with pytest.raises(UiError, match=f"port {port} cannot be used: Address already in use. Nothing was served"):
            serve(instance, port, read_only=False, daemon=True)


@pytest.mark.parametrize(
    ("starts", "says"),
    [
        ("exec sleep 60", "the code server did not respond in time (it has 1 s to start)"),
        ("exit 1", "the code server exited while it loaded the definitions: see its log above"),
    ],
)
def test_a_code_server_that_does_not_start_is_said_in_a_sentence(starts, says, tmp_path):
    """Dagster starts it with an interpreter that hangs, or exits. (With `exec`, what is stopped is what hangs.)"""
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\ncode_servers: {local_startup_timeout: 1}\n")
    slow = tmp_path / "python"
    slow.write_text(f"#!/bin/sh\n{starts}\n")
    slow.chmod(0o755)
    begin = (
        f"import sys; sys.executable = {str(slow)!r}; from pipelines.commands.app import app; "
        "app(['ui', '--read-only', '--port', '0'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", begin],
        env={**os.environ, "DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert ended.returncode == 1
    told = " ".join(ended.stderr.split())
    assert "DAGSTER_HOME is set: the history of runs and Dagster's settings are those of" in told, (
        "it is not one of ours"
    )
    assert says in told, told
    assert "Nothing was served. Kept: every release, and the history of runs. To do: " in told
    assert "Traceback" not in ended.stderr


def test_a_long_path_of_temporary_files_is_no_obstacle(tmp_path, monkeypatch):
    """Dagster puts the socket of its code server there, whose path may have 107 bytes."""
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with _short_temporary_folder(), socket.socket(socket.AF_UNIX) as unix:
        path = safe_tempfile_path_unmanaged()
        unix.bind(path)
    assert tempfile.gettempdir() == str(long)
    assert not Path(path).exists(), "it cleans up"
    monkeypatch.setattr("pipelines.ui.server._SHORT_FOLDERS", ("/proc/none",))
    with pytest.raises(UiError, match="set TMPDIR"), _short_temporary_folder():
        pass


@pytest.mark.parametrize(
    ("line", "is_read"),
    [
        ("Checking for new runs for sensor: bench_file_dropped", False),
        ("No run requests returned for alert_of_silence, skipping", False),
        ("Sensor bench_file_dropped skipped: no new file in the inbox", False),
        ("1 runs are currently in progress. Maximum is 1, won't launch more.", False),
        ("Evaluating schedule `every_monday` at 2026-12-07 06:00:00 +0000", True),
        ("Completed scheduled launch of run 1 for every_monday", True),
    ],
)
def test_the_log_has_what_happens_and_not_that_nothing_does(line, is_read):
    for level, shown in ((logging.INFO, is_read), (logging.WARNING, True)):
        record = logging.LogRecord("dagster.daemon.SensorDaemon", level, "", 0, line, (), None)
        assert _is_news(record) is shown


def test_one_daemon_at_a_time_works_for_an_instance(tmp_path):
    with (
        dg.DagsterInstance.local_temp(str(tmp_path)) as instance,
        FileLock(private_folder(tmp_path / ".dagster") / "ui.lock"),
        pytest.raises(UiError, match="another `tidegauge ui` is open"),
    ):
        serve(instance, 0, read_only=False, daemon=True)


def descendants(pid: int) -> list[int]:
    children = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return [*children, *(one for child in children for one in descendants(child))]
