"""A route of the management API: authorised first, validated in the wire's words, with an ETag."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.answers.answer import Answer
from carteiro.api.bodies import JsonRequest, as_json
from carteiro.api.context import Context, authorize, context_of
from carteiro.api.preconditions import Shown, conditional, steady_of, tag_of
from carteiro.api.problems import status_of
from carteiro.api.scopes import ALL, scope_of
from carteiro.errors import CarteiroError, InvalidInput, Issue
from carteiro.flows.announce import record_refusal
from carteiro.model.actor import Actor
from carteiro.model.issues import translate
from carteiro.model.limits import MAX_ISSUES

_PARTS = {"query": "query", "body": "body", "path": "params"}
"""In the order in which the reference checks them; the first that fails is answered."""
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def _context(request: Request) -> Context:
    context: Context = request.state.context
    return context


Caller = Annotated[Context, Depends(_context)]
"""The context of an authorised request, for an endpoint's signature."""


Visitor = Annotated[Context, Depends(_context)]
"""The context of a request that needs no token, for an endpoint's signature."""


class DescribedRoute(APIRoute):
    """A route that knows what it answers and, where it writes, what shows what it changes.

    ``token`` is what the OpenAPI document calls what it needs; ``None`` for nothing. With
    ``or_secret`` an application may bring its own credentials instead.
    """

    answer = Answer()
    shown = Shown()
    token: str | None = "ManagementToken"  # noqa: S105 - a name
    or_secret = False

    def given_model(self) -> Any:
        """The model of the body, where there is one."""
        return self.body_field.field_info.annotation if self.body_field else None

    def call(self, request: Request) -> Mapping[str, Any]:
        """The call as webhooks and the audit log tell of it."""
        return {
            "path": request.url.path.removeprefix("/api"),
            "method": request.method,
            "status": self.status_code or 200,
            "params": dict(request.path_params),
            "matchedRoute": _PARAMETER.sub(r":\1", self.path.removeprefix("/api")),
        }


class AnonymousRoute(DescribedRoute):
    """Answers anybody: validated in the wire's words, with an ETag."""

    token = None

    def get_route_handler(self) -> _Handler:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            request.state.context = context_of(request)
            given = JsonRequest(as_json(request.scope), request.receive)
            if self.body_field is not None:
                await given.json()
            try:
                return tagged(request, await handle(given))
            except RequestValidationError as error:
                raise invalid(error, self.given_model()) from None

        return handler


class ManagementRoute(DescribedRoute):
    """Checks the token before it reads anything else of the request.

    One that ``only_reads`` asks with a body: it takes the scope of reading, and what it refuses is
    no refused change.
    """

    needs = ALL
    only_reads = False

    def get_route_handler(self) -> _Handler:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            context = await self.caller(request)
            if request.method == "GET" or self.only_reads:
                request.state.context = context
                return tagged(request, await self._answer(handle, request))
            by = replace(context.by, request=self.call(request))
            context = replace(context, by=by)
            request.state.context = context
            try:
                return await conditional(
                    request, self.shown.by, context, lambda: self._answer(handle, request)
                )
            except CarteiroError as error:
                failed = _with_status(by, status_of(error))
                await record_refusal(context.world, context.tenant_id, failed, error)
                raise
            except Exception:
                failed = _with_status(by, 500)
                await record_refusal(context.world, context.tenant_id, failed, CarteiroError())
                raise

        return handler

    async def caller(self, request: Request) -> Context:
        """Who asks, once they have shown it. Raises the ``auth.*`` errors."""
        token = request.headers.get("authorization")
        method = "GET" if self.only_reads else request.method
        return await authorize(context_of(request), token, scope_of(method, self.needs))

    async def _answer(self, handle: _Handler, request: Request) -> Response:
        given = JsonRequest(as_json(request.scope), request.receive)
        if self.body_field is not None:
            await given.json()
        try:
            return await handle(given)
        except RequestValidationError as error:
            raise invalid(error, self.given_model()) from None


class AskingRoute(ManagementRoute):
    """A question that has a body."""

    only_reads = True


def _with_status(by: Actor, status: int) -> Actor:
    return replace(by, request={**by.request, "status": status})


def invalid(error: RequestValidationError, model: Any) -> InvalidInput:
    """What is wrong with a request, in the wire's words; ``model`` is that of the body."""
    for part, name in _PARTS.items():
        details = [entry for entry in error.errors() if entry["loc"][0] == part]
        if details:
            shown = details[:MAX_ISSUES]
            issues = [_issue(entry, model if part == "body" else str) for entry in shown]
            return InvalidInput(issues, f"Error in request {name}: invalid input.")
    return InvalidInput([])


def _issue(details: dict[str, Any], model: Any) -> Issue:
    return translate({**details, "loc": details["loc"][1:]}, model)


def tagged(request: Request, response: Response) -> Response:
    """Give a JSON answer its ETag, or answer 304 to a client that already has it."""
    body = getattr(response, "body", None)  # what is streamed has none
    if response.status_code != 200 or not isinstance(body, bytes):
        return response
    tag = tag_of(body, steady_of(request.scope.get("route")))
    known = request.headers.get("if-none-match", "")
    if known == "*" or tag in _tags(known):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return response


def _tags(header: str) -> Sequence[str]:
    return [part.strip().removeprefix("W/") for part in header.split(",")]
