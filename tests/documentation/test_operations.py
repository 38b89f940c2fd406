"""The operator's page: each alert, check, refusal and exit code has its section, and each section something that it is of."""

import re
from pathlib import Path

import pytest

from pipelines.definitions import definitions
from pipelines.refresh import ExitCode
from warehouse.tables.events import ALERTS, KINDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (.+)\n((?:(?!^##).*\n)*)", PAGE, re.MULTILINE))
REFUSALS = {"no_room", "run_hangs", "at_work", "damaged_database"}


def test_everything_that_is_told_has_its_section_and_the_other_way_round():
    checks = {key.name for key in definitions().resolve_asset_graph().asset_check_keys}
    codes = {f"exit {code.value}" for code in ExitCode}
    assert SECTIONS.keys() == {*ALERTS, *checks, *codes, *REFUSALS}


def test_news_is_no_alert():
    assert set(KINDS) - set(ALERTS) == {"milestone", "record", "acceleration", "spike"}


@pytest.mark.parametrize("name", sorted(SECTIONS.keys() - {"exit 0", "exit 2", "every_source_is_fresh"}))
def test_a_section_says_what_to_do_and_when_it_is_over(name):
    assert "**To do:**" in SECTIONS[name]
    assert "**Over when**" in SECTIONS[name]


def test_every_place_that_names_a_section_names_one_that_is_there():
    anchors = {name.replace(" ", "-") for name in SECTIONS} | {"exit-codes"}
    named = set(re.findall(r"\]\(#([\w-]+)\)", PAGE))
    for folder in ("assets", "pipelines", "warehouse"):
        for file in (ROOT / folder).rglob("*.py"):
            named |= set(re.findall(r"docs/operations\.md#([a-z_]+)", file.read_text(encoding="utf-8")))
    assert {"no_room", "run_hangs", "the_disk_has_room", "at_work"} <= named
    assert named <= anchors
