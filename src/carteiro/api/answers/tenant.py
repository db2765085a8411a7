"""Answers about the tenant's settings, webhooks, audit log, and the process itself."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from pydantic import ConfigDict
from typing_extensions import TypedDict

from carteiro.api.answers.shapes import Members, Moment
from carteiro.api.management.hooks.schemas import HookConfig
from carteiro.directory.settings import sign_in_experience as settings
from carteiro.directory.settings.tenant_settings import (
    AccountCenterFields,
    CaptchaConfig,
    ProfileFieldName,
)
from carteiro.webhooks.events import HookEvent


class _Experience(TypedDict):
    tenantId: str
    id: str
    color: settings.Color
    branding: settings.BrandingSettings
    hideLogtoBranding: bool
    languageInfo: settings.LanguageInfo
    termsOfUseUrl: str | None
    privacyPolicyUrl: str | None
    agreeToTermsPolicy: Literal["Automatic", "ManualRegistrationOnly", "Manual"]
    signIn: settings.SignIn
    signUp: settings.SignUp
    socialSignIn: settings.SocialSignIn
    socialSignInConnectorTargets: list[str]
    signInMode: Literal["SignIn", "Register", "SignInAndRegister"]
    customCss: str | None
    customContent: dict[str, str]
    customUiAssets: Members | None
    customUiCsp: Members
    passwordPolicy: settings.PasswordPolicy
    mfa: settings.Mfa
    adaptiveMfa: settings.Switch
    singleSignOnEnabled: bool
    supportEmail: str | None
    supportWebsiteUrl: str | None
    unknownSessionRedirectUrl: str | None
    captchaPolicy: settings.Switch
    sentinelPolicy: settings.SentinelPolicy
    verificationCodePolicy: settings.VerificationCodePolicy
    passkeySignIn: settings.PasskeySignIn
    signUpProfileFields: list[settings.ProfileField] | None
    passwordExpiration: settings.PasswordExpiration
    usernamePolicy: settings.UsernamePolicy


class SignInExperience(_Experience):
    """How people sign in, with the defaults of what the tenant has not set."""

    emailBlocklistPolicy: settings.EmailBlocklistPolicy
    forgotPasswordMethods: list[Literal["EmailVerificationCode", "PhoneVerificationCode"]] | None


class ForgotPassword(TypedDict):
    """Over which channels a password can be set anew."""

    email: bool
    phone: bool


class PublicSignInExperience(_Experience):
    """What a sign-in page may know."""

    socialConnectors: list[Members]
    ssoConnectors: list[Members]
    forgotPassword: ForgotPassword
    isDevelopmentTenant: bool
    customProfileFields: list[Members]
    captchaConfig: NotRequired[Members]


class PasswordFinding(TypedDict):
    """What is wrong with a password."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    code: str


class PasswordCheck(TypedDict):
    """Whether a password is good enough, and if not, why."""

    result: bool
    issues: NotRequired[list[PasswordFinding]]


class CustomPhrases(TypedDict):
    """The tenant's own texts of the hosted pages in a language."""

    tenantId: str
    id: str
    languageTag: str
    translation: Members


class AccountCenter(TypedDict):
    """What people may see and change of their own account."""

    tenantId: str
    id: str
    enabled: bool
    fields: AccountCenterFields
    webauthnRelatedOrigins: list[str]
    deleteAccountUrl: str | None
    customCss: str | None
    profileFields: list[ProfileFieldName] | None


class StoredCaptchaProvider(TypedDict):
    """Who tells people from machines, with the secret."""

    tenantId: str
    id: str
    config: CaptchaConfig


class Guessing(TypedDict):
    """What a guesser can do who never stops, at one account."""

    triesPerDay: int
    chancePerYear: float


class ProtectionAdvice(TypedDict):
    """What would be better otherwise; `code` is stable."""

    code: str
    message: str


class Protection(TypedDict):
    """How codes and sending are guarded; `null` where nothing is limited."""

    codeAlphabet: Literal["digits", "letters"]
    codeLength: int
    failuresPerDay: int | None
    delayAfter: int | None
    cooldown: int | None
    sendsPerHour: int | None
    sendsPerDay: int | None
    networkSendsPerHour: int | None
    networkWrongTriesPerHour: int | None
    tenantSendsPerHour: int | None
    blockDisposableAddresses: bool
    checkRecipientDomains: bool
    leakedPasswordsService: bool
    guessing: Guessing
    findings: list[ProtectionAdvice]


class Notices(TypedDict):
    """Which changes people are told of by mail."""

    enabled: bool
    passwordChanged: bool
    emailChanged: bool
    phoneChanged: bool
    mfaChanged: bool
    sessionsEnded: bool
    newDevice: bool
    atEndpoints: bool


class HookStats(TypedDict):
    """The calls of the last day."""

    successCount: int
    requestCount: int


class Hook(TypedDict):
    """A webhook with its signing key; statistics only where they are asked for."""

    tenantId: str
    id: str
    name: str
    event: HookEvent | None
    events: list[HookEvent]
    config: HookConfig
    signingKey: str
    enabled: bool
    createdAt: Moment
    executionStats: NotRequired[HookStats]


class LogPayload(TypedDict):
    """What an entry tells; further members depend on its key."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    key: str
    result: Literal["Success", "Error"]
    error: NotRequired[Any]
    ip: NotRequired[str]
    userAgent: NotRequired[str]
    userId: NotRequired[str]
    applicationId: NotRequired[str]


class LogEntry(TypedDict):
    """An entry of the audit log."""

    tenantId: NotRequired[str]
    id: str
    key: str
    payload: LogPayload
    createdAt: Moment


class Endpoints(TypedDict):
    """Where people reach a tenant."""

    user: str


class Readiness(TypedDict):
    """Whether this process can do its work."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    status: Literal["ready", "not ready"]
    database: bool
    leaving: bool


class DidYouMean(TypedDict):
    """The address that was most likely meant; `null` where nothing looks wrong."""

    suggestion: str | None
