"""Settings of a tenant beside its sign-in experience, one JSON object each, some with a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carteiro.storage.drivers.database import Transaction


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them; ``sealed`` is its secret part."""

    value: Mapping[str, Any]
    sealed: bytes | None = field(default=None, repr=False)


async def all_values(tx: Transaction, tenant_id: str) -> dict[str, Mapping[str, Any]]:
    """Everything that is set, by name, without secrets."""
    rows = await tx.all("tenant_settings.list", tenant_id=tenant_id)
    return {row["name"]: json.loads(row["value"]) for row in rows}


async def get(tx: Transaction, tenant_id: str, name: str) -> Setting | None:
    """One of them."""
    row = await tx.one("tenant_settings.get", tenant_id=tenant_id, name=name)
    if row is None:
        return None
    sealed = row["value_sealed"]
    return Setting(json.loads(row["value"]), bytes(sealed) if sealed is not None else None)


async def put(tx: Transaction, tenant_id: str, name: str, setting: Setting) -> None:
    """Set or replace."""
    await tx.run(
        "tenant_settings.put",
        tenant_id=tenant_id,
        name=name,
        value=json.dumps(setting.value, ensure_ascii=False),
        value_sealed=setting.sealed,
    )


async def delete(tx: Transaction, tenant_id: str, name: str) -> bool:
    """Forget; false when it is not set."""
    return await tx.run("tenant_settings.delete", tenant_id=tenant_id, name=name) > 0
