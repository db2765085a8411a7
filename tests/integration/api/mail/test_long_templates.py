"""Long templates: whoever stores or judges them holds up nobody else in the process."""

from __future__ import annotations

import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from carteiro.delivery.workspaces import workspace as workspaces
from carteiro.errors import InvalidRequestInput, LanguageIncomplete
from carteiro.flows.administer.mail.completeness import look_ahead, require_complete
from carteiro.templates.checks import usable
from carteiro.templates.compiled import compile_template
from carteiro.testing.smtp_server import SmtpSink
from override_parts import SMTP
from smtp_parts import KINDS
from smtp_parts import config as smtp_config

LONG = "<p>{{code}}</p>" + "<i>x</i>" * 10_000
NEW = {"languageTag": "en", "templateType": "SignIn", "details": {"subject": "S", "content": LONG}}
Call = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


@pytest.fixture
def on_the_loop(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each template that is compiled, whether everybody waits for it."""
    found: list[bool] = []

    def watched(*arguments: Any, **named: Any) -> Any:
        found.append(threading.current_thread() is threading.main_thread())
        return compile_template(*arguments, **named)

    for room in (usable, workspaces):
        monkeypatch.setattr(room, "compile_template", watched)
    return found


def long_config(port: int) -> dict[str, Any]:
    words = {"contentType": "text/html", "subject": "S", "content": LONG}
    return smtp_config(port, templates=[{"usageType": kind, **words} for kind in KINDS])


async def store(client: httpx.AsyncClient, **changes: Any) -> str:
    answer = await client.put("/api/email-templates", json={"templates": [{**NEW, **changes}]})
    assert answer.status_code == 200, answer.text
    id_: str = answer.json()[0]["id"]
    return id_


async def _put(client: httpx.AsyncClient) -> httpx.Response:
    return await client.put("/api/email-templates", json={"templates": [NEW]})


async def _patch(client: httpx.AsyncClient) -> httpx.Response:
    id_ = await store(client)
    return await client.patch(f"/api/email-templates/{id_}/details", json={"subject": "T"})


async def _restore(client: httpx.AsyncClient) -> httpx.Response:
    id_ = await store(client)
    await client.delete(f"/api/email-templates/{id_}")
    return await client.post(f"/api/email-templates/{id_}/revisions/1/restore", json={})


async def _publish(client: httpx.AsyncClient) -> httpx.Response:
    made = await client.post("/api/email-template-drafts", json=NEW)
    return await client.post(f"/api/email-templates/{made.json()['id']}/draft/publish", json={})


async def _publish_all(client: httpx.AsyncClient) -> httpx.Response:
    made = await client.post("/api/email-template-drafts", json=NEW)
    ids = {"ids": [made.json()["id"]]}
    return await client.post("/api/email-template-drafts/publish", json=ids)


async def _override(client: httpx.AsyncClient) -> httpx.Response:
    made = await client.post("/api/organizations", json={"name": "Globex"})
    path = f"/api/overrides/organizations/{made.json()['id']}/templates"
    return await client.put(path, json={"templates": [NEW]})


async def _connector(client: httpx.AsyncClient) -> httpx.Response:
    body = {"connectorId": SMTP, "config": long_config(25)}
    return await client.post("/api/connectors", json=body)


@pytest.mark.parametrize(
    "call", [_put, _patch, _restore, _publish, _publish_all, _override, _connector]
)
async def test_nobody_waits_while_a_long_template_that_is_stored_is_looked_at(
    client: httpx.AsyncClient, on_the_loop: list[bool], call: Call
) -> None:
    answer = await call(client)

    assert answer.status_code == 200, answer.text
    assert on_the_loop
    assert not any(on_the_loop)


@pytest.mark.parametrize("way", ["phrases", "fallback"])
async def test_nobody_waits_while_a_language_of_long_templates_is_held_back(
    client: httpx.AsyncClient, on_the_loop: list[bool], way: str
) -> None:
    await client.post("/api/connectors", json={"connectorId": SMTP, "config": smtp_config(25)})
    await client.patch("/api/delivery", json={"incompleteLanguages": "refuse"})
    await store(client, languageTag="da-DK")
    on_the_loop.clear()

    if way == "phrases":
        answer = await client.put("/api/custom-phrases/da-DK", json={})
    else:
        body = {"languageInfo": {"autoDetect": True, "fallbackLanguage": "fr"}}
        await store(client, languageTag="fr")
        answer = await client.patch("/api/sign-in-exp", json=body)

    assert answer.json()["code"] == "localization.language_incomplete"
    assert False in on_the_loop
    assert not any(on_the_loop)


async def test_nobody_waits_while_a_connector_s_long_template_is_made_ready(
    client: httpx.AsyncClient, on_the_loop: list[bool]
) -> None:
    async with SmtpSink() as sink:
        await client.post(
            "/api/connectors", json={"connectorId": SMTP, "config": long_config(sink.port)}
        )
        on_the_loop.clear()
        sent = await client.post("/api/verification-codes", json={"email": "ana@example.com"})

    assert sent.status_code == 204
    assert on_the_loop == [False]


@pytest.mark.parametrize(("content", "refused"), [(LONG, False), ("<p>{{code}}</p>", True)])
async def test_what_changes_while_a_language_is_looked_at_is_looked_at_again(
    client: httpx.AsyncClient, app: Any, content: str, refused: bool
) -> None:
    await client.post("/api/connectors", json={"connectorId": SMTP, "config": smtp_config(25)})
    await client.patch("/api/delivery", json={"incompleteLanguages": "refuse"})
    world = app.state.world
    ahead = await look_ahead(world, "default", "da-DK")
    await store(client, languageTag="da-DK", details={"subject": "S", "content": content})
    workspace = await world.workspaces.of("default")

    error = LanguageIncomplete if refused else InvalidRequestInput
    with pytest.raises(error) as raised:
        await world.database.write(lambda tx: require_complete(tx, workspace, "da-DK", ahead))

    assert ahead is not None
    assert "SignIn" in [one.type for one in ahead.seen.lacking]
    if refused:
        assert "SignIn" not in raised.value.data["types"]


async def test_of_many_faults_the_first_ten_are_told(client: httpx.AsyncClient) -> None:
    details = {"subject": "S", "content": "no way on"}
    many = [{**NEW, "languageTag": f"a{number}", "details": details} for number in range(12)]

    answer = await client.put("/api/email-templates", json={"templates": many})

    assert answer.status_code == 200
    assert len(json.loads(answer.headers["Carteiro-Findings"])) == 10


async def test_of_very_much_only_the_beginning_is_read(client: httpx.AsyncClient) -> None:
    details = {"subject": "S", "content": "no way on" + " " * 150_000}
    many = [{**NEW, "languageTag": tag, "details": details} for tag in ("de", "fr", "it")]

    answer = await client.put("/api/email-templates", json={"templates": many})

    assert answer.status_code == 200
    assert [one["path"][0] for one in json.loads(answer.headers["Carteiro-Findings"])] == [0]
