"""Executor for a lake: a few worker processes execute the steps of a run, each worker one step after another."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Self, cast

import dagster as dg
from dagster._core.definitions.reconstruct import ReconstructableJob
from dagster._core.definitions.repository_definition import RepositoryLoadData
from dagster._core.events import EngineEventData
from dagster._core.execution.api import create_execution_plan, execute_plan_iterator
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.active import ActiveExecution
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.plan.state import KnownExecutionState
from dagster._core.execution.retries import RetryMode
from dagster._core.instance.ref import InstanceRef
from dagster._utils.error import serializable_error_info_from_exc_info
from dagster._utils.interrupts import capture_interrupts
from dagster_shared.error import SerializableErrorInfo

from assets.machine_errors import KEPT

# Interval at which the executor checks for an interrupt, and for a step that waits for its retry.
TICK_SECONDS = 0.05
# Time after which a worker that was told to stop is killed.
PATIENCE_SECONDS = 10
# Imported once, by the process that all workers are forked from.
PRELOADED = ["pipelines.definitions", __name__]


class WorkerError(RuntimeError):
    """A worker failed, and no event of a step reports it."""


@dataclass(frozen=True)
class _Run:
    """The arguments of a worker: the run, how to load its job, and the environment of the process that executes it."""

    job: ReconstructableJob
    run: dg.DagsterRun
    instance: InstanceRef
    load_data: RepositoryLoadData | None
    environment: dict[str, str]


@dataclass(frozen=True)
class _Ended:
    """A worker's last message about a step, with the error if it was not the step itself that failed."""

    error: SerializableErrorInfo | None


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    step: str | None = None
    outcome: dg.DagsterEvent | None = None  # success, failure, or up for retry


class WorkerExecutor(dg.Executor):
    """Executes up to `workers` steps of a run at once.

    Dagster's multiprocess executor starts a process for each step, which imports the code and opens the lake every time.
    These workers do so once. A worker that dies fails the step that it was at; another one takes its place.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers

    @property
    def retries(self) -> RetryMode:
        """Steps that request a retry are retried in the same run."""
        return RetryMode.ENABLED

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """Execute the plan, and yield the events of its steps as they come.

        Raises:
            DagsterExecutionInterruptedError: the run was interrupted; no step is at work any more.
            WorkerError: a worker failed after its step had succeeded.
        """
        yield dg.DagsterEvent.engine_event(
            plan_context,
            f"Executing steps in {self._workers} workers",
            EngineEventData.multiprocess(os.getpid(), execution_plan.step_keys_to_execute),
        )
        instance, run = plan_context.instance, plan_context.dagster_run
        of_the_run = _Run(
            plan_context.reconstructable_job,
            run,
            instance.get_ref(),
            execution_plan.repository_load_data,
            dict(os.environ),
        )
        is_interrupted = False
        with (
            InstanceConcurrencyContext(instance, run) as slots,
            ActiveExecution(
                execution_plan,
                retry_mode=self.retries,
                max_concurrent=self._workers,
                instance_concurrency_context=slots,
            ) as active,
            _Workers(of_the_run) as workers,
        ):
            while workers.at_work or not (active.is_complete or is_interrupted):
                if active.check_for_interrupts():
                    is_interrupted = True
                    active.mark_interrupted()
                    workers.interrupt()
                if not is_interrupted:
                    for step in active.get_steps_to_execute(self._workers - workers.at_work):
                        workers.begin(step.key, active.get_known_state())
                    yield from active.concurrency_event_iterator(plan_context)
                for step_key, message in workers.messages():
                    if isinstance(message, SerializableErrorInfo):
                        message = self.log_failure_or_retry_event_after_error(
                            plan_context.for_step(active.get_step_by_key(step_key)), message, active.get_known_state()
                        )
                    active.handle_event(message)
                    yield message
                yield from active.plan_events_iterator(plan_context)
            if is_interrupted:
                raise dg.DagsterExecutionInterruptedError
            if workers.errors:
                raise WorkerError("after its step had succeeded: " + "\n".join(map(str, workers.errors)))


class _Workers:
    """The worker processes of a run: started when there is a step for them, and ended with the run."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._workers: list[_Worker] = []
        self.errors: list[SerializableErrorInfo] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers: idle ones by closing their connection, the others by an interrupt."""
        for worker in self._workers:
            worker.connection.close()
        self.interrupt()
        for worker in self._workers:
            worker.process.join(PATIENCE_SECONDS)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    @property
    def at_work(self) -> int:
        """The number of workers that are executing a step."""
        return sum(worker.step is not None for worker in self._workers)

    def begin(self, step_key: str, known_state: KnownExecutionState) -> None:
        """Assign a step to an idle worker, or to a new one."""
        self._workers = [worker for worker in self._workers if worker.step or worker.process.is_alive()]
        idle = next((worker for worker in self._workers if worker.step is None), None) or self._started()
        idle.step, idle.outcome = step_key, None
        # If it died just now, reading its messages finds out.
        with suppress(BrokenPipeError):
            idle.connection.send((step_key, known_state))

    def messages(self) -> Iterator[tuple[str, dg.DagsterEvent | SerializableErrorInfo]]:
        """Yield the next message of each worker that has one, with the key of its step; wait `TICK_SECONDS` for the first.

        It is an event, or the error with which a step ended that has no event of its outcome. An error that followed a
        success is kept in `errors`.
        """
        at_work = {worker.connection: worker for worker in self._workers if worker.step}
        for connection in wait(list(at_work), TICK_SECONDS):
            worker = at_work[cast("Connection", connection)]
            step_key = cast("str", worker.step)
            try:
                message = worker.connection.recv()
            except (EOFError, OSError):
                worker.process.join()
                message = _Ended(_said(_how_it_ended(worker.process.exitcode)))
            if not isinstance(message, _Ended):
                if message.is_step_success or message.is_step_failure or message.is_step_up_for_retry:
                    worker.outcome = message
                yield step_key, message
                continue
            worker.step = None
            if worker.outcome is None:
                yield step_key, message.error or _said("its worker ended it without an outcome")
            elif worker.outcome.is_step_success and message.error:
                self.errors.append(message.error)

    def interrupt(self) -> None:
        """Interrupt the running steps; each of them ends with an event that reports it."""
        for worker in self._workers:
            if worker.step and worker.process.is_alive():
                os.kill(cast("int", worker.process.pid), signal.SIGINT)

    def _started(self) -> _Worker:
        ours, its = self._context.Pipe()
        process = self._context.Process(target=_work, args=(its, self._run))
        process.start()
        its.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker


def _work(connection: Connection, run: _Run) -> None:
    """Execute the steps that the executor sends, one after another, until it closes the connection."""
    # A worker is forked from a process that keeps the environment of the first run, and so its settings.
    os.environ.clear()
    os.environ.update(run.environment)
    # The connection is broken if the run has ended, or was killed: nobody reads it.
    with (
        suppress(EOFError, BrokenPipeError, ConnectionResetError),
        capture_interrupts(),
        dg.DagsterInstance.from_ref(run.instance) as instance,
    ):
        while True:
            step_key, known_state = connection.recv()
            connection.send(_Ended(_error_of(connection, run, instance, step_key, known_state)))


def _error_of(
    connection: Connection, run: _Run, instance: dg.DagsterInstance, step_key: str, known_state: KnownExecutionState
) -> SerializableErrorInfo | None:
    """Execute a step and send its events as they come; return the error, which the events may not contain."""
    try:
        plan = create_execution_plan(
            run.job,
            run_config=run.run.run_config,
            step_keys_to_execute=[step_key],
            known_state=known_state,
            repository_load_data=run.load_data,
        )
        events = execute_plan_iterator(
            plan, run.job, run.run, instance, retry_mode=RetryMode.DEFERRED, run_config=run.run.run_config
        )
        for event in events:
            connection.send(event)
    except (BrokenPipeError, ConnectionResetError):
        raise
    except (Exception, KeyboardInterrupt, dg.DagsterExecutionInterruptedError):  # noqa: BLE001 # sent to the executor
        return serializable_error_info_from_exc_info(sys.exc_info())
    return None


def _said(message: str) -> SerializableErrorInfo:
    return SerializableErrorInfo(f"{WorkerError.__name__}: {message}", [], WorkerError.__name__)


def _how_it_ended(exit_code: int | None) -> str:
    how = f"ended by {signal.Signals(-exit_code).name}" if exit_code and exit_code < 0 else f"ended with {exit_code}"
    return (
        f"its worker was {how} in the middle of the step. {KEPT} To do: run it again; it continues. "
        "SIGKILL is often a lack of memory: then fewer TIDEGAUGE_WORKERS."
    )
