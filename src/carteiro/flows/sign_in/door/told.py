"""Webhooks of a sign-in: their bodies, and which hooks get them (management API §7.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carteiro import secrets
from carteiro.directory.people import user_info
from carteiro.model.actor import Actor
from carteiro.storage.drivers.database import Call, Transaction
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import hooks
from carteiro.webhooks.events import HookEvent
from carteiro.webhooks.payload import interaction_body, person_body
from carteiro.webhooks.telling import application_shown

_OF_INTERACTIONS = frozenset(
    {HookEvent.POST_REGISTER, HookEvent.POST_SIGN_IN, HookEvent.POST_RESET_PASSWORD}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something that hooks are told of; ``members`` stand at the top of the body."""

    event: HookEvent
    data: Mapping[str, Any] | None = None
    members: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When, by whom and in which interaction it came about."""

    tenant_id: str
    by: Actor
    at: int
    envelope: Mapping[str, Any]
    user: UserRow | None


async def bodies(tx: Transaction, occasion: Occasion, told: Sequence[Told]) -> list[Call]:
    """The webhooks to store; each needs its job in the queue, too."""
    events = list(dict.fromkeys(one.event.value for one in told))
    listening = await hooks.listening(tx, occasion.tenant_id, events)
    if not listening:
        return []
    application = await application_shown(tx, occasion.tenant_id, occasion.by.application_id)
    return [
        hooks.enqueuing(
            tenant_id=occasion.tenant_id,
            id=secrets.standard_id(),
            hook_id=hook_id,
            event=event,
            body=_body(hook_id, one, occasion, application),
            created_at=occasion.at,
        )
        for one in told
        for hook_id, event in listening
        if event == one.event
    ]


def _body(
    hook_id: str, one: Told, occasion: Occasion, application: Mapping[str, Any] | None
) -> str:
    if one.event in _OF_INTERACTIONS:
        user = user_info(occasion.user) if occasion.user else None
        if user is not None:
            del user["hasPassword"]
        return interaction_body(
            hook_id=hook_id,
            event=one.event,
            by=occasion.by,
            at=occasion.at,
            envelope=occasion.envelope,
            user=user,
            application=application,
        )
    return person_body(
        hook_id=hook_id,
        event=one.event,
        by=occasion.by,
        at=occasion.at,
        envelope=occasion.envelope,
        application=application,
        data=one.data,
        members=one.members,
    )
