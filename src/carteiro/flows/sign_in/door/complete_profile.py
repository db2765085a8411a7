"""Somebody gives what the account still needs, or a new password (experience API §2.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from carteiro.directory.passwords.hashing import Digest
from carteiro.directory.passwords.rules import personal_words
from carteiro.errors import CarteiroError, PasswordRejected, SamePassword
from carteiro.experience.guards.usernames import require_username
from carteiro.experience.profile import (
    proof_for_profile,
    require_fulfilling,
    require_resetting,
    require_room,
    require_verified,
    with_extra,
)
from carteiro.experience.proofs import IdentifierType, Proof
from carteiro.experience.record import InteractionRecord, PendingProfile
from carteiro.experience.second_factor import require_second_factor
from carteiro.experience.settings import Missing
from carteiro.flows.guards.passwords import require_good_password
from carteiro.flows.sign_in.door.blocklist import email_refusal
from carteiro.flows.sign_in.door.guests import Guest, Here, visited
from carteiro.flows.sign_in.door.people import person_of, require_free
from carteiro.flows.sign_in.door.steps import Taken, take
from carteiro.flows.stored_passwords import digest_of
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow

_ACTION = "Profile.Update"


async def set_username(guest: Guest, username: str) -> None:
    """Raises ``UsernameExistsInProfile``, a ``UsernameRefused``, ``UsernameInUse``."""

    async def work(here: Here) -> Taken[None]:
        user = await require_entitled(here)
        require_room(user, Missing.USERNAME)
        require_username(username, here.workspace.experience["usernamePolicy"])
        await require_free(here, own_id=here.record.user_id, username=username)
        return _kept(here, replace(here.record.profile, username=username))

    await take(guest, _ACTION, work, payload=_payload("username"))


async def set_address(guest: Guest, kind: IdentifierType, proof_id: str) -> None:
    """An address or a number that a code has proven.

    Raises ``VerificationSessionNotFound``, the refusals of the blocklist, ``ProofNotVerified``,
    ``EmailExistsInProfile`` and its kin, ``EmailInUse`` and its kin.
    """
    blocked = await email_refusal(guest, proof_id)

    async def work(here: Here) -> Taken[None]:
        user = await require_entitled(here)
        _, profile = await with_address(here, user, kind, proof_id, blocked)
        return _kept(here, profile)

    await take(guest, _ACTION, work, payload=_payload(kind.value, verificationId=proof_id))


async def set_extra(guest: Guest, values: Mapping[str, Any]) -> None:
    """The extra fields of sign-up. Raises ``ConflictWithBuiltInField`` and its kin."""

    async def work(here: Here) -> Taken[None]:
        await require_entitled(here)
        return _kept(here, with_extra(here.record.profile, values))

    await take(guest, _ACTION, work, payload=_payload("extraProfile", fields=sorted(values)))


async def set_password(guest: Guest, password: str) -> None:
    """A first password.

    Raises ``PasswordRejected``, ``SamePassword``, ``PasswordExistsInProfile``.
    """
    await _choose(guest, password, resets=False)


async def reset_password(guest: Guest, password: str) -> None:
    """A new password in place of a forgotten one; it counts from the submit on.

    Raises ``InvalidInteractionType``, ``IdentifierNotFound``, ``PasswordRejected``,
    ``SamePassword``.
    """
    await _choose(guest, password, resets=True)


async def refuse(guest: Guest, error: CarteiroError) -> None:
    """Refuse what is no part of the service, once the person may add anything at all."""

    async def work(here: Here) -> Taken[None]:
        await require_entitled(here)
        raise error

    await take(guest, _ACTION, work)


async def require_entitled(here: Here) -> UserRow | None:
    """Whether the person may add to their account by now; who they are, where it exists.

    Raises ``NotSupportedForForgotPassword``, ``IdentifierNotFound``, ``MfaVerificationRequired``.
    """
    require_fulfilling(here.record)
    user = await person_of(here, here.record.user_id)
    if user is not None:
        require_second_factor(here.record, user, here.settings)
    return user


async def with_address(
    here: Here,
    user: UserRow | None,
    kind: IdentifierType,
    proof_id: str,
    blocked: CarteiroError | None,
) -> tuple[Proof, PendingProfile]:
    """The proof of an address, and the pending profile with it. Raises as ``set_address``."""
    proof = proof_for_profile(here.record, proof_id, kind)
    value = proof.identifier.value
    if blocked is not None:
        raise blocked
    require_verified(proof)
    profile = here.record.profile
    if kind is IdentifierType.EMAIL:
        require_room(user, Missing.EMAIL)
        await require_free(here, own_id=here.record.user_id, email=value)
        return proof, replace(profile, primary_email=value)
    require_room(user, Missing.PHONE)
    await require_free(here, own_id=here.record.user_id, phone=value)
    return proof, replace(profile, primary_phone=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """A new password, judged and hashed before the step: a digest, or why there is none."""

    refusal: CarteiroError | None = None
    digest: Digest | None = None


async def _choose(guest: Guest, password: str, *, resets: bool) -> None:
    _, seen = await visited(guest)
    chosen = await _judged(guest, seen, password)

    async def work(here: Here) -> Taken[None]:
        user = None
        if resets:
            require_resetting(here.record)
        else:
            user = await require_entitled(here)
        if chosen.digest is None:
            raise chosen.refusal or PasswordRejected
        require_room(user, Missing.PASSWORD)
        digest, algorithm = chosen.digest.text, chosen.digest.algorithm.value
        return _kept(here, replace(here.record.profile, digest=digest, algorithm=algorithm))

    await take(guest, _ACTION, work, payload=_payload("password"))


async def _judged(guest: Guest, seen: InteractionRecord, password: str) -> _Chosen:
    world = guest.world
    workspace = await world.workspaces.of(guest.tenant_id)
    user = await _seen_person(guest, seen)
    try:
        await require_good_password(world, workspace, password, _personal(seen.profile, user))
    except PasswordRejected as error:
        return _Chosen(refusal=error)
    stored = digest_of(user)
    if stored is not None and await world.passwords.verify(stored, password):
        return _Chosen(refusal=SamePassword())
    return _Chosen(digest=await world.passwords.hash(password))


async def _seen_person(guest: Guest, record: InteractionRecord) -> UserRow | None:
    user_id = record.user_id
    if user_id is None:
        return None

    async def get(tx: Transaction) -> UserRow | None:
        return await users.get(tx, guest.tenant_id, user_id)

    return await guest.world.database.read(get)


def _personal(pending: PendingProfile, user: UserRow | None) -> list[str]:
    return personal_words(
        name=pending.name or (user.name if user else None),
        username=pending.username or (user.username if user else None),
        email=pending.primary_email or (user.primary_email if user else None),
        phone=pending.primary_phone or (user.primary_phone if user else None),
    )


def _kept(here: Here, profile: PendingProfile) -> Taken[None]:
    return Taken(answer=None, record=replace(here.record, profile=profile))


def _payload(kind: str, **more: Any) -> dict[str, Any]:
    return {"payload": {"type": kind, **more}}
