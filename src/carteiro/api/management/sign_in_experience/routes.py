"""`/api/sign-in-exp`."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from pydantic import Field
from starlette.responses import JSONResponse

from carteiro.api.answers import tenant
from carteiro.api.answers.answer import Answer
from carteiro.api.management.findings import WARNING
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import SETTINGS
from carteiro.directory.settings.sign_in_experience import SignInExperienceUpdate
from carteiro.directory.settings.weak_factors import weakness
from carteiro.flows.administer.mail.completeness import warning as language_warning
from carteiro.flows.administer.tenant import sign_in_experience as flow
from carteiro.model.wire import Wire

router = ApiRouter(
    tag="Sign-in experience",
    needs=SETTINGS,
    answers={
        "get_experience": tenant.SignInExperience,
        "update_experience": tenant.SignInExperience,
        "check_password": Answer(
            body=tenant.PasswordCheck, otherwise={"400": tenant.PasswordCheck}
        ),
    },
)


@router.get("/sign-in-exp")
async def get_experience(caller: Caller) -> dict[str, Any]:
    """The tenant's sign-in experience."""
    return await flow.get_experience(caller.world, caller.tenant_id)


@router.patch("/sign-in-exp")
async def update_experience(
    caller: Caller, response: Response, body: SignInExperienceUpdate
) -> dict[str, Any]:
    """Change any of the fields; each given one replaces the stored one as a whole.

    The header `Carteiro-Warning` says what is weak about second factors that are given, and for
    which mails there are no words in a fallback language that is given.
    """
    changes = body.changes()
    warnings = [weakness(changes)]
    updated = await flow.update_experience(caller.world, caller.tenant_id, changes, by=caller.by)
    if "languageInfo" in changes:
        language = updated["languageInfo"]["fallbackLanguage"]
        warnings.append(await language_warning(caller.world, caller.tenant_id, language))
    if said := " ".join(filter(None, warnings)):
        response.headers[WARNING] = said
    return updated


class PasswordToCheck(Wire):
    """A password, and whose it would be."""

    nullable = frozenset({"userId"})

    password: str = Field(repr=False, max_length=4096)
    user_id: str | None = None


@router.post("/sign-in-exp/default/check-password")
async def check_password(caller: Caller, body: PasswordToCheck) -> JSONResponse:
    """Whether a password is good enough for the tenant's policy, and if not, why."""
    issues = await flow.check_new_password(
        caller.world, caller.tenant_id, body.password, body.user_id
    )
    if issues:
        return JSONResponse({"result": False, "issues": issues}, 400)
    return JSONResponse({"result": True})
