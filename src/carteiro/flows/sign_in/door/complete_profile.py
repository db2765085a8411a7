"""Somebody gives what the account still needs, or a new password (experience API §2.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from carteiro.directory.passwords.hashing import Digest
from carteiro.directory.passwords.rules import personal_words
from carteiro.errors import (
    CarteiroError,
    PasswordExistsInProfile,
    PasswordRejected,
    SamePassword,
    TooManyAttempts,
)
from carteiro.experience.guards.usernames import require_username
from carteiro.experience.profile import (
    proof_for_profile,
    require_fulfilling,
    require_resetting,
    require_room,
    require_verified,
    with_email,
    with_extra,
)
from carteiro.experience.proofs import IdentifierType, Proof
from carteiro.experience.record import InteractionRecord, PendingProfile
from carteiro.experience.second_factor import require_second_factor
from carteiro.experience.settings import Missing
from carteiro.flows.guards.passwords import require_good_password
from carteiro.flows.sign_in.door.blocklist import email_refusal
from carteiro.flows.sign_in.door.guests import Guest, Here, door_settings, visited
from carteiro.flows.sign_in.door.people import person_of, require_free
from carteiro.flows.sign_in.door.steps import Taken, take, watched
from carteiro.flows.stored_passwords import digest_of
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow

_ACTION = "Profile.Update"
_COMPARISONS = 10
"""New passwords of one interaction that are compared with the old one: each may guess it."""


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
        return _kept(here, with_extra(here.record.profile, values, here.settings.extra_fields))

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
        return proof, with_email(profile, value)
    require_room(user, Missing.PHONE)
    await require_free(here, own_id=here.record.user_id, phone=value)
    return proof, replace(profile, primary_phone=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """A new password, judged and hashed before the step: a digest, or why there is none."""

    refusal: CarteiroError | None = None
    digest: Digest | None = None
    compared: bool = False
    """Whether it was compared with the account's old one."""


async def _choose(guest: Guest, password: str, *, resets: bool) -> None:
    interaction, seen = await visited(guest)
    payload = _payload("password")
    async with watched(guest, interaction, seen, _ACTION, payload):
        person = await _entitled(guest, seen, resets=resets)
    chosen = await _judged(guest, seen, person, password, resets=resets)

    async def work(here: Here) -> Taken[None]:
        user = None
        if resets:
            require_resetting(here.record)
        else:
            user = await require_entitled(here)
        record = here.record
        if chosen.compared:
            if record.compared >= _COMPARISONS:
                raise TooManyAttempts
            record = replace(record, compared=record.compared + 1)
        if chosen.digest is None:
            refusal = chosen.refusal or PasswordRejected()
            return Taken(answer=None, record=record, refusal=refusal)
        require_room(user, Missing.PASSWORD)
        digest, algorithm = chosen.digest.text, chosen.digest.algorithm.value
        profile = replace(record.profile, digest=digest, algorithm=algorithm)
        return Taken(answer=None, record=replace(record, profile=profile))

    await take(guest, _ACTION, work, payload=payload)


async def _entitled(guest: Guest, seen: InteractionRecord, *, resets: bool) -> UserRow | None:
    """Whose password it is, once they may choose one: what the step asks again under its lock."""
    if resets:
        require_resetting(seen)
    else:
        require_fulfilling(seen)
    person = await _seen_person(guest, seen)
    if person is not None and not resets:
        workspace = await guest.world.workspaces.of(guest.tenant_id)
        require_second_factor(seen, person, door_settings(workspace))
    return person


async def _judged(
    guest: Guest, seen: InteractionRecord, user: UserRow | None, password: str, *, resets: bool
) -> _Chosen:
    world = guest.world
    workspace = await world.workspaces.of(guest.tenant_id)
    try:
        await require_good_password(world, workspace, password, _personal(seen.profile, user))
    except PasswordRejected as error:
        return _Chosen(refusal=error)
    stored = digest_of(user)
    if stored is None:
        return _Chosen(digest=await world.passwords.hash(password))
    if await world.passwords.verify(stored, password):
        return _Chosen(refusal=SamePassword(), compared=True)
    if not resets:
        return _Chosen(refusal=PasswordExistsInProfile(), compared=True)
    return _Chosen(digest=await world.passwords.hash(password), compared=True)


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
