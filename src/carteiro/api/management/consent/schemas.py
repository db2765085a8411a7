"""Consent on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from carteiro.api.fields import Ids, SomeIds
from carteiro.directory.organizations import organization_scope_info
from carteiro.flows.administer.access.consent_scopes import Kind
from carteiro.model.wire import Wire
from carteiro.storage.people.consents import AskedScope, ConsentScopes


class UserScope(StrEnum):
    """What of a person an application may ask for."""

    PROFILE = "profile"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    CUSTOM_DATA = "custom_data"
    IDENTITIES = "identities"
    ROLES = "roles"
    ORGANIZATIONS = "urn:logto:scope:organizations"
    ORGANIZATION_ROLES = "urn:logto:scope:organization_roles"
    SESSIONS = "urn:logto:scope:sessions"
    TRUSTED_DEVICES = "urn:logto:scope:trusted_devices"


class NewConsentScopes(Wire):
    """What an application may ask for too: ids, and for `userScopes` names."""

    organization_scopes: list[str] | None = None
    resource_scopes: list[str] | None = None
    organization_resource_scopes: list[str] | None = None
    user_scopes: list[Annotated[UserScope, Field(strict=False)]] | None = None

    def by_kind(self) -> Mapping[Kind, Sequence[str]]:
        """The lists that are given."""
        lists: Mapping[Kind, Sequence[str] | None] = {
            Kind.ORGANIZATION: self.organization_scopes,
            Kind.RESOURCE: self.resource_scopes,
            Kind.ORGANIZATION_RESOURCE: self.organization_resource_scopes,
            Kind.USER: self.user_scopes,
        }
        return {kind: given for kind, given in lists.items() if given is not None}


class SomeOrganizationIds(Wire):
    """Organizations to let an application into too."""

    organization_ids: SomeIds


class AllOrganizationIds(Wire):
    """All organizations that an application is let into."""

    organization_ids: Ids


def scopes_response(scopes: ConsentScopes) -> dict[str, Any]:
    """What an application may ask for; scopes of resources stand under their resource."""
    return {
        "organizationScopes": [
            _without_tenant(organization_scope_info(row)) for row in scopes.organization_scopes
        ],
        "resourceScopes": _by_resource(scopes.resource_scopes),
        "organizationResourceScopes": _by_resource(scopes.organization_resource_scopes),
        "userScopes": list(scopes.user_scopes),
    }


def _without_tenant(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name != "tenantId"}


def _by_resource(scopes: Sequence[AskedScope]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for scope in scopes:
        resource = {
            "id": scope.resource_id,
            "name": scope.resource_name,
            "indicator": scope.indicator,
        }
        group = found.setdefault(scope.resource_id, {"resource": resource, "scopes": []})
        group["scopes"].append(
            {"id": scope.id, "name": scope.name, "description": scope.description}
        )
    return list(found.values())
