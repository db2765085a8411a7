"""Which user names a tenant takes (sign-in details §0)."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.errors import UsernameRefused
from carteiro.experience.guards.usernames import is_case_sensitive, require_username


def refusal(name: str, **policy: Any) -> str | None:
    try:
        require_username(name, policy)
    except UsernameRefused as error:
        return error.code.removeprefix("user.username_")
    return None


def without(*parts: str) -> dict[str, bool]:
    return dict.fromkeys(parts, False)


@pytest.mark.parametrize(
    ("name", "policy", "expected"),
    [
        ("a", {}, None),
        ("_", {}, None),
        ("Ana_4", {}, None),
        ("a" * 128, {}, None),
        ("", {}, "too_short"),
        ("a" * 129, {}, "too_long"),
        ("4ana", {}, "starts_with_number"),
        ("4-ana", {}, "starts_with_number"),
        ("٤ana", {}, "invalid_charset_hard"),
        ("ana maria", {}, "invalid_charset_hard"),
        ("ana@example.com", {}, "invalid_charset_hard"),
        ("añа", {}, "invalid_charset_hard"),
        ("ana\n", {}, "invalid_charset_hard"),
        ("ab", {"minLength": 3}, "too_short"),
        ("abc", {"minLength": 3}, None),
        ("abcd", {"maxLength": 3}, "too_long"),
        ("abc", {"maxLength": 3}, None),
        ("Ab", {"minLength": 3, "allowedChars": without("uppercase")}, "too_short"),
        ("Ana", {"allowedChars": without("uppercase")}, "uppercase_not_allowed"),
        ("aNA", {"allowedChars": without("lowercase")}, "lowercase_not_allowed"),
        ("ana4", {"allowedChars": without("numbers")}, "numbers_not_allowed"),
        ("an_a", {"allowedChars": without("underscore")}, "underscore_not_allowed"),
        ("Ana_4", {"allowedChars": without("underscore", "numbers")}, "numbers_not_allowed"),
        ("ana", {"allowedChars": {"uppercase": False, "lowercase": True}}, None),
    ],
)
def test_a_name_is_refused_by_the_first_rule_that_it_breaks(
    name: str, policy: dict[str, Any], expected: str | None
) -> None:
    assert refusal(name, **policy) == expected


def test_case_counts_unless_the_tenant_says_otherwise() -> None:
    assert is_case_sensitive({})
    assert is_case_sensitive({"caseSensitive": True})
    assert not is_case_sensitive({"caseSensitive": False})
