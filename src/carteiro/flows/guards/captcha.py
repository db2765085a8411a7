"""Whether a person or a machine is at the door, where the tenant wants to know."""

from __future__ import annotations

from carteiro.connectors.captcha.verify import ask
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import CaptchaFailed, CaptchaRequired, EntityNotFound, SealBroken
from carteiro.flows.captcha_provider import captcha_config
from carteiro.flows.world import World


async def verify_captcha(world: World, tenant_id: str, token: str, ip: str | None) -> None:
    """Ask the tenant's provider about a token; outside a unit of work, for it asks the network.

    Raises ``CaptchaFailed``: no provider, one that refuses, or one that cannot be asked.
    """
    try:
        config = await captcha_config(world, tenant_id)
    except EntityNotFound:
        raise CaptchaFailed(reason="No captcha provider is set up.") from None
    except SealBroken:
        raise CaptchaFailed(reason="The captcha provider's secret cannot be read.") from None
    verdict = await ask(world.services.http, config, token, ip)
    if not verdict.passed:
        raise CaptchaFailed(reason=verdict.reason)


def require_captcha(workspace: Workspace, *, verified: bool, skipped: bool) -> None:
    """Refuse a step that the tenant's policy guards. Raises ``CaptchaRequired``."""
    if workspace.experience["captchaPolicy"].get("enabled") and not (verified or skipped):
        raise CaptchaRequired
