"""Whether a new password is good enough for a tenant, and if not, why.

Passwords that leaked elsewhere cannot be looked up: nothing here asks another service.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Issue = dict[str, Any]
_RUN = 4
"""How many letters make a repetition or a sequence worth refusing."""
_SHORTEST_WORD = 3


def password_issues(
    password: str, policy: Mapping[str, Any], personal: Sequence[str] = ()
) -> list[Issue]:
    """What is wrong with a password, as the wire names it; ``personal`` are the person's own words.

    Defaults: 8 to 256 characters of one type, no repetition, no sequence, nothing personal.
    """
    return list(_issues(password, policy, personal))


def _issues(password: str, policy: Mapping[str, Any], personal: Sequence[str]) -> Iterator[Issue]:
    length = {"min": 8, "max": 256, **(policy.get("length") or {})}
    types = {"min": 1, **(policy.get("characterTypes") or {})}
    defaults = {"repetitionAndSequence": True, "userInfo": True, "words": []}
    rejects = {**defaults, **(policy.get("rejects") or {})}
    if len(password) < length["min"]:
        yield _issue("too_short", min=length["min"])
    if len(password) > length["max"]:
        yield _issue("too_long", max=length["max"])
    if _types_in(password) < types["min"]:
        yield _issue("character_types", min=types["min"])
    if rejects["repetitionAndSequence"]:
        if _has_run(password, 0):
            yield _issue("restricted.repetition")
        if _has_run(password.lower(), 1) or _has_run(password.lower(), -1):
            yield _issue("restricted.sequence")
    folded = password.casefold()
    if rejects["userInfo"] and _holds(folded, personal):
        yield _issue("restricted.user_info")
    if found := _holds(folded, rejects["words"]):
        yield _issue("restricted.words", words="\n".join(found), count=len(found))


def _issue(code: str, **interpolation: Any) -> Issue:
    issue: Issue = {"code": f"password_rejected.{code}"}
    return {**issue, "interpolation": interpolation} if interpolation else issue


def _types_in(password: str) -> int:
    """How many of lower case, upper case, digits and the rest a password uses."""
    kinds = {
        "lower"
        if letter.islower()
        else "upper"
        if letter.isupper()
        else "digit"
        if letter.isdigit()
        else "other"
        for letter in password
    }
    return len(kinds)


def _has_run(text: str, step: int) -> bool:
    """Whether letters follow one another with the same step for too long."""
    run = 1
    for before, after in itertools.pairwise(text):
        run = run + 1 if ord(after) - ord(before) == step else 1
        if run >= _RUN:
            return True
    return False


def _holds(folded: str, words: Sequence[str]) -> list[str]:
    return [word for word in words if len(word) >= _SHORTEST_WORD and word.casefold() in folded]
