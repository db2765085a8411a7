"""The tenant's captcha provider with its secret: for who sets it, and for who asks it."""

from __future__ import annotations

from typing import Any

from carteiro.directory.settings.tenant_settings import SettingName, captcha_context
from carteiro.errors import EntityNotFound
from carteiro.flows.world import World
from carteiro.storage.tenancy import tenant_settings

SECRET = "secretKey"  # noqa: S105 - a member's name


async def captcha_config(world: World, tenant_id: str) -> dict[str, Any]:
    """The provider's settings, the secret in clear. Raises ``EntityNotFound``."""
    stored = await world.database.read(
        lambda tx: tenant_settings.get(tx, tenant_id, SettingName.CAPTCHA_PROVIDER)
    )
    if stored is None or stored.sealed is None:
        raise EntityNotFound
    secret = world.keyring.open(stored.sealed, captcha_context(tenant_id)).decode()
    return {**stored.value, SECRET: secret}
