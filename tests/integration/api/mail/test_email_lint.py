"""`/api/email-templates/lint`: a template is looked at, and nothing is stored."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Any

import httpx
import pytest

from carteiro.errors import TooBusy
from carteiro.flows.world import LONG_LOOKS, MOST_WAITING, LongLooks

PATH = "/api/email-templates/lint"
WORDS = {"subject": "Code", "content": "{{code}}"}
SHORT = {"languageTag": "en", "templateType": "SignIn", "details": WORDS}
LONG = {**SHORT, "details": {**WORDS, "content": "{{code}}" + "<i>x</i>" * 10_000}}


def wish(content: str, kind: str = "SignIn", **details: Any) -> dict[str, Any]:
    return {"templateType": kind, "details": {"subject": "Code", "content": content, **details}}


async def test_it_says_where_who_cannot_show_it_and_what_to_do(client: httpx.AsyncClient) -> None:
    content = '<p role="img" aria-label="{{code}}">{{code}}</p>\n<p style="display:flex">a</p>'

    answer = await client.post(PATH, json=wish(content))

    assert answer.status_code == 200
    assert answer.json() == {
        "findings": [
            {
                "severity": "warning",
                "code": "unsupported-by-clients",
                "where": "content",
                "line": 2,
                "column": 11,
                "message": "`display:flex` is not supported by Outlook for Windows: 1 of 14 mail "
                "clients. Arrange with tables: what stands side by side is a row.",
                "clients": ["Outlook for Windows"],
                "share": 0.07,
                "advice": "Arrange with tables: what stands side by side is a row.",
            }
        ]
    }
    assert (await client.get("/api/email-templates")).json() == []


async def test_what_nobody_could_go_on_with_is_an_error_and_plain_text_has_no_clients(
    client: httpx.AsyncClient,
) -> None:
    plain = wish("No <b style='display:flex'>code", contentType="text/plain")

    (finding,) = (await client.post(PATH, json=plain)).json()["findings"]

    assert (finding["severity"], finding["code"]) == ("error", "missing-code")
    assert (finding["clients"], finding["share"], finding["advice"]) == ([], None, "")


async def test_other_requests_are_answered_while_a_long_template_is_looked_at(
    client: httpx.AsyncClient,
) -> None:
    long = asyncio.create_task(client.post(PATH, json=wish("{{code}}" + "<p>a</p>" * 20_000)))

    meanwhile = 0
    while not long.done():
        meanwhile += (await client.get("/api/email-templates")).status_code == 200

    codes = {finding["code"] for finding in (await long).json()["findings"]}
    assert {"clipped", "too-long-to-lint"} <= codes
    assert meanwhile > 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PATH, wish("{{code}}")),
        ("/api/email-templates/preview", {"templateType": "SignIn", "template": WORDS}),
        ("/api/mail-languages/en", None),
        ("/api/email-templates/ID/diff?to=1", None),
        ("/api/connectors/ID/diff?to=1", None),
        ("/api/email-templates", {"templates": [LONG]}),
    ],
    ids=["lint", "preview", "completeness", "diff", "diff-of-configs", "stored"],
)
async def test_many_long_looks_leave_threads_for_all_else(
    app: Any, client: httpx.AsyncClient, path: str, body: dict[str, Any] | None
) -> None:
    made = [
        (await client.post("/api/connectors", json={"connectorId": "logto-email"})).json(),
        (await client.put("/api/email-templates", json={"templates": [SHORT]})).json()[0],
    ]
    path = path.replace("ID", made["email-templates" in path]["id"])
    looks, end = app.state.world.long_looks, threading.Event()
    long = [asyncio.create_task(looks(end.wait)) for _ in range(LONG_LOOKS)]
    await asyncio.sleep(0)

    method = "GET" if body is None else "PUT" if "templates" in body else "POST"
    waiting = asyncio.create_task(client.request(method, path, json=body))
    other = await client.post("/api/dkim-keys", json={"domain": "e.test"})
    done, _ = await asyncio.wait({waiting}, timeout=0.5)
    end.set()

    assert other.is_success
    assert not done
    assert (await waiting).status_code == 200
    assert await asyncio.gather(*long) == [True] * LONG_LOOKS


async def test_so_many_wait_for_a_long_look_and_no_more(
    app: Any, client: httpx.AsyncClient
) -> None:
    looks, end = app.state.world.long_looks, threading.Event()
    begun = [asyncio.create_task(looks(end.wait)) for _ in range(LONG_LOOKS + MOST_WAITING)]
    await asyncio.sleep(0)

    answer = await client.post(PATH, json=wish("{{code}}"))
    end.set()
    await asyncio.gather(*begun)
    again = await client.post(PATH, json=wish("{{code}}"))

    assert (answer.status_code, answer.json()["code"]) == (503, "request.too_busy")
    assert int(answer.headers["Retry-After"]) > 0
    assert again.status_code == 200


async def test_nobody_waits_longer_for_a_look_than_a_while() -> None:
    looks, end = LongLooks(at_once=1, seconds=0.01), threading.Event()
    first = asyncio.create_task(looks(end.wait))
    await asyncio.sleep(0)

    with pytest.raises(TooBusy):
        await looks(bool)
    end.set()

    assert await first is True
    assert await looks(bool) is False


async def test_a_look_that_nobody_waits_for_keeps_its_turn_until_it_ends() -> None:
    looks, end = LongLooks(at_once=1, seconds=0.01), threading.Event()
    left = asyncio.create_task(looks(end.wait))
    await asyncio.sleep(0.001)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)

    with pytest.raises(TooBusy):
        await looks(bool)
    end.set()
    while True:
        with suppress(TooBusy):
            assert await looks(bool) is False
            break


async def test_a_body_of_another_shape_is_refused(client: httpx.AsyncClient) -> None:
    for body in ({}, wish("x", kind="X"), {"templateType": "SignIn", "details": {"subject": "s"}}):
        answer = await client.post(PATH, json=body)

        assert answer.status_code == 400, answer.text
