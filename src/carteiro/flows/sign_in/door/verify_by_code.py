"""Somebody proves an address or a number: a code is sent, then typed (experience API §2.5, 2.6)."""

from __future__ import annotations

from carteiro import secrets
from carteiro.errors import VerificationSessionNotFound
from carteiro.experience.identify import is_invited_to_prove, require_captcha
from carteiro.experience.profile import proof_for_profile, require_room_for
from carteiro.experience.proofs import CODE_OF, Identifier, IdentifierType, Proof
from carteiro.experience.record import InteractionEvent
from carteiro.experience.sending import may_be_suppressed, template_of
from carteiro.flows.sign_in.door.codes import asked_to_redeem, recipient_of, redeem, send
from carteiro.flows.sign_in.door.guests import Guest, Here, door_settings, visited
from carteiro.flows.sign_in.door.steps import Taken, take, watched
from carteiro.flows.sign_in.guards.attempts import require_email_allowed
from carteiro.flows.sign_in.guards.find_person import find_person
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people.users import UserRow


async def send_code(guest: Guest, identifier: Identifier, event: InteractionEvent) -> str:
    """Send a code; ``event`` is what it is for. Returns the id under which it is typed.

    Nobody learns whether the address is somebody's. Raises ``CaptchaRequired``, the refusals of
    the blocklist, ``MessageRateLimited``, and what sending raises.
    """
    interaction, record = await visited(guest)
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    settings = door_settings(workspace)
    kind = CODE_OF[identifier.type]
    action = f"Verification.{kind.value}.Create"
    payload = {"identifier": identifier.to_wire(), "interactionEvent": event.value}
    invited = is_invited_to_prove(record, identifier)
    async with watched(guest, interaction, record, action, {"payload": payload}):
        if record.user_id is None:
            require_captcha(record, settings, invited=invited)
        recipient_of(identifier.type, identifier.value)
        template = template_of(record, event, identifier.type, settings)
        if event is InteractionEvent.REGISTER and identifier.type is IdentifierType.EMAIL:
            await require_email_allowed(workspace, identifier.value)
            require_room_for(identifier.value)
    secretly = may_be_suppressed(record, event, settings, invited=invited)
    policy = workspace.experience["usernamePolicy"]

    async def owner(tx: Transaction) -> UserRow | None:
        return await find_person(tx, guest.tenant_id, identifier.target, policy)

    return await send(
        guest,
        interaction,
        record,
        Proof(id=secrets.standard_id(), type=kind, identifier=identifier, template=template.value),
        action=action,
        quietly=secretly or record.user_id is None,
        withheld=secretly and await guest.world.database.read(owner) is None,
        payload=payload,
    )


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
    asks = asked_to_redeem(guest, workspace, identifier, proof_id)
    return await take(guest, action, work, payload={"payload": payload}, asks=asks)
