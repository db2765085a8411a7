"""Somebody opens an invitation in their browser, and accepts it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from carteiro.errors import EntityNotFound, InvitationConflict
from carteiro.flows.backend.invitations import accept_invitation
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.model.addresses import address_key
from carteiro.secrets import fingerprint
from carteiro.storage.people import invitations
from carteiro.storage.people.invitations import InvitationStatus, Opened


class Stand(StrEnum):
    """What the person can do about it."""

    SIGN_IN = "sign_in"
    """It waits for them, and nobody is signed in."""
    ACCEPT = "accept"
    OTHER_ACCOUNT = "other_account"
    """It waits for somebody else than who is signed in."""
    JOINED = "joined"
    """Who is signed in has accepted it."""
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


_OVER = {
    InvitationStatus.ACCEPTED: Stand.USED,
    InvitationStatus.EXPIRED: Stand.EXPIRED,
    InvitationStatus.REVOKED: Stand.REVOKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An invitation, and how the person stands to it."""

    opened: Opened
    stand: Stand


async def open_invitation(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    session_secret: str | None,
) -> Shown:
    """Look at one. Raises ``EntityNotFound``."""
    now, session = world.clock.now(), fingerprint(session_secret or "")
    found = await world.database.read(
        lambda tx: invitations.opened(tx, tenant_id, id, session, now)
    )
    opened = existing(found, EntityNotFound)
    return Shown(opened=opened, stand=_stand(opened, now))


async def accept_opened(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    session_secret: str | None,
    *,
    by: Actor,
) -> None:
    """Accept it as whoever is signed in; whoever has done so before has nothing more to do.

    Raises ``EntityNotFound``, ``InvitationConflict``.
    """
    shown = await open_invitation(world, tenant_id, id, session_secret)
    if shown.stand is Stand.JOINED:
        return
    if shown.stand is not Stand.ACCEPT:
        raise InvitationConflict
    visitor = shown.opened.visitor
    person = replace(by, user_id=visitor)
    await accept_invitation(world, tenant_id, id, visitor, by=person)


def _stand(opened: Opened, now: int) -> Stand:
    status = opened.row.status_at(now)
    if status is InvitationStatus.ACCEPTED and opened.row.accepted_user_id == opened.visitor:
        return Stand.JOINED if opened.visitor else Stand.USED
    if status is not InvitationStatus.PENDING:
        return _OVER[status]
    if opened.visitor is None:
        return Stand.SIGN_IN
    theirs = address_key(opened.visitor_email or "") == address_key(opened.row.invitee)
    return Stand.ACCEPT if theirs else Stand.OTHER_ACCOUNT
