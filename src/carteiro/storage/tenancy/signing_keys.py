"""The keys that sign a tenant's tokens, sealed."""

from __future__ import annotations

from dataclasses import dataclass, field

from carteiro.storage.drivers.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRow:
    """A sealed private key."""

    id: str
    algorithm: str
    private_sealed: bytes = field(repr=False)
    created_at: int


async def create(
    tx: Transaction,
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    algorithm: str,
    private_sealed: bytes,
    created_at: int,
) -> None:
    """Store a key; being the newest, it signs."""
    await tx.run(
        "signing_keys.create",
        tenant_id=tenant_id,
        id=id,
        algorithm=algorithm,
        private_sealed=private_sealed,
        created_at=created_at,
    )


async def list_newest_first(tx: Transaction, tenant_id: str) -> list[SigningKeyRow]:
    """The tenant's keys; the first one signs, all verify."""
    return [
        SigningKeyRow(
            id=row["id"],
            algorithm=row["algorithm"],
            private_sealed=bytes(row["private_sealed"]),
            created_at=row["created_at"],
        )
        for row in await tx.all("signing_keys.list", tenant_id=tenant_id)
    ]
