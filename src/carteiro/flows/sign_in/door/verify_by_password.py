"""Somebody proves who they are by a password, or brings a name with one (experience API §2.7).

A password is hashed or compared before the step and beside it, a few at a time: it takes tens of
milliseconds on purpose, and nobody who waits for a code waits for that.
"""

from __future__ import annotations

import asyncio

from carteiro import secrets
from carteiro.directory.passwords.hashing import Algorithm, Digest
from carteiro.directory.passwords.rules import personal_words
from carteiro.errors import CarteiroError, InvalidCredentials, UsernameInUse, UserSuspended
from carteiro.experience.proofs import Identifier, IdentifierType, Proof, ProofType
from carteiro.flows.guards.attempts import (
    Attempt,
    Guarded,
    asked_by_guards,
    asked_of_account,
    foreseen,
    own_budget,
    withheld_from,
)
from carteiro.flows.guards.find_person import find_person
from carteiro.flows.guards.passwords import require_fresh_password, require_good_password
from carteiro.flows.sign_in.door.guests import Guest, Here, visited
from carteiro.flows.sign_in.door.people import require_free
from carteiro.flows.sign_in.door.steps import Taken, take
from carteiro.flows.stored_passwords import digest_of, renew
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.people.users import UserRow

_OURS = frozenset({Algorithm.ARGON2ID, Algorithm.ARGON2I, Algorithm.ARGON2D})


async def verify_password(guest: Guest, identifier: Identifier, password: str) -> str:
    """Compare. Returns the proof's id.

    Somebody who does not exist is answered as a wrong password is, and takes as long. Raises
    ``InvalidCredentials``, ``UserSuspended``, ``PasswordExpired`` or ``TooManyAttempts``.
    """
    world = guest.world
    workspace = await world.workspaces.of(guest.tenant_id)
    policy = workspace.experience["usernamePolicy"]

    async def find(tx: Transaction) -> UserRow | None:
        return await find_person(tx, guest.tenant_id, identifier.target, policy)

    user = await world.database.read(find)
    stored = digest_of(user)
    right = await _compared(world, stored, password)
    account = user.id if user else identifier.value
    proof = Proof(
        id=secrets.standard_id(),
        type=ProofType.PASSWORD,
        identifier=identifier,
        verified=True,
        holder=user.id if user else None,
        chosen_at=(user.password_updated_at or 0) if user else None,
    )

    async def work(here: Here) -> Taken[str]:
        error = _refusal(user, right=right)
        attempt = Attempt(
            identifier=identifier.target,
            by=here.by,
            cookie=guest.browser,
            told=here.told,
        )
        own = await own_budget(here.tx, world, workspace, attempt)
        guarded: list[Guarded] = []
        if own is None:
            withheld, counted = await withheld_from(
                here.tx, world, workspace, account, failed=error is not None
            )
            guarded.append(counted)
            error = InvalidCredentials() if withheld else error
        locked, counted = await foreseen(
            here.tx, world, workspace, attempt, failed=error is not None, own=own
        )
        guarded.append(counted)
        refusal = locked.error() if locked else error
        if refusal is not None:
            return Taken(answer="", guarded=guarded, refusal=refusal)
        assert user is not None
        require_fresh_password(workspace, user, here.now)
        return Taken(answer=proof.id, guarded=guarded, record=here.record.with_new(proof))

    def asks() -> list[Question]:
        attempt = Attempt(identifier=identifier.target, by=guest.by, cookie=guest.browser)
        return [
            *asked_by_guards(world, workspace, attempt),
            asked_of_account(world, workspace, account),
        ]

    answer = await take(
        guest,
        "Verification.Password.Submit",
        work,
        payload={"payload": {"identifier": identifier.to_wire()}},
        asks=asks,
    )
    if user is not None and stored is not None and world.passwords.outdated(stored):
        await renew(world, user, password)
    return answer


async def bring_name(guest: Guest, username: str, password: str) -> str:
    """A user name with its password, for an account that is yet to be made.

    Returns the proof's id. Raises ``UsernameInUse``, ``PasswordRejected``.
    """
    world = guest.world
    workspace = await world.workspaces.of(guest.tenant_id)
    identifier = Identifier(IdentifierType.USERNAME, username)
    policy = workspace.experience["usernamePolicy"]

    async def find(tx: Transaction) -> UserRow | None:
        return await find_person(tx, guest.tenant_id, identifier.target, policy)

    _, record = await visited(guest)
    if await world.database.read(find) is not None:
        raise UsernameInUse
    pending = record.profile
    personal = personal_words(
        name=pending.name,
        username=username,
        email=pending.primary_email,
        phone=pending.primary_phone,
    )
    await require_good_password(world, workspace, password, personal)
    digest = await world.passwords.hash(password)
    proof = Proof(
        id=secrets.standard_id(),
        type=ProofType.NEW_PASSWORD_IDENTITY,
        identifier=identifier,
        verified=True,
        digest=digest.text,
        algorithm=digest.algorithm.value,
    )

    async def work(here: Here) -> Taken[str]:
        await require_free(here, own_id=None, username=username)
        return Taken(answer=proof.id, record=here.record.with_new(proof))

    payload = {"identifier": identifier.to_wire()}
    action = "Verification.NewPasswordIdentity.Submit"
    return await take(guest, action, work, payload={"payload": payload})


async def _compared(world: World, stored: Digest | None, password: str) -> bool:
    """Compare; an imported digest that is read in no time takes as long as one of ours."""
    if stored is None or stored.algorithm in _OURS:
        return await world.passwords.verify(stored, password)
    right, _ = await asyncio.gather(
        world.passwords.verify(stored, password), world.passwords.verify(None, password)
    )
    return right


def _refusal(user: UserRow | None, *, right: bool) -> CarteiroError | None:
    if user is None or not right:
        return InvalidCredentials()
    return UserSuspended() if user.is_suspended else None
