"""Carrying placeholders through tools that read HTML, which would move, decode or escape them.

Each placeholder is replaced by a token that such a tool leaves alone, and put back afterwards.
Between tags a token is a comment, the one thing that an HTML parser keeps in its place even inside
a table; elsewhere it is a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from carteiro.templates.html_reader import HtmlReader, State
from carteiro.templates.placeholders import Part, Placeholder, Slot


class Tokens:
    """The placeholders of one template, by token."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._placeholders: list[Placeholder | Slot] = [
            part for part in parts if isinstance(part, Placeholder)
        ]
        text = "".join(part for part in parts if isinstance(part, str)).lower()
        self.has_markup = "<" in text
        mark = "zq"
        while mark in text:
            mark += "q"
        self._mark = mark
        self.word = re.compile(rf"{mark}(\d+)z")
        self.between_tags = re.compile(rf"=({mark}\d+z)")
        """What the comment holds that stands for a placeholder between tags: the word of it."""
        self._token = re.compile(rf"<!--={mark}(\d+)z-->|{mark}(\d+)z")
        self.html = self._protect(parts, mark)

    def _protect(self, parts: Sequence[Part], mark: str) -> str:
        reader, written, number = HtmlReader(), list[str](), 0
        for at, part in enumerate(parts):
            if isinstance(part, Placeholder):
                word = f"{mark}{number}z"
                between_tags = reader.state is State.TEXT and not reader.conditional
                written.append(f"<!--={word}-->" if between_tags else word)
                reader.pass_placeholder()
                number += 1
            else:
                written.append(reader.read(part, placeholder_follows=at + 1 < len(parts)))
        return "".join(written)

    def add(self, part: Slot) -> str:
        """A token for a placeholder that is written in a way of its own."""
        self._placeholders.append(part)
        return f"{self._mark}{len(self._placeholders) - 1}z"

    def restore(self, text: str) -> list[Part | Slot]:
        """Literal text and placeholders again. What is literal now stays so."""
        parts, end = list[Part | Slot](), 0
        for found in self._token.finditer(text):
            if found.start() > end:
                parts.append(text[end : found.start()])
            parts.append(self._placeholders[int(found[1] or found[2])])
            end = found.end()
        if end < len(text):
            parts.append(text[end:])
        return parts

    def placeholders_in(self, text: str) -> frozenset[Placeholder]:
        """The placeholders of a text that has tokens."""
        return frozenset(part for part in self.restore(text) if isinstance(part, Placeholder))

    def named(self, text: str) -> str:
        """The text with its placeholders by name, however they are written, for comparing."""
        return "".join(
            part if isinstance(part, str) else _name(part) for part in self.restore(text)
        )


def _name(part: Placeholder | Slot) -> str:
    placeholder = part.placeholder if isinstance(part, Slot) else part
    return f"{{{{{'.'.join((placeholder.root, *placeholder.path))}}}}}"
