"""How many mails a counted connector has sent, and its cap."""

from __future__ import annotations

from carteiro.storage.drivers.database import Call, Transaction


def reserve(*, tenant_id: str, connector_id: str, cap: int | None) -> Call:
    """Count one more; ``UsageLimitExceeded`` when the cap is reached."""
    return Call("usage.reserve", {"tenant_id": tenant_id, "connector_id": connector_id, "cap": cap})


def release(*, tenant_id: str, connector_id: str) -> Call:
    """Take one back."""
    return Call("usage.release", {"tenant_id": tenant_id, "connector_id": connector_id})


async def read(tx: Transaction, tenant_id: str, connector_id: str) -> int:
    """The count so far."""
    row = await tx.one("usage.read", tenant_id=tenant_id, connector_id=connector_id)
    return int(row["used"]) if row else 0
