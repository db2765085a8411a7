"""Id and logout tokens as somebody reads them who has only the published keys."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from carteiro.oidc.id_tokens import sign_id_token, sign_logout_token
from carteiro.oidc.keys import TenantKeys

NEWEST, OLDER = (ECKey.generate_key("P-384", {"kid": kid}) for kid in ("newest", "older"))
KEYS = TenantKeys(NEWEST, KeySet([NEWEST, OLDER]), frozenset({"newest", "older"}))


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, verified with the public half."""
    published = KeySet([ECKey.import_key(key) for key in KEYS.jwks()["keys"]])
    decoded = jwt.decode(token, published, algorithms=["ES384"])
    return decoded.header, decoded.claims


def test_an_id_token_says_what_it_is_told_and_which_key_signed_it() -> None:
    header, claims = read(sign_id_token(KEYS, {"sub": "ann", "aud": "app", "name": None}))

    assert header == {"alg": "ES384", "typ": "JWT", "kid": "newest"}
    assert claims == {"sub": "ann", "aud": "app", "name": None}


@pytest.mark.parametrize("sid", ["s", None])
def test_a_logout_token_has_the_members_of_the_standard(sid: str | None) -> None:
    token = sign_logout_token(
        KEYS, issuer="i", client_id="app", subject="ann", sid=sid, jti="j", now=1000
    )

    # OpenID Connect Back-Channel Logout 1.0 §2.4; two minutes as §2.4 recommends at most.
    header, claims = read(token)
    assert header == {"alg": "ES384", "typ": "logout+jwt", "kid": "newest"}
    assert claims == {
        "iss": "i",
        "sub": "ann",
        "aud": "app",
        "iat": 1000,
        "exp": 1120,
        "jti": "j",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        **({"sid": sid} if sid else {}),
    }


def test_only_the_public_half_is_published() -> None:
    published = KEYS.jwks()["keys"]

    assert [key["kid"] for key in published] == ["newest", "older"]
    assert all("d" not in key for key in published)
