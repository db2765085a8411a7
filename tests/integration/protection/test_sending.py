"""The buckets of sending: each trips alone, says for how long, and is its tenant's own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from carteiro.errors import DeliveryFailed, Disposition, MessageRateLimited
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.limits import clear_limits
from carteiro.flows.administer.tenant.settings import update_delivery, update_protection
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.model.kinds import TemplateType
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import Outbox

ANA = "ana@example.com"


def person(ip: str) -> Actor:
    return Actor(user_id="u", application_id="a", ip=ip)


def backend(ip: str) -> Actor:
    return Actor(application_id="a", ip=ip)


async def ask(
    world: World,
    email: str = ANA,
    kind: TemplateType = TemplateType.GENERIC,
    tenant: str = "default",
    by: Actor | None = None,
) -> MessageRateLimited | None:
    try:
        await send_code(world, tenant, Asked(email=email, type=kind, by=by or backend("192.0.2.1")))
    except MessageRateLimited as error:
        return error
    return None


async def test_unset_the_eleventh_in_ten_minutes_is_the_only_one_refused(
    world: World, clock: FrozenClock
) -> None:
    answers = [await ask(world) for _ in range(11)]
    clock.advance(600)

    assert answers[:10] == [None] * 10
    assert answers[10] is not None
    assert (answers[10].retry_after, answers[10].data) == (600, None)
    assert await ask(world) is None


@pytest.mark.parametrize(
    ("setting", "passes", "wait", "name"),
    [
        ({"cooldown": 60}, 1, 60, "cooldown"),
        ({"sendsPerHour": 3}, 3, 3600, "recipient-hour"),
        ({"sendsPerDay": 4}, 4, 86_400, "recipient-day"),
        ({"tenantSendsPerHour": 5}, 5, 720, "tenant-hour"),
    ],
)
async def test_each_bucket_trips_alone_and_says_for_how_long(
    world: World,
    outbox: Outbox,
    clock: FrozenClock,
    setting: dict[str, int],
    passes: int,
    wait: int,
    name: str,
) -> None:
    await update_protection(world, "default", setting)

    answers = [await ask(world) for _ in range(passes)]
    refused = await ask(world)
    clock.advance(wait - 1)
    still = await ask(world)
    clock.advance(1)

    assert answers == [None] * passes
    assert refused is not None
    assert (refused.code, refused.data) == ("request.message_rate_limited", {"limit": name})
    assert refused.retry_after == wait
    assert still is not None
    assert still.retry_after == 1
    assert await ask(world) is None
    assert len(outbox.messages) == passes + 1


async def test_the_pause_is_of_one_purpose_and_one_address(world: World) -> None:
    await update_protection(world, "default", {"cooldown": 60})
    await ask(world)

    assert await ask(world, kind=TemplateType.SIGN_IN) is None
    assert await ask(world, "bob@example.com") is None
    assert await ask(world, "ANA@example.com") is not None


async def test_the_hour_is_of_an_address_whatever_the_purpose(world: World) -> None:
    await update_protection(world, "default", {"sendsPerHour": 2})

    answers = [
        await ask(world, kind=kind)
        for kind in (TemplateType.SIGN_IN, TemplateType.REGISTER, TemplateType.GENERIC)
    ]

    assert [answer is None for answer in answers] == [True, True, False]


async def test_the_longest_wait_is_the_one_that_is_told(world: World) -> None:
    await update_protection(world, "default", {"cooldown": 60, "sendsPerDay": 1})
    await ask(world)

    refused = await ask(world)

    assert refused is not None
    assert (refused.retry_after, refused.data) == (86_400, {"limit": "recipient-day"})


async def test_a_network_is_counted_where_people_ask_and_not_where_a_backend_does(
    world: World,
) -> None:
    await update_protection(world, "default", {"networkSendsPerHour": 2})
    addresses = [f"a{number}@example.com" for number in range(6)]

    backends = [await ask(world, one, by=backend("198.51.100.7")) for one in addresses]
    people = [await ask(world, one, by=person("198.51.100.7")) for one in addresses[:3]]
    neighbour = await ask(world, by=person("198.51.100.8"))

    assert backends == [None] * 6
    assert people[:2] == [None, None]
    assert people[2] is not None
    assert (people[2].retry_after, people[2].data) == (1800, {"limit": "network-hour"})
    assert neighbour is None


async def test_all_addresses_of_one_ipv6_network_are_one(world: World) -> None:
    await update_protection(world, "default", {"networkSendsPerHour": 2})
    same = [f"2001:db8:1:2:{number:x}::1" for number in range(3)]

    answers = [
        await ask(world, f"a{number}@example.com", by=person(ip)) for number, ip in enumerate(same)
    ]
    other = await ask(world, "b@example.com", by=person("2001:db8:1:3::1"))

    assert [answer is None for answer in answers] == [True, True, False]
    assert other is None


async def test_a_flood_of_one_tenant_leaves_another_its_allowance(
    world: World, outbox: Outbox
) -> None:
    limits = {"tenantSendsPerHour": 3, "sendsPerHour": 2, "cooldown": 60, "networkSendsPerHour": 2}
    await create_tenant(world, "acme", name="acme")
    await create_connector(world, "acme", NewConnector(connector_id="outbox"))
    for tenant in ("default", "acme"):
        await update_protection(world, tenant, limits)
    flood = [
        await ask(world, f"a{number}@example.com", by=person("192.0.2.1")) for number in range(20)
    ]

    other = await ask(world, "a0@example.com", tenant="acme", by=person("192.0.2.1"))

    assert flood.count(None) == 2
    assert other is None


@pytest.mark.parametrize("setting", [{"sendsPerHour": 4}, {"tenantSendsPerHour": 4}])
async def test_of_many_at_once_exactly_as_many_pass(world: World, setting: dict[str, int]) -> None:
    await update_protection(world, "default", setting)
    kinds = [TemplateType.GENERIC, TemplateType.SIGN_IN, TemplateType.REGISTER]

    answers = await asyncio.gather(*(ask(world, kind=kind) for kind in kinds * 8))

    assert answers.count(None) == 4


async def test_a_message_that_is_not_sent_frees_its_places(world: World, outbox: Outbox) -> None:
    await update_protection(world, "default", {"cooldown": 60, "sendsPerHour": 1, "sendsPerDay": 1})
    outbox.failures.append(DeliveryFailed("no", disposition=Disposition.PERMANENT))

    with pytest.raises(DeliveryFailed):
        await ask(world)

    assert await ask(world) is None
    assert await ask(world) is not None


async def test_one_that_is_not_sent_is_none_of_ten_in_ten_minutes(
    world: World, outbox: Outbox
) -> None:
    outbox.failures.append(DeliveryFailed("no", disposition=Disposition.PERMANENT))
    with pytest.raises(DeliveryFailed):
        await ask(world)

    answers = [await ask(world) for _ in range(11)]

    assert answers[:10] == [None] * 10
    assert answers[10] is not None


async def test_a_queued_message_that_ends_unsent_frees_its_places(
    world: World, outbox: Outbox
) -> None:
    await update_delivery(world, "default", {"mode": "queued"})
    await update_protection(world, "default", {"cooldown": 60})
    await ask(world)
    outbox.failures.append(DeliveryFailed("no", disposition=Disposition.PERMANENT))

    await work_off(world)

    assert await ask(world) is None


async def work_off(world: World) -> None:
    from carteiro.storage.mail import messages

    await world.presence.ensure()
    owner, now = world.presence.id, world.clock.now()
    for row in await world.database.write(
        lambda tx: messages.claim(tx, owner=owner, now=now, most=10)
    ):
        await world.courier.work(row)


async def test_an_administrator_lets_somebody_ask_again(world: World) -> None:
    await update_protection(world, "default", {"cooldown": 3600, "sendsPerDay": 1})
    await ask(world)
    assert await ask(world) is not None

    await clear_limits(world, "default", [ANA])

    assert await ask(world) is None


async def test_a_refused_message_leaves_no_place_behind(world: World, clock: FrozenClock) -> None:
    await update_protection(world, "default", {"tenantSendsPerHour": 1, "cooldown": 3600})
    await ask(world, "bob@example.com")
    refused = await ask(world)

    clock.advance(3600)

    assert refused is not None
    assert refused.data == {"limit": "tenant-hour"}
    assert await ask(world) is None


async def test_limits_come_and_go_with_the_setting(world: World) -> None:
    await update_protection(world, "default", {"cooldown": 60})
    await ask(world)
    await update_protection(world, "default", {"cooldown": None})

    answers: list[Any] = [await ask(world) for _ in range(9)]

    assert answers == [None] * 9
