"""What the Experience API answers."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from carteiro.api.answers.shapes import Members

Event = Literal["SignIn", "Register", "ForgotPassword"]


class ProofMade(TypedDict):
    """The id under which a proof goes on."""

    verificationId: str


class WayOn(TypedDict):
    """Where the browser goes on."""

    redirectTo: str


class SsoConnectors(TypedDict):
    """Single sign-on for an address: always none."""

    connectorIds: list[str]


class CaptchaState(TypedDict):
    """Whether the person has shown that they are no machine, or need not."""

    verified: bool
    skipped: bool


class InteractionState(TypedDict):
    """An interaction without anything secret."""

    interactionEvent: Event
    userId: NotRequired[str]
    profile: Members
    mfa: NotRequired[Members]
    verificationRecords: list[Members]
    captcha: CaptchaState
