"""`/api/sign-in-exp`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from carteiro.api.route import Caller, ManagementRoute
from carteiro.directory.sign_in_experience import SignInExperienceUpdate
from carteiro.flows import edit_sign_in_experience as flow

router = APIRouter(prefix="/api", route_class=ManagementRoute, tags=["Sign-in experience"])


@router.get("/sign-in-exp")
async def get_experience(caller: Caller) -> dict[str, Any]:
    """The tenant's sign-in experience."""
    return await flow.get_experience(caller.world, caller.tenant_id)


@router.patch("/sign-in-exp")
async def update_experience(caller: Caller, body: SignInExperienceUpdate) -> dict[str, Any]:
    """Change any of the fields; each given one replaces the stored one as a whole."""
    return await flow.update_experience(
        caller.world, caller.tenant_id, body.changes(), by=caller.by
    )
