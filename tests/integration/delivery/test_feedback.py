"""What follows each kind of a provider's event: a state, a suppression, the log, webhooks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from carteiro.connectors.feedback.contract import EventType, FeedbackEvent
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.suppressions import find_suppressions
from carteiro.flows.administer.tenant.audit_log import find_logs
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.operate.messages import get_timeline
from carteiro.flows.world import World
from carteiro.model.page import Page
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.tenancy.logs import LogFilter
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import OutboxConnector

from .conftest import START, Post, T

ANA, PROVIDERS = "ana@example.com", "outbox-1"
EVENTS = ["Message.Delivered", "Message.Bounced", "Message.Complained"]
_TOLD = Statement.of("test.told", "SELECT event, body FROM hook_deliveries")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
async def world(settings: Settings, clock: FrozenClock) -> AsyncIterator[World]:
    async with open_world(settings, clock, [OutboxConnector]) as opened:
        await create_connector(opened, T, NewConnector(connector_id="outbox"))
        yield opened


async def hear(world: World, events: list[str]) -> None:
    await create_hook(world, T, NewHook(events=events, config={"url": "http://127.0.0.1:9"}))


def event(kind: EventType = EventType.BOUNCED, **changes: Any) -> FeedbackEvent:
    known = {"id": "1", "occurred_at": 5, "provider_id": PROVIDERS, "recipient": ANA}
    return FeedbackEvent(type=kind, **{**known, **changes})


async def take(world: World, *events: FeedbackEvent) -> int:
    connector = (await world.workspaces.of(T)).route()[0].row.id
    return await world.feedback.take(T, connector, "outbox", events)


async def told(world: World) -> list[tuple[str, dict[str, Any]]]:
    rows = await world.database.read(lambda tx: tx.all(_TOLD))
    return [(row["event"], json.loads(row["body"])["data"]) for row in rows]


async def logged(world: World) -> list[dict[str, Any]]:
    found = await find_logs(world, T, LogFilter(), Page(), count_at_most=None)
    entries = [json.loads(row.payload) for row in found.rows]
    return [entry for entry in entries if entry["key"].startswith("Message.")]


@pytest.mark.parametrize(
    ("kind", "reason", "state", "name", "adverse", "suppressed"),
    [
        (EventType.DELIVERED, None, "delivered", "Message.Delivered", False, None),
        (EventType.BOUNCED, "hard", "bounced", "Message.Bounced", True, "bounced"),
        (EventType.BOUNCED, "soft", "bounced", "Message.Bounced", True, None),
        (EventType.REJECTED, None, "bounced", "Message.Bounced", True, None),
        (EventType.COMPLAINED, None, "sent", "Message.Complained", True, "complained"),
        (EventType.OPENED, None, "sent", None, False, None),
    ],
)
async def test_each_kind_has_its_consequences(
    world: World,
    kind: EventType,
    reason: str | None,
    state: str,
    name: str | None,
    adverse: bool,
    suppressed: str | None,
) -> None:
    await send_code(world, T, Asked(email=ANA))
    await hear(world, EVENTS)
    new = await take(world, event(kind, reason=reason))

    (row,) = await Post(world).rows()
    listed = (await find_suppressions(world, T, Page())).rows
    assert (new, row.state) == (1, state)
    assert [(one.row.reason, one.address) for one in listed] == (
        [(suppressed, ANA)] if suppressed else []
    )
    assert all(one.row.connector_id == row.connector_id for one in listed)
    assert [key for key, _ in await told(world)] == ([name] if name else [])
    for _, data in await told(world):
        assert (data["recipient"], data["messageId"]) == (ANA, row.id)
        assert (data["reason"], data["occurredAt"]) == (reason, 5)
    entries = [entry for entry in await logged(world) if entry["key"] != "Message.Sent"]
    assert [entry["key"] for entry in entries] == ([name] if adverse else [])
    assert all(entry["recipient"] == "a***@example.com" for entry in entries)
    labels = {"connector": "outbox", "type": kind.value}
    count = world.telemetry.registry.get_sample_value("carteiro_provider_events_total", labels)
    assert count == 1


async def test_what_no_hook_asks_for_is_not_told(world: World) -> None:
    await hear(world, ["Message.Complained"])
    await take(world, event())

    assert await told(world) == []


async def test_an_event_that_was_seen_changes_nothing(world: World) -> None:
    await send_code(world, T, Asked(email=ANA))
    await hear(world, EVENTS)
    counts = [await take(world, event(id="1"), event(id="2")), await take(world, event(id="2"))]

    assert counts == [2, 0]
    assert len(await told(world)) == 2


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [(ANA, "550 a***@example.com is unknown"), ("no address", "550 ****** is unknown")],
)
async def test_the_providers_words_are_kept_without_the_address(
    world: World, recipient: str, shown: str
) -> None:
    await send_code(world, T, Asked(email=ANA))
    (row,) = await Post(world).rows()
    words = f"550 {recipient} is unknown"
    await take(world, event(recipient=recipient, detail=words), event(id="2", recipient=recipient))

    first, second = (await get_timeline(world, T, row.id)).events
    assert json.loads(first.detail or "") == {"detail": shown}
    assert json.loads(second.detail or "") == {}
    assert first.recipient_masked == ("a***@example.com" if recipient == ANA else None)
    assert (first.recipient_hash is None) is (recipient != ANA)
    assert [entry for entry in await logged(world) if recipient in json.dumps(entry)] == []


@pytest.mark.parametrize(("minutes", "found"), [(9, 1), (11, 0)])
async def test_an_early_event_waits_for_its_message_for_ten_minutes(
    world: World, clock: FrozenClock, minutes: int, found: int
) -> None:
    await take(world, event(EventType.DELIVERED))
    await send_code(world, T, Asked(email=ANA))
    clock.advance(minutes * 60)

    assert await world.feedback.match() == found
    (row,) = await Post(world).rows()
    assert row.state == ("delivered" if found else "sent")


async def test_an_event_about_an_unknown_message_is_kept_as_nobodys(world: World) -> None:
    assert await take(world, event(message_id="x" * 21)) == 1
    (entry,) = await logged(world)
    assert entry["messageId"] is None
