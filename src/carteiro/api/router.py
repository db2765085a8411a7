"""A part of the API that says itself who may call it and what its operations answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter

from carteiro.api.answers.answer import Answer
from carteiro.api.preconditions import Shown
from carteiro.api.route import DescribedRoute, ManagementRoute
from carteiro.api.scopes import ALL, Needs

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class ApiRouter(APIRouter):
    """The routes of one part.

    ``needs`` are the scopes that suffice for it, ``but`` those of single paths. ``answers`` holds,
    by the name of the endpoint, the shape of its body or an ``Answer`` that says more, and
    ``shown`` what ``If-Match`` compares where that is not GET of the same path.
    """

    def __init__(
        self,
        *,
        tag: str,
        needs: Needs = ALL,
        but: Mapping[str, Needs] = _NOTHING,
        answers: Mapping[str, Any] = _NOTHING,
        shown: Mapping[str, Shown] = _NOTHING,
        prefix: str = "/api",
        route_class: type[DescribedRoute] = ManagementRoute,
    ) -> None:
        super().__init__(prefix=prefix, route_class=route_class, tags=[tag])
        self._needs = needs
        self._but = but
        self.answers = answers
        self.shown = shown

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        """Add a route that knows what this part says of it."""
        super().add_api_route(path, endpoint, **given)
        route = self.routes[-1]
        assert isinstance(route, DescribedRoute)
        route.shown = self.shown.get(route.name, route.shown)
        route.answer = Answer.of(self.answers.get(route.name))
        if isinstance(route, ManagementRoute):
            route.needs = self._but.get(path, self._needs)
