"""What a value may be at each place of an HTML template, decided when it is compiled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from carteiro.templates import escaping
from carteiro.templates.html_reader import GAP, HtmlReader, State
from carteiro.templates.placeholders import Encode, Part, Placeholder, Slot

_URL_ATTRIBUTES = frozenset(
    (
        *("action", "background", "cite", "codebase", "data", "formaction", "href", "icon"),
        *("longdesc", "manifest", "ping", "poster", "src", "srcset", "xlink:href"),
    )
)
_SAFE_SCHEMES = frozenset(("http", "https", "mailto", "tel", "sms", "cid"))
_URL_SCHEME = re.compile(r"\s*([^:/?#]*)([:/?#])")
_IN_CSS_URL = re.compile(r"url\(\s*[\"']?([^\"')]*)\Z", re.IGNORECASE)


def in_context(parts: Sequence[Part]) -> list[str | Slot]:
    """Give every placeholder of an HTML template the encoding that its place needs.

    Raises ``InvalidTemplate`` when elements nest too deep.
    """
    reader, placed = HtmlReader(), list[str | Slot]()
    for at, part in enumerate(parts):
        if isinstance(part, Placeholder):
            placed.append(Slot(part, encode_at(reader)))
            reader.pass_placeholder()
        else:
            placed.append(reader.read(part, placeholder_follows=at + 1 < len(parts)))
    return placed


def encode_at(reader: HtmlReader) -> Encode:
    """How a value is written where the reader stands."""
    match reader.state:
        case State.TEXT:
            return escaping.comment if reader.conditional else escaping.html
        case State.COMMENT:
            return escaping.comment
        case State.RAW_TEXT:
            return _in_raw_text(reader)
        case State.TAG | State.AFTER_NAME | State.BEFORE_VALUE | State.DECLARATION:
            return escaping.nothing
        case _:
            return _in_attribute(reader)


def _in_raw_text(reader: HtmlReader) -> Encode:
    if reader.foreign or reader.conditional:
        return escaping.nothing
    match reader.element:
        case "style":
            return _in_css(reader.value, escaping.css_url, escaping.css_url_part)
        case "script":
            return escaping.script
        case "title" | "textarea":
            return escaping.rcdata
        case _:
            return escaping.html


def _in_attribute(reader: HtmlReader) -> Encode:
    name = reader.attribute
    if reader.torn or name.startswith("on") or name == "srcdoc":
        return escaping.nothing
    if name == "style":
        return _in_css(reader.value, escaping.style_url, escaping.style_url_part)
    if name in _URL_ATTRIBUTES:
        return _in_url(unescape(reader.value))
    return escaping.html


def _in_url(before: str) -> Encode:
    """What a placeholder in a URL may bring, by what stands before it in the same URL."""
    scheme = _URL_SCHEME.match(before)
    if scheme is None:
        return escaping.url_open if before.strip() else escaping.url
    if scheme[2] == ":" and GAP not in scheme[1] and scheme[1].lower() not in _SAFE_SCHEMES:
        return escaping.nothing
    return escaping.url_part


def _in_css(before: str, whole: Encode, part: Encode) -> Encode:
    found = _IN_CSS_URL.search(before)
    if found is None:
        return escaping.css
    return part if found[1] else whole
