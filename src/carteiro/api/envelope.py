"""The outermost layer: what holds for every request, whatever it asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carteiro.api.problems import (
    AddressTooLong,
    BodyTooLarge,
    HeadTooLarge,
    MalformedBody,
    answer,
    unexpected,
)
from carteiro.model.limits import MAX_ADDRESS, MAX_BODY, MAX_HEAD, MAX_HEADERS
from carteiro.secrets import request_id

Header = tuple[bytes, bytes]
_LEAVING = ((b"connection", b"close"),)
"""Told to a proxy before this process ends: it is not to choose a connection that will close."""
_GUARDED = ("/api/", "/oidc/")
_ALWAYS_TLS = ((b"strict-transport-security", b"max-age=15552000; includeSubDomains"),)
"""No browser minds it where there is no TLS (RFC 6797 §8.1)."""
_GUARDS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    *_ALWAYS_TLS,
)
"""What keeps an answer of these paths from being framed or misread, as the reference answers."""
REQUEST_NAME = "carteiro.request"
"""Where the scope has the request's name."""
_log = structlog.get_logger("carteiro.http")


class Envelope:
    """Names the request, bounds its body, and turns a defect into a 500 that tells nothing.

    Plain ASGI, because it runs for every request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = scope[REQUEST_NAME] = request_id()
        started = False

        def named_send(message: Message) -> Awaitable[None]:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                given = message.get("headers", ())
                message["headers"] = [
                    *given,
                    *(_guards(given) if scope["path"].startswith(_GUARDED) else _ALWAYS_TLS),
                    (b"logto-core-request-id", name.encode()),
                    *(_LEAVING if getattr(scope["app"].state, "leaving", False) else ()),
                ]
            return send(message)

        try:
            await self._app(scope, _bounded(scope, receive), named_send)
        except (AddressTooLong, BodyTooLarge, HeadTooLarge, MalformedBody) as error:
            await answer(Request(scope), error)(scope, receive, named_send)
        except ClientDisconnect:
            _log.debug("client left", request=name, path=scope["path"])
        except Exception as error:
            # The error's text may hold anything, a code or a key included: only where it was
            # raised is logged.
            _log.error(
                "unexpected error",
                request=name,
                method=scope["method"],
                path=scope["path"],
                error=type(error).__name__,
                where=_where(error),
            )
            if started:
                raise
            answered = await _failed_page(scope) or unexpected()
            await answered(scope, receive, named_send)


async def _failed_page(scope: Scope) -> Response | None:
    """A page that says it, for whoever reads pages; ``None`` where there is none, or it fails."""
    page = getattr(scope["app"].state, "failed_page", None)
    if page is None:
        return None
    try:
        answer: Response | None = await page(Request(scope))
    except Exception as error:  # noqa: BLE001 - a defect beside the one that is answered
        _log.error("no page for a defect", error=type(error).__name__, where=_where(error))
        return None
    return answer


def _guards(given: Iterable[Header]) -> list[Header]:
    """Those that the answer has not given by itself."""
    names = {name for name, _ in given}
    return [guard for guard in _GUARDS if guard[0] not in names]


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Refuse a head that is too long, or a body that says so in front; stop reading any other.

    An address with a NUL is refused, too: it is in no name that we store.
    """
    if len(scope["path"]) + len(scope["query_string"]) > MAX_ADDRESS:
        raise AddressTooLong
    headers = scope["headers"]
    size, length = 0, None
    for name, value in headers:
        size += len(name) + len(value)
        if name == b"content-length" and length is None:
            length = value
    if size > MAX_HEAD or len(headers) > MAX_HEADERS:
        raise HeadTooLarge
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        raise MalformedBody("The address holds a NUL.")
    if length is None:
        return _counted(receive)
    if length.isdigit() and len(length) < 20 and int(length) <= MAX_BODY:
        return receive
    raise BodyTooLarge


def _counted(receive: Receive) -> Receive:
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MAX_BODY:
            raise BodyTooLarge
        return message

    return counting


def _where(error: BaseException) -> list[str]:
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/carteiro/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-5:]
