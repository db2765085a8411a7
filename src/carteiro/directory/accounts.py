"""A person's account as they see it themselves, and what they may not take from it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from carteiro.directory.people import user_info
from carteiro.directory.settings.account_center import AccountCenter, AccountField
from carteiro.storage.people.users import UserRow

_OF_SCOPE: Mapping[str, tuple[str, ...]] = {
    "profile": (
        *("name", "avatar", "username", "profile", "lastSignInAt", "createdAt", "updatedAt"),
        *("applicationId", "isSuspended", "hasPassword"),
    ),
    "email": ("primaryEmail",),
    "phone": ("primaryPhone",),
    "custom_data": ("customData",),
    "identities": ("identities",),
}
_SWITCHED: Mapping[str, AccountField] = {
    "name": AccountField.NAME,
    "avatar": AccountField.AVATAR,
    "username": AccountField.USERNAME,
    "primaryEmail": AccountField.EMAIL,
    "primaryPhone": AccountField.PHONE,
    "profile": AccountField.PROFILE,
    "customData": AccountField.CUSTOM_DATA,
    "identities": AccountField.SOCIAL,
    "hasPassword": AccountField.PASSWORD,
}


def account_info(row: UserRow, scopes: Collection[str], center: AccountCenter) -> dict[str, Any]:
    """What the token's scopes and the tenant's switches let a person see of themselves."""
    granted = {name for scope, names in _OF_SCOPE.items() if scope in scopes for name in names}
    off = {name for name, field in _SWITCHED.items() if not center.shows(field)}
    shown = {name: value for name, value in user_info(row).items() if name in granted - off}
    if "profile" in shown:
        shown["profile"] = shown_profile(row, scopes)
    return {"id": row.id, **shown, "hasSecurityVerificationMethod": has_security_method(row)}


def shown_profile(row: UserRow, scopes: Collection[str]) -> dict[str, Any]:
    """The profile; the postal address has a scope of its own."""
    profile: dict[str, Any] = json.loads(row.profile)
    if "address" not in scopes:
        profile.pop("address", None)
    return profile


def has_security_method(row: UserRow) -> bool:
    """Whether the person has anything by which they can prove once more who they are."""
    return any((row.password_encrypted, row.primary_email, row.primary_phone))


def has_other_identifier(row: UserRow) -> bool:
    """Whether anything is left by which the person is found when they sign in.

    What the tenant's settings ask for does not matter (sign-in details §3).
    """
    identified = (row.username, row.primary_email, row.primary_phone, json.loads(row.identities))
    return any(identified)
