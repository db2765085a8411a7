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
    signs_from: int
    """Milliseconds since the epoch; it is published before."""


async def create(
    tx: Transaction,
    *,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    algorithm: str,
    private_sealed: bytes,
    signs_from: int,
) -> None:
    """Store a key."""
    await tx.run(
        "signing_keys.create",
        tenant_id=tenant_id,
        id=id,
        algorithm=algorithm,
        private_sealed=private_sealed,
        signs_from=signs_from,
    )


async def list_newest_first(tx: Transaction, tenant_id: str) -> list[SigningKeyRow]:
    """The tenant's keys: the first whose time has come signs, all verify."""
    return [
        SigningKeyRow(
            id=row["id"],
            algorithm=row["algorithm"],
            private_sealed=bytes(row["private_sealed"]),
            signs_from=row["created_at"],
        )
        for row in await tx.all("signing_keys.list", tenant_id=tenant_id)
    ]


async def end_others(tx: Transaction, tenant_id: str, id: str) -> int:  # noqa: A002 - the column's name
    """Take all keys but one away, with what they have signed; how many they were."""
    return await tx.run("signing_keys.end_others", tenant_id=tenant_id, id=id)


async def discard(tx: Transaction, *, now: int, least: int, batch: int) -> int:
    """Delete at most ``batch`` that sign no more and have signed nothing that is still good.

    That is over once the tenant's longest lifetime of a token has passed since another key signs,
    and at least so many milliseconds (``least``).
    """
    return await tx.run("signing_keys.discard", now=now, least=least, batch=batch)
