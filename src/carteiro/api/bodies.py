"""Reading JSON bodies as the reference does: nothing is an empty object, a scalar is malformed."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from carteiro.api.problems import BodyTooLarge, MalformedBody
from carteiro.errors import InvalidInput
from carteiro.model.issues import issues_of
from carteiro.model.limits import (
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_ENTRIES,
    TooDeep,
    TooMany,
    require_bounded,
)

Model = TypeVar("Model", bound=BaseModel)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""An escaped NUL in what Python wrote as JSON, and not an escaped backslash before ``u0000``."""


class JsonRequest(Request):
    """A request whose absent body is ``{}`` and whose malformed one is one kind of error."""

    async def body(self) -> bytes:
        return await super().body() or b"{}"

    async def json(self) -> Any:
        # Starlette keeps the parsed body under this name; FastAPI asks for it again.
        if not hasattr(self, "_json"):
            self._json = parse_json(await self.body())
        return self._json


def as_json(scope: Scope) -> Scope:
    """The request with its body declared as JSON: nothing else is ever read here."""
    headers = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
    return {**scope, "headers": [*headers, (b"content-type", b"application/json")]}


def parse_json(body: bytes) -> Any:
    """Read an object or an array, small enough to work with.

    Raises ``BodyTooLarge`` for one with too many entries and ``MalformedBody`` for everything else
    that cannot be stored and read back: unpaired surrogates and NUL, which no text column and no
    mail can hold, numbers beyond a double, and what is nested too deep.
    """
    try:
        text = body.decode(json.detect_encoding(body))
        value = _read_json(text)
        # A few bytes cannot be too much: most requests are not looked through at all.
        if text.count("[") + text.count("{") > MAX_DEPTH or text.count(",") >= MAX_ENTRIES:
            require_bounded(value)
        if "\\u" in text:
            _require_text(value)
    except TooMany as error:
        raise BodyTooLarge(f"The request body is too large: {error}.") from None
    except (TooDeep, RecursionError):
        raise MalformedBody(
            f"The request body is nested more than {MAX_DEPTH} levels deep."
        ) from None
    except ValueError as error:
        raise MalformedBody from error
    if not isinstance(value, (dict, list)):
        raise MalformedBody
    return value


async def read_model(request: Request, model: type[Model]) -> Model:
    """Read and validate a body outside FastAPI, which nobody has read yet.

    Raises as ``parse_json``, or ``InvalidInput``.
    """
    body = parse_json(await _read(request) or b"{}")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise InvalidInput(
            issues_of(error, model), "Error in request body: invalid input."
        ) from None


async def _read(request: Request) -> bytes:
    """The body, read once; nearly always it is one piece, which needs no stream."""
    message = await request.receive()
    if not message.get("more_body", False) and message["type"] == "http.request":
        whole: bytes = message.get("body", b"")
        return whole
    pieces = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(pieces)
        message = await request.receive()


def _require_text(value: Any) -> None:
    """Refuse texts that UTF-8 or a text column cannot hold."""
    written = json.dumps(value, ensure_ascii=False)
    written.encode()
    if _NUL.search(written):
        raise ValueError("a NUL")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number that is too large")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        raise ValueError("a number that is too large")
    return number


_read_json = json.JSONDecoder(
    parse_constant=_no_constant, parse_int=_whole, parse_float=_fraction
).decode
"""As ``json.loads`` reads text, without making a decoder each time."""
