"""docs/operations.md has a section for each alert, check, refusal and exit code, and no others."""

import re
from pathlib import Path

import pytest

from pipelines.definitions import definitions
from pipelines.operator_alerts import KINDS as RUN_KINDS
from pipelines.refresh import ExitCode
from warehouse.tables.events import ALERTS, KINDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (.+)\n((?:(?!^##).*\n)*)", PAGE, re.MULTILINE))
REFUSALS = {
    "no_room",
    "no_network",
    "shrunk_list",
    "run_hangs",
    "at_work",
    "damaged_database",
    "wrong_clock",
    "mounted_alone",
}


def test_the_sections_are_the_alerts_checks_refusals_and_exit_codes():
    checks = {key.name for key in definitions().resolve_asset_graph().asset_check_keys}
    codes = {f"exit {code.value}" for code in ExitCode}
    assert SECTIONS.keys() == {*ALERTS, *RUN_KINDS, *checks, *codes, *REFUSALS}


def test_news_is_not_an_alert():
    assert set(KINDS) - set(ALERTS) == {"milestone", "record", "acceleration", "spike"}


@pytest.mark.parametrize("name", sorted(SECTIONS.keys() - {"exit 0", "exit 2", "every_source_is_fresh"}))
def test_a_section_says_what_to_do_and_when_it_is_over(name):
    assert "**To do:**" in SECTIONS[name]
    assert "**Over when**" in SECTIONS[name]


def test_every_link_to_a_section_resolves():
    anchors = {name.lower().replace(" ", "-") for name in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)}
    named = set(re.findall(r"\]\(#([\w-]+)\)", PAGE))
    for folder in ("assets", "pipelines", "warehouse"):
        for file in (ROOT / folder).rglob("*.py"):
            named |= set(re.findall(r"docs/operations\.md#([\w-]+)", file.read_text(encoding="utf-8")))
    named |= set(re.findall(r"docs/operations\.md#([\w-]+)", (ROOT / "dagster.yaml").read_text(encoding="utf-8")))
    assert {"no_room", "run_hangs", "the_disk_has_room", "at_work", "the-history-of-runs"} <= named
    assert named <= anchors
