"""What a value may be at each place of an HTML template, decided when it is compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape

from carteiro.templates import escaping, urls
from carteiro.templates.html_reader import GAP, HtmlReader, State
from carteiro.templates.placeholders import Encode, Part, Placeholder, Slot

_ADDRESSES = frozenset(
    (
        *("action", "archive", "background", "cite", "classid", "codebase", "data", "dynsrc"),
        *("formaction", "href", "icon", "imagesrcset", "longdesc", "lowsrc", "manifest", "ping"),
        *("poster", "profile", "src", "srcset", "usemap"),
    )
)
"""Attributes whose value is an address, or several; with any prefix (``xlink:href``)."""
_LISTS = frozenset(("archive", "imagesrcset", "ping", "srcset"))
_ANIMATIONS = frozenset(("animate", "animatecolor", "animatemotion", "animatetransform", "set"))
_ANIMATED = frozenset(("by", "from", "to", "values"))
_SAFE_SCHEMES = frozenset(("http", "https", "mailto", "tel", "sms", "cid"))
_OPAQUE_SCHEMES = frozenset(("mailto", "tel", "sms", "cid"))
_URL_SCHEME = re.compile(r"\s*([^:/?#]*)([:/?#])")
_IN_HOST = re.compile(r"\s*(?:[^:/?#]*:)?//[^/?#]*\Z")
_IN_CSS_URL = re.compile(r"url\(\s*[\"']?([^\"')]*)\Z", re.IGNORECASE)
_IN_REFRESH = re.compile(r"\s*[\d.]+[;,\s]*(?:url\s*=\s*)?[\"']?(.*)\Z", re.IGNORECASE | re.DOTALL)
_HAS_SECONDS = re.compile(r"\s*[\d.]+[;,\s]")

_KINDS: tuple[Encode, ...] = (
    urls.whole,
    urls.link,
    urls.following,
    urls.host,
    urls.opaque,
    urls.component,
    urls.loose,
)


def _composed(outer: Encode, inner: Encode) -> Encode:
    def encode(value: str) -> str:
        return outer(inner(value))

    return encode


def _style_url(address: str) -> str:
    return escaping.html(escaping.css_url(address))


_Written = Mapping[Encode, Encode]
_AS_HTML: _Written = {kind: _composed(escaping.html, kind) for kind in (*_KINDS, urls.refresh)}
_AS_CSS: _Written = {kind: _composed(escaping.css_url, kind) for kind in _KINDS}
_AS_STYLE: _Written = {kind: _composed(_style_url, kind) for kind in _KINDS}
"""How each kind of part is written in each place; the same function for the same place."""


def in_context(parts: Sequence[Part]) -> list[str | Slot]:
    """Give every placeholder of an HTML template the encoding that its place needs.

    Raises ``InvalidTemplate`` when elements nest too deep.
    """
    reader, placed = HtmlReader(), list[str | Slot]()
    for at, part in enumerate(parts):
        if isinstance(part, Placeholder):
            placed.append(Slot(part, encode_at(reader, part)))
            reader.pass_placeholder()
        else:
            placed.append(reader.read(part, placeholder_follows=at + 1 < len(parts)))
    return placed


def encode_at(reader: HtmlReader, placeholder: Placeholder) -> Encode:
    """How the placeholder's value is written where the reader stands."""
    match reader.state:
        case State.TEXT:
            return escaping.comment if reader.conditional else escaping.html
        case State.COMMENT:
            return escaping.comment
        case State.RAW_TEXT:
            return _in_raw_text(reader, placeholder)
        case State.TAG | State.AFTER_NAME | State.BEFORE_VALUE | State.DECLARATION:
            return urls.nothing
        case _:
            return _in_attribute(reader, placeholder)


def in_address(before: str, placeholder: Placeholder) -> Encode:
    """What a placeholder in an address may bring, by what stands before it in the same address.

    ``before`` has ``GAP`` for each placeholder. What the encoding returns is an address and not
    HTML.
    """
    if not before.strip():
        return urls.link if (placeholder.root, placeholder.path) == ("link", ()) else urls.whole
    if not before.strip(f"{GAP} \t\n\f\r"):
        return urls.following
    found = _URL_SCHEME.match(before)
    if found and found[2] == ":" and GAP not in found[1]:
        scheme = found[1].lower()
        if scheme not in _SAFE_SCHEMES:
            return urls.nothing
        if scheme in _OPAQUE_SCHEMES and "?" not in before:
            return urls.opaque
    return urls.host if _IN_HOST.match(before) else urls.component


def is_address(attribute: str) -> bool:
    """Whether the attribute's value is an address, or several."""
    name = attribute.rpartition(":")[2]
    return name in _ADDRESSES or attribute == "xml:base" or name.endswith(("href", "src"))


def may_be_address(element: str, attribute: str) -> bool:
    """Whether the attribute's value is an address in some of its uses: SVG animation, ``param``."""
    if element.rpartition(":")[2] in _ANIMATIONS:
        return attribute in _ANIMATED
    return (element, attribute) == ("param", "value")


def _in_raw_text(reader: HtmlReader, placeholder: Placeholder) -> Encode:
    if reader.foreign or reader.conditional:
        return urls.nothing
    match reader.element:
        case "style":
            return _in_css(reader.value, placeholder, _AS_CSS)
        case "script":
            return escaping.script
        case "title" | "textarea":
            return escaping.rcdata
        case _:
            return escaping.html


def _in_attribute(reader: HtmlReader, placeholder: Placeholder) -> Encode:
    name, element = reader.attribute, reader.element
    if reader.torn or name.startswith("on") or name == "srcdoc":
        return urls.nothing
    before = unescape(reader.value)
    if name == "style":
        return _in_css(before, placeholder, _AS_STYLE)
    if is_address(name):
        if name in _LISTS:
            before = re.split(r"\s", before)[-1]
        return _html_of(in_address(before, placeholder))
    if may_be_address(element, name):
        last = re.split("[;\\s]", before)[-1]
        return _html_of(in_address(last, placeholder) if last else urls.loose)
    if (element, name) == ("meta", "content"):
        return _html_of(_in_meta(before, placeholder))
    is_code = (placeholder.root, placeholder.path) == ("code", ())
    return escaping.spelled if is_code and name == "aria-label" else escaping.html


def _in_meta(before: str, placeholder: Placeholder) -> Encode:
    """``content`` is a text, but for ``http-equiv="refresh"``, which may stand before or after."""
    if not before.strip():
        return urls.refresh
    found = _IN_REFRESH.match(before)
    if found is None:
        return urls.refresh if before.startswith(GAP) else escaping.plain
    if found[1]:
        return in_address(found[1], placeholder)
    return urls.whole if _HAS_SECONDS.match(before) else escaping.plain


def _html_of(kind: Encode) -> Encode:
    if kind is urls.nothing:
        return kind
    return escaping.html if kind is escaping.plain else _AS_HTML[kind]


def _in_css(before: str, placeholder: Placeholder, written: _Written) -> Encode:
    found = _IN_CSS_URL.search(before)
    if found is None:
        return escaping.css
    kind = in_address(found[1], placeholder)
    return kind if kind is urls.nothing else written[kind]
