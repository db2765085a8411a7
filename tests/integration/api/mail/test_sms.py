"""Codes by SMS: the same flow, another connector, another channel."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carteiro.testing.http_sink import HttpSink

SEND, VERIFY = "/api/verification-codes", "/api/verification-codes/verify"


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def use(client: httpx.AsyncClient, sink: HttpSink, id: str = "http-sms") -> dict[str, Any]:
    body = {"connectorId": id, "config": {"endpoint": sink.url}}
    answer = await client.post("/api/connectors", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_code_goes_to_a_phone_and_is_redeemed_there(client: httpx.AsyncClient) -> None:
    async with HttpSink() as sink:
        await use(client, sink)
        sent = await client.post(SEND, json={"phone": "4915112345678"})

    [request] = [request.json() for request in sink.requests]
    code = request["payload"]["code"]
    assert (sent.status_code, request) == (
        204,
        {"to": "4915112345678", "type": "Generic", "payload": {"code": code}, "ip": "127.0.0.1"},
    )
    wrong = await client.post(VERIFY, json={"phone": "4915112345679", "verificationCode": code})
    mailed = await client.post(VERIFY, json={"email": "a@example.com", "verificationCode": code})
    right = await client.post(VERIFY, json={"phone": "4915112345678", "verificationCode": code})
    again = await client.post(VERIFY, json={"phone": "4915112345678", "verificationCode": code})
    assert said(wrong) == said(mailed) == said(again) == (400, "verification_code.not_found")
    assert right.status_code == 204
    log = (await client.get("/api/logs?page_size=100")).text
    assert "4915112345678" not in log
    assert "***78" in log


async def test_each_channel_has_its_connector(client: httpx.AsyncClient) -> None:
    async with HttpSink() as texts, HttpSink() as mails:
        await use(client, texts)
        await use(client, mails, "http-email")
        await use(client, texts)  # takes the place of the first, and of nothing else
        listed = (await client.get("/api/connectors")).json()
        await client.post(SEND, json={"phone": "491", "email": "a@example.com"})
        await client.post(SEND, json={"phone": "491"})

    assert sorted(row["type"] for row in listed) == ["Email", "Sms"]
    assert [request.json()["to"] for request in mails.requests] == ["a@example.com"]
    assert [request.json()["to"] for request in texts.requests] == ["491"]


async def test_without_its_connector_a_channel_is_not_there(client: httpx.AsyncClient) -> None:
    async with HttpSink() as sink:
        await use(client, sink, "http-email")
        answer = await client.post(SEND, json={"phone": "491"})

    assert said(answer) == (501, "connector.not_found")
    assert answer.json()["data"] == {"type": "Sms"}


async def test_spellings_of_a_number_share_a_limit(client: httpx.AsyncClient) -> None:
    async with HttpSink() as sink:
        await use(client, sink)
        answers = [
            (await client.post(SEND, json={"phone": number})).status_code
            for number in ["4915112345678", "004915112345678"] * 6
        ]
        cleared = {"targetType": "User", "targets": ["4915112345678"]}
        await client.post("/api/sentinel-activities/delete", json=cleared)
        after = await client.post(SEND, json={"phone": "4915112345678"})

    assert answers == [204] * 10 + [429] * 2
    assert after.status_code == 204


@pytest.mark.parametrize(
    ("phone", "status"), [("+491", 400), ("49 1", 400), ("", 400), ("000", 400), ("1" * 33, 422)]
)
async def test_a_number_is_digits(client: httpx.AsyncClient, phone: str, status: int) -> None:
    assert (await client.post(SEND, json={"phone": phone})).status_code == status


async def test_the_test_route_knows_the_channel(client: httpx.AsyncClient) -> None:
    async with HttpSink() as sink:
        config = {"endpoint": sink.url}
        path = "/api/connectors/http-sms/test"
        both = await client.post(
            path, json={"phone": "491", "email": "a@example.com", "config": config}
        )
        mail = await client.post(path, json={"email": "a@example.com", "config": config})
        other = await client.post(
            "/api/connectors/http-email/test", json={"phone": "491", "config": config}
        )

    assert both.status_code == 204
    assert sink.requests[0].json()["payload"] == {"code": "000000"}
    assert said(mail) == said(other) == (400, "connector.unexpected_type")


async def test_the_last_way_to_a_new_password_is_kept(client: httpx.AsyncClient) -> None:
    async with HttpSink() as sink:
        mail = await use(client, sink, "http-email")
        text = await use(client, sink)
        settings = {
            "forgotPasswordMethods": None,
            "passwordExpiration": {"enabled": True, "validPeriodDays": 9},
            "signUp": {"identifiers": ["email", "phone"], "password": True, "verify": True},
        }
        assert (await client.patch("/api/sign-in-exp", json=settings)).status_code == 200
        first = await client.delete(f"/api/connectors/{mail['id']}")
        last = await client.delete(f"/api/connectors/{text['id']}")

    assert first.status_code == 204  # case 92 of the connectors' description
    code = "sign_in_experiences.password_expiration_requires_forgot_password"
    assert said(last) == (422, code)
