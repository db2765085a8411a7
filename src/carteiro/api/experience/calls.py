"""A call of the Experience API: whose it is comes before what is wrong with its body (§0.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from carteiro.api.bodies import parse_json, read_model
from carteiro.api.problems import MalformedBody
from carteiro.errors import InvalidInput
from carteiro.flows.sign_in.door.guests import Guest, visited
from carteiro.flows.sign_in.provider.interactions import look
from carteiro.model.issues import issues_of

Model = TypeVar("Model", bound=BaseModel)


async def body_of(request: Request, guest: Guest, model: type[Model]) -> Model:
    """The body of a step.

    Raises ``SessionNotFound`` and ``InteractionNotFound`` before ``InvalidInput``.
    """
    try:
        return await read_model(request, model)
    except (InvalidInput, MalformedBody):
        await visited(guest)
        raise


async def first_body_of(request: Request, guest: Guest, model: type[Model]) -> Model:
    """The same of the call that begins: there is no record yet."""
    try:
        return await read_model(request, model)
    except (InvalidInput, MalformedBody):
        await look(guest.world, guest.tenant_id, guest.uid)
        raise


async def union_of(
    request: Request,
    guest: Guest,
    kinds: Mapping[str, type[BaseModel]],
    unknown: type[BaseModel],
) -> BaseModel:
    """A body that is one of several, told apart by ``type``. Raises as ``body_of``."""
    try:
        given = parse_json(await request.body() or b"{}")
        kind = given.get("type") if isinstance(given, dict) else None
        model = kinds.get(kind, unknown) if isinstance(kind, str) else unknown
        try:
            return model.model_validate(given)
        except ValidationError as error:
            text = "Error in request body: invalid input."
            raise InvalidInput(issues_of(error, model), text) from None
    except (InvalidInput, MalformedBody):
        await visited(guest)
        raise
