"""What becomes of a person's own data is told here, and nowhere else: the log, webhooks, a mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from carteiro import secrets
from carteiro.delivery.notices import Queued
from carteiro.directory.people import user_info
from carteiro.flows.account.inside import Inside, language_of
from carteiro.flows.notices import Occasion, changes_of, notices_for
from carteiro.model import turns
from carteiro.model.differences import difference
from carteiro.model.kinds import TemplateType
from carteiro.model.origin import Origin
from carteiro.storage.drivers.database import Call
from carteiro.storage.drivers.job import Job, Kind
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import hooks
from carteiro.webhooks.events import HookEvent
from carteiro.webhooks.payload import data_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a person changes of themselves: their row as it was, and as it is to be."""

    before: UserRow
    after: UserRow

    @property
    def on_record(self) -> dict[str, Any]:
        """What the log keeps of it: what differs, nothing of a secret."""
        return difference(self.before, self.after)


async def writes_of(inside: Inside, change: Change) -> tuple[list[Call], list[Job]]:
    """What is to be written for a change, in one go with whatever else the step writes."""
    calls, jobs = [users.updating(change.after)], []
    event = HookEvent.USER_DATA_UPDATED.value
    for hook_id, _ in await hooks.listening(inside.tx, inside.tenant_id, (event,)):
        id_ = secrets.standard_id()
        body = data_body(
            hook_id=hook_id,
            event=event,
            by=inside.by,
            at=inside.now,
            data=user_info(change.after),
            members={},
        )
        calls.append(
            hooks.enqueuing(
                tenant_id=inside.tenant_id,
                id=id_,
                hook_id=hook_id,
                event=event,
                body=body,
                created_at=inside.now,
            )
        )
        priority = turns.of_webhook(inside.now)
        jobs.append(Job(kind=Kind.WEBHOOK, tenant_id=inside.tenant_id, id=id_, priority=priority))
    told = notices_of(inside, changes_of(change.before, change.after), change.after)
    return [*calls, *told.calls], [*jobs, *told.jobs]


def notices_of(
    inside: Inside, kinds: Sequence[TemplateType], after: UserRow | None = None
) -> Queued:
    """The mails that tell the person of what they, or somebody with their token, have done."""
    occasion = Occasion(
        before=inside.user,
        after=after or inside.user,
        by=inside.by,
        by_person=True,
        decision=language_of(inside.bearer, inside.workspace),
        origin=Origin(application_id=inside.row.client_id),
    )
    return notices_for(inside.world, inside.workspace, kinds, occasion)
