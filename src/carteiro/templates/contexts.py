"""Where in the HTML a value lands, and how it must be escaped there.

A value is data wherever it stands: it can't open an element, end an attribute, start an address
with a scheme of its own, or close a style. Which rule a place needs is decided once, when the
template is compiled.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Generator
from urllib.parse import quote

from carteiro.templates.placeholders import Escape

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<raw>style|script|title|textarea|xmp)\b|</?[a-zA-Z]",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"""\s*(?P<end>/?>)
    |\s*(?P<name>[^\s=>"'][^\s=>]*)\s*
        (?:=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>]+)))?
    |\s*.""",
    re.DOTALL | re.VERBOSE,
)
_ADDRESSES = frozenset({"href", "src", "action", "background", "formaction", "poster", "cite"})
_SCHEMES = re.compile(r"\s*(?:https?://|mailto:)", re.IGNORECASE)
_IN_ADDRESS = "%/:=&?~#+!$,;'@()*[]"
_NOT_PLAIN = re.compile(r"[^\w .,#%-]")
_TAG_NAME = re.compile(r"[^\s/>]*")


def in_text(value: str) -> str:
    """Between tags, in a quoted attribute, in a comment."""
    return html.escape(value)


def at_address_start(value: str) -> str:
    """A whole address, or its beginning: web and mail addresses pass, every other one is ``#``."""
    return in_address(value.strip()) if _SCHEMES.match(value) else "#"


def in_address(value: str) -> str:
    """Further inside an address: what no address may hold is percent-encoded."""
    return html.escape(quote(value, safe=_IN_ADDRESS))


def bare(value: str) -> str:
    """In an attribute without quotes or among attribute names: nothing that could end it stays."""
    return _NOT_PLAIN.sub("", value).replace(" ", "&#32;")


def in_style(value: str) -> str:
    """In a style or script: nothing that could end a declaration stays."""
    return _NOT_PLAIN.sub("", value)


def escapes_of(source: str) -> Callable[[int], Escape]:
    """A function from a position in ``source`` to the rule for a value that stands there."""
    starts: list[int] = [0]
    rules: list[Escape] = [in_text]
    for start, rule in _regions(source):
        starts.append(start)
        rules.append(rule)

    def rule_at(position: int) -> Escape:
        return rules[bisect_right(starts, position) - 1]

    return rule_at


def _regions(source: str) -> Generator[tuple[int, Escape], None, None]:
    """Positions from which on a rule holds, in order."""
    position = 0
    while (token := _TOKEN.search(source, position)) is not None:
        if token[0].startswith("<!--"):
            position = token.end()
            continue
        tag = _TAG_NAME.match(source, token.end())
        assert tag is not None
        end = yield from _attributes(source, tag.end())
        raw = (token["raw"] or "").lower()
        if raw in {"style", "script"} and source[token.start() + 1] != "/":
            close = re.compile(rf"</{raw}\b", re.IGNORECASE).search(source, end)
            yield end, in_style
            end = close.start() if close else len(source)
        yield end, in_text
        position = end


def _attributes(source: str, position: int) -> Generator[tuple[int, Escape], None, int]:
    """The regions inside a tag; returns where the tag ends."""
    yield position, bare
    while (part := _ATTRIBUTE.match(source, position)) is not None:
        position = part.end()
        if part["end"]:
            return position
        quoted = "double" if part["double"] is not None else "single"
        if part["name"] and part[quoted] is not None:
            is_address = part["name"].lower() in _ADDRESSES
            begin, finish = part.span(quoted)
            yield begin, at_address_start if is_address else in_text
            if is_address:
                yield begin + 1, in_address
            yield finish, bare
    return len(source)
