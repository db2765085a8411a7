"""People on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from carteiro.api.fields import (
    Email,
    EmailOrEmpty,
    JsonObject,
    Phone,
    PhoneOrEmpty,
    UrlOrEmpty,
    Username,
    UsernameOrEmpty,
    require_short,
)
from carteiro.api.profile import Profile
from carteiro.directory.passwords.hashing import Algorithm
from carteiro.directory.people import user_info
from carteiro.model.wire import Wire
from carteiro.storage.people.users import UserRow

Name = Annotated[str, Field(max_length=128)]


class CreateUser(Wire):
    """A new person; everything is optional."""

    nullable = frozenset({"avatar", "name"})

    primary_email: Email | None = None
    primary_phone: Phone | None = None
    username: Username | None = None
    password: Annotated[str, Field(min_length=1, max_length=4096)] | None = Field(
        None, description="No policy is asked.", repr=False
    )
    password_digest: Annotated[str, Field(min_length=1, max_length=256)] | None = Field(
        None, description="A password hashed elsewhere.", repr=False
    )
    password_algorithm: Annotated[Algorithm, Field(strict=False)] | None = None
    name: Name | None = None
    avatar: UrlOrEmpty | None = None
    custom_data: JsonObject | None = None
    profile: Profile | None = None


class UpdateUser(Wire):
    """What changes; `customData` and `profile` are replaced, `""` and `null` clear a text."""

    nullable = frozenset({"avatar", "name", "primaryEmail", "primaryPhone", "username"})

    username: UsernameOrEmpty | None = None
    primary_email: EmailOrEmpty | None = None
    primary_phone: PhoneOrEmpty | None = None
    name: Name | None = None
    avatar: UrlOrEmpty | None = None
    custom_data: JsonObject | None = None
    profile: Profile | None = None

    def columns(self) -> dict[str, Any]:
        """The given members as the columns hold them. Raises ``ValueTooLong``."""
        require_short(self.username, self.primary_email, self.primary_phone)
        texts = ("username", "primary_email", "primary_phone", "name", "avatar")
        return {
            name: getattr(self, name) or None for name in texts if name in self.model_fields_set
        }


class CustomData(Wire):
    """Members to merge."""

    custom_data: JsonObject


class ProfileChange(Wire):
    """Members to merge."""

    profile: Profile


class NewPassword(Wire):
    """The password to set; no policy is asked."""

    password: Annotated[str, Field(min_length=1, max_length=4096)] = Field(repr=False)


class PasswordExpiry(Wire):
    """Whether the person has to choose a new password."""

    is_expired: bool


class Suspension(Wire):
    """Whether the person is shut out."""

    is_suspended: bool


class MfaState(Wire):
    """What a person has decided about second factors."""

    enabled: bool | None = None
    skipped: bool | None = None
    skip_mfa_on_sign_in: bool | None = None


class PasskeyState(Wire):
    """What a person has decided about passkeys."""

    skipped: bool | None = None


class LogtoConfigs(Wire):
    """What a person has decided about signing in."""

    mfa: MfaState | None = None
    passkey_sign_in: PasskeyState | None = None


def given(model: Wire) -> JsonObject:
    """The members that the request has, and no others."""
    return model.model_dump(by_alias=True, mode="json", exclude_unset=True)


def user_response(row: UserRow, *, with_password: bool = False) -> JsonObject:
    """A person as the wire shows them; the digest only to who asks for it."""
    shown = user_info(row)
    if with_password:
        shown["passwordDigest"] = row.password_encrypted
        shown["passwordAlgorithm"] = row.password_encryption_method
    return shown
