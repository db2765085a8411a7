"""`/api/protection`, what it changes over HTTP, and what `doctor` says of it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carteiro.app import create_app
from carteiro.runtime.checkup import Verdict, examine
from carteiro.settings import Settings

SEND, VERIFY = "/api/verification-codes", "/api/verification-codes/verify"
ANA = {"email": "ana@example.com"}


async def test_unset_it_is_as_the_compatible_api_has_it(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/api/protection")).json()

    assert (answer["codeAlphabet"], answer["codeLength"]) == ("digits", 6)
    limits = ("failuresPerDay", "delayAfter", "cooldown", "sendsPerHour", "sendsPerDay")
    assert [answer[name] for name in limits] == [None] * 5
    assert answer["guessing"]["triesPerDay"] == 20
    assert answer["guessing"]["chancePerYear"] == pytest.approx(0.0073, rel=0.01)
    codes = [finding["code"] for finding in answer["findings"]]
    assert codes == ["codes.guessable", "codes.undelayed", "codes.sprayable", "sending.unlimited"]
    assert "codes of 7 digits" in answer["findings"][0]["message"]


async def test_what_is_recommended_ends_the_findings(client: httpx.AsyncClient) -> None:
    strict = {
        "codeAlphabet": "letters",
        "delayAfter": 10,
        "cooldown": 60,
        "sendsPerHour": 10,
        "sendsPerDay": 30,
        "networkSendsPerHour": 100,
        "networkWrongTriesPerHour": 100,
        "tenantSendsPerHour": 5000,
    }

    answer = await client.patch("/api/protection", json=strict)

    assert answer.status_code == 200
    assert answer.json()["findings"] == []
    assert answer.json()["guessing"]["chancePerYear"] < 0.001
    assert (await client.get("/api/protection")).json() == answer.json()


@pytest.mark.parametrize(("seconds", "warned"), [(60, False), (600, False), (3600, True)])
async def test_a_code_that_lives_for_more_than_ten_minutes_is_taken_and_warned_of(
    client: httpx.AsyncClient, settings: Settings, seconds: int, warned: bool
) -> None:
    policy = {"verificationCodePolicy": {"expirationDuration": seconds}}
    answer = await client.patch("/api/sign-in-exp", json=policy)

    findings = (await client.get("/api/protection")).json()["findings"]
    [codes] = [one for one in await examine(settings, "default") if one.check == "codes"]

    assert answer.status_code == 200
    assert ("codes.long_lived" in [finding["code"] for finding in findings]) is warned
    assert ("codes live for 60 minutes" in codes.message) is warned


@pytest.mark.parametrize(
    "body",
    [
        {"codeLength": 5},
        {"codeLength": 13},
        {"codeLength": "8"},
        {"codeLength": None},
        {"codeAlphabet": "emoji"},
        {"failuresPerDay": 101},
        {"failuresPerDay": 0},
        {"delayAfter": 0},
        {"cooldown": 0},
        {"cooldown": 3601},
        {"sendsPerHour": 0},
        {"sendsPerDay": 501},
        {"networkSendsPerHour": -1},
        {"networkWrongTriesPerHour": 0},
        {"networkWrongTriesPerHour": 100_001},
        {"tenantSendsPerHour": 1.5},
    ],
)
async def test_what_is_out_of_range_is_refused(client: httpx.AsyncClient, body: Any) -> None:
    before = (await client.get("/api/protection")).json()

    answer = await client.patch("/api/protection", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")
    assert (await client.get("/api/protection")).json() == before


async def test_a_limit_answers_429_with_a_time_and_its_name(client: httpx.AsyncClient) -> None:
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    await client.patch("/api/protection", json={"cooldown": 60})
    first = await client.post(SEND, json=ANA)

    second = await client.post(SEND, json=ANA)

    assert (first.status_code, second.status_code) == (204, 429)
    assert 58 <= int(second.headers["Retry-After"]) <= 60
    body = second.json()
    assert (body["code"], body["data"]) == ("request.message_rate_limited", {"limit": "cooldown"})


async def test_a_delayed_try_says_when_the_next_one_counts(client: httpx.AsyncClient) -> None:
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    await client.patch("/api/protection", json={"delayAfter": 1})
    await client.post(SEND, json=ANA)
    wrong = {**ANA, "verificationCode": "none"}

    first, second = [await client.post(VERIFY, json=wrong) for _ in range(2)]

    assert first.json()["code"] == "verification_code.code_mismatch"
    assert second.json()["code"] == "verification_code.exceed_max_try"
    assert 28 <= int(second.headers["Retry-After"]) <= 30


async def test_the_mail_carries_letters_in_both_parts(client: httpx.AsyncClient) -> None:
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    await client.patch("/api/protection", json={"codeAlphabet": "letters", "codeLength": 12})
    await client.post(SEND, json=ANA)

    mail = (await client.get("/api/mailbox")).json()[0]
    [code] = {word for word in mail["text"].split() if len(word) == 12 and word.isupper()}
    verified = await client.post(VERIFY, json={**ANA, "verificationCode": code.lower()})

    assert code in mail["html"]
    assert verified.status_code == 204


async def person_token(app: Any, application: str) -> str:
    """A token in which somebody speaks for themselves: its subject is not its client."""
    from joserfc import jwt

    world = app.state.world
    now = world.clock.now() // 1000
    claims = {
        "sub": "someuser",
        "client_id": application,
        "iat": now,
        "exp": now + 600,
        "iss": "http://carteiro.test/oidc",
        "aud": "https://default.logto.app/api",
        "scope": "all",
    }
    key = (await world.signing_keys.of("default")).signing
    return jwt.encode({"alg": "ES384", "kid": key.kid}, claims, key, algorithms=["ES384"])


async def test_a_network_is_what_the_trusted_proxy_saw_and_not_what_a_client_claims(
    settings: Settings,
) -> None:
    app = create_app(settings.model_copy(update={"trusted_proxies": 1}))
    async with app.router.lifespan_context(app):
        from carteiro.flows.administer.access.applications import create_application

        made = await create_application(app.state.world, "default", name="x", is_admin=True)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://carteiro.test"
        ) as client:
            client.headers["Authorization"] = f"Bearer {await person_token(app, made.id)}"
            await client.post("/api/connectors", json={"connectorId": "logto-email"})
            await client.patch("/api/protection", json={"networkSendsPerHour": 1})

            async def ask(number: int, forwarded: str) -> int:
                headers = {"X-Forwarded-For": forwarded}
                body = {"email": f"a{number}@example.com"}
                return (await client.post(SEND, json=body, headers=headers)).status_code

            first = await ask(1, "192.0.2.1")
            spoofed = await ask(2, "203.0.113.9, 192.0.2.1")
            other = await ask(3, "192.0.2.1, 192.0.2.2")

    assert (first, spoofed, other) == (204, 429, 204)


async def test_without_a_trusted_proxy_the_header_is_nothing(
    client: httpx.AsyncClient, app: Any, credentials: Any
) -> None:
    client.headers["Authorization"] = f"Bearer {await person_token(app, credentials.id)}"
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    await client.patch("/api/protection", json={"networkSendsPerHour": 1})

    statuses = [
        (
            await client.post(
                SEND,
                json={"email": f"a{number}@example.com"},
                headers={"X-Forwarded-For": f"192.0.2.{number}"},
            )
        ).status_code
        for number in range(2)
    ]

    assert statuses == [204, 429]


async def test_doctor_warns_of_guesses_and_recommends_limits(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    before = {one.check: one for one in await examine(settings, "default")}
    strict = {
        "codeLength": 8,
        "delayAfter": 5,
        "cooldown": 60,
        "sendsPerHour": 10,
        "sendsPerDay": 30,
        "networkSendsPerHour": 100,
        "networkWrongTriesPerHour": 100,
        "tenantSendsPerHour": 1000,
    }
    await client.patch("/api/protection", json=strict)
    after = {one.check: one for one in await examine(settings, "default")}

    assert before["codes"].verdict is before["sending"].verdict is Verdict.WARNING
    assert "0.73%" in before["codes"].message
    assert "cooldown 60" in before["sending"].message
    assert "networkSendsPerHour 100" in before["sending"].message
    assert "networkWrongTriesPerHour 100" in before["codes"].message
    assert after["codes"].verdict is after["sending"].verdict is Verdict.OK
    assert "20 tries a day" in after["codes"].message
