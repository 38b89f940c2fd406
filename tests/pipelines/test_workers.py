"""The executor of a lake: steps that depend on each other, die, are retried or interrupted, in long-lived workers."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.dagster_storage import write_instance_config
from pipelines.outcome import failures_of, interrupted_steps
from pipelines.workers import WorkerExecutor

PATIENCE_SECONDS = 120


@dg.executor(name="two_workers", requirements=dg.multiple_process_executor_requirements())
def two_workers(_: dg.InitExecutorContext) -> dg.Executor:
    return WorkerExecutor(2)


def pids(folder: Path, step: str) -> list[int]:
    """Return the process of each attempt at a step."""
    return [int(line) for line in (folder / step).read_text().splitlines()]


def wait_for(path: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not come"
        time.sleep(0.01)


def op(folder: Path, name: str, does: Callable[[], object] = bool, retry: dg.RetryPolicy | None = None):
    """Return a step that writes down its process, does something, and writes down that it is done."""

    @dg.op(name=name, ins={"before": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing), retry_policy=retry)
    def step() -> None:
        with (folder / name).open("a") as file:
            file.write(f"{os.getpid()}\n")
        does()
        (folder / f"{name} done").touch()

    return step


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# The jobs of the tests: each worker makes them for itself.


def diamond(folder: str, main: int) -> dg.JobDefinition:
    place = Path(folder)

    def only_after(*others: str) -> Callable[[], None]:
        def check() -> None:
            assert all((place / f"{other} done").exists() for other in others)

        return check

    @dg.job(executor_def=two_workers)
    def diamond() -> None:
        first = op(place, "first")()
        left = op(place, "left", lambda: wait_for(place / "right"))(first)
        right = op(place, "right", lambda: wait_for(place / "left"))(first)
        last = op(place, "last", only_after("first", "left", "right"))([left, right])
        op(place, "after_last", only_after("last"))(last)

    return diamond


def killed(folder: str, main: int) -> dg.JobDefinition:
    place = Path(folder)

    @dg.job(executor_def=two_workers)
    def killed() -> None:
        op(place, "after_doomed")(op(place, "doomed", die)())
        second = op(place, "second")(op(place, "first", lambda: wait_for(place / "doomed"))())
        op(place, "left", lambda: wait_for(place / "right"))(second)
        op(place, "right", lambda: wait_for(place / "left"))(second)

    return killed


def killed_once(folder: str, main: int) -> dg.JobDefinition:
    place = Path(folder)

    def die_once() -> None:
        if len(pids(place, "doomed")) == 1:
            die()

    @dg.job(executor_def=two_workers)
    def killed_once() -> None:
        op(place, "after_doomed")(op(place, "doomed", die_once, dg.RetryPolicy(max_retries=1))())

    return killed_once


def overtaken(folder: str, main: int) -> dg.JobDefinition:
    place = Path(folder)

    def ask_again_twice() -> None:
        if len(pids(place, "overtaken")) < 3:
            raise dg.RetryRequested(max_retries=10, seconds_to_wait=0.1)

    @dg.job(executor_def=two_workers)
    def overtaken() -> None:
        op(place, "after_it")(op(place, "overtaken", ask_again_twice)())

    return overtaken


def always_overtaken(folder: str, main: int) -> dg.JobDefinition:
    def ask_again() -> None:
        raise dg.RetryRequested(max_retries=2)

    @dg.job(executor_def=two_workers)
    def always_overtaken() -> None:
        op(Path(folder), "overtaken", ask_again)()

    return always_overtaken


def idle_one_killed(folder: str, main: int) -> dg.JobDefinition:
    place = Path(folder)

    def kill_the_other() -> None:
        wait_for(place / "first done")
        time.sleep(0.5)
        os.kill(pids(place, "first")[0], signal.SIGKILL)
        time.sleep(0.5)

    @dg.job(executor_def=two_workers)
    def idle_one_killed() -> None:
        op(place, "first", lambda: wait_for(place / "killing"))()
        killing = op(place, "killing", kill_the_other)()
        op(place, "left", lambda: wait_for(place / "right"))(killing)
        op(place, "right", lambda: wait_for(place / "left"))(killing)

    return idle_one_killed


def interrupted(folder: str, main: int) -> dg.JobDefinition:
    place = Path(folder)

    def interrupt() -> None:
        wait_for(place / "beside")
        os.kill(main, signal.SIGINT)
        time.sleep(PATIENCE_SECONDS)

    @dg.job(executor_def=two_workers)
    def interrupted() -> None:
        op(place, "after_it")(op(place, "interrupting", interrupt)())
        op(place, "beside", lambda: time.sleep(PATIENCE_SECONDS))()

    return interrupted


def tells_its_environment(folder: str, main: int) -> dg.JobDefinition:
    @dg.job(executor_def=two_workers)
    def tells_its_environment() -> None:
        op(Path(folder), "tell", lambda: (Path(folder) / "said").write_text(os.environ.get("SAID", "nothing")))()

    return tells_its_environment


def without_its_resource(folder: str, main: int) -> dg.JobDefinition:
    @dg.resource
    def broken(_: dg.InitResourceContext) -> None:
        raise OSError("No space left on device")

    @dg.op(required_resource_keys={"broken"}, out=dg.Out(dg.Nothing))
    def poor() -> None: ...

    @dg.job(executor_def=two_workers, resource_defs={"broken": broken})
    def without_its_resource() -> None:
        op(Path(folder), "after_poor")(poor())
        op(Path(folder), "first")()

    return without_its_resource


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster").mkdir()
    write_instance_config(tmp_path / "dagster")
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as one:
        yield one


def run(job: Callable[[str, int], dg.JobDefinition], folder: Path, instance: dg.DagsterInstance):
    arguments = {"folder": str(folder), "main": os.getpid()}
    made = dg.build_reconstructable_job(__name__, job.__name__, None, arguments, str(Path(__file__).parent))
    return dg.execute_job(made, instance=instance)


def steps(done: dg.JobExecutionResult, kind: dg.DagsterEventType) -> list[str]:
    return sorted(str(event.step_key) for event in done.all_events if event.event_type == kind)


def are_gone(*processes: int) -> bool:
    return not any(Path(f"/proc/{process}").exists() for process in processes)


SUCCESS, FAILURE = dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE
RETRY = dg.DagsterEventType.STEP_UP_FOR_RETRY


def test_steps_wait_for_those_before_them_and_run_beside_each_other_in_workers_that_stay(tmp_path, instance):
    done = run(diamond, tmp_path, instance)
    assert done.success, failures_of(done)
    assert steps(done, SUCCESS) == ["after_last", "first", "last", "left", "right"]
    workers = {pids(tmp_path, step)[0] for step in steps(done, SUCCESS)}
    assert len(workers) == 2
    assert os.getpid() not in workers
    assert are_gone(*workers), "the workers end with the run"


def test_the_history_holds_every_event_that_the_run_told(tmp_path, instance):
    done = run(diamond, tmp_path, instance)
    stored = [record.dagster_event for record in instance.all_logs(done.run_id) if record.dagster_event]
    told = [(event.event_type, event.step_key) for event in done.all_events]
    kept = [(event.event_type, event.step_key) for event in stored]
    assert sorted(map(str, told)) == sorted(str(one) for one in kept if one in told)


def test_a_worker_that_is_killed_fails_its_step_alone_and_the_next_steps_run(tmp_path, instance):
    done = run(killed, tmp_path, instance)
    assert not done.success
    assert steps(done, SUCCESS) == ["first", "left", "right", "second"]
    assert steps(done, FAILURE) == ["doomed"]
    said = failures_of(done)["doomed"]
    assert "its worker was ended by SIGKILL" in said
    assert "Kept: " in said
    assert "To do: run it again" in said
    assert not (tmp_path / "after_doomed").exists()
    assert len({*pids(tmp_path, "left"), *pids(tmp_path, "right")}) == 2, "another took the place of the killed one"
    assert pids(tmp_path, "doomed")[0] not in pids(tmp_path, "left") + pids(tmp_path, "right")


def test_a_step_whose_worker_is_killed_is_tried_again_where_its_policy_says_so(tmp_path, instance):
    done = run(killed_once, tmp_path, instance)
    assert done.success, failures_of(done)
    assert steps(done, RETRY) == ["doomed"]
    assert steps(done, SUCCESS) == ["after_doomed", "doomed"]
    assert len(set(pids(tmp_path, "doomed"))) == 2


def test_a_step_that_asks_for_it_is_tried_again_after_its_pause(tmp_path, instance):
    done = run(overtaken, tmp_path, instance)
    assert done.success, failures_of(done)
    assert steps(done, RETRY) == ["overtaken"] * 2
    assert len(pids(tmp_path, "overtaken")) == 3
    assert steps(done, SUCCESS) == ["after_it", "overtaken"]


def test_a_step_is_tried_again_as_often_as_it_asked_and_not_more_often(tmp_path, instance):
    done = run(always_overtaken, tmp_path, instance)
    assert steps(done, RETRY) == ["overtaken"] * 2
    assert steps(done, FAILURE) == ["overtaken"]
    assert len(pids(tmp_path, "overtaken")) == 3


def test_a_worker_that_died_between_two_steps_is_replaced(tmp_path, instance):
    done = run(idle_one_killed, tmp_path, instance)
    assert done.success, failures_of(done)
    assert pids(tmp_path, "first")[0] not in pids(tmp_path, "left") + pids(tmp_path, "right")


def test_an_interrupt_ends_every_step_at_work_and_no_other_begins(tmp_path, instance):
    begun = time.monotonic()
    done = run(interrupted, tmp_path, instance)
    assert time.monotonic() - begun < PATIENCE_SECONDS / 2
    assert not done.success
    assert steps(done, FAILURE) == sorted(interrupted_steps(done)) == ["beside", "interrupting"]
    assert not (tmp_path / "after_it").exists()
    assert are_gone(*pids(tmp_path, "beside"), *pids(tmp_path, "interrupting"))


def test_a_step_that_cannot_even_begin_fails_with_the_reason(tmp_path, instance):
    done = run(without_its_resource, tmp_path, instance)
    assert steps(done, FAILURE) == ["poor"]
    assert steps(done, SUCCESS) == ["first"]
    assert "the disk is full" in failures_of(done)["poor"]


@pytest.mark.parametrize("said", ["one", "another", None])
def test_each_run_of_a_process_gives_its_workers_its_environment(tmp_path, instance, monkeypatch, said):
    if said:
        monkeypatch.setenv("SAID", said)
    assert run(tells_its_environment, tmp_path, instance).success
    assert (tmp_path / "said").read_text() == (said or "nothing")


def test_nothing_of_a_step_reaches_the_terminal(tmp_path, instance, capfd):
    run(killed, tmp_path, instance)
    told = capfd.readouterr()
    assert "Traceback" not in told.out + told.err
