"""`/api/sentinel-activities`."""

from __future__ import annotations

from typing import Literal

from fastapi import Response

from carteiro.api.fields import Ids
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import PEOPLE
from carteiro.flows.administer.mail.limits import clear_limits
from carteiro.model.wire import Wire

router = ApiRouter(
    tag="Users",
    needs=PEOPLE,
)


class Targets(Wire):
    """Whose failures and sends to forget."""

    target_type: Literal["User", "App"]
    targets: Ids


@router.post("/sentinel-activities/delete", status_code=204, response_class=Response)
async def delete_sentinel_activities(caller: Caller, body: Targets) -> None:
    """Let identifiers try again: their failures and the messages sent to them are forgotten."""
    targets = body.targets if body.target_type == "User" else []
    await clear_limits(caller.world, caller.tenant_id, targets, by=caller.by)
