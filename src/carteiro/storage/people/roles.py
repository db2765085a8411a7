"""Roles: what a person or a machine may do, under one name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache

from carteiro.model.machines import MACHINE_TO_MACHINE
from carteiro.model.page import Page, Part
from carteiro.model.search import EVERYTHING, Search
from carteiro.storage.drivers.conditions import of_things, shape_of
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.drivers.matching import like_pattern
from carteiro.storage.drivers.rows import part_of, value_of
from carteiro.storage.drivers.statements import Statement


class RoleType(StrEnum):
    """Who can have a role."""

    USER = "User"
    MACHINE_TO_MACHINE = MACHINE_TO_MACHINE


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
    """Which roles are asked for; ``without_…`` leaves out what the person or application has."""

    search: Search = EVERYTHING
    type: str | None = None
    without_user: str | None = None
    without_application: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Featured:
    """How many have a role, and some of them: ``id``, ``name``, and ``avatar`` or ``type``."""

    users_count: int
    users: Sequence[Row]
    applications_count: int
    applications: Sequence[Row]


async def create(tx: Transaction, row: RoleRow, *, ensure: bool = False) -> None:
    """Add a role; ``ensure`` keeps one that is there. Raises ``RoleNameInUse``."""
    await tx.run("roles.ensure" if ensure else "roles.create", **asdict(row))


async def get(tx: Transaction, tenant_id: str, id: str) -> RoleRow | None:  # noqa: A002 - the column's name
    """One role."""
    row = await tx.one("roles.get", tenant_id=tenant_id, id=id)
    return value_of(RoleRow, row) if row else None


async def lock(tx: Transaction, tenant_id: str, id: str) -> RoleRow | None:  # noqa: A002 - the column's name
    """One role, which nobody else changes until this unit ends."""
    row = await tx.one("roles.lock", tenant_id=tenant_id, id=id)
    return value_of(RoleRow, row) if row else None


async def find(tx: Transaction, tenant_id: str, wanted: RoleFilter, page: Page) -> Part[RoleRow]:
    """A page of the roles that are wanted, newest first, without internal ones.

    Raises ``InvalidRequestInput`` for a pattern that cannot be read.
    """
    shape, values = shape_of(wanted.search)
    arguments = {
        "tenant_id": tenant_id,
        "type": wanted.type,
        "without_user": wanted.without_user,
        "without_application": wanted.without_application,
        **values,
    }
    return await part_of(
        tx, _found(_PAGE, shape), _found(_COUNT, shape), page, RoleRow, **arguments
    )


async def featured(tx: Transaction, tenant_id: str, role_id: str) -> Featured:
    """How many people and machines have a role, with three of each."""
    which = {"tenant_id": tenant_id, "role_id": role_id}
    people = await tx.all("roles.featured_users", **which)
    machines = await tx.all("roles.featured_applications", **which)
    return Featured(
        users_count=people[0]["total"] if people else 0,
        users=people,
        applications_count=machines[0]["total"] if machines else 0,
        applications=machines,
    )


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
    return [value_of(RoleRow, row) for row in rows]


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


_WANTED = (
    "roles.tenant_id = :tenant_id AND roles.name NOT LIKE '#internal:%' "
    "AND (CAST(:type AS VARCHAR) IS NULL OR roles.type = :type) "
    "AND NOT EXISTS (SELECT 1 FROM user_roles WHERE user_roles.tenant_id = roles.tenant_id "
    "AND user_roles.role_id = roles.id AND user_roles.user_id = :without_user) "
    "AND NOT EXISTS (SELECT 1 FROM application_roles "
    "WHERE application_roles.tenant_id = roles.tenant_id AND application_roles.role_id = roles.id "
    "AND application_roles.application_id = :without_application) AND "
)
_PAGE = (
    "SELECT roles.* FROM roles WHERE {0} ORDER BY roles.created_at DESC, roles.id "
    "LIMIT :page_size OFFSET :page_offset"
)
_COUNT = "SELECT COUNT(*) AS total FROM roles WHERE {0}"


@lru_cache(maxsize=256)
def _found(text: str, shape: Search) -> Statement:
    """A part of the roles for people to see that match, newest first, or how many they are."""
    return Statement.of(
        "roles.find",
        text.format(_WANTED + of_things(shape, "roles", sqlite=False)),
        sqlite=text.format(_WANTED + of_things(shape, "roles", sqlite=True)),
    )
