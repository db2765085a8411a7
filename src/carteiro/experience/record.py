"""What one visit to the door has come to: the interaction's record, as it is stored and shown.

The record is JSON in the reference's shape (experience API §2.1), so that its answers and the audit
log can show it as it is. Values are frozen: a step makes a new record out of the one it was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from carteiro.errors import InteractionNotFound
from carteiro.experience.proofs import Proof, ProofType


class InteractionEvent(StrEnum):
    """What somebody came for."""

    SIGN_IN = "SignIn"
    REGISTER = "Register"
    FORGOT_PASSWORD = "ForgotPassword"  # noqa: S105 - an event's name


_UNSEEN = frozenset({"passwordEncrypted", "passwordEncryptionMethod", "submitted"})
"""What is stored of a pending profile and shown to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingProfile:
    """What the person has given and the account does not have yet.

    ``submitted`` says that the extra fields of sign-up were sent.
    """

    avatar: str | None = None
    name: str | None = None
    username: str | None = None
    primary_email: str | None = None
    primary_phone: str | None = None
    digest: str | None = field(default=None, repr=False)
    algorithm: str | None = None
    profile: Mapping[str, Any] | None = None
    custom_data: Mapping[str, Any] | None = None
    jit_organization_ids: tuple[str, ...] = ()
    submitted: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it that an account would get."""
        return self == PendingProfile(
            submitted=self.submitted, jit_organization_ids=self.jit_organization_ids
        )

    def to_wire(self) -> dict[str, Any]:
        """As it is stored."""
        known = {
            "avatar": self.avatar,
            "name": self.name,
            "username": self.username,
            "primaryEmail": self.primary_email,
            "primaryPhone": self.primary_phone,
            "passwordEncrypted": self.digest,
            "passwordEncryptionMethod": self.algorithm,
            "profile": None if self.profile is None else dict(self.profile),
            "customData": None if self.custom_data is None else dict(self.custom_data),
            "jitOrganizationIds": list(self.jit_organization_ids) or None,
            "submitted": self.submitted or None,
        }
        return {name: value for name, value in known.items() if value is not None}

    def shown(self) -> dict[str, Any]:
        """As the person's browser and the audit log see it."""
        stored = self.to_wire()
        return {name: value for name, value in stored.items() if name not in _UNSEEN}

    @classmethod
    def from_wire(cls, stored: Mapping[str, Any]) -> Self:
        """Read what ``to_wire`` wrote."""
        return cls(
            avatar=stored.get("avatar"),
            name=stored.get("name"),
            username=stored.get("username"),
            primary_email=stored.get("primaryEmail"),
            primary_phone=stored.get("primaryPhone"),
            digest=stored.get("passwordEncrypted"),
            algorithm=stored.get("passwordEncryptionMethod"),
            profile=stored.get("profile"),
            custom_data=stored.get("customData"),
            jit_organization_ids=tuple(stored.get("jitOrganizationIds", ())),
            submitted=stored.get("submitted", False),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingMfa:
    """What the person has decided about second factors in this interaction."""

    enabled: bool = False
    skipped: bool = False
    suggestion_skipped: bool = False
    passkey_skipped: bool = False

    def to_wire(self) -> dict[str, Any]:
        """Only what was decided."""
        known = {
            "mfaEnabled": self.enabled,
            "mfaSkipped": self.skipped,
            "additionalBindingSuggestionSkipped": self.suggestion_skipped,
            "passkeySkipped": self.passkey_skipped,
        }
        return {name: True for name, value in known.items() if value}

    def shown(self) -> dict[str, Any]:
        """As the person's browser sees it."""
        decided = self.to_wire()
        decided.pop("additionalBindingSuggestionSkipped", None)
        return decided

    @classmethod
    def from_wire(cls, stored: Mapping[str, Any]) -> Self:
        """Read what ``to_wire`` wrote."""
        return cls(
            enabled=stored.get("mfaEnabled", False),
            skipped=stored.get("mfaSkipped", False),
            suggestion_skipped=stored.get("additionalBindingSuggestionSkipped", False),
            passkey_skipped=stored.get("passkeySkipped", False),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Captcha:
    """Whether the person has proven not to be a machine; ``skipped`` where a link vouches."""

    verified: bool = False
    skipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionRecord:
    """The record. ``proofs`` stand in the order in which they were made, one of a type at most.

    ``registered`` says that the account was made in this very interaction, ``submitted`` that the
    person was signed in with just this: a record that changes afterwards is not submitted yet.
    ``compared`` counts the new passwords that were compared with the account's old one.
    """

    event: InteractionEvent
    user_id: str | None = None
    registered: bool = False
    profile: PendingProfile = PendingProfile()
    mfa: PendingMfa = PendingMfa()
    proofs: tuple[Proof, ...] = ()
    captcha: Captcha = Captcha()
    submitted: bool = False
    compared: int = 0

    def proof(self, id: str | None) -> Proof | None:  # noqa: A002 - the wire's name
        """The proof with this id."""
        return next((one for one in self.proofs if one.id == id), None)

    def proof_of(self, kind: ProofType) -> Proof | None:
        """The proof of a type."""
        return next((one for one in self.proofs if one.type is kind), None)

    def with_new(self, proof: Proof) -> Self:
        """The record with a new proof; an older one of the same type is gone."""
        others = tuple(one for one in self.proofs if one.type is not proof.type)
        return replace(self, proofs=(*others, proof))

    def with_changed(self, proof: Proof) -> Self:
        """The record with a proof in the place of what it was before."""
        changed = tuple(proof if one.id == proof.id else one for one in self.proofs)
        return replace(self, proofs=changed)

    def to_wire(self) -> dict[str, Any]:
        """As it is stored."""
        return {**self._frame(), "profile": self.profile.to_wire(), **dict(self._rest())}

    def shown(self) -> dict[str, Any]:
        """As ``GET /api/experience/interaction`` answers, and as the audit log keeps it."""
        mfa = self.mfa.shown()
        return {
            **self._frame(),
            "profile": self.profile.shown(),
            **({"mfa": mfa} if mfa else {}),
            "verificationRecords": [proof.shown() for proof in self.proofs],
            "captcha": {"verified": self.captcha.verified, "skipped": self.captcha.skipped},
        }

    @classmethod
    def from_wire(cls, stored: Any) -> Self:
        """Read what ``to_wire`` wrote. Raises ``InteractionNotFound`` for anything else."""
        try:
            captcha = stored["captcha"]
            return cls(
                event=InteractionEvent(stored["interactionEvent"]),
                user_id=stored.get("userId"),
                registered=stored.get("registered", False),
                profile=PendingProfile.from_wire(stored["profile"]),
                mfa=PendingMfa.from_wire(stored.get("mfa", {})),
                proofs=tuple(Proof.from_wire(one) for one in stored["verificationRecords"]),
                captcha=Captcha(verified=captcha["verified"], skipped=captcha["skipped"]),
                submitted=stored.get("submitted", False),
                compared=stored.get("compared", 0),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InteractionNotFound from None

    def _frame(self) -> dict[str, Any]:
        user = {} if self.user_id is None else {"userId": self.user_id}
        return {"interactionEvent": self.event.value, **user}

    def _rest(self) -> Iterator[tuple[str, Any]]:
        if self.registered:
            yield "registered", True
        if self.submitted:
            yield "submitted", True
        if self.compared:
            yield "compared", self.compared
        if mfa := self.mfa.to_wire():
            yield "mfa", mfa
        yield "verificationRecords", [proof.to_wire() for proof in self.proofs]
        yield "captcha", {"verified": self.captcha.verified, "skipped": self.captcha.skipped}
