"""The Dagster UI behind a guard, with the daemon that runs the schedule: one process, and its code server.

Dagster's public way, `dagster-webserver` and `dagster-daemon` (or `dagster dev`), serves the UI on a TCP port of its own:
a guard in front of that port can be bypassed by any web page that finds it. Therefore the guard is a middleware inside
Dagster's web server, which takes five modules that Dagster does not document. tests/pipelines/ui holds what they do, so
that an upgrade of Dagster that changes them fails there.
"""

import logging
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.remote_representation.grpc_server_registry import (
    ErrorRegistryEntry,
    GrpcServerRegistry,
    ServerRegistryEntry,
)
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._grpc.constants import GrpcServerCommand

from assets.settings import CHECKOUT
from warehouse.database.file_modes import private_folder
from warehouse.database.lock import exclusive_lock

if TYPE_CHECKING:
    import uvicorn
    from dagster._daemon.controller import DagsterDaemonController

HOST = "127.0.0.1"
LOCATION = "tidegauge"
CODE = ModuleTarget("pipelines.definitions", None, str(CHECKOUT), LOCATION)
_SHUTDOWN_TIMEOUT_S = 3
_CODE_SERVER_JOIN_TIMEOUT_S = 10
_CODE_SERVER_POLL_S = 5
# A code server ends when it gets no heartbeat for this long, so that none outlives a UI that was killed.
_HEARTBEAT_TTL_S = 45

# The path of a socket has at most 107 bytes; Dagster adds up to 13 to that of the folder.
_LONGEST_TEMPORARY_FOLDER = 94
_SHORT_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 # a private folder is made in it
# What the daemon logs every few seconds when there is nothing to do, or a run is at work.
_ROUTINE = re.compile(
    r"^(Checking for new runs|No run requests returned|Sensor \S+ skipped|Schedule \S+ skipped|No new runs|Sensor daemon"
    r"|\d+ runs are currently in progress|Poll|Launched \d+ runs|Not checking for any runs|Collected \d+ runs for monitoring"
    r"|Checking run )"
)


class UiError(RuntimeError):
    """The UI cannot be served; the text says why, and what to do."""


def serve(
    instance: dg.DagsterInstance, port: int, further_hosts: Collection[str] = (), *, read_only: bool, daemon: bool
) -> None:
    """Serve the UI of an instance on 127.0.0.1 until SIGINT or SIGTERM; with `daemon`, run its schedule and sensors.

    Port 0 takes a free one. `further_hosts` are the names under which a proxy serves it.

    Raises:
        UiError: the port is in use, another UI runs the schedule of this instance, or the code server does not start.
    """
    with ExitStack() as stack:
        stack.enter_context(_short_temporary_folder())
        listener = stack.enter_context(_listening(port))
        if daemon:
            stack.enter_context(_daemon_lock(Path(instance.root_directory)))
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
        logging.basicConfig(stream=sys.stdout, format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")
        logging.getLogger("dagster").setLevel(logging.INFO)
        for handler in logging.getLogger().handlers:
            handler.addFilter(_is_news)
        port = listener.getsockname()[1]
        print(f"http://{HOST}:{port} is about to open{' (read-only)' if read_only else ''}; Ctrl-C ends it", flush=True)
        code = stack.enter_context(_code_server(instance))
        starting = threading.Thread(target=_entry, args=[code], daemon=True)
        starting.start()
        # Importing these takes as long as the code server takes to start.
        import uvicorn
        from dagster._daemon.controller import DagsterDaemonController, create_daemons_from_instance

        from pipelines.ui.webserver import GuardedWebserver

        starting.join()
        workspace = stack.enter_context(_workspace(instance, code, read_only=read_only))
        hosts = {f"{name}:{port}" for name in (HOST, "localhost")} | set(further_hosts)
        app = GuardedWebserver(workspace, hosts, read_only).create_asgi_app()
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT_S,
            )
        )
        stopping, code_server_lost, daemon_lost = threading.Event(), threading.Event(), threading.Event()
        supervisor = threading.Thread(
            target=_keep_code_server, args=(workspace, code, server, stopping, code_server_lost), daemon=True
        )
        supervisor.start()
        # Last in, first out: a code server that is being started is known, and ended, when the stack closes.
        stack.callback(supervisor.join, _CODE_SERVER_JOIN_TIMEOUT_S)
        stack.callback(stopping.set)
        if daemon:
            controller = DagsterDaemonController(workspace, create_daemons_from_instance(instance))
            stack.enter_context(controller)
            threading.Thread(target=_watch, args=(controller, server, daemon_lost), daemon=True).start()
        with suppress(KeyboardInterrupt):  # uvicorn has shut down, and may pass the signal on
            server.run(sockets=[listener])
        if code_server_lost.is_set():
            raise UiError(
                "the code server exited unexpectedly, and another did not start: see its log above. Kept: every release, and "
                "the history of runs. To do: see whether the machine is short of memory, then tidegauge ui"
            )
        if daemon_lost.is_set():
            raise UiError(
                "the Dagster daemon exited unexpectedly: see its log above. Kept: every release, and the history of runs. "
                "To do: tidegauge ui"
            )


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether an operator wants to read a line: the daemon also tells each time that it looked and found nothing."""
    return record.levelno > logging.INFO or not _ROUTINE.search(record.getMessage())


@contextmanager
def _short_temporary_folder() -> Iterator[None]:
    """Use another folder for temporary files in this process if the path of the present one is too long for a socket.

    Dagster reaches its code server through a socket there, and reports a path that is too long as a server that does not
    respond.

    Raises:
        UiError: there is no folder with a shorter path.
    """
    if len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_TEMPORARY_FOLDER:
        yield
        return
    present = tempfile.gettempdir()
    for folder in filter(lambda one: os.access(one, os.W_OK | os.X_OK), _SHORT_FOLDERS):
        with tempfile.TemporaryDirectory(prefix="tidegauge-", dir=folder, ignore_cleanup_errors=True) as short:
            tempfile.tempdir = short
            try:
                yield
            finally:
                tempfile.tempdir = present
        return
    raise UiError(
        f"the path of the folder for temporary files, {present}, is too long for a socket, and none of "
        f"{', '.join(_SHORT_FOLDERS)} can be written. Nothing was served. To do: set TMPDIR to a folder whose path has at most "
        f"{_LONGEST_TEMPORARY_FOLDER} bytes"
    )


def _code_server(instance: dg.DagsterInstance) -> GrpcServerRegistry:
    """Return the registry that starts the code server, and another one when the UI reloads the definitions."""
    return GrpcServerRegistry(
        instance_ref=instance.get_ref(),
        server_command=GrpcServerCommand.API_GRPC,
        heartbeat_ttl=_HEARTBEAT_TTL_S,
        startup_timeout=instance.code_server_process_startup_timeout,
        log_level="WARNING",
        wait_for_processes_on_shutdown=instance.wait_for_local_code_server_processes_on_shutdown,
    )


def _entry(code: GrpcServerRegistry) -> ServerRegistryEntry | ErrorRegistryEntry:
    """Return the code server once it responds, or the error; the first call starts it."""
    (origin,) = CODE.create_origins()
    return code.get_grpc_server_entry(origin)


@contextmanager
def _workspace(
    instance: dg.DagsterInstance, code: GrpcServerRegistry, *, read_only: bool
) -> Iterator[WorkspaceProcessContext]:
    """Yield the workspace with the definitions that the code server has loaded.

    Raises:
        UiError: the code server does not start, or does not respond.
    """
    entry = _entry(code)
    if isinstance(entry, ErrorRegistryEntry):
        raise UiError(_why(entry.error.message, instance.code_server_process_startup_timeout))
    with warnings.catch_warnings(action="ignore"):  # it warns with the traceback of what the error below says
        workspace = WorkspaceProcessContext(
            instance, CODE, dg.__version__, read_only=read_only, grpc_server_registry=code
        )
    with workspace:
        error = workspace.get_current_workspace().code_location_entries[LOCATION].load_error
        if error is not None:
            raise UiError(_why(error.message, instance.code_server_process_startup_timeout))
        yield workspace


def _why(message: str, timeout_s: int) -> str:
    """Return the message about a code server that does not serve, given the error that Dagster raises."""
    if "Timed out" in message or "DEADLINE_EXCEEDED" in message:
        what = f"the code server did not respond in time (it has {timeout_s} s to start)"
        to_do = (
            "tidegauge ui when the machine is less busy, or a larger code_servers.local_startup_timeout in dagster.yaml"
        )
    elif "exited with return code" in message:
        what = "the code server exited while it loaded the definitions: see its log above"
        to_do = "make check, which says what cannot be loaded"
    else:
        what = f"the code server cannot be used: {message.strip().partition(chr(10))[0]}"
        to_do = "tidegauge ui; if the error stays, make check"
    return f"{what}. Nothing was served. Kept: every release, and the history of runs. To do: {to_do}"


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise UiError(
            f"port {port} cannot be used: {os.strerror(error.errno or 0)}. Nothing was served. To do: another --port"
        ) from error
    with listener:
        yield listener


def _daemon_lock(folder: Path) -> AbstractContextManager[None]:
    """Return the lock that allows one daemon for an instance: two would start every run twice."""
    busy = UiError(
        "another `tidegauge ui` is open, and runs the schedule. Nothing was served. "
        "To do: use that one, or open another with `tidegauge ui --read-only --port 3001`"
    )
    return exclusive_lock(private_folder(folder / ".dagster") / "ui.lock", busy)


def _keep_code_server(
    workspace: WorkspaceProcessContext,
    code: GrpcServerRegistry,
    server: "uvicorn.Server",
    stopping: threading.Event,
    lost: threading.Event,
) -> None:
    """Restart the code server when it exits, until `stopping`; set `lost` and end the UI if it does not start."""
    while not stopping.wait(_CODE_SERVER_POLL_S):
        entry = _entry(code)
        if isinstance(entry, ErrorRegistryEntry) or entry.process.server_process.poll() is None:
            continue  # it runs, or somebody reloaded definitions that cannot be loaded, and the UI shows the error
        logging.getLogger(__name__).warning("the code server exited; starting another one")
        workspace.reload_code_location(LOCATION)
        if isinstance(_entry(code), ErrorRegistryEntry):
            lost.set()
            server.should_exit = True
            return


def _watch(controller: "DagsterDaemonController", server: "uvicorn.Server", lost: threading.Event) -> None:
    """End the UI when the daemon exits: a UI that shows a schedule which does not run would mislead."""
    try:
        controller.check_daemon_loop()
    finally:
        lost.set()
        server.should_exit = True
