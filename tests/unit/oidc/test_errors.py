"""What a refusal says, in OAuth's words."""

from __future__ import annotations

import pytest

from carteiro.oidc.errors import InsufficientScope, InvalidClient, InvalidScope, OAuthError


def test_an_error_says_what_it_is_told_to_or_what_it_is() -> None:
    assert OAuthError().description == "request is invalid"
    assert InvalidClient().description == "client authentication failed"
    assert InvalidClient("told").description == "told"


@pytest.mark.parametrize(
    ("error", "described"),
    [
        (InvalidScope, "requested scope is not allowed"),
        (InsufficientScope, "access token missing required scope"),
    ],
)
def test_a_scope_that_is_missing_or_too_much_is_named(
    error: type[InvalidScope | InsufficientScope], described: str
) -> None:
    assert (error(scope="read").scope, error(scope="read").description) == ("read", described)
    assert error("told", scope="read").description == "told"
