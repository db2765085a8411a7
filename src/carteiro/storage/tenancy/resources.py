"""Resources that tokens are for, and the scopes that they carry there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from carteiro.model.granted import Granted
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.matching import like_pattern
from carteiro.storage.drivers.rows import part_of, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRow:
    """A resource; its tokens live for ``access_token_ttl`` seconds."""

    tenant_id: str
    id: str
    name: str
    indicator: str
    is_default: bool = False
    access_token_ttl: int
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRow:
    """A scope of a resource."""

    tenant_id: str
    id: str
    resource_id: str
    name: str
    description: str | None
    created_at: int


async def create(tx: Transaction, row: ResourceRow, *, ensure: bool = False) -> None:
    """Add a resource; ``ensure`` keeps one that is there. Raises ``ResourceIndicatorInUse``."""
    arguments = asdict(row)
    del arguments["is_default"]
    await tx.run("resources.ensure" if ensure else "resources.create", **arguments)


async def get(tx: Transaction, tenant_id: str, id: str) -> ResourceRow | None:  # noqa: A002 - the column's name
    """One resource."""
    row = await tx.one("resources.get", tenant_id=tenant_id, id=id)
    return value_of(ResourceRow, row) if row else None


async def by_ids(tx: Transaction, tenant_id: str, ids: Collection[str]) -> dict[str, ResourceRow]:
    """Those of these ids that there are."""
    found = {}
    for id_ in sorted(ids):
        row = await get(tx, tenant_id, id_)
        if row is not None:
            found[id_] = row
    return found


async def lock(tx: Transaction, tenant_id: str, id: str) -> ResourceRow | None:  # noqa: A002 - the column's name
    """One resource, which nobody else changes until this unit ends."""
    row = await tx.one("resources.lock", tenant_id=tenant_id, id=id)
    return value_of(ResourceRow, row) if row else None


async def find(tx: Transaction, tenant_id: str, page: Page | None) -> Part[ResourceRow]:
    """A page of the resources, by age; without a page all of them."""
    return await part_of(
        tx, "resources.list", "resources.count", page, ResourceRow, tenant_id=tenant_id
    )


async def update(tx: Transaction, row: ResourceRow) -> None:
    """Store a locked row as it is to be."""
    await tx.run(
        "resources.update",
        tenant_id=row.tenant_id,
        id=row.id,
        name=row.name,
        access_token_ttl=row.access_token_ttl,
    )


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete with its scopes; false when there is no such resource."""
    return await tx.run("resources.delete", tenant_id=tenant_id, id=id) > 0


async def get_default(tx: Transaction, tenant_id: str) -> ResourceRow | None:
    """The resource that a token is for where none is named."""
    row = await tx.one("resources.default", tenant_id=tenant_id)
    return value_of(ResourceRow, row) if row else None


async def set_default(tx: Transaction, tenant_id: str, id: str, *, is_default: bool) -> None:  # noqa: A002 - the column's name
    """Make a locked resource the only default, or no default."""
    if is_default:
        await tx.run("resources.clear_default", tenant_id=tenant_id)
    await tx.run("resources.set_default", tenant_id=tenant_id, id=id, is_default=is_default)


async def granted(
    tx: Transaction, tenant_id: str, indicator: str, application_id: str
) -> Granted | None:
    """What an application's roles give on a resource; ``None`` for an unknown indicator."""
    rows = await tx.all(
        "resources.granted",
        tenant_id=tenant_id,
        indicator=indicator,
        application_id=application_id,
    )
    if not rows:
        return None
    names = frozenset(row["scope"] for row in rows if row["scope"] is not None)
    return Granted(names, rows[0]["access_token_ttl"])


async def create_scope(tx: Transaction, row: ScopeRow, *, ensure: bool = False) -> None:
    """Add a scope; ``ensure`` keeps one that is there. Raises ``ScopeNameExists``."""
    await tx.run("scopes.ensure" if ensure else "scopes.create", **asdict(row))


async def get_scope(
    tx: Transaction,
    tenant_id: str,
    resource_id: str,
    id: str,  # noqa: A002 - the column's name
    *,
    lock: bool = False,
) -> ScopeRow | None:
    """One scope; ``lock`` keeps others from changing it until this unit ends."""
    name = "scopes.lock" if lock else "scopes.get"
    row = await tx.one(name, tenant_id=tenant_id, resource_id=resource_id, id=id)
    return scope_of(row) if row else None


async def find_scopes(
    tx: Transaction,
    tenant_id: str,
    resource_id: str,
    page: Page | None,
    *,
    pattern: str | None = None,
) -> Part[ScopeRow]:
    """A page of a resource's scopes that match a LIKE pattern, by name; without a page all of them.

    Raises ``InvalidRequestInput`` for a pattern that cannot be read.
    """
    arguments = {
        "tenant_id": tenant_id,
        "resource_id": resource_id,
        "q": like_pattern(pattern),
    }
    return await part_of(tx, "scopes.list", "scopes.count", page, ScopeRow, **arguments)


async def update_scope(tx: Transaction, row: ScopeRow) -> None:
    """Store a locked row as it is to be. Raises ``ScopeNameExists``."""
    await tx.run(
        "scopes.update",
        tenant_id=row.tenant_id,
        id=row.id,
        name=row.name,
        description=row.description,
    )


async def delete_scope(tx: Transaction, tenant_id: str, resource_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete; false when there is no such scope."""
    return await tx.run("scopes.delete", tenant_id=tenant_id, resource_id=resource_id, id=id) > 0


async def find_scope(tx: Transaction, tenant_id: str, id: str) -> ScopeRow | None:  # noqa: A002 - the column's name
    """One scope, whichever resource has it."""
    row = await tx.one("scopes.find", tenant_id=tenant_id, id=id)
    return scope_of(row) if row else None


async def scopes_of_role(
    tx: Transaction, tenant_id: str, role_id: str, *, pattern: str | None = None
) -> list[ScopeRow]:
    """What a role gives and what of it matches a LIKE pattern.

    Raises ``InvalidRequestInput`` for a pattern that cannot be read.
    """
    rows = await tx.all(
        "scopes.of_role", tenant_id=tenant_id, role_id=role_id, q=like_pattern(pattern)
    )
    return [scope_of(row) for row in rows]


async def scopes_of_organization_role(
    tx: Transaction, tenant_id: str, role_id: str
) -> list[ScopeRow]:
    """What a role of organizations gives, by id."""
    rows = await tx.all(
        "scopes.of_organization_role", tenant_id=tenant_id, organization_role_id=role_id
    )
    return [scope_of(row) for row in rows]


def scope_of(row: Row) -> ScopeRow:
    """A row of the table of scopes as a value."""
    return value_of(ScopeRow, row)
