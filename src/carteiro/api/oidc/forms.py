"""The few pages that the protocol itself needs: forms that send themselves, and the last word.

They carry no style and no text to speak of: a browser is there for the blink of an eye, and without
script there is a button.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def logout_form(address: str, xsrf: str) -> Response:
    """Ask, in the browser's name, to be signed out."""
    return _page(
        "Sign Out",
        f"document.getElementById('{LOGOUT_FORM}').submit();",
        f'<form id="{LOGOUT_FORM}" method="post" action="{escape(address)}">'
        f'<input type="hidden" name="xsrf" value="{escape(xsrf)}"/></form>'
        f'<input type="hidden" name="logout" form="{LOGOUT_FORM}" value="yes"/>'
        f'<noscript><button type="submit" form="{LOGOUT_FORM}">Sign out</button></noscript>',
    )


def signed_out_page(language: str, sentence: str) -> Response:
    """The last word where no application has one."""
    return HTMLResponse(
        f'<!DOCTYPE html><html lang="{escape(language)}" dir="{direction(language)}">'
        '<head><meta charset="utf-8">'
        '<title>Sign Out</title><meta name="viewport" content="width=device-width">'
        f"</head><body><p>{escape(sentence)}</p></body></html>",
        headers={**_NO_STORE, "Content-Language": language, "Vary": "Accept-Language"},
    )


def _page(title: str, onload: str, body: str) -> Response:
    return HTMLResponse(
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body onload="{escape(onload, quote=False)}">{body}</body></html>',
        headers=_NO_STORE,
    )
