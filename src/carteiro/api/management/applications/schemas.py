"""Applications on the wire."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from carteiro.api.fields import Ids, JsonObject, UrlOrEmpty
from carteiro.directory.applications import (
    require_origin,
    require_public_keys,
    require_redirect_uri,
)
from carteiro.directory.settings.sign_in_experience import BrandingSettings, PartialColor, Url
from carteiro.flows.administer.access.application_secrets import OpenSecret
from carteiro.model.wire import Wire

Name = Annotated[str, Field(min_length=1, max_length=256)]
RedirectUri = Annotated[str, Field(max_length=2048), AfterValidator(require_redirect_uri)]
Origin = Annotated[str, AfterValidator(require_origin)]
Seconds = Annotated[int, Field(ge=1, le=10 * 365 * 86_400)]
ApplicationType = Literal["Native", "SPA", "Traditional", "MachineToMachine", "Protected", "SAML"]


class PublicKeys(Wire):
    """Keys that the application signs its assertions with (`private_key_jwt`); public ones only."""

    keys: Annotated[list[JsonObject], Field(max_length=10), AfterValidator(require_public_keys)]


class OidcClientMetadata(Wire):
    """Where people may be sent back to."""

    redirect_uris: list[RedirectUri]
    post_logout_redirect_uris: list[RedirectUri]
    backchannel_logout_uri: Url | None = None
    backchannel_logout_session_required: bool | None = None
    logo_uri: str | None = None
    jwks: PublicKeys | None = None


class CustomClientMetadata(Wire):
    """How tokens for this application behave; times are seconds or, where named so, days."""

    cors_allowed_origins: list[Origin] | None = None
    id_token_ttl: Seconds | None = None
    refresh_token_ttl: Seconds | None = None
    refresh_token_ttl_in_days: Annotated[int, Field(ge=1, le=180)] | None = None
    tenant_id: str | None = None
    always_issue_refresh_token: bool | None = None
    rotate_refresh_token: bool | None = None
    allow_token_exchange: bool | None = None
    is_device_flow: bool | None = None
    max_allowed_grants: Annotated[int, Field(ge=1)] | None = None


class UpdateApplication(Wire):
    """What changes; JSON members are replaced as a whole."""

    nullable = frozenset({"description", "protectedAppMetadata"})

    name: Name | None = None
    description: str | None = None
    oidc_client_metadata: OidcClientMetadata | None = None
    custom_client_metadata: CustomClientMetadata | None = None
    protected_app_metadata: JsonObject | None = None
    custom_data: JsonObject | None = None
    app_level_access_control_enabled: bool | None = Field(
        None, description="`false`: nothing here decides whom an application lets in."
    )
    is_admin: bool | None = Field(None, description="Whether it may manage; machines only.")

    def columns(self) -> dict[str, Any]:
        """The given members as the columns hold them."""
        given = self.model_dump(exclude_unset=True, exclude={"is_admin"})
        for name in ("oidc_client_metadata", "custom_client_metadata"):
            if name in given:
                shape: Wire = getattr(self, name)
                given[name] = shape.model_dump(by_alias=True, mode="json", exclude_unset=True)
        for name in _JSON & given.keys():
            if given[name] is not None:
                given[name] = json.dumps(given[name], ensure_ascii=False)
        if "description" in given:
            given["description"] = given["description"] or None
        return given


_JSON = {"oidc_client_metadata", "custom_client_metadata", "protected_app_metadata", "custom_data"}


class CreateApplication(UpdateApplication):
    """A new application."""

    name: Name
    type: ApplicationType
    is_third_party: bool | None = None

    def columns(self) -> dict[str, Any]:
        """The given members as the columns hold them."""
        return {name: value for name, value in super().columns().items() if value is not None}


class NewSecret(Wire):
    """A secret; without `expiresAt` it does not end."""

    nullable = frozenset({"expiresAt"})

    name: Name
    expires_at: Annotated[int, Field(ge=0, lt=2**53)] | None = None


class RenamedSecret(Wire):
    """Another name for a secret."""

    name: Name


class ApplicationExperience(Wire):
    """How the application's pages look; only the given members change."""

    nullable = frozenset({"displayName", "customCss", "termsOfUseUrl", "privacyPolicyUrl"})

    color: PartialColor | None = None
    branding: BrandingSettings | None = None
    display_name: Annotated[str, Field(max_length=256)] | None = None
    custom_css: str | None = None
    terms_of_use_url: UrlOrEmpty | None = None
    privacy_policy_url: UrlOrEmpty | None = None

    def columns(self) -> dict[str, Any]:
        """The given members as the columns hold them."""
        given = self.model_dump(exclude_unset=True)
        for name in ("color", "branding"):
            if name in given:
                shape: Wire = getattr(self, name)
                value = shape.model_dump(by_alias=True, mode="json", exclude_unset=True)
                given[name] = json.dumps(value)
        for name in ("display_name", "custom_css", "terms_of_use_url", "privacy_policy_url"):
            if name in given:
                given[name] = given[name] or None
        return given


class RoleIds(Wire):
    """Roles to give."""

    role_ids: Ids


def secret_response(tenant_id: str, application_id: str, secret: OpenSecret) -> JsonObject:
    """A secret as the wire shows it, with its value."""
    return {
        "tenantId": tenant_id,
        "applicationId": application_id,
        "name": secret.row.name,
        "value": secret.value,
        "createdAt": secret.row.created_at,
        "expiresAt": secret.row.expires_at,
    }
