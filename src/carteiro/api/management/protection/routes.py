"""`/api/protection`: how codes and sending are guarded."""

from __future__ import annotations

from typing import Any

from carteiro.api.answers import tenant
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import SETTINGS
from carteiro.directory.settings.protection import ProtectionUpdate
from carteiro.flows.administer.tenant import settings as settings_flow
from carteiro.flows.administer.tenant.protection import review_protection

router = ApiRouter(
    tag="Protection",
    needs=SETTINGS,
    answers={
        "get_protection": tenant.Protection,
        "update_protection": tenant.Protection,
    },
)
JsonObject = dict[str, Any]


@router.get("/protection")
async def get_protection(caller: Caller) -> JsonObject:
    """How codes and sending are guarded, what a guesser can do, and what would be better."""
    settings = await settings_flow.get_protection(caller.world, caller.tenant_id)
    return await _reviewed(caller, settings)


@router.patch("/protection")
async def update_protection(caller: Caller, body: ProtectionUpdate) -> JsonObject:
    """Decide how codes and sending are guarded; the answer says what follows from it."""
    changes = body.model_dump(by_alias=True, mode="json", exclude_unset=True)
    settings = await settings_flow.update_protection(
        caller.world, caller.tenant_id, changes, by=caller.by
    )
    return await _reviewed(caller, settings)


async def _reviewed(caller: Caller, settings: JsonObject) -> JsonObject:
    review = await review_protection(caller.world, caller.tenant_id)
    return {
        **settings,
        "guessing": {
            "triesPerDay": review.odds.guesses_per_day,
            "chancePerYear": review.odds.per_year,
        },
        "findings": [{"code": one.code, "message": one.message} for one in review.findings],
    }
