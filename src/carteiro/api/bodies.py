"""Reading JSON bodies as the reference does: nothing is an empty object, a scalar is malformed."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.types import Scope

from carteiro.api.problems import MalformedBody
from carteiro.errors import InvalidInput
from carteiro.model.issues import issues_of

Model = TypeVar("Model", bound=BaseModel)


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
    """Read an object or an array. Raises ``MalformedBody`` for everything else.

    Unpaired surrogates and NUL are refused here: no text column and no mail can hold them.
    """
    try:
        value = _read_json(body.decode(json.detect_encoding(body), "surrogatepass"))
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise MalformedBody from error
    if b"\\u0000" in body or not isinstance(value, (dict, list)):
        raise MalformedBody
    return value


async def read_model(request: Request, model: type[Model]) -> Model:
    """Read and validate a body outside FastAPI. Raises ``MalformedBody`` or ``InvalidInput``."""
    body = parse_json(await request.body() or b"{}")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise InvalidInput(
            issues_of(error, model), "Error in request body: invalid input."
        ) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_read_json = json.JSONDecoder(parse_constant=_no_constant).decode
"""As ``json.loads`` reads text, without making a decoder each time."""
