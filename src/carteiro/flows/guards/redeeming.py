"""A code that somebody types: judged with the budgets of its address, and counted for its lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import CarteiroError, CodeNotFound, EmailMismatch, PhoneMismatch
from carteiro.flows.guards.attempts import (
    Attempt,
    Guarded,
    asked_by_guards,
    foreseen,
    own_budget,
)
from carteiro.flows.guards.known_browsers import newest_of
from carteiro.flows.guards.networks import asked_of_network, wrong_tries_of
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Recipient
from carteiro.model.phones import PhoneNumber
from carteiro.storage.drivers.database import Call, Question, Transaction
from carteiro.storage.mail import codes
from carteiro.storage.mail.rates import Rate
from carteiro.verification.identity import Identity, recipient_hash
from carteiro.verification.redeem import attempt_of, judge


async def redeemed(
    tx: Transaction,
    world: World,
    workspace: Workspace,
    attempt: Attempt,
    identity: Identity,
    typed: str,
    *,
    sent_there: bool,
) -> tuple[CarteiroError | None, list[Guarded]]:
    """Why a code is refused, ``None`` where it is right, and what is to be written in any case.

    ``sent_there`` says whether it was typed for the address that it went to. While the address is
    locked the outcome is thrown away.
    """
    own = await own_budget(tx, world, workspace, attempt)
    network = wrong_tries_of(world, workspace, attempt.by.ip) if own is None else None
    typing = _Typing(identity=identity, typed=typed, own=own, network=network)
    error, writes = await _judged(tx, world, workspace, typing, sent_there=sent_there)
    locked, counted = await foreseen(
        tx, world, workspace, attempt, failed=error is not None, own=own
    )
    return locked.error() if locked else error, [*(Guarded(call) for call in writes), counted]


def asked_to_redeem(
    world: World,
    workspace: Workspace,
    attempt: Attempt,
    recipient: Recipient,
    session: str,
    kinds: Iterable[TemplateType],
) -> list[Question]:
    """What ``redeemed`` asks, as far as it is known beforehand; of which kind a code is, is not."""
    tenant_id = workspace.tenant_id
    own = newest_of(world, tenant_id, attempt.cookie)
    payers = [recipient_hash(world.keyring, tenant_id, recipient), *([own] if own else [])]
    slots = [
        Identity(tenant_id=tenant_id, type=kind, recipient=recipient, session=session)
        for kind in kinds
    ]
    return [
        *asked_by_guards(world, workspace, attempt),
        *asked_of_network(world, workspace, attempt.by.ip),
        *(
            codes.finding(tenant_id, slot.hash(world.keyring), payer)
            for slot in slots
            for payer in payers
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typing:
    """What was typed for a code, and whose failures it may become."""

    identity: Identity
    typed: str = field(repr=False)
    own: str | None
    network: Rate | None


async def _judged(
    tx: Transaction,
    world: World,
    workspace: Workspace,
    typing: _Typing,
    *,
    sent_there: bool,
) -> tuple[CarteiroError | None, Sequence[Call]]:
    if not typing.typed:
        return CodeNotFound(), ()
    keys, identity = world.keyring, typing.identity
    if not sent_there:
        payer = typing.own or identity.recipient_hash(keys)
        row = await codes.find(tx, identity.tenant_id, identity.hash(keys), payer)
        if row is None or row.consumed_at is not None:
            return CodeNotFound(), ()
        by_phone = isinstance(identity.recipient, PhoneNumber)
        return (PhoneMismatch() if by_phone else EmailMismatch()), ()
    attempt = attempt_of(
        identity,
        typing.typed,
        keys=keys,
        policy=workspace.code_policy,
        now=world.clock.now(),
        budget=typing.own,
        network=typing.network,
    )
    return await judge(tx, attempt)
