"""What a step at the door asks: may this address come in, is this identifier locked.

A failure has to stay counted although the step is refused. So what is counted is counted inside the
unit of work and returned, and the error is raised once the unit has committed:

    async def work(tx):
        ...
        return await report_outcome(tx, world, workspace, attempt, failed=not right)

    require_not_locked(await commit(world, work))
    if not right:
        raise InvalidCredentials
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from carteiro.delivery.dispatch import Order
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.settings import disposable
from carteiro.directory.settings.email_policy import require_allowed
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.experience.guards.lockouts import (
    HOUR,
    Identifier,
    IdentifierKind,
    Lockout,
    account_hash,
    lockout_hash,
    lockout_policy,
)
from carteiro.experience.guards.usernames import is_case_sensitive
from carteiro.flows.guards.known_browsers import knowing, known_as, newest_of
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.model.phones import phone_spellings
from carteiro.storage.drivers.database import Call, Question, Transaction
from carteiro.storage.sign_in import lockouts
from carteiro.storage.sign_in.known_browsers import Owner
from carteiro.webhooks.events import HookEvent
from carteiro.webhooks.telling import application_shown, tell


@dataclass(frozen=True, slots=True)
class Guarded:
    """A write on whose outcome the step counts; where it ends otherwise, the step is taken anew."""

    call: Call
    holds: Callable[[Any], bool] = bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody tries to prove to be whom ``identifier`` names.

    ``cookie`` is that of ``known_browsers``, as the browser sent it. ``told`` stands at the top of
    the webhook of a lock, beside what identifies.
    """

    identifier: Identifier
    by: Actor
    cookie: str | None = field(default=None, repr=False)
    told: Mapping[str, Any] = field(default_factory=dict)


async def own_budget(
    tx: Transaction, world: World, workspace: Workspace, attempt: Attempt
) -> str | None:
    """Under which hash the failures of the owner's own browser are kept, if this is one.

    A code is asked for (``Order.own``) and redeemed (``verification.redeem``) against that budget,
    so that nobody else can use up the messages and the tries of the address. Without the cookie
    nothing is read.
    """
    owner = _owner(workspace, attempt.identifier)
    return await known_as(tx, world, workspace.tenant_id, attempt.cookie, owner)


async def budget_of(world: World, workspace: Workspace, attempt: Attempt) -> str | None:
    """The same outside of a unit of work; without the cookie the database is not asked."""
    if attempt.cookie is None:
        return None

    async def work(tx: Transaction) -> str | None:
        return await own_budget(tx, world, workspace, attempt)

    return await world.database.read(work)


async def report_outcome(
    tx: Transaction,
    world: World,
    workspace: Workspace,
    attempt: Attempt,
    *,
    failed: bool,
    own: str | None = None,
) -> Lockout | None:
    """Count how a try ended, and say whether its outcome is to be thrown away.

    Every try is carried out before it is reported. A browser in which the owner signed in before
    has failures and a lock of its own: what others do to the identifier does not concern it. Of a
    try that is refused every hook is told that asks for ``Identifier.Lockout``. ``own`` is what
    ``own_budget`` has said already.
    """
    tenant_id, now = workspace.tenant_id, world.clock.now()
    target = own or await own_budget(tx, world, workspace, attempt)
    target = target or lockout_hash(world.keyring, tenant_id, attempt.identifier)
    if failed:
        policy = lockout_policy(workspace.experience["sentinelPolicy"])
        until = await lockouts.fail(
            tx,
            tenant_id=tenant_id,
            target_hash=target,
            now=now,
            window=HOUR,
            attempts=policy.attempts,
            duration=policy.duration,
        )
    else:
        until = await lockouts.locked_until(tx, tenant_id=tenant_id, target_hash=target)
    if until <= now:
        return None
    await _tell_of_lock(tx, tenant_id, attempt, now)
    return Lockout(remaining=until - now)


async def foreseen(
    tx: Transaction,
    world: World,
    workspace: Workspace,
    attempt: Attempt,
    *,
    failed: bool,
    own: str | None,
) -> tuple[Lockout | None, Guarded]:
    """What ``report_outcome`` comes to, and the write that counts the try and makes sure of it.

    The answer is found out before anything is counted, so that all of a step is one write. Where
    others have failed in the meantime so that it would be another one, the step is taken anew.
    """
    target = own or lockout_hash(world.keyring, workspace.tenant_id, attempt.identifier)
    until, counted = await _counted(tx, world, workspace, target, failed=failed)
    now = world.clock.now()
    if until <= now:
        return None, counted
    await _tell_of_lock(tx, workspace.tenant_id, attempt, now)
    return Lockout(remaining=until - now), counted


async def withheld_from(
    tx: Transaction, world: World, workspace: Workspace, account: str, *, failed: bool
) -> tuple[bool, Guarded]:
    """Whether a password is to pass for a wrong one, and the write that counts the try.

    An account has several names, each with failures of its own; this counts those of all of them.
    A lock of it would say which names belong together, and that there is somebody: so nothing of
    it is told, and a right password is answered as a wrong one. It is not asked in a browser that
    the owner signed in with before. ``account`` is whose it is, or the name that is nobody's.
    """
    target = account_hash(world.keyring, workspace.tenant_id, account)
    until, counted = await _counted(tx, world, workspace, target, failed=failed)
    return until > world.clock.now(), counted


def asked_of_account(world: World, workspace: Workspace, account: str) -> Question:
    """What ``withheld_from`` asks, to be asked together with what else is needed."""
    tenant_id = workspace.tenant_id
    target = account_hash(world.keyring, tenant_id, account)
    return lockouts.reading(tenant_id=tenant_id, target_hash=target)


async def _counted(
    tx: Transaction, world: World, workspace: Workspace, target: str, *, failed: bool
) -> tuple[int, Guarded]:
    """Until when a target is locked by this try, and the write that counts it and makes sure."""
    tenant_id, now = workspace.tenant_id, world.clock.now()
    seen = await lockouts.read(tx, tenant_id=tenant_id, target_hash=target)
    if not failed:
        until = seen.blocked_until
        call = lockouts.unlocked(tenant_id=tenant_id, target_hash=target, now=now)
        return until, Guarded(call, bool if until <= now else lambda _: True)
    policy = lockout_policy(workspace.experience["sentinelPolicy"])
    limits = {
        "now": now,
        "window": HOUR,
        "attempts": policy.attempts,
        "duration": policy.duration,
    }
    until = seen.locked_by_one_more(**limits)
    call = lockouts.failing(tenant_id=tenant_id, target_hash=target, **limits)
    return until, Guarded(call, lambda found: found == until)


def asked_for_budget(world: World, workspace: Workspace, attempt: Attempt) -> list[Question]:
    """What ``own_budget`` asks, to be asked together with what else is needed."""
    owner = _owner(workspace, attempt.identifier)
    return knowing(world, workspace.tenant_id, attempt.cookie, owner)


def asked_by_guards(world: World, workspace: Workspace, attempt: Attempt) -> list[Question]:
    """What ``foreseen`` asks, as far as it is known beforehand."""
    tenant_id = workspace.tenant_id
    own = newest_of(world, tenant_id, attempt.cookie)
    targets = [lockout_hash(world.keyring, tenant_id, attempt.identifier), *([own] if own else [])]
    return [
        *asked_for_budget(world, workspace, attempt),
        *(lockouts.reading(tenant_id=tenant_id, target_hash=target) for target in targets),
    ]


def require_not_locked(found: Lockout | None) -> None:
    """Raise ``TooManyAttempts`` in place of a try's outcome, once what was counted is committed."""
    if found is not None:
        raise found.error()


async def require_email_allowed(workspace: Workspace, email: str) -> None:
    """Refuse a new address that the tenant does not want; for a sign-in this is never asked.

    Outside a unit of work: the list of throw-away domains may have to be read first. Raises
    ``InvalidBlocklistEmail``, ``EmailSubaddressingNotAllowed`` or ``EmailNotAllowed``.
    """
    protection = workspace.settings.get(SettingName.PROTECTION) or {}
    blocks_disposable = bool(protection.get("blockDisposableAddresses"))
    if blocks_disposable:
        await asyncio.to_thread(disposable.load)
    policy = workspace.experience["emailBlocklistPolicy"]
    require_allowed(email, policy, disposable=not blocks_disposable)


async def report_rate_limited(
    world: World, workspace: Workspace, order: Order, told: Mapping[str, Any]
) -> None:
    """Tell the hooks of a person who asked for too many messages; for what people ask themselves.

    ``told`` stands at the top of the webhook, beside the action and the recipient.
    """

    async def work(tx: Transaction) -> None:
        shown = await _application(tx, workspace.tenant_id, order.by, told)
        await tell(
            tx,
            workspace.tenant_id,
            order.by,
            HookEvent.MESSAGE_RATE_LIMITED,
            at=world.clock.now(),
            data=None,
            members={**shown, "action": order.limit.action, "recipient": str(order.to)},
        )

    await world.database.write(work)
    world.queue.wake()


async def _tell_of_lock(tx: Transaction, tenant_id: str, attempt: Attempt, now: int) -> None:
    told = await _application(tx, tenant_id, attempt.by, attempt.told)
    named = {"type": attempt.identifier.kind.value, "value": attempt.identifier.value}
    await tell(
        tx,
        tenant_id,
        attempt.by,
        HookEvent.IDENTIFIER_LOCKOUT,
        at=now,
        data=None,
        members={**told, **named},
    )


async def _application(
    tx: Transaction, tenant_id: str, by: Actor, told: Mapping[str, Any]
) -> dict[str, Any]:
    """What is told of somebody at the door, with the application that sent them here."""
    if not told:
        return {}
    shown = await application_shown(tx, tenant_id, by.application_id)
    return dict(told) if shown is None else {**told, "application": shown}


def _owner(workspace: Workspace, identifier: Identifier) -> Owner:
    value = identifier.value
    match identifier.kind:
        case IdentifierKind.EMAIL:
            return Owner(email=value)
        case IdentifierKind.PHONE:
            spelling, *others = phone_spellings(value)
            return Owner(phone=spelling, other_phone=others[0] if others else None)
        case IdentifierKind.USERNAME if is_case_sensitive(workspace.experience["usernamePolicy"]):
            return Owner(username=value)
        case IdentifierKind.USERNAME:
            return Owner(username_lower=value.lower())
        case IdentifierKind.USER_ID:
            return Owner(user_id=value)
