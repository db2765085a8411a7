"""Who belongs to an organization, and with which roles."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.model.addresses import address_key
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.containing import containing
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.rows import part_of
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people import organization_roles
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.people.users import UserRow


@dataclass(frozen=True, slots=True)
class RoleName:
    """A role as it is shown beside somebody who has it."""

    id: str
    name: str


async def add(
    tx: Transaction, tenant_id: str, organization_id: str, user_id: str, *, now: int
) -> bool:
    """Make somebody a member; false for who is one. Raises ``RelationNotFound``."""
    added = await tx.one(
        "members.add",
        tenant_id=tenant_id,
        organization_id=organization_id,
        user_id=user_id,
        created_at=now,
    )
    return added is not None


async def join(
    tx: Transaction, tenant_id: str, organization_id: str, user_id: str, *, now: int
) -> bool:
    """Make somebody a member; false for who is one, and where there is no such organization."""
    joined = await tx.one(
        "members.join",
        tenant_id=tenant_id,
        organization_id=organization_id,
        user_id=user_id,
        created_at=now,
    )
    return joined is not None


async def give_domain_roles(
    tx: Transaction, tenant_id: str, organization_id: str, user_id: str
) -> None:
    """Give who has joined by themselves the roles that such people get in the organization.

    Machines' roles are left out, and so is a role that goes at this moment.
    """
    await tx.all(
        _GIVE_DOMAIN_ROLES,
        tenant_id=tenant_id,
        organization_id=organization_id,
        user_id=user_id,
    )


async def remove(tx: Transaction, tenant_id: str, organization_id: str, user_id: str) -> bool:
    """End a membership and its roles; false when there was none."""
    return (
        await tx.run(
            "members.remove",
            tenant_id=tenant_id,
            organization_id=organization_id,
            user_id=user_id,
        )
        > 0
    )


async def ids(tx: Transaction, tenant_id: str, organization_id: str) -> list[str]:
    """Everybody who belongs to it."""
    rows = await tx.all("members.ids", tenant_id=tenant_id, organization_id=organization_id)
    return [row["user_id"] for row in rows]


async def has(tx: Transaction, tenant_id: str, organization_id: str, user_id: str) -> bool:
    """Whether somebody belongs to it."""
    found = await tx.one(
        "members.has", tenant_id=tenant_id, organization_id=organization_id, user_id=user_id
    )
    return found is not None


async def has_email(tx: Transaction, tenant_id: str, organization_id: str, email: str) -> bool:
    """Whether somebody with this address, in whatever spelling, belongs to it."""
    found = await tx.one(
        "members.with_email",
        tenant_id=tenant_id,
        organization_id=organization_id,
        email_key=address_key(email),
    )
    return found is not None


async def find(
    tx: Transaction,
    tenant_id: str,
    organization_id: str,
    *,
    text: str | None,
    role_id: str | None,
    page: Page,
) -> Part[UserRow]:
    """A page of the members who match, the latest first."""
    arguments = {
        "tenant_id": tenant_id,
        "organization_id": organization_id,
        "q": containing(text),
        "role_id": role_id,
    }
    return await part_of(tx, "members.find", "members.count_found", page, UserRow, **arguments)


async def roles(
    tx: Transaction, tenant_id: str, organization_id: str, user_id: str
) -> list[RoleName]:
    """A member's roles, by name."""
    rows = await tx.all(
        "members.roles", tenant_id=tenant_id, organization_id=organization_id, user_id=user_id
    )
    return [RoleName(row["id"], row["name"]) for row in rows]


async def role_rows(
    tx: Transaction, tenant_id: str, organization_id: str, user_id: str
) -> list[OrganizationRoleRow]:
    """A member's roles as they are defined, by name."""
    rows = await tx.all(
        "members.roles", tenant_id=tenant_id, organization_id=organization_id, user_id=user_id
    )
    return [organization_roles.row_of(row) for row in rows]


async def give_role(
    tx: Transaction, tenant_id: str, organization_id: str, user_id: str, role_id: str
) -> None:
    """Give a member a role. Raises ``RelationNotFound`` or ``ConstraintViolated``."""
    await tx.run(
        "members.give_role",
        tenant_id=tenant_id,
        organization_id=organization_id,
        user_id=user_id,
        organization_role_id=role_id,
    )


async def take_role(
    tx: Transaction, tenant_id: str, organization_id: str, user_id: str, role_id: str
) -> bool:
    """Take a role from a member; false when they did not have it."""
    return (
        await tx.run(
            "members.take_role",
            tenant_id=tenant_id,
            organization_id=organization_id,
            user_id=user_id,
            organization_role_id=role_id,
        )
        > 0
    )


async def take_roles(tx: Transaction, tenant_id: str, organization_id: str, user_id: str) -> None:
    """Take all of a member's roles."""
    await tx.run(
        "members.take_roles",
        tenant_id=tenant_id,
        organization_id=organization_id,
        user_id=user_id,
    )


def _give_domain_roles() -> Statement:
    """PostgreSQL waits for whoever deletes one of the roles; nobody writes beside SQLite's unit."""
    text = (
        "INSERT INTO organization_user_roles (tenant_id, organization_id, user_id, "
        "organization_role_id, role_type) "
        "SELECT held.tenant_id, held.organization_id, CAST(:user_id AS VARCHAR), "
        "held.organization_role_id, roles.type "
        "FROM organization_jit_roles AS held JOIN organization_roles AS roles "
        "ON roles.tenant_id = held.tenant_id AND roles.id = held.organization_role_id "
        "WHERE held.tenant_id = :tenant_id AND held.organization_id = :organization_id "
        "AND roles.type = 'User' {locked}"
        "ON CONFLICT (tenant_id, organization_id, user_id, organization_role_id) DO NOTHING "
        "RETURNING organization_role_id"
    )
    return Statement.of(
        "members.give_domain_roles",
        text.format(locked="FOR KEY SHARE OF roles "),
        sqlite=text.format(locked=""),
    )


_GIVE_DOMAIN_ROLES = _give_domain_roles()
