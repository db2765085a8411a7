"""The endpoints that are called most: plain routes that stay in the OpenAPI document.

FastAPI costs more than the work of these endpoints, so they are Starlette routes that do by hand
what ``ManagementRoute`` does: context, token, body, in this order. ``HotPath`` answers them before
the router and its layers are asked, where it stands inside ``Envelope``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from carteiro.api.answers.answer import Answer
from carteiro.api.context import Context, authorize, context_of
from carteiro.api.problems import answer
from carteiro.errors import CarteiroError

Endpoint = Callable[[Request], Awaitable[Response]]


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


class HotPath:
    """Answers exactly these routes as the router would; whatever else is asked goes on to it."""

    def __init__(self, app: ASGIApp, routes: Sequence[HotRoute]) -> None:
        self._app = app
        self._routes = {(route.method, route.path): route for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Under a mount the path is not the whole address; the router knows how to read it there.
        plain = scope["type"] == "http" and not scope.get("root_path")
        route = self._routes.get((scope["method"], scope["path"])) if plain else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["endpoint"] = route, route.endpoint
        request = Request(scope, receive, send)
        try:
            response = await route.endpoint(request)
        except CarteiroError as error:
            response = answer(request, error)
        await response(scope, receive, send)


async def caller(request: Request, needs: str | None) -> Context:
    """The context of a request with the scope that it needs. Raises the ``auth.*`` errors."""
    return await authorize(context_of(request), request.headers.get("authorization"), needs)


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
