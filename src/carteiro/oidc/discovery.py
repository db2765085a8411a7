"""The provider's description of itself (OpenID Connect Discovery 1.0, RFC 8414)."""

from __future__ import annotations

from typing import Any

from carteiro.oidc import claims
from carteiro.oidc.authorization import RESPONSE_MODES, RESPONSE_TYPES
from carteiro.oidc.client_assertions import ALGORITHMS
from carteiro.oidc.issuer import issuer
from carteiro.oidc.keys import ALGORITHM


def document(origin: str) -> dict[str, Any]:
    """What this provider does, as the reference says it (experience §1.2).

    Device flow and token exchange, which it does not have, are not named.
    """
    base = issuer(origin)
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/auth",
        "token_endpoint": f"{base}/token",
        "userinfo_endpoint": f"{base}/me",
        "jwks_uri": f"{base}/jwks",
        "end_session_endpoint": f"{base}/session/end",
        "introspection_endpoint": f"{base}/token/introspection",
        "revocation_endpoint": f"{base}/token/revocation",
        "pushed_authorization_request_endpoint": f"{base}/request",
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": False,
        "claims_supported": list(claims.SUPPORTED),
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": [
            "implicit",
            "authorization_code",
            "refresh_token",
            "client_credentials",
        ],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "request_uri_parameter_supported": False,
        "response_modes_supported": list(RESPONSE_MODES),
        "response_types_supported": list(RESPONSE_TYPES),
        "scopes_supported": list(claims.SCOPES),
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_jwt",
            "client_secret_post",
            "private_key_jwt",
            "none",
        ],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
    }
