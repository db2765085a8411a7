"""What follows a provider's event: the message's state, the suppression list, webhooks.

Events come twice, late and in any order. Each counts once, by the provider's id of it; a state only
ever moves on; an event that comes before its message is on record as sent waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from carteiro.clock import Clock
from carteiro.connectors.feedback.contract import EventType, FeedbackEvent
from carteiro.delivery.gates.suppression import reason_of, suppression
from carteiro.delivery.states import MessageState
from carteiro.delivery.telemetry import Telemetry
from carteiro.errors import InvalidAddress
from carteiro.model.actor import OPERATOR
from carteiro.model.addresses import EmailAddress, parse_address
from carteiro.secrets import Keyring
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.mail import message_events, messages, suppressions
from carteiro.storage.mail.message_events import EventRow
from carteiro.storage.tenancy import hooks, logs
from carteiro.verification.identity import recipient_hash
from carteiro.webhooks.telling import tell

_STATES = {
    EventType.DELIVERED: MessageState.DELIVERED,
    EventType.BOUNCED: MessageState.BOUNCED,
    EventType.REJECTED: MessageState.BOUNCED,
}
_TOLD = {
    EventType.DELIVERED: "Message.Delivered",
    EventType.BOUNCED: "Message.Bounced",
    EventType.REJECTED: "Message.Bounced",
    EventType.COMPLAINED: "Message.Complained",
}
_ADVERSE = {EventType.BOUNCED, EventType.REJECTED, EventType.COMPLAINED}
"""What the audit log has, too; deliveries are on the messages' timelines."""
_WAITS = 600_000
"""Milliseconds for which an event waits for its message."""
_BATCH = 100


class Feedback:
    """Takes events in."""

    def __init__(
        self, *, database: Database, keyring: Keyring, clock: Clock, telemetry: Telemetry
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._telemetry = telemetry

    async def take(
        self, tenant_id: str, connector_id: str, factory_id: str, events: Sequence[FeedbackEvent]
    ) -> int:
        """Put events on record and draw the consequences; how many were new.

        Some at a time, so that nobody else waits long for the database. When this fails half-way,
        the provider tells all of them again, and those that are on record count once.
        """
        new = 0
        for start in range(0, len(events), _BATCH):
            part = events[start : start + _BATCH]
            new += await self._take_some(tenant_id, connector_id, factory_id, part)
        return new

    async def _take_some(
        self, tenant_id: str, connector_id: str, factory_id: str, events: Sequence[FeedbackEvent]
    ) -> int:
        async def work(tx: Transaction) -> list[FeedbackEvent]:
            heard = {
                name for name in set(_TOLD.values()) if await hooks.subscribed(tx, tenant_id, name)
            }
            return [
                event
                for event in events
                if await self._take(tx, tenant_id, connector_id, event, heard)
            ]

        new = await self._database.write(work)
        for event in new:
            self._telemetry.events.labels(factory_id, event.type).inc()
        return len(new)

    async def match(self) -> int:
        """Give early events to the messages that they are about; how many."""
        since = self._clock.now() - _WAITS

        async def work(tx: Transaction) -> int:
            matched = 0
            for row, message_id in await message_events.unmatched(tx, since=since, batch=_BATCH):
                if await message_events.match(tx, row, message_id):
                    await self._move(tx, row.tenant_id, message_id, EventType(row.type))
                    matched += 1
            return matched

        return await self._database.write(work)

    async def _take(
        self,
        tx: Transaction,
        tenant_id: str,
        connector_id: str,
        event: FeedbackEvent,
        heard: set[str],
    ) -> bool:
        now = self._clock.now()
        message_id = await self._message(tx, tenant_id, connector_id, event)
        address = _address(event.recipient)
        row = EventRow(
            tenant_id=tenant_id,
            connector_id=connector_id,
            id=event.id,
            message_id=message_id,
            provider_id=event.provider_id,
            type=event.type,
            reason=event.reason,
            recipient_hash=recipient_hash(self._keyring, tenant_id, address) if address else None,
            recipient_masked=address.masked if address else None,
            detail=json.dumps(self._shown(event, address), ensure_ascii=False),
            occurred_at=event.occurred_at,
            received_at=now,
        )
        if not await message_events.add(tx, row):
            return False
        if message_id is not None:
            await self._move(tx, tenant_id, message_id, event.type)
        reason = reason_of(event)
        if reason is not None and address is not None:
            await suppressions.put(
                tx,
                suppression(
                    self._keyring, tenant_id, address, reason, now=now, connector_id=connector_id
                ),
            )
        name = _TOLD.get(event.type)
        if reason is not None or event.type in _ADVERSE:
            await self._log(tx, row, name or "Message.Event")
        if name is not None and name in heard:
            await self._tell(tx, row, event, name)
        return True

    async def _message(
        self, tx: Transaction, tenant_id: str, connector_id: str, event: FeedbackEvent
    ) -> str | None:
        if event.message_id is not None:
            known = await messages.get(tx, tenant_id, event.message_id)
            return known.id if known else None
        if event.provider_id is None:
            return None
        sent = await messages.by_provider_id(tx, tenant_id, connector_id, event.provider_id)
        return sent.id if sent else None

    async def _move(
        self, tx: Transaction, tenant_id: str, message_id: str, kind: EventType
    ) -> None:
        if (state := _STATES.get(kind)) is not None:
            await messages.observed(tx, tenant_id, message_id, state)

    async def _log(self, tx: Transaction, row: EventRow, name: str) -> None:
        payload = {
            "messageId": row.message_id,
            "recipient": row.recipient_masked,
            "connectorId": row.connector_id,
            "reason": row.reason,
        }
        entry = logs.entry(row.tenant_id, None, name, at=row.received_at, payload=payload)
        await logs.add(tx, entry)

    async def _tell(self, tx: Transaction, row: EventRow, event: FeedbackEvent, name: str) -> None:
        data = {
            "messageId": row.message_id,
            "recipient": event.recipient,
            "reason": row.reason,
            "connectorId": row.connector_id,
            "occurredAt": row.occurred_at,
        }
        at = row.received_at
        await tell(tx, row.tenant_id, OPERATOR, name, at=at, data=data)

    def _shown(self, event: FeedbackEvent, address: EmailAddress | None) -> dict[str, Any]:
        """The provider's words, without the address that they may repeat."""
        words = event.detail
        if event.recipient:
            words = words.replace(event.recipient, address.masked if address else "******")
        return {"detail": words} if words else {}


def _address(text: str | None) -> EmailAddress | None:
    try:
        return parse_address(text) if text else None
    except InvalidAddress:
        return None
