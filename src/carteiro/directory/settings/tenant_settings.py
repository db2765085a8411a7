"""The shapes and defaults of a tenant's settings beside its sign-in experience."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from carteiro.directory.settings.sign_in_experience import OptionalUrl
from carteiro.model.wire import Wire


class SettingName(StrEnum):
    """Under which name each is stored."""

    ACCOUNT_CENTER = "accountCenter"
    CAPTCHA_PROVIDER = "captchaProvider"
    ID_TOKEN = "idToken"  # noqa: S105 - a setting's name
    OIDC_SESSION = "oidcSession"
    DELIVERY = "delivery"
    PROTECTION = "protection"
    NOTICES = "notices"


Access = Literal["Off", "ReadOnly", "Edit"]


class AccountCenterFields(Wire):
    """What people may see and change of their own account; what is not given is off."""

    name: Access | None = None
    avatar: Access | None = None
    profile: Access | None = None
    email: Access | None = None
    phone: Access | None = None
    password: Access | None = None
    username: Access | None = None
    social: Access | None = None
    custom_data: Access | None = None
    mfa: Access | None = None
    passkey: Access | None = None
    session: Access | None = None


class ProfileFieldName(Wire):
    """A profile field of the account pages."""

    name: Annotated[str, Field(min_length=1)]


class AccountCenterUpdate(Wire):
    """What changes; each given member replaces the stored one."""

    nullable = frozenset({"deleteAccountUrl", "customCss", "profileFields"})

    enabled: bool | None = None
    fields: AccountCenterFields | None = None
    webauthn_related_origins: list[str] | None = None
    delete_account_url: OptionalUrl = None
    custom_css: str | None = None
    profile_fields: list[ProfileFieldName] | None = None


class TurnstileConfig(Wire):
    """Cloudflare Turnstile."""

    type: Literal["Turnstile"]
    site_key: Annotated[str, Field(min_length=1)]
    secret_key: Annotated[str, Field(min_length=1)] = Field(repr=False)


class RecaptchaEnterpriseConfig(Wire):
    """Google reCAPTCHA Enterprise."""

    type: Literal["RecaptchaEnterprise"]
    site_key: Annotated[str, Field(min_length=1)]
    secret_key: Annotated[str, Field(min_length=1)] = Field(repr=False)
    project_id: Annotated[str, Field(min_length=1)]
    domain: str | None = None
    mode: Literal["invisible", "checkbox"] | None = None


class RecaptchaV3Config(Wire):
    """Google reCAPTCHA v3."""

    type: Literal["RecaptchaV3"]
    site_key: Annotated[str, Field(min_length=1)]
    secret_key: Annotated[str, Field(min_length=1)] = Field(repr=False)


class HCaptchaConfig(Wire):
    """hCaptcha."""

    type: Literal["HCaptcha"]
    site_key: Annotated[str, Field(min_length=1)]
    secret_key: Annotated[str, Field(min_length=1)] = Field(repr=False)


CaptchaConfig = TurnstileConfig | RecaptchaEnterpriseConfig | RecaptchaV3Config | HCaptchaConfig


class CaptchaProvider(Wire):
    """Who tells people from machines."""

    config: Annotated[CaptchaConfig, Field(discriminator="type")]


class IdTokenConfig(Wire):
    """Which claims stand in an id token beside the standard ones."""

    enabled_extended_claims: (
        list[
            Literal[
                "custom_data",
                "identities",
                "sso_identities",
                "roles",
                "organizations",
                "organization_data",
                "organization_roles",
            ]
        ]
        | None
    ) = None


class OidcSessionConfig(Wire):
    """How long a session lives, in seconds."""

    ttl: Annotated[int, Field(ge=60, le=365 * 86_400)] | None = None


class RateLimit(Wire):
    """What a connector may be asked for, over all processes; what is not given is no limit."""

    per_second: Annotated[float, Field(ge=0.01, le=10_000)] | None = None
    concurrent: Annotated[int, Field(ge=1, le=1000)] | None = None


class DeliveryUpdate(Wire):
    """How messages are delivered; each given member replaces the stored one."""

    mode: Literal["direct", "queued"] | None = Field(
        None, description="Inside the request, or after it by the queue."
    )
    on_unknown_outcome: Literal["retry", "give-up"] | None = Field(
        None, description="What follows an attempt that was not answered: it may have been sent."
    )
    rate_limit: RateLimit | None = Field(None, description="Of the first email connector.")
    incomplete_languages: Literal["warn", "refuse"] | None = Field(
        None, description="What a language meets that goes live without words for every mail."
    )


DELIVERY_DEFAULT: Mapping[str, Any] = {
    "mode": "direct",
    "onUnknownOutcome": "retry",
    "rateLimit": {},
    "incompleteLanguages": "warn",
}
ACCOUNT_CENTER_DEFAULT: Mapping[str, Any] = {
    "enabled": False,
    "fields": {},
    "webauthnRelatedOrigins": [],
    "deleteAccountUrl": None,
    "customCss": None,
    "profileFields": None,
}
SESSION_DEFAULT: Mapping[str, Any] = {"ttl": 14 * 86_400}


def account_center_record(tenant_id: str, stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """The account center's settings as the wire shows them."""
    return {"tenantId": tenant_id, "id": "default", **ACCOUNT_CENTER_DEFAULT, **(stored or {})}


def captcha_context(tenant_id: str) -> str:
    """What the captcha provider's sealed secret is bound to."""
    return f"tenant_settings/{tenant_id}/{SettingName.CAPTCHA_PROVIDER}"
