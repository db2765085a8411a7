"""An administrator decides over the account pages, the captcha, id tokens and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from carteiro.directory.settings.notices import NOTICES_DEFAULT
from carteiro.directory.settings.protection import PROTECTION_DEFAULT
from carteiro.directory.settings.tenant_settings import (
    DELIVERY_DEFAULT,
    SESSION_DEFAULT,
    SettingName,
    account_center_record,
    captcha_context,
)
from carteiro.errors import EntityNotFound, SealBroken
from carteiro.flows.announce import announce
from carteiro.flows.captcha_provider import SECRET, captcha_config
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.masking import MASK
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import tenant_settings, tenants
from carteiro.storage.tenancy.tenant_settings import Setting

_EVENTS = {
    SettingName.ACCOUNT_CENTER: "AccountCenter.Updated",
    SettingName.ID_TOKEN: "IdTokenConfig.Updated",
    SettingName.OIDC_SESSION: "OidcSession.Updated",
    SettingName.DELIVERY: "Delivery.Updated",
    SettingName.PROTECTION: "Protection.Updated",
    SettingName.NOTICES: "Notices.Updated",
}


async def get_account_center(world: World, tenant_id: str) -> dict[str, Any]:
    """What people may do with their own account."""
    stored = await _get(world, tenant_id, SettingName.ACCOUNT_CENTER)
    return account_center_record(tenant_id, stored.value if stored else None)


async def update_account_center(
    world: World, tenant_id: str, changes: Mapping[str, Any], *, by: Actor = OPERATOR
) -> dict[str, Any]:
    """Replace the given members."""
    value = await _merge(world, tenant_id, SettingName.ACCOUNT_CENTER, changes, by)
    return account_center_record(tenant_id, value)


async def get_id_token_config(world: World, tenant_id: str) -> dict[str, Any]:
    """Which claims id tokens carry beside the standard ones. Raises ``EntityNotFound``."""
    stored = existing(await _get(world, tenant_id, SettingName.ID_TOKEN), EntityNotFound)
    return dict(stored.value)


async def put_id_token_config(
    world: World, tenant_id: str, value: Mapping[str, Any], *, by: Actor = OPERATOR
) -> dict[str, Any]:
    """Decide which claims id tokens carry."""
    name = SettingName.ID_TOKEN
    return await _merge(world, tenant_id, name, value, by, replacing=True)


async def get_session_config(world: World, tenant_id: str) -> dict[str, Any]:
    """How long sessions live."""
    stored = await _get(world, tenant_id, SettingName.OIDC_SESSION)
    return {**SESSION_DEFAULT, **(stored.value if stored else {})}


async def update_session_config(
    world: World, tenant_id: str, changes: Mapping[str, Any], *, by: Actor = OPERATOR
) -> dict[str, Any]:
    """Decide how long sessions live."""
    value = await _merge(world, tenant_id, SettingName.OIDC_SESSION, changes, by)
    return {**SESSION_DEFAULT, **value}


async def get_delivery(world: World, tenant_id: str) -> dict[str, Any]:
    """How messages are delivered."""
    stored = await _get(world, tenant_id, SettingName.DELIVERY)
    return {**DELIVERY_DEFAULT, **(stored.value if stored else {})}


async def update_delivery(
    world: World, tenant_id: str, changes: Mapping[str, Any], *, by: Actor = OPERATOR
) -> dict[str, Any]:
    """Decide how messages are delivered."""
    value = await _merge(world, tenant_id, SettingName.DELIVERY, changes, by)
    return {**DELIVERY_DEFAULT, **value}


async def get_protection(world: World, tenant_id: str) -> dict[str, Any]:
    """How codes and sending are guarded."""
    stored = await _get(world, tenant_id, SettingName.PROTECTION)
    return {**PROTECTION_DEFAULT, **(stored.value if stored else {})}


async def update_protection(
    world: World, tenant_id: str, changes: Mapping[str, Any], *, by: Actor = OPERATOR
) -> dict[str, Any]:
    """Decide how codes and sending are guarded."""
    value = await _merge(world, tenant_id, SettingName.PROTECTION, changes, by)
    return {**PROTECTION_DEFAULT, **value}


async def get_notices(world: World, tenant_id: str) -> dict[str, Any]:
    """Which changes people are told of."""
    stored = await _get(world, tenant_id, SettingName.NOTICES)
    return {**NOTICES_DEFAULT, **(stored.value if stored else {})}


async def update_notices(
    world: World, tenant_id: str, changes: Mapping[str, Any], *, by: Actor = OPERATOR
) -> dict[str, Any]:
    """Decide which changes people are told of."""
    value = await _merge(world, tenant_id, SettingName.NOTICES, changes, by)
    return {**NOTICES_DEFAULT, **value}


async def get_captcha_provider(world: World, tenant_id: str) -> dict[str, Any]:
    """Who tells people from machines, with the secret. Raises ``EntityNotFound``."""
    return _provider(tenant_id, await captcha_config(world, tenant_id))


async def put_captcha_provider(
    world: World, tenant_id: str, config: Mapping[str, Any], *, by: Actor = OPERATOR
) -> dict[str, Any]:
    """Set the provider; a masked secret keeps the stored one."""
    if config[SECRET] == MASK:
        config = {**config, SECRET: (await captcha_config(world, tenant_id))[SECRET]}
    public = {name: value for name, value in config.items() if name != SECRET}
    sealed = world.keyring.seal(config[SECRET].encode(), captcha_context(tenant_id))

    async def work(tx: Transaction) -> None:
        setting = Setting(public, sealed)
        known = await tenant_settings.get(tx, tenant_id, SettingName.CAPTCHA_PROVIDER)
        await tenant_settings.put(tx, tenant_id, SettingName.CAPTCHA_PROVIDER, setting)
        before = _told(world, tenant_id, known)
        name = "CaptchaProvider.Updated"
        await announce(tx, world, tenant_id, by, name, before=before, after=config)

    await change(world, tenant_id, work)
    return _provider(tenant_id, config)


async def delete_captcha_provider(world: World, tenant_id: str, *, by: Actor = OPERATOR) -> None:
    """Do without. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        known = await tenant_settings.get(tx, tenant_id, SettingName.CAPTCHA_PROVIDER)
        if not await tenant_settings.delete(tx, tenant_id, SettingName.CAPTCHA_PROVIDER):
            raise EntityNotFound
        before = _told(world, tenant_id, known)
        await announce(tx, world, tenant_id, by, "CaptchaProvider.Deleted", before=before)

    await change(world, tenant_id, work)


async def _get(world: World, tenant_id: str, name: SettingName) -> Setting | None:
    return await world.database.read(lambda tx: tenant_settings.get(tx, tenant_id, name))


async def _merge(
    world: World,
    tenant_id: str,
    name: SettingName,
    changes: Mapping[str, Any],
    by: Actor,
    *,
    replacing: bool = False,
) -> dict[str, Any]:
    async def work(tx: Transaction) -> dict[str, Any]:
        await tenants.lock(tx, tenant_id)
        stored = await tenant_settings.get(tx, tenant_id, name)
        before = dict(stored.value) if stored else {}
        if not changes and not replacing:
            return before
        value = {**({} if replacing else before), **changes}
        await tenant_settings.put(tx, tenant_id, name, Setting(value))
        fields = sorted(changes)
        await announce(
            tx, world, tenant_id, by, _EVENTS[name], before=before, after=value, fields=fields
        )
        return value

    return await change(world, tenant_id, work)


def _told(world: World, tenant_id: str, known: Setting | None) -> dict[str, Any] | None:
    """A provider as the audit log compares it; what no key opens is not told."""
    if known is None or known.sealed is None:
        return None
    told = dict(known.value)
    with suppress(SealBroken):
        told[SECRET] = world.keyring.open(known.sealed, captcha_context(tenant_id)).decode()
    return told


def _provider(tenant_id: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {"tenantId": tenant_id, "id": "default", "config": dict(config)}
