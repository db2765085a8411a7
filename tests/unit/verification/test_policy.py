"""The policy of codes: what they are made of, and what wrong tries cost."""

from __future__ import annotations

import string
from collections import Counter

import pytest

from carteiro.directory.settings.protection import PROTECTION_DEFAULT
from carteiro.verification.identity import normalize_code
from carteiro.verification.policy import (
    Alphabet,
    CodePolicy,
    code_policy,
    draw,
    time_variables,
)


def test_without_settings_a_code_has_six_digits_and_ten_minutes() -> None:
    policy = code_policy({}, PROTECTION_DEFAULT)

    assert policy == code_policy({}) == CodePolicy()
    assert (policy.alphabet, policy.length, policy.lifetime) == ("digits", 6, 600)
    assert (policy.failure_budget, policy.delay(99)) == (20, 0)


def test_each_setting_is_read_where_it_is_stored() -> None:
    settings = {"expirationDuration": 120, "maxRetryAttempts": 3}
    protection = {
        "codeAlphabet": "letters",
        "codeLength": 8,
        "failuresPerDay": 50,
        "delayAfter": 5,
    }

    assert code_policy(settings, protection) == CodePolicy(
        lifetime=120,
        max_tries=3,
        alphabet=Alphabet.LETTERS,
        length=8,
        failures_per_day=50,
        delay_after=5,
    )


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(600, 10), (599, 9), (119, 1), (60, 1), (59, 1), (0, 1)]
)
def test_a_mail_tells_whole_minutes_and_at_least_one(seconds: int, minutes: int) -> None:
    told = time_variables(seconds, 1_800_000_000_999)

    # What `date -u -d @1800000000` says.
    assert told == {
        "expiresInMinutes": minutes,
        "expiresInSeconds": seconds,
        "expiresAt": "2027-01-15T08:00:00Z",
    }


def test_a_mail_tells_the_life_and_the_tries_of_its_code() -> None:
    assert CodePolicy(lifetime=120, max_tries=3).variables(1_799_999_880_000) == {
        "expiresInMinutes": 2,
        "expiresInSeconds": 120,
        "expiresAt": "2027-01-15T08:00:00Z",
        "maxRetryAttempts": 3,
    }


@pytest.mark.parametrize("length", [6, 9, 12])
def test_letters_are_drawn_evenly_from_those_that_nobody_mistakes(length: int) -> None:
    policy = CodePolicy(alphabet=Alphabet.LETTERS, length=length)

    drawn = [draw(policy) for _ in range(2000)]
    counts = Counter("".join(drawn))

    assert {len(code) for code in drawn} == {length}
    assert set(counts) == set(string.ascii_uppercase) - set("AEIOUY")
    expected = 2000 * length / 20
    chi_square = sum((seen - expected) ** 2 / expected for seen in counts.values())
    assert chi_square < 55  # 19 degrees of freedom: one run in 40,000 is beyond it


@pytest.mark.parametrize("length", [6, 12])
def test_digits_have_the_length_of_the_policy(length: int) -> None:
    drawn = {draw(CodePolicy(length=length)) for _ in range(500)}

    assert all(len(code) == length and code.isascii() and code.isdigit() for code in drawn)
    assert any(code.startswith("0") for code in drawn)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bcd fgh", "BCDFGH"),
        ("BCD-FGH", "BCDFGH"),
        ("bCd\u2013fGh", "BCDFGH"),
        (" \u00a0bcdfgh\n", "BCDFGH"),
        ("\uff42\uff43\uff44\uff26\uff27\uff28", "BCDFGH"),
        ("\u200bbcd\u200bfgh", "BCDFGH"),
        ("٠١٢٣٤٥", "012345"),
        ("۰۱۲-۳۴۵", "012345"),
        ("０１２ ３４５", "012345"),
        ("०१२३४५", "012345"),
    ],
)
def test_what_people_type_becomes_what_was_sent(typed: str, meant: str) -> None:
    assert normalize_code(typed) == meant


def test_delays_double_from_thirty_seconds_to_an_hour() -> None:
    policy = CodePolicy(delay_after=10, failures_per_day=20)

    seconds = [policy.delay(failures) // 1000 for failures in range(1, 21)]

    assert seconds == [0] * 9 + [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]


def test_the_ceiling_of_wrong_tries_is_a_hundred_whatever_a_code_bears() -> None:
    assert [CodePolicy(max_tries=tries).failure_budget for tries in (1, 10, 30, 100)] == [
        20,
        20,
        60,
        100,
    ]
    assert CodePolicy(max_tries=100, failures_per_day=7).failure_budget == 7
