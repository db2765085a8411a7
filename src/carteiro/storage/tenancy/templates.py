"""A tenant's templates: one for each language and type."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.rows import value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    """A template as stored; ``details`` is the wire's JSON."""

    tenant_id: str
    id: str
    language_tag: str
    template_type: str
    details: str
    created_at: int


async def upsert(
    tx: Transaction,
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    language_tag: str,
    template_type: str,
    details: str,
    created_at: int,
    unless_there: bool = False,
) -> TemplateRow | None:
    """Create, or replace the details of the one that is there.

    ``None`` where one is there that stays: ``unless_there`` replaces none.
    """
    row = await tx.one(
        "templates.create" if unless_there else "templates.upsert",
        tenant_id=tenant_id,
        id=id,
        language_tag=language_tag,
        template_type=template_type,
        details=details,
        created_at=created_at,
    )
    return _row(row) if row else None


async def list_all(
    tx: Transaction,
    tenant_id: str,
    *,
    language_tag: str | None = None,
    template_type: str | None = None,
) -> list[TemplateRow]:
    """Templates by language and type; a filter matches exactly."""
    rows = await tx.all(
        "templates.list",
        tenant_id=tenant_id,
        language_tag=language_tag,
        template_type=template_type,
    )
    return [_row(row) for row in rows]


async def keys(tx: Transaction, tenant_id: str) -> list[tuple[str, str, str]]:
    """Id, language tag and type of every template."""
    rows = await tx.all("templates.keys", tenant_id=tenant_id)
    return [(row["id"], row["language_tag"], row["template_type"]) for row in rows]


async def get(tx: Transaction, tenant_id: str, id: str) -> TemplateRow | None:  # noqa: A002 - the column's name
    """One template."""
    row = await tx.one("templates.get", tenant_id=tenant_id, id=id)
    return _row(row) if row else None


async def update_details(
    tx: Transaction,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    details: str,
) -> TemplateRow | None:
    """Replace the details; ``None`` when the template is gone."""
    row = await tx.one("templates.update_details", tenant_id=tenant_id, id=id, details=details)
    return _row(row) if row else None


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete one; false when it is gone."""
    return await tx.run("templates.delete", tenant_id=tenant_id, id=id) > 0


async def delete_many(
    tx: Transaction, tenant_id: str, *, language_tag: str | None, template_type: str | None
) -> int:
    """Delete all that match."""
    return await tx.run(
        "templates.delete_many",
        tenant_id=tenant_id,
        language_tag=language_tag,
        template_type=template_type,
    )


def _row(row: Row) -> TemplateRow:
    return value_of(TemplateRow, row)
