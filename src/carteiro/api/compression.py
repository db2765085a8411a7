"""Answers as gzip for clients that take it, where the length of an answer gives nothing away.

Compressed, a text that repeats itself is shorter. Whoever sees lengths, has a person's browser ask
again and again, and gets words of theirs into the answer learns letter by letter what else is in
it (BREACH). A browser adds cookies to what others make it ask for, and nothing else. So what is
asked with a cookie, or sets one, goes out as it is: every step of a sign-in, forms with their
``xsrf``, the answer to an application with its ``code`` beside the ``state`` that it sent. So does
whatever says ``no-store``, tokens among it, and what shows an administrator a tenant's secrets
beside names that strangers may have chosen.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Iterable
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]
_WORTH_IT = 500
"""Bytes: what is shorter fits in one packet anyway."""
_LONG = 65_536
"""Bytes from which on others do not wait for it."""
_LEVEL = 4
_WORDS = (b"text/", b"application/json", b"application/javascript", b"image/svg+xml")
_SHOWS_SECRETS = re.compile(
    r"/api/(.+/)?(secrets|legacy-secret|connectors|fallback-connectors|reserved-connectors|hooks"
    r"|one-time-tokens|captcha-provider|logto-configs)(/|$)"
)
_VARY = (b"vary", b"Accept-Encoding")


class Compression:
    """Compresses whole answers. Plain ASGI; what comes in pieces passes through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and _may_be(scope):
            await self._app(scope, receive, _Compressing(send).send)
        else:
            await self._app(scope, receive, send)


class _Compressing:
    """One answer: its head waits for its body."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_words(message):
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None:
            body = message.get("body", b"")
            if not message.get("more_body") and len(body) >= _WORTH_IT:
                body = await _compressed(body)
                message = {**message, "body": body}
                head["headers"] = [*_less(head["headers"], b"content-length"), *_said(body)]
            head["headers"] = [*head["headers"], _VARY]
            await self._send(head)
        await self._send(message)


@lru_cache(maxsize=64)
def takes_gzip(accepted: str) -> bool:
    """Whether ``Accept-Encoding`` allows it (RFC 9110 §12.5.3)."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        weights[name.strip()] = weight.replace(" ", "")
    known = [weights[name] for name in ("gzip", "x-gzip", "*") if name in weights]
    return bool(known) and re.fullmatch(r"q=0(\.0*)?", known[0]) is None


def _may_be(scope: Scope) -> bool:
    given: dict[bytes, bytes] = dict(scope["headers"])
    accepted = given.get(b"accept-encoding", b"").decode("latin-1")
    if b"cookie" in given or scope["method"] == "HEAD" or not takes_gzip(accepted):
        return False
    return _SHOWS_SECRETS.match(scope["path"]) is None


def _is_words(head: Message) -> bool:
    given: dict[bytes, bytes] = dict(head["headers"])
    if b"set-cookie" in given or b"content-encoding" in given:
        return False
    if b"no-store" in given.get(b"cache-control", b""):
        return False
    return given.get(b"content-type", b"").startswith(_WORDS)


async def _compressed(body: bytes) -> bytes:
    if len(body) < _LONG:
        return gzip.compress(body, _LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, _LEVEL, mtime=0)


def _said(body: bytes) -> list[Header]:
    return [(b"content-encoding", b"gzip"), (b"content-length", str(len(body)).encode())]


def _less(headers: Iterable[Header], name: bytes) -> list[Header]:
    return [header for header in headers if header[0] != name]
