"""``{{placeholders}}``: compiled once, filled in one pass.

The rules are the wire's (connectors §1.4): a key of letters, digits, ``_`` and ``.`` between double
braces; a root that the values do not have leaves the placeholder as it stands; below a root that is
there, what is missing or null is nothing. Only what a value itself holds counts: no attribute, no
method, no name of the language. A value is never looked at again, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from carteiro.errors import InvalidTemplate

MAX_CHARACTERS = 1_000_000
"""A larger text is refused; Gmail shows the first 102 KB of a mail."""
PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_.]+)\s*\}\}")
_MISSING = object()

Escape = Callable[[str], str]


class Text:
    """A compiled text: its literal pieces with the gaps between them."""

    __slots__ = ("_gaps", "_pieces", "roots")

    def __init__(self, source: str, escapes: Callable[[int], Escape | None] | None = None) -> None:
        """Compile. ``escapes`` says for the position of a gap how its value is escaped.

        Raises ``InvalidTemplate`` for a text that is too large.
        """
        if len(source) > MAX_CHARACTERS:
            raise InvalidTemplate(f"A template has at most {MAX_CHARACTERS:,} characters.")
        self._pieces: list[str] = []
        self._gaps: list[_Gap] = []
        end = 0
        for match in PLACEHOLDER.finditer(source):
            self._pieces += (source[end : match.start()], match[0])
            root, *path = match[1].split(".")
            escape = escapes(match.start()) if escapes else None
            self._gaps.append((2 * len(self._gaps) + 1, root, tuple(path), escape))
            end = match.end()
        self._pieces.append(source[end:])
        self.roots = frozenset(gap[1] for gap in self._gaps)

    def render(self, values: Mapping[str, Any]) -> str:
        """Fill the gaps."""
        pieces = self._pieces.copy()
        for place, root, path, escape in self._gaps:
            value = values.get(root, _MISSING)
            if path:
                if value is _MISSING:
                    continue
                value = _walk(value, path)
            if value.__class__ is not str:
                if value is _MISSING:
                    continue
                value = as_text(value)
            pieces[place] = escape(value) if escape else value
        return "".join(pieces)


_Gap = tuple[int, str, tuple[str, ...], Escape | None]


def _walk(value: Any, path: Sequence[str]) -> Any:
    for key in path:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, (list, tuple)) and key.isascii() and key.isdigit():
            place = int(key) if len(key) < 10 else len(value)
            value = value[place] if place < len(value) else None
        else:
            return None
    return value


def as_text(value: Any) -> str:
    """A value as JavaScript writes it, which is what the wire promises."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, (list, tuple)):
        return ",".join(as_text(entry) for entry in value)
    return "[object Object]"
