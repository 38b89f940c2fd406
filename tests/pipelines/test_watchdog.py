"""A block that hangs ends the process with a message."""

import subprocess
import sys
import time

from pipelines.watchdog import time_limit


def test_what_hangs_is_ended_with_a_sentence():
    hangs = "import time; from pipelines.watchdog import time_limit\nwith time_limit(0.2): time.sleep(60)"
    done = subprocess.run([sys.executable, "-c", hangs], capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 1
    assert "did not end within" in done.stderr
    assert "To do:" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_ends_is_left_alone():
    with time_limit(0.05):
        pass
    time.sleep(0.1)
