"""Short form of the fault campaign with few faults; the full one is `python -m tests.stress.faults`."""

import pytest

from tests.stress import faults
from tests.stress.kinds import KINDS, REFUSED, SURVIVED
from tests.stress.subjects import subjects


@pytest.mark.slow
def test_no_fault_leads_to_a_wrong_number_or_half_a_collection_or_a_hang():
    verdicts = list(faults.run(seed=7, faults=16, only=("discord", "epoch_funding")))
    assert len(verdicts) == 16
    assert [one for one in verdicts if one.wrong] == []
    assert {SURVIVED, REFUSED} <= {one.outcome for one in verdicts}


def test_the_campaign_knows_every_source_that_asks_a_service():
    assert {one.name for one in subjects()} >= {
        "reddit", "arctic_shift", "discord", "hub_organisations", "replicate", "pypistats", "docker_hub", "github",
        "sec_form_d", "epoch_funding", "epoch_benchmarks", "epoch_models", "arena", "open_llm_leaderboard", "inferencex",
        "hub_walk", "hub_weekly_snapshots",
    }  # fmt: skip
    assert len({kind.name for kind in KINDS}) == len(KINDS)
