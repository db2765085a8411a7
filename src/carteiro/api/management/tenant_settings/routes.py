"""`/api/account-center`, `/api/captcha-provider` and `/api/configs`."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from carteiro.api.answers import tenant
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import ALL, SETTINGS
from carteiro.directory.settings.tenant_settings import (
    AccountCenterUpdate,
    CaptchaProvider,
    IdTokenConfig,
    OidcSessionConfig,
)
from carteiro.flows.administer.tenant import settings as flow
from carteiro.model.wire import Wire

router = ApiRouter(
    tag="Settings",
    needs=SETTINGS,
    but={
        "/captcha-provider": ALL,
    },
    answers={
        "get_account_center_settings": tenant.AccountCenter,
        "update_account_center": tenant.AccountCenter,
        "get_captcha_provider": tenant.StoredCaptchaProvider,
        "put_captcha_provider": tenant.StoredCaptchaProvider,
        "get_id_token_config": IdTokenConfig,
        "put_id_token_config": IdTokenConfig,
        "get_session_config": OidcSessionConfig,
        "update_session_config": OidcSessionConfig,
    },
)


@router.get("/account-center")
async def get_account_center_settings(caller: Caller) -> dict[str, Any]:
    """What people may see and change of their own account."""
    return await flow.get_account_center(caller.world, caller.tenant_id)


@router.patch("/account-center")
async def update_account_center(caller: Caller, body: AccountCenterUpdate) -> dict[str, Any]:
    """Decide what people may see and change of their own account."""
    return await flow.update_account_center(
        caller.world, caller.tenant_id, _given(body), by=caller.by
    )


@router.get("/captcha-provider")
async def get_captcha_provider(caller: Caller) -> dict[str, Any]:
    """Who tells people from machines, with the secret."""
    return await flow.get_captcha_provider(caller.world, caller.tenant_id)


@router.put("/captcha-provider")
async def put_captcha_provider(caller: Caller, body: CaptchaProvider) -> dict[str, Any]:
    """Set who tells people from machines; the sign-in experience's `captchaPolicy` turns it on."""
    config = _given(body)["config"]
    return await flow.put_captcha_provider(caller.world, caller.tenant_id, config, by=caller.by)


@router.delete("/captcha-provider", status_code=204, response_class=Response)
async def delete_captcha_provider(caller: Caller) -> None:
    """Do without a captcha."""
    await flow.delete_captcha_provider(caller.world, caller.tenant_id, by=caller.by)


@router.get("/configs/id-token")
async def get_id_token_config(caller: Caller) -> dict[str, Any]:
    """Which claims id tokens carry beside the standard ones."""
    return await flow.get_id_token_config(caller.world, caller.tenant_id)


@router.put("/configs/id-token")
async def put_id_token_config(caller: Caller, body: IdTokenConfig) -> dict[str, Any]:
    """Decide which claims id tokens carry beside the standard ones."""
    return await flow.put_id_token_config(
        caller.world, caller.tenant_id, _given(body), by=caller.by
    )


@router.get("/configs/oidc/session")
async def get_session_config(caller: Caller) -> dict[str, Any]:
    """How long sessions live, in seconds."""
    return await flow.get_session_config(caller.world, caller.tenant_id)


@router.patch("/configs/oidc/session")
async def update_session_config(caller: Caller, body: OidcSessionConfig) -> dict[str, Any]:
    """Decide how long sessions live."""
    return await flow.update_session_config(
        caller.world, caller.tenant_id, _given(body), by=caller.by
    )


def _given(body: Wire) -> dict[str, Any]:
    return body.model_dump(by_alias=True, mode="json", exclude_unset=True)
