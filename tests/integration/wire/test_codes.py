"""A code that was asked for is there whatever became of its mail; a number has one code."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carteiro.testing.http_sink import DROPPED, Answer, HttpSink, refused
from wire_parts import made, said

SEND, VERIFY = "/api/verification-codes", "/api/verification-codes/verify"
ANA: dict[str, str] = {"email": "ana@example.com"}
AUSTRALIAN, WITH_ZERO = "61412345678", "610412345678"


async def wrong_try(client: httpx.AsyncClient, to: dict[str, str]) -> tuple[int, str]:
    return said(await client.post(VERIFY, json={**to, "verificationCode": "nothing"}))


@pytest.mark.parametrize("to", [ANA, {"phone": AUSTRALIAN}, {"phone": "491"}])
@pytest.mark.parametrize("mode", ["direct", "queued"])
async def test_a_code_is_kept_where_there_is_no_connector(
    client: httpx.AsyncClient, to: dict[str, str], mode: str
) -> None:
    await client.patch("/api/delivery", json={"mode": mode})
    before = await wrong_try(client, to)

    sent = await client.post(SEND, json=to)

    assert before == (400, "verification_code.not_found")
    assert said(sent) == (501, "connector.not_found")
    assert await wrong_try(client, to) == (400, "verification_code.code_mismatch")


@pytest.mark.parametrize("answer", [refused(400, "no"), refused(503), DROPPED])
async def test_a_code_is_kept_that_the_provider_did_not_take(
    client: httpx.AsyncClient, answer: Answer
) -> None:
    async with HttpSink(answer) as sink:
        config = {"endpoint": sink.url}
        await made(client, "/connectors", {"connectorId": "http-email", "config": config})
        sent = await client.post(SEND, json=ANA)

    assert said(sent) == (400, "connector.general")
    assert await wrong_try(client, ANA) == (400, "verification_code.code_mismatch")


async def test_a_code_is_kept_for_who_gets_no_mail(client: httpx.AsyncClient) -> None:
    await made(client, "/connectors", {"connectorId": "logto-email"})
    await made(client, "/suppressions", {"recipient": ANA["email"]})

    sent = await client.post(SEND, json=ANA)

    assert said(sent) == (422, "message.recipient_suppressed")
    assert await wrong_try(client, ANA) == (400, "verification_code.code_mismatch")


async def test_who_may_not_ask_again_keeps_the_code_that_they_have(
    client: httpx.AsyncClient,
) -> None:
    async with HttpSink() as sink:
        config = {"endpoint": sink.url}
        await made(client, "/connectors", {"connectorId": "http-email", "config": config})
        sent = [(await client.post(SEND, json=ANA)).status_code for _ in range(11)]
    code = sink.requests[-1].json()["payload"]["code"]

    answer = await client.post(VERIFY, json={**ANA, "verificationCode": code})

    assert sent == [204] * 10 + [429]
    assert answer.status_code == 204


async def test_no_invitation_remains_where_its_mail_cannot_go(client: httpx.AsyncClient) -> None:
    organization = await made(client, "/organizations", {"name": "Org"})
    invitation: dict[str, Any] = {
        "invitee": ANA["email"],
        "organizationId": organization["id"],
        "expiresAt": 4_102_444_800_000,
        "messagePayload": {"link": "https://example.com"},
    }

    answer = await client.post("/api/organization-invitations", json=invitation)

    assert said(answer) == (501, "connector.not_found")
    assert (await client.get("/api/organization-invitations")).json() == []


@pytest.mark.parametrize(("asked", "typed"), [(AUSTRALIAN, WITH_ZERO), (WITH_ZERO, AUSTRALIAN)])
async def test_a_code_is_redeemed_in_either_spelling_of_its_number(
    client: httpx.AsyncClient, asked: str, typed: str
) -> None:
    async with HttpSink() as sink:
        config = {"endpoint": sink.url}
        await made(client, "/connectors", {"connectorId": "http-sms", "config": config})
        await client.post(SEND, json={"phone": asked})
    request = sink.requests[0].json()

    redeemed = await client.post(
        VERIFY, json={"phone": typed, "verificationCode": request["payload"]["code"]}
    )

    assert request["to"] == AUSTRALIAN
    assert redeemed.status_code == 204


async def test_both_spellings_of_a_number_share_a_limit_until_it_is_lifted(
    client: httpx.AsyncClient,
) -> None:
    async with HttpSink() as sink:
        config = {"endpoint": sink.url}
        await made(client, "/connectors", {"connectorId": "http-sms", "config": config})
        sent = [
            (await client.post(SEND, json={"phone": phone})).status_code
            for phone in [AUSTRALIAN, WITH_ZERO] * 6
        ]
        lifted = {"targetType": "User", "targets": [WITH_ZERO]}
        await client.post("/api/sentinel-activities/delete", json=lifted)
        after = await client.post(SEND, json={"phone": AUSTRALIAN})

    assert sent == [204] * 10 + [429] * 2
    assert after.status_code == 204


async def test_a_suppressed_number_is_so_in_either_spelling(client: httpx.AsyncClient) -> None:
    async with HttpSink() as sink:
        config = {"endpoint": sink.url}
        await made(client, "/connectors", {"connectorId": "http-sms", "config": config})
        await made(client, "/suppressions", {"recipient": WITH_ZERO})
        sent = await client.post(SEND, json={"phone": AUSTRALIAN})

    assert said(sent) == (422, "message.recipient_suppressed")
