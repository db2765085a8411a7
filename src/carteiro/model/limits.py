"""How much may come in at once: the caps of a request, and of the answer to a wrong one.

A cap is generous to every client that means well, and small enough that one request neither holds
up the others nor is answered with more than it brought.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carteiro.errors import ValueTooLong

MAX_BODY = 1024 * 1024
"""Bytes of a request's body (management API §1.5)."""
MAX_OWN_DATA = 64 * 1024
"""Characters of JSON that a person keeps in one member of their own account."""
MAX_TOKEN_BODY = 56 * 1024
"""Bytes of a body for the token endpoint, as the reference's provider has it."""
MAX_DEPTH = 100
"""Levels of lists and objects inside one another. What copies, masks, stores or shows a value later
goes down a few calls for each level, so it is well under the interpreter's own limit."""
MAX_ENTRIES = 5000
"""Entries of one list or members of one object; also how many ids a webhook lists (§7.1)."""
MAX_TEMPLATES = 1000
"""Templates in one request: every kind in more than fifty languages."""
MAX_ANSWER = 8 * MAX_BODY
"""Bytes of an answer whose size the caller chooses by repeating what is shown."""
MAX_DIGITS = 308
"""Digits of a whole number; one with more is beyond what other readers of JSON can hold."""
MAX_ISSUES = 100
"""Issues that an error names; the first ones say what is wrong."""
MAX_QUOTED = 200
"""Characters of the given value that an issue repeats."""
MAX_ADDRESS = 16 * 1024
"""Bytes of a request's path and query."""
MAX_HEAD = 32 * 1024
"""Bytes of a request's first line and headers."""
MAX_HEADERS = 100
"""Headers of a request."""

_CONTAINERS = (dict, list)


class TooDeep(ValueError):
    """A value is nested deeper than ``MAX_DEPTH``."""


class TooMany(ValueError):
    """A list or an object has more than ``MAX_ENTRIES`` entries."""


def require_bounded(value: Any) -> None:
    """Refuse a JSON value that is too deep or too wide. Raises ``TooDeep`` or ``TooMany``.

    It goes level by level and not down, so that no value is too deep for the check itself.
    """
    level = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [inner for one in level for inner in _members(one) if type(inner) in _CONTAINERS]
    if level:
        raise TooDeep(f"nested more than {MAX_DEPTH} levels deep")


def _members(container: Any) -> Iterable[Any]:
    if len(container) > MAX_ENTRIES:
        raise TooMany(f"a list or an object has more than {MAX_ENTRIES} entries")
    return container.values() if isinstance(container, dict) else container


def require_storable(text: str) -> None:
    """Refuse a value that has grown beyond what one request could have brought.

    Raises ``ValueTooLong``.
    """
    if len(text) > MAX_BODY:
        raise ValueTooLong(f"At most {MAX_BODY} characters are kept.")


def quoted(text: str) -> str:
    """A given text as an error repeats it."""
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"
