"""Whether the tenant takes a proven address; asked before a step, told at its place in it."""

from __future__ import annotations

from carteiro.errors import CarteiroError
from carteiro.experience.record import IdentifierType, InteractionRecord
from carteiro.flows.sign_in.guards import require_email_allowed
from carteiro.flows.sign_in.guests import Guest


async def email_refusal(
    guest: Guest, record: InteractionRecord, proof_id: str | None
) -> CarteiroError | None:
    """Why the address of a proof is not taken; ``None`` where it is, or where it is no address.

    A proof never changes its address, so that what is found here still holds in the step.
    """
    proof = record.proof(proof_id)
    if proof is None or proof.identifier.type is not IdentifierType.EMAIL:
        return None
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    try:
        await require_email_allowed(workspace, proof.identifier.value)
    except CarteiroError as error:
        return error
    return None
