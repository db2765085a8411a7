"""`/api/verification-codes`: issue, limit, redeem."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest

from carteiro.testing.http_sink import Answer, HttpSink

SEND, VERIFY = "/api/verification-codes", "/api/verification-codes/verify"


@pytest.fixture
async def built_in(client: httpx.AsyncClient) -> httpx.AsyncClient:
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    return client


async def last_code(client: httpx.AsyncClient) -> str:
    mail = (await client.get("/api/mailbox")).json()[0]
    return re.search(r"\b\d{6}\b", mail["subject"])[0]


async def send(client: httpx.AsyncClient, email: str = "ana@example.com", **more: Any) -> Any:
    return await client.post(SEND, json={"email": email, **more})


async def verify(
    client: httpx.AsyncClient, code: str, email: str = "ana@example.com"
) -> str | None:
    answer = await client.post(VERIFY, json={"email": email, "verificationCode": code})
    return None if answer.status_code == 204 else answer.json()["code"]


def other(code: str, step: int = 1) -> str:
    return f"{(int(code) + step) % 10**6:06d}"


async def test_a_code_works_once(built_in: httpx.AsyncClient) -> None:
    await send(built_in)
    code = await last_code(built_in)

    assert await verify(built_in, code) is None
    assert await verify(built_in, code) == "verification_code.not_found"


async def test_a_newer_code_replaces_the_older(built_in: httpx.AsyncClient) -> None:
    await send(built_in)
    first = await last_code(built_in)
    await send(built_in)
    second = await last_code(built_in)

    if first != second:
        assert await verify(built_in, first) == "verification_code.code_mismatch"
    assert await verify(built_in, second) is None


async def test_the_eleventh_try_is_refused_even_with_the_right_code(
    built_in: httpx.AsyncClient,
) -> None:
    await send(built_in)
    code = await last_code(built_in)

    answers = [await verify(built_in, other(code, step)) for step in range(1, 11)]

    assert answers == ["verification_code.code_mismatch"] * 10
    assert await verify(built_in, code) == "verification_code.exceed_max_try"


async def test_a_resend_does_not_reset_the_identifiers_budget(built_in: httpx.AsyncClient) -> None:
    wrong = 0
    for _ in range(3):
        await send(built_in)
        code = await last_code(built_in)
        for step in range(1, 11):
            wrong += await verify(built_in, other(code, step)) == "verification_code.code_mismatch"
    answer = await built_in.post(
        VERIFY, json={"email": "ana@example.com", "verificationCode": code}
    )

    assert wrong == 20
    assert answer.json()["code"] == "verification_code.exceed_max_try"
    assert int(answer.headers["Retry-After"]) > 80_000


async def test_a_success_clears_the_budget(built_in: httpx.AsyncClient) -> None:
    for _ in range(4):
        await send(built_in)
        code = await last_code(built_in)
        for step in range(1, 8):
            assert await verify(built_in, other(code, step)) == "verification_code.code_mismatch"
        assert await verify(built_in, code) is None


async def test_of_a_hundred_right_answers_at_once_one_wins(built_in: httpx.AsyncClient) -> None:
    await send(built_in)
    code = await last_code(built_in)

    answers = await asyncio.gather(*(verify(built_in, code) for _ in range(100)))

    assert answers.count(None) == 1
    assert set(answers) == {None, "verification_code.not_found"}


async def test_parallel_guesses_spend_exactly_the_tries(built_in: httpx.AsyncClient) -> None:
    policy = {"verificationCodePolicy": {"maxRetryAttempts": 5}}
    await built_in.patch("/api/sign-in-exp", json=policy)
    await send(built_in)
    code = await last_code(built_in)

    answers = await asyncio.gather(*(verify(built_in, other(code)) for _ in range(50)))

    assert answers.count("verification_code.code_mismatch") == 5
    assert answers.count("verification_code.exceed_max_try") == 45


async def test_the_policy_in_force_when_redeeming_counts(built_in: httpx.AsyncClient) -> None:
    await send(built_in)
    code = await last_code(built_in)
    assert await verify(built_in, other(code)) == "verification_code.code_mismatch"

    await built_in.patch(
        "/api/sign-in-exp", json={"verificationCodePolicy": {"maxRetryAttempts": 1}}
    )

    assert await verify(built_in, code) == "verification_code.exceed_max_try"


async def test_the_mail_says_the_lifetime_of_the_policy(built_in: httpx.AsyncClient) -> None:
    await built_in.patch(
        "/api/sign-in-exp", json={"verificationCodePolicy": {"expirationDuration": 1800}}
    )

    await send(built_in)

    assert "30 minutes" in (await built_in.get("/api/mailbox")).json()[0]["text"]


async def test_case_does_not_tell_addresses_apart(built_in: httpx.AsyncClient) -> None:
    await send(built_in, "Ana@Example.COM")

    assert await verify(built_in, await last_code(built_in), "aNA@example.com") is None


async def test_another_address_has_no_code(built_in: httpx.AsyncClient) -> None:
    await send(built_in)

    answer = await verify(built_in, await last_code(built_in), "bob@example.com")

    assert answer == "verification_code.not_found"


@pytest.mark.parametrize(
    "typed", ["{} ", "{0[0]}{0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}", "arabic", "full"]
)
async def test_what_people_type_is_understood(built_in: httpx.AsyncClient, typed: str) -> None:
    await send(built_in)
    code = await last_code(built_in)
    scripts = {"arabic": 0x660, "full": 0xFF10}
    if typed in scripts:
        text = "".join(chr(scripts[typed] + int(digit)) for digit in code)
    else:
        text = typed.format(code)

    assert await verify(built_in, text) is None


async def test_the_eleventh_send_in_ten_minutes_is_limited(built_in: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(send(built_in) for _ in range(15)))

    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(204), statuses.count(429)) == (10, 5)
    limited = next(answer for answer in answers if answer.status_code == 429)
    assert limited.json()["code"] == "request.message_rate_limited"
    assert 590 <= int(limited.headers["Retry-After"]) <= 600
    assert (await send(built_in, "bob@example.com")).status_code == 204


async def test_a_limited_request_leaves_the_waiting_code(built_in: httpx.AsyncClient) -> None:
    for _ in range(10):
        await send(built_in)
    code = await last_code(built_in)

    assert (await send(built_in)).status_code == 429
    assert await verify(built_in, code) is None


async def test_failed_sends_do_not_count(client: httpx.AsyncClient) -> None:
    async with HttpSink(Answer(500, b"no")) as sink:
        config = {"endpoint": sink.url}
        await client.post("/api/connectors", json={"connectorId": "http-email", "config": config})
        failed = [(await send(client)).status_code for _ in range(12)]
        sink.answer = Answer()
        sent = [(await send(client)).status_code for _ in range(11)]

    assert failed == [400] * 12
    assert sent == [204] * 10 + [429]


async def test_the_endpoint_gets_the_code_alone(client: httpx.AsyncClient) -> None:
    async with HttpSink() as sink:
        config = {"endpoint": sink.url, "authorization": "Bearer x"}
        await client.post("/api/connectors", json={"connectorId": "http-email", "config": config})
        await send(client)

    import json

    body = json.loads(sink.requests[0].body)
    assert list(body) == ["to", "type", "payload", "ip"]
    assert set(body["payload"]) == {"code"}
    assert sink.requests[0].headers["authorization"] == "Bearer x"


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ({}, "en"),
        ({"locale": "pt-BR"}, "pt-BR"),
        ({"locale": "de-AT"}, "de"),
        ({"locale": "xx"}, "en"),
        ({"uiLocales": "xx fr-CA en"}, "fr"),
        ({"locale": "ja", "uiLocales": "fr"}, "ja"),
    ],
)
async def test_the_mail_speaks_the_language_that_was_asked_for(
    built_in: httpx.AsyncClient, wish: dict[str, str], language: str
) -> None:
    await send(built_in, **wish)

    html = (await built_in.get("/api/mailbox")).json()[0]["html"]
    assert f'lang="{language}"' in html


async def test_the_callers_own_language_does_not_count(built_in: httpx.AsyncClient) -> None:
    await built_in.post(SEND, json={"email": "a@example.com"}, headers={"Accept-Language": "fr"})

    assert 'lang="en"' in (await built_in.get("/api/mailbox")).json()[0]["html"]


@pytest.mark.parametrize(
    "email",
    [
        "nobody",
        "a@b",
        "a@example.com,b@example.com",
        "a@example.com;b@example.com",
        "a@example.com\r\nBcc:b@example.com",
        "<a@example.com>",
        "Ana <a@example.com>",
        "a@example..com",
        "a@-example.com",
        "a b@example.com",
        "a@[127.0.0.1].x",
        "@example.com",
    ],
)
async def test_what_is_not_one_address_is_refused(built_in: httpx.AsyncClient, email: str) -> None:
    answer = await send(built_in, email)

    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")
    assert (await built_in.get("/api/mailbox")).json() == []


async def test_an_address_beyond_the_column_is_422(built_in: httpx.AsyncClient) -> None:
    answer = await send(built_in, f"{'a' * 60}@{'b' * 60}.{'c' * 60}.com")

    assert (answer.status_code, answer.json()["code"]) == (422, "entity.value_too_long")


@pytest.mark.parametrize("email", ['"john.doe"@example.com', "pelé@exämple.com", "a+b@example.com"])
async def test_unusual_addresses_get_their_code(built_in: httpx.AsyncClient, email: str) -> None:
    assert (await send(built_in, email)).status_code == 204
    assert await verify(built_in, await last_code(built_in), email) is None


@pytest.mark.parametrize(
    ("path", "body", "code", "status"),
    [
        (SEND, {}, "guard.invalid_input", 400),
        (SEND, {"email": 1}, "guard.invalid_input", 400),
        (SEND, {"email": None}, "guard.invalid_input", 400),
        (SEND, {"phone": "123"}, "connector.not_found", 501),
        (SEND, {"phone": "+1"}, "guard.invalid_input", 400),
        (VERIFY, {"email": "a@example.com"}, "guard.invalid_input", 400),
        (VERIFY, {"email": "a@example.com", "verificationCode": ""}, "guard.invalid_input", 400),
        (
            VERIFY,
            {"email": "a@example.com", "verificationCode": "x"},
            "verification_code.not_found",
            400,
        ),
    ],
)
async def test_bad_bodies_are_named(
    built_in: httpx.AsyncClient, path: str, body: dict[str, Any], code: str, status: int
) -> None:
    answer = await built_in.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
