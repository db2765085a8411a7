"""A code on a page of the account: sent, asked for again, typed; or a password in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carteiro import errors
from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.flows.account.codes import send_code, verify_code
from carteiro.flows.account.verify_password import verify_password
from carteiro.flows.sign_in.screens.codes import RESEND_AFTER, boxes_for
from carteiro.flows.sign_in.screens.identifiers import code_of
from carteiro.flows.sign_in.screens.state import Said
from carteiro.pages.account.calls import Call, Went, words
from carteiro.pages.account.memory import Pending
from carteiro.pages.forms import Form, typed_code

BOX = "passcode"
_OWN = {"email": "primaryEmail", "phone": "primaryPhone"}
_NOT_YOURS = Said("account_center.password_verification.error_failed")
_UNSENT = (errors.ConnectorError, errors.ConnectorNotFound, errors.MessageRateLimited)
_WRONG = (errors.CodeMismatch, errors.CodeExpired, errors.CodeNotFound)


def waiting(call: Call) -> dict[str, Any]:
    """What a page that waits for a code shows, for its template."""
    pending = call.memory.on(call.path).pending
    wait = max(0, -(-(pending.next_at - call.seen.now) // 1000)) if pending else 0
    digits = boxes_for(call.workspace.code_policy)
    return {"pending": pending, "wait": wait, "box": BOX, "digits": digits}


async def confirmed(call: Call, form: Form) -> Went | None:
    """Take a form by which the person shows who they are; ``None`` for any other form."""
    pending = call.memory.on(call.path).pending
    match form.get("step"):
        case "password":
            try:
                begun = await verify_password(call.bearer, form.get("password", ""))
            except errors.InvalidCredentials:
                return call.again(password=_NOT_YOURS)
            return _proven(call, begun.id)
        case "email" | "phone" as kind if kind in call.seen.ways:
            own = Identifier(IdentifierType(kind), call.seen.account[_OWN[kind]])
            return await mailed(call, own, binds=False)
        case "other":
            return Went(to=call.path, memory=replace(call.memory, pending=None))
    if "resend" in form and pending is not None:
        if pending.next_at > call.seen.now:
            return call.again()
        return await mailed(call, pending.identifier, binds=pending.binds, anew=True)
    if form.get("step") == "code" and pending is not None and not pending.binds:
        wrong = await redeemed(call, form, pending)
        return wrong or _proven(call, pending.proof_id)
    return None


async def mailed(call: Call, identifier: Identifier, *, binds: bool, anew: bool = False) -> Went:
    """Send a code and wait for it on this page; what refuses the address is said beside it."""
    try:
        begun = await send_code(call.bearer, identifier)
    except (
        errors.InvalidAddress,
        errors.EmailNotAllowed,
        errors.EmailSubaddressingNotAllowed,
        errors.RecipientSuppressed,
        errors.ValueTooLong,
    ) as error:
        return call.again(identifier=words(error, target=identifier.value))
    except _UNSENT as error:
        return call.again(words(error))
    pending = Pending(
        proof_id=begun.id,
        identifier=identifier,
        next_at=call.seen.now + RESEND_AFTER,
        page=call.path,
        binds=binds,
    )
    toast = Said("description.passcode_sent") if anew else None
    memory = replace(call.memory, pending=pending).saying(call.path, toast)
    return Went(to=call.path, memory=memory)


async def redeemed(call: Call, form: Form, pending: Pending) -> Went | None:
    """Compare the code, unless it was right before; ``None`` where it is right."""
    if call.seen.pending_done:
        return None
    typed = code_of(typed_code(form, BOX))
    try:
        await verify_code(call.bearer, pending.identifier, pending.proof_id, typed)
    except _WRONG as error:
        return call.again(code=words(error))
    return None


def _proven(call: Call, proof_id: str) -> Went:
    memory = replace(call.memory, proof_id=proof_id, pending=None)
    return Went(to=call.path, memory=memory.saying(call.path))
