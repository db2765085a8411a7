"""What id tokens and userinfo say of a person (experience §1.8, sign-in details §1.8)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in.rights import Belonging

ORGANIZATIONS_SCOPE = "urn:logto:scope:organizations"
ORGANIZATION_ROLES_SCOPE = "urn:logto:scope:organization_roles"
SCOPES = (
    "openid",
    "offline_access",
    "profile",
    "email",
    "phone",
    "address",
    "custom_data",
    "identities",
    "roles",
    ORGANIZATIONS_SCOPE,
    ORGANIZATION_ROLES_SCOPE,
    "urn:logto:scope:sessions",
    "urn:logto:scope:trusted_devices",
)
"""Every scope that is not a resource's."""
_PROFILE: Mapping[str, str] = {
    "family_name": "familyName",
    "given_name": "givenName",
    "middle_name": "middleName",
    "nickname": "nickname",
    "profile": "profile",
    "website": "website",
    "gender": "gender",
    "birthdate": "birthdate",
    "zoneinfo": "zoneinfo",
    "locale": "locale",
}
_BASE = frozenset({"profile", "email", "phone", "address"})
_EXTENDED: Mapping[str, tuple[str, ...]] = {
    "custom_data": ("custom_data",),
    "identities": ("identities", "sso_identities"),
    "roles": ("roles",),
    ORGANIZATIONS_SCOPE: ("organizations", "organization_data"),
    ORGANIZATION_ROLES_SCOPE: ("organization_roles",),
}
EXTENDED_BY_DEFAULT = ("roles", "organizations", "organization_roles")
"""What tenants are seeded with for the id token."""
SUPPORTED = (
    "sub",
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "username",
    "created_at",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
    "custom_data",
    "identities",
    "sso_identities",
    "roles",
    "organizations",
    "organization_data",
    "organization_roles",
    "sid",
    "auth_time",
    "iss",
)
"""As discovery names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as the claims need them; what no scope asks for may be left empty."""

    row: UserRow
    roles: tuple[str, ...] = ()
    organizations: tuple[Belonging, ...] = ()


def needs_organizations(scopes: Collection[str]) -> bool:
    """Whether claims of these scopes speak of organizations."""
    return ORGANIZATIONS_SCOPE in scopes or ORGANIZATION_ROLES_SCOPE in scopes


def extended_of(scopes: Iterable[str]) -> frozenset[str]:
    """The claims beyond the standard's that scopes bring."""
    return frozenset(name for scope in scopes for name in _EXTENDED.get(scope, ()))


def claims_of(
    person: Person, scopes: Collection[str], extended: Collection[str] | None = None
) -> dict[str, Any]:
    """The claims that scopes bring beside ``sub``; of the extended ones only those in ``extended``.

    Without ``extended`` every one is there, as in userinfo.
    """
    claims: dict[str, Any] = {}
    for scope in SCOPES:
        if scope in scopes and scope in _BASE:
            claims |= _base(person.row, scope)
    wanted = extended_of(scopes)
    if extended is not None:
        wanted &= frozenset(extended)
    return claims | {name: _extended(person, name) for name in SUPPORTED if name in wanted}


def _base(row: UserRow, scope: str) -> dict[str, Any]:
    profile: dict[str, Any] = json.loads(row.profile)
    if scope == "email":
        address = {} if row.primary_email is None else {"email": row.primary_email}
        return {**address, "email_verified": bool(row.primary_email)}
    if scope == "phone":
        number = {} if row.primary_phone is None else {"phone_number": row.primary_phone}
        return {**number, "phone_number_verified": bool(row.primary_phone)}
    if scope == "address":
        return {"address": profile["address"]} if profile.get("address") else {}
    known = {name: profile[key] for name, key in _PROFILE.items() if profile.get(key) is not None}
    preferred = profile.get("preferredUsername") or row.username
    return {
        "name": row.name,
        **known,
        **({} if preferred is None else {"preferred_username": preferred}),
        "picture": row.avatar,
        "username": row.username,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _extended(person: Person, name: str) -> Any:
    match name:
        case "custom_data":
            return json.loads(person.row.custom_data)
        case "identities":
            return json.loads(person.row.identities)
        case "roles":
            return list(person.roles)
        case "organizations":
            return [held.id for held in person.organizations]
        case "organization_data":
            return [
                {"id": held.id, "name": held.name, "description": held.description}
                for held in person.organizations
            ]
        case "organization_roles":
            return [f"{held.id}:{role}" for held in person.organizations for role in held.roles]
        case _:
            return []
