"""What a sign-in page may know of the sign-in experience (management API §2.15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.directory.settings.experience_rules import Surroundings

_PRIVATE = frozenset({"emailBlocklistPolicy", "forgotPasswordMethods"})
_CHANNELS = (("email", "EmailVerificationCode"), ("phone", "PhoneVerificationCode"))


def public_experience(
    settings: Mapping[str, Any],
    around: Surroundings,
    *,
    is_development: bool,
    captcha: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The record without what pages need not know, with what they derive from it."""
    methods = settings["forgotPasswordMethods"]
    shown = {name: value for name, value in settings.items() if name not in _PRIVATE}
    shown |= {
        "socialConnectors": [],
        "ssoConnectors": [],
        "forgotPassword": {
            channel: around.has(channel) and (methods is None or factor in methods)
            for channel, factor in _CHANNELS
        },
        "isDevelopmentTenant": is_development,
        "customProfileFields": [],
    }
    if captcha and settings["captchaPolicy"].get("enabled"):
        shown["captchaConfig"] = dict(captcha)
    return shown


def with_looks(shown: Mapping[str, Any], look: Mapping[str, Any]) -> dict[str, Any]:
    """The same with colours, logos and style of an application or an organization over it."""
    return {
        **shown,
        "color": {**shown["color"], **look["color"]},
        "branding": {**shown["branding"], **look["branding"]},
        "customCss": look["customCss"] or shown["customCss"],
    }
