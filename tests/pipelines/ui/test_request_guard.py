"""The guard alone, in front of an application that accepts everything: what it must refuse never reaches that application."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from pipelines.ui.request_guard import RequestGuard

HERE = "127.0.0.1:3000"
JSON = ("content-type", "application/json")


def passed_through(kind: str, method: str, *headers: tuple[str, str]) -> tuple[bool, list[Message]]:
    """Return whether a request reached the application, and what the guard sent instead."""
    reached, sent = [], []

    async def application(_scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(True)

    async def receive() -> Message:
        return {"type": "websocket.connect" if kind == "websocket" else "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": kind, "path": "/graphql", "headers": [(name.encode(), value.encode()) for name, value in headers]}
    asyncio.run(
        RequestGuard(application, [HERE])(scope | ({"method": method} if kind == "http" else {}), receive, send)
    )
    return bool(reached), sent


def test_its_own_pages_and_programs_pass():
    assert passed_through("http", "POST", ("host", HERE), JSON)[0]
    assert passed_through("http", "POST", ("host", HERE), ("origin", f"http://{HERE}"), JSON)[0]
    assert passed_through("websocket", "GET", ("host", HERE), ("origin", f"http://{HERE}"))[0]
    assert passed_through("websocket", "GET", ("host", HERE))[0]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("host", HERE), ("host", HERE)],
        [("host", HERE), ("host", "evil.example")],
        [("host", "evil.example"), ("host", HERE)],
        [("host", HERE), ("origin", f"http://{HERE}"), ("origin", f"http://{HERE}")],
        [("host", HERE), ("origin", f"http://{HERE}"), ("origin", "http://evil.example")],
        [("host", HERE), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
        [("host", HERE), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        [("host", HERE), ("sec-fetch-mode", "navigate"), ("sec-fetch-mode", "navigate")],
        [("host", HERE), ("sec-fetch-dest", "document"), ("sec-fetch-dest", "document")],
        [("host", HERE), JSON],
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_header_that_is_repeated_or_missing_is_refused(kind, headers):
    reached, sent = passed_through(kind, "POST", JSON, *headers)
    assert not reached
    assert [message.get("status") or message.get("code") for message in sent[:1]] == [403 if kind == "http" else 1008]


@pytest.mark.parametrize("kinds", [[], [""], ["text/plain"], ["application/json", "application/json"]])
def test_a_post_without_one_json_body_is_refused(kinds):
    reached, sent = passed_through("http", "POST", ("host", HERE), *(("content-type", kind) for kind in kinds))
    assert not reached
    assert sent[0]["status"] in (403, 415)


@pytest.mark.parametrize(
    "headers",
    [
        [("origin", "http://evil.example")],
        [("origin", f"http://{HERE}.evil.example")],
        [("origin", "null")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")],
    ],
)
def test_a_websocket_of_another_page_is_closed_before_it_opens(headers):
    reached, sent = passed_through("websocket", "GET", ("host", HERE), *headers)
    assert not reached
    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]
