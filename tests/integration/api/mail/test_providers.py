"""Each provider through the API: configured, tested, sent through, refusing, redeemed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from carteiro.connectors.http.api import HttpApiConnector
from carteiro.model.message import Message
from carteiro.testing.connector_contract import sample_message
from carteiro.testing.http_provider import client_of, server_tls
from carteiro.testing.http_sink import Answer, HttpSink
from provider_parts import api_connectors, contract_of, documented

TO = "ana@example.com"
each_provider = pytest.mark.parametrize(
    "factory", api_connectors(), ids=lambda factory: factory.metadata.id
)


@asynccontextmanager
async def provider(
    app: Any, factory: type[HttpApiConnector], answer: Answer
) -> AsyncIterator[HttpSink]:
    """The vendor's host is a server on loopback for everything that the application sends."""
    services = app.state.world.services
    before = services.http
    host = httpx.URL(_url(factory)).host
    async with HttpSink(answer, tls=server_tls(host)) as sink:
        http = client_of(sink)
        object.__setattr__(services, "http", http)  # it is frozen: nothing but a test swaps it
        yield sink
        object.__setattr__(services, "http", before)
        await http.close()


def _url(factory: type[HttpApiConnector]) -> str:
    from carteiro.connectors.contract import Services
    from carteiro.testing.clock import FrozenClock

    http: Any = None
    config = factory.parse(documented(factory.metadata.id))
    message: Message = sample_message()
    return factory(config, Services(http=http, clock=FrozenClock())).request(message).url


@each_provider
async def test_a_code_goes_out_through_the_provider_and_is_redeemed(
    factory: type[HttpApiConnector], app: Any, client: httpx.AsyncClient
) -> None:
    id_, config = factory.metadata.id, documented(factory.metadata.id)
    async with provider(app, factory, contract_of(factory).accepted) as sink:
        tested = await client.post(
            f"/api/connectors/{id_}/test", json={"email": TO, "config": config, "locale": "pt-BR"}
        )
        made = await client.post("/api/connectors", json={"connectorId": id_, "config": config})
        sent = await client.post("/api/verification-codes", json={"email": TO})
        bodies = [request.body.decode() for request in sink.requests]
    code = re.search(r"(?<!\d)\d{6}(?!\d)", bodies[1].replace(config.get("projectId", "-"), ""))
    assert code
    redeemed = await client.post(
        "/api/verification-codes/verify", json={"email": TO, "verificationCode": code[0]}
    )

    assert (tested.status_code, made.status_code) == (204, 200)
    assert (sent.status_code, redeemed.status_code) == (204, 204)
    assert "000000" in bodies[0]
    assert TO in bodies[1] or TO.replace("@", "%40") in bodies[1]
    assert made.json()["formItems"] == factory.metadata.wire()["formItems"]


@each_provider
async def test_a_failing_test_explains_itself_and_shows_no_secret(
    factory: type[HttpApiConnector], app: Any, client: httpx.AsyncClient
) -> None:
    contract = contract_of(factory)
    config = documented(factory.metadata.id)
    async with provider(app, factory, contract.wrong_key):
        answer = await client.post(
            f"/api/connectors/{factory.metadata.id}/test", json={"email": TO, "config": config}
        )

    body = answer.json()
    assert answer.status_code == 400
    assert body["code"] in {"connector.general", "connector.invalid_response"}
    assert body["message"].startswith(f"{factory.metadata.name['en']} refused the message (HTTP ")
    assert [secret for secret in contract.secrets if secret in answer.text] == []


@each_provider
async def test_a_throttling_provider_is_429_with_retry_after(
    factory: type[HttpApiConnector], app: Any, client: httpx.AsyncClient
) -> None:
    config = documented(factory.metadata.id)
    async with provider(app, factory, contract_of(factory).throttling):
        answer = await client.post(
            f"/api/connectors/{factory.metadata.id}/test", json={"email": TO, "config": config}
        )

    assert answer.status_code == 429
    assert answer.json()["code"] == "connector.rate_limit_exceeded"
    assert answer.headers["Retry-After"] == "7"
