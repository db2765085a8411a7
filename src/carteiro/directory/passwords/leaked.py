"""Passwords that everybody knows: those that leaked most, and what people make of them.

The list is zxcvbn's (30,000 passwords by how often they leaked), so nothing is asked of a network.
It takes a fifth of a second to load: call this beside the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

_COMMONEST = 1000
_WORDS_AT_MOST = 2
_EXTRAS_AT_MOST = 6
_WORD = re.compile(r"[a-z]+")


def is_leaked(password: str) -> bool:
    """Whether a password is on the list, or one or two of its commonest with little around them.

    Letters' case does not count; "little" is six digits or signs (``test_password``,
    ``Summer-2024!``).
    """
    folded = password.lower()
    ranks = _ranks()
    if folded in ranks:
        return True
    words = _WORD.findall(folded)
    extras = len(folded) - sum(map(len, words))
    return (
        1 <= len(words) <= _WORDS_AT_MOST
        and extras <= _EXTRAS_AT_MOST
        and all(ranks.get(word, _COMMONEST) < _COMMONEST for word in words)
    )


@cache
def _ranks() -> Mapping[str, int]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - large, and rarely needed

    return {word: rank for rank, word in enumerate(FREQUENCY_LISTS["passwords"])}
