"""`/api/notices`: which changes people are told of by mail."""

from __future__ import annotations

from typing import Any

from carteiro.api.answers import tenant
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import SETTINGS
from carteiro.directory.settings.notices import NoticesUpdate
from carteiro.flows.administer.tenant import settings

router = ApiRouter(
    tag="Notices",
    needs=SETTINGS,
    answers={"get_notices": tenant.Notices, "update_notices": tenant.Notices},
)


@router.get("/notices")
async def get_notices(caller: Caller) -> dict[str, Any]:
    """Which changes people are told of by mail."""
    return await settings.get_notices(caller.world, caller.tenant_id)


@router.patch("/notices")
async def update_notices(caller: Caller, body: NoticesUpdate) -> dict[str, Any]:
    """Decide which changes people are told of by mail."""
    changes = body.model_dump(by_alias=True, mode="json", exclude_unset=True)
    return await settings.update_notices(caller.world, caller.tenant_id, changes, by=caller.by)
