"""`tidegauge review` as a process of its own, on a copy of the checkout: what waits, and what a person's keys do to the lists.

The release is written by hand, so that it is known what waits.
"""

import csv
import io
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from warehouses import warehouse_at

from assets.declared_sources import SOURCE_ROWS
from assets.settings import CHECKOUT
from warehouse.database.connection import writing
from warehouse.facts.collections import Collection, record_collection
from warehouse.facts.observations import Observation, record
from warehouse.facts.set_aside_items import SetAside, record_set_aside
from warehouse.facts.versioned_rows import record_versions
from warehouse.seeds import entities, published_figures
from warehouse.tables.benchmarks import BASE_BENCHMARK_SCORE
from warehouse.tables.inference import BASE_INFERENCE_RESULT

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
WEEK = date(2026, 11, 16)
COPIED = ("pipelines", "assets", "warehouse")
_KEPT_OUT = shutil.ignore_patterns("__pycache__", "working", "published", "demo")
_ASKS = re.compile(rb"(?:q quit|\n(?:row|reason)): ")
_COUNTS = re.compile(r"^ *([0-9,]+) (\w+): ", re.MULTILINE)


@dataclass(frozen=True)
class Desk:
    """A copy of the checkout with a release of its own, and the command that reads both."""

    checkout: Path
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(self.checkout),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TIDEGAUGE_HOME": str(self.home),
            "COLUMNS": "200",
            "TERM": "dumb",
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", "from pipelines.commands.app import app; app()", "review", *arguments]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run the command without a terminal; return its exit code, what it printed, and its messages."""
        run = subprocess.run(
            self.command(*arguments), env=self.environment, cwd=self.checkout, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
        return run.returncode, run.stdout, run.stderr

    def answered(self, keys: list[str], *arguments: str) -> str:
        """Run the command on a terminal; send each key when it asks for one; return all that it shows."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            self.command(*arguments), env=self.environment, cwd=self.checkout, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        ) as running:  # fmt: skip
            os.close(theirs)
            shown, waiting = b"", list(keys)
            asked = 0
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                if not select.select([ours], [], [], 1)[0]:
                    continue
                try:
                    shown += os.read(ours, 65536)
                except OSError:  # the process has closed the terminal
                    break
                if len(_ASKS.findall(shown)) > asked and waiting:
                    asked = len(_ASKS.findall(shown))
                    time.sleep(0.2)  # until it reads keys one by one
                    os.write(ours, waiting.pop(0).encode())
            else:
                running.kill()
                pytest.fail(f"it did not end: {shown.decode(errors='replace')}")
            os.close(ours)
            assert running.wait() == 0, shown.decode(errors="replace")
        assert waiting == []
        return shown.decode()

    def file(self, name: str) -> Path:
        return self.checkout / "warehouse" / "seeds" / name

    def rows(self, name: str) -> list[dict[str, str]]:
        with self.file(name).open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))


def model(connection, number, name, *, licence=None, author=None):
    connection.execute(
        """
        insert into core.model by name
        select $key as model_key, $hub_id as hub_id, $id as id, $author as author, '2023-01-01'::timestamptz as created_at,
            $licence as licence, '2026-11-16'::date as name_since, '2026-11-09'::date as first_seen,
            '2026-11-16'::date as last_seen
        """,
        {
            "key": number,
            "hub_id": f"{number:024x}",
            "id": name,
            "author": author or name.split("/")[0],
            "licence": licence,
        },
    )


def formerly(connection, number, name):
    connection.execute(
        "insert into base.model_name by name "
        "select $1 as hub_id, $2 as id, '2026-11-09'::date as first_seen, '2026-11-09'::date as last_seen",
        [f"{number:024x}", name],
    )


def score(label, name):
    return {
        "benchmark": "Arena text", "model": name, "model_group": None, "published_on": date(2026, 11, 12), "score": 1400.0,
        "unit": "rating points", "low": None, "high": None, "votes": None, "rank": None, "organisation": None,
        "licence": label, "openness": "unknown", "released_on": None, "evidence_url": "https://example.org/board",
    }  # fmt: skip


def run_of(name, day):
    return {
        "model": name, "parameters_b": None, "hardware": "h100", "gpus": 8, "framework": "vllm", "precision": "fp8",
        "disaggregated": False, "settings": "", "isl": 1024, "osl": 1024, "concurrency": 4, "counted_per": "GPU",
        "run": "newest", "measured_on": day, "output_tokens_per_second": 1.0, "total_tokens_per_second": 2.0,
        "prompt_tokens_per_second": None, "median_ttft_s": None, "median_tpot_s": None, "median_e2el_s": None,
        "p99_ttft_s": None, "evidence_url": None,
    }  # fmt: skip


def plant(connection, lists):
    """Put one of everything that waits into a release, and beside each something that does not wait."""
    published_figures.load(connection, published_figures.CURATED, NOW, SOURCE_ROWS)
    entities.load(connection)
    # Two unknown licences of three and one model, one spelt unlike a known one; `mit` is known; one model states none.
    for number, licence in enumerate(["odd-terms", "odd-terms", "odd-terms", "MIT-".lower(), "mit", None]):
        model(connection, number, f"somebody/model-{number}", licence=licence)
    connection.execute(
        "insert into base.model_week by name select '2026-11-16'::date as week, model_key, 10 * (model_key + 1) as downloads_30d,"
        " 100 as downloads_all_time, 1 as likes from core.model"
    )
    connection.execute("update core.model set downloads_30d_now = 10 * (model_key + 1)")
    # A notable model was renamed; another had the name of a repository that still exists.
    model(connection, 20, "EleutherAI/gpt-j-6b-renamed")
    formerly(connection, 20, "EleutherAI/gpt-j-6b")
    model(connection, 21, "EleutherAI/elsewhere")
    formerly(connection, 21, "EleutherAI/gpt-neox-20b")
    model(connection, 22, "EleutherAI/gpt-neox-20b")
    # A listed organisation has moved with both its models.
    for number in (30, 31):
        model(connection, number, f"new-home/{number}")
        formerly(connection, number, f"{lists['organisation']}/{number}")
    labels = [("Made-Up Terms", "one"), ("Made-Up Terms", "two"), ("apache 2.0", "three"), ("MODIFIED-MIT", "four")]
    # A name of an open model that matches nothing, and one of a closed model, which has no repository to match.
    others = [
        score("MIT", "unheard-of") | {"openness": "open"}, score("Proprietary", "closed") | {"openness": "proprietary"},
    ]  # fmt: skip
    scores = [*(score(*label) for label in labels), *others]
    record_versions(connection, BASE_BENCHMARK_SCORE, scores, "arena", NOW)
    gone = date(2026, 5, 1)
    runs = [
        run_of(lists["left"], gone), run_of(lists["stays"], date(2026, 11, 1)), run_of("brand-new", date(2026, 11, 2)),
    ]  # fmt: skip
    record_versions(connection, BASE_INFERENCE_RESULT, runs, "inferencex", NOW)
    stars = [
        Observation(
            metric="github_stars", entity=project, period_start=WEEK, date_precision="week", observed_at=NOW, value=5.0,
            qualifier="exact", unit="stars", basis="measured", source="github", attributes=words,
        )
        for project, words in ((lists["project"], {"present_name": "somewhere/else"}), (lists["other_project"], {}))
    ]  # fmt: skip
    record(connection, stars, NOW)
    record_collection(
        connection,
        Collection(
            run_id="1",
            source="pypistats",
            week=WEEK,
            started_at=NOW,
            finished_at=NOW,
            status="partial",
            rows=5,
            reason="x",
        ),
    )
    items = [
        SetAside(lists["package"], "there is no such package (status 404)"),
        SetAside(lists["other_package"], "it timed out (status 503)"),
    ]
    record_set_aside(connection, "pypistats", WEEK, items)
    connection.execute("update meta.warehouse set origin = 'live'")
    connection.execute("insert into meta.release values (7, $1, 9, 1, map {})", [NOW])


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    def listed(file: str, column: str) -> list[str]:
        with (published_figures.CURATED / file).open(encoding="utf-8", newline="") as opened:
            return [row[column] for row in csv.DictReader(opened)]

    models = listed("lists/inferencex_model.csv", "model")
    projects = listed("lists/github_project.csv", "project")
    packages = listed("lists/pypi_package.csv", "package")
    lists = {
        "organisation": listed("lists/hub_organisation.csv", "organisation")[-1],
        "left": models[0],
        "stays": models[1],
        "project": projects[0],
        "other_project": projects[1],
        "package": packages[0],
        "other_package": packages[1],
    }
    database = warehouse_at(tmp_path_factory.mktemp("planted") / "tidegauge.duckdb")
    with writing(database) as connection:
        plant(connection, lists)
    return database, lists


@pytest.fixture
def desk(planted, tmp_path) -> Desk:
    checkout, home = tmp_path / "checkout", tmp_path / "data"
    for folder in COPIED:
        shutil.copytree(CHECKOUT / folder, checkout / folder, ignore=_KEPT_OUT)
    for file in ("pyproject.toml", "dagster.yaml"):
        shutil.copy(CHECKOUT / file, checkout / file)
    (home / "published").mkdir(parents=True)
    shutil.copy(planted[0], home / "published" / "tidegauge.duckdb")
    return Desk(checkout, home)


def printed(text: str) -> dict[tuple[str, ...], list[dict[str, str]]]:
    """Return the rows of each block of CSV by its header."""
    blocks = [list(csv.DictReader(io.StringIO(block))) for block in text.strip().split("\n\n")]
    return {tuple(rows[0]): rows for rows in blocks if rows}


def test_without_a_terminal_it_prints_what_waits_and_changes_no_list(desk, planted):
    _, lists = planted
    before = {file: file.read_bytes() for file in desk.file("").rglob("*.csv")}
    code, text, told = desk.run()
    assert code == 0, told
    assert {file: file.read_bytes() for file in desk.file("").rglob("*.csv")} == before
    renamed = sum(
        cell == "EleutherAI/gpt-j-6b"
        for name in ("family.csv", "lists/model_name.csv", "lists/entity_name.csv", "reference/notable_model.csv")
        for row in desk.rows(name)
        for cell in row.values()
    )
    assert renamed
    counts = {kind: int(number) for number, kind in _COUNTS.findall(told)}
    pinned = {row["company"] for row in desk.rows("lists/sec_issuer.csv")}
    funded = {row["entity"] for row in desk.rows("funding.csv")}
    assert {"Hugging Face", "Mistral AI"} <= funded - pinned
    assert {kind: counts[kind] for kind in ("names", "licences", "labels", "moved", "inferencex", "issuers")} == {
        "names": 1, "issuers": len(funded - pinned),
        # apache 2.0 is listed in other capitals.
        "licences": 2, "labels": 2, "moved": renamed + 3, "inferencex": 2,
    }  # fmt: skip
    assert "4 models count as not classified" in told
    assert "such as unheard-of" in told
    blocks = printed(text)
    licences = next(rows for header, rows in blocks.items() if "licence_class" in header)
    assert [(row["licence"], row["licence_class"], row["permits_commercial_use"]) for row in licences] == [
        ("odd-terms", "", ""), ("mit-", "permissive", "yes"),
    ]  # fmt: skip
    assert "3 models, 60 downloads in 30 days, such as somebody/model-2" in licences[0]["note"]
    labels = next(rows for header, rows in blocks.items() if "openness" in header)
    assert [(row["label"], row["openness"]) for row in labels] == [("Made-Up Terms", ""), ("MODIFIED-MIT", "open")]
    assert "2 models" in labels[0]["note"]
    assert "https://example.org/board" in labels[0]["note"]
    moved = {
        cells
        for rows in blocks.values()
        for row in rows
        for cells in row.values()
        if cells in ("EleutherAI/gpt-j-6b-renamed", "new-home", "somewhere/else", lists["package"])
    }
    assert len(moved) == 4
    assert "EleutherAI/elsewhere" not in text
    assert lists["other_package"] not in [row.get("package") for rows in blocks.values() for row in rows]


def test_one_kind_alone_names_its_evidence(desk, planted):
    _, lists = planted
    code, text, _ = desk.run("inferencex")
    assert code == 0
    (rows,) = printed(text).values()
    assert [(row["key"], row["note"].split("; ")[-1]) for row in rows] == [
        ("brand-new", "proposed: 1 runs from 2026-11-02 to 2026-11-02"),
        (desk.rows("lists/inferencex_model.csv")[0]["key"], "left: last run 2026-05-01"),
    ]
    assert rows[1]["model"] == lists["left"]


def test_one_key_accepts_and_one_leaves_and_no_other_line_changes(desk, planted):
    _, lists = planted
    file = desk.file("lists/github_project.csv")
    before = {each: each.read_bytes() for each in desk.file("").rglob("*.csv")}
    code, text, _ = desk.run("moved")
    assert code == 0
    # The renamed repositories come first, then the organisation, the project, and the package.
    renamed = sum(map(len, printed(text).values())) - 3
    shown = desk.answered(["n"] * (renamed + 1) + ["y", "n"], "moved")
    changed = [each for each, content in before.items() if each.read_bytes() != content]
    assert changed == [file]
    old, new = before[file].decode().splitlines(), file.read_text(encoding="utf-8").splitlines()
    assert len(old) == len(new)
    assert [(left, right) for left, right in zip(old, new, strict=True) if left != right] == [(old[1], new[1])]
    row = desk.rows("lists/github_project.csv")[0]
    assert row["project"] == "somewhere/else"
    assert f"was {lists['project']}: GitHub redirects" in row["note"]
    assert row["note"] in " ".join(shown.split()) or new[1] in shown, "what was added was shown before"
    assert f"1 accepted, 0 refused, {renamed + 2} left, 0 not decided" in shown


def test_a_row_with_an_empty_meaning_is_refused_until_it_is_edited(desk):
    file = desk.file("lists/arena_licence.csv")
    before = file.read_bytes()
    shown = desk.answered(["y", "q"], "labels")
    assert "not accepted, nothing was changed" in shown
    assert "openness" in shown
    assert file.read_bytes() == before
    home, delete_line = "\x01", "\x0b"
    row = "Made-Up Terms,unknown,The board does not say more: https://example.org/board"
    shown = desk.answered(["e", home + delete_line + row + "\r", "y", "q"], "labels")
    assert "1 accepted, 0 refused, 0 left, 1 not decided" in shown
    assert file.read_text(encoding="utf-8") == before.decode() + row + "\n"
    code, text, _ = desk.run("labels")
    assert code == 0
    assert "Made-Up Terms" not in text
    assert "MODIFIED-MIT" in text


def test_quitting_keeps_what_was_accepted_before(desk):
    shown = desk.answered(["y", "q"], "inferencex")
    assert "1 accepted, 0 refused, 0 left, 1 not decided" in shown
    assert desk.rows("lists/inferencex_model.csv")[-1]["key"] == "brand-new"
    code, text, _ = desk.run("inferencex")
    assert code == 0
    assert "brand-new" not in text


REFUSED = "lists/refused_proposal.csv"


def test_a_refused_row_is_kept_back_until_what_was_seen_changes(desk):
    before = {each: each.read_bytes() for each in desk.file("").rglob("*.csv")}
    shown = desk.answered(["r", "no licence, but a name\r", "n"], "labels")
    assert "0 accepted, 1 refused, 1 left, 0 not decided" in shown
    assert [each for each, content in before.items() if each.read_bytes() != content] == [desk.file(REFUSED)]
    (refused,) = desk.rows(REFUSED)
    assert (refused["file"], refused["item"]) == ("lists/arena_licence.csv", "arena Made-Up Terms")
    assert (refused["reason"], refused["refused_on"]) == ("no licence, but a name", f"{datetime.now(UTC).date()}")

    def asked() -> tuple[list[str], str]:
        code, text, told = desk.run("labels")
        assert code == 0, told
        return [row["label"] for rows in printed(text).values() for row in rows], " ".join(told.split())

    labels, told = asked()
    assert labels == ["MODIFIED-MIT"]
    assert f"1 refused proposal is kept back: {desk.file(REFUSED)} has the reasons" in told
    assert "; rows proposed: 1" in told
    _, _, told = desk.run()
    assert dict((kind, number) for number, kind in _COUNTS.findall(told))["labels"] == "1"

    database = desk.home / "published" / "tidegauge.duckdb"
    more = [score("MODIFIED-MIT", "four"), *(score("Made-Up Terms", f"model {number}") for number in range(10))]
    with writing(database) as connection:  # 9 models in place of 2: as many digits
        record_versions(connection, BASE_BENCHMARK_SCORE, more[:10], "arena", NOW + timedelta(days=1))
    assert asked()[0] == ["MODIFIED-MIT"]
    with writing(database) as connection:
        record_versions(connection, BASE_BENCHMARK_SCORE, more, "arena", NOW + timedelta(days=2))
    labels, told = asked()
    assert labels == ["Made-Up Terms", "MODIFIED-MIT"]
    assert "kept back" not in told


def test_a_row_that_is_removed_from_the_refused_ones_is_asked_again(desk):
    desk.answered(["r", "a copy\r", "q"], "inferencex")
    assert "brand-new" not in desk.run("inferencex")[1]
    header, _ = desk.file(REFUSED).read_text(encoding="utf-8").splitlines()
    desk.file(REFUSED).write_text(f"{header}\n", encoding="utf-8")
    assert "brand-new" in desk.run("inferencex")[1]


def test_a_refusal_needs_a_reason_and_an_overdue_review_is_not_refused(desk):
    before = desk.file(REFUSED).read_bytes()
    shown = desk.answered(["r", "\r", "q"], "inferencex")
    assert "not refused, nothing was changed" in shown
    assert "column reason" in " ".join(shown.split())
    assert "0 accepted, 0 refused, 0 left, 2 not decided" in shown
    lists = desk.file("curated_list.csv")
    text = lists.read_text(encoding="utf-8")
    current = re.sub(r",\d{4}-\d\d-\d\d,", f",{datetime.now(UTC).date()},", text)
    overdue = re.sub(r"(lists/gpu_price.csv,[^,]+,)[-0-9]+(,[0-9]+)", r"\g<1>2025-01-05\g<2>", current)
    lists.write_text(overdue, encoding="utf-8")
    assert "not refused: it stays overdue" in desk.answered(["r", "q"], "lists")
    assert desk.file(REFUSED).read_bytes() == before


def test_a_wrong_row_of_the_refused_ones_is_named(desk):
    with desk.file(REFUSED).open("a", encoding="utf-8") as opened:
        opened.write("family.csv,some/model,seen,,2026-12-01\n")
    code, text, told = desk.run("families")
    assert (code, text) == (1, "")
    assert "refused_proposal.csv" in told
    assert "column reason" in told


def test_an_overdue_list_gets_the_day_of_its_review(desk):
    file = desk.file("curated_list.csv")
    text = file.read_text(encoding="utf-8")
    today = f"{datetime.now(UTC).date()}"
    current = re.sub(r",\d{4}-\d\d-\d\d,", f",{today},", text)
    overdue = re.sub(r"(lists/gpu_price.csv,[^,]+,)[-0-9]+(,[0-9]+)", r"\g<1>2025-01-05\g<2>", current)
    file.write_text(overdue, encoding="utf-8")
    shown = desk.answered(["y"], "lists")
    assert "lists/gpu_price.csv was last reviewed on 2025-01-05" in shown
    reviewed = {row["file"]: row["reviewed_on"] for row in desk.rows("curated_list.csv")}
    assert reviewed["lists/gpu_price.csv"] == today
    assert file.read_text(encoding="utf-8") == current


def test_what_the_sandbox_made_up_is_printed_and_never_accepted(desk):
    with writing(desk.home / "published" / "tidegauge.duckdb") as connection:
        connection.execute("update meta.warehouse set origin = 'sandbox'")
    before = {file: file.read_bytes() for file in desk.file("").rglob("*.csv")}
    shown = desk.answered([], "labels")
    assert "add none of them to a list" in " ".join(shown.split())
    assert {file: file.read_bytes() for file in desk.file("").rglob("*.csv")} == before


@pytest.mark.parametrize("arguments", [("--demo", "labels"), ("--demo", "issuers")])
def test_the_demonstration_is_read_if_the_option_stands_first(desk, arguments):
    """The last release of live figures must not be read in its place: its rows can be accepted."""
    code, text, told = desk.run(*arguments)
    assert (code, text) == (1, "")
    assert "To do: tidegauge demo" in " ".join(told.split())


def test_a_wrong_list_is_named_and_nothing_is_changed(desk):
    with desk.file("lists/arena_licence.csv").open("a", encoding="utf-8") as opened:
        opened.write("Broken,perhaps,no such word\n")
    code, text, told = desk.run("labels")
    assert (code, text) == (1, "")
    assert "arena_licence.csv" in told
    assert "perhaps" in told


def test_without_a_release_it_says_what_to_do(desk):
    (desk.home / "published" / "tidegauge.duckdb").unlink()
    code, text, told = desk.run()
    assert (code, text) == (1, "")
    assert "To do: tidegauge refresh" in " ".join(told.split())
