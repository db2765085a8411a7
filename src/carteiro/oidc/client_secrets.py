"""What an application's secrets are sealed for."""

from __future__ import annotations


def secret_context(tenant_id: str, application_id: str) -> str:
    """What an application's sealed secrets are bound to."""
    return f"application_secrets/{tenant_id}/{application_id}"
