"""Overrides: the sender and the templates of one organization, or of one application."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.rows import part_of, value_of

_OF = {"organization": "overrides.of_organization", "application": "overrides.of_application"}


class OwnerKind(StrEnum):
    """Whose an override is."""

    ORGANIZATION = "organization"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class Owner:
    """An organization or an application."""

    kind: OwnerKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRow:
    """An override without its templates; what is ``None`` is left to the next level."""

    tenant_id: str
    id: str
    organization_id: str | None
    application_id: str | None
    connector_id: str | None
    from_name: str | None
    reply_to: str | None
    created_at: int

    @property
    def owner(self) -> Owner:
        """Whose it is."""
        if self.organization_id is not None:
            return Owner(OwnerKind.ORGANIZATION, self.organization_id)
        assert self.application_id is not None
        return Owner(OwnerKind.APPLICATION, self.application_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideTemplateRow:
    """A template of an override; ``details`` is the JSON of the wire."""

    tenant_id: str
    id: str
    override_id: str
    language_tag: str
    template_type: str
    details: str
    created_at: int


async def digest(tx: Transaction, tenant_id: str) -> list[OverrideRow]:
    """All of a tenant's, without templates."""
    return [_row(row) for row in await tx.all("overrides.digest", tenant_id=tenant_id)]


async def find(tx: Transaction, tenant_id: str, page: Page) -> Part[OverrideRow]:
    """A page of them, the oldest first."""
    return await part_of(
        tx, "overrides.find", "overrides.count", page, OverrideRow, tenant_id=tenant_id
    )


async def count(tx: Transaction, tenant_id: str) -> int:
    """How many a tenant has."""
    return await _total(tx, "overrides.count", tenant_id=tenant_id)


async def of(tx: Transaction, tenant_id: str, owner: Owner) -> OverrideRow | None:
    """An owner's, if it has one."""
    row = await tx.one(_OF[owner.kind], tenant_id=tenant_id, owner_id=owner.id)
    return _row(row) if row else None


async def create(tx: Transaction, row: OverrideRow) -> None:
    """Store a new one. Raises ``RelationNotFound`` where there is no such owner."""
    await tx.run("overrides.create", **asdict(row))


async def update(tx: Transaction, row: OverrideRow) -> None:
    """Store its sender."""
    await tx.run(
        "overrides.update",
        tenant_id=row.tenant_id,
        id=row.id,
        connector_id=row.connector_id,
        from_name=row.from_name,
        reply_to=row.reply_to,
    )


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete one with its templates; false when it is gone."""
    return await tx.run("overrides.delete", tenant_id=tenant_id, id=id) > 0


async def users_of(tx: Transaction, tenant_id: str, connector_id: str) -> int:
    """How many overrides send through a connector."""
    return await _total(tx, "overrides.users_of", tenant_id=tenant_id, connector_id=connector_id)


async def repoint(tx: Transaction, tenant_id: str, connector_id: str, *, by: str | None) -> int:
    """Have those that send through a connector send through another, or the next level's."""
    return await tx.run("overrides.repoint", tenant_id=tenant_id, connector_id=connector_id, by=by)


async def template_keys(
    tx: Transaction, tenant_id: str, override_id: str
) -> Sequence[tuple[str, str, str]]:
    """Id, language tag and type of each of an override's templates."""
    rows = await tx.all("overrides.template_keys", tenant_id=tenant_id, override_id=override_id)
    return [(row["id"], row["language_tag"], row["template_type"]) for row in rows]


async def templates(tx: Transaction, tenant_id: str, override_id: str) -> list[OverrideTemplateRow]:
    """An override's templates by language and type."""
    rows = await tx.all("overrides.templates", tenant_id=tenant_id, override_id=override_id)
    return [_template(row) for row in rows]


async def count_templates(tx: Transaction, tenant_id: str, override_id: str) -> int:
    """How many templates an override has."""
    return await _total(
        tx, "overrides.count_templates", tenant_id=tenant_id, override_id=override_id
    )


async def all_templates(tx: Transaction, tenant_id: str) -> list[OverrideTemplateRow]:
    """The templates of every override of a tenant."""
    return [_template(row) for row in await tx.all("overrides.all_templates", tenant_id=tenant_id)]


async def template(tx: Transaction, tenant_id: str, id: str) -> OverrideTemplateRow | None:  # noqa: A002 - the column's name
    """One template."""
    row = await tx.one("overrides.template", tenant_id=tenant_id, id=id)
    return _template(row) if row else None


async def put_template(tx: Transaction, new: OverrideTemplateRow) -> OverrideTemplateRow:
    """Store a template in place of the override's one for its language and type."""
    row = await tx.one("overrides.put_template", **asdict(new))
    assert row is not None
    return _template(row)


async def delete_template(
    tx: Transaction,
    tenant_id: str,
    override_id: str,
    id: str,  # noqa: A002 - the column's name
) -> bool:
    """Delete one; false when it is gone."""
    return (
        await tx.run(
            "overrides.delete_template", tenant_id=tenant_id, override_id=override_id, id=id
        )
        > 0
    )


async def _total(tx: Transaction, name: str, **arguments: str) -> int:
    row = await tx.one(name, **arguments)
    assert row is not None
    return int(row["total"])


def _row(row: Row) -> OverrideRow:
    return value_of(OverrideRow, row)


def _template(row: Row) -> OverrideTemplateRow:
    return value_of(OverrideTemplateRow, row)
