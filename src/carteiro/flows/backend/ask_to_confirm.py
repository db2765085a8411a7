"""A backend asks that somebody confirms a risky operation: a code goes to their address.

The code is good for this person, this application and this operation, and for ten minutes in all,
however often it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from carteiro import secrets
from carteiro.delivery.dispatch import Order
from carteiro.directory.applications import built_in_application, mail_application
from carteiro.directory.people import mail_person
from carteiro.errors import CannotConfirm, CodeExpired, ConfirmationSpent, EntityNotFound, Forbidden
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.languages.negotiate import negotiate
from carteiro.model.actor import Actor
from carteiro.model.addresses import parse_address
from carteiro.model.differences import difference
from carteiro.model.kinds import ApplicationInfo, TemplateType
from carteiro.model.origin import Origin
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import confirmations
from carteiro.storage.sign_in.confirmations import Confirmation, FoundConfirmation
from carteiro.storage.tenancy import applications, logs
from carteiro.templates.kinds import unsaid
from carteiro.verification.identity import Identity
from carteiro.verification.issue import issue
from carteiro.verification.policy import CodePolicy

LIFETIME = 600
"""Seconds; NIST SP 800-63B-4 §3.1.3 allows a code no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The language that the caller names for a mail, if any."""

    locale: str | None = None
    ui_locales: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConfirmation:
    """Who is to confirm what, for which application.

    ``operation`` is its name for programs, ``words`` are what the person reads of it, and
    ``parameters_hash`` is what it is to be done with.
    """

    user_id: str
    application_id: str
    operation: str
    words: str | None = field(default=None, repr=False)
    parameters_hash: str
    language: Language = Language()


async def ask_to_confirm(
    world: World, tenant_id: str, new: NewConfirmation, *, by: Actor
) -> Confirmation:
    """Send the person a code. Returns what waits for it.

    Raises ``EntityNotFound`` for an unknown person or application, ``Forbidden`` for a third
    party's, ``CannotConfirm``, or what sending raises.
    """
    now = world.clock.now()
    asked = Confirmation(
        tenant_id=tenant_id,
        id=secrets.standard_id(),
        application_id=new.application_id,
        user_id=new.user_id,
        operation=new.operation,
        words=new.words,
        parameters_hash=new.parameters_hash,
        created_at=now,
        expires_at=now + LIFETIME * 1000,
    )
    await _mail(world, asked, new.language, [confirmations.creating(asked)], "Created", by)
    return asked


async def ask_again(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    application_id: str,
    language: Language,
    by: Actor,
) -> Confirmation:
    """Send another code for the same operation; the older one is good for nothing any more.

    The confirmation lives no longer for that. Raises as ``ask_to_confirm``, and what
    ``require_waiting`` does.
    """
    found = await world.database.read(lambda tx: confirmations.find(tx, tenant_id, id))
    asked = require_waiting(found, application_id, world.clock.now())
    await _mail(world, asked, language, (), "Resent", by)
    return asked


def require_waiting(found: FoundConfirmation | None, application_id: str, now: int) -> Confirmation:
    """What waits for its code, for this application.

    Raises ``EntityNotFound``, ``ConfirmationSpent`` or ``CodeExpired``.
    """
    standing = existing(found, EntityNotFound)
    if standing.asked.application_id != application_id:
        raise EntityNotFound
    if standing.is_spent:
        raise ConfirmationSpent
    if standing.asked.expires_at < now:
        raise CodeExpired
    return standing.asked


def identity_of(asked: Confirmation, address: str) -> Identity:
    """What its code is bound to: tenant, purpose, confirmation and address."""
    return Identity(
        tenant_id=asked.tenant_id,
        type=TemplateType.USER_PERMISSION_VALIDATION,
        recipient=parse_address(address),
        session=asked.id,
    )


def capped(policy: CodePolicy, seconds: int = LIFETIME) -> CodePolicy:
    """The policy in force, with a life of so many seconds at most."""
    return replace(policy, lifetime=min(policy.lifetime, seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parties:
    """Between whom it is; ``address`` is where the code goes."""

    person: UserRow
    address: str
    application: ApplicationInfo


async def _mail(
    world: World,
    asked: Confirmation,
    language: Language,
    with_: Sequence[Call],
    event: str,
    by: Actor,
) -> None:
    """Commit ``with_`` with a fresh code and its message, then hand over."""
    parties = await _parties(world, asked)
    workspace = await world.workspaces.of(asked.tenant_id)
    now = world.clock.now()
    policy = capped(workspace.code_policy, (asked.expires_at - now) // 1000)
    identity = identity_of(asked, parties.address)
    message_id = secrets.timed_id(now)
    issued = issue(identity, keys=world.keyring, now=now, message_id=message_id, policy=policy)
    decision = negotiate(
        explicit=language.locale,
        ui_locales=language.ui_locales,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=workspace.auto_detect,
    )
    payload: dict[str, Any] = {
        "code": issued.code,
        "user": mail_person(parties.person),
        "application": parties.application,
        "locale": decision.tag,
    }
    if asked.words is not None:
        payload["operation"] = asked.words
    if language.ui_locales is not None:
        payload["uiLocales"] = language.ui_locales
    await world.dispatcher.deliver(
        workspace,
        Order(
            id=message_id,
            to=identity.recipient,
            recipient_hash=issued.recipient_hash,
            type=identity.type,
            payload=payload,
            variables={**policy.variables(now), **unsaid(identity.type)},
            decision=decision,
            created_at=now,
            expires_at=policy.expires_at(now),
            about=issued.subject,
            limit=world.code_limit,
            network=by.person_ip,
            by=by,
            with_=(issued.store, *with_, recorded(asked, event, by, now)),
            origin=Origin(application_id=asked.application_id),
        ),
    )


async def _parties(world: World, asked: Confirmation) -> _Parties:
    """Raises ``EntityNotFound``, ``Forbidden`` or ``CannotConfirm``."""
    tenant_id = asked.tenant_id

    async def work(tx: Transaction) -> list[list[Row]]:
        return await tx.ask(
            users.asked(tenant_id, asked.user_id),
            *applications.asked(tenant_id, asked.application_id),
        )

    people, rows, looks = await world.database.read(work)
    person = users.row_of(people[0]) if people else None
    application, look = applications.found(rows, looks)
    application = application or built_in_application(tenant_id, asked.application_id)
    if person is None or application is None:
        missing = "person" if person is None else "application"
        raise EntityNotFound(f"There is no such {missing}.")
    if application.is_third_party:
        raise Forbidden("People confirm nothing here for a third party's application.")
    if person.is_suspended or person.primary_email is None:
        raise CannotConfirm
    return _Parties(
        person=person,
        address=person.primary_email,
        application=mail_application(application, look),
    )


def recorded(asked: Confirmation, event: str, by: Actor, now: int) -> Call:
    """An entry of the audit log; what the person reads is not kept there."""
    told = {"operation": asked.operation, "parametersHash": asked.parameters_hash}
    target = {"confirmationId": asked.id, "applicationId": asked.application_id}
    return logs.entry(
        asked.tenant_id,
        by,
        f"Management.Confirmation.{event}",
        at=now,
        payload={"target": {**target, "userId": asked.user_id}, **difference(None, told)},
        user_id=asked.user_id,
    )
