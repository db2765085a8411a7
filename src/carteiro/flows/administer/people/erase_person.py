"""An administrator erases a person: nothing of them is left, and the audit log names nobody.

It is done in bounded steps, each safe to be done again. The person is shut out first and their row
goes last, so that an erasure which was broken off goes on where it is asked for once more. What a
sign-in that was under way still wrote is swept up behind the row.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from carteiro import secrets
from carteiro.delivery.states import Failure
from carteiro.errors import CannotDeleteSelf, EntityNotFound, MessageNotWaiting
from carteiro.flows.administer.people.traces import (
    addresses_of,
    named_by,
    traces_of,
    traces_of_id,
)
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.erased import GONE, Names, without_person
from carteiro.model.phones import phone_spellings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import messages, subjects
from carteiro.storage.people import held, users
from carteiro.storage.people.holdings import HOLDINGS, Holding, Traces
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import naming_logs
from carteiro.storage.tenancy.naming_logs import Entry
from carteiro.webhooks.telling import tell

BATCH = 500
"""Rows of one table that are deleted in one unit."""
ENTRIES = 1_000
"""Entries of the audit log that are looked at in one unit."""


async def erase_person(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Erase. Hooks hear ``User.Deleted`` with the id alone, so that others can erase theirs.

    Raises ``CannotDeleteSelf``, ``EntityNotFound`` where nothing is held under the id, or
    ``MessageNotWaiting`` while a mail to the person is being sent: ask again then.
    """
    if by.user_id == id:
        raise CannotDeleteSelf
    row, gone = await _shut_out(world, tenant_id, id), None
    pseudonym = f"{GONE}-{secrets.short_id()}"
    names = Names(replaced={id: pseudonym})
    left = traces_of_id(world.keyring, tenant_id, id)
    while row is not None:
        traces, names = traces_of(world.keyring, row), _names(row, pseudonym)
        await _stop_mail(world, traces)
        await _clean_log(world, traces, names)
        await _sweep(world, traces)
        gone, row = row, await _delete(world, row, traces, names, by)
    if gone is not None:
        # What came in beside all of that: by their addresses, too, unless these are others' now.
        still = await _unless_taken(world, gone)
        left, names = traces_of(world.keyring, still), _names(still, pseudonym)
    swept = await _sweep(world, left, is_told=True)
    swept += await _clean_log(world, left, names)
    if gone is None and not swept:
        raise EntityNotFound


def _names(row: UserRow, pseudonym: str) -> Names:
    replaced = {row.id: pseudonym, **dict.fromkeys(addresses_of(row), GONE)}
    return Names(replaced=replaced, username=row.username)


async def _unless_taken(world: World, row: UserRow) -> UserRow:
    """The person that was, without what somebody else has by now."""

    async def work(tx: Transaction) -> UserRow:
        tenant_id, left = row.tenant_id, row
        if left.primary_email and await users.find_by_email(tx, tenant_id, left.primary_email):
            left = replace(left, primary_email=None)
        if left.primary_phone and await users.find_by_phone(
            tx, tenant_id, *phone_spellings(left.primary_phone)[:2]
        ):
            left = replace(left, primary_phone=None)
        if left.username and await users.find_by_username_lower(tx, tenant_id, left.username):
            left = replace(left, username=None)
        return left

    return await world.database.read(work)


async def _shut_out(world: World, tenant_id: str, id: str) -> UserRow | None:  # noqa: A002 - the wire's name
    """Nobody signs in as this person any more. ``None`` where the row is gone already."""

    async def work(tx: Transaction) -> UserRow | None:
        row = await users.lock(tx, tenant_id, id)
        if row is not None and not row.is_suspended:
            await users.update(tx, replace(row, is_suspended=True))
        return row

    return await world.database.write(work)


async def _stop_mail(world: World, traces: Traces) -> None:
    """Cancel what waits for the person. Raises ``MessageNotWaiting`` for what is being sent."""
    hashes = [one for one in (traces.email_hash, traces.phone_hash) if one is not None]

    async def void(tx: Transaction) -> list[str]:
        waiting = []
        for hashed in hashes:
            await subjects.void(tx, traces.tenant_id, hashed, Failure.RECIPIENT_DELETED)
            waiting += await messages.waiting_for(tx, traces.tenant_id, hashed)
        return waiting

    for id_ in await world.database.write(void):
        row = await world.recovery.take(traces.tenant_id, id_)
        if row is not None:
            await world.courier.cancel(row, Failure.RECIPIENT_DELETED)
    if await world.database.write(void):
        raise MessageNotWaiting("A mail to this person is being sent: ask again in a moment.")


async def _sweep(world: World, traces: Traces, *, is_told: bool = False) -> int:
    """Delete what the list of holdings finds, table by table; how many rows that were.

    What hooks are told of the end names the id and nothing else: it stays.
    """
    of_hooks = replace(traces, texts=(None, *traces.texts[1:])) if is_told else traces
    swept = 0
    for holding in HOLDINGS:
        if not holding.erased:
            continue
        by = of_hooks if holding.table == "hook_deliveries" else traces
        while count := await _erase_some(world, holding, by):
            swept += count
    return swept


async def _erase_some(world: World, holding: Holding, traces: Traces) -> int:
    return await world.database.write(lambda tx: held.erase(tx, holding, traces, BATCH))


async def _clean_log(world: World, traces: Traces, names: Names) -> int:
    """Take the person out of every entry of the audit log; how many there were."""
    after: str | None = ""
    cleaned = 0
    while after is not None:
        count, after = await _clean_part(world, traces, names, after)
        cleaned += count
    return cleaned


async def _clean_part(
    world: World, traces: Traces, names: Names, after: str
) -> tuple[int, str | None]:
    named = named_by(traces, names)

    async def work(tx: Transaction) -> tuple[int, str | None]:
        found, last = await naming_logs.part(tx, named, after=after, most=ENTRIES)
        cleaned = [_cleaned(entry, traces, names) for entry in found if _is_named(entry, names)]
        for entry in cleaned:
            await naming_logs.rewrite(tx, traces.tenant_id, entry)
        return len(cleaned), last

    return await world.database.write(work)


def _is_named(entry: Entry, names: Names) -> bool:
    if entry.is_theirs:
        return True
    payload: dict[str, Any] = json.loads(entry.payload)
    return without_person(payload, names, about=False) != payload


def _cleaned(entry: Entry, traces: Traces, names: Names) -> Entry:
    payload = json.loads(entry.payload)
    # Who changed somebody else's things stays named in the entry of it.
    others = entry.user_id not in {None, traces.user_id} and "interactionId" not in payload
    left = without_person(payload, names, about=not others)
    user_id = names.replaced[traces.user_id] if entry.user_id == traces.user_id else entry.user_id
    text = json.dumps(left, ensure_ascii=False, separators=(",", ":"))
    return replace(entry, user_id=user_id, payload=text)


async def _delete(
    world: World, row: UserRow, traces: Traces, names: Names, by: Actor
) -> UserRow | None:
    """The row goes, with what came since; whoever signs in meanwhile finds nobody.

    It stays, and is returned, if the person is found by something else by now.
    """
    pseudonym = names.replaced[row.id]
    quiet = replace(by, request=without_person(by.request, names, about=False))

    async def work(tx: Transaction) -> UserRow | None:
        current = await users.lock(tx, row.tenant_id, row.id)
        if current is None:
            return None
        if traces_of(world.keyring, current) != traces:
            return current
        for holding in HOLDINGS:
            if holding.erased:
                await held.erase(tx, holding, traces, BATCH)
        await users.delete(tx, row.tenant_id, row.id)
        at = world.clock.now()
        gone = {"userId": pseudonym}
        await announce(
            tx, world, row.tenant_id, quiet, "User.Erased", target=gone, before={"id": pseudonym}
        )
        data = {"id": row.id}
        await tell(tx, row.tenant_id, quiet, "User.Deleted", at=at, data=data)
        return None

    return await commit(world, work)
