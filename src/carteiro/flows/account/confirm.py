"""Somebody has proven who they are, and states to their application what they confirm by that."""

from __future__ import annotations

from carteiro import secrets
from carteiro.errors import ConfirmationSpent, IdentityNotVerified, UniqueViolation
from carteiro.experience.confirmations import confirms_by_mail
from carteiro.flows.account.inside import Bearer, Inside
from carteiro.flows.account.rules import require_first_party
from carteiro.flows.account.steps import Taken, take
from carteiro.oidc.issuer import issuer
from carteiro.oidc.statements import Statement, sign_statement, stated
from carteiro.storage.sign_in import tokens
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind
from carteiro.storage.sign_in.verifications import VerificationRow


async def state(bearer: Bearer, operation: str, parameters_hash: str) -> str:
    """Turn the proof that the call names into a signed statement, once.

    The code was asked for before anybody said what for, so the statement says that no mail has
    shown the operation. Raises ``IdentityNotVerified``, ``ThirdPartyForbidden`` or
    ``ConfirmationSpent``.
    """
    keys = await bearer.world.signing_keys.of(bearer.tenant_id)

    async def work(inside: Inside) -> Taken[Statement]:
        proof = inside.proof
        if proof is None or not confirms_by_mail(proof, inside.user, inside.row.client_id):
            raise IdentityNotVerified
        require_first_party(inside)
        statement = stated(
            issuer=issuer(bearer.origin),
            application_id=inside.row.client_id,
            user_id=inside.user.id,
            operation=operation,
            parameters_hash=parameters_hash,
            shown=False,
            confirmation_id=proof.id,
            asked_at=proof.created_at,
            now=inside.now,
        )
        return Taken(answer=statement, calls=[tokens.creating(_spent(proof, inside.now))])

    payload = {"operation": operation, "parametersHash": parameters_hash}
    try:
        statement = await take(bearer, "Confirmation.Confirmed", work, payload=payload)
    except UniqueViolation:
        raise ConfirmationSpent from None
    return sign_statement(keys, statement)


def _spent(proof: VerificationRow, now: int) -> StoredToken:
    """The proof, as something that was stated from: it goes on to show who the person is."""
    return StoredToken(
        tenant_id=proof.tenant_id,
        value_hash=secrets.fingerprint(f"stated\0{proof.id}"),
        kind=TokenKind.STATEMENT,
        client_id=proof.client_id,
        account_id=proof.user_id,
        created_at=now,
        expires_at=proof.expires_at,
    )
