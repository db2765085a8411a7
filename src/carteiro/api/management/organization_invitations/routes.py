"""`/api/organization-invitations`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Response

from carteiro.api.answers import people
from carteiro.api.management.organization_invitations.schemas import (
    CreateInvitation,
    Decision,
    Message,
)
from carteiro.api.preconditions import Shown
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import INVITATIONS
from carteiro.directory.organizations import invitation_info
from carteiro.flows.backend import invitations as flow
from carteiro.flows.backend import invite as sending
from carteiro.flows.backend.invite import NewInvitation
from carteiro.storage.people.invitations import Invitation

router = ApiRouter(
    tag="Organization invitations",
    needs=INVITATIONS,
    answers={
        "list_invitations": list[people.Invitation],
        "create_invitation": people.Invitation,
        "get_invitation": people.Invitation,
        "decide_invitation": people.Invitation,
    },
    shown={
        "decide_invitation": Shown(by="get_invitation"),
    },
)


@router.get("/organization-invitations")
async def list_invitations(
    caller: Caller,
    organizationId: str | None = None,
    inviterId: str | None = None,
    invitee: str | None = None,
) -> list[dict[str, Any]]:
    """Invitations, newest first; `invitee` in whatever spelling."""
    found = await flow.find_invitations(
        caller.world,
        caller.tenant_id,
        organization_id=organizationId,
        inviter_id=inviterId,
        invitee=invitee,
    )
    return [_shown(caller, invitation) for invitation in found]


@router.post("/organization-invitations", status_code=201)
async def create_invitation(caller: Caller, body: CreateInvitation) -> dict[str, Any]:
    """Invite somebody. With a `messagePayload` they get a mail; if that fails, nothing is kept."""
    new = NewInvitation(
        invitee=body.invitee,
        organization_id=body.organization_id,
        expires_at=body.expires_at,
        inviter_id=body.inviter_id or None,
        role_ids=body.organization_role_ids or (),
        message=body.message,
    )
    return _shown(
        caller,
        await sending.create_invitation(caller.world, caller.tenant_id, new, by=caller.by),
    )


@router.get("/organization-invitations/{id}")
async def get_invitation(caller: Caller, id: str) -> dict[str, Any]:
    """One invitation."""
    return _shown(caller, await flow.get_invitation(caller.world, caller.tenant_id, id))


@router.post("/organization-invitations/{id}/message", status_code=204, response_class=Response)
async def send_invitation(
    caller: Caller,
    id: str,
    body: Annotated[Message, Body(description="The template's variables, such as `link`.")],
) -> None:
    """Mail an invitation once more, whatever its status."""
    await sending.resend_invitation(caller.world, caller.tenant_id, id, body, by=caller.by)


@router.put("/organization-invitations/{id}/status")
async def decide_invitation(caller: Caller, id: str, body: Decision) -> dict[str, Any]:
    """Accept an invitation on behalf of the invited person, or revoke it."""
    if body.status == "Revoked":
        done = await flow.revoke_invitation(caller.world, caller.tenant_id, id, by=caller.by)
    else:
        done = await flow.accept_invitation(
            caller.world, caller.tenant_id, id, body.accepted_user_id or None, by=caller.by
        )
    return _shown(caller, done)


@router.delete("/organization-invitations/{id}", status_code=204, response_class=Response)
async def delete_invitation(caller: Caller, id: str) -> None:
    """Delete an invitation."""
    await flow.delete_invitation(caller.world, caller.tenant_id, id, by=caller.by)


def _shown(caller: Caller, invitation: Invitation) -> dict[str, Any]:
    return invitation_info(invitation, caller.world.clock.now())
