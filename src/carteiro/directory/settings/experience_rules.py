"""What makes a sign-in experience consistent: the rules between its fields, in the wire's order.

Pure: what the tenant has beside the record (connectors, languages, user names) comes as values.
The order and the codes are those of the management API's description, §2.6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro import errors
from carteiro.directory.settings.page_sources import page_sources
from carteiro.languages.tags import LanguageLibrary

Settings = Mapping[str, Any]
_NON_SKIPPABLE = frozenset({"PromptAtSignInAndSignUpMandatory", "PromptOnlyAtSignInMandatory"})
_CODE_FACTORS = {"email": "EmailVerificationCode", "phone": "PhoneVerificationCode"}
_BLOCKLIST_ITEM = re.compile(r"[^\s@]*@[^\s@]+\.[^\s@]+")
_ONLY_WILD = re.compile(r"[*.]+")
_SAMPLES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the tenant has beside the record: connectors, languages, names that differ by case."""

    has_email: bool
    has_sms: bool
    library: LanguageLibrary
    username_conflicts: Sequence[str] = ()

    def has(self, channel: str) -> bool:
        """Whether there is a connector for ``email`` or ``phone``."""
        return self.has_email if channel == "email" else self.has_sms


def accepted(changes: Settings, stored: Settings, around: Surroundings, now: int) -> dict[str, Any]:
    """The changes as they are to be stored. Raises the error of the first rule that they break.

    ``stored`` is the full record as it is; ``now`` is in milliseconds.
    """
    merged = {**stored, **changes}
    _languages(changes, around)
    _usernames(changes, stored, around)
    if "signUp" in changes:
        _sign_up(changes["signUp"], around)
    if "signIn" in changes:
        _sign_in(merged, around)
    if "mfa" in changes:
        _mfa(merged)
    adaptive = _adaptive(changes, merged)
    if changes.get("forgotPasswordMethods"):
        _forgot_password(changes["forgotPasswordMethods"], around)
    expiration = _expiration(changes, stored, merged, around, now)
    blocklist = _hosted_only(changes)
    kept = {name: value for name, value in changes.items() if name != _SOCIAL}
    # There are no social connectors: targets without one are dropped.
    social: dict[str, Any] = {_SOCIAL: []} if _SOCIAL in changes else {}
    sources = {_CSP: page_sources(changes[_CSP])} if _CSP in changes else {}
    return {**kept, **social, **adaptive, **expiration, **blocklist, **sources}


_SOCIAL = "socialSignInConnectorTargets"
_CSP = "customUiCsp"


def recovers(methods: Sequence[str] | None, around: Surroundings) -> bool:
    """Whether people can reset a password: ``None`` leaves every channel with a connector on."""
    return any(
        around.has(channel) and (methods is None or factor in methods)
        for channel, factor in _CODE_FACTORS.items()
    )


def _languages(changes: Settings, around: Surroundings) -> None:
    if "languageInfo" in changes and not around.library.has(
        changes["languageInfo"]["fallbackLanguage"]
    ):
        raise errors.UnsupportedDefaultLanguage


def _usernames(changes: Settings, stored: Settings, around: Surroundings) -> None:
    before = stored["usernamePolicy"].get("caseSensitive", True)
    after = changes.get("usernamePolicy", {}).get("caseSensitive", True)
    if "usernamePolicy" in changes and before and not after and around.username_conflicts:
        raise errors.UsernameCaseConflicts(
            data={
                "totalConflicts": len(around.username_conflicts),
                "samples": list(around.username_conflicts[:_SAMPLES]),
            }
        )


def _sign_up(sign_up: Settings, around: Surroundings) -> None:
    primary = sign_up["identifiers"]
    secondary = sign_up.get("secondaryIdentifiers") or []
    names = [entry["identifier"] for entry in secondary]
    if names and not primary:
        raise errors.MissingSignUpIdentifiers
    everything = [*primary, *names]
    either = "emailOrPhone" in names and bool({"email", "phone"} & set(primary))
    if len(set(everything)) != len(everything) or either:
        raise errors.DuplicatedSignUpIdentifiers
    unproved = any(name != "username" for name in primary) and not sign_up["verify"]
    if unproved or any(e["identifier"] != "username" and not e.get("verify") for e in secondary):
        raise errors.PasswordlessRequiresVerify
    for channel in ("email", "phone"):
        if {channel, "emailOrPhone"} & set(everything):
            _require_connector(channel, around)


def _sign_in(merged: Settings, around: Surroundings) -> None:
    methods = merged["signIn"]["methods"]
    for channel in ("email", "phone"):
        if _signs_in_by_code(methods, channel):
            _require_connector(channel, around)
    if not all(method["password"] or method["verificationCode"] for method in methods):
        raise errors.AtLeastOneAuthenticationFactor
    sign_up = merged["signUp"]
    coded = all(m["identifier"] == "username" or m["verificationCode"] for m in methods)
    if sign_up["verify"] and not sign_up["password"] and not coded:
        raise errors.CodeSignInMustBeEnabled
    for channel, problem in (
        ("email", errors.EmailCodeNotForSignIn),
        ("phone", errors.PhoneCodeNotForSignIn),
    ):
        if _is_both(merged, channel):
            raise problem


def _mfa(merged: Settings) -> None:
    factors = merged["mfa"]["factors"]
    if len(set(factors)) != len(factors):
        raise errors.DuplicatedMfaFactors
    if factors == ["BackupCode"]:
        raise errors.BackupCodeAlone
    for channel, problem in (
        ("email", errors.EmailCodeNotForMfa),
        ("phone", errors.PhoneCodeNotForMfa),
    ):
        if _is_both(merged, channel):
            raise problem


def _adaptive(changes: Settings, merged: Settings) -> dict[str, Any]:
    """Adaptive MFA needs factors and a policy that nobody skips; nothing else may have such one."""
    if not {"mfa", "adaptiveMfa"} & changes.keys():
        return {}
    enabled = bool(merged["adaptiveMfa"].get("enabled"))
    reset = {}
    if enabled and "adaptiveMfa" not in changes and not merged["mfa"]["factors"]:
        enabled, reset = False, {"adaptiveMfa": {"enabled": False}}
    strict = merged["mfa"]["policy"] in _NON_SKIPPABLE
    if enabled and not merged["mfa"]["factors"]:
        raise errors.AdaptiveMfaRequiresMfa
    if enabled and not strict:
        raise errors.AdaptiveMfaRequiresNonSkippablePolicy
    if strict and not enabled:
        raise errors.NonAdaptiveMfaRequiresSkippablePolicy
    return reset


def _forgot_password(methods: Sequence[str], around: Surroundings) -> None:
    for channel, factor in _CODE_FACTORS.items():
        if factor in methods and not around.has(channel):
            raise errors.ForgotPasswordMethodRequiresConnector


def _expiration(
    changes: Settings, stored: Settings, merged: Settings, around: Surroundings, now: int
) -> dict[str, Any]:
    """Whoever's password expires must have a way to a new one; the beginning is ours to note."""
    if not {"passwordExpiration", "forgotPasswordMethods"} & changes.keys():
        return {}
    wanted = merged["passwordExpiration"]
    if not wanted.get("enabled"):
        return {"passwordExpiration": {"enabled": False}} if wanted else {}
    if (wanted.get("validPeriodDays") or 0) < 1:
        raise errors.PasswordExpirationInvalidPeriod
    if not recovers(merged["forgotPasswordMethods"], around):
        raise errors.PasswordExpirationRequiresForgotPassword
    before = stored["passwordExpiration"]
    since = before.get("enabledAt", now) if before.get("enabled") else now
    days = wanted["validPeriodDays"]
    return {"passwordExpiration": {"enabled": True, "validPeriodDays": days, "enabledAt": since}}


def _hosted_only(changes: Settings) -> dict[str, Any]:
    """What only the reference's hosted service offers, and the form of blocked addresses."""
    if changes.get("hideLogtoBranding"):
        raise errors.InvalidRequestInput(
            "The branding cannot be hidden in a self-hosted deployment."
        )
    policy = changes.get("emailBlocklistPolicy")
    if not policy:
        return {}
    if policy.get("blockDisposableAddresses"):
        raise errors.InvalidRequestInput(
            "Disposable addresses cannot be looked up in this deployment."
        )
    kept = dict(policy)
    for name in ("customAllowlist", "customBlocklist"):
        if kept.get(name) is not None:
            kept[name] = list(dict.fromkeys(kept[name]))
            if not all(map(_is_list_item, kept[name])):
                raise errors.InvalidBlocklistFormat
    return {"emailBlocklistPolicy": kept}


def _is_list_item(text: str) -> bool:
    """``user@domain`` or ``@domain``, with ``*``; the domain says more than stars and dots."""
    domain = text.rpartition("@")[2]
    return bool(_BLOCKLIST_ITEM.fullmatch(text)) and not _ONLY_WILD.fullmatch(domain)


def _require_connector(channel: str, around: Surroundings) -> None:
    if not around.has(channel):
        kind = "Email" if channel == "email" else "Sms"
        raise errors.EnabledConnectorNotFound(data={"type": kind})


def _signs_in_by_code(methods: Sequence[Settings], channel: str) -> bool:
    return any(m["identifier"] == channel and m["verificationCode"] for m in methods)


def _is_both(merged: Settings, channel: str) -> bool:
    """Whether a code to one address would be the first factor and the second."""
    factor = _CODE_FACTORS[channel] in merged["mfa"]["factors"]
    return factor and _signs_in_by_code(merged["signIn"]["methods"], channel)
