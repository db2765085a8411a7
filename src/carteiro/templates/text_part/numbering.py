"""What stands before the items of a list (HTML §4.4.5 and §4.4.8, CSS counter styles)."""

from __future__ import annotations

import re
from collections.abc import Mapping

BULLET = "-"

_INTEGER = re.compile(r"[\t\n\f\r ]*([+-]?[0-9]{1,9})")
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_STYLES = {
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
    "lower-roman": "i",
    "upper-roman": "I",
    "decimal": "1",
    "decimal-leading-zero": "1",
    **dict.fromkeys(("disc", "circle", "square"), BULLET),
    "none": "",
}


def integer(text: str | None) -> int | None:
    """A number as HTML reads it: what follows the digits does not count (HTML §2.3.4.1)."""
    found = _INTEGER.match(text or "")
    return int(found[1]) if found else None


class ListCounter:
    """Counts the items of one list. ``items`` is how many it has, for a list that counts down."""

    def __init__(
        self,
        *,
        ordered: bool,
        attributes: Mapping[str, str | None],
        style: Mapping[str, str],
        items: int,
    ) -> None:
        self._step = -1 if "reversed" in attributes else 1
        start = integer(attributes.get("start"))
        self._next = start if start is not None else items if self._step < 0 else 1
        kind = _kind(attributes, style)
        self._kind = kind if kind is not None else "1" if ordered else BULLET

    def marker(self, attributes: Mapping[str, str | None], style: Mapping[str, str]) -> str:
        """What stands before the next item; nothing where the list shows nothing."""
        value = integer(attributes.get("value"))
        ordinal = value if value is not None else self._next
        self._next = ordinal + self._step
        own = _kind(attributes, style)
        kind = self._kind if own is None else own
        return kind if kind in (BULLET, "") else f"{_written(ordinal, kind)}."


def _kind(attributes: Mapping[str, str | None], style: Mapping[str, str]) -> str | None:
    """How items are marked, ``""`` for not at all; ``None`` where the element does not say."""
    for word in (style.get("list-style-type") or style.get("list-style") or "").split():
        if word in _STYLES:
            return _STYLES[word]
    written = (attributes.get("type") or "").strip()
    if written in ("1", "a", "A", "i", "I"):
        return written
    return BULLET if written.lower() in ("disc", "circle", "square") else None


def _written(number: int, kind: str) -> str:
    """The number in letters, Roman or decimal digits; decimal where the kind has no sign for it."""
    if kind in "iI" and 1 <= number <= 3999:
        text = ""
        for value, sign in _ROMAN:
            count, number = divmod(number, value)
            text += sign * count
    elif kind in "aA" and number >= 1:
        text = ""
        while number:
            number, letter = divmod(number - 1, 26)
            text = chr(ord("a") + letter) + text
    else:
        return str(number)
    return text.upper() if kind.isupper() else text
