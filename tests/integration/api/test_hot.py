"""The routes that FastAPI is not asked for: everything else about them is as everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.requests import ClientDisconnect, Request

from carteiro.api.bodies import read_model
from carteiro.api.context import authorize, context_of
from carteiro.api.management.verification_codes.schemas import RequestCode
from carteiro.app import create_app
from carteiro.settings import Settings

CODES = "/api/verification-codes"


def asked_with(*messages: dict[str, Any]) -> Request:
    left = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(left)

    return Request({"type": "http", "headers": []}, receive)


def piece(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_what_lies_under_a_prefix_is_no_hot_route(app: Any) -> None:
    transport = httpx.ASGITransport(app=app, root_path="/api")
    async with httpx.AsyncClient(transport=transport, base_url="http://carteiro.test") as client:
        answer = await client.post(CODES)

    assert answer.status_code == 404


@pytest.mark.parametrize("below", ["", "one/two", "one/"])
async def test_a_parameter_is_the_whole_last_part_of_a_path(
    anonymous: httpx.AsyncClient, below: str
) -> None:
    whole = await anonymous.get("/oidc/auth/one")
    other = await anonymous.get(f"/oidc/auth/{below}")

    assert (whole.status_code, whole.json()["code"]) == (400, "session.not_found")
    assert (other.status_code, other.json()["error"]) == (404, "invalid_request")


async def test_another_method_is_answered_as_the_router_does(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.delete("/oidc/auth/one")

    assert (answer.status_code, answer.json()["error"]) == (404, "invalid_request")


async def test_a_defect_is_a_500_that_has_a_name_and_tells_nothing(
    client: httpx.AsyncClient, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: Any) -> None:
        raise RuntimeError("the code is 123456")

    monkeypatch.setattr(app.state.world.dispatcher, "deliver", breaks)

    answer = await client.post(CODES, json={"email": "ana@example.com"})

    assert answer.status_code == 500
    assert answer.json() == {"message": "Internal server error."}
    assert answer.headers["logto-core-request-id"]


async def test_a_hot_request_has_a_line_where_requests_have_lines(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(settings.model_copy(update={"request_log": True}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://a.test") as client:
            await client.post(CODES)

    assert f"POST {CODES}" in capsys.readouterr().out


async def test_a_body_in_pieces_is_read_whole(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"email":'
        yield b'"nobody"'
        yield b"}"

    answer = await client.post(CODES, content=pieces())

    assert answer.status_code == 400
    assert "email" in answer.text


async def test_nothing_is_an_empty_object() -> None:
    body = await read_model(asked_with(piece(b"", more=False)), RequestCode)

    assert body == RequestCode()


@pytest.mark.parametrize("sent", [[], [piece(b"{", more=True)], [piece(b"", more=True)]])
async def test_who_leaves_in_a_body_has_sent_none(sent: list[dict[str, Any]]) -> None:
    request = asked_with(*sent, {"type": "http.disconnect"})

    with pytest.raises(ClientDisconnect):
        await read_model(request, RequestCode)


async def test_a_token_changes_nothing_of_a_context_but_who_asks(
    client: httpx.AsyncClient, app: Any
) -> None:
    request = Request(
        {"type": "http", "app": app, "headers": [], "client": ("192.0.2.1", 1)}, lambda: None
    )
    before = context_of(request)
    before = replace(before, by=replace(before.by, request={"path": "/codes"}, user_agent="A/1"))

    after = await authorize(before, client.headers["Authorization"])

    assert after.by.application_id
    assert after.sees_secrets
    assert replace(after.by, application_id=None) == before.by
    told = {"by", "scopes", "sees_secrets"}
    others = [field.name for field in fields(after) if field.name not in told]
    assert all(getattr(after, name) is getattr(before, name) for name in others)


@pytest.mark.parametrize("path", [CODES, "/api/users?search=ana@example.com"])
async def test_a_tracer_of_the_process_is_told_of_no_request(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    told = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(told))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)

    await client.request("POST" if path == CODES else "GET", path)

    assert not told.get_finished_spans()
