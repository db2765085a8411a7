"""Taking secrets out of what a provider says, before anybody is shown it."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus

LONGEST = 2048
"""How many characters of a provider's answer are kept."""
_MARK = "[…]"
_SHORTEST_SECRET = 4
_PAYLOAD_SECRETS = ("code", "link")
# Line breaks and tabs stay; terminals obey the rest, and no UTF-8 can hold the surrogates.
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def scrub(
    text: str,
    *,
    secrets: Iterable[str | None],
    payload: Mapping[str, Any],
    longest: int = LONGEST,
) -> str:
    """The text without the given secrets and without the message's code and link, cut to length.

    A secret is found as it is and as JSON, HTML and URLs spell it, inside one another, too. Of an
    authorization value its credentials alone are one, too. Secrets of fewer than four characters
    stay: they are everywhere.
    """
    given = [*secrets, *(payload.get(name) for name in _PAYLOAD_SECRETS)]
    found = {
        spelling for value in given if isinstance(value, str) for spelling in _spellings(value)
    }
    text = _UNSHOWABLE.sub("", text)
    if "\\" in text:
        # Escapes of JSON can hide any letter; they are undone only where they did.
        read = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace("\\/", "/")
        if any(spelling in read for spelling in found):
            text = _UNSHOWABLE.sub("", read)
    for spelling in sorted(found, key=len, reverse=True):
        text = text.replace(spelling, _MARK)
    return text if len(text) <= longest else text[:longest] + "…"


def scrub_data(
    value: Any,
    *,
    secrets: Sequence[str | None],
    payload: Mapping[str, Any],
    depth: int = 20,
    longest: int = LONGEST,
) -> Any:
    """The same for what was read from JSON, whose escapes hide letters. Ends at ``depth``."""
    if isinstance(value, str):
        return scrub(value, secrets=secrets, payload=payload, longest=longest)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # Python reads what JSON cannot write
    if not isinstance(value, (dict, list)):
        return value
    if depth == 0:
        return _MARK
    inner = partial(scrub_data, secrets=secrets, payload=payload, depth=depth - 1)
    if isinstance(value, list):
        return [inner(entry) for entry in value]
    return {inner(name): inner(entry) for name, entry in value.items()}


def _spellings(value: str) -> Iterator[str]:
    for secret in (value, value.partition(" ")[2]):
        if len(secret) < _SHORTEST_SECRET:
            continue
        as_json = json.dumps(secret)[1:-1]
        yield as_json
        yield as_json.replace("/", "\\/")
        yield as_json.replace("&", "\\u0026")
        spelled = {secret}
        for _ in range(3):
            spelled |= {write(text) for text in spelled for write in _WRITTEN}
        yield from spelled


def _quote(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _quote_plus(text: str) -> str:
    return quote_plus(text, errors="replace")


_WRITTEN = (html.escape, _quote, _quote_plus)
