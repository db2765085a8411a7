"""The few pages that the protocol itself needs: forms that send themselves.

They load nothing: a browser is there for the blink of an eye. Without script there is a button, and
whoever is asked something reads it in their language and in the style of the other pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from starlette.responses import HTMLResponse, Response

from carteiro.languages.likely import direction

LOGOUT_FORM = "op.logoutForm"
"""The form's id, by which clients find it (sign-in details §1.9)."""
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def answer_form(address: str, values: Mapping[str, str]) -> Response:
    """Bring an answer to an application by POST (OAuth 2.0 Form Post Response Mode)."""
    inputs = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}"/>'
        for name, value in values.items()
    )
    return _page(
        "Continue",
        "document.forms[0].submit();",
        f'<form method="post" action="{escape(address)}">{inputs}'
        '<noscript><button type="submit">Continue</button></noscript></form>',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """How the other pages look, as HTML: what of it stands in the head, and their brand."""

    head: str
    brand: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a page says to whoever has no script: a question, what its button does, a language."""

    question: str
    button: str
    language: str
    dress: Dress


def logout_form(address: str, xsrf: str, asking: Asking) -> Response:
    """Ask, in the browser's name, to be signed out."""
    return _page(
        "Sign Out",
        f"document.getElementById('{LOGOUT_FORM}').submit();",
        '<noscript><div id="app"><main class="logto_main-content">'
        f"{asking.dress.brand}<h1>{escape(asking.question)}</h1>"
        f'<button type="submit" class="primary" form="{LOGOUT_FORM}">'
        f"{escape(asking.button)}</button></main></div></noscript>"
        f'<form id="{LOGOUT_FORM}" method="post" action="{escape(address)}">'
        f'<input type="hidden" name="xsrf" value="{escape(xsrf)}"/></form>'
        f'<input type="hidden" name="logout" form="{LOGOUT_FORM}" value="yes"/>',
        head='<meta name="viewport" content="width=device-width">'
        f"<noscript>{asking.dress.head}</noscript>",
        language=asking.language,
    )


def _page(title: str, onload: str, body: str, *, head: str = "", language: str = "en") -> Response:
    about = f'lang="{escape(language)}" dir="{direction(language)}"'
    return HTMLResponse(
        f'<!DOCTYPE html><html {about}><head><meta charset="utf-8"><title>{title}</title>{head}'
        f'</head><body onload="{escape(onload, quote=False)}">{body}</body></html>',
        headers=_NO_STORE,
    )
