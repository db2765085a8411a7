"""The tenant's sign-in experience: one record of settings, its defaults and its shape.

The shape of every field is checked on the way in; the rules between fields that concern sign-up,
sign-in and second factors belong to the flows that need them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.errors import InvalidAddress
from carteiro.languages.tags import ACCEPTED_TAGS
from carteiro.model.addresses import parse_address
from carteiro.model.links import link_fault
from carteiro.model.wire import Wire


def _accepted_tag(value: str) -> str:
    if value.lower() not in _ACCEPTED:
        raise PydanticCustomError("custom", "Invalid language tag")
    return value


def require_url(value: str) -> str:
    """Refuse what is not an absolute address, in the wire's words.

    Pages and mails make links of them: what a browser would run or make up is no address either.
    """
    scheme, separator, rest = value.partition("://")
    plain = separator and scheme.isalpha() and rest and " " not in value
    if not plain or link_fault(value) is not None:
        raise PydanticCustomError("invalid_string:url", "Invalid url")
    return value


def _url_or_empty(value: str) -> str | None:
    return require_url(value) if value else None


_ACCEPTED = {tag.lower() for tag in ACCEPTED_TAGS}
LanguageTag = Annotated[str, AfterValidator(_accepted_tag)]
Url = Annotated[str, AfterValidator(require_url)]
OptionalUrl = Annotated[str, Field(max_length=2048), AfterValidator(_url_or_empty)] | None


def _one_address_or_none(value: str) -> str:
    try:
        if value:
            parse_address(value)
    except InvalidAddress as error:
        reason = {"reason": str(error)}
        raise PydanticCustomError("invalid_string:email", "{reason}", reason) from None
    return value


SupportEmail = Annotated[
    str, Field(pattern=r"^(\S+@\S+\.\S+)?$"), AfterValidator(_one_address_or_none)
]
"""Pages show it as a link to write to."""
HexColor = Annotated[str, Field(pattern=r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")]
Identifier = Literal["username", "email", "phone"]
MfaFactor = Literal[
    "Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"
]
MfaPolicy = Literal[
    "UserControlled",
    "Mandatory",
    "PromptOnlyAtSignIn",
    "PromptAtSignInAndSignUp",
    "NoPrompt",
    "PromptAtSignInAndSignUpMandatory",
    "PromptOnlyAtSignInMandatory",
]


class Color(Wire):
    """The colours of the hosted pages."""

    primary_color: HexColor
    is_dark_mode_enabled: bool
    dark_primary_color: HexColor


class PartialColor(Wire):
    """Colours that replace the tenant's, each where it is given."""

    primary_color: HexColor | None = None
    is_dark_mode_enabled: bool | None = None
    dark_primary_color: HexColor | None = None


class BrandingSettings(Wire):
    """The logos of the hosted pages."""

    logo_url: Url | None = None
    dark_logo_url: Url | None = None
    favicon: Url | None = None
    dark_favicon: Url | None = None


class LanguageInfo(Wire):
    """Which language people get who ask for none, and whether ``Accept-Language`` counts."""

    auto_detect: bool
    fallback_language: LanguageTag


class SignInMethod(Wire):
    """One way to sign in."""

    identifier: Identifier
    password: bool
    verification_code: bool
    is_password_primary: bool


class SignIn(Wire):
    """The ways to sign in."""

    methods: list[SignInMethod]


class SecondaryIdentifier(Wire):
    """Something more that people give when they register."""

    identifier: Literal["username", "email", "phone", "emailOrPhone"]
    verify: bool | None = None


class SignUp(Wire):
    """What people give when they register."""

    identifiers: list[Identifier]
    password: bool
    verify: bool
    secondary_identifiers: list[SecondaryIdentifier] | None = None


class Mfa(Wire):
    """Second factors and when they are asked for."""

    factors: list[MfaFactor]
    policy: MfaPolicy
    organization_required_mfa_policy: Literal["NoPrompt", "Mandatory"] | None = None


class VerificationCodePolicy(Wire):
    """How long a code lives (seconds) and how many wrong tries it bears."""

    expiration_duration: Annotated[int, Field(ge=60, le=3600)] | None = None
    max_retry_attempts: Annotated[int, Field(ge=1, le=100)] | None = None


class SentinelPolicy(Wire):
    """When an identifier is locked out (attempts, minutes)."""

    max_attempts: float | None = None
    lockout_duration: float | None = None


class EmailBlocklistPolicy(Wire):
    """Which addresses may not register."""

    block_disposable_addresses: bool | None = None
    block_subaddressing: bool | None = None
    custom_allowlist: list[str] | None = None
    custom_blocklist: list[str] | None = None


class PasswordExpiration(Wire):
    """Whether passwords expire, and after how many days. ``enabledAt`` is the service's to set."""

    enabled: bool | None = None
    valid_period_days: int | None = None
    enabled_at: int | None = None


class UsernamePolicy(Wire):
    """What user names look like."""

    case_sensitive: bool | None = None
    min_length: Annotated[int, Field(ge=1, le=128)] | None = None
    max_length: Annotated[int, Field(ge=1, le=128)] | None = None
    allowed_chars: dict[str, bool] | None = None


class PasswordLength(Wire):
    """How long a password is, in characters."""

    min: Annotated[int, Field(ge=1, le=256)] | None = None
    max: Annotated[int, Field(ge=1, le=256)] | None = None


class CharacterTypes(Wire):
    """Of how many types its characters are."""

    min: Annotated[int, Field(ge=1, le=4)] | None = None


class PasswordRejects(Wire):
    """What a password may not be or hold."""

    pwned: bool | None = None
    repetition_and_sequence: bool | None = None
    user_info: bool | None = None
    words: list[str] | None = None


class PasswordPolicy(Wire):
    """What a password has to be; what is not given has its default."""

    length: PasswordLength | None = None
    character_types: CharacterTypes | None = None
    rejects: PasswordRejects | None = None


class Switch(Wire):
    """Something that is on or off."""

    enabled: bool | None = None


class PasskeySignIn(Wire):
    """Whether and where passkeys are offered."""

    enabled: bool | None = None
    show_passkey_button: bool | None = None
    allow_autofill: bool | None = None


class SocialSignIn(Wire):
    """How social accounts and ours go together."""

    automatic_account_linking: bool | None = None
    skip_required_identifiers: bool | None = None


class ProfileField(Wire):
    """A profile field that the sign-up page asks for."""

    name: str


class SignInExperienceUpdate(Wire):
    """Any subset of the record; each given field replaces the stored one as a whole."""

    nullable = frozenset(
        {
            "customCss",
            "customUiAssets",
            "forgotPasswordMethods",
            "privacyPolicyUrl",
            "signUpProfileFields",
            "supportEmail",
            "supportWebsiteUrl",
            "termsOfUseUrl",
            "unknownSessionRedirectUrl",
        }
    )

    color: Color | None = None
    branding: BrandingSettings | None = None
    hide_logto_branding: bool | None = None
    language_info: LanguageInfo | None = None
    terms_of_use_url: OptionalUrl = None
    privacy_policy_url: OptionalUrl = None
    agree_to_terms_policy: Literal["Automatic", "ManualRegistrationOnly", "Manual"] | None = None
    sign_in: SignIn | None = None
    sign_up: SignUp | None = None
    social_sign_in: SocialSignIn | None = None
    social_sign_in_connector_targets: list[str] | None = None
    sign_in_mode: Literal["SignIn", "Register", "SignInAndRegister"] | None = None
    custom_css: str | None = None
    custom_content: dict[str, str] | None = None
    custom_ui_assets: dict[str, Any] | None = None
    custom_ui_csp: dict[str, list[str]] | None = None
    password_policy: PasswordPolicy | None = None
    mfa: Mfa | None = None
    adaptive_mfa: Switch | None = None
    single_sign_on_enabled: bool | None = None
    support_email: SupportEmail | None = None
    support_website_url: OptionalUrl = None
    unknown_session_redirect_url: OptionalUrl = None
    captcha_policy: Switch | None = None
    sentinel_policy: SentinelPolicy | None = None
    email_blocklist_policy: EmailBlocklistPolicy | None = None
    verification_code_policy: VerificationCodePolicy | None = None
    forgot_password_methods: (
        list[Literal["EmailVerificationCode", "PhoneVerificationCode"]] | None
    ) = None
    passkey_sign_in: PasskeySignIn | None = None
    sign_up_profile_fields: list[ProfileField] | None = None
    password_expiration: PasswordExpiration | None = None
    username_policy: UsernamePolicy | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were given, as the record stores them."""
        given = self.model_dump(by_alias=True, mode="json", exclude_unset=True)
        if given.get("supportEmail") == "":
            given["supportEmail"] = None
        return given
