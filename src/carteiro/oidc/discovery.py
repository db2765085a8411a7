"""The provider's description of itself (OpenID Connect Discovery 1.0, RFC 8414)."""

from __future__ import annotations

from typing import Any

from carteiro.oidc.keys import ALGORITHM


def issuer(origin: str) -> str:
    """The issuer of a tenant that lives at ``origin`` (scheme and host, no path)."""
    return f"{origin}/oidc"


def document(origin: str) -> dict[str, Any]:
    """What this provider does today; endpoints that it does not have are not named."""
    base = issuer(origin)
    return {
        "issuer": base,
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/jwks",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
    }
