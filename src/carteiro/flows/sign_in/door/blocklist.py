"""Whether the tenant takes a proven address; asked before a step, told at its place in it."""

from __future__ import annotations

from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.errors import CarteiroError
from carteiro.experience.proofs import IdentifierType
from carteiro.flows.guards.attempts import require_email_allowed
from carteiro.flows.sign_in.door.guests import Guest, visited


async def email_refusal(guest: Guest, proof_id: str | None) -> CarteiroError | None:
    """Why the address of a proof is not taken; ``None`` where it is, or where it is no address.

    A proof never changes its address, so that what is found here still holds in the step. Raises
    ``SessionNotFound``, ``InteractionNotFound``. Nothing is read where the tenant takes everybody.
    """
    workspace = await guest.world.workspaces.of(guest.tenant_id)
    if proof_id is None or not _refuses_anybody(workspace):
        return None
    _, record = await visited(guest)
    proof = record.proof(proof_id)
    if proof is None or proof.identifier.type is not IdentifierType.EMAIL:
        return None
    try:
        await require_email_allowed(workspace, proof.identifier.value)
    except CarteiroError as error:
        return error
    return None


def _refuses_anybody(workspace: Workspace) -> bool:
    protection = workspace.settings.get(SettingName.PROTECTION) or {}
    policy = workspace.experience["emailBlocklistPolicy"]
    return any(policy.values()) or bool(protection.get("blockDisposableAddresses"))
