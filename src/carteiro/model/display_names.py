"""The name before an address: what it may hold, how it is read, how it is written.

A display name is atoms or one quoted string (RFC 5322 §3.2.3 to §3.2.5, §3.4; letters beyond ASCII
by RFC 6532 §3.2). The quotes are no part of the name, so they go when it is read and come back,
where it needs them, when it is written. ``phrase`` is the only place that writes one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

LONGEST_NAME = 200
"""Characters of a name that are kept: no mail program shows more."""

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Marks that turn the direction of what follows could make an address read as another one.
_DROPPED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069<>]+")
_HALF = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(" {2,}")
_QUOTED_FIRST = re.compile(r'"((?:[^"\\]|\\.)*)" *(?=<|\Z)', re.DOTALL)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")

Character = TypeVar("Character")


def clean_name(text: str) -> str:
    """A name on one line: without controls, angle brackets and marks of direction, trimmed.

    It holds no encoded word of its own (RFC 2047): a mail program, or the library that writes the
    header, would decode it into what it hides.
    """
    if text.isascii() and text.isprintable():
        # Most names: of all that is dropped, only brackets can be there.
        text = text.replace("<", "").replace(">", "")
    else:
        text = _HALF.sub("\ufffd", _DROPPED.sub("", text))
    text = text.replace("=?", "= ?")
    if "  " in text:
        text = _BLANKS.sub(" ", text)
    return text.strip()[:LONGEST_NAME].rstrip()


def read_name(text: str) -> str:
    """A name as people write it, clean: one quoted string, or the name itself.

    ``"Doe, Jane"`` is ``Doe, Jane``; ``"A" and "B"`` keeps its four quotes.
    """
    text = text.strip()
    end = quoted_end(text)
    if end is not None and end[1] == len(text):
        text = "".join(unescaped(text[1 : end[0]]))
    return clean_name(text)


def quoted_end(text: str) -> tuple[int, int] | None:
    """Where a quoted name at the start of a mailbox closes, and where what follows it begins.

    ``None`` where the text does not start with a quoted string that is a whole name.
    """
    found = _QUOTED_FIRST.match(text)
    return (found.end(1), found.end()) if found else None


def unescaped(characters: Sequence[Character]) -> list[Character]:
    """The inside of a quoted string without the backslashes of its quoted pairs."""
    kept: list[Character] = []
    escaped = False
    for character in characters:
        if character == "\\" and not escaped:
            escaped = True
        else:
            kept.append(character)
            escaped = False
    return kept


def phrase(name: str) -> str:
    """A clean name as it stands before ``<address>``: as it is, or as one quoted string.

    A name beyond ASCII is quoted, too: atoms of RFC 6532 are not known to every parser.
    """
    if _ATOMS.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
