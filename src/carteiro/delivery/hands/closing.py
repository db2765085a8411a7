"""Messages that end unsent: read where a key opens them, unread where none does."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.clock import Clock
from carteiro.delivery.hands.hand import Hand
from carteiro.delivery.hands.parcel import open_parcel
from carteiro.delivery.hands.recorder import Ending, Recorder
from carteiro.delivery.presence import Presence
from carteiro.delivery.states import Failure, MessageState
from carteiro.delivery.telemetry import Telemetry
from carteiro.errors import Disposition, SealBroken
from carteiro.model.kinds import TemplateType
from carteiro.secrets import Keyring
from carteiro.storage.drivers.database import Call
from carteiro.storage.mail import messages
from carteiro.storage.mail.messages import MessageRow
from carteiro.storage.tenancy import logs


class Closing:
    """Opens messages of the queue and ends those that are not to be sent."""

    def __init__(
        self,
        recorder: Recorder,
        keyring: Keyring,
        clock: Clock,
        presence: Presence,
        telemetry: Telemetry,
    ) -> None:
        self._recorder = recorder
        self._keyring = keyring
        self._clock = clock
        self._presence = presence
        self._telemetry = telemetry

    def take(self, row: MessageRow) -> Hand:
        """A claimed message with its contents. Raises ``SealBroken`` where no key opens them."""
        return Hand(
            tenant_id=row.tenant_id,
            id=row.id,
            type=TemplateType(row.type),
            language=row.language,
            recipient_hash=row.recipient_hash,
            recipient_masked=row.recipient_masked,
            created_at=row.created_at,
            expires_at=row.expires_at,
            owner=self._presence.id,
            attempts=row.attempts,
            parcel=open_parcel(self._keyring, row),
        )

    async def end(
        self,
        hand: Hand,
        state: MessageState,
        reason: Failure | Disposition,
        *,
        error: Exception | None = None,
        calls: Sequence[Call] = (),
    ) -> None:
        """End a message that was read, and tell of it; ``calls`` are written with its end."""
        ended = hand.ended(state, reason, self._clock.now(), error=error)
        await self._recorder.write(hand, [*calls, *ended], Ending(state, reason))

    async def close(
        self,
        row: MessageRow,
        state: MessageState,
        reason: Failure | Disposition,
        calls: Sequence[Call] = (),
    ) -> None:
        """End a message that need not be read for it."""
        try:
            hand = self.take(row)
        except SealBroken:
            await self._close_unread(row, Ending(state, reason), calls)
        else:
            await self.end(hand, state, reason, calls=calls)

    async def _close_unread(self, row: MessageRow, ending: Ending, calls: Sequence[Call]) -> None:
        """What is sealed, its place in the recipient's limit among it, is not to be had."""
        at = self._clock.now()
        ended = messages.finish(
            row.tenant_id,
            row.id,
            owner=self._presence.id,
            state=ending.state,
            at=at,
            attempts=row.attempts,
            failure=ending.reason,
        )
        entry = logs.entry(
            row.tenant_id,
            None,
            ending.event,
            at=at,
            payload={"messageId": row.id, "templateType": row.type, "reason": ending.reason},
            error=SealBroken(),
        )
        await self._recorder.write_plain([*calls, ended, entry])
        self._telemetry.ended.labels(ending.state, ending.reason).inc()
