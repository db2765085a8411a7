"""What of an HTML mail nobody sees, by its own attributes and inlined styles.

This reads what authors write to hide a preheader or one of two versions; it is no layout engine. A
rule of a media query hides nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

NEVER_SHOWN = frozenset(
    (
        *("head", "style", "script", "title", "template", "noembed", "object", "audio", "video"),
        *("iframe", "canvas", "datalist", "progress", "meter", "rp", "meta", "link", "base"),
        *("param", "source", "track", "noframes", "col", "colgroup"),
        # Of SVG and MathML: what describes or defines, and is not drawn where it stands.
        *("desc", "defs", "symbol", "clippath", "mask", "pattern", "metadata", "annotation"),
        *("annotation-xml", "marker", "lineargradient", "radialgradient", "filter"),
    )
)
"""Elements whose text is not shown."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"""\s*([-\w]+)\s*:\s*((?:[^;"']|"[^"]*"?|'[^']*'?)*)""")
_IMPORTANT = re.compile(r"\s*!\s*important\s*\Z", re.IGNORECASE)
_ZERO = re.compile(r"[+-]?0*\.?0+(?:[a-z]+|%)?\Z", re.IGNORECASE)
_FAR_AWAY = re.compile(r"-\d{3,}")
_CLEAR = re.compile(r"(?:rgb|hsl)a?\(.*[,/]\s*0?\.?0+%?\s*\)")
_SIZE = re.compile(r"(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|%))")
_CLIPS = frozenset(("hidden", "clip"))


def declarations(style: str) -> Mapping[str, str]:
    """The properties of a ``style`` attribute in lower case; the last one counts (CSS cascade)."""
    found, important = dict[str, str](), set[str]()
    for name, value in _DECLARATION.findall(_COMMENT.sub("", style)):
        key, plain, insists = name.lower(), value.strip().lower(), _IMPORTANT.search(value)
        if insists:
            important.add(key)
            plain = _IMPORTANT.sub("", plain)
        elif key in important:
            continue
        found[key] = plain
    return found


@dataclass(frozen=True, slots=True)
class Sight:
    """How text is seen in an element: inherited, unless an element inside says otherwise."""

    without_size: bool = False
    invisible: bool = False
    transparent: bool = False

    @property
    def shows_text(self) -> bool:
        """Whether text right here is seen."""
        return not (self.without_size or self.invisible or self.transparent)

    def within(self, style: Mapping[str, str]) -> Sight:
        """The same inside an element with this style."""
        if not style:
            return self
        inside = self
        if (size := style.get("font-size") or _size_in(style.get("font", ""))) is not None:
            inside = replace(inside, without_size=_ZERO.match(size) is not None)
        if (visibility := style.get("visibility")) is not None:
            inside = replace(inside, invisible=visibility in {"hidden", "collapse"})
        if (colour := style.get("color")) is not None:
            inside = replace(inside, transparent=_is_transparent(colour))
        return inside


def hides(attributes: Mapping[str, str | None], style: Mapping[str, str]) -> bool:
    """Whether nothing inside the element is seen, whatever it says.

    ``mso-hide`` is not asked here: it hides from Outlook alone.
    """
    if "hidden" in attributes or "popover" in attributes:
        return True
    if style.get("display") == "none" or _FAR_AWAY.match(style.get("text-indent", "")):
        return True
    if _is_zero(style, "opacity") or _is_zero(style, "max-height"):
        return True
    clipped = not _CLIPS.isdisjoint(style.get("overflow", "").split())
    return clipped and any(_is_zero(style, name) for name in ("height", "width", "max-width"))


def _is_zero(style: Mapping[str, str], name: str) -> bool:
    return _ZERO.match(style.get(name, "")) is not None


def _is_transparent(colour: str) -> bool:
    return colour == "transparent" or _CLEAR.match(colour) is not None


def _size_in(font: str) -> str | None:
    found = _SIZE.search(font)
    return found[1] if found else None
