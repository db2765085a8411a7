"""What the rules of the door need to know of the tenant's sign-in experience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from carteiro.experience.proofs import IdentifierType, ProofType


class SignInMode(StrEnum):
    """Whether people may sign in, register, or both."""

    SIGN_IN = "SignIn"
    REGISTER = "Register"
    BOTH = "SignInAndRegister"


class Missing(StrEnum):
    """What an account can lack, as the wire names it."""

    USERNAME = "username"
    EMAIL = "email"
    PHONE = "phone"
    PASSWORD = "password"  # noqa: S105 - a member's name
    EMAIL_OR_PHONE = "emailOrPhone"
    EXTRA_PROFILE = "extraProfile"


class Factor(StrEnum):
    """Second factors; those by mail and phone are ours, the others may be configured."""

    WEB_AUTHN = "WebAuthn"
    TOTP = "Totp"
    PHONE_CODE = "PhoneVerificationCode"
    EMAIL_CODE = "EmailVerificationCode"
    BACKUP_CODE = "BackupCode"


class MfaPolicy(StrEnum):
    """When people are asked for a second factor."""

    USER_CONTROLLED = "UserControlled"
    MANDATORY = "Mandatory"
    ONLY_AT_SIGN_IN = "PromptOnlyAtSignIn"
    ALWAYS = "PromptAtSignInAndSignUp"
    NEVER = "NoPrompt"
    ALWAYS_MANDATORY = "PromptAtSignInAndSignUpMandatory"
    ONLY_AT_SIGN_IN_MANDATORY = "PromptOnlyAtSignInMandatory"

    @property
    def skippable(self) -> bool:
        """Whether people may do without."""
        return self not in _NO_SKIP

    @property
    def spares_registration(self) -> bool:
        """Whether nobody is asked who registers."""
        return self in {MfaPolicy.ONLY_AT_SIGN_IN, MfaPolicy.ONLY_AT_SIGN_IN_MANDATORY}


_PARTS = {"fullname": ("givenName", "middleName", "familyName")}
_NO_SKIP = frozenset(
    {
        MfaPolicy.MANDATORY,
        MfaPolicy.ALWAYS_MANDATORY,
        MfaPolicy.ONLY_AT_SIGN_IN_MANDATORY,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """The settings as the rules read them; ``has_email`` and ``has_sms`` are the connectors.

    ``by_password`` and ``by_code`` are the identifiers that sign in so. ``asked`` is what people
    give when they register, ``sign_up_identifiers`` the names of it that stand in the settings.
    ``forgot_methods`` is ``None`` where the connectors decide, ``extra_fields`` are the members of
    the extra profile that people are asked for.
    """

    mode: SignInMode
    by_password: frozenset[IdentifierType]
    by_code: frozenset[IdentifierType]
    asked: tuple[Missing, ...]
    sign_up_identifiers: frozenset[str]
    forgot_methods: frozenset[ProofType] | None
    factors: tuple[Factor, ...]
    mfa_policy: MfaPolicy
    organizations_may_require_mfa: bool
    extra_fields: frozenset[str]
    captcha: bool
    usernames_by_case: bool
    has_email: bool
    has_sms: bool

    @classmethod
    def of(cls, experience: Mapping[str, Any], *, has_email: bool, has_sms: bool) -> Self:
        """Read the sign-in experience with its defaults filled in."""
        methods = experience["signIn"]["methods"]
        sign_up, mfa = experience["signUp"], experience["mfa"]
        forgot = experience["forgotPasswordMethods"]
        secondary = [one["identifier"] for one in sign_up.get("secondaryIdentifiers") or ()]
        return cls(
            mode=SignInMode(experience["signInMode"]),
            by_password=_where(methods, "password"),
            by_code=_where(methods, "verificationCode"),
            asked=_asked(sign_up["identifiers"], secondary, password=sign_up["password"]),
            sign_up_identifiers=frozenset(_named([*sign_up["identifiers"], *secondary])),
            forgot_methods=None if forgot is None else frozenset(map(ProofType, forgot)),
            factors=tuple(Factor(one) for one in mfa["factors"]),
            mfa_policy=MfaPolicy(mfa["policy"]),
            organizations_may_require_mfa=mfa.get("organizationRequiredMfaPolicy") == "Mandatory",
            extra_fields=_extra_fields(experience.get("signUpProfileFields")),
            captcha=bool(experience["captchaPolicy"].get("enabled")),
            usernames_by_case=experience["usernamePolicy"].get("caseSensitive", True) is not False,
            has_email=has_email,
            has_sms=has_sms,
        )

    def resets_by(self, kind: ProofType) -> bool:
        """Whether a forgotten password is reset by a proof of this type."""
        if self.forgot_methods is not None:
            return kind in self.forgot_methods
        return self.has_email if kind is ProofType.EMAIL_CODE else self.has_sms


def _where(methods: list[Mapping[str, Any]], way: str) -> frozenset[IdentifierType]:
    return frozenset(IdentifierType(one["identifier"]) for one in methods if one[way])


def _asked(identifiers: list[str], secondary: list[str], *, password: bool) -> tuple[Missing, ...]:
    """The mandatory profile (experience API §2.8): the primary identifier, then the others."""
    primary: list[str] = []
    if "username" in identifiers:
        primary = ["username"]
    elif {"email", "phone"} <= set(identifiers):
        primary = ["emailOrPhone"]
    elif identifiers:
        primary = identifiers[:1]
    names = [*primary, *secondary, *(["password"] if password else [])]
    return tuple(dict.fromkeys(Missing(name) for name in names))


def _extra_fields(asked: list[Mapping[str, Any]] | None) -> frozenset[str]:
    """A full name is asked for as one field, and comes in its parts."""
    names = [one["name"] for one in asked or ()]
    return frozenset(part for name in names for part in _PARTS.get(name, (name,)))


def _named(identifiers: list[str]) -> list[str]:
    both = ["email", "phone"] if "emailOrPhone" in identifiers else []
    return [*identifiers, *both]
