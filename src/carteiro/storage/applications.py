"""Applications and their secrets."""

from __future__ import annotations

from dataclasses import dataclass, field

from carteiro.storage.database import Row, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRow:
    """An application; ``is_admin`` lets its tokens carry the management API's scope."""

    tenant_id: str
    id: str
    name: str
    type: str
    is_admin: bool
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRow:
    """A sealed secret; it is no good after ``expires_at``."""

    name: str
    value_sealed: bytes = field(repr=False)
    created_at: int
    expires_at: int | None


async def create(
    tx: Transaction,
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    name: str,
    type: str,  # noqa: A002 - the column's name
    is_admin: bool,
    created_at: int,
) -> None:
    """Make an application."""
    await tx.run(
        "applications.create",
        tenant_id=tenant_id,
        id=id,
        name=name,
        type=type,
        is_admin=is_admin,
        created_at=created_at,
    )


async def add_secret(
    tx: Transaction,
    *,
    tenant_id: str,
    application_id: str,
    name: str,
    value_sealed: bytes,
    created_at: int,
    expires_at: int | None = None,
) -> None:
    """Give an application a secret. Raises ``UniqueViolation`` for a name that it has."""
    await tx.run(
        "applications.add_secret",
        tenant_id=tenant_id,
        application_id=application_id,
        name=name,
        value_sealed=value_sealed,
        created_at=created_at,
        expires_at=expires_at,
    )


async def get(tx: Transaction, tenant_id: str, id: str) -> ApplicationRow | None:  # noqa: A002 - the column's name
    """One application."""
    row = await tx.one("applications.get", tenant_id=tenant_id, id=id)
    return _row(row) if row else None


async def list_all(tx: Transaction, tenant_id: str) -> list[ApplicationRow]:
    """The tenant's applications, newest first."""
    return [_row(row) for row in await tx.all("applications.list", tenant_id=tenant_id)]


async def secrets(tx: Transaction, tenant_id: str, application_id: str) -> list[SecretRow]:
    """An application's secrets, expired ones too."""
    rows = await tx.all("applications.secrets", tenant_id=tenant_id, application_id=application_id)
    return [
        SecretRow(
            name=row["name"],
            value_sealed=bytes(row["value_sealed"]),
            created_at=row["created_at"],
            expires_at=row["expires_at"],
        )
        for row in rows
    ]


def _row(row: Row) -> ApplicationRow:
    return ApplicationRow(
        tenant_id=row["tenant_id"],
        id=row["id"],
        name=row["name"],
        type=row["type"],
        is_admin=bool(row["is_admin"]),
        created_at=row["created_at"],
    )
