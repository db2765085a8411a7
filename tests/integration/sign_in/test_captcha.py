"""The provider alone says who is a person; where it cannot be asked, nobody is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from carteiro.connectors.captcha.verify import ask
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.errors import CaptchaFailed, CaptchaRequired
from carteiro.flows.administer.tenant.settings import put_captcha_provider
from carteiro.flows.guards.captcha import require_captcha, verify_captcha
from carteiro.flows.world import World
from carteiro.testing.http_provider import EveryName, client_of, server_tls
from carteiro.testing.http_sink import (
    DROPPED,
    ENDLESS,
    HUNG,
    HUNG_IN_BODY,
    NOT_GZIP,
    Answer,
    HttpSink,
    redirect,
    refused,
)
from guard_parts import TENANT, decided

pytestmark = pytest.mark.anyio
HOSTS = (
    "challenges.cloudflare.com",
    "api.hcaptcha.com",
    "www.google.com",
    "recaptchaenterprise.googleapis.com",
)
KEYS = {"siteKey": "site", "secretKey": "s3cret"}
TURNSTILE = {"type": "Turnstile", **KEYS}
HCAPTCHA = {"type": "HCaptcha", **KEYS}
V3 = {"type": "RecaptchaV3", **KEYS}
ENTERPRISE = {"type": "RecaptchaEnterprise", "projectId": "my project", **KEYS}
CHECKBOX = {**ENTERPRISE, "mode": "checkbox"}
GOOD = {"success": True}
BAD = {"success": False, "error-codes": ["invalid-input-secret"]}


def says(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode())


def assessed(*, valid: Any = True, score: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = {"tokenProperties": {"valid": valid}}
    return found if score is None else {**found, "riskAnalysis": {"score": score}}


@asynccontextmanager
async def provider(answer: Answer) -> AsyncIterator[tuple[HttpSink, HttpClient]]:
    async with HttpSink(answer, tls=server_tls(*HOSTS)) as sink:
        client = client_of(sink)
        yield sink, client
        await client.close()


@pytest.mark.parametrize(
    ("config", "said", "passed"),
    [
        (TURNSTILE, GOOD, True),
        (TURNSTILE, BAD, False),
        (TURNSTILE, {}, False),
        (TURNSTILE, {"success": "true"}, False),
        (TURNSTILE, {"success": 1}, False),
        (TURNSTILE, [], False),
        (TURNSTILE, None, False),
        (HCAPTCHA, GOOD, True),
        (HCAPTCHA, {**GOOD, "score": 0.9}, True),
        (HCAPTCHA, BAD, False),
        (V3, {**GOOD, "score": 0.5}, True),
        (V3, {**GOOD, "score": 0.49}, False),
        (V3, GOOD, False),
        (V3, {**GOOD, "score": "0.9"}, False),
        (V3, {**GOOD, "score": True}, False),
        (V3, {**GOOD, "score": 1}, True),
        (V3, {**GOOD, "score": float("inf")}, False),
        (V3, {**GOOD, "score": float("nan")}, False),
        (V3, {**GOOD, "score": 10**400}, False),
        (V3, {**BAD, "score": 0.9}, False),
        (ENTERPRISE, assessed(score=0.5), True),
        (ENTERPRISE, assessed(score=0.4), False),
        (ENTERPRISE, assessed(), False),
        (ENTERPRISE, assessed(valid=False, score=0.9), False),
        (ENTERPRISE, {"riskAnalysis": {"score": 0.9}}, False),
        (ENTERPRISE, {"tokenProperties": [], "riskAnalysis": 1}, False),
        (CHECKBOX, assessed(score=0.1), True),
        (CHECKBOX, assessed(), True),
        (CHECKBOX, assessed(valid=False), False),
    ],
    ids=lambda value: str(value)[:80],
)
async def test_only_what_a_provider_documents_as_a_pass_is_one(
    config: dict[str, Any], said: Any, passed: bool
) -> None:
    async with provider(says(said)) as (_, client):
        verdict = await ask(client, config, "token", "192.0.2.7")

    assert verdict.passed is passed
    assert (verdict.reason is None) is passed


@pytest.mark.parametrize(
    ("config", "host", "path", "more"),
    [
        (TURNSTILE, HOSTS[0], "/turnstile/v0/siteverify", {}),
        (HCAPTCHA, HOSTS[1], "/siteverify", {"sitekey": ["site"]}),
        (V3, HOSTS[2], "/recaptcha/api/siteverify", {}),
    ],
    ids=lambda value: value.get("type", "") if isinstance(value, dict) else str(value),
)
async def test_a_provider_gets_the_token_and_the_secret_in_a_form(
    config: dict[str, Any], host: str, path: str, more: dict[str, Any]
) -> None:
    async with provider(says(GOOD)) as (sink, client):
        await ask(client, config, "tok en&x=1", "192.0.2.7")
        await ask(client, config, "token", None)

    first, second = sink.requests
    assert (first.method, first.path, first.headers["host"]) == ("POST", path, host)
    assert parse_qs(first.body.decode(), strict_parsing=True) == {
        "secret": ["s3cret"],
        "response": ["tok en&x=1"],
        "remoteip": ["192.0.2.7"],
        **more,
    }
    assert "remoteip" not in parse_qs(second.body.decode())


async def test_recaptcha_enterprise_gets_an_event_to_assess() -> None:
    async with provider(says(assessed(score=1))) as (sink, client):
        await ask(client, ENTERPRISE, "token", "192.0.2.7")
        await ask(client, ENTERPRISE, "token", None)

    first, second = sink.requests
    asked = urlsplit(first.path)
    assert first.headers["host"] == HOSTS[3]
    assert asked.path == "/v1/projects/my%20project/assessments"
    assert parse_qs(asked.query) == {"key": ["s3cret"]}
    event = {"token": "token", "siteKey": "site", "userIpAddress": "192.0.2.7"}
    assert first.json() == {"event": event}
    assert "userIpAddress" not in second.json()["event"]


@pytest.mark.parametrize("config", [TURNSTILE, HCAPTCHA, V3, ENTERPRISE, CHECKBOX], ids=str)
@pytest.mark.parametrize(
    "answer",
    [
        DROPPED,
        HUNG,
        HUNG_IN_BODY,
        ENDLESS,
        NOT_GZIP,
        refused(500, "success"),
        refused(403, '{"success": false}'),
        refused(502, json.dumps({**GOOD, **assessed(score=0.9), "score": 0.9})),
        redirect("https://www.google.com/"),
        Answer(200, b""),
        Answer(200, b"[" * 60_000),
        Answer(200, b"\xff\xfe"),
    ],
    ids=[
        "dropped",
        "hung",
        "half",
        "endless",
        "gzip",
        "500",
        "403",
        "502",
        "redirect",
        "empty",
        "deep",
        "bytes",
    ],
)
async def test_a_provider_that_cannot_be_asked_has_passed_nobody(
    config: dict[str, Any], answer: Answer
) -> None:
    async with provider(answer) as (_, client):
        verdict = await ask(client, config, "token", None, timeout=0.5)

    assert not verdict.passed
    assert verdict.reason
    assert "s3cret" not in verdict.reason


async def test_a_provider_that_is_down_has_passed_nobody() -> None:
    async with provider(says(GOOD)) as (sink, client):
        await sink.stop()
        verdict = await ask(client, TURNSTILE, "token", None)

    assert not verdict.passed


@pytest.mark.parametrize("token", ["", "x" * 8193, "tökén"], ids=["none", "long", "strange"])
async def test_what_is_no_token_is_not_asked_about(token: str) -> None:
    async with provider(says(GOOD)) as (sink, client):
        verdict = await ask(client, TURNSTILE, token, None)

    assert not verdict.passed
    assert sink.requests == []


async def test_a_provider_is_reached_through_the_egress_guard() -> None:
    async with HttpSink(says(GOOD), tls=server_tls(*HOSTS)) as sink:
        guard = EgressPolicy(enabled=True, allow=[ip_network("192.0.2.0/24")])
        client = HttpClient(guard, resolver=EveryName(sink))
        verdict = await ask(client, TURNSTILE, "token", None)
        await client.close()

    assert not verdict.passed
    assert sink.connections == 0


async def asked(world: World, client: HttpClient, token: str = "token") -> CaptchaFailed | None:
    reached = replace(world, services=replace(world.services, http=client))
    try:
        await verify_captcha(reached, TENANT, token, "192.0.2.7")
    except CaptchaFailed as error:
        return error
    return None


async def test_the_tenant_s_own_secret_is_what_the_provider_is_asked_with(world: World) -> None:
    await put_captcha_provider(world, TENANT, {**TURNSTILE, "secretKey": "1x0000000000AA"})
    async with provider(says(GOOD)) as (sink, client):
        passed = await asked(world, client)
        sink.answer = says(BAD)
        failed = await asked(world, client)

    assert passed is None
    assert failed is not None
    assert failed.code == "session.captcha_failed"
    assert failed.reason == "invalid-input-secret"
    assert failed.reason not in failed.message
    assert parse_qs(sink.requests[0].body.decode())["secret"] == ["1x0000000000AA"]


async def test_without_a_provider_nobody_passes(world: World) -> None:
    async with provider(says(GOOD)) as (sink, client):
        failed = await asked(world, client)

    assert failed is not None
    assert sink.requests == []


async def test_a_captcha_is_asked_for_where_the_policy_is_on(world: World) -> None:
    off = await world.workspaces.of(TENANT)
    await decided(world, captchaPolicy={"enabled": True})
    on = await world.workspaces.of(TENANT)

    require_captcha(off, verified=False, skipped=False)
    require_captcha(on, verified=True, skipped=False)
    require_captcha(on, verified=False, skipped=True)
    with pytest.raises(CaptchaRequired):
        require_captcha(on, verified=False, skipped=False)
