"""The mailbox of development: what arrives there, who may read it, who may empty it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.routing import Route

from carteiro.pages.mailbox.routes import routes
from carteiro.testing.http_sink import HttpSink
from carteiro.testing.postgres import free_port

SEND = "/api/verification-codes"


async def connect(client: httpx.AsyncClient, connector_id: str, config: dict[str, Any]) -> None:
    made = await client.post(
        "/api/connectors", json={"connectorId": connector_id, "config": config}
    )
    assert made.status_code == 200, made.text


def smtp(port: int) -> dict[str, Any]:
    kinds = ["SignIn", "Register", "ForgotPassword", "Generic"]
    words = {"contentType": "text/html", "subject": "Your code", "content": "<b>{{code}}</b>"}
    return {
        "host": "127.0.0.1",
        "port": port,
        "auth": {"type": "login"},
        "fromEmail": "Acme <no-reply@acme.test>",
        "templates": [{"usageType": kind, **words} for kind in kinds],
    }


async def mails(client: httpx.AsyncClient) -> Any:
    return (await client.get("/api/mailbox")).json()


async def test_a_mail_that_the_provider_refuses_is_there_to_be_read(
    client: httpx.AsyncClient,
) -> None:
    await connect(client, "simple-mail-transfer-protocol", smtp(free_port()))

    answer = await client.post(SEND, json={"email": "ana@example.com"})

    assert answer.status_code >= 400
    (mail,) = await mails(client)
    assert (mail["connector"], mail["to"], mail["subject"]) == (
        "simple-mail-transfer-protocol",
        "ana@example.com",
        "Your code",
    )
    page = await client.get("/mailbox")
    assert "simple-mail-transfer-protocol" in page.text


async def test_a_message_whose_words_the_provider_has_shows_its_values(
    client: httpx.AsyncClient,
) -> None:
    async with HttpSink() as sink:
        await connect(client, "http-email", {"endpoint": sink.url})
        await client.post(SEND, json={"email": "ana@example.com"})
        code = sink.requests[0].json()["payload"]["code"]

    (mail,) = await mails(client)
    assert f"code: {code}" in mail["text"]
    assert mail["connector"] == "http-email"


async def test_the_code_of_a_mail_is_told_apart_whichever_connector_took_it(
    client: httpx.AsyncClient,
) -> None:
    async with HttpSink() as sink:
        await connect(client, "http-email", {"endpoint": sink.url})
        await client.post(SEND, json={"email": "ana@example.com"})
        code = sink.requests[0].json()["payload"]["code"]
    page = await client.get("/mailbox")

    assert [mail["code"] for mail in await mails(client)] == [code]
    assert page.text.count(f'data-copies="{code}"') == 2, "in the list and beside the mail"


async def test_the_built_in_services_mail_is_there_once(client: httpx.AsyncClient) -> None:
    await connect(client, "logto-email", {})
    await client.post(SEND, json={"email": "ana@example.com"})

    (mail,) = await mails(client)

    assert mail["connector"] is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:3001", "localhost.evil.example", "[::2]", "[", ""]
)
async def test_another_host_is_refused_wherever_mails_are(
    client: httpx.AsyncClient, host: str
) -> None:
    await connect(client, "logto-email", {})
    await client.post(SEND, json={"email": "ana@example.com"})
    (mail,) = await mails(client)
    headers = {"Host": host, "Origin": f"http://{host}"}

    answers = [
        await client.request(method, route.path.replace("{id}", mail["id"]), headers=headers)
        for route in _with_mails()
        for method in route.methods or ()
        if method != "HEAD"
    ]

    assert len(answers) == 6
    assert {answer.status_code for answer in answers} == {421}
    assert len(await mails(client)) == 1


def _with_mails() -> list[Route]:
    return [route for route in routes if not route.path.endswith(".js")]


@pytest.mark.parametrize("host", ["localhost:3001", "127.0.0.1:9", "[::1]:80", "carteiro.test"])
async def test_this_machines_names_are_taken(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/mailbox", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    ("origin", "emptied"),
    [
        ("http://carteiro.test", True),
        ("http://evil.example", False),
        ("http://localhost:4000", False),
        ("null", False),
        (None, False),
    ],
)
async def test_it_is_emptied_from_its_own_page_only(
    client: httpx.AsyncClient, origin: str | None, emptied: bool
) -> None:
    await connect(client, "logto-email", {})
    await client.post(SEND, json={"email": "ana@example.com"})

    answer = await client.post("/mailbox", headers={"Origin": origin} if origin else {})

    assert answer.status_code == (303 if emptied else 403)
    assert len(await mails(client)) == (0 if emptied else 1)


async def test_a_mail_is_framed_without_scripts_forms_or_an_origin(
    client: httpx.AsyncClient,
) -> None:
    await connect(client, "logto-email", {})
    await client.post(SEND, json={"email": "ana@example.com"})

    page = await client.get("/mailbox")

    (mail,) = await mails(client)
    framed = await client.get(f"/mailbox/{mail['id']}/html")
    assert 'title="The mail as HTML" sandbox></iframe>' in page.text
    assert framed.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "refresh" not in page.text, "nothing moves under a reader"
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_the_address_of_the_server_leads_on(client: httpx.AsyncClient) -> None:
    page = await client.get("/")

    assert page.status_code == 200
    for target in ("/mailbox", "/api/docs"):
        assert f'href="{target}"' in page.text
        assert (await client.get(target)).status_code == 200
