"""The text that a mail shows, piece by piece, with the colours that it has there.

Styles are read as they are mailed: inlined. A picture behind a text is not looked at, as many
clients do not show it; then the background colour is what the text stands on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from selectolax.lexbor import LexborNode

from carteiro.templates.checks.clients.colours import BLACK, LINK, WHITE, Rgb, over, parsed
from carteiro.templates.checks.document import CODE
from carteiro.templates.inlining import Inlined
from carteiro.templates.markup import Tag
from carteiro.templates.text_part.visibility import NEVER_SHOWN, Sight, declarations, hides

_LENGTH = re.compile(r"(\d*\.?\d+)(px|pt|em|rem|%)")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0}
_SIZES: Mapping[str, float] = {
    "h1": 32.0,
    "h2": 24.0,
    "h3": 18.72,
    "h4": 16.0,
    "h5": 13.28,
    "h6": 10.72,
    "xx-small": 9.0,
    "x-small": 10.0,
    "small": 13.0,
    "medium": 16.0,
    "large": 18.0,
    "x-large": 24.0,
    "xx-large": 32.0,
}
"""In CSS pixels, of elements and of keywords (HTML §15.3, CSS Fonts §2.5)."""
_BOLD = frozenset(("b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"))
_LARGE, _LARGE_BOLD = 24.0, 18.66
"""What WCAG 2.2 calls large text: 18 points, or 14 when bold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run of text; ``tag`` is the innermost one around it, ``None`` outside of all.

    ``colour`` and ``background`` are ``None`` where nobody can tell. ``directed`` says that an
    element in the body has a ``dir``; ``spoken`` that a label says the code instead of the text.
    """

    text: str
    tag: Tag | None
    colour: Rgb | None
    background: Rgb | None
    is_large: bool
    directed: bool
    spoken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What holds where a node stands."""

    tag: Tag | None = None
    sight: Sight = field(default_factory=Sight)
    colour: Rgb | None = BLACK
    background: Rgb | None = WHITE
    size: float = 16.0
    bold: bool = False
    directed: bool = False
    spoken: bool = False


def seen(inlined: Inlined) -> Iterator[Seen]:
    """Every run of text that is not hidden, in order."""
    root = inlined.tree.root
    left: list[tuple[LexborNode, _Place]] = [(root, _Place())] if root is not None else []
    while left:
        node, place = left.pop()
        if node.tag == "-text":
            text = node.text(deep=False) or ""
            if text.strip() and place.sight.shows_text:
                yield _run(text, place)
            continue
        inside = _within(node, place, inlined) if node.tag is not None else place
        if inside is not None:
            left += ((child, inside) for child in reversed(list(node.iter(include_text=True))))


def _run(text: str, place: _Place) -> Seen:
    return Seen(
        text=text,
        tag=place.tag,
        colour=place.colour,
        background=place.background,
        is_large=place.size >= (_LARGE_BOLD if place.bold else _LARGE),
        directed=place.directed,
        spoken=place.spoken,
    )


def _within(node: LexborNode, place: _Place, inlined: Inlined) -> _Place | None:
    """What holds inside an element; ``None`` where nothing in it is shown."""
    name, attributes = str(node.tag), node.attributes
    style = declarations(attributes.get("style") or "")
    if name in NEVER_SHOWN or hides(attributes, style):
        return None
    number = attributes.get(inlined.mark)
    tag = inlined.tags[int(number)] if number else place.tag
    background = _background(attributes, style, place)
    return replace(
        place,
        tag=tag,
        sight=place.sight.within(style),
        background=background,
        colour=_colour(name, attributes, style, place, background),
        size=_size(name, style, place.size),
        bold=_is_bold(name, style, bold=place.bold),
        directed=place.directed
        or (name not in {"html", "body"} and bool(attributes.get("dir")))
        or style.get("direction") == "rtl",
        spoken=place.spoken or CODE in (attributes.get("aria-label") or ""),
    )


_Attributes = Mapping[str, Any]


def _background(attributes: _Attributes, style: Mapping[str, str], place: _Place) -> Rgb | None:
    written = style.get("background-color") or style.get("background")
    if written is None:
        written = attributes.get("bgcolor")
    colour = parsed(written or "")
    return over(colour, place.background) if colour else place.background


def _colour(
    name: str,
    attributes: _Attributes,
    style: Mapping[str, str],
    place: _Place,
    background: Rgb | None,
) -> Rgb | None:
    written = style.get("color") or attributes.get("color" if name == "font" else "text")
    if written in {"inherit", "currentcolor"}:
        return place.colour
    if written:
        colour = parsed(written)
        return over(colour, background) if colour else None
    return LINK if name == "a" and attributes.get("href") is not None else place.colour


def _size(name: str, style: Mapping[str, str], inherited: float) -> float:
    size = _SIZES.get(name, inherited)
    written = style.get("font-size") or style.get("font", "")
    if (found := _LENGTH.search(written)) is not None:
        number, unit = float(found[1]), found[2]
        if unit in {"em", "%"}:
            return inherited * number / (100 if unit == "%" else 1)
        return number * _PIXELS[unit]
    return _SIZES.get(written, size)


def _is_bold(name: str, style: Mapping[str, str], *, bold: bool) -> bool:
    written = style.get("font-weight") or style.get("font", "").split(" ", 1)[0]
    if written in {"bold", "bolder"}:
        return True
    if written.isdecimal():
        return int(written[:5]) >= 600
    return False if written == "normal" else bold or name in _BOLD
