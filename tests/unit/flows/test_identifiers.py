"""What somebody types into the one field."""

from __future__ import annotations

import pytest

from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.flows.sign_in.screens.identifiers import code_of, misunderstood, understood

EMAIL, PHONE, NAME = IdentifierType.EMAIL, IdentifierType.PHONE, IdentifierType.USERNAME
ALL = frozenset(IdentifierType)


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        (" ana@example.com ", EMAIL, "ana@example.com"),
        ("ａｎａ＠example.com", EMAIL, "ana@example.com"),
        ("\u200eana@example.com\u200f", EMAIL, "ana@example.com"),
        ("+49 (151) 234-567", PHONE, "49151234567"),
        ("٤٩١٥١٢٣٤", PHONE, "49151234"),
        ("ana", NAME, "ana"),
    ],
)
def test_it_is_an_address_a_number_or_a_name(typed: str, kind: IdentifierType, value: str) -> None:
    assert understood(typed, ALL) == Identifier(kind, value)


@pytest.mark.parametrize("typed", ["", "   ", "ana maria", "a" * 257])
def test_what_names_nobody_is_nothing(typed: str) -> None:
    assert understood(typed, ALL) is None


def test_only_what_is_allowed_is_understood() -> None:
    assert understood("ana", {EMAIL}) is None
    assert understood("491512345", {NAME}) == Identifier(NAME, "491512345")


@pytest.mark.parametrize(
    ("allowed", "key"),
    [
        ({EMAIL}, "error.invalid_email"),
        ({PHONE}, "error.invalid_phone"),
        (ALL, "error.general_invalid"),
    ],
    ids=["email", "phone", "all"],
)
def test_what_is_said_names_what_was_wanted(allowed: set[IdentifierType], key: str) -> None:
    assert misunderstood("ana b", allowed).key == key
    assert misunderstood(" ", allowed).key == "error.general_required"


@pytest.mark.parametrize(
    "typed", ["123456", "123 456", "123-456", "１２３４５６", "١٢٣٤٥٦", "code 123456!"]
)
def test_a_code_is_its_digits(typed: str) -> None:
    assert code_of(typed) == "123456"


@pytest.mark.parametrize("typed", ["KWRTNPXB", " kwrt-npxb", "kwrt npxb\u200f", "ＫＷＲＴＮＰＸＢ"])
def test_a_code_without_digits_is_its_letters(typed: str) -> None:
    assert code_of(typed) == "KWRTNPXB"
