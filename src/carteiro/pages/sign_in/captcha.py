"""The widget of a tenant's captcha provider, on the pages where somebody begins.

Its script is the only one of a third party on any page, and is loaded where the tenant wants it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.pages.forms import Form

_RECAPTCHA = ("https://www.google.com/recaptcha/", "https://www.gstatic.com/recaptcha/")
_ENTERPRISE = "https://www.google.com/recaptcha/enterprise.js"
_FIELDS = ("cf-turnstile-response", "h-captcha-response", "g-recaptcha-response")


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """What a page loads and shows. ``style`` is the class by which the script finds its place.

    Without a place (``style`` is empty) the script is asked when the form is sent.
    """

    script: str
    sources: Sequence[str]
    style: str
    key: str


def widget_of(shown: Shown) -> Widget | None:
    """The widget that has to be passed here; ``None`` where none is wanted, or it was passed."""
    config: Mapping[str, Any] | None = shown.experience.get("captchaConfig")
    if config is None:
        return None
    key = str(config["siteKey"])
    match config["type"]:
        case "Turnstile":
            script = "https://challenges.cloudflare.com/turnstile/v0/api.js"
            sources: Sequence[str] = ("https://challenges.cloudflare.com",)
            return Widget(script=script, sources=sources, style="cf-turnstile", key=key)
        case "HCaptcha":
            sources = ("https://hcaptcha.com", "https://*.hcaptcha.com")
            script = "https://js.hcaptcha.com/1/api.js"
            return Widget(script=script, sources=sources, style="h-captcha", key=key)
        case "RecaptchaEnterprise" if config.get("mode") == "checkbox":
            return Widget(script=_ENTERPRISE, sources=_RECAPTCHA, style="g-recaptcha", key=key)
        case "RecaptchaEnterprise":
            script = f"{_ENTERPRISE}?render={quote(key, safe='')}"
        case _:
            script = f"https://www.google.com/recaptcha/api.js?render={quote(key, safe='')}"
    return Widget(script=script, sources=_RECAPTCHA, style="", key=key)


def passed(form: Form) -> str | None:
    """What the widget has put into a form."""
    return next((form[name] for name in _FIELDS if form.get(name)), None)
