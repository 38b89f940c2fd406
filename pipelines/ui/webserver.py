"""Dagster's web server with the request guard as its first middleware.

Importing Dagster's GraphQL takes as long as importing Dagster: `server.serve` imports this module while the code server
starts.
"""

from collections.abc import Collection

from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster_webserver.webserver import DagsterWebserver
from graphql import ASTValidationRule, GraphQLError, OperationDefinitionNode, OperationType
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pipelines.ui.request_guard import RequestGuard

_POLL_MS = 2000


class _NoMutation(ASTValidationRule):
    """Rejects every mutation, also those that Dagster's own read-only mode allows."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        if node.operation is OperationType.MUTATION:
            self.report_error(GraphQLError("this UI is read-only: nothing can be started or changed here", node))


class GuardedWebserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """Dagster's web server behind the guard."""

    def __init__(self, workspace: WorkspaceProcessContext, hosts: Collection[str], read_only: bool) -> None:
        self._hosts = hosts
        self._read_only = read_only
        super().__init__(workspace, live_data_poll_rate=_POLL_MS)

    def build_middleware(self) -> list[Middleware]:
        """Return Dagster's middleware with the guard before it."""
        return [Middleware(RequestGuard, hosts=self._hosts), *super().build_middleware()]

    def build_graphql_validation_rules(self) -> Collection[type[ASTValidationRule]]:
        """Return Dagster's validation rules, and in a read-only UI one that rejects mutations."""
        rules = super().build_graphql_validation_rules()
        return [*rules, _NoMutation] if self._read_only else rules

    async def graphql_http_endpoint(self, request: Request) -> Response:
        """Execute POST requests; a GET, which any link or image can send, shows GraphiQL at most."""
        if request.method != "POST" and "text/html" not in request.headers.get("Accept", ""):
            return PlainTextResponse("Refused: send a POST request.\n", 405)
        response: Response = await super().graphql_http_endpoint(request)
        return response
