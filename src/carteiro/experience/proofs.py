"""What shows that somebody is who they say: the verification records of an interaction (§2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from carteiro.experience.guards.lockouts import Identifier as Target
from carteiro.experience.guards.lockouts import IdentifierKind
from carteiro.model.addresses import address_key


class IdentifierType(StrEnum):
    """By what somebody is found."""

    USERNAME = "username"
    EMAIL = "email"
    PHONE = "phone"


class ProofType(StrEnum):
    """The kinds of verification records, as the wire names them."""

    EMAIL_CODE = "EmailVerificationCode"
    PHONE_CODE = "PhoneVerificationCode"
    MFA_EMAIL_CODE = "MfaEmailVerificationCode"
    MFA_PHONE_CODE = "MfaPhoneVerificationCode"
    PASSWORD = "Password"  # noqa: S105 - a kind of record
    NEW_PASSWORD_IDENTITY = "NewPasswordIdentity"  # noqa: S105 - a kind of record
    ONE_TIME_TOKEN = "OneTimeToken"  # noqa: S105 - a kind of record


CODE_OF = {
    IdentifierType.EMAIL: ProofType.EMAIL_CODE,
    IdentifierType.PHONE: ProofType.PHONE_CODE,
}
MFA_CODE_OF = {
    IdentifierType.EMAIL: ProofType.MFA_EMAIL_CODE,
    IdentifierType.PHONE: ProofType.MFA_PHONE_CODE,
}


@dataclass(frozen=True, slots=True)
class Identifier:
    """An address, a number or a user name, as somebody gave it."""

    type: IdentifierType
    value: str

    @property
    def target(self) -> Target:
        """Whom it names, as the guards know them."""
        return Target(kind=IdentifierKind(self.type.value), value=self.value)

    def to_wire(self) -> dict[str, str]:
        """As requests and records have it."""
        return {"type": self.type.value, "value": self.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A verification record: what somebody tries to prove, and whether it is proven.

    ``template`` is the type of mail of a code, ``digest`` and ``algorithm`` are the password of a
    ``NewPasswordIdentity``, ``context`` is what a one-time token brought. ``holder`` is the person
    whose password was right: names change hands. ``chosen_at`` is since when it had been theirs, in
    milliseconds since the epoch, 0 where nobody knows: passwords change.
    """

    id: str
    type: ProofType
    identifier: Identifier
    verified: bool = False
    template: str | None = None
    digest: str | None = field(default=None, repr=False)
    algorithm: str | None = None
    context: Mapping[str, Any] | None = None
    holder: str | None = None
    chosen_at: int | None = None

    def to_wire(self) -> dict[str, Any]:
        """As it is stored."""
        unseen = {
            "passwordEncrypted": self.digest,
            "passwordEncryptionMethod": self.algorithm,
            "holder": self.holder,
            "chosenAt": self.chosen_at,
            "key": self.key,
        }
        stored = self.shown()
        stored.update((name, value) for name, value in unseen.items() if value is not None)
        return stored

    @property
    def key(self) -> str | None:
        """By what an address's owner is found, in whatever spelling.

        It is stored so that the database can find the person in the statement that reads the proof.
        """
        if self.identifier.type is not IdentifierType.EMAIL:
            return None
        return address_key(self.identifier.value)

    def without_secrets(self) -> Self:
        """What is left of it once it has done its work: no password."""
        return replace(self, digest=None, algorithm=None, holder=None, chosen_at=None)

    def shown(self) -> dict[str, Any]:
        """As the person's browser and the audit log see it."""
        shown = {
            "id": self.id,
            "type": self.type.value,
            "identifier": self.identifier.to_wire(),
            "verified": self.verified,
        }
        if self.template is not None:
            shown["templateType"] = self.template
        if self.context is not None:
            shown["oneTimeTokenContext"] = dict(self.context)
        return shown

    @classmethod
    def from_wire(cls, stored: Mapping[str, Any]) -> Self:
        """Read what ``to_wire`` wrote."""
        identifier = stored["identifier"]
        return cls(
            id=stored["id"],
            type=ProofType(stored["type"]),
            identifier=Identifier(IdentifierType(identifier["type"]), identifier["value"]),
            verified=stored["verified"],
            template=stored.get("templateType"),
            digest=stored.get("passwordEncrypted"),
            algorithm=stored.get("passwordEncryptionMethod"),
            context=stored.get("oneTimeTokenContext"),
            holder=stored.get("holder"),
            chosen_at=stored.get("chosenAt"),
        )
