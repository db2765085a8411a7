"""Colours: read from CSS, compared as WCAG does, and changed as clients with a dark mode do.

``turned`` is what Outlook on the web does, by Microsoft's own published code (``getDarkColor`` in
roosterjs, its editor): the lightness in CIELAB is turned round above that of its dark page, the
hue stays. ``half_turned`` is what Android's force-dark does, by AOSP's published code
(``CanvasTransform.cpp``): light backgrounds become dark, dark texts light; all else stays.
"""

from __future__ import annotations

from functools import lru_cache

import tinycss2
from tinycss2.color3 import parse_color

Rgb = tuple[float, float, float]
"""Red, green and blue of sRGB, each from 0 to 1."""
Rgba = tuple[float, float, float, float]

WHITE: Rgb = (1.0, 1.0, 1.0)
BLACK: Rgb = (0.0, 0.0, 0.0)
LINK: Rgb = (0.0, 0.0, 238 / 255)
"""A link without a colour of its own (HTML §15.3.3)."""
_DARK_PAGE = 21.247
"""The lightness of #333333, in CIELAB."""
_D65 = (0.95047, 1.0, 1.08883)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27


@lru_cache(maxsize=4096)
def parsed(css: str) -> Rgba | None:
    """The first colour in a value; ``None`` for none, or one that this does not know."""
    for part in tinycss2.parse_component_value_list(css[:200], skip_comments=True):
        colour = parse_color(part) if part.type in {"ident", "hash", "function"} else None
        if colour is not None and not isinstance(colour, str):
            return (colour.red, colour.green, colour.blue, colour.alpha)
    return _legacy(css)


def _legacy(css: str) -> Rgba | None:
    """A colour of an HTML attribute may lack its #."""
    text = css.strip()
    if len(text) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in text):
        return parsed(f"#{text}")
    return None


def over(colour: Rgba, ground: Rgb | None) -> Rgb | None:
    """What is seen of a colour that may be translucent."""
    *solid, alpha = colour
    if alpha >= 1:
        return (solid[0], solid[1], solid[2])
    if ground is None:
        return None
    red, green, blue = (
        alpha * mine + (1 - alpha) * below for mine, below in zip(solid, ground, strict=True)
    )
    return (red, green, blue)


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio, from 1 to 21 (WCAG 2.2, its glossary)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def written(colour: Rgb) -> str:
    """The colour as ``#rrggbb``."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


@lru_cache(maxsize=1024)
def turned(colour: Rgb) -> Rgb:
    """As where everything is turned: dark becomes light, and light dark."""
    lightness, a, b = _lab(colour)
    return _rgb((100 - lightness) * (100 - _DARK_PAGE) / 100 + _DARK_PAGE, a, b)


@lru_cache(maxsize=1024)
def half_turned(colour: Rgb, *, is_text: bool) -> Rgb:
    """As where only what is in the way is turned: light backgrounds and dark texts."""
    lightness, a, b = _lab(colour)
    opposite = min(110 - lightness, 100.0)
    in_the_way = opposite > lightness if is_text else opposite < lightness
    return _rgb(opposite, a, b) if in_the_way else colour


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(part) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    part = part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
    return min(max(part, 0.0), 1.0)


def _lab(colour: Rgb) -> tuple[float, float, float]:
    red, green, blue = (_linear(part) for part in colour)
    xyz = (
        0.4124564 * red + 0.3575761 * green + 0.1804375 * blue,
        0.2126729 * red + 0.7151522 * green + 0.0721750 * blue,
        0.0193339 * red + 0.1191920 * green + 0.9503041 * blue,
    )
    x, y, z = (_bent(part / white) for part, white in zip(xyz, _D65, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _bent(part: float) -> float:
    return float(part ** (1 / 3)) if part > _EPSILON else (_KAPPA * part + 16) / 116


def _rgb(lightness: float, a: float, b: float) -> Rgb:
    middle = (lightness + 16) / 116
    x, z = _straight(middle + a / 500) * _D65[0], _straight(middle - b / 200) * _D65[2]
    y = _straight(middle)
    return (
        _encoded(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
        _encoded(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
        _encoded(0.0556434 * x - 0.2040259 * y + 1.0572252 * z),
    )


def _straight(part: float) -> float:
    return part**3 if part**3 > _EPSILON else (116 * part - 16) / _KAPPA
