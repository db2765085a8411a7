"""What tests of the guards at the door share."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from carteiro.experience.guards.lockouts import Identifier, IdentifierKind, Lockout
from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.flows.change import commit
from carteiro.flows.guards.attempts import Attempt, report_outcome
from carteiro.flows.guards.known_browsers import remember_browser
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people.users import UserRow
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import OutboxConnector

TENANT = "default"
VICTIM = "ana@example.com"
MINUTE = 60_000
_BODIES = Statement.of("test.bodies", "SELECT body FROM hook_deliveries WHERE event = :event")
BY = Actor(ip="192.0.2.7", user_agent="Browser")


@asynccontextmanager
async def world_at(settings: Settings, clock: FrozenClock) -> AsyncIterator[World]:
    """A world whose clock is the test's."""
    async with open_world(settings, clock, [OutboxConnector]) as opened:
        yield opened


async def decided(world: World, **changes: Any) -> None:
    """The sign-in experience is changed."""
    await update_experience(world, TENANT, changes)


async def person(world: World, **columns: Any) -> UserRow:
    """Somebody with an account."""
    return await create_user(world, TENANT, NewUser(**columns))


async def tried(
    world: World,
    value: str = VICTIM,
    kind: str = "email",
    *,
    failed: bool = True,
    cookie: str | None = None,
    told: Mapping[str, Any] | None = None,
) -> Lockout | None:
    """Somebody tries once; what comes back is whether they are locked."""
    workspace = await world.workspaces.of(TENANT)
    identifier = Identifier(kind=IdentifierKind(kind), value=value)
    attempt = Attempt(identifier=identifier, by=BY, cookie=cookie, told=told or {})

    async def work(tx: Transaction) -> Lockout | None:
        return await report_outcome(tx, world, workspace, attempt, failed=failed)

    return await commit(world, work)


async def times(world: World, count: int, value: str = VICTIM, kind: str = "email") -> list[bool]:
    """Somebody fails so often, one try after the other; which of them were locked out."""
    return [await tried(world, value, kind) is not None for _ in range(count)]


async def signed_in(world: World, user_id: str, cookie: str | None = None) -> str:
    """A person signs in with a browser; the cookie that it has from then on."""

    async def work(tx: Transaction) -> str:
        cookie_after, calls = await remember_browser(tx, world, TENANT, user_id, cookie)
        await tx.together(*calls)
        return cookie_after

    return await commit(world, work)


async def told_of(world: World, event: str) -> list[dict[str, Any]]:
    """The bodies that wait for the hooks."""

    async def work(tx: Transaction) -> list[Any]:
        return await tx.all(_BODIES, event=event)

    return [json.loads(row["body"]) for row in await world.database.read(work)]
