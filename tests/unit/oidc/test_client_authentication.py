"""How an application says who it is: RFC 6749 §2.3.1, RFC 7617."""

from __future__ import annotations

import base64

import pytest

from carteiro.oidc.client_authentication import Credentials, read_credentials
from carteiro.oidc.client_secrets import secret_context
from carteiro.oidc.errors import InvalidOAuthRequest


def basic(pair: str, scheme: str = "Basic ") -> str:
    return scheme + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "client_id", "secret"),
    [
        (basic("app:secret"), "app", "secret"),
        (basic("app:secret", "bAsIc "), "app", "secret"),
        (f"  {basic('app:secret', 'Basic   ')} ", "app", "secret"),
        (basic("app:se:cret"), "app", "se:cret"),
        (basic("app:"), "app", ""),
        # Both halves are form-encoded: Appendix B of RFC 6749.
        (basic("my+app:a%2Bb%3Ac+d"), "my app", "a+b:c d"),
        (basic("Zo%C3%AB:\u00fc"), "Zoë", "ü"),
    ],
)
def test_a_header_is_read_as_the_rules_write_it(
    authorization: str, client_id: str, secret: str
) -> None:
    credentials = read_credentials({"scope": "all"}, authorization)

    assert credentials == Credentials(client_id=client_id, secret=secret, by_header=True)


@pytest.mark.parametrize(
    ("parameters", "secret"),
    [({"client_id": "app", "client_secret": "s"}, "s"), ({"client_id": "app"}, "")],
)
def test_without_a_header_the_body_says_it(parameters: dict[str, str], secret: str) -> None:
    credentials = read_credentials(parameters, None)

    assert credentials == Credentials(client_id="app", secret=secret, by_header=False)
    assert "secret" not in repr(credentials)


@pytest.mark.parametrize(
    ("parameters", "authorization", "described"),
    [
        ({}, None, "no client authentication mechanism provided"),
        ({"client_id": ""}, None, "no client authentication mechanism provided"),
        ({"client_secret": "s"}, None, "no client authentication mechanism provided"),
        ({"client_id": "other"}, basic("app:s"), "client_id mismatch"),
        (
            {"client_id": "app", "client_secret": "s"},
            basic("app:s"),
            "client authentication must only be provided using one mechanism",
        ),
        ({}, basic("app"), "invalid authorization header value format"),
        ({}, basic("app:a\0b"), "invalid authorization header value format"),
        ({}, basic("a%00b:s"), "invalid authorization header value format"),
        ({}, basic("app:s", "Bearer "), "invalid authorization header value format"),
        ({}, "Basic YXBwOnM*=", "invalid authorization header value format"),
        ({}, "Basic /w==", "invalid authorization header value format"),
        ({}, "", "invalid authorization header value format"),
    ],
)
def test_anything_else_is_refused_in_words(
    parameters: dict[str, str], authorization: str | None, described: str
) -> None:
    with pytest.raises(InvalidOAuthRequest) as refused:
        read_credentials(parameters, authorization)

    assert refused.value.description == described


def test_a_secret_is_sealed_for_its_application() -> None:
    assert secret_context("t", "app") == "application_secrets/t/app"


@pytest.mark.parametrize("empty", ["client_id", "client_secret", "client_assertion"])
def test_a_parameter_without_a_value_is_as_good_as_none(empty: str) -> None:
    credentials = read_credentials({empty: ""}, basic("app:s"))

    assert credentials == Credentials(client_id="app", secret="s", by_header=True)
