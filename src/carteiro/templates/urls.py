"""Writing a value into an address: as the whole of it, or as one part that stays one part.

What these return is an address and no HTML: each place escapes it for itself (``contexts.py``). The
places are those of RFC 3986 §3 and the URL standard: a value in a host, a path, a query or a
fragment is data, so every character that would end the part is percent-encoded (§2.2).
"""

from __future__ import annotations

import re
from urllib.parse import quote

from carteiro.model.links import is_mailable
from carteiro.templates.escaping import STRAY_CHARACTERS

NOWHERE = "#"
"""What stands in place of an address that is not one."""

_SAFE = re.compile(
    r"""https://[^/\\?#]
      | mailto:[^\s]
      | http://(?:localhost|[\w-]+(?:\.[\w-]+)*\.localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])
        (?::\d{1,5})?(?:[/?#]|\Z)
    """,
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_NOT_IN_URLS = re.compile(r"""[\x00-\x20"<>\\^`{|}\x7f]""")
_UNRESERVED = re.compile(r"[A-Za-z0-9_~-]++\Z")
_DOTS = re.compile(r"\.{1,2}\Z")
_REFRESH = re.compile(r"\s*([\d.]++)[;,\s]++.*[:/\\]", re.DOTALL)


def is_safe_url(value: str) -> bool:
    """Whether any value may be an address: https, mailto, or http to this very machine."""
    return _SAFE.match(value.strip()) is not None


def whole(value: str) -> str:
    """The start of an address: the value must be a safe one, else the link leads nowhere."""
    value = value.strip()
    if value and not is_safe_url(value):
        return NOWHERE
    return _written(value)


def link(value: str) -> str:
    """The same for the message's own link, which its sender answers for (``model.links``)."""
    value = value.strip()
    if value and not is_safe_url(value) and not is_mailable(value):
        return NOWHERE
    return _written(value)


def following(value: str) -> str:
    """After a value that began the address: more of it, but no scheme and no host."""
    value = _written(value).replace(":", "%3A").replace("@", "%40")
    return re.sub("^/{2,}", "/", value)


def host(value: str) -> str:
    """A host, or a part of one; it may have a port."""
    return quote(value.translate(STRAY_CHARACTERS), safe=":[]")


def opaque(value: str) -> str:
    """What follows ``mailto:``, ``tel:`` and their like: one recipient, nothing after it."""
    return quote(value.translate(STRAY_CHARACTERS), safe="@+")


def component(value: str) -> str:
    """One segment of a path, or data in a query or fragment (form encoding's ``+`` included)."""
    if _UNRESERVED.match(value):
        return value
    value = value.translate(STRAY_CHARACTERS)
    return "" if _DOTS.match(value) else quote(value, safe="")


def loose(value: str) -> str:
    """Where an address or anything else may stand, as in SVG's ``to``: no unsafe address."""
    if is_safe_url(value):
        return _written(value.strip()).replace(";", "%3B")
    return "" if re.search(r"[:/\\]", value) else value


def refresh(value: str) -> str:
    """The ``content`` of ``<meta>``: a text, but no seconds followed by an address to go to."""
    found = _REFRESH.match(value)
    return found[1] if found else value


def nothing(value: str) -> str:  # noqa: ARG001 - one signature for every place
    """Where no value is safe."""
    return ""


def _written(value: str) -> str:
    if value.isascii() and not _NOT_IN_URLS.search(value):
        return value
    value = value.translate(STRAY_CHARACTERS)
    return _NOT_IN_URLS.sub(lambda found: f"%{ord(found[0]):02X}", value)
