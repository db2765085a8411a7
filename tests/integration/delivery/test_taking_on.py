"""What is on record when a message is taken on, in a request and for the queue."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from carteiro.errors import CodeMismatch, ConnectorNotFound, MessageRateLimited, RecipientSuppressed
from carteiro.flows.administer.mail.connectors import (
    NewConnector,
    create_connector,
    delete_connector,
    list_connectors,
)
from carteiro.flows.administer.mail.suppressions import suppress
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.administer.tenant.audit_log import find_logs
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook
from carteiro.flows.administer.tenant.settings import update_delivery, update_protection
from carteiro.flows.backend.verify_address import Asked, redeem_code, send_code
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.page import Page
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail.messages import MessageRow
from carteiro.storage.queues import processes
from carteiro.storage.tenancy.logs import LogFilter
from carteiro.templates.choose import ChoiceReason
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import OutboxConnector

from .conftest import START, Post, T

ANA = "ana@example.com"
_TOLD = Statement.of("test.told", "SELECT event, body FROM hook_deliveries")


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    async with open_world(settings, FrozenClock(START), [OutboxConnector]) as opened:
        await create_connector(opened, T, NewConnector(connector_id="outbox"))
        yield opened


async def only(world: World) -> MessageRow:
    (row,) = await Post(world).rows()
    return row


async def logged(world: World, key: str) -> list[dict[str, Any]]:
    found = await find_logs(world, T, LogFilter(key=key), Page(), count_at_most=None)
    return [json.loads(row.payload) for row in found.rows]


def known(row: MessageRow) -> None:
    assert (row.created_at, row.expires_at) == (START, START + 600_000)
    assert (row.type, row.template, row.language) == ("Generic", "connector", "en")
    assert row.language_reason
    assert row.recipient_masked == "a***@example.com"


async def test_in_a_request_it_is_in_hand_before_it_is_sent(world: World) -> None:
    seen: list[MessageRow] = []
    alive: list[str] = []
    _, connector = (await world.workspaces.of(T)).connector()
    real = connector.send

    async def send(message: Any) -> Any:
        seen.append(await only(world))
        found = await world.database.read(lambda tx: processes.alive(tx, since=0))
        alive.extend(process.id for process in found)
        return await real(message)

    connector.send = send  # type: ignore[method-assign]
    await send_code(world, T, Asked(email=ANA))

    (row,) = seen
    known(row)
    assert (row.mode, row.state, row.due_at) == ("direct", "sending", None)
    assert (row.owner, row.attempt_at) == (world.presence.id, START)
    assert world.presence.id in alive, "whoever sees the message sees that its process lives"


async def test_for_the_queue_it_is_in_nobodys_hand_and_due_at_once(world: World) -> None:
    await update_delivery(world, T, {"mode": "queued"})
    await send_code(world, T, Asked(email=ANA))

    row = await only(world)
    known(row)
    assert (row.mode, row.state, row.due_at) == ("queued", "queued", START)
    assert (row.owner, row.attempt_at) == (None, None)


async def test_the_template_that_it_was_made_of_is_named_with_the_reason(world: World) -> None:
    words = {"subject": "s", "content": "{{code}}", "contentType": "text/plain"}
    draft = Draft(language_tag="en", template_type=TemplateType.GENERIC, details=words)
    (template,) = await put_templates(world, T, [draft])
    await send_code(world, T, Asked(email=ANA))

    assert (await only(world)).template == f"{template.id}:{ChoiceReason.EXACT}"


async def test_a_suppressed_one_is_refused_on_record_and_its_code_is_kept(world: World) -> None:
    hook = NewHook(events=["Message.Suppressed"], config={"url": "http://127.0.0.1:9"})
    await create_hook(world, T, hook)
    await suppress(world, T, ANA, note=None, expires_at=None)

    with pytest.raises(RecipientSuppressed):
        await send_code(world, T, Asked(email=ANA))

    row = await only(world)
    (told,) = await world.database.read(lambda tx: tx.all(_TOLD))
    (entry,) = await logged(world, "Message.Suppressed")
    assert (row.state, row.failure, row.payload_sealed) == ("cancelled", "suppressed", None)
    assert json.loads(told["body"])["data"]["messageId"] == row.id
    assert (entry["recipient"], entry["error"]) == (
        "a***@example.com",
        {"code": RecipientSuppressed.code},
    )
    with pytest.raises(CodeMismatch):
        await redeem_code(world, T, "x", email=ANA)


async def test_without_a_connector_the_code_is_kept_all_the_same(world: World) -> None:
    (connector,) = await list_connectors(world, T)
    await delete_connector(world, T, connector.row.id)

    with pytest.raises(ConnectorNotFound):
        await send_code(world, T, Asked(email=ANA))

    assert await Post(world).rows() == []
    with pytest.raises(CodeMismatch):
        await redeem_code(world, T, "x", email=ANA)


async def test_one_that_a_limit_refuses_is_on_record_without_a_message(world: World) -> None:
    await update_protection(world, T, {"cooldown": 60})
    await send_code(world, T, Asked(email=ANA))

    with pytest.raises(MessageRateLimited) as refused:
        await send_code(world, T, Asked(email=ANA))

    await only(world)
    (entry,) = await logged(world, "Message.RateLimited")
    assert refused.value.retry_after == 60
    assert (entry["recipient"], entry["result"]) == ("a***@example.com", "Error")
