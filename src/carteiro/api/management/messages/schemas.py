"""Messages on the wire: ours, there is no such thing in the reference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from carteiro.flows.operate.messages import Timeline
from carteiro.storage.mail.attempts import AttemptRow, IdleRoundRow
from carteiro.storage.mail.message_events import EventRow
from carteiro.storage.mail.messages import MessageRow

JsonObject = dict[str, Any]


def message_response(row: MessageRow) -> JsonObject:
    """A message without its contents: those are sealed until it has ended, then erased."""
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "type": row.type,
        "mode": row.mode,
        "state": row.state,
        "failure": row.failure,
        "recipient": row.recipient_masked,
        "language": row.language,
        "languageReason": row.language_reason,
        "template": row.template,
        "templateRevision": row.template_revision,
        "connectorId": row.connector_id,
        "attempts": row.attempts,
        "waitingFor": row.waiting_for,
        "dueAt": row.due_at,
        "createdAt": row.created_at,
        "expiresAt": row.expires_at,
        "finishedAt": row.finished_at,
    }


def timeline_response(timeline: Timeline) -> JsonObject:
    """A message with everything that happened to it, in order."""
    moments = sorted(_moments(timeline), key=lambda moment: moment["at"])
    return {**message_response(timeline.row), "timeline": moments}


def _moments(timeline: Timeline) -> Iterator[JsonObject]:
    row = timeline.row
    yield {
        "at": row.created_at,
        "event": "accepted",
        "mode": row.mode,
        "language": row.language,
        "languageReason": row.language_reason,
        "template": row.template,
        **({} if row.template_revision is None else {"templateRevision": row.template_revision}),
    }
    for attempt in timeline.attempts:
        yield _attempt(attempt)
    for idle in timeline.idle_rounds:
        yield _idle(idle)
    if row.state == "queued" and row.due_at is not None:
        yield {"at": row.due_at, "event": "due", "waitingFor": row.waiting_for}
    if row.finished_at is not None:
        ended = row.failure is not None
        state = "sent" if not ended else row.state
        shown = {"at": row.finished_at, "event": state}
        yield {**shown, "reason": row.failure} if ended else shown
    for event in timeline.events:
        yield _event(event)


def _attempt(row: AttemptRow) -> JsonObject:
    shown: JsonObject = {
        "at": row.started_at,
        "event": "attempt",
        "number": row.number,
        "connectorId": row.connector_id,
        "connector": row.factory_id,
        "milliseconds": row.finished_at - row.started_at,
        "outcome": row.outcome,
    }
    known = {
        "disposition": row.disposition,
        "providerId": row.provider_id,
        "connectorRevision": row.connector_revision,
        "template": row.template,
        "templateRevision": row.template_revision,
        "decision": row.decision,
        "error": None if row.error is None else json.loads(row.error),
        "skipped": None if row.skipped is None else json.loads(row.skipped),
    }
    return shown | {name: value for name, value in known.items() if value is not None}


def _idle(row: IdleRoundRow) -> JsonObject:
    shown: JsonObject = {"at": row.first_at, "event": "held" if row.waiting_for else "passed-over"}
    known = {
        "waitingFor": row.waiting_for or None,
        "times": row.times,
        "lastAt": row.last_at,
        "dueAt": row.due_at,
        "skipped": json.loads(row.skipped),
    }
    return shown | {name: value for name, value in known.items() if value is not None}


def _event(row: EventRow) -> JsonObject:
    shown: JsonObject = {
        "at": row.occurred_at,
        "event": f"provider.{row.type}",
        "receivedAt": row.received_at,
        "connectorId": row.connector_id,
    }
    details = json.loads(row.detail) if row.detail else {}
    return shown | ({"reason": row.reason} if row.reason else {}) | details
