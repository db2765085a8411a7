"""A code for somebody at the door: sent to an address that they give, or have; then redeemed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carteiro import secrets
from carteiro.delivery.dispatch import Order
from carteiro.delivery.states import Mode
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.applications import built_in_application, mail_application
from carteiro.directory.organizations import mail_organization
from carteiro.directory.people import mail_person
from carteiro.errors import (
    CarteiroError,
    CodeNotFound,
    EmailMismatch,
    InvalidAddress,
    MessageRateLimited,
    PhoneMismatch,
    RecipientSuppressed,
    ValueTooLong,
)
from carteiro.experience.proofs import Identifier, IdentifierType, Proof
from carteiro.experience.record import InteractionRecord
from carteiro.experience.sending import TYPED_AT_THE_DOOR
from carteiro.flows.sign_in.door.guests import Guest, Here, acting, envelope, language_of
from carteiro.flows.sign_in.door.steps import Guarded, Taken, take, watched
from carteiro.flows.sign_in.guards.attempts import (
    Attempt,
    asked_by_guards,
    foreseen,
    own_budget,
    report_rate_limited,
    take_send_slot,
)
from carteiro.flows.sign_in.guards.known_browsers import newest_of
from carteiro.flows.world import World
from carteiro.languages.negotiate import LanguageDecision, LanguageReason
from carteiro.languages.tags import MatchKind
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Recipient
from carteiro.model.phones import PhoneNumber, parse_phone
from carteiro.storage.drivers.database import Call, Question, Transaction
from carteiro.storage.mail import codes
from carteiro.storage.people import organizations, users
from carteiro.storage.sign_in.interactions import Interaction
from carteiro.storage.tenancy import applications
from carteiro.verification.identity import Identity, recipient_hash
from carteiro.verification.issue import issue
from carteiro.verification.redeem import attempt_of, judge


async def send(
    guest: Guest,
    interaction: Interaction,
    record: InteractionRecord,
    proof: Proof,
    *,
    action: str,
    own: str | None,
    quietly: bool,
    withheld: bool,
    payload: Mapping[str, Any],
) -> str:
    """Send a proof's code, then keep the proof in place of an older one of its type.

    ``own`` is what ``own_budget`` says of the address. With ``withheld`` the code is stored and
    counted, and nothing is handed over; it takes as long as if it were. With ``quietly`` an address
    that gets no mail is not told from another. Returns the proof's id; raises what sending raises,
    and keeps the older proof then.
    """
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    order = await _order(guest, interaction, record, proof, workspace, own)
    async with watched(guest, interaction, record, action, {"payload": payload}):
        told = envelope(guest, interaction, record.event)
        await _hand_over(guest.world, workspace, order, told, withheld=withheld, quietly=quietly)

    async def work(here: Here) -> Taken[str]:
        older = here.record.proof_of(proof.type)
        gone = [] if older is None else [codes.withdraw(here.tenant_id, slot_of(here, older))]
        return Taken(answer=proof.id, record=here.record.with_new(proof), calls=gone)

    return await take(guest, action, work, payload={"payload": payload})


async def redeem(here: Here, proof: Proof, typed: str, *, given: str) -> Taken[str]:
    """Redeem a proof's code for the address that was ``given`` with it.

    Whatever becomes of it counts for the lock of the address; while that is locked the outcome is
    thrown away.
    """
    attempt = Attempt(
        identifier=proof.identifier.target,
        by=here.by,
        cookie=here.guest.browser,
        told=here.told,
    )
    own = await own_budget(here.tx, here.world, here.workspace, attempt)
    error, writes = await _judged(here, proof, typed, given, own)
    locked, counted = await foreseen(
        here.tx, here.world, here.workspace, attempt, failed=error is not None, own=own
    )
    guarded = [*(Guarded(call) for call in writes), counted]
    refusal = locked.error() if locked else error
    if refusal is not None:
        return Taken(answer=proof.id, guarded=guarded, refusal=refusal)
    verified = here.record.with_changed(replace(proof, verified=True))
    return Taken(answer=proof.id, guarded=guarded, record=verified)


def asked_to_redeem(
    guest: Guest, workspace: Workspace, identifier: Identifier, proof_id: str
) -> list[Question]:
    """What ``redeem`` asks, as far as it is known beforehand."""
    world, tenant_id = guest.world, guest.tenant_id
    try:
        recipient = recipient_of(identifier.type, identifier.value)
    except (InvalidAddress, ValueTooLong):
        return []
    attempt = Attempt(identifier=identifier.target, by=guest.by, cookie=guest.browser)
    own = newest_of(world, tenant_id, guest.browser)
    payers = [recipient_hash(world.keyring, tenant_id, recipient), *([own] if own else [])]
    slots = [
        Identity(tenant_id=tenant_id, type=type_, recipient=recipient, session=proof_id)
        for type_ in TYPED_AT_THE_DOOR
    ]
    return [
        *asked_by_guards(world, workspace, attempt),
        *(
            codes.finding(tenant_id, slot.hash(world.keyring), payer)
            for slot in slots
            for payer in payers
        ),
    ]


def recipient_of(kind: IdentifierType, value: str) -> Recipient:
    """An address or a number to send to. Raises ``InvalidAddress`` or ``ValueTooLong``."""
    return parse_phone(value) if kind is IdentifierType.PHONE else parse_address(value)


def identity_of(tenant_id: str, proof: Proof) -> Identity:
    """What the proof's code is bound to: tenant, purpose, proof and address."""
    return Identity(
        tenant_id=tenant_id,
        type=TemplateType(proof.template or TemplateType.GENERIC),
        recipient=recipient_of(proof.identifier.type, proof.identifier.value),
        session=proof.id,
    )


def slot_of(here: Here, proof: Proof) -> str:
    """Where the proof's code is stored."""
    return identity_of(here.tenant_id, proof).hash(here.world.keyring)


async def _judged(
    here: Here, proof: Proof, typed: str, given: str, own: str | None
) -> tuple[CarteiroError | None, Sequence[Call]]:
    if not typed:
        return CodeNotFound(), ()
    identity = identity_of(here.tenant_id, proof)
    if given != proof.identifier.value:
        keys = here.world.keyring
        payer = own or identity.recipient_hash(keys)
        row = await codes.find(here.tx, here.tenant_id, identity.hash(keys), payer)
        if row is None or row.consumed_at is not None:
            return CodeNotFound(), ()
        by_phone = proof.identifier.type is IdentifierType.PHONE
        return (PhoneMismatch() if by_phone else EmailMismatch()), ()
    attempt = attempt_of(
        identity,
        typed,
        keys=here.world.keyring,
        policy=here.workspace.code_policy,
        now=here.now,
        budget=own,
    )
    return await judge(here.tx, attempt)


async def _order(
    guest: Guest,
    interaction: Interaction,
    record: InteractionRecord,
    proof: Proof,
    workspace: Workspace,
    own: str | None,
) -> Order:
    world, now = guest.world, guest.world.clock.now()
    identity, policy = identity_of(guest.tenant_id, proof), workspace.code_policy
    message_id = secrets.timed_id(now)
    issued = issue(identity, keys=world.keyring, now=now, message_id=message_id, policy=policy)
    decision = _decision(language_of(guest, interaction, workspace))
    payload: dict[str, Any] = {"code": issued.code, "locale": decision.tag}
    if isinstance(wished := interaction.params.get("ui_locales"), str):
        payload["uiLocales"] = wished
    if proof.identifier.type is IdentifierType.EMAIL:
        binder = record.user_id if identity.type is TemplateType.BIND_MFA else None
        payload |= await _context(guest, workspace, interaction, binder)
    by = acting(guest, interaction, record)
    return Order(
        id=message_id,
        to=identity.recipient,
        recipient_hash=issued.recipient_hash,
        type=identity.type,
        payload=payload,
        variables=policy.variables(now),
        decision=decision,
        created_at=now,
        expires_at=policy.expires_at(now),
        about=issued.subject,
        limit=world.code_limit,
        network=by.person_ip,
        by=by,
        own=own,
        with_=(issued.store,),
        keeps=True,
    )


def _decision(stored: Mapping[str, Any]) -> LanguageDecision:
    match = stored.get("match")
    return LanguageDecision(
        tag=stored["tag"],
        reason=LanguageReason(stored["reason"]),
        requested=stored.get("requested"),
        match=None if match is None else MatchKind(match),
        unserved=stored.get("unserved"),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """An application as mails speak of it."""

    info: Mapping[str, Any]


async def _context(
    guest: Guest, workspace: Workspace, interaction: Interaction, user_id: str | None
) -> dict[str, Any]:
    """The application and the organization of the request, and a person where the mail names one.

    Where one of them is gone the mail speaks of none.
    """
    tenant_id, organization_id = guest.tenant_id, interaction.params.get("organization_id")
    shown = await _shown(guest, workspace, interaction.client_id)
    if shown is None:
        return {}
    context: dict[str, Any] = {"application": shown.info}
    if not isinstance(organization_id, str) and user_id is None:
        return context

    async def work(tx: Transaction) -> dict[str, Any]:
        if isinstance(organization_id, str):
            organization = await organizations.get(tx, tenant_id, organization_id)
            if organization is None:
                return {}
            context["organization"] = mail_organization(organization)
        if user_id is not None:
            user = await users.get(tx, tenant_id, user_id)
            if user is None:
                return {}
            context["user"] = mail_person(user)
        return context

    return await guest.world.database.read(work)


async def _shown(guest: Guest, workspace: Workspace, client_id: str) -> _Shown | None:
    kept = workspace.kept(_Shown, client_id)
    if kept is not None:
        return kept
    tenant_id = guest.tenant_id

    async def work(tx: Transaction) -> _Shown | None:
        row = built_in_application(tenant_id, client_id)
        row = row or await applications.get(tx, tenant_id, client_id)
        if row is None:
            return None
        look = await applications.get_experience(tx, tenant_id, client_id)
        return _Shown(mail_application(row, look))

    found = await guest.world.database.read(work)
    if found is not None:
        workspace.keep(client_id, found)
    return found


async def _hand_over(
    world: World,
    workspace: Workspace,
    order: Order,
    told: Mapping[str, Any],
    *,
    withheld: bool,
    quietly: bool,
) -> None:
    try:
        if not withheld:
            try:
                await world.dispatcher.deliver(workspace, order)
            except RecipientSuppressed:
                if not quietly:
                    raise
                withheld = True
        if withheld:
            await take_send_slot(world, workspace, order)
            await _take_as_long(workspace, sms=isinstance(order.to, PhoneNumber))
    except MessageRateLimited:
        await report_rate_limited(world, workspace, order, told)
        raise


async def _take_as_long(workspace: Workspace, *, sms: bool) -> None:
    """Wait as long as the connector lately took, where a request waits for it."""
    opened = workspace.sms if sms else workspace.email
    if workspace.delivery.mode is Mode.DIRECT and opened is not None:
        await asyncio.sleep(opened.gate.pacer.lately / 1000)
