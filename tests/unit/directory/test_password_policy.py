"""What a tenant's policy says of a new password (sign-in details §0)."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.directory.passwords.leaked import is_leaked
from carteiro.directory.passwords.rules import password_issues, password_policy, personal_words

PERSONAL = personal_words(
    name="Ana Maria", username="ana_m", email="a.maria@example.com", phone="4915112345678"
)


def codes(password: str, *, leaked: bool = False, **stored: Any) -> list[str]:
    issues = password_issues(password, password_policy(stored), PERSONAL, leaked=leaked)
    return [issue["code"].removeprefix("password_rejected.") for issue in issues]


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", ["too_short", "character_types"]),
        ("odd one", ["too_short"]),
        ("an odd one", []),
        ("x!" * 129, ["too_long"]),
        ("ungewöhnlich", ["unsupported_characters"]),
        ("tab\there-1", ["unsupported_characters"]),
        ("123", ["too_short", "restricted.sequence"]),
        ("12", ["too_short"]),
        ("aaaa-1xY", []),
        ("aaaaaa-1", ["restricted.repetition"]),
        ("123456aA", ["restricted.sequence"]),
        ("12345aAb", []),
        ("98765432", ["restricted.sequence"]),
        ("1234567890", ["restricted.sequence"]),
        ("QWERTYuiop", ["restricted.sequence"]),
        ("aBcDeFgH", []),
        ("1qaz2wsx", ["restricted.sequence"]),
        ("ZAQ!zaq1", ["restricted.sequence"]),
        ("zaq1xsw2", ["restricted.sequence"]),
        ("lkjhgfds", ["restricted.sequence"]),
        ("AnaMaria", ["restricted.user_info"]),
        ("ana maria!", ["restricted.user_info"]),
        ("maria-maria", ["restricted.user_info"]),
        ("a.maria1", ["restricted.user_info"]),
        ("4915112345678", ["restricted.user_info"]),
        ("ana_m has a dog", []),
        ("aaaabcdef", ["restricted.repetition", "restricted.sequence"]),
        ("abcdef111", ["restricted.sequence", "restricted.repetition"]),
    ],
)
def test_a_password_is_named_for_what_it_is_made_of(password: str, expected: list[str]) -> None:
    assert codes(password) == expected


def test_everything_else_is_said_before_what_a_password_is_made_of() -> None:
    strict = {"length": {"min": 9}, "characterTypes": {"min": 2}, "rejects": {"words": ["Acme"]}}

    found = codes("ACMEACME", leaked=True, **strict)

    assert found == ["too_short", "character_types", "pwned", "restricted.words"]


def test_only_bounds_are_filled_into_an_answer() -> None:
    policy = password_policy({"length": {"min": 9}, "characterTypes": {"min": 2}})

    issues = password_issues("aaaaaaaa", policy, (), leaked=True)

    assert issues == [
        {"code": "password_rejected.too_short", "interpolation": {"min": 9}},
        {"code": "password_rejected.character_types", "interpolation": {"min": 2}},
        {"code": "password_rejected.pwned"},
        {"code": "password_rejected.restricted.repetition"},
    ]


def test_what_is_switched_off_is_not_looked_at() -> None:
    rejects = {"pwned": False, "repetitionAndSequence": False, "userInfo": False}

    found = [codes(text, leaked=True, rejects=rejects) for text in ("aaaaaaaa", "AnaMaria")]

    assert found == [[], []]


@pytest.mark.parametrize(
    "password",
    ["123456aA", "test_password", "Password", "PASSWORD1!", "Summer-2024!", "qwerty123"],
)
def test_a_password_that_everybody_knows_has_leaked(password: str) -> None:
    assert is_leaked(password)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "123",
        "correct horse battery staple",
        "test_password_of_mine",
        "password-83749283",
        "a1!",
    ],
)
def test_a_password_of_ones_own_has_not_leaked(password: str) -> None:
    assert not is_leaked(password)
