"""Where a person is sent to sign in: the page, and what it is told in its address.

The parameters beside the standard's are the reference's (experience §1.4): if one of them is not
what it may be, none of them counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

_SCREENS = {
    "sign_in": "/sign-in",
    "signIn": "/sign-in",
    "register": "/register",
    "reset_password": "/reset-password",
    "identifier:sign_in": "/identifier-sign-in",
    "identifier:register": "/identifier-register",
    "single_sign_on": "/single-sign-on",
}
_MODES = {"signIn": "/sign-in", "signUp": "/register"}
_IDENTIFIERS = frozenset({"username", "email", "phone"})
_TEXTS = ("organization_id", "ui_locales", "one_time_token", "login_hint", "identifier")
"""In the order in which the page's address has them."""
NAMES = frozenset(
    {
        *_TEXTS,
        "first_screen",
        "interaction_mode",
        "direct_sign_in",
        "google_one_tap_credential",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What counts of them; nothing where one was wrong."""

    screen: str = "/sign-in"
    given: Mapping[str, str]
    """The texts that were sent, by name."""

    @property
    def organization_id(self) -> str | None:
        """Whose look the pages have."""
        return self.given.get("organization_id")

    @property
    def ui_locales(self) -> str | None:
        """The languages that the person is to be met in, as sent."""
        return self.given.get("ui_locales")


_NOTHING = Extras(given={})


def extras_of(parameters: Mapping[str, object]) -> Extras:
    """What a request says beside the standard."""
    values = {name: parameters[name] for name in NAMES if name in parameters}
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    first, mode = texts.get("first_screen"), texts.get("interaction_mode")
    words = texts.get("identifier", "").split()
    direct = texts.get("direct_sign_in")
    right = (
        len(texts) == len(values)
        and (first is None or first in _SCREENS)
        and (mode is None or mode in _MODES)
        and _IDENTIFIERS.issuperset(words)
        and (direct is None or _names_a_connector(direct))
    )
    if not right:
        return _NOTHING
    screen = _SCREENS[first] if first is not None else _MODES[mode] if mode else "/sign-in"
    return Extras(screen=screen, given={name: texts[name] for name in _TEXTS if name in texts})


def login_location(client_id: str, extras: Extras) -> str:
    """The page's address, relative to the tenant's."""
    given = {name: extras.given[name] for name in _TEXTS if extras.given.get(name)}
    return f"{extras.screen}?{urlencode({'app_id': client_id, **given})}"


def consent_location(client_id: str) -> str:
    """The address where an application is let in."""
    return f"/consent?{urlencode({'app_id': client_id})}"


def _names_a_connector(value: str) -> bool:
    method, separator, target = value.partition(":")
    return method in {"social", "sso"} and bool(separator and target)
