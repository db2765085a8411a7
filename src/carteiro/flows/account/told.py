"""What becomes of a person's own data is told here, and nowhere else: the log, and webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carteiro import secrets
from carteiro.directory.people import user_info
from carteiro.flows.account.inside import Inside
from carteiro.model import turns
from carteiro.model.differences import difference
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
    return calls, jobs
