"""Keys that sign mails for a tenant's domains, sealed: of each kind one signs for a domain."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum

from carteiro.storage.drivers.database import Row, Transaction


class KeyState(StrEnum):
    """What a key is there for."""

    WAITING = "waiting"
    """Its record is to be published; it signs nothing yet."""
    SIGNING = "signing"
    RESTING = "resting"
    """Another one signs; its record stays until what it has signed has arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKeyRow:
    """A sealed private key, and the text of the record that publishes its other half."""

    tenant_id: str
    domain: str
    selector: str
    algorithm: str
    state: KeyState
    private_sealed: bytes = field(repr=False)
    record: str
    created_at: int
    changed_at: int
    """Milliseconds since the epoch, when it came into its state."""


async def create(tx: Transaction, row: DkimKeyRow) -> None:
    """Store a key. Raises ``UniqueViolation`` for a selector that the domain has."""
    await tx.run("dkim_keys.create", **asdict(row))


async def list_all(tx: Transaction, tenant_id: str) -> list[DkimKeyRow]:
    """The tenant's keys by domain, the newest first."""
    return [_row(row) for row in await tx.all("dkim_keys.list", tenant_id=tenant_id)]


async def signing(
    tx: Transaction, tenant_id: str, *, deployment: str, domain: str
) -> list[DkimKeyRow]:
    """The keys that sign for a tenant, and those of the deployment's own ``domain``.

    The latter are the tenant's ``deployment``. Both are read at once.
    """
    found = await tx.all(
        "dkim_keys.signing", tenant_id=tenant_id, deployment=deployment, domain=domain
    )
    return [_row(row) for row in found]


async def get(tx: Transaction, tenant_id: str, domain: str, selector: str) -> DkimKeyRow | None:
    """One key."""
    row = await tx.one("dkim_keys.get", tenant_id=tenant_id, domain=domain, selector=selector)
    return _row(row) if row else None


async def count(tx: Transaction, tenant_id: str) -> int:
    """How many keys a tenant has."""
    row = await tx.one("dkim_keys.count", tenant_id=tenant_id)
    return int(row["keys"]) if row else 0


async def begin_signing(tx: Transaction, row: DkimKeyRow, now: int) -> None:
    """This key signs from now on, and the one before it of its kind rests."""
    name = {"tenant_id": row.tenant_id, "domain": row.domain}
    await tx.run("dkim_keys.rest", **name, algorithm=row.algorithm, now=now)
    await tx.run("dkim_keys.sign", **name, selector=row.selector, now=now)


async def delete(tx: Transaction, tenant_id: str, domain: str, selector: str) -> bool:
    """Delete; false when the key is gone."""
    name = {"tenant_id": tenant_id, "domain": domain, "selector": selector}
    return await tx.run("dkim_keys.delete", **name) > 0


def _row(row: Row) -> DkimKeyRow:
    return DkimKeyRow(
        tenant_id=row["tenant_id"],
        domain=row["domain"],
        selector=row["selector"],
        algorithm=row["algorithm"],
        state=KeyState(row["state"]),
        private_sealed=bytes(row["private_sealed"]),
        record=row["record"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )
