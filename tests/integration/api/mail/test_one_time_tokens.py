"""`/api/one-time-tokens` and `/api/sentinel-activities` (§2.10, §2.13)."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import HttpSink, refused

PATH = "/api/one-time-tokens"
FIELDS = {"tenantId", "id", "email", "token", "context", "status", "createdAt", "expiresAt"}
LINK = "https://example.com/in?one_time_token={token}&login_hint={email}"


async def make(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    answer = await client.post(PATH, json={"email": "Ana@Example.com", **members})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def verify(
    client: httpx.AsyncClient, token: str, email: str = "Ana@Example.com"
) -> httpx.Response:
    return await client.post(f"{PATH}/verify", json={"token": token, "email": email})


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_token_is_shown_to_its_maker_and_to_nobody_else(client: httpx.AsyncClient) -> None:
    context = {"jitOrganizationIds": ["o"], "interactionEvent": "Register"}
    made = await make(client, context=context, expiresIn=60)

    assert set(made) == FIELDS
    assert re.fullmatch(r"[0-9A-Za-z]{32}", made["token"])
    assert (made["status"], made["context"]) == ("active", context)
    assert made["expiresAt"] - made["createdAt"] == 60_000
    read = (await client.get(f"{PATH}/{made['id']}")).json()
    assert read == {**made, "token": "******"}
    assert (await client.get(PATH)).json() == [read]
    default = await make(client)
    assert default["expiresAt"] - default["createdAt"] == 600_000


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": ""},
        {"email": "a" * 129},
        {"email": "a@b.c", "expiresIn": 0},
        {"email": "a@b.c", "expiresIn": 1.5},
        {"email": "a@b.c", "context": {"interactionEvent": "Nope"}},
        {"email": "a@b.c", "message": {}},
        {"email": "a@b.c", "message": {"link": "https://example.com/"}},
        {"email": "a@b.c", "message": {"link": "javascript:{token}"}},
        {"email": "a@b.c", "message": {"link": "https://e.com/{token}{token}"}},
    ],
)
async def test_a_bad_token_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert said(await client.post(PATH, json=body)) == (400, "guard.invalid_input")


async def test_a_token_works_once_for_its_address(client: httpx.AsyncClient) -> None:
    made = await make(client)

    other = await verify(client, made["token"], "bea@example.com")
    used = await verify(client, made["token"], "ana@example.com")
    again = await verify(client, made["token"])

    assert said(other) == (400, "one_time_token.email_mismatch")
    assert (used.status_code, used.json()) == (200, {**made, "status": "consumed"})
    assert said(again) == (400, "one_time_token.token_consumed")
    assert said(await verify(client, "x" * 32)) == (404, "one_time_token.token_not_found")


async def test_a_hundred_at_once_have_one_winner(client: httpx.AsyncClient) -> None:
    made = await make(client)

    answers = await asyncio.gather(*(verify(client, made["token"]) for _ in range(100)))

    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 99]


async def test_a_token_ends_with_its_time(client: httpx.AsyncClient, app: Any) -> None:
    world = app.state.world
    made, other = await make(client, expiresIn=60), await make(client, expiresIn=60)
    object.__setattr__(world, "clock", FrozenClock(world.clock.now() + 61_000))  # time passes

    assert (await client.get(f"{PATH}/{made['id']}")).json()["status"] == "expired"
    assert len((await client.get(f"{PATH}?status=active")).json()) == 2  # the stored one
    assert said(await verify(client, made["token"])) == (400, "one_time_token.token_expired")
    assert len((await client.get(f"{PATH}?status=expired")).json()) == 2
    assert said(await verify(client, other["token"])) == (400, "one_time_token.token_expired")


async def test_a_token_is_revoked_and_not_revived(client: httpx.AsyncClient) -> None:
    made = await make(client)
    path = f"{PATH}/{made['id']}/status"

    revoked = await client.put(path, json={"status": "revoked"})
    revived = await client.put(path, json={"status": "active"})

    assert revoked.json()["status"] == "revoked"
    assert said(revived) == (400, "one_time_token.cannot_reactivate_token")
    assert said(await verify(client, made["token"])) == (400, "one_time_token.token_revoked")
    missing = await client.put(f"{PATH}/nope/status", json={"status": "revoked"})
    assert said(missing) == (404, "entity.not_exists_with_id")
    assert said(await client.put(path, json={"status": "x"})) == (400, "guard.invalid_input")
    assert (await client.delete(f"{PATH}/{made['id']}")).status_code == 204
    assert said(await client.delete(f"{PATH}/{made['id']}")) == (404, "entity.not_found")
    assert said(await client.get(f"{PATH}/{made['id']}")) == (404, "entity.not_exists_with_id")


async def test_the_list_is_filtered_counted_and_paged(client: httpx.AsyncClient) -> None:
    for address in ("a@example.com", "b@example.com", "A@example.com"):
        await make(client, email=address)

    found = await client.get(f"{PATH}?email=A@EXAMPLE.com&page=1&page_size=1")

    assert (len(found.json()), found.headers["Total-Number"]) == (1, "2")
    assert "Total-Number" not in (await client.get(PATH)).headers
    assert said(await client.get(f"{PATH}?email=nope")) == (400, "guard.invalid_input")


async def test_the_value_is_nowhere_at_rest(client: httpx.AsyncClient, settings: Settings) -> None:
    made = await make(client)
    await verify(client, made["token"])

    if settings.sqlite_path is not None:
        for path in Path(settings.sqlite_path).parent.glob("*.db*"):
            assert made["token"].encode() not in path.read_bytes()
    assert made["token"] not in (await client.get("/api/logs?page_size=100")).text


# --- the mail ---------------------------------------------------------------------------------


def mails(settings: Settings) -> list[Any]:
    folder = Path(str(settings.mailbox)) / "new"
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted(folder.iterdir())
    ]


@pytest.mark.parametrize("locale", ["en", "de", "ar", "ja", "pt-BR"])
async def test_the_link_is_mailed_in_the_persons_language(
    client: httpx.AsyncClient, settings: Settings, locale: str
) -> None:
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    made = await make(client, message={"link": LINK, "locale": locale})

    [mail] = mails(settings)
    address = f"https://example.com/in?one_time_token={made['token']}&login_hint=Ana%40Example.com"
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert mail["To"] == "Ana@example.com"
    assert address in text
    assert address.replace("&", "&amp;") in html
    assert "{{" not in text + html + mail["Subject"]
    assert f'lang="{locale}"' in html
    used = await verify(client, made["token"])
    assert used.status_code == 200


async def test_the_type_follows_the_purpose(client: httpx.AsyncClient) -> None:
    async with HttpSink() as sink:
        config = {"connectorId": "http-email", "config": {"endpoint": sink.url}}
        await client.post("/api/connectors", json=config)
        for event in ("SignIn", "Register", "ForgotPassword"):
            await make(client, context={"interactionEvent": event}, message={"link": LINK})

    sent = [request.json() for request in sink.requests]
    assert [message["type"] for message in sent] == ["SignIn", "Register", "ForgotPassword"]
    assert all(set(message["payload"]) == {"link"} for message in sent)


async def test_a_mail_that_fails_leaves_no_token(client: httpx.AsyncClient) -> None:
    async with HttpSink(refused(500)) as sink:
        config = {"connectorId": "http-email", "config": {"endpoint": sink.url}}
        await client.post("/api/connectors", json=config)
        answer = await client.post(PATH, json={"email": "a@example.com", "message": {"link": LINK}})

    assert said(answer) == (400, "connector.general")
    assert (await client.get(PATH)).json() == []


async def test_without_a_connector_there_is_no_token(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, json={"email": "a@example.com", "message": {"link": LINK}})
    unmailable = await client.post(PATH, json={"email": "nobody", "message": {"link": LINK}})

    assert said(answer) == (501, "connector.not_found")
    assert unmailable.status_code == 400
    assert (await client.get(PATH)).json() == []


async def test_a_template_for_codes_is_not_used_for_a_link(client: httpx.AsyncClient) -> None:
    config = {
        "host": "127.0.0.1",
        "port": 9,
        "fromEmail": "a@example.com",
        "auth": {"user": "u", "pass": "p"},
        "templates": [
            {"usageType": kind, "contentType": "text/html", "subject": "S", "content": "{{code}}"}
            for kind in ("Register", "SignIn", "ForgotPassword", "Generic")
        ],
    }
    body = {"connectorId": "simple-mail-transfer-protocol", "config": config}
    assert (await client.post("/api/connectors", json=body)).status_code == 200

    answer = await client.post(PATH, json={"email": "a@example.com", "message": {"link": LINK}})

    assert said(answer) == (400, "connector.template_not_found")
    assert (await client.get(PATH)).json() == []


# --- letting somebody try again ---------------------------------------------------------------


async def test_clearing_lets_an_address_be_sent_to_and_tried_again(
    client: httpx.AsyncClient,
) -> None:
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    send = {"email": "ana@example.com"}
    for _ in range(10):
        assert (await client.post("/api/verification-codes", json=send)).status_code == 204
    limited = await client.post("/api/verification-codes", json=send)

    body = {"targetType": "User", "targets": ["ANA@example.com", "not an address"]}
    cleared = await client.post("/api/sentinel-activities/delete", json=body)

    assert (limited.status_code, cleared.status_code) == (429, 204)
    assert (await client.post("/api/verification-codes", json=send)).status_code == 204
    log = (await client.get("/api/logs?logKey=Management.SentinelActivity.Deleted")).text
    assert "ana@" not in log.lower()
    bad = await client.post(
        "/api/sentinel-activities/delete", json={"targetType": "X", "targets": []}
    )
    assert said(bad) == (400, "guard.invalid_input")
