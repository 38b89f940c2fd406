"""The benchmarks run, and put everybody's figures beside ours: on purpose, like the benchmarks themselves."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.scale
ROOT = Path(__file__).parent.parent


def test_the_walk_is_measured_beside_the_client_library():
    command = [sys.executable, "-m", "benchmarks.walk", "--models", "1500", "--repeat", "1"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[:2] for line in output[2:4]] == [["ours", "1,500"], ["library", "1,500"]]
    assert output[4].startswith("ours is ")


def test_the_lineage_is_measured_beside_a_recursive_query_and_networkx():
    command = [sys.executable, "-m", "benchmarks.lineage", "--quick"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in output[2:7]] == ["build", "proof", "pairs", "cte", "networkx"]
    assert len({line.split()[1] for line in output[2:7]}) == 1, "all find the same pairs"
    assert output[8].startswith("the build is ")


def test_the_history_is_measured_beside_plain_weekly_snapshots():
    command = [sys.executable, "-m", "benchmarks.history", "--quick"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in output[2:5]] == ["ours", "snapshots", "parquet"]
    assert output[5].startswith("ours takes ")
