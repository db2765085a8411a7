"""No mail goes out whose reader cannot go on, and both of its parts lead to the same place."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from tests import smtp_parts

from carteiro.testing.smtp_server import SmtpSink

LATER = 4_102_444_800_000
CODES = ("Register", "SignIn", "ForgotPassword", "Generic")
BUTTON = '<p>{{code}}</p><a href="{{link}}">Go</a>'


async def use_smtp(client: httpx.AsyncClient, sink: SmtpSink, **contents: str) -> httpx.Response:
    words = {**dict.fromkeys(CODES, "<p>{{code}}</p>"), **contents}
    templates = [
        {"usageType": kind, "contentType": "text/html", "subject": "S", "content": content}
        for kind, content in words.items()
    ]
    config = smtp_parts.config(sink.port, templates=templates)
    answer = await client.post(
        "/api/connectors", json={"connectorId": "simple-mail-transfer-protocol", "config": config}
    )
    assert answer.status_code == 200, answer.text
    return answer


async def store(client: httpx.AsyncClient, tag: str, kind: str, content: str) -> httpx.Response:
    details = {"subject": "S", "content": content}
    template = {"languageTag": tag, "templateType": kind, "details": details}
    answer = await client.put("/api/email-templates", json={"templates": [template]})
    assert answer.status_code == 200, answer.text
    return answer


async def invite(client: httpx.AsyncClient, **message: Any) -> httpx.Response:
    organization = (await client.post("/api/organizations", json={"name": "O"})).json()["id"]
    body = {"invitee": "guest@example.com", "organizationId": organization, "expiresAt": LATER}
    return await client.post("/api/organization-invitations", json={**body, **message})


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def parts(sink: SmtpSink, place: int = -1) -> tuple[str, str]:
    mail = sink.received[place].message
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


@pytest.mark.parametrize(
    "link", ["http://192.168.1.5/join", "myapp://join", "http://intranet.example/in?a=1"]
)
async def test_a_link_that_is_taken_stands_in_both_parts(
    client: httpx.AsyncClient, link: str
) -> None:
    async with SmtpSink() as sink:
        await use_smtp(client, sink, OrganizationInvitation=BUTTON, SignIn=BUTTON)
        invited = await invite(client, messagePayload={"link": link})
        token = await client.post(
            "/api/one-time-tokens",
            json={"email": "a@example.com", "message": {"link": f"{link}#t={{token}}"}},
        )

    assert (invited.status_code, token.status_code) == (201, 201)
    for place, address in enumerate((link, f"{link}#t={token.json()['token']}")):
        text, html = parts(sink, place)
        assert f"Go ({address})" in text
        assert f'href="{address}"' in html


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)//x", "data:text/html,x", "/join", "https://", "example.com/j", "http:x"],
)
async def test_a_link_that_may_not_be_mailed_is_refused_by_its_place(
    client: httpx.AsyncClient, link: str
) -> None:
    async with SmtpSink() as sink:
        await use_smtp(client, sink, OrganizationInvitation=BUTTON, SignIn=BUTTON)
        invited = await invite(client, messagePayload={"link": link})
        token = await client.post(
            "/api/one-time-tokens",
            json={"email": "a@example.com", "message": {"link": f"{link}{{token}}"}},
        )

    assert said(invited) == said(token) == (400, "guard.invalid_input")
    assert invited.json()["data"]["issues"][0]["path"] == ["messagePayload", "link"]
    assert token.json()["data"]["issues"][0]["path"] == ["message", "link"]
    assert sink.received == []
    assert (await client.get("/api/organization-invitations")).json() == []


async def test_words_for_a_code_are_not_mailed_for_a_link(client: httpx.AsyncClient) -> None:
    payload = {"link": "https://example.com/j"}
    async with SmtpSink() as sink:
        await use_smtp(client, sink)
        from_config = await invite(client, messagePayload=payload)
        without_link = await invite(client, messagePayload={})
        await store(client, "en", "Generic", "<p>{{code}}</p>")
        from_generic = await invite(client, messagePayload=payload)
        await store(client, "en", "OrganizationInvitation", "<!-- {{link}} --><p>Welcome</p>")
        from_its_own = await invite(client, messagePayload=payload)

    answers = (from_config, without_link, from_generic, from_its_own)
    assert {said(answer) for answer in answers} == {(400, "connector.template_not_found")}
    assert sink.received == []
    assert (await client.get("/api/organization-invitations")).json() == []


async def test_words_for_a_link_are_not_mailed_for_a_code(client: httpx.AsyncClient) -> None:
    async with SmtpSink() as sink:
        await use_smtp(client, sink, Generic='<a href="{{link}}">Go</a>')
        answer = await client.post("/api/verification-codes", json={"email": "a@example.com"})

    assert said(answer) == (400, "connector.template_not_found")
    assert sink.received == []


async def test_generic_is_passed_over_where_the_connector_has_words_that_serve(
    client: httpx.AsyncClient,
) -> None:
    async with SmtpSink() as sink:
        await use_smtp(client, sink, OrganizationInvitation=BUTTON)
        await store(client, "en", "Generic", "<p>{{code}}</p>")
        answer = await invite(client, messagePayload={"link": "https://example.com/j"})

    assert answer.status_code == 201
    assert "Go (https://example.com/j)" in parts(sink)[0]


async def test_storing_words_that_do_not_serve_is_answered_with_findings(
    client: httpx.AsyncClient,
) -> None:
    async with SmtpSink() as sink:
        connector = await use_smtp(client, sink, SignIn="<p>{{kode}}</p>")
    bad = await store(client, "en", "SignIn", "<p>Hi</p>\n<p hidden>{{code}}</p>")
    good = await store(client, "en", "SignIn", "<p>{{code}}</p>")
    path = f"/api/email-templates/{good.json()[0]['id']}/details"
    patched = await client.patch(path, json={"content": "<p>Hi</p>"})

    def told(answer: httpx.Response) -> list[tuple[str, list[Any], int, int]]:
        findings = json.loads(answer.headers["Carteiro-Findings"])
        return [(one["code"], one["path"], one["line"], one["column"]) for one in findings]

    assert told(bad) == [("missing-code", [0, "details", "content"], 2, 11)]
    assert told(patched) == [("missing-code", ["details", "content"], 1, 1)]
    assert told(connector) == [("missing-code", ["config", "templates", 1, "content"], 1, 1)]
    assert "Carteiro-Findings" not in good.headers


async def test_a_further_connector_with_words_that_do_not_serve_is_refused(
    client: httpx.AsyncClient,
) -> None:
    templates = [
        {"usageType": kind, "contentType": "text/html", "subject": "S", "content": "Hi"}
        for kind in CODES
    ]
    config = smtp_parts.config(9, templates=templates)
    body = {"connectorId": "simple-mail-transfer-protocol", "config": config}

    answer = await client.post("/api/delivery/fallback-connectors", json=body)

    assert said(answer) == (400, "connector.invalid_config")
    assert answer.json()["data"]["issues"][0]["path"] == ["templates", 0, "content"]


@pytest.mark.parametrize(
    ("wish", "stored", "locale"),
    [
        ({}, "en", "en"),
        ({"locale": "fr-CA"}, "fr", "fr"),
        ({"locale": "tlh"}, "en", "en"),
        ({"locale": "pt"}, "pt-PT", "pt-PT"),
        ({"locale": "zh-Hant"}, "zh-TW", "zh-TW"),
        ({"uiLocales": "no"}, "nb", "en"),
        ({"locale": "iw"}, "he", "he"),
        ({"locale": "tlh"}, None, "en"),
        ({"locale": "fr"}, None, "fr"),
    ],
)
async def test_locale_names_the_language_that_the_mail_is_in(
    client: httpx.AsyncClient, wish: dict[str, str], stored: str | None, locale: str
) -> None:
    async with SmtpSink() as sink:
        await use_smtp(client, sink, Generic="<p>{{code}} [{{locale}}]</p>")
        if stored:
            await store(client, "en", "Generic", "<p>{{code}} [{{locale}}]</p>")
            await store(client, stored, "Generic", "<p>{{code}} [{{ locale }}]</p>")
        answer = await client.post(
            "/api/verification-codes", json={"email": "a@example.com", **wish}
        )

    assert answer.status_code == 204
    assert f"[{locale}]" in parts(sink)[0]
    assert f"[{locale}]" in parts(sink)[1]
