"""A message's timeline names the revisions that it was made of."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.operate.messages import Wanted, find_messages, get_timeline
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.page import Page
from integration.delivery.conftest import working
from revision_parts import connect, get, post, put, send, smtp, taking, words
from round_trip_parts import here, watch

T = "default"


async def test_a_message_names_the_revisions_of_its_words_and_of_its_connector(
    client: httpx.AsyncClient,
) -> None:
    async with taking() as sink:
        path = f"/connectors/{await connect(client, smtp(sink))}"
        without = await send(client)
        id_ = await put(client, words("First {{code}}"), kind="Generic")
        first = await send(client)
        await put(client, words("Second {{code}}"), kind="Generic")
        await client.patch(f"/api{path}", json={"config": smtp(sink, fromEmail="b@acme.test")})
        second = await send(client)
        await post(client, f"/email-templates/{id_}/revisions/1/restore")
        third = await send(client)

    assert [shown(one) for one in (without, first, second, third)] == [
        (None, "connector", None, 1),
        (1, f"{id_}:exact", 1, 1),
        (2, f"{id_}:exact", 2, 2),
        (3, f"{id_}:exact", 3, 2),
    ]
    subjects = [mail.message["Subject"].split()[0] for mail in sink.received]
    assert subjects == ["own", "First", "Second", "First"]


async def test_what_is_not_live_is_looked_past(client: httpx.AsyncClient) -> None:
    asked = {"email": "ana@example.com", "uiLocales": "fr"}
    async with taking() as sink:
        await connect(client, smtp(sink))
        await put(client, words("English {{code}}"), kind="Generic")
        french = await put(client, words("Deleted {{code}}"), kind="Generic", tag="fr")
        await client.delete(f"/api/email-templates/{french}")
        await client.post("/api/verification-codes", json=asked)
        await client.put(
            f"/api/email-templates/{french}/draft", json={"details": words("Draft {{code}}")}
        )
        await client.post("/api/verification-codes", json=asked)
        await post(client, f"/email-templates/{french}/draft/publish")
        await client.post("/api/verification-codes", json=asked)

    subjects = [mail.message["Subject"].split()[0] for mail in sink.received]
    assert subjects == ["English", "English", "Draft"]


def shown(timeline: dict[str, Any]) -> tuple[Any, ...]:
    """What the message says, and what its attempt does."""
    (attempt,) = [one for one in timeline["timeline"] if one["event"] == "attempt"]
    return (
        timeline["templateRevision"],
        attempt["template"],
        attempt.get("templateRevision"),
        attempt["connectorRevision"],
    )


async def test_an_attempt_names_what_it_was_made_of_when_that_changed_while_it_waited(
    world: World,
) -> None:
    async def write(subject: str) -> str:
        details = words(f"{subject} {{{{code}}}}")
        new = Draft(language_tag="en", template_type=TemplateType.GENERIC, details=details)
        return (await put_templates(world, T, [new]))[0].id

    async with taking() as sink:
        new = NewConnector(connector_id="simple-mail-transfer-protocol", config=smtp(sink))
        await create_connector(world, T, new)
        await update_delivery(world, T, {"mode": "queued"})
        await write("Before")
        await send_code(world, T, Asked(email="ana@example.com"))
        id_ = await write("After")
        async with working(world):
            found = await find_messages(world, T, Wanted(), Page(1, 1))
            while found.rows[0].finished_at is None:
                found = await find_messages(world, T, Wanted(), Page(1, 1))

    timeline = await get_timeline(world, T, found.rows[0].id)
    assert timeline.row.template_revision == 1
    assert [(one.template, one.template_revision) for one in timeline.attempts] == [
        (f"{id_}:exact", 2)
    ]
    assert sink.received[0].message["Subject"].startswith("After")


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_naming_them_asks_the_database_no_more_often(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taking() as sink:
        await connect(client, smtp(sink))
        await put(client, words(), kind="Generic")
        await send(client)
        asked = watch(monkeypatch)
        with here():
            answer = await client.post("/api/verification-codes", json={"email": "b@example.com"})

    assert answer.status_code == 204
    assert not [name for name in asked if "template" in name or "connector" in name]
    assert len([name for name in asked if "messages.create" in name]) == 1
    assert len([name for name in asked if "attempts.made" in name]) == 1
    assert (await get(client, "/messages"))[0]["templateRevision"] == 1
