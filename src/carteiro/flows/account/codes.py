"""A code for somebody inside: sent to their address or to a new one, then redeemed (§3.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from carteiro import secrets
from carteiro.delivery.dispatch import Order
from carteiro.directory.applications import built_in_application, mail_application
from carteiro.directory.people import mail_person
from carteiro.errors import (
    CarteiroError,
    InvalidAddress,
    MessageRateLimited,
    ValueTooLong,
    VerificationRecordNotFound,
)
from carteiro.experience.confirmations import LIFETIME, TYPED_INSIDE, is_new, template_for
from carteiro.experience.proofs import CODE_OF, Identifier, IdentifierType
from carteiro.flows.account.inside import Bearer, Inside, language_of
from carteiro.flows.account.rules import is_own, require_first_party
from carteiro.flows.account.steps import Taken, entry, look, record, take
from carteiro.flows.guards.attempts import (
    Attempt,
    Guarded,
    own_budget,
    report_rate_limited,
    require_email_allowed,
)
from carteiro.flows.guards.recipients import on_record, recipient_of
from carteiro.flows.guards.redeeming import asked_to_redeem, redeemed
from carteiro.flows.guards.tries import counting_a_try
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Recipient
from carteiro.model.origin import Origin
from carteiro.storage.drivers.database import Question
from carteiro.storage.sign_in import verifications
from carteiro.storage.sign_in.verifications import VerificationRow
from carteiro.storage.tenancy import applications
from carteiro.templates.kinds import unsaid
from carteiro.verification.identity import Identity
from carteiro.verification.issue import issue


@dataclass(frozen=True, slots=True)
class Begun:
    """A proof by its id, and until when it counts, in milliseconds since the epoch."""

    id: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Who asks for a code, what of them the mail speaks of, and whose limits count."""

    inside: Inside
    context: dict[str, Any]
    own: str | None


async def send_code(
    bearer: Bearer, identifier: Identifier, asked: TemplateType | None = None
) -> Begun:
    """Send a code. What it is for is ``asked``, unless the address is a new one.

    Raises ``ThirdPartyForbidden``, the refusals of the blocklist, ``InvalidAddress``,
    ``MessageRateLimited``, and what sending raises.
    """
    asks = applications.asked_of_bearer(bearer.tenant_id, bearer.value_hash)
    seen = await look(bearer, lambda inside: _seen(inside, identifier), asks=asks)
    inside = seen.inside
    template = template_for(inside.user, identifier, asked)
    payload = {"identifier": on_record(identifier), "templateType": template.value}
    action = "Verification.VerificationCode.Create"
    try:
        recipient = recipient_of(identifier.type, identifier.value)
        if is_new(inside.user, identifier) and identifier.type is IdentifierType.EMAIL:
            await require_email_allowed(inside.workspace, identifier.value)
        begun = await _send(seen, identifier, recipient, template)
    except CarteiroError as error:
        await record(bearer, entry(inside, action, payload, error))
        raise
    await record(bearer, entry(inside, action, payload))
    return begun


async def verify_code(bearer: Bearer, identifier: Identifier, proof_id: str, typed: str) -> str:
    """Redeem a code; whatever becomes of it counts for the lock of the address. Returns its id.

    Raises ``ThirdPartyForbidden``, ``VerificationRecordNotFound``, a ``VerificationError``, or
    ``TooManyAttempts`` whatever was typed.
    """

    async def work(inside: Inside) -> Taken[str]:
        require_first_party(inside)
        proof = await verifications.find(inside.tx, bearer.asked_proof(proof_id))
        kind = CODE_OF.get(identifier.type)
        if proof is None or not is_own(inside, proof) or proof.type != kind:
            raise VerificationRecordNotFound
        return await _redeemed(inside, proof, identifier, typed)

    payload = {"identifier": on_record(identifier), "verificationId": proof_id}
    asks = await _asked_to_redeem(bearer, identifier, proof_id)
    action = "Verification.VerificationCode.Submit"
    with counting_a_try(bearer.world):
        return await take(bearer, action, work, payload=payload, asks=asks)


async def _seen(inside: Inside, identifier: Identifier) -> _Seen:
    require_first_party(inside)
    own = None
    if inside.bearer.browser is not None:
        own = await own_budget(
            inside.tx, inside.world, inside.workspace, _attempt(inside, identifier)
        )
    context: dict[str, Any] = {}
    if identifier.type is IdentifierType.EMAIL:
        context = await _context(inside)
    return _Seen(inside=inside, context=context, own=own)


async def _context(inside: Inside) -> dict[str, Any]:
    """The person and the application, as the mail speaks of them."""
    bearer = inside.bearer
    asked = applications.asked_of_bearer(bearer.tenant_id, bearer.value_hash)
    row, its_look = await applications.of_bearer(inside.tx, asked)
    row = row or built_in_application(bearer.tenant_id, inside.row.client_id)
    if row is None:
        return {}
    return {"user": mail_person(inside.user), "application": mail_application(row, its_look)}


async def _send(
    seen: _Seen, identifier: Identifier, recipient: Recipient, template: TemplateType
) -> Begun:
    inside, bearer = seen.inside, seen.inside.bearer
    world, now = bearer.world, bearer.world.clock.now()
    workspace, policy = inside.workspace, inside.workspace.code_policy
    proof = VerificationRow(
        tenant_id=bearer.tenant_id,
        id=secrets.standard_id(),
        user_id=inside.user.id,
        client_id=inside.row.client_id,
        type=CODE_OF[identifier.type].value,
        template=template.value,
        address=identifier.value,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    message_id = secrets.timed_id(now)
    issued = issue(
        _identity(proof, recipient),
        keys=world.keyring,
        now=now,
        message_id=message_id,
        policy=policy,
    )
    decision = language_of(bearer, workspace)
    wished = {} if bearer.ui_locales is None else {"uiLocales": bearer.ui_locales}
    order = Order(
        id=message_id,
        to=recipient,
        recipient_hash=issued.recipient_hash,
        type=template,
        payload={"code": issued.code, "locale": decision.tag, **wished, **seen.context},
        variables={**policy.variables(now), **unsaid(template)},
        decision=decision,
        created_at=now,
        expires_at=policy.expires_at(now),
        about=issued.subject,
        limit=world.code_limit,
        network=inside.by.person_ip,
        # What sends is told no address of the person who asks (§4.1).
        by=replace(inside.by, ip=None),
        own=seen.own,
        with_=(issued.store, verifications.superseding(proof), verifications.adding(proof)),
        keeps=True,
        origin=Origin(application_id=inside.row.client_id),
    )
    try:
        await world.dispatcher.deliver(workspace, order)
    except MessageRateLimited:
        await report_rate_limited(world, workspace, order, {})
        raise
    return Begun(proof.id, proof.expires_at)


async def _redeemed(
    inside: Inside, proof: VerificationRow, identifier: Identifier, typed: str
) -> Taken[str]:
    sent_to = Identifier(identifier.type, proof.address or "")
    refusal, guarded = await redeemed(
        inside.tx,
        inside.world,
        inside.workspace,
        _attempt(inside, sent_to),
        _identity(proof, recipient_of(sent_to.type, sent_to.value)),
        typed,
        sent_there=identifier == sent_to,
    )
    if refusal is None:
        guarded.append(Guarded(verifications.proving(inside.tenant_id, proof.id)))
    return Taken(answer=proof.id, guarded=guarded, refusal=refusal)


def _identity(proof: VerificationRow, recipient: Recipient) -> Identity:
    return Identity(
        tenant_id=proof.tenant_id,
        type=TemplateType(proof.template or TemplateType.GENERIC),
        recipient=recipient,
        session=proof.id,
    )


def _attempt(inside: Inside, identifier: Identifier) -> Attempt:
    return Attempt(identifier=identifier.target, by=inside.by, cookie=inside.bearer.browser)


async def _asked_to_redeem(bearer: Bearer, identifier: Identifier, proof_id: str) -> list[Question]:
    """What ``verify_code`` asks, as far as it is known beforehand."""
    try:
        recipient = recipient_of(identifier.type, identifier.value)
    except (InvalidAddress, ValueTooLong):
        return []
    world = bearer.world
    workspace = await world.workspaces.of(bearer.tenant_id)
    attempt = Attempt(identifier=identifier.target, by=bearer.by, cookie=bearer.browser)
    return [
        bearer.asked_proof(proof_id),
        *asked_to_redeem(world, workspace, attempt, recipient, proof_id, TYPED_INSIDE),
    ]
