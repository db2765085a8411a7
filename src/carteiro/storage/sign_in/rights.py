"""What is said of a person beside themselves: their roles, where they belong, what is asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace

from carteiro.storage.drivers.database import Question, Transaction

_MOST_BELONGINGS = 5000
"""Rows that one token's claims are made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """An organization of a person's, and the names of their roles in it."""

    id: str
    name: str
    description: str | None
    roles: tuple[str, ...] = ()


async def role_names(tx: Transaction, tenant_id: str, user_id: str) -> tuple[str, ...]:
    """The names of a person's own roles, in order."""
    rows = await tx.all("rights.role_names", tenant_id=tenant_id, user_id=user_id)
    return tuple(row["name"] for row in rows)


async def belongings(tx: Transaction, tenant_id: str, user_id: str) -> tuple[Belonging, ...]:
    """Where a person belongs, with their roles there."""
    asked = asked_belongings(tenant_id, user_id)
    rows = await tx.all(asked.statement, **asked.arguments)
    found: dict[str, Belonging] = {}
    for row in rows:
        known = found.get(row["id"]) or Belonging(
            id=row["id"], name=row["name"], description=row["description"]
        )
        more = () if row["role"] is None else (row["role"],)
        found[known.id] = replace(known, roles=known.roles + more)
    return tuple(found.values())


def asked_belongings(tenant_id: str, user_id: str) -> Question:
    """What ``belongings`` asks, to be asked together with what else is needed."""
    values = {"tenant_id": tenant_id, "user_id": user_id, "most": _MOST_BELONGINGS}
    return Question("rights.belongings", values)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownScope:
    """A scope of a resource as somebody is asked about it."""

    id: str
    name: str
    description: str | None
    resource_id: str
    resource_name: str


async def scopes_named(
    tx: Transaction, tenant_id: str, indicator: str, names: Collection[str]
) -> list[ShownScope]:
    """The scopes of a resource that have one of these names, by name."""
    asked = asked_of_resource(tenant_id, indicator)
    rows = await tx.all(asked.statement, **asked.arguments)
    return [
        ShownScope(**{entry.name: row[entry.name] for entry in fields(ShownScope)})
        for row in rows
        if row["name"] in names
    ]


def asked_of_resource(tenant_id: str, indicator: str) -> Question:
    """What ``scopes_named`` asks, to be asked together with what else is needed."""
    values = {"tenant_id": tenant_id, "indicator": indicator}
    return Question("rights.scopes_of_resource", values)
