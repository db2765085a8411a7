"""Somebody comes by a magic link: its token proves the address, once (experience API §2.11)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from carteiro import secrets
from carteiro.errors import (
    OneTimeTokenError,
    TokenConsumed,
    TokenEmailMismatch,
    TokenEventMismatch,
    TokenExpired,
    TokenNotFound,
    TokenRevoked,
)
from carteiro.experience.proofs import Identifier, IdentifierType, Proof, ProofType
from carteiro.flows.guards.attempts import Attempt, report_outcome
from carteiro.flows.sign_in.door.guests import Guest, Here
from carteiro.flows.sign_in.door.steps import Taken, take
from carteiro.storage.mail import one_time_tokens
from carteiro.storage.mail.one_time_tokens import TokenRow, TokenStatus

_REFUSALS: dict[TokenStatus, type[OneTimeTokenError]] = {
    TokenStatus.EXPIRED: TokenExpired,
    TokenStatus.CONSUMED: TokenConsumed,
    TokenStatus.REVOKED: TokenRevoked,
}


async def verify_token(guest: Guest, email: str, token: str) -> str:
    """Use the token. Returns the proof's id; no captcha is asked for any more.

    One that does not fit stays good. Raises a ``OneTimeTokenError`` or ``TooManyAttempts``.
    """
    identifier = Identifier(IdentifierType.EMAIL, email)

    async def work(here: Here) -> Taken[str]:
        row, error = await _used(here, email, token)
        attempt = Attempt(
            identifier=identifier.target,
            by=here.by,
            cookie=guest.browser,
            told=here.told,
        )
        locked = await report_outcome(
            here.tx, here.world, here.workspace, attempt, failed=error is not None
        )
        refusal = locked.error() if locked else error
        if refusal is not None or row is None:
            return Taken(answer="", refusal=refusal)
        proof = Proof(
            id=secrets.standard_id(),
            type=ProofType.ONE_TIME_TOKEN,
            identifier=identifier,
            verified=True,
            context=json.loads(row.context),
        )
        record = here.record.with_new(proof)
        record = replace(record, captcha=replace(record.captcha, skipped=True))
        return Taken(answer=proof.id, record=record, payload=_told(row))

    payload = {"identifier": identifier.to_wire()}
    action = "Verification.OneTimeToken.Submit"
    return await take(guest, action, work, payload={"payload": payload})


async def _used(
    here: Here, email: str, token: str
) -> tuple[TokenRow | None, OneTimeTokenError | None]:
    """The token, used up, or why it was not; the checks stand in the wire's order."""
    tx, tenant_id, now = here.tx, here.tenant_id, here.now
    row = await one_time_tokens.find_by_hash(tx, tenant_id, secrets.fingerprint(token))
    if row is None:
        return None, TokenNotFound()
    if row.email != email:
        return None, TokenEmailMismatch()
    status = row.status_at(now)
    if status is TokenStatus.EXPIRED:
        await one_time_tokens.expire(tx, tenant_id, email, now=now)
    if (kind := _REFUSALS.get(status)) is not None:
        return None, kind()
    event = json.loads(row.context).get("interactionEvent")
    if event not in {None, here.record.event.value}:
        return None, TokenEventMismatch()
    used = await one_time_tokens.consume(tx, tenant_id, row.id, now=now)
    return (used, None) if used is not None else (None, TokenConsumed())


def _told(row: TokenRow) -> dict[str, Any]:
    return {"oneTimeTokenId": row.id}
