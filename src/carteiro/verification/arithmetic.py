"""How likely a guesser is to hit: the arithmetic behind the limits on codes.

The guesser asks for codes as fast as they are sent, tries each as often as it answers, never stops,
and never tries one value of a code twice. What the owner does is left out: a success of theirs
begins the budget of failures anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from carteiro.verification.policy import FAILURE_WINDOW, CodePolicy

ACCEPTED = 1e-3
"""The chance per account and year that a policy should stay under."""
_DAYS = 365


@dataclass(frozen=True, slots=True)
class Pace:
    """At most ``codes`` codes in ``seconds``; several paces hold at once."""

    codes: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Odds:
    """What a guesser can do against one account."""

    guesses_per_day: int
    per_day: float
    per_year: float


def odds(policy: CodePolicy, paces: Iterable[Pace]) -> Odds:
    """The chance that one account's code is guessed under this policy and one pace or more.

    A day that a pace does not divide gets the part of its window as a whole one: rather too much.

    >>> round(odds(CodePolicy(), [Pace(10, 600)]).per_year, 4)
    0.0073
    """
    codes = min(-(-pace.codes * 86_400 // pace.seconds) for pace in paces)
    tried = min(codes * policy.max_tries, tries_per_day(policy))
    return Odds(tried, chance(policy, tried), chance(policy, tried * _DAYS))


def chance(policy: CodePolicy, guesses: int) -> float:
    """That one of so many guesses hits, ``max_tries`` of them for each code.

    Within one code each wrong guess leaves one value fewer; a new code begins anew.
    """
    codes, rest = divmod(guesses, policy.max_tries)
    missed = codes * math.log1p(-policy.max_tries / policy.combinations)
    return -math.expm1(missed + math.log1p(-rest / policy.combinations))


def tries_per_day(policy: CodePolicy) -> int:
    """Wrong tries that the budget and its delays leave one identifier in a day."""
    made, at = 0, 0
    while made < policy.failure_budget and (at := at + policy.delay(made)) < FAILURE_WINDOW:
        made += 1
    return made
