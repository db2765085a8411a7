"""`/account/security`: how somebody signs in, and their second step."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from carteiro.directory.settings.account_center import AccountField
from carteiro.flows.account.second_factor import change_settings
from carteiro.flows.sign_in.screens.state import Said
from carteiro.pages.account.calls import (
    EMAIL,
    PASSWORD,
    PHONE,
    SECURITY,
    USERNAME,
    Call,
    Went,
    screen,
)
from carteiro.pages.account.codes import confirmed, waiting
from carteiro.pages.forms import Form

_ROWS = (
    (AccountField.EMAIL, "primaryEmail", "account_center.security.email", EMAIL),
    (AccountField.PHONE, "primaryPhone", "account_center.security.phone", PHONE),
    (AccountField.USERNAME, "username", "input.username", USERNAME),
    (AccountField.PASSWORD, "hasPassword", "account_center.security.password", PASSWORD),
)
_BY_CODE = {"EmailVerificationCode": "primaryEmail", "PhoneVerificationCode": "primaryPhone"}


async def get_security(call: Call) -> Response:
    """Every way to sign in, with the page on which it changes."""
    center, account = call.seen.center, call.seen.account
    rows: list[dict[str, Any]] = [
        {
            "label": label,
            "value": account.get(member),
            "page": page if center.edits(field) else None,
        }
        for field, member, label, page in _ROWS
        if center.shows(field)
    ]
    wants = "step" in call.request.query_params
    factors = call.workspace.experience["mfa"]["factors"]
    return await call.page(
        "account/security.html",
        scripts=["code.js"],
        rows=rows,
        factors=[
            (name, bool(account.get(member)))
            for name, member in _BY_CODE.items()
            if name in factors and center.shows(AccountField.MFA)
        ],
        edits=center.edits(AccountField.MFA),
        removal=_address(center.delete_account_url),
        asks_proof=not call.seen.identified and (wants or bool(call.memory.on(SECURITY).errors)),
        **waiting(call),
    )


async def post_security(call: Call, form: Form) -> Went:
    """Turn the second step at sign-in on or off."""
    if (went := await confirmed(call, form)) is not None:
        return went
    if form.get("step") in ("on", "off"):
        await change_settings(call.bearer, skips=form["step"] == "off")
        return call.again(Said("own.saved"))
    return call.again()


def _address(given: str | None) -> str | None:
    """Where a link may lead from a page."""
    return given if given and given.startswith(("https://", "http://")) else None


routes = screen(SECURITY, get_security, post_security)
