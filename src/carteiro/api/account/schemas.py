"""What people send who look after their own accounts."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from carteiro.api.fields import JsonObject, Operation, Parameters, Username
from carteiro.directory.settings.sign_in_experience import require_url
from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.model.kinds import TemplateType
from carteiro.model.wire import Wire

Secret = Annotated[str, Field(min_length=1, max_length=4096, repr=False)]
ProofId = Annotated[str, Field(min_length=1, max_length=64)]
Typed = Annotated[str, Field(max_length=64, repr=False)]
EmailAddress = Annotated[str, Field(pattern=r"^\S+@\S+\.\S+$", max_length=256)]
Digits = Annotated[str, Field(pattern=r"^[0-9]+$", max_length=32)]
Url = Annotated[str, Field(max_length=2048), AfterValidator(require_url)]


class EmailIdentifier(Wire):
    """An email address."""

    type: Literal["email"]
    value: EmailAddress


class PhoneIdentifier(Wire):
    """A number: digits with the country's code in front."""

    type: Literal["phone"]
    value: Digits


GivenIdentifier = Annotated[EmailIdentifier | PhoneIdentifier, Field(discriminator="type")]


def named(given: EmailIdentifier | PhoneIdentifier) -> Identifier:
    """An identifier as the flows know it."""
    return Identifier(IdentifierType(given.type), given.value)


class ProvePassword(Wire):
    """The person's own password."""

    password: Secret


class SendCode(Wire):
    """Where a code is to go; of an address that is the account's, what it is for."""

    identifier: GivenIdentifier
    template_type: Literal["BindMfa", "UserPermissionValidation"] | None = None

    @property
    def purpose(self) -> TemplateType | None:
        """As the flows know it."""
        return None if self.template_type is None else TemplateType(self.template_type)


class VerifyCode(Wire):
    """A code as it was typed."""

    identifier: GivenIdentifier
    verification_id: ProofId
    code: Typed


class StateOperation(Wire):
    """What the person confirms. `parameters` are hashed, and kept nowhere."""

    operation: Operation = Field(description="Its name for programs, such as `transfer`.")
    parameters: Parameters = Field(
        default_factory=dict,
        description="What it is to be done with; numbers are whole.",
        repr=False,
    )


class ChangeAccount(Wire):
    """What changes; `customData` is replaced as a whole, `null` clears a text."""

    nullable = frozenset({"name", "avatar", "username"})

    name: Annotated[str, Field(max_length=128)] | None = None
    avatar: Url | None = None
    username: Annotated[Username, Field(max_length=128)] | None = None
    custom_data: JsonObject | None = None

    def columns(self) -> dict[str, Any]:
        """The given members as the columns hold them."""
        texts = ("name", "avatar", "username")
        columns = {name: getattr(self, name) for name in texts if name in self.model_fields_set}
        if self.custom_data is not None:
            columns["custom_data"] = json.dumps(self.custom_data, ensure_ascii=False)
        return columns


class SetEmail(Wire):
    """A new address, and the proof that it is the person's."""

    email: EmailAddress
    new_identifier_verification_record_id: ProofId


class SetPhone(Wire):
    """A new number, and the proof that it is the person's."""

    phone: Digits
    new_identifier_verification_record_id: ProofId


class SetPassword(Wire):
    """A new password."""

    password: Secret


class MfaSettings(Wire):
    """Whether the person is spared a second factor at sign-in, where the tenant lets them."""

    skip_mfa_on_sign_in: bool


class Skipped(Wire):
    """Whether the person has declined."""

    skipped: bool | None = None


class Choices(Wire):
    """What the person has decided about second factors and passkeys."""

    mfa: Skipped | None = None
    passkey_sign_in: Skipped | None = None


class AddFactor(Wire):
    """A second factor to set up."""

    type: Literal["Totp", "WebAuthn", "BackupCode"]


def given(model: Wire) -> dict[str, Any]:
    """The members that the request has, and no others."""
    return model.model_dump(by_alias=True, mode="json", exclude_unset=True)
