"""A client's own signed word for who it is: RFC 7523 §3, OpenID Connect Core §9."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey, RSAKey

from carteiro.oidc.client_assertions import Assertion, unverified_subject, verify_assertion
from carteiro.oidc.client_authentication import Credentials, read_credentials
from carteiro.oidc.errors import InvalidClient, InvalidOAuthRequest

NOW = 1_000_000
"""Seconds."""
AUDIENCES = ("https://t.test/oidc", "https://t.test/oidc/token")
SECRETS = (b"a" * 32, b"b" * 32)
PRIVATE = ECKey.generate_key("P-256", {"kid": "ours"})
JWKS = {"keys": [PRIVATE.as_dict(private=False)]}
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MALFORMED = "invalid client_assertion format"


def claims_with(**changes: Any) -> dict[str, Any]:
    """Right claims but for what is given; ``None`` leaves one out."""
    right = {"iss": "app", "sub": "app", "aud": AUDIENCES[0], "jti": "j", "exp": NOW + 60}
    return {name: value for name, value in {**right, **changes}.items() if value is not None}


def signed(claims: Mapping[str, Any], key: Key | bytes = PRIVATE, algorithm: str = "ES256") -> str:
    made = OctKey.import_key(key) if isinstance(key, bytes) else key
    return jwt.encode({"alg": algorithm}, dict(claims), made, algorithms=[algorithm])


def checked(
    assertion: str,
    *,
    secrets: Sequence[bytes] = (),
    jwks: Mapping[str, Any] | None = JWKS,
) -> Assertion:
    return verify_assertion(
        assertion,
        client_id="app",
        audiences=AUDIENCES,
        secrets=secrets,
        jwks=jwks,
        now=NOW * 1000 + 999,
    )


def raw(*parts: bytes) -> str:
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def test_an_assertion_that_is_right_says_until_when_it_is_remembered() -> None:
    assertion = checked(signed(claims_with()))

    assert assertion == Assertion(jti="j", expires_at=(NOW + 60) * 1000, place=None)


@pytest.mark.parametrize("place", [0, 1])
def test_one_that_was_signed_with_a_secret_says_with_which(place: int) -> None:
    assertion = checked(signed(claims_with(), SECRETS[place], "HS256"), secrets=SECRETS)

    assert assertion == Assertion(jti="j", expires_at=(NOW + 60) * 1000, place=place)


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [("RS256", RSAKey), ("PS256", RSAKey), ("ES256", ECKey), ("Ed25519", OKPKey)],
)
def test_every_algorithm_that_discovery_names_is_read(
    algorithm: str, kind: type[ECKey | OKPKey | RSAKey]
) -> None:
    key = kind.generate_key()
    public = {"keys": [key.as_dict(private=False)]}

    assert checked(signed(claims_with(), key, algorithm), jwks=public).jti == "j"


# The library's word to whoever chooses; here the client has chosen.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_the_older_name_of_an_algorithm_is_read_too() -> None:
    key = OKPKey.generate_key("Ed25519")
    public = {"keys": [key.as_dict(private=False)]}

    assert checked(signed(claims_with(), key, "EdDSA"), jwks=public).jti == "j"


@pytest.mark.parametrize(
    "right",
    [
        {"aud": list(AUDIENCES)},
        {"aud": ["https://else.test", AUDIENCES[1]]},
        {"exp": NOW + 1},
        {"exp": NOW + 3600},
        {"exp": NOW + 60.5},
        {"nbf": NOW + 15},
        {"iat": NOW + 15},
        {"nbf": 0, "iat": NOW},
    ],
    ids=str,
)
def test_a_claim_may_be_as_far_as_the_rules_let_it(right: dict[str, Any]) -> None:
    assert checked(signed(claims_with(**right))).jti == "j"


def test_a_fraction_of_a_second_is_remembered_too() -> None:
    assert checked(signed(claims_with(exp=NOW + 60.5))).expires_at == NOW * 1000 + 60_500


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "other"},
        {"iss": None},
        {"sub": "other"},
        {"aud": "https://else.test"},
        {"aud": ["https://else.test"]},
        {"aud": []},
        {"aud": None},
        {"jti": None},
        {"jti": ""},
        {"jti": 1},
        {"exp": None},
        {"exp": NOW},
        {"exp": NOW + 3601},
        {"exp": "1000060"},
        {"exp": True},
        {"nbf": NOW + 16},
        {"nbf": "0"},
        {"iat": NOW + 16},
        {"iat": True},
    ],
    ids=str,
)
def test_each_claim_is_checked(wrong: dict[str, Any]) -> None:
    for assertion in (
        signed(claims_with(**wrong)),
        signed(claims_with(**wrong), SECRETS[0], "HS256"),
    ):
        with pytest.raises(InvalidClient):
            checked(assertion, secrets=SECRETS)


def test_one_that_was_signed_by_another_is_refused() -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "ours"})

    refused: list[tuple[str, Mapping[str, Any] | None]] = [
        (signed(claims_with(), stranger), JWKS),
        (signed(claims_with()), {"keys": []}),
        (signed(claims_with()), {}),
        (signed(claims_with()), {"keys": [{"kty": "EC"}]}),
        (signed(claims_with()), {"keys": 1}),
        (signed(claims_with()), None),
        (signed(claims_with(), b"c" * 32, "HS256"), JWKS),
    ]

    for assertion, jwks in refused:
        with pytest.raises(InvalidClient):
            checked(assertion, secrets=SECRETS, jwks=jwks)


def test_no_secret_counts_as_a_public_key_nor_a_public_key_as_a_secret() -> None:
    shared = OctKey.import_key(b"s" * 32)
    public = PRIVATE.as_pem(private=False)

    with pytest.raises(InvalidClient):
        checked(signed(claims_with(), shared, "HS256"), jwks={"keys": [shared.as_dict()]})
    with pytest.raises(InvalidClient):
        checked(raw(b'{"alg":"HS256"}', json.dumps(claims_with()).encode(), public))
    with pytest.raises(InvalidClient):
        checked(raw(b'{"alg":"none"}', json.dumps(claims_with()).encode(), b""), secrets=SECRETS)


@pytest.mark.parametrize("algorithm", ["ES384", "ES512"])
def test_an_algorithm_that_discovery_does_not_name_is_refused(algorithm: str) -> None:
    key = ECKey.generate_key({"ES384": "P-384", "ES512": "P-521"}[algorithm])

    with pytest.raises(InvalidClient):
        checked(signed(claims_with(), key, algorithm), jwks=KeySet([key]).as_dict(private=False))


@pytest.mark.parametrize("length", range(12))
def test_whom_it_speaks_of_is_read_before_the_signature_is_looked_at(length: int) -> None:
    subject = "a" * (length + 1)

    assert unverified_subject(raw(b"{}", json.dumps({"sub": subject}).encode(), b"x")) == subject


@pytest.mark.parametrize(
    "assertion",
    [
        "",
        "one",
        raw(b"{}"),
        raw(b"{}", b"[]", b""),
        raw(b"{}", b'"text"', b""),
        raw(b"{}", b"{", b""),
        raw(b"{}", b"\xff", b""),
        raw(b"{}", b"{}", b""),
        raw(b"{}", b'{"sub":""}', b""),
        raw(b"{}", b'{"sub":1}', b""),
        raw(b"{}", b"[" * 100_000, b""),
        "e30.a.x",
        "e30.é.x",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_one_that_is_malformed_is_no_request(assertion: str) -> None:
    with pytest.raises(InvalidOAuthRequest) as caught:
        unverified_subject(assertion)
    assert caught.value.description == MALFORMED


@pytest.mark.parametrize("header", [b"[]", b"{", b"\xff"])
def test_a_malformed_header_is_no_request_either(header: bytes) -> None:
    with pytest.raises(InvalidOAuthRequest) as caught:
        checked(raw(header, b"{}", b""))
    assert caught.value.description == MALFORMED


def test_an_assertion_is_read_in_place_of_a_secret() -> None:
    assertion = signed(claims_with())
    given = {"client_assertion": assertion, "client_assertion_type": BEARER}

    read = Credentials(client_id="app", secret="", by_header=False, assertion=assertion)
    assert read_credentials(given, None) == read
    assert read_credentials({**given, "client_id": "app"}, None) == read
    assert read_credentials({**given, "client_secret": ""}, None) == read
    assert assertion not in repr(read)


ONE_WAY = "client authentication must only be provided using one mechanism"


@pytest.mark.parametrize(
    ("changes", "authorization", "described"),
    [
        ({}, "Basic YXBwOnM=", ONE_WAY),
        ({}, "", ONE_WAY),
        ({"client_secret": "s"}, None, ONE_WAY),
        (
            {"client_assertion_type": "saml"},
            None,
            f"client_assertion_type must have value {BEARER}",
        ),
        (
            {"client_id": "other"},
            None,
            "subject of client_assertion must be the same as client_id",
        ),
        ({"client_assertion": "x"}, None, MALFORMED),
    ],
)
def test_an_assertion_beside_something_else_is_refused_in_words(
    changes: dict[str, str], authorization: str | None, described: str
) -> None:
    right = {"client_assertion": signed(claims_with()), "client_assertion_type": BEARER}

    with pytest.raises(InvalidOAuthRequest) as caught:
        read_credentials({**right, **changes}, authorization)
    assert caught.value.description == described
