"""`/account/sessions`: where somebody is signed in, and the end of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from carteiro.directory.applications import BUILT_IN
from carteiro.directory.settings.account_center import AccountField
from carteiro.flows.account.sessions import end_browser_session
from carteiro.flows.sign_in.screens.state import Said
from carteiro.languages.times import moment
from carteiro.pages.account.calls import SESSIONS, Call, Went, screen
from carteiro.pages.account.codes import confirmed, waiting
from carteiro.pages.forms import Form


async def get_sessions(call: Call) -> Response:
    """Every browser, the newest first; this one is marked."""
    center = call.seen.center
    return await call.page(
        "account/sessions.html",
        scripts=["code.js"],
        sessions=[_row(one, call.seen.tag) for one in reversed(call.seen.sessions or ())],
        shows=center.shows(AccountField.SESSION),
        edits=center.edits(AccountField.SESSION),
        asks_proof=not call.seen.identified,
        **waiting(call),
    )


async def post_sessions(call: Call, form: Form) -> Went:
    """Sign out there."""
    if (went := await confirmed(call, form)) is not None:
        return went
    await end_browser_session(call.bearer, form.get("session", ""))
    return call.again(Said("own.signed_out_there"))


def _row(session: Mapping[str, Any], tag: str) -> dict[str, Any]:
    payload = session["payload"]
    when = datetime.fromtimestamp(payload["loginTs"], UTC)
    known = [BUILT_IN[name][0] for name in payload["authorizations"] if name in BUILT_IN]
    return {
        "uid": payload["uid"],
        "current": session["isCurrent"],
        "since": f"{moment(tag, when)} UTC",
        "applications": ", ".join(known),
    }


routes = screen(SESSIONS, get_sessions, post_sessions, with_sessions=True)
