"""The campaigns in their short form: the same code that `python -m tests.stress.<name>` runs at length."""

import random

import pytest

from tests.stress import crashes, readers


@pytest.mark.scale
def test_crashes_lose_nothing():
    campaign = crashes.run(seed=5, crashes=3, sources=frozenset())
    assert campaign.faults == []
    assert campaign.crashes == 3


def test_readers_see_whole_releases_while_others_are_swapped_in(tmp_path):
    seen = readers.swaps(3, 4, random.Random(1), tmp_path)
    assert [one for one in seen if one.fault] == []
    assert all(one.times > 1 for one in seen)


@pytest.mark.scale
def test_of_several_who_want_the_warehouse_one_wins_and_the_others_say_so(tmp_path):
    assert [one for one in readers.contenders(1, tmp_path) if one.fault] == []
