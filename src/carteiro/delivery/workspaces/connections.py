"""A tenant's connector as stored: its config sealed, opened only where it is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carteiro.secrets import Keyring
from carteiro.storage.tenancy.connectors import ConnectorRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConnector:
    """The row with its config in clear. The config has no repr."""

    row: ConnectorRow
    config: Mapping[str, Any] = field(repr=False)


def seal_config(keyring: Keyring, tenant_id: str, id: str, config: Mapping[str, Any]) -> bytes:  # noqa: A002 - the row's name
    """Seal a config for exactly this row."""
    text = json.dumps(config, ensure_ascii=False, separators=(",", ":"))
    return keyring.seal(text.encode(), connector_context(tenant_id, id))


def open_row(keyring: Keyring, row: ConnectorRow) -> StoredConnector:
    """Open a row's config. Raises ``SealBroken``."""
    clear = keyring.open(row.config_sealed, connector_context(row.tenant_id, row.id))
    return StoredConnector(row=row, config=json.loads(clear))


def connector_context(tenant_id: str, id: str) -> str:  # noqa: A002 - the row's name
    """What a connector's sealed config is bound to, a further one's too."""
    return f"connectors/{tenant_id}/{id}"
