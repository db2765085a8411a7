"""Somebody is invited into an organization: the invitation and its mail, together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carteiro import secrets
from carteiro.delivery.dispatch import Order
from carteiro.delivery.gates.buckets import SendLimit
from carteiro.directory.organizations import mail_organization
from carteiro.directory.people import mail_person
from carteiro.errors import (
    InvalidLink,
    InvalidRequestInput,
    InvitationConflict,
    OrganizationRelationNotFound,
    RelationNotFound,
)
from carteiro.flows.announce import announce
from carteiro.flows.backend.invitations import get_invitation
from carteiro.flows.world import World
from carteiro.languages.negotiate import negotiate
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import parse_address
from carteiro.model.differences import difference
from carteiro.model.kinds import TemplateType
from carteiro.model.origin import Origin
from carteiro.storage.drivers.database import Call, Transaction
from carteiro.storage.mail.subjects import Subject, SubjectKind
from carteiro.storage.people import invitations, members, organizations, users
from carteiro.storage.people.invitations import Invitation, InvitationStatus
from carteiro.storage.tenancy import logs
from carteiro.verification.identity import recipient_hash

_ACTION = "MessageSend"
_ITS_ID = "{invitation}"
"""Stands in a ``link`` for the id of the invitation, which its caller cannot know before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """Who is invited where; with a ``message`` (even an empty one) they get a mail."""

    invitee: str
    organization_id: str
    expires_at: int
    inviter_id: str | None = None
    role_ids: Sequence[str] = ()
    message: Mapping[str, Any] | None = field(default=None, repr=False)


async def create_invitation(
    world: World, tenant_id: str, new: NewInvitation, *, by: Actor = OPERATOR
) -> Invitation:
    """Invite somebody; without its mail handed over, or queued, there is no invitation.

    Invitation and message commit together before the mail is sent; when that fails in the request
    the invitation is taken back. Raises ``InvalidRequestInput`` (its time is over),
    ``InvitationConflict`` (a member already), ``UniqueViolation`` (one waits),
    ``OrganizationRelationNotFound``, ``InvalidLink``, or what sending raises.
    """
    now = world.clock.now()
    if new.expires_at <= now:
        raise InvalidRequestInput("The invitation would be over before it is sent.")
    id_ = secrets.standard_id()

    async def prepare(tx: Transaction) -> None:
        if await members.has_email(tx, tenant_id, new.organization_id, new.invitee):
            raise InvitationConflict("The person is a member of the organization already.")
        await invitations.expire(tx, tenant_id, new.organization_id, new.invitee, now=now)

    await world.database.write(prepare)
    calls = invitations.create(
        tenant_id=tenant_id,
        id=id_,
        inviter_id=new.inviter_id,
        invitee=new.invitee,
        organization_id=new.organization_id,
        expires_at=new.expires_at,
        now=now,
        role_ids=new.role_ids,
    )
    calls.append(_entry(tenant_id, by, id_, new, now))
    try:
        if new.message is None:
            await world.database.apply(*calls)
        else:
            letter = _Letter(
                invitee=new.invitee,
                organization_id=new.organization_id,
                inviter_id=new.inviter_id,
                message=new.message,
                about=Subject(kind=SubjectKind.INVITATION, id=id_),
            )
            await _create_with_mail(world, tenant_id, id_, letter, calls=calls, by=by)
    except RelationNotFound:
        raise OrganizationRelationNotFound from None
    return await get_invitation(world, tenant_id, id_)


async def resend_invitation(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    message: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Mail an invitation once more, whatever its status. Raises ``EntityNotFound``, or as above."""
    row, now = (await get_invitation(world, tenant_id, id)).row, world.clock.now()
    pending = row.status_at(now) is InvitationStatus.PENDING
    entry = logs.entry(
        tenant_id,
        by,
        "Management.OrganizationInvitation.Resent",
        at=now,
        payload={
            "target": {"organizationInvitationId": id},
            **difference(None, {"invitee": row.invitee, "mailed": True}),
        },
    )
    letter = _Letter(
        invitee=row.invitee,
        organization_id=row.organization_id,
        inviter_id=row.inviter_id,
        message=message,
        # Who mails one that is over wants that mail: it has nothing left to die with.
        about=Subject(kind=SubjectKind.INVITATION, id=id) if pending else None,
    )
    await _mail(world, tenant_id, id, letter, [entry], by)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """What the mail of an invitation is about."""

    invitee: str
    organization_id: str
    inviter_id: str | None
    message: Mapping[str, Any] = field(repr=False)
    about: Subject | None


async def _create_with_mail(
    world: World,
    tenant_id: str,
    id_: str,
    letter: _Letter,
    *,
    calls: Sequence[Call],
    by: Actor,
) -> None:
    try:
        await _mail(world, tenant_id, id_, letter, calls, by)
    except InvalidLink as error:
        raise InvalidLink(error.message, "messagePayload") from None
    except BaseException:

        async def take_back(tx: Transaction) -> None:
            if await invitations.delete(tx, tenant_id, id_):
                target = {"organizationInvitationId": id_}
                name = "OrganizationInvitation.Withdrawn"
                await announce(tx, world, tenant_id, by, name, target=target)

        await world.database.write(take_back)
        raise


async def _mail(
    world: World, tenant_id: str, id_: str, letter: _Letter, calls: Sequence[Call], by: Actor
) -> None:
    """Compose, commit with ``calls``, hand over. The caller's members win over ours."""
    address = parse_address(letter.invitee)
    workspace = await world.workspaces.of(tenant_id)
    locale = letter.message.get("locale")
    decision = negotiate(
        explicit=locale,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=False,
    )
    now = world.clock.now()
    await world.dispatcher.deliver(
        workspace,
        Order(
            id=secrets.timed_id(now),
            to=address,
            recipient_hash=recipient_hash(world.keyring, tenant_id, address),
            type=TemplateType.ORGANIZATION_INVITATION,
            payload={**await _context(world, tenant_id, letter), **_named(letter, id_)},
            decision=decision,
            created_at=now,
            expires_at=None,
            about=letter.about,
            limit=SendLimit(
                action=_ACTION, sends=world.code_limit.sends, window=world.code_limit.window
            ),
            network=by.person_ip,
            by=by,
            with_=calls,
            origin=Origin(organization_id=letter.organization_id, application_id=by.application_id),
        ),
    )


def _named(letter: _Letter, id_: str) -> Mapping[str, Any]:
    link = letter.message.get("link")
    if not isinstance(link, str) or _ITS_ID not in link:
        return letter.message
    return {**letter.message, "link": link.replace(_ITS_ID, id_)}


async def _context(world: World, tenant_id: str, letter: _Letter) -> dict[str, Any]:
    """The organization and who invites; if one of them is gone, neither (management API §5.1)."""

    async def work(tx: Transaction) -> dict[str, Any]:
        organization = await organizations.get(tx, tenant_id, letter.organization_id)
        if organization is None:
            return {}
        context: dict[str, Any] = {"organization": mail_organization(organization)}
        if letter.inviter_id is not None:
            inviter = await users.get(tx, tenant_id, letter.inviter_id)
            if inviter is None:
                return {}
            context["inviter"] = mail_person(inviter)
        return context

    return await world.database.read(work)


def _entry(tenant_id: str, by: Actor, id_: str, new: NewInvitation, now: int) -> Call:
    target = {"organizationInvitationId": id_, "organizationId": new.organization_id}
    told = {
        "invitee": new.invitee,
        "inviterId": new.inviter_id,
        "expiresAt": new.expires_at,
        "organizationRoleIds": list(new.role_ids),
    }
    return logs.entry(
        tenant_id,
        by,
        "Management.OrganizationInvitation.Created",
        at=now,
        payload={
            "target": target,
            "mailed": new.message is not None,
            **difference(None, told),
        },
    )
