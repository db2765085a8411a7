"""A code for somebody at the door: sent to an address that they give, or have; then redeemed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from carteiro import secrets
from carteiro.delivery.dispatch import Order
from carteiro.delivery.gates.buckets import SendLimit
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.organizations import mail_organization
from carteiro.directory.people import mail_person
from carteiro.errors import (
    InvalidAddress,
    MessageRateLimited,
    ValueTooLong,
)
from carteiro.experience.proofs import Identifier, IdentifierType, Proof
from carteiro.experience.record import InteractionRecord
from carteiro.experience.sending import TYPED_AT_THE_DOOR
from carteiro.flows.guards import redeeming
from carteiro.flows.guards.attempts import (
    Attempt,
    report_rate_limited,
)
from carteiro.flows.guards.recipients import recipient_of
from carteiro.flows.sign_in.door.guests import Guest, Here, acting, decided, envelope, sent_for
from carteiro.flows.sign_in.door.noticing import application_of, kept_application
from carteiro.flows.sign_in.door.steps import Taken, take, watched
from carteiro.flows.world import World
from carteiro.model.kinds import ApplicationInfo, TemplateType
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.mail import codes
from carteiro.storage.people import organizations, users
from carteiro.storage.sign_in.interactions import Interaction
from carteiro.verification.identity import Identity
from carteiro.verification.issue import issue


async def send(
    guest: Guest,
    interaction: Interaction,
    record: InteractionRecord,
    proof: Proof,
    *,
    action: str,
    own: str | None,
    quietly: bool,
    discreetly: bool,
    withheld: bool,
    counted: SendLimit | None = None,
    payload: Mapping[str, Any],
) -> str:
    """Send a proof's code, then keep the proof in place of an older one of its type.

    ``own`` is what ``own_budget`` says of the address. With ``quietly`` an address that gets no
    mail is not told from another, with ``discreetly`` no message that is not sent; with
    ``withheld`` it is not sent. It takes a place in the window that it is ``counted`` in. Returns
    the proof's id; raises what sending raises, and keeps the older proof then.
    """
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    order = await _order(guest, interaction, record, proof, workspace, own)
    order = replace(order, quiet=quietly, discreet=discreetly, withheld=withheld, counted=counted)
    async with watched(guest, interaction, record, action, {"payload": payload}):
        told = envelope(guest, interaction, record.event, workspace)
        await _hand_over(guest.world, workspace, order, told)

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
    refusal, guarded = await redeeming.redeemed(
        here.tx,
        here.world,
        here.workspace,
        attempt,
        identity_of(here.tenant_id, proof),
        typed,
        sent_there=given == proof.identifier.value,
    )
    if refusal is not None:
        return Taken(answer=proof.id, guarded=guarded, refusal=refusal)
    verified = here.record.with_changed(replace(proof, verified=True))
    return Taken(answer=proof.id, guarded=guarded, record=verified)


def asked_to_redeem(
    guest: Guest, workspace: Workspace, identifier: Identifier, proof_id: str
) -> list[Question]:
    """What ``redeem`` asks, as far as it is known beforehand."""
    try:
        recipient = recipient_of(identifier.type, identifier.value)
    except (InvalidAddress, ValueTooLong):
        return []
    attempt = Attempt(identifier=identifier.target, by=guest.by, cookie=guest.browser)
    kinds = TYPED_AT_THE_DOOR
    return redeeming.asked_to_redeem(guest.world, workspace, attempt, recipient, proof_id, kinds)


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
    decision = decided(guest, interaction, workspace)
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
        origin=sent_for(interaction),
        began=guest.began,
    )


async def _context(
    guest: Guest, workspace: Workspace, interaction: Interaction, user_id: str | None
) -> dict[str, Any]:
    """The application and the organization of the request, and a person where the mail names one.

    Where one of them is gone the mail speaks of none.
    """
    tenant_id, organization_id = guest.tenant_id, interaction.params.get("organization_id")
    application = await _application(guest, workspace, interaction.client_id)
    if application is None:
        return {}
    context: dict[str, Any] = {"application": application}
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


async def _application(
    guest: Guest, workspace: Workspace, client_id: str
) -> ApplicationInfo | None:
    kept = kept_application(workspace, client_id)
    if kept is not None:
        return kept

    async def work(tx: Transaction) -> ApplicationInfo | None:
        return await application_of(tx, workspace, client_id)

    return await guest.world.database.read(work)


async def _hand_over(
    world: World, workspace: Workspace, order: Order, told: Mapping[str, Any]
) -> None:
    try:
        await world.dispatcher.deliver(workspace, order)
    except MessageRateLimited:
        await report_rate_limited(world, workspace, order, told)
        raise
