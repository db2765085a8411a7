"""An administrator has other systems told of events: sets up, tests and watches webhooks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from carteiro import secrets
from carteiro.delivery.webhooks import OpenHook, open_hook, post, seal_config, seal_key, shown_body
from carteiro.errors import (
    DeliveryFailed,
    EntityNotExists,
    EntityNotExistsWithId,
    EntityNotFound,
    HookEndpointFailed,
    HookTestFailed,
    SealBroken,
)
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import hooks, logs
from carteiro.storage.tenancy.hooks import HookRow
from carteiro.storage.tenancy.logs import Executions, LogFilter, LogRow
from carteiro.webhooks.events import HookEvent
from carteiro.webhooks.fake import fake_body

_DAY = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHook:
    """A hook to create; ``event`` is the legacy way to name a single one."""

    name: str = ""
    event: str | None = None
    events: Sequence[str] = ()
    config: Mapping[str, Any] = field(repr=False)
    enabled: bool = True


async def list_hooks(world: World, tenant_id: str, page: Page | None) -> Part[OpenHook]:
    """A page of the hooks, newest first; without a page all of them."""
    part = await world.database.read(lambda tx: hooks.find(tx, tenant_id, page))
    return Part([open_hook(world.keyring, row) for row in part.rows], part.total)


async def get_hook(world: World, tenant_id: str, id: str) -> OpenHook:  # noqa: A002 - the wire's name
    """One hook. Raises ``EntityNotExistsWithId``."""
    found = await world.database.read(lambda tx: hooks.get(tx, tenant_id, id))
    row = existing(found, EntityNotExistsWithId)
    return open_hook(world.keyring, row)


async def executions(world: World, tenant_id: str) -> Mapping[str, Executions]:
    """How the calls of the last 24 hours went, by hook."""
    since = world.clock.now() - _DAY

    return await world.database.read(lambda tx: logs.executions(tx, tenant_id, since))


async def recent_logs(
    world: World, tenant_id: str, wanted: LogFilter, page: Page, *, count_at_most: int | None
) -> Part[LogRow]:
    """A hook's calls, newest first; without a bound those of the last 24 hours."""
    if wanted.start is None and wanted.end is None:
        wanted = replace(wanted, start=world.clock.now() - _DAY)

    return await world.database.read(
        lambda tx: logs.find(tx, tenant_id, wanted, page, count_at_most=count_at_most)
    )


async def create_hook(
    world: World, tenant_id: str, new: NewHook, *, by: Actor = OPERATOR
) -> OpenHook:
    """Create a hook with a signing key of its own."""
    id_, signing_key = secrets.standard_id(), secrets.secret_value()
    row = HookRow(
        tenant_id=tenant_id,
        id=id_,
        name=new.name,
        event=new.event,
        events=json.dumps(list(dict.fromkeys(new.events))),
        config_sealed=seal_config(world.keyring, tenant_id, id_, new.config),
        signing_key_sealed=seal_key(world.keyring, tenant_id, id_, signing_key),
        enabled=new.enabled,
        created_at=world.clock.now(),
    )

    async def work(tx: Transaction) -> None:
        await hooks.create(tx, row)
        target, after = {"hookId": id_}, _told(world, row)
        await announce(tx, world, tenant_id, by, "Hook.Created", target=target, after=after)

    await commit(world, work)
    return OpenHook(row=row, config=new.config, signing_key=signing_key)


async def update_hook(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    changes: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> OpenHook:
    """Set the given members; ``config`` is replaced as a whole. Raises ``EntityNotExists``."""
    columns = dict(changes)
    if "events" in columns:
        columns["events"] = json.dumps(list(dict.fromkeys(columns["events"])))
    if "config" in columns:
        config = columns.pop("config")
        columns["config_sealed"] = seal_config(world.keyring, tenant_id, id, config)
    return await _change(world, tenant_id, id, columns, name="Hook.Updated", by=by)


async def renew_signing_key(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> OpenHook:
    """Sign with a new key from now on. Raises ``EntityNotExists``."""
    sealed = seal_key(world.keyring, tenant_id, id, secrets.secret_value())
    columns = {"signing_key_sealed": sealed}
    return await _change(world, tenant_id, id, columns, name="Hook.SigningKey.Updated", by=by)


async def delete_hook(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete, with what was still to be delivered. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        row = await hooks.lock(tx, tenant_id, id)
        if row is None or not await hooks.delete(tx, tenant_id, id):
            raise EntityNotFound
        target, before = {"hookId": id}, _told(world, row)
        await announce(tx, world, tenant_id, by, "Hook.Deleted", target=target, before=before)

    await commit(world, work)


async def test_hook(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    events: Sequence[HookEvent],
    config: Mapping[str, Any],
) -> None:
    """Send a made-up payload for each event to the given config, signed with the hook's key.

    Nothing is retried or logged. Raises ``EntityNotExistsWithId``, ``HookEndpointFailed`` or
    ``HookTestFailed``.
    """
    hook = replace(await get_hook(world, tenant_id, id), config=config)
    await asyncio.gather(*(_test(world, hook, event) for event in dict.fromkeys(events)))


async def _test(world: World, hook: OpenHook, event: HookEvent) -> None:
    now = world.clock.now()
    body = fake_body(event, hook_id=hook.row.id, at=now)
    try:
        reply = await post(
            world.services.http, hook, body=body, delivery_id=secrets.standard_id(), now=now
        )
    except DeliveryFailed as error:
        raise HookTestFailed(error.message, data={"message": error.message}) from None
    if not reply.ok:
        body_shown = shown_body(reply)
        raise HookEndpointFailed(data={"responseStatus": reply.status, "responseBody": body_shown})


async def _change(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    columns: Mapping[str, Any],
    *,
    name: str,
    by: Actor,
) -> OpenHook:
    async def work(tx: Transaction) -> HookRow:
        row = existing(await hooks.lock(tx, tenant_id, id), EntityNotExists)
        if not columns:
            return row
        changed = replace(row, **columns)
        await hooks.update(tx, changed)
        await announce(
            tx,
            world,
            tenant_id,
            by,
            name,
            target={"hookId": id},
            before=_told(world, row),
            after=_told(world, changed),
        )
        return changed

    return open_hook(world.keyring, await commit(world, work))


def _told(world: World, row: HookRow) -> dict[str, Any]:
    """A hook as the audit log compares it: whatever its headers say may let somebody in.

    What no key opens is not told, and goes all the same.
    """
    config: dict[str, Any] = {}
    signing_key = None
    with suppress(SealBroken):
        hook = open_hook(world.keyring, row)
        config, signing_key = dict(hook.config), hook.signing_key
    if headers := config.pop("headers", None):
        config["headerSecret"] = headers
    return {
        "name": row.name,
        "event": row.event,
        "events": json.loads(row.events),
        "config": config,
        "enabled": row.enabled,
        "signingKey": signing_key,
    }
