"""A connector whose mails are counted: what is sent counts, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from carteiro.connectors.contract import Connector
from carteiro.errors import ConnectorError, DeliveryFailed, Disposition, UsageLimitExceeded
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.fallbacks import create_fallback
from carteiro.flows.administer.tenant.audit_log import find_logs
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.model.page import Page
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.mail import usage
from carteiro.storage.tenancy.logs import LogFilter
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import Outbox, OutboxConnector

from .conftest import START, Post, Second, T

NO = DeliveryFailed("no", disposition=Disposition.PERMANENT)
GONE = DeliveryFailed("gone", disposition=Disposition.TRANSIENT)


class Counted(OutboxConnector):
    """Its mails are counted."""

    metadata = OutboxConnector.metadata.model_copy(update={"id": "counted"})
    capabilities = OutboxConnector.capabilities.model_copy(update={"counts_usage": True})


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    async with open_world(settings, FrozenClock(START), [Counted, Second]) as opened:
        yield opened


async def connect(world: World, first: str, further: str) -> None:
    await create_connector(world, T, NewConnector(connector_id=first))
    await create_fallback(world, T, further, {}, limits={})


async def send(world: World, *failures: DeliveryFailed) -> tuple[int, str | None]:
    """How many the counted one has after one message, and which connector took that.

    The connectors fail with ``failures``, in their order.
    """
    route = (await world.workspaces.of(T)).route()
    for entry, failure in zip(route, failures, strict=False):
        _outbox(entry.connector).failures.append(failure)
    try:
        await send_code(world, T, Asked(email="a@example.com"))
    except ConnectorError:
        taken = None
    else:
        (row,) = await Post(world).rows()
        (taken,) = [e.row.connector_id for e in route if e.row.id == row.connector_id]
    (counted,) = [e.row.id for e in route if e.row.connector_id == "counted"]
    return await world.database.read(lambda tx: usage.read(tx, T, counted)), taken


def _outbox(connector: Connector | None) -> Outbox:
    assert isinstance(connector, OutboxConnector)
    return connector.outbox


@pytest.mark.parametrize(
    ("failures", "ends"),
    [([], (1, "counted")), ([NO], (0, None)), ([GONE], (0, "second")), ([GONE, GONE], (0, None))],
    ids=["sent", "refused", "sent by the next", "sent by none"],
)
async def test_the_first_one_counts_what_it_sends(
    world: World, failures: list[DeliveryFailed], ends: tuple[int, str | None]
) -> None:
    await connect(world, "counted", "second")

    assert await send(world, *failures) == ends


@pytest.mark.parametrize(
    ("failures", "ends"),
    [([], (0, "second")), ([GONE], (1, "counted")), ([GONE, GONE], (0, None))],
    ids=["not needed", "sent", "sent by none"],
)
async def test_a_further_one_counts_what_it_sends(
    world: World, failures: list[DeliveryFailed], ends: tuple[int, str | None]
) -> None:
    await connect(world, "second", "counted")

    assert await send(world, *failures) == ends


@pytest.mark.parametrize("mode", ["direct", "queued"])
async def test_nothing_is_taken_on_for_a_first_one_at_its_cap(world: World, mode: str) -> None:
    await connect(world, "counted", "second")
    await update_delivery(world, T, {"mode": mode})
    world.dispatcher._usage_cap = 0

    with pytest.raises(UsageLimitExceeded):
        await send_code(world, T, Asked(email="a@example.com"))
    assert await Post(world).rows() == []


async def test_a_further_one_at_its_cap_is_passed_over(world: World) -> None:
    await connect(world, "second", "counted")
    world.courier._rounds._usage_cap = 0

    assert await send(world, GONE) == (0, None)


async def test_who_asked_is_on_record_with_what_became_of_it(world: World) -> None:
    await connect(world, "counted", "second")
    by = Actor(application_id="backend")
    await send_code(world, T, Asked(email="a@example.com", by=by))

    wanted = LogFilter(key="Message.Sent")
    (row,) = (await find_logs(world, T, wanted, Page(), count_at_most=None)).rows
    assert json.loads(row.payload)["applicationId"] == "backend"
