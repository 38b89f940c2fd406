"""The Dagster UI behind a guard, with the daemon that makes the schedule tick: one process, and one code server beside it.

`dagster dev` starts the same three parts, without the guard, and leaves the daemon behind when it is killed.
"""

import os
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import dagster as dg
import uvicorn
from dagster._cli.proxy_server_manager import ProxyServerManager
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import GrpcServerTarget, ModuleTarget
from dagster._daemon.controller import DagsterDaemonController, create_daemons_from_instance
from dagster._utils.interrupts import setup_interrupt_handlers
from dagster._utils.log import configure_loggers
from dagster_webserver.webserver import DagsterWebserver
from filelock import FileLock, Timeout
from graphql import ASTValidationRule, GraphQLError, OperationDefinitionNode, OperationType
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pipelines.guard import Guard
from pipelines.settings import CHECKOUT
from warehouse.permissions import private_folder

HOST = "127.0.0.1"
_PATIENCE_AT_THE_END_S = 3
_POLL_MS = 2000


class UiError(RuntimeError):
    """The UI cannot be served; the text says why, and what to do."""


class _NoMutation(ASTValidationRule):
    """Refuses every operation that changes something, also those that Dagster does not count among its permissions."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        if node.operation is OperationType.MUTATION:
            self.report_error(GraphQLError("this UI is read-only: nothing can be started or changed here", node))


class _GuardedWebserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """Dagster's own web server, which the guard stands before."""

    def __init__(self, workspace: WorkspaceProcessContext, hosts: Collection[str], read_only: bool) -> None:
        self._hosts = hosts
        self._read_only = read_only
        super().__init__(workspace, live_data_poll_rate=_POLL_MS)

    def build_middleware(self) -> list[Middleware]:
        """Put the guard before everything else."""
        return [Middleware(Guard, hosts=self._hosts), *super().build_middleware()]

    def build_graphql_validation_rules(self) -> Collection[type[ASTValidationRule]]:
        """Refuse to change anything where only looking is allowed."""
        rules = super().build_graphql_validation_rules()
        return [*rules, _NoMutation] if self._read_only else rules

    async def graphql_http_endpoint(self, request: Request) -> Response:
        """Execute what is posted; a GET shows GraphiQL at most, because a link or an image can send one."""
        if request.method != "POST" and "text/html" not in request.headers.get("Accept", ""):
            return PlainTextResponse("Refused: ask by POST.\n", 405)
        response: Response = await super().graphql_http_endpoint(request)
        return response


def serve(
    instance: dg.DagsterInstance, port: int, further_hosts: Collection[str] = (), *, read_only: bool, daemon: bool
) -> None:
    """Serve the UI of an instance on 127.0.0.1 until SIGINT or SIGTERM; with `daemon`, its schedule and sensors tick.

    Port 0 takes a free one. `further_hosts` are the names under which a proxy serves it.

    Raises:
        UiError: the port is in use, or another UI makes the schedule of this instance tick.
    """
    with ExitStack() as stack:
        door = stack.enter_context(_listening(port))
        if daemon:
            stack.enter_context(_alone(Path(instance.root_directory)))
        setup_interrupt_handlers()  # SIGTERM ends it like Ctrl-C
        configure_loggers(log_level="INFO")
        port = door.getsockname()[1]
        print(f"http://{HOST}:{port} is about to open{' (read-only)' if read_only else ''}; Ctrl-C ends it", flush=True)
        code = ModuleTarget("pipelines.definitions", None, str(CHECKOUT), "tidegauge")
        (served,) = stack.enter_context(
            ProxyServerManager(instance, code, code_server_log_level="WARNING")
        ).get_code_server_specs()
        workspace = stack.enter_context(
            WorkspaceProcessContext(instance, _target(**served["grpc_server"]), dg.__version__, read_only=read_only)
        )
        hosts = {f"{name}:{port}" for name in (HOST, "localhost")} | set(further_hosts)
        app = _GuardedWebserver(workspace, hosts, read_only).create_asgi_app()
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_PATIENCE_AT_THE_END_S,
            )
        )
        deserted = threading.Event()
        if daemon:
            controller = DagsterDaemonController(workspace, create_daemons_from_instance(instance))
            stack.enter_context(controller)
            threading.Thread(target=_watch, args=(controller, server, deserted), daemon=True).start()
        with suppress(KeyboardInterrupt):  # uvicorn has shut down, and may pass the signal on
            server.run(sockets=[door])
        if deserted.is_set():
            raise UiError("the daemon ended by itself: its last words are above. To do: tidegauge ui")


def _target(
    location_name: str, host: str, socket: str | None = None, port: int | None = None, **_: object
) -> GrpcServerTarget:
    return GrpcServerTarget(host, port, socket, location_name)


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


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one daemon at a time work for an instance: two would start every run twice."""
    lock = FileLock(private_folder(folder / ".dagster") / "ui.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise UiError(
            "another `tidegauge ui` is open, and makes the schedule tick. Nothing was served. "
            "To do: use that one, or look with `tidegauge ui --read-only --port 3001`"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _watch(controller: DagsterDaemonController, server: uvicorn.Server, deserted: threading.Event) -> None:
    """End the UI when the daemon ends by itself: an open UI with a schedule that does not tick would deceive."""
    try:
        controller.check_daemon_loop()
    finally:
        deserted.set()
        server.should_exit = True
