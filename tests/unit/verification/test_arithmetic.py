"""The arithmetic of guesses, against published figures and against guessers that are played."""

from __future__ import annotations

import random

import pytest

from carteiro.verification import arithmetic
from carteiro.verification.arithmetic import Pace, chance, odds, tries_per_day
from carteiro.verification.policy import Alphabet, CodePolicy

COMPATIBLE = Pace(10, 600)


@pytest.mark.parametrize(("tries", "expected"), [(10, 1e-5), (5, 5e-6), (3, 3e-6)])
def test_one_code_of_six_digits(tries: int, expected: float) -> None:
    assert chance(CodePolicy(max_tries=tries), tries) == pytest.approx(expected, rel=1e-9)


def test_a_code_a_minute_with_ten_tries_is_guessed_in_48_days_as_often_as_not() -> None:
    policy = CodePolicy(max_tries=10)

    assert chance(policy, 14_400) == pytest.approx(0.0143, abs=5e-5)
    assert chance(policy, 48 * 14_400) == pytest.approx(0.5, abs=0.002)


def test_five_tries_and_five_codes_an_hour() -> None:
    assert chance(CodePolicy(max_tries=5), 600) == pytest.approx(0.0006, rel=1e-3)


def test_twenty_failures_a_day() -> None:
    found = odds(CodePolicy(), [COMPATIBLE])

    assert found.guesses_per_day == 20
    assert found.per_day == pytest.approx(0.00002, rel=1e-4)
    assert found.per_year == pytest.approx(0.0073, rel=0.01)


@pytest.mark.parametrize(
    "policy",
    [CodePolicy(length=8), CodePolicy(alphabet=Alphabet.LETTERS)],
)
def test_longer_codes_and_letters_stay_under_one_in_a_thousand_a_year(policy: CodePolicy) -> None:
    assert odds(policy, [COMPATIBLE]).per_year < arithmetic.ACCEPTED


@pytest.mark.parametrize(
    ("paces", "expected"),
    [
        ([COMPATIBLE], 20),
        ([COMPATIBLE, Pace(3, 86_400)], 15),
        ([COMPATIBLE, Pace(1, 43_200)], 10),
        ([Pace(1, 60), Pace(2, 86_400)], 10),
        ([Pace(1, 50_000)], 10),
    ],
)
def test_few_codes_leave_few_tries(paces: list[Pace], expected: int) -> None:
    assert odds(CodePolicy(max_tries=5), paces).guesses_per_day == expected


class Clockwork:
    """A guesser against the rules as they are written down, minute by minute and try by try."""

    def __init__(self, policy: CodePolicy, sends: int, window: int) -> None:
        self.policy, self.sends, self.window = policy, sends, window

    def tries_in_a_day(self) -> int:
        """How many wrong tries are answered in the first 24 hours, every second another attempt."""
        asked: list[int] = []
        left, failures, waits_until = 0, 0, 0
        for second in range(86_400):
            if left == 0:
                asked = [when for when in asked if when > second - self.window]
                if len(asked) == self.sends:
                    continue
                asked.append(second)
                left = self.policy.max_tries
            while left and failures < self.policy.failure_budget and second >= waits_until:
                left -= 1
                failures += 1
                over = failures - (self.policy.delay_after or 10**6)
                if over >= 0:
                    waits_until = second + min(3600, 30 * 2**over)
        return failures


@pytest.mark.parametrize(
    ("policy", "sends", "window"),
    [
        (CodePolicy(), 10, 600),
        (CodePolicy(max_tries=5), 1, 86_400),
        (CodePolicy(max_tries=100), 10, 600),
        (CodePolicy(failures_per_day=100, delay_after=10), 10, 600),
        (CodePolicy(failures_per_day=100, delay_after=99), 10, 600),
        (CodePolicy(failures_per_day=30, delay_after=1), 10, 600),
    ],
)
def test_the_tries_of_a_day_are_those_of_a_guesser_that_is_played(
    policy: CodePolicy, sends: int, window: int
) -> None:
    played = Clockwork(policy, sends, window).tries_in_a_day()

    assert odds(policy, [Pace(sends, window)]).guesses_per_day == played


def test_a_budget_that_is_spent_slowly_is_not_spent_in_a_day() -> None:
    assert tries_per_day(CodePolicy(failures_per_day=100, delay_after=10)) < 50


@pytest.mark.parametrize(("tries", "guesses"), [(3, 60), (10, 95), (20, 20)])
def test_the_chance_is_that_of_guessers_that_are_played(tries: int, guesses: int) -> None:
    policy = CodePolicy(max_tries=tries, length=3)  # a thousand codes: hits are not rare
    chosen = random.Random(20_261_126)
    runs = 20_000

    def hits() -> bool:
        left = guesses
        while left:
            each = min(tries, left)
            code = chosen.randrange(1000)
            if code in chosen.sample(range(1000), each):
                return True
            left -= each
        return False

    seen = sum(hits() for _ in range(runs)) / runs

    expected = chance(policy, guesses)
    deviation = (expected * (1 - expected) / runs) ** 0.5
    assert abs(seen - expected) < 4 * deviation
