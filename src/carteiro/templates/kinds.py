"""What each type of mail may speak of: the source of the lint, the previews and the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints, is_typeddict

from carteiro.model.kinds import (
    ApplicationInfo,
    OrganizationInfo,
    TemplateType,
    UserInfo,
)

POLICY_VARIABLES: Mapping[str, str] = {
    "expiresInMinutes": "Minutes that the code lives, from the policy in force.",
    "expiresInSeconds": "The same in seconds.",
    "expiresAt": "When it dies, in UTC (ISO 8601).",
    "maxRetryAttempts": "Wrong tries that one code bears.",
}
LANGUAGE_VARIABLES: Mapping[str, str] = {
    "locale": "The language of the mail, as a BCP 47 tag.",
    "uiLocales": "The `ui_locales` of the request as it came; absent when it had none.",
}
OBJECTS: Mapping[str, type] = {
    "application": ApplicationInfo,
    "organization": OrganizationInfo,
    "user": UserInfo,
    "inviter": UserInfo,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A type's subject (``code`` or ``link``) and the objects that it may mention."""

    carries: str
    scenario: str
    objects: tuple[str, ...] = ()


_SIGN_IN_OBJECTS = ("application", "organization")
_ACCOUNT_OBJECTS = ("user", "application")
USAGES: Mapping[TemplateType, Usage] = {
    TemplateType.SIGN_IN: Usage(
        carries="code", scenario="Somebody signs in with a code.", objects=_SIGN_IN_OBJECTS
    ),
    TemplateType.REGISTER: Usage(
        carries="code", scenario="Somebody creates an account.", objects=_SIGN_IN_OBJECTS
    ),
    TemplateType.FORGOT_PASSWORD: Usage(
        carries="code", scenario="Somebody resets a password.", objects=_SIGN_IN_OBJECTS
    ),
    TemplateType.ORGANIZATION_INVITATION: Usage(
        carries="link",
        scenario="Somebody is invited to an organization.",
        objects=("organization", "inviter"),
    ),
    TemplateType.GENERIC: Usage(
        carries="code", scenario="Everything without a template of its own, and connector tests."
    ),
    TemplateType.USER_PERMISSION_VALIDATION: Usage(
        carries="code", scenario="Somebody confirms a risky operation.", objects=_ACCOUNT_OBJECTS
    ),
    TemplateType.BIND_NEW_IDENTIFIER: Usage(
        carries="code", scenario="Somebody adds an address to an account.", objects=_ACCOUNT_OBJECTS
    ),
    TemplateType.MFA_VERIFICATION: Usage(
        carries="code", scenario="Somebody proves a second factor.", objects=_SIGN_IN_OBJECTS
    ),
    TemplateType.BIND_MFA: Usage(
        carries="code", scenario="Somebody sets up mail as second factor.", objects=_ACCOUNT_OBJECTS
    ),
}  # fmt: skip


def variables(kind: TemplateType) -> frozenset[str]:
    """Every variable of a type, nested fields with their dots."""
    usage = USAGES[kind]
    names = {usage.carries, *LANGUAGE_VARIABLES}
    if usage.carries == "code":
        names |= POLICY_VARIABLES.keys()
    for name in usage.objects:
        names |= {name, *(f"{name}.{field}" for field in fields(OBJECTS[name]))}
    return frozenset(names)


def fields(shape: Any) -> list[str]:
    """The fields of an object, those of its objects with a dot, in order."""
    found = []
    for name, annotation in get_type_hints(shape).items():
        found.append(name)
        if is_typeddict(annotation):
            found += [f"{name}.{inner}" for inner in fields(annotation)]
    return found


def sample_context(kind: TemplateType, locale: str) -> dict[str, Any]:
    """Plausible values for a preview; they name nobody."""
    application = {"id": "app", "name": "Example App", "displayName": "Example App", "branding": {}}
    organization = {"id": "org", "name": "Example Organization", "branding": {}}
    person: dict[str, Any] = {
        "id": "user",
        "name": "Sample Person",
        "username": "sample",
        "primaryEmail": "person@example.com",
        "primaryPhone": None,
        "avatar": None,
        "profile": {},
    }
    objects = {
        "application": application,
        "organization": organization,
        "user": person,
        "inviter": person,
    }
    usage = USAGES[kind]
    context: dict[str, Any] = {
        "locale": locale,
        "uiLocales": locale,
        **{name: objects[name] for name in usage.objects},
    }
    if usage.carries == "link":
        return {**context, "link": "https://example.com/join?token=sample"}
    policy = {
        "expiresInMinutes": 10,
        "expiresInSeconds": 600,
        "expiresAt": "2030-01-01T00:10:00Z",
        "maxRetryAttempts": 10,
    }
    return {**context, **policy, "code": "042137"}
