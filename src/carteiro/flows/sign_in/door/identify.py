"""Somebody is identified: an account is found for their proof, or made (experience API §2.8)."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

from carteiro import secrets
from carteiro.directory.people import user_info
from carteiro.errors import CarteiroError, IdentityConflict
from carteiro.experience.guards.usernames import require_username
from carteiro.experience.identify import (
    is_invited,
    proof_of_newcomer,
    proof_of_person,
    require_captcha,
    require_mode,
    require_person,
    require_proof,
)
from carteiro.experience.profile import completed, organizations, profile_of, require_profile
from carteiro.experience.proofs import ProofType
from carteiro.experience.record import InteractionEvent, InteractionRecord, PendingProfile
from carteiro.flows.guards.find_person import find_person, is_named
from carteiro.flows.sign_in.door.blocklist import email_refusal
from carteiro.flows.sign_in.door.guests import Guest, Here
from carteiro.flows.sign_in.door.joining import join, joins_of
from carteiro.flows.sign_in.door.people import require_free
from carteiro.flows.sign_in.door.steps import Taken, take
from carteiro.flows.sign_in.door.told import Told
from carteiro.model.addresses import address_key
from carteiro.storage.drivers.database import Question
from carteiro.storage.people import roles, users, visitors
from carteiro.storage.people.users import UserRow
from carteiro.storage.people.visitors import Newcomer
from carteiro.storage.tenancy import hooks
from carteiro.webhooks.events import HookEvent

_ACTION = "Identifier.Submit"


async def identify(guest: Guest, proof_id: str | None) -> InteractionEvent:
    """Find the account of a proof, or make one of what is pending. Returns what it was for.

    Raises, in the wire's order, what the rules in ``experience.identify`` and
    ``experience.profile`` refuse.
    """
    blocked = await email_refusal(guest, proof_id)

    async def work(here: Here) -> Taken[InteractionEvent]:
        if here.record.event is InteractionEvent.REGISTER:
            return await _register(here, proof_id, blocked)
        return await _find(here, proof_id)

    payload = {} if proof_id is None else {"verificationId": proof_id}
    asks = partial(_asks, guest.tenant_id, guest.uid, proof_id)
    return await take(guest, _ACTION, work, payload={"payload": payload}, asks=asks)


def _asks(tenant_id: str, uid: str, proof_id: str | None) -> list[Question]:
    asks = [hooks.asked_listening(tenant_id)]
    if proof_id is not None:
        asks.append(visitors.asked_owner(tenant_id, uid, proof_id))
        asks.append(visitors.asked_newcomer(tenant_id, uid, proof_id))
    return asks


async def _find(here: Here, proof_id: str | None) -> Taken[InteractionEvent]:
    record = here.record
    proof = proof_of_person(record, proof_id, here.settings)
    policy = here.workspace.experience["usernamePolicy"]
    target = proof.identifier.target
    found = await visitors.owner(here.tx, here.tenant_id, here.guest.uid, proof.id)
    if found is None or not is_named(found, target):
        found = await find_person(here.tx, here.tenant_id, target, policy)
    user = require_person(record, proof, found)
    profile = record.profile
    if proof.type is ProofType.ONE_TIME_TOKEN:
        profile = replace(profile, jit_organization_ids=organizations(proof))
    return Taken(
        answer=record.event,
        record=replace(record, user_id=user.id, profile=profile),
        payload={"verification": proof.shown()},
        user=user,
    )


async def _register(
    here: Here, proof_id: str | None, blocked: CarteiroError | None
) -> Taken[InteractionEvent]:
    record = here.record
    if record.user_id is not None:
        if record.registered:
            return Taken(answer=record.event)
        raise IdentityConflict
    said: dict[str, object] = {}
    profile = record.profile
    newcomer = None
    if proof_id is not None:
        proof = require_proof(record, proof_id)
        if blocked is not None:
            raise blocked
        proof_of_newcomer(proof)
        profile, said = profile_of(proof, profile), {"verification": proof.shown()}
        newcomer = await _newcomer(here, proof_id, profile)
    await _require_possible(here, profile, newcomer)
    record = replace(record, profile=profile)
    try:
        invited = is_invited(record, profile.primary_email)
        require_mode(record.event, here.settings, invited=invited)
        require_captcha(record, here.settings, invited=invited)
        require_profile(profile, None, here.settings, registers=True)
    except CarteiroError as refusal:
        return Taken(answer=record.event, record=record, payload=said, refusal=refusal)
    return await _make(here, record, said, newcomer)


async def _newcomer(here: Here, proof_id: str, profile: PendingProfile) -> Newcomer | None:
    """What is known of the address of the account that is to be made."""
    found = await visitors.newcomer(here.tx, here.tenant_id, here.guest.uid, proof_id)
    email = profile.primary_email
    return found if found and email is not None and address_key(email) == found.key else None


async def _make(
    here: Here,
    record: InteractionRecord,
    said: dict[str, object],
    newcomer: Newcomer | None,
) -> Taken[InteractionEvent]:
    profile, user = record.profile, _account(here, record.profile)
    joins = await joins_of(
        here,
        user.primary_email,
        profile.jit_organization_ids,
        known=newcomer.organization_ids if newcomer else None,
    )
    calls = [*users.creating(user), roles.giving_defaults(here.tenant_id, user.id)]
    told = [Told(event=HookEvent.USER_CREATED, data=user_info(user))]
    if joins:
        # They refer to the account: it has to be there first.
        await here.tx.put(*calls)
        calls = []
        told += await join(here, user.id, joins)
    kept = PendingProfile(submitted=profile.submitted)
    record = replace(record, user_id=user.id, registered=True, profile=kept)
    return Taken(
        answer=record.event,
        record=record,
        calls=calls,
        told=told,
        user=user,
        payload={**said, "user": user_info(user)},
    )


def _account(here: Here, profile: PendingProfile) -> UserRow:
    now = here.now
    empty = UserRow(
        tenant_id=here.tenant_id,
        id=secrets.short_id(),
        logto_config=json.dumps({"mfa": {"enabled": False}}),
        created_at=now,
        updated_at=now,
        password_updated_at=None if profile.digest is None else now,
    )
    return completed(empty, profile)


async def _require_possible(here: Here, profile: PendingProfile, newcomer: Newcomer | None) -> None:
    """Raises a ``UsernameRefused``, then what ``require_free`` does."""
    if profile.username is not None:
        require_username(profile.username, here.workspace.experience["usernamePolicy"])
    await require_free(
        here,
        own_id=None,
        username=profile.username,
        email=profile.primary_email,
        phone=profile.primary_phone,
        newcomer=newcomer,
    )
