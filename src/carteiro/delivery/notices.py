"""Notices: mails that tell a person what has just changed, committed together with the change.

A notice waits in the queue in both modes: it never fails the change, and nobody waits for it. It is
sent through the connectors as every mail is, and takes no place in the limits of codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carteiro import secrets
from carteiro.delivery.compose import notice_template
from carteiro.delivery.hands.parcel import Parcel
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import TemplateNotFound
from carteiro.languages.negotiate import LanguageDecision
from carteiro.model.actor import Actor
from carteiro.model.addresses import EmailAddress
from carteiro.model.kinds import TemplateType
from carteiro.model.origin import NOWHERE, Origin
from carteiro.model.turns import Turns
from carteiro.secrets import Keyring
from carteiro.storage.drivers.database import Call
from carteiro.storage.drivers.job import Job
from carteiro.storage.mail import notices
from carteiro.storage.mail.notices import NewNotice
from carteiro.verification.identity import recipient_hash

PAUSE = 5 * 60_000
"""Milliseconds in which an address is told of one kind of change once."""
_ACTION = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a person is told, and where. ``payload`` has no code and no link."""

    kind: TemplateType
    to: EmailAddress
    payload: Mapping[str, Any] = field(repr=False)
    decision: LanguageDecision
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Queued:
    """What is written and enqueued in the unit of work of the change."""

    calls: Sequence[Call] = ()
    jobs: Sequence[Job] = ()


class Notices:
    """Queues notices."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._turns = Turns()

    def queued(
        self, workspace: Workspace, told: Iterable[Notice], *, by: Actor, now: int
    ) -> Queued:
        """The writes for what the tenant has not switched off. Never raises.

        Nothing is queued where no connector could send it.
        """
        calls: list[Call] = []
        jobs: list[Job] = []
        for notice in told:
            if notice.kind in workspace.notices.off:
                continue
            found = _sender(workspace, notice)
            if found is None:
                continue
            new = self._new(workspace, notice, *found, by=by, now=now)
            calls += notices.telling(new, pause=PAUSE)
            jobs.append(Job(tenant_id=new.tenant_id, id=new.id, priority=new.priority))
        return Queued(calls, jobs)

    def _new(
        self,
        workspace: Workspace,
        notice: Notice,
        opened: OpenConnector,
        template: str,
        revision: int | None,
        *,
        by: Actor,
        now: int,
    ) -> NewNotice:
        tenant_id, id_ = workspace.tenant_id, secrets.timed_id(now)
        parcel = Parcel(
            to=notice.to,
            payload=notice.payload,
            variables={},
            action=_ACTION,
            stamp="",
            by=by,
            origin=notice.origin,
        )
        return NewNotice(
            tenant_id=tenant_id,
            id=id_,
            type=notice.kind,
            priority=self._turns.priority(tenant_id, notice.kind, now),
            recipient_hash=recipient_hash(self._keyring, tenant_id, notice.to),
            recipient_masked=notice.to.masked,
            language=notice.decision.for_templates,
            language_reason=notice.decision.reason,
            template=template,
            template_revision=revision,
            connector_id=opened.row.id,
            payload_sealed=parcel.seal(self._keyring, tenant_id, id_),
            created_at=now,
        )


def _sender(workspace: Workspace, notice: Notice) -> tuple[OpenConnector, str, int | None] | None:
    """The first connector that may send it, the template that it is going to have, its revision.

    One that cannot be opened here may be opened by another process, or with its key. Of an
    override that this process has not used yet the record says nothing: nothing is read for it.
    """
    head = workspace.known_letterhead(notice.origin)
    for opened in head.route:
        if opened.connector is None:
            return opened, "builtin", None
        try:
            language = notice.decision.for_templates
            words = notice_template(workspace, opened.connector, notice.kind, language, head)
        except TemplateNotFound:
            continue
        return opened, *words
    return None
