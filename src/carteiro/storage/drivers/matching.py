"""Patterns for SQLite as PostgreSQL has them: LIKE, SIMILAR TO and regular expressions.

A pattern comes from a request, so it is matched by RE2, whose time is linear in the text: no
pattern can hang the process.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from carteiro.errors import InvalidRequestInput
from carteiro.model.search import SearchMode

_SIMILAR_AS_IS = frozenset("|*+?{}()[]^-,0123456789")


def matches(mode: str, pattern: str, case_sensitive: int, value: str | None) -> int | None:
    """Whether ``value`` matches; ``None`` for no value, as SQL has it."""
    if value is None:
        return None
    return int(_compiled(mode, pattern, bool(case_sensitive)).search(value) is not None)


def require_pattern(mode: SearchMode, pattern: str) -> None:
    """Refuse a pattern that is none. Raises ``InvalidRequestInput``."""
    _compiled(mode, pattern, True)


def like_pattern(pattern: str | None) -> str | None:
    """The pattern for a LIKE over lower-cased columns. Raises ``InvalidRequestInput``."""
    if pattern is None:
        return None
    require_pattern(SearchMode.LIKE, pattern)
    return pattern.lower()


@lru_cache(maxsize=64)
def _compiled(mode: str, pattern: str, case_sensitive: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    options.case_sensitive = case_sensitive
    match mode:
        case SearchMode.LIKE:
            text = f"^{_like(pattern)}$"
        case SearchMode.SIMILAR_TO:
            text = f"^(?:{_similar(pattern)})$"
        case _:
            text = pattern
    try:
        return re2.compile(text, options)
    except re2.error:
        raise InvalidRequestInput("The search pattern cannot be read.") from None


def _like(pattern: str) -> str:
    """``%`` is any text, ``_`` any character, a backslash makes the next one plain."""
    parts, letters = list[str](), iter(pattern)
    for letter in letters:
        if letter == "\\":
            after = next(letters, None)
            if after is None:
                raise InvalidRequestInput("The search pattern ends with an escape.")
            parts.append(re2.escape(after))
        else:
            parts.append({"%": ".*", "_": "."}.get(letter) or re2.escape(letter))
    return "".join(parts)


def _similar(pattern: str) -> str:
    """The SQL regular expression: LIKE's wildcards with alternation, repetition and groups."""
    parts, letters = list[str](), iter(pattern)
    for letter in letters:
        if letter == "\\":
            parts.append(re2.escape(next(letters, "")))
        elif letter in _SIMILAR_AS_IS:
            parts.append(letter)
        else:
            parts.append({"%": ".*", "_": "."}.get(letter) or re2.escape(letter))
    return "".join(parts)
