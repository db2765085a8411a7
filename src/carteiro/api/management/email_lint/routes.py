"""`/api/email-templates/lint`: what is wrong with a template, before anybody gets it."""

from __future__ import annotations

from typing import Any

from carteiro.api.answers import mail
from carteiro.api.management.email_lint.schemas import LintWish
from carteiro.api.route import AskingRoute, Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import TEMPLATES
from carteiro.flows.administer.mail import lint as flow
from carteiro.templates.checks.findings import as_told

router = ApiRouter(
    tag="Email templates",
    needs=TEMPLATES,
    route_class=AskingRoute,
    answers={"lint_template": mail.LintFindings},
)


@router.post("/email-templates/lint")
async def lint_template(caller: Caller, body: LintWish) -> dict[str, Any]:
    """Everything that is wrong with a template: for its type, and in the mail clients.

    Nothing is stored. `share` is the part of the mail clients that cannot show it.
    """
    details = body.details.model_dump(by_alias=True, exclude_none=True)
    findings = await flow.lint(caller.world, body.template_type, details)
    return {"findings": [as_told(finding) for finding in findings]}
