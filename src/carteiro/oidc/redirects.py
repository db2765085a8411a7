"""Whether an address that a request names is one that its application has registered.

Addresses are compared as parsed, so ``http://x.com`` is ``http://x.com/``; whatever two parsers
could read in two ways is refused. A registered address may have ``*``: in a label of its host,
except the last two, for one or more characters without a dot, and in its path for anything. The
rules are the reference's (sign-in details §1.3), the port of a native application's own machine is
RFC 8252 §7.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

_STRANGE = re.compile(r"[\x00-\x20\x7f-\U0010ffff\\<>\"^`{|}]|%(?![0-9A-Fa-f]{2})|%(?:00|0[aAdD])")
_DOTS = re.compile(
    r"(?:^|/|%(?:25)*(?:2f|5c))(?:\.|%(?:25)*2e){1,2}(?:/|%(?:25)*(?:2f|5c)|;|$)", re.IGNORECASE
)
"""A step up or nowhere, however its slashes are written: servers differ in what they decode."""
_HOST = re.compile(r"[a-z0-9*._-]+|\[[0-9a-f:.]+\]")
_PORTS = {"http": 80, "https": 443}
_OWN_MACHINE = frozenset({"127.0.0.1", "[::1]", "localhost"})


@dataclass(frozen=True, slots=True)
class _Address:
    scheme: str
    host: str
    port: int | None
    path: str
    query: str


def is_registered(registered: str, asked: str, *, loopback: bool = False) -> bool:
    """Whether an asked address is the registered one, or one that it stands for.

    With ``loopback`` the port of a plain address on the person's own machine does not count.
    """
    if "*" in asked:
        return False
    known, wanted = _parsed(registered), _parsed(asked)
    if known is None or wanted is None or known.scheme != wanted.scheme:
        return False
    own = loopback and known.scheme == "http" and known.host in _OWN_MACHINE
    if not own and known.port != wanted.port:
        return False
    return (
        _host_fits(known.host, wanted.host)
        and _fits(known.path, wanted.path, 0)
        and known.query == wanted.query
    )


def origin_of(uri: str) -> str | None:
    """Scheme, host and port of a web address; ``None`` for any other."""
    address = _parsed(uri)
    if address is None or address.scheme not in _PORTS:
        return None
    port = "" if address.port == _PORTS[address.scheme] else f":{address.port}"
    return f"{address.scheme}://{address.host}{port}"


@lru_cache(maxsize=1024)
def _parsed(uri: str) -> _Address | None:
    """The parts of an address; ``None`` where it is not plain enough to be compared."""
    if _STRANGE.search(uri) or "#" in uri:
        return None
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    scheme, netloc = parts.scheme.lower(), parts.netloc.lower()
    if not scheme or "@" in netloc or _DOTS.search(parts.path):
        return None
    # An empty query is one, which urlsplit does not tell.
    query = f"?{parts.query}" if "?" in uri else ""
    if scheme not in _PORTS:
        # An application's own scheme: nothing of it is a host that we could read.
        return _Address(scheme, parts.netloc, None, parts.path, query)
    host = netloc.removesuffix(f":{port}") if port is not None else netloc.removesuffix(":")
    if not _HOST.fullmatch(host) or "*" in query:
        return None
    return _Address(scheme, host, port or _PORTS[scheme], parts.path or "/", query)


def _host_fits(known: str, wanted: str) -> bool:
    if "*" not in known:
        return known == wanted
    labels, given = known.split("."), wanted.split(".")
    if len(labels) != len(given) or "*" in "".join(labels[-2:]):
        return False
    return all(_fits(label, there, 1) for label, there in zip(labels, given, strict=True))


def _fits(pattern: str, text: str, least: int) -> bool:
    """Whether a text is a pattern's, each ``*`` standing for at least so many characters.

    Piece by piece, so that no pattern makes it slow.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    at, end = len(first), len(text) - len(last)
    if not text.startswith(first) or not text.endswith(last):
        return False
    for piece in middle:
        at = text.find(piece, at + least)
        if at == -1:
            return False
        at += len(piece)
    return end - at >= least
