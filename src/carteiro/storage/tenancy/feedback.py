"""How the events of a connector's provider are checked.

The settings outlive their connector: a bounce may come days after another provider was chosen.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.rows import value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRow:
    """The settings of one connector's events; ``factory_id`` says whose."""

    tenant_id: str
    connector_id: str
    factory_id: str
    settings_sealed: bytes = field(repr=False)
    created_at: int


async def put(tx: Transaction, row: FeedbackRow) -> None:
    """Set or replace."""
    await tx.run("feedback.put", **asdict(row))


async def get(tx: Transaction, tenant_id: str, connector_id: str) -> FeedbackRow | None:
    """One of them."""
    row = await tx.one("feedback.get", tenant_id=tenant_id, connector_id=connector_id)
    return value_of(FeedbackRow, row) if row else None


async def claim_proof(
    tx: Transaction,
    tenant_id: str,
    connector_id: str,
    *,
    proof_hash: bytes,
    content_hash: bytes,
    now: int,
) -> bool:
    """Put a proof on record with its content; false where it came with another content before."""
    names = {"tenant_id": tenant_id, "connector_id": connector_id, "proof_hash": proof_hash}
    row = await tx.one("feedback.claim_proof", **names, content_hash=content_hash, now=now)
    return row is not None


async def discard_proofs(tx: Transaction, *, before: int, batch: int) -> int:
    """Forget at most ``batch`` proofs that are too old to be taken again."""
    return await tx.run("feedback.discard_proofs", before=before, batch=batch)


async def delete(tx: Transaction, tenant_id: str, connector_id: str) -> bool:
    """Forget; false when there is none."""
    return await tx.run("feedback.delete", tenant_id=tenant_id, connector_id=connector_id) > 0
