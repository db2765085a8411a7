"""The provider's description of itself, member for member."""

from __future__ import annotations

from carteiro.oidc.discovery import document

BASE = "https://a.example/oidc"


def test_the_provider_names_what_it_has_and_nothing_else() -> None:
    # The reference's document (experience §1.2), less device flow and token exchange.
    assert document("https://a.example") == {
        "issuer": BASE,
        "authorization_endpoint": f"{BASE}/auth",
        "token_endpoint": f"{BASE}/token",
        "userinfo_endpoint": f"{BASE}/me",
        "jwks_uri": f"{BASE}/jwks",
        "end_session_endpoint": f"{BASE}/session/end",
        "introspection_endpoint": f"{BASE}/token/introspection",
        "revocation_endpoint": f"{BASE}/token/revocation",
        "pushed_authorization_request_endpoint": f"{BASE}/request",
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": [
            "implicit",
            "authorization_code",
            "refresh_token",
            "client_credentials",
        ],
        "response_modes_supported": ["form_post", "fragment", "query"],
        "response_types_supported": ["code id_token", "code", "id_token", "none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES384"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_jwt",
            "client_secret_post",
            "private_key_jwt",
            "none",
        ],
        "token_endpoint_auth_signing_alg_values_supported": [
            "HS256",
            "RS256",
            "PS256",
            "ES256",
            "Ed25519",
            "EdDSA",
        ],
        "scopes_supported": [
            "openid",
            "offline_access",
            "profile",
            "email",
            "phone",
            "address",
            "custom_data",
            "identities",
            "roles",
            "urn:logto:scope:organizations",
            "urn:logto:scope:organization_roles",
            "urn:logto:scope:sessions",
            "urn:logto:scope:trusted_devices",
        ],
        "claims_supported": (
            "sub name family_name given_name middle_name nickname preferred_username profile "
            "picture website gender birthdate zoneinfo locale updated_at username created_at email "
            "email_verified phone_number phone_number_verified address custom_data identities "
            "sso_identities roles organizations organization_data organization_roles sid auth_time "
            "iss"
        ).split(),
    }
