"""`/api/verifications`: a person proves once more who they are, or that an address is theirs."""

from __future__ import annotations

from carteiro.api.account.route import AccountRoute, Person
from carteiro.api.account.schemas import (
    ProvePassword,
    SendCode,
    StateOperation,
    VerifyCode,
    named,
)
from carteiro.api.answers import account
from carteiro.api.answers.confirmations import SignedStatement
from carteiro.api.router import ApiRouter
from carteiro.flows.account import codes, confirm
from carteiro.flows.account import verify_password as by_password
from carteiro.oidc.canonical import hash_of
from carteiro.oidc.statements import LIFETIME
from carteiro.webhooks.payload import iso

router = ApiRouter(
    tag="Account",
    route_class=AccountRoute,
    answers={
        "prove_by_password": account.VerificationBegun,
        "send_code_to_own_address": account.VerificationBegun,
        "verify_code_of_own_address": account.VerificationDone,
        "state_operation": SignedStatement,
    },
)


@router.post("/verifications/password", status_code=201)
async def prove_by_password(person: Person, body: ProvePassword) -> account.VerificationBegun:
    """Compare the person's password. The proof counts for ten minutes."""
    return _begun(await by_password.verify_password(person, body.password))


@router.post("/verifications/verification-code", status_code=201)
async def send_code_to_own_address(person: Person, body: SendCode) -> account.VerificationBegun:
    """Send a code: to the account's own address, or to one that is to become it."""
    return _begun(await codes.send_code(person, named(body.identifier), body.purpose))


@router.post("/verifications/verification-code/verify")
async def verify_code_of_own_address(person: Person, body: VerifyCode) -> account.VerificationDone:
    """Redeem a code. It works once; what it proves counts until ten minutes after it was sent."""
    proof_id = await codes.verify_code(
        person, named(body.identifier), body.verification_id, body.code
    )
    return {"verificationRecordId": proof_id}


@router.post("/verifications/statement")
async def state_operation(person: Person, body: StateOperation) -> SignedStatement:
    """Turn a code that was redeemed into a signed statement of one operation, once.

    The header `logto-verification-id` names it: a code that was asked for with
    `UserPermissionValidation` and went to the account's own address.
    """
    statement = await confirm.state(person, body.operation, hash_of(body.parameters))
    return {"statement": statement, "expiresIn": LIFETIME}


def _begun(begun: codes.Begun) -> account.VerificationBegun:
    return {"verificationRecordId": begun.id, "expiresAt": iso(begun.expires_at)}
