"""What a tenant has set of its sign-in experience; the rest is default."""

from __future__ import annotations

import json
from typing import Any

from carteiro.storage.drivers.database import Transaction


async def get(tx: Transaction, tenant_id: str) -> dict[str, Any]:
    """The fields that the tenant has set."""
    row = await tx.one("experience.get", tenant_id=tenant_id)
    settings: dict[str, Any] = json.loads(row["settings"]) if row else {}
    return settings


async def put(tx: Transaction, tenant_id: str, settings: str) -> None:
    """Replace them; ``settings`` is JSON."""
    await tx.run("experience.put", tenant_id=tenant_id, settings=settings)
