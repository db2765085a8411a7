"""Somebody inside proves by their password once more who they are (experience API §3.3)."""

from __future__ import annotations

from carteiro import secrets
from carteiro.errors import InvalidCredentials
from carteiro.experience.confirmations import LIFETIME
from carteiro.experience.guards.lockouts import Identifier, IdentifierKind
from carteiro.experience.proofs import ProofType
from carteiro.flows.account.codes import Begun
from carteiro.flows.account.inside import Bearer, Inside
from carteiro.flows.account.rules import require_first_party
from carteiro.flows.account.steps import Taken, admitted, take
from carteiro.flows.guards.attempts import Attempt, asked_by_guards, foreseen, own_budget
from carteiro.flows.stored_passwords import digest_of, renew
from carteiro.storage.sign_in import verifications
from carteiro.storage.sign_in.verifications import VerificationRow


async def verify_password(bearer: Bearer, password: str) -> Begun:
    """Compare. It is hashed before the step and beside it, as at the door.

    Raises ``ThirdPartyForbidden``, ``InvalidCredentials`` (where there is no password, too), or
    ``TooManyAttempts``.
    """
    world = bearer.world
    before = await admitted(bearer)
    seen = before.user
    stored = digest_of(seen)
    # A third party's application is refused whatever it brings.
    right = not before.row.is_third_party and await world.passwords.verify(stored, password)
    target = Identifier(kind=IdentifierKind.USER_ID, value=seen.id)

    async def work(inside: Inside) -> Taken[Begun]:
        require_first_party(inside)
        # Changed while it was compared: what was right then is not any more.
        good = right and inside.user.password_encrypted == seen.password_encrypted
        attempt = Attempt(identifier=target, by=inside.by, cookie=bearer.browser)
        own = await own_budget(inside.tx, world, inside.workspace, attempt)
        locked, counted = await foreseen(
            inside.tx, world, inside.workspace, attempt, failed=not good, own=own
        )
        refusal = locked.error() if locked else None if good else InvalidCredentials()
        proof = VerificationRow(
            tenant_id=bearer.tenant_id,
            id=secrets.standard_id(),
            user_id=seen.id,
            client_id=inside.row.client_id,
            type=ProofType.PASSWORD.value,
            verified=True,
            created_at=inside.now,
            expires_at=inside.now + LIFETIME,
        )
        calls = [] if refusal else [verifications.adding(proof)]
        begun = Begun(proof.id, proof.expires_at)
        return Taken(answer=begun, guarded=[counted], calls=calls, refusal=refusal)

    workspace = await world.workspaces.of(bearer.tenant_id)
    attempt = Attempt(identifier=target, by=bearer.by, cookie=bearer.browser)
    begun = await take(
        bearer,
        "Verification.Password.Submit",
        work,
        asks=asked_by_guards(world, workspace, attempt),
    )
    if stored is not None and world.passwords.outdated(stored):
        await renew(world, seen, password)
    return begun
