"""Secrets that are planted, and looked for in everything that a refresh wrote or said.

    python -m tests.stress.canaries --seed 7

Every secret setting holds a canary. A refresh runs as a user starts it, against services that throw the canaries back: in
bodies, headers, links, redirects and content types. Then every file is searched, unpacked, with what was printed and the
command lines of all processes meanwhile. It prints one line for each place and a verdict; exit code 1 if any canary is out.
"""

import argparse
import base64
import gzip
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import duckdb

from pipelines.dagster_storage import write_instance_config
from pipelines.sandbox.faults import Fault, Respond, Status
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.services.sec import SEC_ISSUERS
from pipelines.sandbox.wire import Request, Response

PREFIXES = {
    "HF_TOKEN": "hf_",
    "TIDEGAUGE_REDDIT_CLIENT_ID": "id-",
    "TIDEGAUGE_REDDIT_CLIENT_SECRET": "secret-",
    "TIDEGAUGE_REPLICATE_TOKEN": "r8_",
    "TIDEGAUGE_GITHUB_TOKEN": "ghp_",
    "TIDEGAUGE_ALERT_URL": "hook-",
    "TIDEGAUGE_HEARTBEAT_URL": "ping-",
    "TIDEGAUGE_CONTACT": "person-",
    "HTTP_PROXY": "password-",
}
ECHOES = ("body 401", "body 200", "body 500", "header", "link", "redirect", "content type", "form")


def plant(seed: int) -> dict[str, str]:
    """Return a canary for each secret setting."""
    draw = random.Random(seed)
    return {setting: f"{prefix}{draw.randbytes(12).hex()}Zq" for setting, prefix in PREFIXES.items()}


def environment(canaries: Mapping[str, str], proxy: str) -> dict[str, str]:
    """Return the settings that hold the canaries; `proxy` is where the proxy is said to be."""
    held = dict(canaries)
    for name in ("TIDEGAUGE_ALERT_URL", "TIDEGAUGE_HEARTBEAT_URL"):
        held[name] = f"http://127.0.0.1:9/{canaries[name]}"
    held["TIDEGAUGE_CONTACT"] = f"A Person {canaries['TIDEGAUGE_CONTACT']}@example.org"
    held["HTTP_PROXY"] = held["http_proxy"] = f"http://user:{canaries['HTTP_PROXY']}@{proxy}"
    return held | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


@cache
def forms(canary: str) -> dict[str, bytes]:
    """Return every form in which a canary may be written: what base64 makes of it depends on what stands before."""
    raw = canary.encode()
    shifted = {f"base64 +{n}": base64.b64encode(b"x" * n + raw)[4 if n else 0 : -4] for n in range(3)}
    return {
        "plain": raw,
        "turned round": raw[::-1],
        "percent-encoded": quote(canary, safe="").encode(),
        "every byte percent-encoded": "".join(f"%{byte:02x}" for byte in raw).encode(),
        "hexadecimal": raw.hex().encode(),
        "UTF-16": canary.encode("utf-16-le"),
        **shifted,
    }


@dataclass(frozen=True)
class Leak:
    """A canary that was found: whose it is, in which form, and where."""

    setting: str
    form: str
    where: str


def leaks_in(where: str, content: bytes, canaries: Mapping[str, str]) -> Iterator[Leak]:
    """Look for every canary, in every form, in some bytes."""
    lower = content.lower()
    for setting, canary in canaries.items():
        for form, written in forms(canary).items():
            if written.lower() in lower:
                yield Leak(setting, form, where)


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Return a file as it is, and what is packed in it."""
    raw = path.read_bytes()
    yield str(path), raw
    if path.suffix == ".gz":
        with suppress(OSError, EOFError):
            yield f"{path} unpacked", gzip.decompress(raw)
    elif path.suffix == ".parquet":
        with duckdb.connect() as reader:
            yield f"{path} unpacked", _text(reader, f"read_parquet('{path}')")
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as reader:
            tables = reader.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
            for schema, table in tables:
                yield f"{path} {schema}.{table}", _text(reader, f'"{schema}"."{table}"')
    elif raw.startswith(b"SQLite format 3"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
            yield f"{path} unpacked", "\n".join(reader.iterdump()).encode("utf-8", "surrogateescape")


def _text(reader: duckdb.DuckDBPyConnection, table: str) -> bytes:
    rows = reader.execute(f"select found::varchar from (from {table}) found").fetchall()
    return "\n".join(row[0] or "" for row in rows).encode()


def search(folder: Path, canaries: Mapping[str, str]) -> tuple[int, list[Leak]]:
    """Look into every file below a folder, and at every name; give how many contents were seen, and what was found."""
    seen, leaks = 0, []
    for path in sorted(folder.rglob("*")):
        leaks += leaks_in(f"the name {path}", str(path.relative_to(folder)).encode(), canaries)
        for where, content in contents(path) if path.is_file() else ():
            seen += 1
            leaks += leaks_in(where, content, canaries)
    return seen, leaks


class Echo:
    """A hook of the sandbox that throws back what it was asked with, each time in another way.

    The walk over the Hub is left alone: there is a release to look into. Where a redirect leads, `stranger` listens.
    """

    def __init__(self, seed: int, stranger: str) -> None:
        self._draw = random.Random(seed)
        self._stranger = stranger
        self.done: dict[str, int] = dict.fromkeys(ECHOES, 0)

    def __call__(self, request: Request) -> Fault | None:
        """Choose what befalls a request: every second one at most."""
        if urlsplit(request.target).path in ("/api/models", "/models-json") or self._draw.random() < 0.5:
            return None
        kind = min(ECHOES, key=lambda one: (self.done[one], self._draw.random()))
        self.done[kind] += 1
        return lambda asked, respond: self._fault(kind, asked, respond)

    def _fault(self, kind: str, request: Request, respond: Respond) -> Response:
        said = "; ".join(f"{name}: {value}" for name, value in request.headers.items())
        key = request.headers.get("authorization", said).partition(" ")[2] or said
        body = f'{{"error": "{said} {request.body.decode("utf-8", "replace")}"}}'.encode()
        json = {"Content-Type": "application/json"}
        match kind:
            case "body 401" | "body 200" | "body 500":
                return Status(int(kind[-3:]), body, json)(request, respond)
            case "header":
                answer = respond(request)
                return replace(answer, headers={**answer.headers, "X-Echo": said, "ETag": f'"{key}"'})
            case "link":
                answer = respond(request)
                return replace(
                    answer, headers={**answer.headers, "Link": f'<{request.base}/?key={quote(key)}>; rel="next last"'}
                )
            case "redirect":
                return Status(302, b"", {"Location": f"{self._stranger}/{quote(key)}"})(request, respond)
            case "content type":
                return Status(200, b"{}", {"Content-Type": f"text/html; key={quote(key)}"})(request, respond)
        return Status(403, quote(key).encode(), {"Content-Type": "text/html"})(request, respond)


@contextmanager
def stranger() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Listen at another port; give its address, and the headers and the path of whatever comes."""
    came: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append({**self.headers, "path": self.path})
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", came
        server.shutdown()


@contextmanager
def process_list() -> Iterator[set[bytes]]:
    """Collect the command lines of every process of this machine, four times a second."""
    seen: set[bytes] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.25):
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    seen.add(file.read_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def campaign(seed: int, folder: Path, models: int, say: Callable[[str], None] = print) -> list[Leak]:
    """Run everything in a folder; say what was searched, and give what was found."""
    canaries = plant(seed)
    home, history = folder / "home", folder / "dagster"
    history.mkdir(parents=True)
    write_instance_config(history)
    leaks: list[Leak] = []
    with stranger() as (elsewhere, came), process_list() as commands, Sandbox(models=models, seed=seed) as sandbox:
        sandbox.faults = echo = Echo(seed, elsewhere)
        own = {"TIDEGAUGE_HOME": str(home), "DAGSTER_HOME": str(history), "TIDEGAUGE_SWITCHED_OFF": "",
               "TIDEGAUGE_SEC_ISSUERS": str(SEC_ISSUERS)}  # fmt: skip
        # One service is asked through the proxy, which is not there, or whose address cannot be read.
        proxied = {
            "TIDEGAUGE_PYPISTATS_URL": sandbox.addresses["TIDEGAUGE_PYPISTATS_URL"].replace("127.0.0.1", "localhost")
        }
        for command, proxy, codes in (
            ("refresh", "127.0.0.1:9", {3}), ("doctor", "127.0.0.1:no-port", {1}), ("status", "127.0.0.1:9", {0, 3}),
        ):  # fmt: skip
            settings = {**os.environ, **sandbox.addresses, **proxied, **own, **environment(canaries, proxy)}
            done = subprocess.run(
                [Path(sys.executable).parent / "tidegauge", command], env=settings, capture_output=True, timeout=600
            )
            said = done.stdout + done.stderr
            if done.returncode not in codes or b"Traceback" in said:
                raise RuntimeError(
                    f"tidegauge {command} ended with {done.returncode}:\n{said.decode(errors='replace')}"
                )
            found = list(leaks_in(f"tidegauge {command}", said, canaries))
            say(f"{'printed by ' + command:<28}{len(said):>8,} bytes     {len(found)} leaks")
            leaks += found
    for name, place in (
        ("working", home / "working"),
        ("published", home / "published"),
        ("Dagster's history", history),
    ):
        seen, found = search(place, canaries)
        say(f"{name:<28}{seen:>8,} contents  {len(found)} leaks")
        leaks += found
    found = list(leaks_in("the process list", b"\n".join(commands), canaries))
    say(f"{'process list':<28}{len(commands):>8,} commands  {len(found)} leaks")
    strange = [leak for headers in came for leak in leaks_in("a stranger's request", repr(headers).encode(), canaries)]
    say(f"{'asked of a stranger':<28}{len(came):>8,} requests  {len(strange)} leaks")
    for kind, number in echo.done.items():
        say(f"{'thrown back: ' + kind:<28}{number:>8,} times")
    return leaks + found + strange


def main() -> int:
    """Run the campaign from the command line."""
    arguments = argparse.ArgumentParser(
        prog="python -m tests.stress.canaries", description=(__doc__ or "").split("\n")[0]
    )
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--models", type=int, default=100)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        leaks = campaign(options.seed, Path(folder), options.models)
    for leak in leaks:
        print(f"OUT: {leak.setting}, {leak.form}, in {leak.where}")
    print(f"seed {options.seed}: {'no canary is out' if not leaks else f'{len(leaks)} canaries are out'}")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
