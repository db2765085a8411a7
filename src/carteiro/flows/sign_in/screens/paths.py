"""Where the pages are. A path is the screen's name: clients, tests and styles know them."""

from __future__ import annotations

from enum import StrEnum

from carteiro.experience.record import InteractionEvent

SIGN_IN = "/sign-in"
SIGN_IN_PASSWORD = "/sign-in/password"  # noqa: S105 - a path
SIGN_IN_METHODS = "/sign-in/verification-methods"
REGISTER = "/register"
REGISTER_PASSWORD = "/register/password"  # noqa: S105 - a path
FORGOT_PASSWORD = "/forgot-password"  # noqa: S105 - a path
RESET = "/forgot-password/reset"
IDENTIFIER_SIGN_IN = "/identifier-sign-in"
IDENTIFIER_REGISTER = "/identifier-register"
RESET_PASSWORD = "/reset-password"  # noqa: S105 - a path
SINGLE_SIGN_ON = "/single-sign-on"
SUSPENDED = "/account-suspended"
UNKNOWN_SESSION = "/unknown-session"
MFA_BINDING = "/mfa-binding"
MFA_ONBOARDING = "/mfa-onboarding"
MFA_VERIFICATION = "/mfa-verification"
ONE_TIME_TOKEN = "/one-time-token"  # noqa: S105 - a path
TOKEN_ERROR = "/one-time-token/error"  # noqa: S105 - a path
SWITCH_ACCOUNT = "/switch-account"
CONSENT = "/consent"


class Flow(StrEnum):
    """The journeys that have a page for a code, by how its path begins."""

    SIGN_IN = "sign-in"
    REGISTER = "register"
    FORGOT_PASSWORD = "forgot-password"  # noqa: S105 - a path
    CONTINUE = "continue"

    @property
    def start(self) -> str:
        """Where the journey begins."""
        return f"/{self.value}"

    @property
    def code_page(self) -> str:
        """Where its code is typed."""
        return f"/{self.value}/verification-code"


EVENTS = {
    Flow.SIGN_IN: InteractionEvent.SIGN_IN,
    Flow.REGISTER: InteractionEvent.REGISTER,
    Flow.FORGOT_PASSWORD: InteractionEvent.FORGOT_PASSWORD,
}


def continue_with(missing: str) -> str:
    """Where one thing is asked for that an account lacks."""
    return "/continue/extra-profile" if missing == "extraProfile" else f"/continue/{missing}"
