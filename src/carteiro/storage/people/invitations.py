"""Invitations into organizations. One that waits too long counts as expired before it is marked."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carteiro.model.addresses import address_key
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.drivers.rows import value_of
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people.members import RoleName

_SHOWN_OF_ORGANIZATION = ("name", "color", "branding", "custom_css")
_PAGE = """
SELECT invitation.*, o.name AS organization_name, o.color AS organization_color,
    o.branding AS organization_branding, o.custom_css AS organization_custom_css,
    COALESCE(inviter.name, inviter.username, inviter.primary_email) AS inviter_name,
    s.uid AS session, p.id AS visitor, p.primary_email AS visitor_email,
    COALESCE(p.name, p.primary_email, p.username, p.primary_phone) AS visitor_name,
    ({roles}) AS roles
FROM organization_invitations AS invitation
JOIN organizations AS o
    ON o.tenant_id = invitation.tenant_id AND o.id = invitation.organization_id
LEFT JOIN users AS inviter
    ON inviter.tenant_id = invitation.tenant_id AND inviter.id = invitation.inviter_id
LEFT JOIN browser_sessions AS s ON s.tenant_id = invitation.tenant_id
    AND s.secret_hash = :session_hash AND s.expires_at + 0 > :now
LEFT JOIN users AS p ON p.tenant_id = s.tenant_id AND p.id = s.account_id AND NOT p.is_suspended
WHERE invitation.tenant_id = :tenant_id AND invitation.id = :id
"""
_ROLES = """
SELECT {listed} FROM (
    SELECT held.name FROM organization_invitation_roles AS given
    JOIN organization_roles AS held ON held.tenant_id = given.tenant_id
        AND held.id = given.organization_role_id
    WHERE given.tenant_id = invitation.tenant_id AND given.invitation_id = invitation.id
    ORDER BY held.name) AS held
"""
_OPENED = Statement.of(
    "invitations.opened",
    _PAGE.format(roles=_ROLES.format(listed="CAST(json_agg(name) AS text)")).strip(),
    sqlite=_PAGE.format(roles=_ROLES.format(listed="json_group_array(name)")).strip(),
)


class InvitationStatus(StrEnum):
    """Where an invitation is; only a pending one changes."""

    PENDING = "Pending"
    ACCEPTED = "Accepted"
    EXPIRED = "Expired"
    REVOKED = "Revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    """An invitation as stored; times are milliseconds since the epoch."""

    tenant_id: str
    id: str
    inviter_id: str | None
    invitee: str
    accepted_user_id: str | None
    organization_id: str
    status: InvitationStatus
    created_at: int
    updated_at: int
    expires_at: int

    def status_at(self, now: int) -> InvitationStatus:
        """What it is at a time: a pending one is over when its time is."""
        if self.status is InvitationStatus.PENDING and self.expires_at < now:
            return InvitationStatus.EXPIRED
        return self.status


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation with the roles that it brings, by name."""

    row: InvitationRow
    roles: Sequence[RoleName]


def create(
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    inviter_id: str | None,
    invitee: str,
    organization_id: str,
    expires_at: int,
    now: int,
    role_ids: Sequence[str],
) -> list[Call]:
    """Invite somebody: an older invitation that is over makes room, one that waits refuses.

    Raises, when it is written, ``UniqueViolation`` or ``RelationNotFound``.
    """
    key = address_key(invitee)
    new = {
        "tenant_id": tenant_id,
        "id": id,
        "inviter_id": inviter_id,
        "invitee": invitee,
        "invitee_key": key,
        "organization_id": organization_id,
        "expires_at": expires_at,
        "now": now,
    }
    roles = [
        Call(
            "invitations.add_role",
            {"tenant_id": tenant_id, "invitation_id": id, "organization_role_id": role_id},
        )
        for role_id in dict.fromkeys(role_ids)
    ]
    return [Call("invitations.create", new), *roles]


async def expire(
    tx: Transaction, tenant_id: str, organization_id: str, invitee: str, *, now: int
) -> None:
    """Mark what is over, of one person for one organization."""
    await tx.run(
        "invitations.expire",
        tenant_id=tenant_id,
        organization_id=organization_id,
        invitee_key=address_key(invitee),
        now=now,
    )


async def get(tx: Transaction, tenant_id: str, id: str) -> Invitation | None:  # noqa: A002 - the column's name
    """One invitation."""
    row = await tx.one("invitations.get", tenant_id=tenant_id, id=id)
    return await _whole(tx, row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An invitation as somebody opens it: where to, by whom, and who that somebody is.

    Members of ``organization`` are those of its row that a page shows, JSON as text. ``visitor`` is
    the id of whoever is signed in there and not suspended, ``session`` that of their session.
    """

    row: InvitationRow
    roles: Sequence[str]
    organization: Mapping[str, Any]
    inviter: str | None
    session: str | None
    visitor: str | None
    visitor_name: str | None
    visitor_email: str | None


async def opened(
    tx: Transaction,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    session_hash: bytes,
    now: int,
) -> Opened | None:
    """One invitation with all that its page shows, in one round trip."""
    arguments = {"tenant_id": tenant_id, "id": id, "session_hash": session_hash, "now": now}
    row = await tx.one(_OPENED, **arguments)
    if row is None:
        return None
    return Opened(
        row=value_of(InvitationRow, row),
        roles=json.loads(row["roles"] or "[]"),
        organization={name: row[f"organization_{name}"] for name in _SHOWN_OF_ORGANIZATION},
        inviter=row["inviter_name"],
        session=row["session"],
        visitor=row["visitor"],
        visitor_name=row["visitor_name"],
        visitor_email=row["visitor_email"],
    )


async def lock(tx: Transaction, tenant_id: str, id: str) -> Invitation | None:  # noqa: A002 - the column's name
    """One invitation, which nobody else changes until this unit ends."""
    row = await tx.one("invitations.lock", tenant_id=tenant_id, id=id)
    return await _whole(tx, row) if row else None


async def find(
    tx: Transaction,
    tenant_id: str,
    *,
    organization_id: str | None,
    inviter_id: str | None,
    invitee: str | None,
) -> list[Invitation]:
    """Those that match, newest first; the address in whatever spelling."""
    arguments = {
        "tenant_id": tenant_id,
        "organization_id": organization_id,
        "inviter_id": inviter_id,
        "invitee_key": address_key(invitee) if invitee is not None else None,
    }
    rows = await tx.all("invitations.find", **arguments)
    roles: defaultdict[str, list[RoleName]] = defaultdict(list)
    for role in await tx.all("invitations.all_roles", **arguments):
        roles[role["invitation_id"]].append(RoleName(role["id"], role["name"]))
    return [Invitation(value_of(InvitationRow, row), roles[row["id"]]) for row in rows]


async def settle(
    tx: Transaction,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    status: InvitationStatus,
    *,
    accepted_user_id: str | None,
    now: int,
) -> bool:
    """Accept or revoke: true once, for one caller, while it waits."""
    row = await tx.one(
        "invitations.settle",
        tenant_id=tenant_id,
        id=id,
        status=status,
        accepted_user_id=accepted_user_id,
        now=now,
    )
    return row is not None


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete; false when there is no such invitation."""
    return await tx.run("invitations.delete", tenant_id=tenant_id, id=id) > 0


async def _whole(tx: Transaction, row: Row) -> Invitation:
    found = value_of(InvitationRow, row)
    return Invitation(found, await _roles(tx, found.tenant_id, found.id))


async def _roles(tx: Transaction, tenant_id: str, id: str) -> list[RoleName]:  # noqa: A002 - the column's name
    rows = await tx.all("invitations.roles", tenant_id=tenant_id, invitation_id=id)
    return [RoleName(row["id"], row["name"]) for row in rows]
