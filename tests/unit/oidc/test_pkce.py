"""Proof Key for Code Exchange, with the example of RFC 7636 Appendix B."""

from __future__ import annotations

import pytest

from carteiro.oidc.errors import InvalidOAuthRequest
from carteiro.oidc.pkce import proves, read_challenge

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
REQUIRED = "Authorization Server policy requires PKCE to be used for this request"
NO_PLAIN = "plain code_challenge_method fallback disabled, code_challenge_method must be provided"


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("challenge", [CHALLENGE, "a" * 128, "A1._~-" + "z" * 40])
def test_a_challenge_is_read(challenge: str, required: bool) -> None:
    parameters = {"code_challenge": challenge, "code_challenge_method": "S256"}

    assert read_challenge(parameters, required=required) == challenge


@pytest.mark.parametrize("parameters", [{}, {"code_challenge": "", "code_challenge_method": ""}])
def test_whoever_has_a_secret_may_do_without(parameters: dict[str, str]) -> None:
    assert read_challenge(parameters, required=False) is None

    with pytest.raises(InvalidOAuthRequest) as refused:
        read_challenge(parameters, required=True)
    assert refused.value.description == REQUIRED


@pytest.mark.parametrize(
    ("challenge", "method", "described"),
    [
        (None, "S256", "code_challenge must be provided with code_challenge_method"),
        (CHALLENGE, None, NO_PLAIN),
        (CHALLENGE, "plain", "not supported value of code_challenge_method"),
        (CHALLENGE, "s256", "not supported value of code_challenge_method"),
        ("a" * 42, "S256", "code_challenge must be 43 to 128 unreserved characters"),
        ("a" * 129, "S256", "code_challenge must be 43 to 128 unreserved characters"),
        ("a" * 43 + "+", "S256", "code_challenge must be 43 to 128 unreserved characters"),
        ("a" * 43 + "\n", "S256", "code_challenge must be 43 to 128 unreserved characters"),
    ],
)
def test_a_challenge_that_is_not_as_the_rules_want_it_is_refused_in_words(
    challenge: str | None, method: str | None, described: str
) -> None:
    given = {"code_challenge": challenge, "code_challenge_method": method}
    parameters = {name: value for name, value in given.items() if value is not None}

    with pytest.raises(InvalidOAuthRequest) as refused:
        read_challenge(parameters, required=True)
    assert refused.value.description == described


@pytest.mark.parametrize(
    ("verifier", "challenge", "fits"),
    [
        (VERIFIER, CHALLENGE, True),
        (None, None, True),
        ("", None, True),
        (VERIFIER, None, False),
        (None, CHALLENGE, False),
        ("", CHALLENGE, False),
        (CHALLENGE, CHALLENGE, False),
        (VERIFIER.swapcase(), CHALLENGE, False),
        # SHA-256 of "abc" (FIPS 180-2, B.1): it fits, and is too short to have been chosen well.
        ("abc", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0", False),
    ],
)
def test_a_verifier_belongs_to_its_challenge_only(
    verifier: str | None, challenge: str | None, fits: bool
) -> None:
    assert proves(verifier, challenge) is fits
