"""Wrong codes of one network add up over all addresses: on both databases, and each alone."""

from __future__ import annotations

import asyncio

from account_parts import id_of, opened_house
from carteiro.errors import CodeMismatch, TooManyTries, VerificationError
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.tenant.settings import update_protection
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.backend.verify_address import Asked, redeem_code, send_code
from carteiro.flows.guards.known_browsers import COOKIE
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import Outbox, OutboxConnector
from door_parts import (
    ANA,
    Door,
    before_second_factor,
    opened_door,
    proof_of,
    proven,
    send_second,
    verify_second,
    wrong,
)

HERE = "198.51.100.7"
WRONG_THEN_HELD_UP = ["verification_code.code_mismatch", "verification_code.exceed_max_try"]
TRIES = Statement.of("test.code_tries", "SELECT SUM(tries) AS tries FROM codes")
BUCKETS = Statement.of("test.buckets", "SELECT COUNT(*) AS number FROM send_rates")


def person(ip: str | None) -> Actor:
    return Actor(user_id="u", application_id="a", ip=ip)


def backend(ip: str) -> Actor:
    return Actor(application_id="a", ip=ip)


def address(number: int) -> str:
    return f"a{number}@example.com"


async def codes_for(world: World, outbox: Outbox, addresses: int) -> list[str]:
    """A code that waits for each of so many addresses."""
    for number in range(addresses):
        await send_code(world, "default", Asked(email=address(number)))
    return [outbox.last_to(address(number)).payload["code"] for number in range(addresses)]


async def tried(
    world: World, number: int, typed: str, by: Actor, tenant: str = "default"
) -> VerificationError | None:
    try:
        await redeem_code(world, tenant, typed, email=address(number), by=by)
    except VerificationError as error:
        return error
    return None


async def limit(world: World, wrong_tries: int | None, tenant: str = "default") -> None:
    await update_protection(world, tenant, {"networkWrongTriesPerHour": wrong_tries})


async def number_of(world: World, what: Statement, name: str) -> int:
    async def work(tx: Transaction) -> int:
        row = await tx.one(what)
        return int(row[name]) if row is not None else 0

    return await world.database.read(work)


async def test_one_guess_for_each_of_many_addresses_is_held_up_after_as_many_as_are_set(
    world: World, outbox: Outbox, clock: FrozenClock
) -> None:
    await limit(world, 3)
    codes = await codes_for(world, outbox, 5)
    spray = [await tried(world, n, wrong(codes[n]), person(HERE)) for n in range(4)]
    right = await tried(world, 4, codes[4], person(HERE))
    neighbour = await tried(world, 3, codes[3], person("198.51.100.8"))
    clock.advance(600)  # a code lives no longer; of three in an hour, one comes back in 20 minutes
    await send_code(world, "default", Asked(email=address(4)))
    clock.advance(600)
    later = await tried(world, 4, outbox.last_to(address(4)).payload["code"], person(HERE))

    assert [type(one) for one in spray] == [*[CodeMismatch] * 3, TooManyTries]
    # Nothing was compared, so a right code says nothing either.
    assert isinstance(right, TooManyTries)
    assert spray[3] is not None
    assert spray[3].retry_after == right.retry_after == 1200
    assert neighbour is None
    assert later is None


async def test_a_try_that_is_held_up_spends_none_of_the_code(world: World, outbox: Outbox) -> None:
    await limit(world, 1)
    codes = await codes_for(world, outbox, 2)
    await tried(world, 0, wrong(codes[0]), person(HERE))
    for _ in range(30):
        await tried(world, 1, wrong(codes[1]), person(HERE))

    assert await tried(world, 1, codes[1], person("198.51.100.8")) is None


async def test_right_codes_take_nothing_out(world: World, outbox: Outbox) -> None:
    await limit(world, 1)
    codes = await codes_for(world, outbox, 4)

    answers = [await tried(world, n, code, person(HERE)) for n, code in enumerate(codes)]

    assert answers == [None] * 4
    assert await number_of(world, BUCKETS, "number") == 0


async def test_unset_nothing_is_counted(world: World, outbox: Outbox) -> None:
    codes = await codes_for(world, outbox, 2)
    for _ in range(5):
        await tried(world, 0, wrong(codes[0]), person(HERE))

    assert await number_of(world, BUCKETS, "number") == 0
    assert await tried(world, 1, codes[1], person(HERE)) is None


async def test_all_addresses_of_one_ipv6_network_are_one(world: World, outbox: Outbox) -> None:
    await limit(world, 2)
    codes = await codes_for(world, outbox, 4)

    spray = [
        await tried(world, n, wrong(codes[n]), person(f"2001:db8:1:2:{n:x}::1")) for n in range(3)
    ]

    assert [type(one) for one in spray] == [CodeMismatch, CodeMismatch, TooManyTries]
    assert await tried(world, 3, codes[3], person("2001:db8:1:3::1")) is None


async def test_a_backend_that_asks_for_many_people_is_no_network(
    world: World, outbox: Outbox
) -> None:
    await limit(world, 1)
    codes = await codes_for(world, outbox, 4)

    tries = [await tried(world, n, wrong(codes[n]), backend(HERE)) for n in range(4)]

    assert [type(one) for one in tries] == [CodeMismatch] * 4
    # Nor is one of whom nothing is known.
    assert await tried(world, 0, codes[0], person(None)) is None


async def test_a_tenant_does_not_pay_for_another(world: World, outbox: Outbox) -> None:
    await create_tenant(world, "acme", name="acme")
    await create_connector(world, "acme", NewConnector(connector_id="outbox"))
    await limit(world, 1)
    await limit(world, 1, "acme")
    codes = await codes_for(world, outbox, 1)
    await tried(world, 0, wrong(codes[0]), person(HERE))
    _, connector = (await world.workspaces.of("acme")).connector()
    await send_code(world, "acme", Asked(email=address(0)))
    assert isinstance(connector, OutboxConnector)
    theirs = connector.outbox.last_to(address(0)).payload["code"]

    assert isinstance(await tried(world, 0, codes[0], person(HERE)), TooManyTries)
    assert await tried(world, 0, theirs, person(HERE), "acme") is None


async def test_guesses_at_once_are_each_counted_by_their_code(world: World, outbox: Outbox) -> None:
    await limit(world, 2)
    codes = await codes_for(world, outbox, 8)

    tries = await asyncio.gather(
        *(tried(world, n, wrong(code), person(HERE)) for n, code in enumerate(codes))
    )

    compared = [one for one in tries if isinstance(one, CodeMismatch)]
    assert {type(one) for one in tries} <= {CodeMismatch, TooManyTries}
    assert len(compared) >= 2
    # Whoever is told that a guess was wrong has paid for it, however many came at once.
    assert await number_of(world, TRIES, "tries") == len(compared)
    held_up = await tried(world, 0, codes[0], person(HERE))
    assert held_up is not None
    assert held_up.retry_after == 1800  # not longer for those above it


async def known(door: Door) -> str:
    """The cookie of a browser in which Ana signed in before."""
    browser = await door.browser()
    await browser.begin()
    await browser.identify(await proven(door, browser))
    await browser.submit()
    return str(browser.client.cookies[COOKIE])


async def test_at_the_door_a_stranger_is_held_up_and_the_owners_own_browser_is_not(
    settings: Settings, clock: FrozenClock
) -> None:
    async with opened_door(settings, clock) as door:
        await door.person(primary_email=ANA)
        cookie = await known(door)
        await limit(door.world, 2)
        stranger, owner = await door.browser(), await door.browser()
        owner.client.cookies.set(COOKIE, cookie)
        await stranger.begin()
        spray = []
        for name in "bcd":
            to = f"{name}@example.com"
            proof = proof_of(await stranger.send(to=to))
            spray.append(await stranger.verify(proof, wrong(await door.code(to)), to))
        await owner.begin()
        proof = proof_of(await owner.send())
        code = await door.code()
        mistyped = await owner.verify(proof, wrong(code))
        right = await owner.verify(proof, code)

    told = [one.json()["code"] for one in (*spray, mistyped)]
    mismatch = "verification_code.code_mismatch"
    assert told == [mismatch, mismatch, "verification_code.exceed_max_try", mismatch]
    assert int(spray[2].headers["Retry-After"]) == 1800
    assert right.status_code == 200


async def test_people_inside_are_counted_too(settings: Settings, clock: FrozenClock) -> None:
    async with opened_house(settings, clock) as house:
        ana = await house.ana()
        await limit(house.door.world, 1)
        proof = id_of(await ana.send())
        code = await house.door.code()

        answers = [await ana.verify(proof, typed) for typed in (wrong(code), code)]

    assert [one.json()["code"] for one in answers] == WRONG_THEN_HELD_UP


async def test_of_a_second_factor_too(settings: Settings, clock: FrozenClock) -> None:
    async with opened_door(settings, clock) as door:
        await limit(door.world, 1)
        browser = await before_second_factor(door)
        proof = await send_second(browser)
        code = await door.code()
        answers = [await verify_second(browser, proof, typed) for typed in (wrong(code), code)]

    assert [one.json()["code"] for one in answers] == WRONG_THEN_HELD_UP
