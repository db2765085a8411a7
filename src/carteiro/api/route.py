"""A route of the management API: authorised first, validated in the wire's words, with an ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.bodies import JsonRequest, as_json
from carteiro.api.context import Context, authorize, context_of
from carteiro.errors import InvalidInput, Issue
from carteiro.model.issues import translate

_PARTS = {"query": "query", "body": "body", "path": "params"}
"""In the order in which the reference checks them; the first that fails is answered."""


def _context(request: Request) -> Context:
    context: Context = request.state.context
    return context


Caller = Annotated[Context, Depends(_context)]
"""The context of an authorised request, for an endpoint's signature."""


class ManagementRoute(APIRoute):
    """Checks the token before it reads anything else of the request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            context = context_of(request)
            await authorize(context, request.headers.get("authorization"))
            request.state.context = context
            given = JsonRequest(as_json(request.scope), request.receive)
            if self.body_field is not None:
                await given.json()
            try:
                response = await handle(given)
            except RequestValidationError as error:
                raise self._invalid(error) from None
            return tagged(request, response) if request.method == "GET" else response

        return handler

    def _invalid(self, error: RequestValidationError) -> InvalidInput:
        for part, name in _PARTS.items():
            issues = [
                self._issue(details) for details in error.errors() if details["loc"][0] == part
            ]
            if issues:
                return InvalidInput(issues, f"Error in request {name}: invalid input.")
        return InvalidInput([])

    def _issue(self, details: dict[str, Any]) -> Issue:
        part, *path = details["loc"]
        model = self.body_field.field_info.annotation if part == "body" and self.body_field else str
        return translate({**details, "loc": path}, model)


def tagged(request: Request, response: Response) -> Response:
    """Give a JSON answer its ETag, or answer 304 to a client that already has it."""
    if response.status_code != 200 or not isinstance(response.body, bytes):
        return response
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:27]}"'
    known = request.headers.get("if-none-match", "")
    if known == "*" or tag in _tags(known):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return response


def _tags(header: str) -> Sequence[str]:
    return [part.strip().removeprefix("W/") for part in header.split(",")]
