"""`/account/password`: another password, or the first one."""

from __future__ import annotations

from starlette.responses import Response

from carteiro.directory.settings.account_center import AccountField
from carteiro.errors import CarteiroError
from carteiro.flows.account.password import change_password
from carteiro.flows.sign_in.screens.passwords import AGAIN, NEW, refused, requirements, unfit
from carteiro.flows.sign_in.screens.state import Said
from carteiro.flows.sign_in.show_settings import experience_of
from carteiro.pages.account.calls import PASSWORD, SECURITY, Call, Went, screen
from carteiro.pages.account.codes import confirmed, waiting
from carteiro.pages.forms import Form


async def get_password(call: Call) -> Response:
    """What a password has to be like, and one field for it."""
    return await call.page(
        "account/password.html",
        scripts=["code.js"],
        edits=call.seen.center.edits(AccountField.PASSWORD),
        hint=requirements(call.workspace.experience["passwordPolicy"], await call.spoken()),
        twice=_asked_twice(call),
        asks_proof=call.seen.needs_proof and not call.seen.identified,
        **waiting(call),
    )


async def post_password(call: Call, form: Form) -> Went:
    """Choose it."""
    if (went := await confirmed(call, form)) is not None:
        return went
    password = form.get(NEW, "")
    wrong = unfit(password, form.get(AGAIN, "") if _asked_twice(call) else None)
    if wrong:
        return call.again(**wrong)
    try:
        await change_password(call.bearer, password)
    except CarteiroError as error:
        said = refused(error)
        if said is None:
            raise
        return call.again(**said)
    return call.on(SECURITY, Said("account_center.password.success"))


def _asked_twice(call: Call) -> bool:
    """A slip could not be mended where nobody can reset their password."""
    return not any(experience_of(call.workspace)["forgotPassword"].values())


routes = screen(PASSWORD, get_password, post_password)
