"""What it means for a mail when a client cannot show a feature, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carteiro.templates.checks.findings import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """``advice`` is a sentence; ``severity`` is a warning where the reader loses something."""

    severity: Severity
    advice: str


def _lost(advice: str) -> Effect:
    return Effect(severity=Severity.WARNING, advice=advice)


def _plainer(advice: str) -> Effect:
    return Effect(severity=Severity.NOTE, advice=advice)


_ARRANGE = _lost("Arrange with tables: what stands side by side is a row.")
_FLOW = _lost("Leave it in the flow of the text; nested tables hold what must keep its place.")
_SHOWN = _lost("What is hidden by it is seen there: use `display: none`, or leave it out.")
_FORM = _lost("Nobody can fill it in there: link to a page.")
_MEDIA = _lost("Link to it from an image with an alt text.")
_FORMAT = _lost("Use PNG, JPEG or GIF.")
_SHEET = _lost("It is not loaded there: write the rules into `<style>`.")
_CONTENT = _lost("It is not read there: write the text into the mail itself.")
_VALUE = _lost("The declaration is dropped there: write the value itself.")
_BACKGROUND = _plainer("Give it a `background-color` too, on which the text can be read.")
_UNIT = _plainer("The declaration is dropped there: write one in px before it.")
_LOGICAL = _plainer("Write the sides by name: `left`, `right`, `top`, `bottom`.")
_DEFAULT = _plainer(
    "The mail must read well without it; in `@media screen` it is for those that know it."
)

_EFFECTS: Mapping[str, Effect] = {
    **dict.fromkeys(
        (
            *("display:flex", "display:grid", "float", "columns", "column-count", "column-width"),
            *("grid-template", "grid-template-areas", "grid-template-columns"),
            "grid-template-rows",
        ),
        _ARRANGE,
    ),
    **dict.fromkeys(("position", "top", "left", "right", "bottom", "inset", "z-index"), _FLOW),
    **dict.fromkeys(("visibility", "opacity", "[hidden]", "clip-path"), _SHOWN),
    **dict.fromkeys(
        ("<form>", "<input>", "<button>", "<select>", "<textarea>", "<dialog>", "[popover]"), _FORM
    ),
    **dict.fromkeys(("<video>", "<audio>", "<object>", "<marquee>", ".mp4"), _MEDIA),
    **dict.fromkeys(("<meter>", "<progress>"), _CONTENT),
    **dict.fromkeys(
        (".webp", ".avif", ".svg", ".heic", ".heif", ".bmp", ".tif", ".tiff", ".ico"), _FORMAT
    ),
    "<svg>": _lost("Use an `<img>` of a PNG with an alt text."),
    "<picture>": _plainer("The `<img>` in it is what they show: make it one that fits all."),
    "<map>": _lost("Cut the image, and make each part a link."),
    **dict.fromkeys(("[srcset]", "[sizes]"), _plainer("`src` is what they show: make it fit all.")),
    **dict.fromkeys(("<link>", "@import"), _SHEET),
    "@font-face": _plainer("End the list of fonts with one that everybody has, such as Arial."),
    **dict.fromkeys(("::before", "::after"), _CONTENT),
    **dict.fromkeys(("var()", "nesting", "light-dark()", "lab()", "lch()", "oklab()"), _VALUE),
    "oklch()": _VALUE,
    "rgba()": _plainer("The declaration is dropped there: write an opaque colour, as `#rrggbb`."),
    "rgb()": _lost("Write commas between the numbers, or `#rrggbb`: Gmail drops the attribute."),
    **dict.fromkeys(
        (
            *("background-image", "linear-gradient()", "radial-gradient()", "conic-gradient()"),
            *("repeating-linear-gradient()", "repeating-radial-gradient()"),
        ),
        _BACKGROUND,
    ),
    **dict.fromkeys(("calc()", "clamp()", "min()", "max()"), _UNIT),
    **dict.fromkeys(("1rem", "1vh", "1vw", "1vmin", "1vmax", "1ch"), _UNIT),
    "<bdi>": _plainer('Write `<span dir="auto">`, which keeps a name apart as well.'),
}
_LOGICAL_PREFIXES = ("margin-", "padding-", "border-inline", "border-block")
_LOGICAL_PARTS = ("inline", "block")

ENHANCING: Mapping[str, str] = {
    "for voices": "[aria-describedby] [aria-hidden] [aria-label] [aria-labelledby] [aria-live] "
    "[role]",
    "tags that go while their text stays": "<abbr> <acronym> <article> <aside> <details> "
    "<figcaption> <figure> <footer> <header> <main> <mark> <nav> <section> <summary> <time> <ruby> "
    "<wbr> <dfn> <strike> <body> <base>",
    "an answer to the dark mode of some": "color-scheme",
    "for those that know it": "@supports [loading] [target] [required]",
    "found by looking at the element, not the rule": "padding width max-width height",
    "put into `style` attributes when the mail is made": ":first-child :first-of-type :last-child "
    ":last-of-type :only-child :only-of-type :nth-child :nth-of-type :nth-last-child "
    ":nth-last-of-type :not :has :lang",
}
"""What the lint keeps quiet about, as nobody loses anything, by the reason."""
_QUIET = frozenset(name for names in ENHANCING.values() for name in names.split())


def effect_of(feature: str) -> Effect | None:
    """What to say of a feature that a client cannot show; ``None`` for nothing."""
    if feature in _QUIET:
        return None
    if feature in _EFFECTS:
        return _EFFECTS[feature]
    if feature.startswith(_LOGICAL_PREFIXES) and any(part in feature for part in _LOGICAL_PARTS):
        return _LOGICAL
    return _DEFAULT
