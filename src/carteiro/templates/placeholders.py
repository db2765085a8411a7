"""Placeholders, ``{{ name.path }}``: compiled once, filled many times (connectors §1.4).

A root that the payload does not have leaves the placeholder as it is written, blanks included; a
root that is there and a path that leads nowhere give nothing. One pass: what a value holds is never
looked at again. Only a mapping's own keys and a list's own positions count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro.errors import InvalidTemplate
from carteiro.templates.escaping import plain
from carteiro.templates.values import step_into, text_of

Encode = Callable[[str], str]

# White space as ECMAScript's \s has it: the templates were written for that.
_SPACE = "[\\t\\n\\v\\f\\r \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]"
# Possessive repetition: no input can make the search slower than linear.
PLACEHOLDER = re.compile(rf"\{{\{{{_SPACE}*+([A-Za-z0-9_.]++){_SPACE}*+\}}\}}")

MAX_CHARACTERS = 524_288
"""The longest text that is compiled, in characters; mail programs cut off far below this."""
MAX_RENDERED = 8_388_608
"""The longest text that a template with many placeholders may become, in characters."""
_MANY = 64

_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder: how it is written, the variable, and the way into it."""

    verbatim: str
    root: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A placeholder and how a value is written in its place."""

    placeholder: Placeholder
    encode: Encode


Part = str | Placeholder


def split(source: str) -> list[Part]:
    """Literal text and placeholders, in order. Raises ``InvalidTemplate`` above the size limit."""
    if len(source) > MAX_CHARACTERS:
        raise InvalidTemplate(f"A template has at most {MAX_CHARACTERS:,} characters.")
    return list(_parts(source))


def _parts(source: str) -> Iterator[Part]:
    end = 0
    for found in PLACEHOLDER.finditer(source):
        root, *path = found[1].split(".")
        if root:
            if found.start() > end:
                yield source[end : found.start()]
            yield Placeholder(found[0], root, tuple(path))
            end = found.end()
    if end < len(source):
        yield source[end:]


class FilledText:
    """A text with placeholders, ready to be filled.

    ``render`` is the hot path of every mail: the literal pieces stand in a list with a verbatim
    placeholder between them, each value replaces its own, and the list is joined.
    """

    __slots__ = ("_pieces", "_slots")

    def __init__(self, parts: Sequence[str | Slot]) -> None:
        self._pieces = [
            part if isinstance(part, str) else part.placeholder.verbatim for part in parts
        ]
        self._slots = tuple(
            (at, part.placeholder.root, part.placeholder.path, part.encode)
            for at, part in enumerate(parts)
            if isinstance(part, Slot)
        )

    @property
    def variables(self) -> Iterator[tuple[str, ...]]:
        """What it asks for: each variable's name and the way into it."""
        return ((root, *path) for _, root, path, _ in self._slots)

    def render(self, payload: Mapping[str, Any]) -> str:
        """Fill in the values. Raises ``InvalidTemplate`` when the result would be enormous."""
        if len(self._slots) > _MANY:
            return self._render_bounded(payload)
        pieces = self._pieces.copy()
        get = payload.get
        for at, root, path, encode in self._slots:
            value = get(root, _ABSENT)
            if value is _ABSENT:
                continue
            for step in path:
                value = value.get(step) if type(value) is dict else step_into(value, step)
            pieces[at] = encode(value if type(value) is str else text_of(value))
        return "".join(pieces)

    def _render_bounded(self, payload: Mapping[str, Any]) -> str:
        pieces, known = self._pieces.copy(), dict[tuple[Any, ...], str]()
        room = MAX_RENDERED - sum(map(len, pieces))
        for at, root, path, encode in self._slots:
            if root not in payload:
                continue
            key = (root, path, encode)
            if key not in known:
                value = payload[root]
                for step in path:
                    value = step_into(value, step)
                known[key] = encode(text_of(value))
            pieces[at] = known[key]
            room -= len(pieces[at])
            if room < 0:
                raise InvalidTemplate(f"The mail would have more than {MAX_RENDERED:,} characters.")
        return "".join(pieces)


def compile_text(source: str | Sequence[Part | Slot], encode: Encode = plain) -> FilledText:
    """Compile a text in which every value is written the same way, but where a slot says how.

    Raises ``InvalidTemplate`` for a text above ``MAX_CHARACTERS``.
    """
    parts = split(source) if isinstance(source, str) else source
    return FilledText(
        [Slot(part, encode) if isinstance(part, Placeholder) else part for part in parts]
    )
