"""Whether a new password is good enough for a tenant, and if not, why (sign-in details §0)."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

Issue = dict[str, Any]
_RUN = 3
"""How many letters make a repetition or a sequence."""
_LEFT = 3
"""So many letters have to be nobody's guess."""
_DIGITS = ("0123456789", "1234567890")
_LETTERS = (
    *("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm"),
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol"),
)
_FORWARD = (*_DIGITS, *_LETTERS, *(row.upper() for row in _LETTERS))
_SEQUENCES = (*_FORWARD, *(row[::-1] for row in _FORWARD))
_RESTS = {
    letter: tuple(row[row.index(letter) :] for row in _SEQUENCES if letter in row)
    for letter in set("".join(_SEQUENCES))
}
"""How a sequence can go on, by the letter that it begins with."""
_SIGNS = frozenset(string.punctuation + " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """A tenant's policy with its defaults filled in."""

    min_length: int
    max_length: int
    min_types: int
    leaked: bool
    runs: bool
    user_info: bool
    words: Sequence[str]


def password_policy(stored: Mapping[str, Any]) -> PasswordPolicy:
    """Read the setting; what it leaves out is 8 to 256 characters of one type, all rejects on."""
    length = stored.get("length") or {}
    rejects = stored.get("rejects") or {}
    return PasswordPolicy(
        min_length=length.get("min", 8),
        max_length=length.get("max", 256),
        min_types=(stored.get("characterTypes") or {}).get("min", 1),
        leaked=rejects.get("pwned", True),
        runs=rejects.get("repetitionAndSequence", True),
        user_info=rejects.get("userInfo", True),
        words=rejects.get("words") or (),
    )


def personal_words(
    *, name: str | None, username: str | None, email: str | None, phone: str | None
) -> list[str]:
    """What a password of this person may not be made of."""
    words = [username, phone, email.partition("@")[0] if email else None]
    if name:
        words += [name, "".join(name.split()), *name.split()]
    return [word for word in words if word]


def password_issues(
    password: str, policy: PasswordPolicy, personal: Sequence[str], *, leaked: bool
) -> list[Issue]:
    """What is wrong with a password, as the wire names it and in its order.

    ``leaked`` says whether it is known to have leaked (``leaked_passwords``).
    """
    return list(_issues(password, policy, personal, leaked=leaked))


def _issues(
    password: str, policy: PasswordPolicy, personal: Sequence[str], *, leaked: bool
) -> Iterator[Issue]:
    if len(password) < policy.min_length:
        yield _issue("too_short", min=policy.min_length)
    elif len(password) > policy.max_length:
        yield _issue("too_long", max=policy.max_length)
    types = {_type_of(letter) for letter in password}
    if None in types:
        yield _issue("unsupported_characters")
    elif len(types) < policy.min_types:
        yield _issue("character_types", min=policy.min_types)
    if policy.leaked and leaked:
        yield _issue("pwned")
    for kind in _guessable(password, policy, personal if policy.user_info else ()):
        yield _issue(f"restricted.{kind}")


def _issue(code: str, **interpolation: int) -> Issue:
    issue: Issue = {"code": f"password_rejected.{code}"}
    return {**issue, "interpolation": interpolation} if interpolation else issue


def _type_of(letter: str) -> str | None:
    for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits):
        if letter in kind:
            return kind
    return "signs" if letter in _SIGNS else None


def _guessable(password: str, policy: PasswordPolicy, personal: Sequence[str]) -> Sequence[str]:
    """What a password is made of, in the order of appearance, where hardly anything else is left.

    A password may begin with the person's name: what counts is how many letters are left over.
    """
    folded = password.lower()
    words = {"user_info": _within(folded, personal), "words": _within(folded, policy.words)}
    kinds: dict[str, None] = {}
    covered = place = 0
    while place < len(password):
        lengths = {
            kind: max((len(word) for word in known if folded.startswith(word, place)), default=0)
            for kind, known in words.items()
        }
        if policy.runs:
            lengths["repetition"] = _repetition(password, place)
            lengths["sequence"] = _sequence(password, place)
        longest = max(lengths.values())
        kinds |= {kind: None for kind, length in lengths.items() if longest == length > 0}
        covered += longest
        place += longest or 1
    return tuple(kinds) if covered > max(1, len(password) - _LEFT) else ()


def _within(folded: str, words: Sequence[str]) -> list[str]:
    return [word.lower() for word in words if word and word.lower() in folded]


def _repetition(text: str, start: int) -> int:
    end = start + 1
    while end < len(text) and text[end] == text[start]:
        end += 1
    return end - start if end - start >= _RUN else 0


def _sequence(text: str, start: int) -> int:
    lengths = (_common(rest, text, start) for rest in _RESTS.get(text[start], ()))
    length = max(lengths, default=0)
    return length if length >= _RUN else 0


def _common(rest: str, text: str, start: int) -> int:
    pairs = zip(rest, text[start : start + len(rest)], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
