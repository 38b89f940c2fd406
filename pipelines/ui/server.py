"""The Dagster UI behind a guard, with the daemon that makes the schedule tick: one process, and one code server beside it.

`dagster dev` starts the same parts, without the guard and with a proxy before the code server, and leaves the daemon behind
when it is killed.
"""

import logging
import os
import socket
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
from dagster._core.workspace.context import WEBSERVER_GRPC_SERVER_HEARTBEAT_TTL, WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._grpc.constants import GrpcServerCommand
from dagster._utils.interrupts import setup_interrupt_handlers
from dagster._utils.log import configure_loggers

from assets.settings import CHECKOUT
from warehouse.database.file_modes import private_folder
from warehouse.database.lock import exclusive_lock

if TYPE_CHECKING:
    import uvicorn
    from dagster._daemon.controller import DagsterDaemonController

HOST = "127.0.0.1"
LOCATION = "tidegauge"
CODE = ModuleTarget("pipelines.definitions", None, str(CHECKOUT), LOCATION)
_PATIENCE_AT_THE_END_S = 3
_PATIENCE_WITH_A_START_S = 10
_LOOK_AT_THE_CODE_SERVER_EVERY_S = 5


class UiError(RuntimeError):
    """The UI cannot be served; the text says why, and what to do."""


def serve(
    instance: dg.DagsterInstance, port: int, further_hosts: Collection[str] = (), *, read_only: bool, daemon: bool
) -> None:
    """Serve the UI of an instance on 127.0.0.1 until SIGINT or SIGTERM; with `daemon`, its schedule and sensors tick.

    Port 0 takes a free one. `further_hosts` are the names under which a proxy serves it.

    Raises:
        UiError: the port is in use, another UI makes the schedule of this instance tick, or the code server does not start.
    """
    with ExitStack() as stack:
        door = stack.enter_context(_listening(port))
        if daemon:
            stack.enter_context(_daemon_lock(Path(instance.root_directory)))
        setup_interrupt_handlers()  # SIGTERM ends it like Ctrl-C
        configure_loggers(log_level="INFO")
        port = door.getsockname()[1]
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
                timeout_graceful_shutdown=_PATIENCE_AT_THE_END_S,
            )
        )
        over, without_code, deserted = threading.Event(), threading.Event(), threading.Event()
        keeper = threading.Thread(
            target=_keep_code_server, args=(workspace, code, server, over, without_code), daemon=True
        )
        keeper.start()
        # Last in, first out: a code server that is being started is known, and ended, when this is over.
        stack.callback(keeper.join, _PATIENCE_WITH_A_START_S)
        stack.callback(over.set)
        if daemon:
            controller = DagsterDaemonController(workspace, create_daemons_from_instance(instance))
            stack.enter_context(controller)
            threading.Thread(target=_watch, args=(controller, server, deserted), daemon=True).start()
        with suppress(KeyboardInterrupt):  # uvicorn has shut down, and may pass the signal on
            server.run(sockets=[door])
        if without_code.is_set():
            raise UiError(
                "the code server ended by itself, and another did not start: why is said above. Kept: every release, and the "
                "history of runs. To do: see whether the machine is short of memory, then tidegauge ui"
            )
        if deserted.is_set():
            raise UiError("the daemon ended by itself: its last words are above. To do: tidegauge ui")


def _code_server(instance: dg.DagsterInstance) -> GrpcServerRegistry:
    """Return what starts the code server, and starts another when the UI reloads the definitions."""
    return GrpcServerRegistry(
        instance_ref=instance.get_ref(),
        server_command=GrpcServerCommand.API_GRPC,
        heartbeat_ttl=WEBSERVER_GRPC_SERVER_HEARTBEAT_TTL,
        startup_timeout=instance.code_server_process_startup_timeout,
        log_level="WARNING",
        wait_for_processes_on_shutdown=instance.wait_for_local_code_server_processes_on_shutdown,
    )


def _entry(code: GrpcServerRegistry) -> ServerRegistryEntry | ErrorRegistryEntry:
    """Return the code server once it answers, or why it does not; the first call starts it."""
    (origin,) = CODE.create_origins()
    return code.get_grpc_server_entry(origin)


@contextmanager
def _workspace(
    instance: dg.DagsterInstance, code: GrpcServerRegistry, *, read_only: bool
) -> Iterator[WorkspaceProcessContext]:
    """Yield the workspace with the definitions that the code server has loaded.

    Raises:
        UiError: the code server does not start, or does not answer.
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


def _why(message: str, patience_s: int) -> str:
    """Return what to say of a code server that does not serve, by the error that Dagster raises."""
    if "Timed out" in message or "DEADLINE_EXCEEDED" in message:
        what = f"the code server did not answer in time (it has {patience_s} s to start)"
        to_do = (
            "tidegauge ui when the machine is less busy, or a larger code_servers.local_startup_timeout in dagster.yaml"
        )
    elif "exited with return code" in message:
        what = "the code server ended while it loaded the definitions: its last words are above"
        to_do = "make check, which says what cannot be loaded"
    else:
        what = f"the code server cannot be used: {message.strip().partition(chr(10))[0]}"
        to_do = "tidegauge ui; if it says the same again, make check"
    return f"{what}. Nothing was served. Kept: every release, and the history of runs. To do: {to_do}"


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    try:
        door = socket.create_server((HOST, port))
    except OSError as error:
        raise UiError(
            f"port {port} cannot be used: {os.strerror(error.errno or 0)}. Nothing was served. To do: another --port"
        ) from error
    with door:
        yield door


def _daemon_lock(folder: Path) -> AbstractContextManager[None]:
    """Return the lock that lets one daemon at a time work for an instance: two would start every run twice."""
    busy = UiError(
        "another `tidegauge ui` is open, and makes the schedule tick. Nothing was served. "
        "To do: use that one, or look with `tidegauge ui --read-only --port 3001`"
    )
    return exclusive_lock(private_folder(folder / ".dagster") / "ui.lock", busy)


def _keep_code_server(
    workspace: WorkspaceProcessContext,
    code: GrpcServerRegistry,
    server: "uvicorn.Server",
    over: threading.Event,
    without_code: threading.Event,
) -> None:
    """Start another code server when the one at work ends by itself, until `over`; end the UI if that does not succeed."""
    while not over.wait(_LOOK_AT_THE_CODE_SERVER_EVERY_S):
        entry = _entry(code)
        if isinstance(entry, ErrorRegistryEntry) or entry.process.server_process.poll() is None:
            continue  # it works, or a person has reloaded what cannot be loaded, and the UI shows why
        logging.getLogger(__name__).warning("the code server ended by itself; another one is started")
        workspace.reload_code_location(LOCATION)
        if isinstance(_entry(code), ErrorRegistryEntry):
            without_code.set()
            server.should_exit = True
            return


def _watch(controller: "DagsterDaemonController", server: "uvicorn.Server", deserted: threading.Event) -> None:
    """End the UI when the daemon ends by itself: an open UI with a schedule that does not tick would deceive."""
    try:
        controller.check_daemon_loop()
    finally:
        deserted.set()
        server.should_exit = True
