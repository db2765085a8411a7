"""`/account/email` and `/account/phone`: another address, proven by a code; or none."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response
from starlette.routing import Route

from carteiro.directory.settings.account_center import AccountField
from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.flows.account.addresses import remove_address, set_address
from carteiro.flows.sign_in.screens.identifiers import misunderstood, plain, understood
from carteiro.flows.sign_in.screens.state import Said
from carteiro.pages.account.calls import EMAIL, PHONE, SECURITY, Call, Went, screen
from carteiro.pages.account.codes import confirmed, mailed, redeemed, waiting
from carteiro.pages.forms import Form

_FIELDS = {IdentifierType.EMAIL: AccountField.EMAIL, IdentifierType.PHONE: AccountField.PHONE}
_MEMBERS = {IdentifierType.EMAIL: "primaryEmail", IdentifierType.PHONE: "primaryPhone"}
_LONGEST = 256


def _routes(path: str, kind: IdentifierType) -> list[Route]:
    async def get(call: Call) -> Response:
        return await call.page(
            "account/address.html",
            scripts=["code.js"],
            kind=kind.value,
            current=call.seen.account.get(_MEMBERS[kind]),
            edits=call.seen.center.edits(_FIELDS[kind]),
            asks_proof=not call.seen.identified,
            **waiting(call),
        )

    async def post(call: Call, form: Form) -> Went:
        if (went := await confirmed(call, form)) is not None:
            return went
        match form.get("step"):
            case "address":
                return await _asked(call, form.get("identifier", ""), kind)
            case "code" if (pending := call.memory.on(path).pending) is not None:
                if pending.identifier.value == call.seen.account.get(_MEMBERS[kind]):
                    return call.on(SECURITY, Said(f"account_center.{kind.value}.success"))
                wrong = await redeemed(call, form, pending)
                if wrong is not None:
                    return wrong
                return await _bound(call, pending.identifier, pending.proof_id)
            case "remove":
                await remove_address(call.bearer, kind)
                return call.on(SECURITY, Said(f"account_center.security.{kind.value}_removed"))
        return call.again()

    return screen(path, get, post)


async def _asked(call: Call, typed: str, kind: IdentifierType) -> Went:
    identifier = understood(typed, [kind])
    call = replace(call, memory=replace(call.memory, typed=plain(typed)[:_LONGEST]))
    if identifier is None:
        return call.again(identifier=misunderstood(typed, [kind]))
    if identifier.value == call.seen.account.get(_MEMBERS[kind]):
        return call.again(identifier=Said("error.general_invalid"))
    return await mailed(call, identifier, binds=True)


async def _bound(call: Call, identifier: Identifier, proof_id: str) -> Went:
    await set_address(call.bearer, identifier, proof_id)
    return call.on(SECURITY, Said(f"account_center.{identifier.type.value}.success"))


routes = [*_routes(EMAIL, IdentifierType.EMAIL), *_routes(PHONE, IdentifierType.PHONE)]
