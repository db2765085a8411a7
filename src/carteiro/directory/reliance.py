"""What rests on a channel, email or text message: what stops when its connector is gone.

Pure: the record of the sign-in experience and counted people come as values; the answer is words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

FACTORS = {"email": "EmailVerificationCode", "phone": "PhoneVerificationCode"}
_NOUNS = {"email": "email", "phone": "text message"}
_CONNECTORS = {"email": "an email", "phone": "an SMS"}
_ADDRESSES = {"email": "an email address", "phone": "a phone number"}


class Need(StrEnum):
    """What a channel is needed for. The names are part of the public API."""

    SIGN_IN = "sign-in"
    SIGN_UP = "sign-up"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - no password
    SECOND_FACTOR = "second-factor"
    BACKEND = "backend"
    """Codes and links that backends ask for, and invitations."""


_WORDS = {
    Need.SIGN_UP: "signing up with {address}",
    Need.PASSWORD_RESET: "resetting a password by {noun}",
    Need.SECOND_FACTOR: "a code by {noun} as second factor",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many people have an address of the channel, and who of them has what else."""

    people: int
    without_password: int
    without_other: int
    """Those who have no address of the other channel."""
    with_neither: int
    capped: bool = False
    """There are at least so many: nobody counted further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliance:
    """What rests on a channel. ``stranded`` people have no other way to sign in."""

    channel: str
    needs: Sequence[Need]
    people: int
    stranded: int
    capped: bool
    overrides: int = 0
    """Overrides of organizations and applications that name the connector."""

    @property
    def breaks_sign_in(self) -> bool:
        """Whether somebody who signs in today cannot any more."""
        return Need.SIGN_IN in self.needs and self.people > 0

    @property
    def words(self) -> str:
        """The consequence in one sentence, for a person who is about to decide."""
        noun = _NOUNS[self.channel]
        parts = [
            self._sign_in(noun) if need is Need.SIGN_IN else self._part(need, noun)
            for need in self.needs
        ]
        if self.overrides:
            plural = "" if self.overrides == 1 else "s"
            parts.append(
                "sending by it for an organization or an application "
                f"({self.overrides} override{plural})"
            )
        return f"Without {_CONNECTORS[self.channel]} connector these stop: {'; '.join(parts)}."

    def _sign_in(self, noun: str) -> str:
        least = "at least " if self.capped else ""
        people = f"{least}{self.people} {'person' if self.people == 1 else 'people'}"
        others = f"{least}{self.stranded or 'none'} of them without another way in"
        return f"signing in with a code by {noun} ({people}, {others})"

    def _part(self, need: Need, noun: str) -> str:
        if need is Need.BACKEND:
            links = ", one-time links and invitations" if self.channel == "email" else ""
            return f"codes{links} that backends ask for"
        return _WORDS[need].format(noun=noun, address=_ADDRESSES[self.channel])


def needs_of(settings: Mapping[str, Any], channel: str) -> list[Need]:
    """What the sign-in experience, and every backend, needs the channel for."""
    factor = FACTORS[channel]
    sign_up = settings["signUp"]
    secondary = sign_up.get("secondaryIdentifiers") or []
    asked = {*sign_up["identifiers"], *(entry["identifier"] for entry in secondary)}
    methods = settings["forgotPasswordMethods"]
    found = {
        Need.SIGN_IN: _signs_in(settings, channel),
        Need.SIGN_UP: bool({channel, "emailOrPhone"} & asked),
        Need.PASSWORD_RESET: methods is None or factor in methods,
        Need.SECOND_FACTOR: factor in settings["mfa"]["factors"],
        Need.BACKEND: True,
    }
    return [need for need, given in found.items() if given]


def reliance(
    settings: Mapping[str, Any], channel: str, counted: Counted, *, other_works: bool
) -> Reliance:
    """What rests on the channel; ``other_works`` says that the other one has a connector."""
    other = "phone" if channel == "email" else "email"
    by_other = other_works and _signs_in(settings, other)
    by_password = any(method["password"] for method in settings["signIn"]["methods"])
    stranded = {
        (True, True): counted.with_neither,
        (True, False): counted.without_password,
        (False, True): counted.without_other,
        (False, False): counted.people,
    }[by_password, by_other]
    return Reliance(
        channel=channel,
        needs=needs_of(settings, channel),
        people=counted.people,
        stranded=stranded,
        capped=counted.capped,
    )


def _signs_in(settings: Mapping[str, Any], channel: str) -> bool:
    methods = settings["signIn"]["methods"]
    return any(m["identifier"] == channel and m["verificationCode"] for m in methods)
