"""The languages that a tenant has beside the built-in ones."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.drivers.rows import value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseRow:
    """A language and its texts, as JSON."""

    tenant_id: str
    id: str
    language_tag: str
    translation: str


async def list_all(tx: Transaction, tenant_id: str) -> list[PhraseRow]:
    """The tenant's own languages by tag."""
    return [_row(row) for row in await tx.all("phrases.list", tenant_id=tenant_id)]


async def tags(tx: Transaction, tenant_id: str) -> list[str]:
    """Their tags."""
    return [row.language_tag for row in await list_all(tx, tenant_id)]


async def get(tx: Transaction, tenant_id: str, language_tag: str) -> PhraseRow | None:
    """One language."""
    row = await tx.one("phrases.get", tenant_id=tenant_id, language_tag=language_tag)
    return _row(row) if row else None


async def upsert(
    tx: Transaction,
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    language_tag: str,
    translation: str,
) -> PhraseRow:
    """Add a language, or replace its texts."""
    row = await tx.one(
        "phrases.upsert",
        tenant_id=tenant_id,
        id=id,
        language_tag=language_tag,
        translation=translation,
    )
    assert row is not None
    return _row(row)


async def delete(tx: Transaction, tenant_id: str, language_tag: str) -> bool:
    """Take a language out; false when it is not there."""
    return await tx.run("phrases.delete", tenant_id=tenant_id, language_tag=language_tag) > 0


def _row(row: Row) -> PhraseRow:
    return value_of(PhraseRow, row)
