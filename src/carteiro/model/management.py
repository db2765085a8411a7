"""The management API as a resource that tokens are for."""

from __future__ import annotations

MANAGEMENT_SCOPE = "all"


def management_audience(tenant_id: str) -> str:
    """The management API's resource indicator: an identifier, not an address."""
    return f"https://{tenant_id}.logto.app/api"
