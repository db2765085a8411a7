"""What is on record of a message, and what happens when things break around it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from carteiro.errors import StorageUnavailable
from carteiro.model.page import Page
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.mail import message_search, messages
from carteiro.storage.mail.attempts import AttemptRow, of_message
from carteiro.testing.http_sink import Answer, HttpSink

SEND = "/api/verification-codes"


@pytest.fixture
async def recorded(app: Any, monkeypatch: pytest.MonkeyPatch) -> list[list[Call]]:
    """Every ``apply`` that reaches the database, in order."""
    seen: list[list[Call]] = []
    database = app.state.world.database
    real = database.apply

    async def apply(*calls: Call, **given: Any) -> None:
        if not calls[0].name.startswith("processes."):
            seen.append(list(calls))
        await real(*calls, **given)

    monkeypatch.setattr(database, "apply", apply)  # a look at what passes, nothing is changed
    return seen


async def use_endpoint(client: httpx.AsyncClient, sink: HttpSink) -> None:
    config = {"endpoint": sink.url}
    await client.post("/api/connectors", json={"connectorId": "http-email", "config": config})


async def read(app: Any, id: str) -> tuple[messages.MessageRow, list[AttemptRow]]:
    async def work(tx: Transaction) -> Any:
        return await messages.get(tx, "default", id), await of_message(tx, "default", id)

    row, attempts = await app.state.world.database.read(work)
    return row, attempts


async def test_code_limit_and_message_commit_together_before_the_send(
    client: httpx.AsyncClient, app: Any, recorded: list[list[Call]]
) -> None:
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        await client.post(SEND, json={"email": "ana@example.com"})

    names = [[call.name for call in calls] for calls in recorded]
    assert names == [
        ["limits.reserve", "codes.replace", "messages.create"],
        ["messages.sent", "attempts.made", "logs.add"],
    ]


async def test_settings_connector_and_templates_come_from_memory(
    client: httpx.AsyncClient, app: Any, recorded: list[list[Call]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        for _ in range(2):  # the news of the change may come while the first one reads
            await client.post(SEND, json={"email": "first@example.com"})
        recorded.clear()
        asked: list[Any] = []
        monkeypatch.setattr(app.state.world.database, "read", asked.append)  # nobody is to call it
        answer = await client.post(SEND, json={"email": "second@example.com", "locale": "fr"})

    written = [call.name for calls in recorded for call in calls]
    assert (answer.status_code, asked) == (204, [])
    assert written == [
        *("limits.reserve", "codes.replace", "messages.create"),
        *("messages.sent", "attempts.made", "logs.add"),
    ]


async def test_a_sent_message_keeps_no_payload_and_no_address(
    client: httpx.AsyncClient, app: Any, recorded: list[list[Call]]
) -> None:
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        await client.post(SEND, json={"email": "ana@example.com", "locale": "fr"})

    id_ = recorded[0][2].arguments["id"]
    row, attempts = await read(app, id_)
    assert (row.state, row.language, row.language_reason) == ("sent", "fr", "explicit")
    assert row.payload_sealed is None
    assert row.recipient_masked == "a***@example.com"
    assert [(a.number, a.outcome, a.error) for a in attempts] == [(1, "accepted", None)]
    code = json.loads(sink.requests[0].body)["payload"]["code"]
    for calls in recorded:
        for call in calls:
            stored = [value for value in call.arguments.values() if isinstance(value, (str, bytes))]
            texts = [v if isinstance(v, str) else v.decode("latin-1") for v in stored]
            assert not any("ana@example.com" in text or text == code for text in texts)


async def test_a_failed_message_says_why_without_the_code(
    client: httpx.AsyncClient, app: Any, recorded: list[list[Call]]
) -> None:
    async with HttpSink(Answer(503, b"busy")) as sink:
        await use_endpoint(client, sink)
        answer = await client.post(SEND, json={"email": "ana@example.com"})

    row, attempts = await read(app, recorded[0][2].arguments["id"])
    code = json.loads(sink.requests[0].body)["payload"]["code"]
    assert (answer.status_code, answer.json()["code"]) == (400, "connector.general")
    assert (row.state, row.failure) == ("failed", "transient")
    assert attempts[0].outcome == "refused"
    assert "busy" in attempts[0].error
    assert code not in attempts[0].error + answer.text


async def test_a_hung_connector_ends_at_its_timeout(client: httpx.AsyncClient, app: Any) -> None:
    app.state.world.courier._rounds._timeout = 0.3  # the real one is half a minute
    async with HttpSink(Answer(hang=True)) as sink:
        await use_endpoint(client, sink)
        answer = await asyncio.wait_for(client.post(SEND, json={"email": "a@example.com"}), 5)

    assert (answer.status_code, answer.json()["code"]) == (400, "connector.general")


async def test_a_mail_that_left_is_answered_as_sent_even_if_it_cannot_be_recorded(
    client: httpx.AsyncClient, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = app.state.world.database
    real = database.apply

    away = True

    async def failing(*calls: Call, **given: Any) -> None:
        if calls[0].name == "messages.sent" and away:
            raise StorageUnavailable
        await real(*calls, **given)

    monkeypatch.setattr(database, "apply", failing)  # the database goes away in between
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        answer = await client.post(SEND, json={"email": "a@example.com"})
        assert (answer.status_code, len(sink.requests)) == (204, 1)
        away = False
        await app.state.world.courier.settle()

    async def states(tx: Transaction) -> Any:
        return await message_search.find(tx, "default", message_search.MessageFilter(), Page())

    (row,) = (await database.read(states)).rows
    assert row.state == "sent"


async def test_a_database_that_is_gone_is_503_and_nothing_is_sent(
    client: httpx.AsyncClient, app: Any
) -> None:
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        await client.post(SEND, json={"email": "a@example.com"})
        await app.state.world.database.close()
        answers = [
            await client.post(SEND, json={"email": "b@example.com"}),
            await client.get("/api/email-templates"),
        ]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert answers[0].json()["code"] == "storage.unavailable"
    assert len(sink.requests) == 1


async def test_a_send_reads_nothing_but_writes_its_own_rows(
    client: httpx.AsyncClient, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        # The first sends after a change read the settings, until the change has been heard.
        for _ in range(3):
            await client.post(SEND, json={"email": "warm@example.com"})
        database = app.state.world.database
        reads: list[Row] = []
        real = database.read

        async def counted(work: Any) -> Any:
            reads.append({})
            return await real(work)

        monkeypatch.setattr(database, "read", counted)
        for number in range(5):
            await client.post(SEND, json={"email": f"a{number}@example.com"})

    assert reads == []


async def test_the_cap_of_the_built_in_service_is_exact(
    client: httpx.AsyncClient, app: Any
) -> None:
    app.state.world.dispatcher._usage_cap = 3
    await client.post("/api/connectors", json={"connectorId": "logto-email"})

    answers = await asyncio.gather(
        *(client.post(SEND, json={"email": f"a{number}@example.com"}) for number in range(6))
    )

    assert sorted(answer.status_code for answer in answers) == [204, 204, 204, 429, 429, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "connector.usage_limit_exceeded"
