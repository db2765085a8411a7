"""`If-Match`: a write that happens only while what it changes is as its client has seen it.

The tag is that of the answer to GET. It is compared inside the unit of work that writes, so that of
two editors who saw the same thing one wins and the other is told. Without the header nothing of
this happens.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fastapi.routing import APIRoute
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.context import Context
from carteiro.api.problems import status_of
from carteiro.errors import CarteiroError, PreconditionFailed
from carteiro.storage.drivers.database import Call, Database, Sideline, Transaction, Work
from carteiro.storage.drivers.job import Job

T = TypeVar("T")
WRITES = frozenset({"PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """For what shows something that changes by itself: that member, and an endpoint without it."""

    member: str
    endpoint: Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a write is compared with.

    ``by`` is the operation that shows what the route changes, where that is not GET of the same
    path; ``steady`` is of a route that shows something itself.
    """

    by: str | None = None
    steady: Steady | None = None


def tag_of(body: bytes, steady: Steady | None = None) -> str:
    """The entity tag of an answer's body, whatever the member has that changes by itself."""
    if steady is not None:
        content = json.loads(body)
        content.pop(steady.member, None)
        body = to_json(content)
    return f'"{hashlib.sha256(body).hexdigest()[:27]}"'


async def conditional(
    request: Request,
    shown_by: str | None,
    context: Context,
    answer: Callable[[], Awaitable[Response]],
) -> Response:
    """Answer a write; with ``If-Match`` only if it fits. Raises ``PreconditionFailed``."""
    condition = request.headers.get("if-match")
    # A POST is compared where its route says with what.
    if condition is None or (request.method not in WRITES and shown_by is None):
        return await answer()
    shown = _shown_by(shown_by, request.scope["route"], request.app.routes)
    if shown is None:
        raise PreconditionFailed("There is nothing here that If-Match could be compared with.")
    tags = {part.strip() for part in condition.split(",")}

    async def check(tx: Transaction | None) -> str | None:
        seen = await _current_tag(shown, context, request.path_params, tx)
        if seen is None or not ("*" in tags or seen in tags):
            raise PreconditionFailed
        return seen

    database = _Guarded(context.world.database, check)
    request.state.context = replace(context, world=replace(context.world, database=database))
    response = await answer()
    if not database.held:
        await check(None)
    if response.status_code in {200, 201}:
        tag = await _current_tag(shown, context, request.path_params, None)
        if tag is not None:
            response.headers["ETag"] = tag
    return response


def _shown_by(wanted: str | None, route: APIRoute, routes: Iterable[Any]) -> APIRoute | None:
    """The route whose answer is what a write changes."""
    for other in routes:
        if isinstance(other, APIRoute) and other.methods == {"GET"} and not _is_paged(other):
            same = wanted is None and other.path_format == route.path_format
            if same or other.name == wanted:
                return other
    return None


def _is_paged(route: APIRoute) -> bool:
    """A page is no whole that could be compared."""
    needs = route.dependant.dependencies[1:]
    return route.dependant.request_param_name is not None or any(
        need.query_params or need.request_param_name is not None for need in needs
    )


async def _current_tag(
    shown: APIRoute, context: Context, params: Mapping[str, Any], tx: Transaction | None
) -> str | None:
    """The tag that GET has now, as ``tx`` sees it; ``None`` where it finds nothing."""
    if tx is not None:
        context = replace(context, world=replace(context.world, database=_Within(tx)))
    names = {field.name for field in shown.dependant.path_params}
    given = {name: value for name, value in params.items() if name in names}
    for need in shown.dependant.dependencies[1:]:
        assert need.name is not None
        assert need.call is not None
        given[need.name] = need.call(**{one.name: params[one.name] for one in need.path_params})
    steady = steady_of(shown)
    endpoint = shown.endpoint if steady is None else steady.endpoint
    try:
        content = await endpoint(context, **given)
    except CarteiroError as error:
        if status_of(error) == 404:
            return None
        raise
    return tag_of(to_json(content), steady)


def steady_of(route: Any) -> Steady | None:
    """What a route of any kind says of what it shows."""
    shown = getattr(route, "shown", None)
    return shown.steady if isinstance(shown, Shown) else None


class _Guarded:
    """A database whose first write happens only if a check holds, in the same unit of work."""

    def __init__(self, database: Database, check: Callable[[Transaction], Awaitable[Any]]) -> None:
        self._database = database
        self._check = check
        self.held = False
        """Whether the check has held for a write that is committed."""

    async def apply(self, *calls: Call, jobs: Sequence[Job] = ()) -> None:
        async def work(tx: Transaction) -> None:
            await tx.put(*calls)
            await tx.enqueue(*jobs)

        await self.write(work)

    async def write(self, work: Work[T], *, steady: bool = False) -> T:
        if self.held:
            return await self._database.write(work, steady=steady)

        async def guarded(tx: Transaction) -> T:
            await self._check(tx)
            return await work(tx)

        result = await self._database.write(guarded, steady=True)
        self.held = True
        return result

    async def read(self, work: Work[T], *, quick: bool = False) -> T:
        return await self._database.read(work, quick=quick)

    def sideline(self) -> Sideline:
        return self._database.sideline()

    def changes(self) -> AsyncIterator[str | None]:
        return self._database.changes()

    async def close(self) -> None:
        await self._database.close()


class _Within:
    """A unit of work as a database to read from; what shows something does nothing else."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def apply(self, *calls: Call, jobs: Sequence[Job] = ()) -> None:
        raise AssertionError((calls, jobs))

    async def write(self, work: Work[T], *, steady: bool = False) -> T:
        raise AssertionError((work, steady))

    async def read(self, work: Work[T], *, quick: bool = False) -> T:  # noqa: ARG002 - one connection
        return await work(self._tx)

    def sideline(self) -> Sideline:
        raise AssertionError

    def changes(self) -> AsyncIterator[str | None]:
        raise AssertionError

    async def close(self) -> None:
        """Nothing to do: the unit ends by itself."""
