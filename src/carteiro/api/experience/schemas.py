"""What a person's browser sends to the Experience API."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from carteiro.api.fields import UrlOrEmpty
from carteiro.api.profile import Profile
from carteiro.experience.proofs import Identifier as Named
from carteiro.experience.proofs import IdentifierType
from carteiro.experience.record import InteractionEvent
from carteiro.model.wire import Wire

Event = Literal["SignIn", "Register", "ForgotPassword"]
ProofId = Annotated[str, Field(min_length=1, max_length=64)]
Typed = Annotated[str, Field(max_length=64, repr=False)]
Secret = Annotated[str, Field(min_length=1, max_length=4096, repr=False)]
Address = Annotated[str, Field(pattern=r"^\S+@\S+\.\S+$", max_length=256)]
_Name = Annotated[str, Field(max_length=128)]
_MOST_EXTRA = 16_384
"""Characters of all extra fields: they stay in the interaction until it ends."""


class _Identifier(Wire):
    def named(self) -> Named:
        """As the flows know it."""
        given: Any = self
        return Named(IdentifierType(given.type), given.value)


class EmailIdentifier(_Identifier):
    """An address."""

    type: Literal["email"]
    value: Address


class PhoneIdentifier(_Identifier):
    """A number: digits with the country's code in front."""

    type: Literal["phone"]
    value: Annotated[str, Field(pattern=r"^[0-9]+$", max_length=32)]


class UsernameIdentifier(_Identifier):
    """A user name."""

    type: Literal["username"]
    value: Annotated[str, Field(min_length=1, max_length=256)]


class LooseIdentifier(_Identifier):
    """Whatever somebody says to be."""

    type: Literal["username", "email", "phone"]
    value: Annotated[str, Field(max_length=256)]


class LooseAddress(_Identifier):
    """The address that a code was sent to, as it was given then."""

    type: Literal["email", "phone"]
    value: Annotated[str, Field(max_length=256)]


class TokenIdentifier(_Identifier):
    """The address that a link was sent to."""

    type: Literal["email"]
    value: Annotated[str, Field(max_length=256)]


class Begin(Wire):
    """What somebody came for."""

    interaction_event: Event
    captcha_token: Annotated[str, Field(max_length=16_384)] | None = Field(None, repr=False)

    @property
    def event(self) -> InteractionEvent:
        """As the flows know it."""
        return InteractionEvent(self.interaction_event)


class ChangeEvent(Wire):
    """What it turns out to be."""

    interaction_event: Event

    @property
    def event(self) -> InteractionEvent:
        """As the flows know it."""
        return InteractionEvent(self.interaction_event)


class SendCode(Wire):
    """Where a code is to go, and what for."""

    identifier: Annotated[EmailIdentifier | PhoneIdentifier, Field(discriminator="type")]
    interaction_event: Event

    @property
    def event(self) -> InteractionEvent:
        """As the flows know it."""
        return InteractionEvent(self.interaction_event)


class VerifyCode(Wire):
    """A code as it was typed."""

    identifier: LooseAddress
    verification_id: ProofId
    code: Typed = ""


class SendSecondCode(Wire):
    """By which of the person's own addresses the second factor goes."""

    identifier_type: Literal["email", "phone"]


class VerifySecondCode(Wire):
    """A second factor's code as it was typed."""

    identifier_type: Literal["email", "phone"]
    verification_id: ProofId
    code: Typed = ""


class VerifyPassword(Wire):
    """Who somebody says to be, and their password."""

    identifier: LooseIdentifier
    password: Secret


class NewPasswordIdentity(Wire):
    """A user name with its password, for a new account."""

    identifier: UsernameIdentifier
    password: Secret


class VerifyToken(Wire):
    """A magic link's token, and the address that it was sent to."""

    identifier: TokenIdentifier
    token: Secret


class Identification(Wire):
    """The proof by which somebody is identified."""

    verification_id: ProofId | None = None
    link_social_identity: bool | None = None


def _plain_keys(values: dict[str, Any]) -> dict[str, Any]:
    if not all(key.isascii() and key.isalnum() for key in values):
        raise ValueError("A field's name is made of letters and digits.")
    return values


class ExtraValues(Profile):
    """The extra fields of sign-up; those of no known name go to the account's own data."""

    model_config = ConfigDict(extra="allow")
    name: _Name | None = None
    avatar: UrlOrEmpty | None = None


def _shaped(values: dict[str, Any]) -> dict[str, Any]:
    """What goes to the account's own columns has their shape."""
    ExtraValues.model_validate(values)
    if len(json.dumps(values)) > _MOST_EXTRA:
        raise ValueError(f"The fields have more than {_MOST_EXTRA} characters together.")
    return values


class SetUsername(Wire):
    """A user name for the account."""

    type: Literal["username"]
    value: Annotated[str, Field(min_length=1, max_length=256)]


class SetPassword(Wire):
    """A password for the account."""

    type: Literal["password"]
    value: Secret


class SetProven(Wire):
    """An address or a number that was proven."""

    type: Literal["email", "phone", "social"]
    verification_id: ProofId


class SetExtra(Wire):
    """The extra fields of sign-up."""

    type: Literal["extraProfile"]
    values: Annotated[
        dict[str, Any],
        Field(max_length=100),
        AfterValidator(_plain_keys),
        AfterValidator(_shaped),
    ]


class AddToProfile(Wire):
    """What somebody adds to the account; the further members depend on it."""

    type: Literal["username", "password", "email", "phone", "social", "extraProfile"]


class NewPassword(Wire):
    """A new password in place of a forgotten one."""

    password: Secret


class BindFactor(Wire):
    """A second factor to set up."""

    type: Literal[
        "Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"
    ]
    verification_id: ProofId
