"""Somebody opens a page of signing in without being on their way through one."""

from __future__ import annotations

from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.provider.interactions import look
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.oidc.errors import SessionNotFound

CONSENT = "/consent"
"""A page that looks for itself: it needs the interaction anyway."""
GUARDED = (
    "/sign-in",
    CONSENT,
    "/register",
    "/single-sign-on",
    "/social/register",
    "/forgot-password",
)
"""How the paths of such pages begin (experience §1.5)."""
_NOWHERE = "/unknown-session"


async def way_out(visit: Visit, uid: str | None) -> str | None:
    """Where they are sent instead; ``None`` for whoever is on their way."""
    if uid is not None:
        try:
            await look(visit.world, visit.tenant_id, uid)
        except SessionNotFound:
            pass
        else:
            return None
    return await elsewhere(visit)


async def elsewhere(visit: Visit) -> str:
    """Where somebody is sent who is on no way through a page."""
    try:
        workspace = await visit.world.workspaces.of(visit.tenant_id)
    except CarteiroError:
        return f"{visit.origin}{_NOWHERE}"
    return workspace.experience.get("unknownSessionRedirectUrl") or f"{visit.origin}{_NOWHERE}"
