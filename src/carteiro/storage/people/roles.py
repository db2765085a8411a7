"""Roles: what a person or a machine may do, under one name."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.drivers.matching import like_pattern


class RoleType(StrEnum):
    """Who can have a role."""

    USER = "User"
    MACHINE_TO_MACHINE = "MachineToMachine"


class Owner(StrEnum):
    """Whose roles a statement is about."""

    APPLICATION = "application"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    """A role."""

    tenant_id: str
    id: str
    name: str
    description: str
    type: str
    is_default: bool = False
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFilter:
    """Which roles are asked for: a LIKE pattern over id, name and description, and who has none."""

    pattern: str | None = None
    type: str | None = None
    without_user: str | None = None
    without_application: str | None = None


async def create(tx: Transaction, row: RoleRow, *, ensure: bool = False) -> None:
    """Add a role; ``ensure`` keeps one that is there. Raises ``RoleNameInUse``."""
    await tx.run("roles.ensure" if ensure else "roles.create", **asdict(row))


async def get(tx: Transaction, tenant_id: str, id: str) -> RoleRow | None:  # noqa: A002 - the column's name
    """One role."""
    row = await tx.one("roles.get", tenant_id=tenant_id, id=id)
    return _read(row) if row else None


async def lock(tx: Transaction, tenant_id: str, id: str) -> RoleRow | None:  # noqa: A002 - the column's name
    """One role, which nobody else changes until this unit ends."""
    row = await tx.one("roles.lock", tenant_id=tenant_id, id=id)
    return _read(row) if row else None


async def find(tx: Transaction, tenant_id: str, wanted: RoleFilter, page: Page) -> Part[RoleRow]:
    """A page of the roles that are wanted, newest first, without internal ones.

    Raises ``InvalidRequestInput`` for a pattern that cannot be read.
    """
    arguments = {
        "tenant_id": tenant_id,
        "type": wanted.type,
        "q": like_pattern(wanted.pattern),
        "without_user": wanted.without_user,
        "without_application": wanted.without_application,
    }
    rows = await tx.all("roles.find", **arguments, page_size=page.size, page_offset=page.offset)
    counted = await tx.one("roles.count_found", **arguments)
    assert counted is not None
    return Part([_read(row) for row in rows], counted["total"])


async def update(tx: Transaction, row: RoleRow) -> None:
    """Store a locked row as it is to be. Raises ``RoleNameInUse``."""
    arguments = asdict(row)
    del arguments["type"], arguments["created_at"]
    await tx.run("roles.update", **arguments)


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete; false when there is no such role."""
    return await tx.run("roles.delete", tenant_id=tenant_id, id=id) > 0


async def add_scope(
    tx: Transaction, tenant_id: str, role_id: str, scope_id: str, *, ensure: bool = False
) -> None:
    """Let a role give a scope. Raises ``RelationNotFound`` or ``UniqueViolation``."""
    name = "roles.ensure_scope" if ensure else "roles.add_scope"
    await tx.run(name, tenant_id=tenant_id, role_id=role_id, scope_id=scope_id)


async def remove_scope(tx: Transaction, tenant_id: str, role_id: str, scope_id: str) -> bool:
    """Let a role give a scope no more; false when it did not."""
    return (
        await tx.run("roles.remove_scope", tenant_id=tenant_id, role_id=role_id, scope_id=scope_id)
        > 0
    )


async def held_by(
    tx: Transaction, tenant_id: str, owner: Owner, owner_id: str, *, pattern: str | None = None
) -> list[RoleRow]:
    """The roles that somebody or something has and that match a LIKE pattern, newest first.

    Raises ``InvalidRequestInput`` for a pattern that cannot be read.
    """
    rows = await tx.all(
        f"roles.of_{owner}", tenant_id=tenant_id, owner_id=owner_id, q=like_pattern(pattern)
    )
    return [_read(row) for row in rows]


async def give(tx: Transaction, tenant_id: str, owner: Owner, owner_id: str, role_id: str) -> bool:
    """Give a role; false where it is had already. Raises ``RelationNotFound``."""
    row = await tx.one(
        f"roles.give_{owner}", tenant_id=tenant_id, owner_id=owner_id, role_id=role_id
    )
    return row is not None


async def take(tx: Transaction, tenant_id: str, owner: Owner, owner_id: str, role_id: str) -> bool:
    """Take a role away; false where it was not had."""
    return (
        await tx.run(f"roles.take_{owner}", tenant_id=tenant_id, owner_id=owner_id, role_id=role_id)
        > 0
    )


async def give_defaults(tx: Transaction, tenant_id: str, user_id: str) -> None:
    """Give somebody new the roles that everybody has."""
    call = giving_defaults(tenant_id, user_id)
    await tx.run(call.name, **call.arguments)


def giving_defaults(tenant_id: str, user_id: str) -> Call:
    """The same, to be written together with the person."""
    return Call("roles.give_defaults", {"tenant_id": tenant_id, "user_id": user_id})


def _read(row: Row) -> RoleRow:
    values = {entry.name: row[entry.name] for entry in fields(RoleRow)}
    return RoleRow(**{**values, "is_default": bool(row["is_default"])})
