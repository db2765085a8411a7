"""`/api/confirmations`."""

from __future__ import annotations

from typing import Any

from carteiro.api.answers import confirmations as answers
from carteiro.api.management.confirmations.callers import (
    ConfirmingRoute,
    OwnName,
    application_for,
)
from carteiro.api.management.confirmations.schemas import (
    AskAgain,
    AskToConfirm,
    ToUse,
    TypedCode,
    confirmation_response,
    statement_response,
)
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import CODES
from carteiro.flows.backend import ask_to_confirm as asking
from carteiro.flows.backend import confirmed
from carteiro.flows.backend.ask_to_confirm import Language, NewConfirmation
from carteiro.oidc.canonical import hash_of

router = ApiRouter(
    tag="Confirmations",
    needs=CODES,
    route_class=ConfirmingRoute,
    answers={
        "ask_to_confirm": answers.Confirmation,
        "ask_again": answers.Confirmation,
        "redeem_confirmation": answers.SignedStatement,
        "use_statement": answers.StatementClaims,
    },
)


@router.post("/confirmations", status_code=201)
async def ask_to_confirm(caller: Caller, own: OwnName, body: AskToConfirm) -> dict[str, Any]:
    """Send a person a code for one operation. It is good for ten minutes."""
    new = NewConfirmation(
        user_id=body.user_id,
        application_id=application_for(caller, own, body.application_id),
        operation=body.operation,
        words=body.words,
        parameters_hash=hash_of(body.parameters),
        language=Language(locale=body.locale, ui_locales=body.ui_locales),
    )
    asked = await asking.ask_to_confirm(caller.world, caller.tenant_id, new, by=caller.by)
    return confirmation_response(asked)


@router.post("/confirmations/{id}/code")
async def ask_again(caller: Caller, own: OwnName, id: str, body: AskAgain) -> dict[str, Any]:
    """Send another code for the same operation; the older one works no more."""
    asked = await asking.ask_again(
        caller.world,
        caller.tenant_id,
        id,
        application_id=application_for(caller, own, body.application_id),
        language=Language(locale=body.locale, ui_locales=body.ui_locales),
        by=caller.by,
    )
    return confirmation_response(asked)


@router.post("/confirmations/{id}/redeem")
async def redeem_confirmation(
    caller: Caller, own: OwnName, id: str, body: TypedCode
) -> dict[str, Any]:
    """Redeem the code that the person has typed, once: a signed statement for two minutes."""
    statement = await confirmed.redeem_confirmation(
        caller.world,
        caller.tenant_id,
        id,
        body.code,
        issuer=caller.issuer,
        application_id=application_for(caller, own, body.application_id),
        by=caller.by,
    )
    return statement_response(statement)


@router.post("/confirmations/use")
async def use_statement(caller: Caller, own: OwnName, body: ToUse) -> dict[str, Any]:
    """Verify a statement and use it up: one caller gets its claims, all others are refused."""
    statement = await confirmed.spend_statement(
        caller.world,
        caller.tenant_id,
        body.statement,
        issuer=caller.issuer,
        application_id=application_for(caller, own, body.application_id),
        by=caller.by,
    )
    return statement.claims()
