"""What somebody at the door is told of by mail: in the interaction's language, with its names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carteiro.delivery.notices import Queued
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.applications import built_in_application, mail_application
from carteiro.flows.notices import Occasion, notices_for
from carteiro.flows.sign_in.door.guests import Here, decided, sent_for
from carteiro.model.kinds import ApplicationInfo, TemplateType
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import applications


async def told_of(
    here: Here, before: UserRow, after: UserRow, kinds: Sequence[TemplateType]
) -> Queued:
    """What is to be written and enqueued with the step. The application is looked up only then."""
    wanted = [kind for kind in kinds if kind not in here.workspace.notices.off]
    if not wanted:
        return Queued()
    occasion = Occasion(
        before=before,
        after=after,
        by=here.by,
        by_person=True,
        decision=decided(here.guest, here.interaction, here.workspace),
        application=await application_of(here.tx, here.workspace, here.interaction.client_id),
        origin=sent_for(here.interaction),
    )
    return notices_for(here.world, here.workspace, wanted, occasion)


@dataclass(frozen=True, slots=True)
class _Shown:
    info: ApplicationInfo


def kept_application(workspace: Workspace, client_id: str) -> ApplicationInfo | None:
    """An application as mails speak of it, where this process has looked it up before."""
    kept = workspace.kept(_Shown, client_id)
    return None if kept is None else kept.info


async def application_of(
    tx: Transaction, workspace: Workspace, client_id: str
) -> ApplicationInfo | None:
    """The same, looked up where need be; ``None`` where it is gone."""
    kept = kept_application(workspace, client_id)
    if kept is not None:
        return kept
    tenant_id = workspace.tenant_id
    row = built_in_application(tenant_id, client_id)
    row = row or await applications.get(tx, tenant_id, client_id)
    if row is None:
        return None
    info = mail_application(row, await applications.get_experience(tx, tenant_id, client_id))
    workspace.keep(client_id, _Shown(info))
    return info
