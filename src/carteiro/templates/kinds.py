"""What each type of mail may speak of, as data: for the lint, the previews and the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, get_type_hints, is_typeddict

from carteiro.model.kinds import ApplicationInfo, OrganizationInfo, TemplateType, UserInfo


class Presence(StrEnum):
    """When a variable has a value."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    """Without it the placeholder stays in the mail as it is written."""
    FIELD = "field"
    """A field of an object: empty where it is not set, as written where the object is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable of a type; ``path`` has dots for nested fields."""

    path: str
    presence: Presence
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A type of mail: what it brings (``code``, ``link`` or nothing) and what stands around it."""

    brings: str | None
    scenario: str
    always: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    """Texts that are empty where there is nothing to say."""
    facts: tuple[str, ...] = ()
    """What a notice tells; each is there, and empty where it is not known."""


_OBJECTS: Mapping[str, tuple[type, str]] = {
    "application": (ApplicationInfo, "The application that the person uses."),
    "organization": (OrganizationInfo, "The organization that the request names."),
    "user": (UserInfo, "The person whom the mail is for."),
    "inviter": (UserInfo, "The person who invites."),
}
_BRINGS: Mapping[str, str] = {
    "code": "The verification code.",
    "link": "The address to open, as the caller of the API gave it.",
}
_TEXTS: Mapping[str, str] = {
    "operation": "What is confirmed, in the words of whoever asks; empty where they say none.",
}
_LOCALE = "The language that the mail is in, a BCP 47 tag."
_LANGUAGE: Mapping[str, str] = {
    "uiLocales": "The `ui_locales` of the request as it came.",
}
_POLICY: Mapping[str, str] = {
    "expiresInMinutes": "Whole minutes that the code still lives when the mail is sent.",
    "expiresInSeconds": "The same in seconds.",
    "expiresAt": "When the code ends, in UTC (ISO 8601).",
    "maxRetryAttempts": "Wrong tries that one code bears.",
}
_FACTS: Mapping[str, str] = {
    "time": "When it happened, in the person's time zone where the profile names one, else in UTC.",
    "device": "Browser and system as far as they are known, such as `Firefox, Windows`.",
    "newAddress": "The new address, masked; empty where it was removed.",
    "newPhone": "The new number, masked; empty where it was removed.",
    "supportEmail": "The sign-in experience's `supportEmail`.",
    "supportWebsiteUrl": "The sign-in experience's `supportWebsiteUrl`.",
}
_TOLD = ("time", "device", "supportEmail", "supportWebsiteUrl")
_SAMPLES = {
    "time": "2030-01-01 00:00 UTC",
    "device": "Firefox, Windows",
    "newAddress": "p***@example.com",
    "newPhone": "****0123",
    "supportEmail": "help@example.com",
    "supportWebsiteUrl": "https://example.com/help",
}
BRANDING: Mapping[str, str] = {
    "senderName": "The sender's name, from the connector's branding.",
    "companyInformation": "The company's line at the foot, from the connector's branding.",
    "appLogo": "The logo's address, from the connector's branding.",
}
"""What only the prebuilt templates know."""

USAGES: Mapping[TemplateType, Usage] = {
    TemplateType.SIGN_IN: Usage(
        brings="code",
        scenario="Somebody signs in with a code instead of a password.",
        always=("application",),
        sometimes=("organization",),
    ),
    TemplateType.REGISTER: Usage(
        brings="code",
        scenario="Somebody creates an account and proves the address.",
        always=("application",),
        sometimes=("organization",),
    ),
    TemplateType.FORGOT_PASSWORD: Usage(
        brings="code",
        scenario="Somebody resets a password.",
        always=("application",),
        sometimes=("organization",),
    ),
    TemplateType.ORGANIZATION_INVITATION: Usage(
        brings="link",
        scenario="Somebody is invited to an organization.",
        always=("organization",),
        sometimes=("inviter",),
    ),
    TemplateType.GENERIC: Usage(
        brings="code",
        scenario="Connector tests, codes of the management API, and types without a template.",
    ),
    TemplateType.USER_PERMISSION_VALIDATION: Usage(
        brings="code",
        scenario="Somebody confirms a risky operation.",
        always=("user",),
        sometimes=("application",),
        texts=("operation",),
    ),
    TemplateType.BIND_NEW_IDENTIFIER: Usage(
        brings="code",
        scenario="Somebody adds or changes the address of an account.",
        always=("user",),
        sometimes=("application",),
    ),
    TemplateType.MFA_VERIFICATION: Usage(
        brings="code",
        scenario="Somebody proves a second factor by mail.",
        always=("application",),
        sometimes=("organization",),
    ),
    TemplateType.BIND_MFA: Usage(
        brings="code",
        scenario="Somebody sets up mail as second factor.",
        always=("user",),
        sometimes=("application", "organization"),
    ),
    TemplateType.PASSWORD_CHANGED: Usage(
        brings=None,
        scenario="The password of an account was changed.",
        always=("user",),
        sometimes=("application",),
        facts=_TOLD,
    ),
    TemplateType.EMAIL_CHANGED: Usage(
        brings=None,
        scenario="The address of an account was changed: to the old and the new one.",
        always=("user",),
        sometimes=("application",),
        facts=(*_TOLD, "newAddress"),
    ),
    TemplateType.PHONE_CHANGED: Usage(
        brings=None,
        scenario="The phone number of an account was changed.",
        always=("user",),
        sometimes=("application",),
        facts=(*_TOLD, "newPhone"),
    ),
    TemplateType.MFA_CHANGED: Usage(
        brings=None,
        scenario="What an account asks for as second factor was changed.",
        always=("user",),
        sometimes=("application",),
        facts=_TOLD,
    ),
    TemplateType.SESSIONS_ENDED: Usage(
        brings=None,
        scenario="Sessions of an account were ended from elsewhere.",
        always=("user",),
        sometimes=("application",),
        facts=_TOLD,
    ),
    TemplateType.NEW_DEVICE: Usage(
        brings=None,
        scenario="Somebody signed in with a browser that the account does not know.",
        always=("user",),
        sometimes=("application",),
        facts=_TOLD,
    ),
}


LINKED = frozenset({TemplateType.SIGN_IN, TemplateType.REGISTER, TemplateType.FORGOT_PASSWORD})
"""Types whose mail brings a link in place of a code, when there is one (one-time tokens)."""


@cache
def variables(kind: TemplateType) -> tuple[Variable, ...]:
    """Every variable of a type in the order of the reference, objects before their fields."""
    usage = USAGES[kind]
    found = [_always(usage.brings, _BRINGS[usage.brings])] if usage.brings else []
    found += [_always(path, _FACTS[path]) for path in usage.facts]
    if usage.brings == "code":
        found += [_always(path, summary) for path, summary in _POLICY.items()]
    found += [_always(path, _TEXTS[path]) for path in usage.texts]
    for names, presence in ((usage.always, Presence.ALWAYS), (usage.sometimes, Presence.SOMETIMES)):
        for name in names:
            shape, summary = _OBJECTS[name]
            found.append(Variable(path=name, presence=presence, summary=summary))
            found += _fields(name, shape)
    found.append(_always("locale", _LOCALE))
    found += [
        Variable(path=path, presence=Presence.SOMETIMES, summary=summary)
        for path, summary in _LANGUAGE.items()
    ]
    return tuple(found)


def unsaid(kind: TemplateType) -> dict[str, str]:
    """The texts of a type where nobody says anything: its templates show no placeholder."""
    return dict.fromkeys(USAGES[kind].texts, "")


def _always(path: str, summary: str) -> Variable:
    return Variable(path=path, presence=Presence.ALWAYS, summary=summary)


def _fields(path: str, shape: Any) -> Iterator[Variable]:
    for name, annotation in get_type_hints(shape).items():
        field = f"{path}.{name}"
        yield Variable(path=field, presence=Presence.FIELD, summary="")
        if is_typeddict(annotation):
            yield from _fields(field, annotation)


def sample_context(kind: TemplateType, locale: str = "en") -> dict[str, Any]:
    """Plausible values for a preview: every variable that the type can have; they name nobody."""
    usage = USAGES[kind]
    objects = {name: _sample_object(name) for name in (*usage.always, *usage.sometimes)}
    texts = dict.fromkeys(usage.texts, "Transfer of 250.00 EUR to Sample Person")
    context = {"locale": locale, "uiLocales": locale, **texts, **objects}
    if usage.brings is None:
        return {**{name: _SAMPLES[name] for name in usage.facts}, **context}
    if usage.brings == "link":
        return {"link": "https://example.com/join?token=sample", **context}
    return {
        "code": "042137",
        "expiresInMinutes": 10,
        "expiresInSeconds": 600,
        "expiresAt": "2030-01-01T00:10:00Z",
        "maxRetryAttempts": 10,
        **context,
    }


def _sample_object(name: str) -> dict[str, Any]:
    branding = {
        "logoUrl": "https://example.com/logo.png",
        "darkLogoUrl": "https://example.com/logo-dark.png",
        "favicon": "https://example.com/favicon.ico",
        "darkFavicon": "https://example.com/favicon-dark.ico",
    }
    if name == "application":
        named = {"id": "example-app", "name": "Example App", "displayName": "Example App"}
        return {**named, "branding": branding}
    if name == "organization":
        return {"id": "example-org", "name": "Example Organization", "branding": branding}
    role = "Sample Inviter" if name == "inviter" else "Sample Person"
    return {
        "id": "sample",
        "name": role,
        "username": "sample",
        "primaryEmail": "person@example.com",
        "primaryPhone": None,
        "avatar": "https://example.com/avatar.png",
        "profile": {"givenName": "Sample", "locale": "en"},
    }
