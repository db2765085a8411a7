"""A client's signed word for who it is: which key may have signed it, and for whom it is."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from carteiro.oidc.client_assertions import unverified_subject, verify_assertion
from carteiro.oidc.errors import InvalidClient, InvalidOAuthRequest

NOW = 1_700_000_000
SECRET = b"a secret of thirty-two characters"
ELLIPTIC, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
RSA, EDWARDS = RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")
KEYS = {"ES256": ELLIPTIC, "RS256": RSA, "PS256": RSA, "Ed25519": EDWARDS, "EdDSA": EDWARDS}


class Quiet(JWSRegistry):
    """Signs under the old name, too, without a warning."""

    def get_alg(self, name: str) -> Any:
        return super().algorithms[name]


def claims(**changes: Any) -> dict[str, Any]:
    said = {"iss": "app", "sub": "app", "aud": "https://op.test", "jti": "one", "exp": NOW + 60}
    return {**said, **changes}


def signed(alg: str, key: Any, *, kid: Any = None, **changes: Any) -> str:
    header = {"alg": alg, **({} if kid is None else {"kid": kid})}
    return jwt.encode(header, claims(**changes), key, registry=Quiet())


def verify(assertion: str, *keys: Any) -> str:
    found = verify_assertion(
        assertion,
        client_id="app",
        audiences=["https://op.test"],
        secrets=[SECRET],
        jwks={"keys": list(keys)},
        now=1000 * NOW,
    )
    return found.jti


def public(key: Any, **members: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **members}


@pytest.mark.parametrize("alg", KEYS)
def test_a_client_signs_with_each_algorithm_that_discovery_names(alg: str) -> None:
    assert verify(signed(alg, KEYS[alg]), public(KEYS[alg])) == "one"


@pytest.mark.parametrize("alg", ["Ed25519", "EdDSA"])
@pytest.mark.parametrize("said", ["Ed25519", "EdDSA"])
def test_the_two_names_of_one_signature_are_one(alg: str, said: str) -> None:
    assert verify(signed(alg, EDWARDS), public(EDWARDS, alg=said)) == "one"


def test_without_a_key_id_each_key_of_the_kind_counts() -> None:
    known = [
        public(RSA),
        public(OTHER, kid="1"),
        {"kty": "EC", "crv": "P-256"},
        7,
        public(ELLIPTIC),
    ]

    assert verify(signed("ES256", ELLIPTIC), *known) == "one"


def test_a_key_id_is_the_keys_own_or_its_thumbprint() -> None:
    named, nameless = public(OTHER, kid="new"), public(ELLIPTIC)

    assert verify(signed("ES256", OTHER, kid="new"), nameless, named) == "one"
    assert verify(signed("ES256", ELLIPTIC, kid=ELLIPTIC.thumbprint()), named, nameless) == "one"
    with pytest.raises(InvalidClient):
        verify(signed("ES256", ELLIPTIC, kid="new"), named, nameless)


@pytest.mark.parametrize(
    "known",
    [
        public(OTHER),
        public(RSA),
        public(ELLIPTIC, use="enc"),
        public(ELLIPTIC, alg="ES384"),
        {"kty": "EC", "crv": "P-256"},
        {"kty": "EC", "crv": "P-256", "x": 1, "y": []},
        "key",
    ],
    ids=["another", "of another kind", "for encryption", "for another", "empty", "odd", "none"],
)
def test_another_key_opens_nothing(known: Any) -> None:
    with pytest.raises(InvalidClient):
        verify(signed("ES256", ELLIPTIC), known)


def test_a_key_for_one_way_of_signing_is_not_one_for_another() -> None:
    with pytest.raises(InvalidClient):
        verify(signed("RS256", RSA), public(RSA, alg="PS256"))


def test_no_number_of_keys_makes_it_slow() -> None:
    others = [public(OTHER)] * 20

    assert verify(signed("ES256", ELLIPTIC), *others[1:], public(ELLIPTIC)) == "one"
    with pytest.raises(InvalidClient):
        verify(signed("ES256", ELLIPTIC), *others, public(ELLIPTIC))


@pytest.mark.parametrize("jwks", [None, {}, {"keys": None}, {"keys": "x"}, {"keys": {}}], ids=str)
def test_without_keys_nothing_opens(jwks: Any) -> None:
    with pytest.raises(InvalidClient):
        verify_assertion(
            signed("ES256", ELLIPTIC),
            client_id="app",
            audiences=["https://op.test"],
            secrets=[],
            jwks=jwks,
            now=1000 * NOW,
        )


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("subject", ["", "a\0b", "\ud800", "a" * 129, None, 1, ["app"]], ids=repr)
def test_whom_it_speaks_of_can_be_looked_up(subject: Any) -> None:
    with pytest.raises(InvalidOAuthRequest):
        unverified_subject(f"{part({'alg': 'HS256'})}.{part({'sub': subject})}.x")


@pytest.mark.parametrize(
    "changes", [{"jti": "\ud800"}, {"jti": "\0"}, {"more": ["\ud800"]}], ids=repr
)
def test_nothing_that_is_signed_is_beyond_storing(changes: dict[str, Any]) -> None:
    body = json.dumps(claims(**changes)).encode()
    whole = jws.serialize_compact({"alg": "HS256"}, body, OctKey.import_key(SECRET))

    with pytest.raises(InvalidOAuthRequest):
        unverified_subject(whole)


@pytest.mark.parametrize(
    "header", [{"alg": ["HS256"]}, {"alg": {}}, {}, {"alg": "ES256", "kid": []}]
)
def test_a_header_that_means_nothing_opens_nothing(header: dict[str, Any]) -> None:
    with pytest.raises(InvalidClient):
        verify(f"{part(header)}.{part(claims())}.{'x' * 86}", public(ELLIPTIC))
