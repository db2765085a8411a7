"""Somebody proves an address or a number: a code is sent, then typed (experience API §2.5, 2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from carteiro import secrets
from carteiro.delivery.gates.buckets import STRANGER_SENDS, STRANGER_WINDOW, STRANGERS
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import (
    InvalidAddress,
    InvalidInput,
    ValueTooLong,
    VerificationSessionNotFound,
)
from carteiro.experience.identify import is_invited_to_prove, require_captcha
from carteiro.experience.profile import proof_for_profile, require_room_for
from carteiro.experience.proofs import CODE_OF, Identifier, IdentifierType, Proof
from carteiro.experience.record import InteractionEvent, InteractionRecord
from carteiro.experience.sending import may_be_suppressed, template_of
from carteiro.flows.guards.attempts import (
    Attempt,
    asked_for_budget,
    own_budget,
    require_email_allowed,
)
from carteiro.flows.guards.find_person import asked_owner, has_owner
from carteiro.flows.guards.recipients import recipient_of
from carteiro.flows.guards.tries import counting_a_try
from carteiro.flows.sign_in.door.codes import asked_to_redeem, redeem, send
from carteiro.flows.sign_in.door.guests import Guest, Here, door_settings
from carteiro.flows.sign_in.door.steps import Taken, take, watched
from carteiro.flows.sign_in.provider.interactions import look
from carteiro.model.issues import issue
from carteiro.oidc.errors import SessionNotFound
from carteiro.storage.drivers.asked import asked
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.mail import limits
from carteiro.storage.sign_in import interactions
from carteiro.storage.sign_in.interactions import Interaction
from carteiro.verification.identity import recipient_hash


async def send_code(guest: Guest, identifier: Identifier, event: InteractionEvent) -> str:
    """Send a code; ``event`` is what it is for. Returns the id under which it is typed.

    Nobody learns whether the address is somebody's. Raises ``CaptchaRequired``, the refusals of
    the blocklist, ``MessageRateLimited``, and what sending raises.
    """
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    seen = await _look(guest, workspace, identifier)
    interaction, record = seen.interaction, InteractionRecord.from_wire(seen.interaction.record)
    settings = door_settings(workspace)
    kind = CODE_OF[identifier.type]
    action = f"Verification.{kind.value}.Create"
    payload = {"identifier": identifier.to_wire(), "interactionEvent": event.value}
    invited = is_invited_to_prove(record, identifier)
    async with watched(guest, interaction, record, action, {"payload": payload}):
        if record.user_id is None:
            require_captcha(record, settings, invited=invited)
        _require_reachable(identifier)
        template = template_of(record, event, identifier.type, settings)
        if event is InteractionEvent.REGISTER and identifier.type is IdentifierType.EMAIL:
            await require_email_allowed(workspace, identifier.value)
            require_room_for(identifier.value)
    secretly = may_be_suppressed(record, event, settings, invited=invited)
    openly = not (secretly or invited) and record.user_id is None
    too_many = openly and seen.has_had_enough and not seen.has_owner
    return await send(
        guest,
        interaction,
        record,
        Proof(id=secrets.standard_id(), type=kind, identifier=identifier, template=template.value),
        action=action,
        own=seen.own,
        quietly=secretly or record.user_id is None,
        discreetly=secretly or too_many,
        withheld=(secretly and not seen.has_owner) or too_many,
        # An owner's, too, or the time would tell of it.
        counted=STRANGERS if openly else None,
        payload=payload,
    )


def _require_reachable(identifier: Identifier) -> None:
    """Raises ``InvalidInput`` for what no mail and no text message can go to."""
    try:
        recipient_of(identifier.type, identifier.value)
    except (InvalidAddress, ValueTooLong) as error:
        problem = issue("invalid_string", ["identifier", "value"], error.message)
        raise InvalidInput([problem]) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What stands there before a code is sent."""

    interaction: Interaction
    has_owner: bool = False
    has_had_enough: bool = False
    own: str | None = None


async def _look(guest: Guest, workspace: Workspace, identifier: Identifier) -> _Seen:
    """Look in one round trip. Raises ``SessionNotFound``."""
    world, tenant_id, target = guest.world, guest.tenant_id, identifier.target
    try:
        recipient = recipient_of(identifier.type, identifier.value)
    except (InvalidAddress, ValueTooLong):
        return _Seen(interaction=await look(world, tenant_id, guest.uid))
    attempt = Attempt(identifier=target, by=guest.by, cookie=guest.browser)
    now = world.clock.now()
    place = {
        "tenant_id": tenant_id,
        "action": STRANGERS.action,
        "recipient_hash": recipient_hash(world.keyring, tenant_id, recipient),
    }

    def asks() -> list[Question]:
        return [
            interactions.asked(tenant_id, guest.uid, now),
            limits.asked(**place),
            *asked_owner(tenant_id, target),
            *asked_for_budget(world, workspace, attempt),
        ]

    async def work(unit: Transaction) -> _Seen:
        tx = await asked(unit, asks)
        interaction = await interactions.get(tx, tenant_id, guest.uid, now)
        if interaction is None:
            raise SessionNotFound
        somebodys = await has_owner(tx, tenant_id, target)
        own = await own_budget(tx, world, workspace, attempt)
        wait = await limits.wait(
            tx, **place, now=now, window=STRANGER_WINDOW, max_sends=STRANGER_SENDS
        )
        return _Seen(
            interaction=interaction,
            has_owner=somebodys,
            has_had_enough=wait > 0,
            own=own,
        )

    return await world.database.read(work)


async def verify_code(guest: Guest, identifier: Identifier, proof_id: str, typed: str) -> str:
    """Redeem the code.

    Raises ``VerificationSessionNotFound``, a ``VerificationError``, or ``TooManyAttempts``
    whatever was typed.
    """

    async def work(here: Here) -> Taken[str]:
        proof = proof_for_profile(here.record, proof_id, identifier.type)
        return await redeem(here, proof, typed, given=identifier.value)

    kind = CODE_OF.get(identifier.type)
    if kind is None:
        raise VerificationSessionNotFound
    action = f"Verification.{kind.value}.Submit"
    payload = {"identifier": identifier.to_wire(), "verificationId": proof_id}
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    asks = partial(asked_to_redeem, guest, workspace, identifier, proof_id)
    with counting_a_try(guest.world):
        return await take(guest, action, work, payload={"payload": payload}, asks=asks)
