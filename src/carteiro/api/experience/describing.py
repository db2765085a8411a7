"""The Experience API's routes: plain ones, because a sign-in is many small calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from carteiro.api.answers.answer import Answer
from carteiro.api.hot import Endpoint, HotRoute, Operation

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
    """A route below `/api/experience`."""
    return HotRoute(
        f"/api/experience{path}",
        endpoint,
        method=method,
        operation=Operation(
            tag="Experience",
            body=body,
            secured=False,
            answers=answers,
            answer=Answer.of(shape),
        ),
    )
