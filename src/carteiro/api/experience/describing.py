"""The Experience API's routes: plain ones, because a sign-in is many small calls."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.answers.answer import Answer
from carteiro.api.hot import Endpoint, HotRoute, Operation
from carteiro.api.same_site import require_own_page

_DONE = {"204": "Done."}
PROVEN = {"200": "The id under which the proof goes on."}


def route(
    method: str,
    path: str,
    endpoint: Endpoint,
    *,
    body: type[BaseModel] | None = None,
    answers: Mapping[str, str] = _DONE,
    shape: Any = None,
) -> HotRoute:
    """A route below `/api/experience`: what changes anything is for this origin's own pages."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        require_own_page(request)
        return await endpoint(request)

    return HotRoute(
        f"/api/experience{path}",
        endpoint if method == "GET" else guarded,
        method=method,
        operation=Operation(
            tag="Experience",
            body=body,
            secured=False,
            answers=answers,
            answer=Answer.of(shape),
        ),
    )
