"""A message in this process's hands, and the writes that its life consists of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carteiro.delivery.hands.parcel import Parcel
from carteiro.delivery.states import Decision, Failure, MessageState, Outcome, Waiting, event_of
from carteiro.errors import CarteiroError, ConnectorError, DeliveryFailed, Disposition
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Receipt
from carteiro.storage.drivers.database import Call
from carteiro.storage.mail import attempts, limits, messages, usage
from carteiro.storage.mail.attempts import AttemptRow
from carteiro.storage.tenancy import logs
from carteiro.storage.tenancy.connectors import ConnectorRow
from carteiro.verification.policy import time_variables

_PROMPT = 5_000
"""Milliseconds within which a mail still tells the whole lifetime: ten minutes, not nine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of one attempt. Times are milliseconds."""

    row: ConnectorRow
    started_at: int
    finished_at: int
    receipt: Receipt | None = None
    error: Exception | None = None
    skipped: Sequence[Mapping[str, str]] = ()
    template: str | None = None
    """Where the words came from, and which revision of it that was."""
    template_revision: int | None = None

    @property
    def disposition(self) -> Disposition | None:
        """What the failure means; a defect in a plug-in may have sent the message."""
        if self.error is None:
            return None
        if isinstance(self.error, ConnectorError):
            return self.error.disposition
        return Disposition.UNKNOWN


@dataclass(slots=True, kw_only=True)
class Hand:
    """One message, from when it is taken in hand until it is put back or has ended."""

    tenant_id: str
    id: str
    type: TemplateType
    language: str
    recipient_hash: str
    recipient_masked: str
    created_at: int
    expires_at: int | None
    owner: str
    attempts: int
    parcel: Parcel = field(repr=False)

    def variables(self, now: int) -> Mapping[str, Any]:
        """What words are rendered with beside the payload; a late mail tells what is left."""
        known = self.parcel.variables
        if self.expires_at is None or now - self.created_at <= _PROMPT:
            return known
        left = time_variables((self.expires_at - now) // 1000, self.expires_at)
        return {name: left.get(name, value) for name, value in known.items()}

    def sent(self, attempt: Attempt) -> list[Call]:
        """A provider has it."""
        at, connector_id = attempt.finished_at, attempt.row.id
        return [
            messages.sent(
                self.tenant_id, self.id, at=at, attempts=self.attempts, connector_id=connector_id
            ),
            self._attempt(attempt, None),
            self.logged("Message.Sent", at, connector_id),
            *self._uncounted(unless=connector_id),
        ]

    def attempted(self, attempt: Attempt, decision: Decision) -> list[Call]:
        """An attempt failed, and something else follows."""
        return [self._attempt(attempt, decision)]

    def later(self, due_at: int, waiting: Waiting) -> list[Call]:
        """It waits."""
        return [
            messages.later(
                self.tenant_id,
                self.id,
                owner=self.owner,
                due_at=due_at,
                waiting_for=waiting,
                attempts=self.attempts,
            )
        ]

    def idle(
        self, at: int, skipped: Sequence[Mapping[str, str]], due: tuple[int, Waiting] | None = None
    ) -> list[Call]:
        """No connector was tried; ``due`` says when one may be, and what is waited for."""
        if not skipped:
            return []
        due_at, waiting = due or (None, "")
        return [
            attempts.idle(
                self.tenant_id,
                self.id,
                after=self.attempts,
                waiting_for=waiting,
                skipped=json.dumps(skipped),
                at=at,
                due_at=due_at,
            )
        ]

    def failed(self, attempt: Attempt) -> list[Call]:
        """The last attempt failed."""
        assert attempt.error is not None
        assert attempt.disposition is not None
        at = attempt.finished_at
        return [
            self._attempt(attempt, Decision.GIVE_UP),
            *self.ended(
                MessageState.FAILED,
                attempt.disposition,
                at,
                error=attempt.error,
                connector_id=attempt.row.id,
            ),
        ]

    def ended(
        self,
        state: MessageState,
        failure: Failure | Disposition,
        at: int,
        *,
        error: Exception | None = None,
        connector_id: str | None = None,
    ) -> list[Call]:
        """It ends unsent, and gives its places in limits and caps back.

        A discreet one keeps its places in limits: who has none left would know that it was sent.
        """
        known = error if isinstance(error, CarteiroError) else DeliveryFailed(str(failure))
        return [
            messages.finish(
                self.tenant_id,
                self.id,
                owner=self.owner,
                state=state,
                at=at,
                attempts=self.attempts,
                failure=failure,
            ),
            self.logged(event_of(state, failure), at, connector_id, known, failure=failure),
            *([] if self.parcel.discreet else self._released()),
            *self._uncounted(),
        ]

    def told(self, reason: str) -> dict[str, Any]:
        """What a webhook tells of the message."""
        return {
            "messageId": self.id,
            "templateType": self.type.value,
            "recipient": str(self.parcel.to),
            "reason": str(reason),
        }

    def logged(
        self,
        key: str,
        at: int,
        connector_id: str | None = None,
        error: CarteiroError | None = None,
        *,
        failure: str | None = None,
    ) -> Call:
        """The message's entry in the audit log."""
        payload = {
            "messageId": self.id,
            "templateType": self.type,
            "recipient": self.recipient_masked,
            **({"connectorId": connector_id} if connector_id else {}),
            **({"reason": str(failure)} if failure else {}),
        }
        return logs.entry(self.tenant_id, self.parcel.by, key, at=at, payload=payload, error=error)

    def _released(self) -> list[Call]:
        """The recipient's limits as before."""
        return [
            limits.release(
                tenant_id=self.tenant_id,
                action=action,
                recipient_hash=self.recipient_hash,
                stamp=self.parcel.stamp,
            )
            for action in (self.parcel.action, *self.parcel.further)
        ]

    def _uncounted(self, unless: str | None = None) -> list[Call]:
        counted = self.parcel.counted_by
        if counted is None or counted == unless:
            return []
        return [usage.release(tenant_id=self.tenant_id, connector_id=counted)]

    def _attempt(self, attempt: Attempt, decision: Decision | None) -> Call:
        outcome, error = Outcome.ACCEPTED, None
        if isinstance(attempt.error, ConnectorError):
            outcome = Outcome.REFUSED
            error = json.dumps({"code": attempt.error.code, "data": attempt.error.data})
        elif attempt.error is not None:
            outcome = Outcome.BROKEN
            error = json.dumps({"type": type(attempt.error).__name__})
        return attempts.made(
            self.tenant_id,
            self.id,
            AttemptRow(
                number=self.attempts,
                connector_id=attempt.row.id,
                factory_id=attempt.row.connector_id,
                started_at=attempt.started_at,
                finished_at=attempt.finished_at,
                outcome=outcome,
                disposition=attempt.disposition,
                provider_id=attempt.receipt.provider_id if attempt.receipt else None,
                error=error,
                skipped=json.dumps(attempt.skipped) if attempt.skipped else None,
                decision=decision,
                template=attempt.template,
                template_revision=attempt.template_revision,
                connector_revision=attempt.row.revision,
            ),
        )
