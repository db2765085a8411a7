"""Who issues a tenant's tokens."""

from __future__ import annotations


def issuer(origin: str) -> str:
    """The issuer of a tenant that lives at ``origin`` (scheme and host, no path)."""
    return f"{origin}/oidc"
