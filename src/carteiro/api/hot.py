"""The endpoints that are called most: plain routes that stay in the OpenAPI document.

FastAPI costs more than the work of these endpoints, so they are Starlette routes that do by hand
what ``ManagementRoute`` does: context, token, body, in this order. ``HotApplication`` answers them
before FastAPI and its layers are asked: of those only the envelope is around them, too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from carteiro.api.answers.answer import Answer
from carteiro.api.context import Context, authorize, context_of, header
from carteiro.api.problems import answer
from carteiro.errors import CarteiroError

Endpoint = Callable[[Request], Awaitable[Response]]
DONE = Response(status_code=204)
"""The answer where there is nothing to tell; the same one serves every request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the OpenAPI document says of a route."""

    tag: str
    body: type[BaseModel] | None = None
    secured: bool = True
    answers: Mapping[str, str] = field(default_factory=lambda: {"204": "Done."})
    """What each status means."""
    answer: Answer = field(default_factory=Answer)
    """What the body is."""


class HotRoute(Route):
    """A route with its description; the endpoint's docstring is the summary."""

    def __init__(self, path: str, endpoint: Endpoint, *, method: str, operation: Operation) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.method = method
        self.operation = operation


class HotApplication(FastAPI):
    """FastAPI, with routes that are answered as its router would, without asking it.

    ``envelope`` is put around them; whatever else is asked for goes on to FastAPI. The last part of
    a route's path may be a parameter.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        envelope: Callable[[ASGIApp], ASGIApp],
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self._hot: dict[tuple[str, str], Route] = {}
        self._below: dict[tuple[str, str], tuple[Route, str]] = {}
        for route in routes:
            above, _, last = route.path.rpartition("/")
            name = last.strip("{}")
            for method in route.methods or ():
                if name == last:
                    self._hot[method, route.path] = route
                else:
                    self._below[method, above] = route, name
        self._answer = envelope(_answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or run the application's life."""
        # Under a mount the path is not the whole address; the router knows how to read it there.
        plain = scope["type"] == "http" and not scope.get("root_path")
        route = self._hot.get((scope["method"], scope["path"])) if plain else None
        if route is None and plain:
            route = self._found_below(scope)
        if route is None:
            await super().__call__(scope, receive, send)
            return
        scope["app"], scope["route"], scope["endpoint"] = self, route, route.endpoint
        await self._answer(scope, receive, send)

    def _found_below(self, scope: Scope) -> Route | None:
        above, _, last = scope["path"].rpartition("/")
        route, name = self._below.get((scope["method"], above), (None, ""))
        if route is None or not last:
            return None
        scope["path_params"] = {name: last}
        return route


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive, send)
    try:
        response = await scope["endpoint"](request)
    except CarteiroError as error:
        response = answer(request, error)
    await response(scope, receive, send)


async def caller(request: Request, needs: str | None) -> Context:
    """The context of a request with the scope that it needs. Raises the ``auth.*`` errors."""
    token = header(request.scope, b"authorization")
    return await authorize(context_of(request), token, needs)


def described(route: HotRoute) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """The route's OpenAPI operation, and the schemas that it names."""
    operation = route.operation
    document: dict[str, Any] = {
        "tags": [operation.tag],
        "summary": route.name.replace("_", " ").capitalize(),
        "description": route.endpoint.__doc__,
        "operationId": route.name,
        "responses": {status: {"description": text} for status, text in operation.answers.items()},
    }
    if operation.body is None:
        return document, {}
    schema = operation.body.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = {**schema.pop("$defs", {}), operation.body.__name__: schema}
    reference = {"$ref": f"#/components/schemas/{operation.body.__name__}"}
    document["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": reference}},
    }
    return document, schemas
