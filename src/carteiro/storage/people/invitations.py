"""Invitations into organizations. One that waits too long counts as expired before it is marked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from carteiro.model.addresses import address_key
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.drivers.rows import value_of
from carteiro.storage.people.members import RoleName


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
