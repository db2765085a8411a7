"""Taking a message on: composed, committed, then handed over or queued.

The message's row, the code's hash and the recipient's send counter commit together before anything
is sent: a crash at any point leaves either nothing or a message on record. What happens then is the
courier's, in the request or in the queue, as the tenant decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from carteiro.clock import Clock
from carteiro.delivery.compose import Letter, compose
from carteiro.delivery.courier import Courier
from carteiro.delivery.hand import Hand
from carteiro.delivery.parcel import Parcel
from carteiro.delivery.presence import Presence
from carteiro.delivery.states import Failure, MessageState, Mode
from carteiro.delivery.telemetry import Telemetry, span
from carteiro.delivery.telling import tell
from carteiro.delivery.turns import Turns
from carteiro.delivery.workspace import Workspace
from carteiro.errors import MessageRateLimited, RecipientSuppressed
from carteiro.languages.negotiate import LanguageDecision
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Receipt, Recipient
from carteiro.model.phones import PhoneNumber
from carteiro.secrets import Keyring
from carteiro.storage import limits, messages, usage
from carteiro.storage.database import Call, Database, Transaction
from carteiro.storage.job import Job
from carteiro.storage.messages import NewMessage
from carteiro.storage.queue import Queue
from carteiro.storage.subjects import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLimit:
    """How many messages of one action a recipient gets in a rolling window (milliseconds)."""

    action: str
    sends: int
    window: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be sent; ``with_`` commits together with the message.

    It dies with what it is ``about``. ``payload`` is the caller's, ``variables`` are added where
    words are rendered here; ``check`` may refuse the words before anything is stored.
    """

    id: str
    to: Recipient
    recipient_hash: str
    type: TemplateType
    payload: Mapping[str, Any] = field(repr=False)
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    decision: LanguageDecision
    created_at: int
    expires_at: int | None
    about: Subject | None = None
    limit: SendLimit
    by: Actor = OPERATOR
    with_: Sequence[Call] = field(default=(), repr=False)
    check: Callable[[Letter], None] | None = None


class Dispatcher:
    """Takes messages on."""

    def __init__(
        self,
        *,
        database: Database,
        courier: Courier,
        queue: Queue,
        presence: Presence,
        keyring: Keyring,
        clock: Clock,
        telemetry: Telemetry,
        usage_cap: int | None,
    ) -> None:
        self._database = database
        self._courier = courier
        self._queue = queue
        self._presence = presence
        self._keyring = keyring
        self._clock = clock
        self._telemetry = telemetry
        self._usage_cap = usage_cap
        self._turns = Turns()

    async def deliver(self, workspace: Workspace, order: Order) -> Receipt | None:
        """Compose, store, and hand over or queue; a queued message has no receipt yet.

        Raises ``TemplateNotFound``, ``MessageRateLimited``, ``RecipientSuppressed``, and in
        ``direct`` mode the connector's error.
        """
        row, connector = workspace.connector(sms=isinstance(order.to, PhoneNumber))
        values = {**order.variables, **order.payload}
        letter = await compose(workspace, connector, order.type, values, order.decision.tag)
        if order.check is not None:
            order.check(letter)
        hand = self._hand(workspace, order)
        counted = connector.capabilities.counts_usage
        if counted:
            hand.parcel = replace(hand.parcel, counted_by=row.id)
        mode = workspace.delivery.mode
        await self._presence.ensure()
        with span("carteiro.accept", mode=mode, type=order.type):
            await self._accept(hand, order, self._message(hand, order, letter, row.id, mode))
        self._telemetry.accepted.labels(mode, order.type).inc()
        if mode is Mode.QUEUED:
            self._queue.wake()
            return None
        return await self._courier.send_now(workspace, hand)

    def _hand(self, workspace: Workspace, order: Order) -> Hand:
        return Hand(
            tenant_id=workspace.tenant_id,
            id=order.id,
            type=order.type,
            language=order.decision.tag,
            recipient_hash=order.recipient_hash,
            recipient_masked=order.to.masked,
            created_at=order.created_at,
            expires_at=order.expires_at,
            owner=self._presence.id,
            attempts=0,
            parcel=Parcel(
                to=order.to,
                payload=order.payload,
                variables=order.variables,
                action=order.limit.action,
                stamp=limits.stamp(order.created_at),
                by=order.by,
            ),
        )

    def _message(
        self, hand: Hand, order: Order, letter: Letter, connector_id: str, mode: Mode
    ) -> NewMessage:
        waits = mode is Mode.QUEUED
        return NewMessage(
            tenant_id=hand.tenant_id,
            id=hand.id,
            type=hand.type,
            mode=mode,
            state=MessageState.QUEUED if waits else MessageState.SENDING,
            priority=self._turns.priority(hand.tenant_id, hand.type, hand.created_at),
            owner=None if waits else hand.owner,
            attempt_at=None if waits else hand.created_at,
            due_at=hand.created_at if waits else None,
            recipient_hash=hand.recipient_hash,
            recipient_masked=hand.recipient_masked,
            language=order.decision.tag,
            language_reason=order.decision.reason,
            template=letter.template,
            connector_id=connector_id,
            payload_sealed=hand.parcel.seal(self._keyring, hand.tenant_id, hand.id),
            created_at=hand.created_at,
            expires_at=hand.expires_at,
            subject_kind=order.about.kind if order.about else None,
            subject_id=order.about.id if order.about else None,
        )

    async def _accept(self, hand: Hand, order: Order, new: NewMessage) -> None:
        calls = [self._reserve(hand, order), *order.with_, messages.create(new)]
        if (counted := hand.parcel.counted_by) is not None:
            calls.append(
                usage.reserve(tenant_id=hand.tenant_id, connector_id=counted, cap=self._usage_cap)
            )
        jobs = []
        if new.state == MessageState.QUEUED:
            jobs.append(Job(tenant_id=hand.tenant_id, id=hand.id, priority=new.priority))
        try:
            await self._database.apply(*calls, jobs=jobs)
        except MessageRateLimited as error:
            now = self._clock.now()
            await self._database.apply(hand.logged("Message.RateLimited", now, error=error))
            raise MessageRateLimited(retry_after=await self._wait(hand, order)) from None
        except RecipientSuppressed as error:
            await self._refuse(hand, new, error)
            raise

    def _reserve(self, hand: Hand, order: Order) -> Call:
        return limits.reserve(
            tenant_id=hand.tenant_id,
            action=order.limit.action,
            recipient_hash=order.recipient_hash,
            stamp=hand.parcel.stamp,
            now=order.created_at,
            window=order.limit.window,
            max_sends=order.limit.sends,
        )

    async def _refuse(self, hand: Hand, new: NewMessage, error: RecipientSuppressed) -> None:
        """A mail that somebody waits for meets the suppression list: whoever runs this is told."""
        at = self._clock.now()
        calls = [
            messages.refused(new, at=at, failure=Failure.SUPPRESSED),
            hand.logged("Message.Suppressed", at, new.connector_id, error),
        ]

        async def work(tx: Transaction) -> None:
            for call in calls:
                await tx.run(call.name, **call.arguments)
            data = hand.told(Failure.SUPPRESSED)
            await tell(tx, hand.tenant_id, hand.parcel.by, "Message.Suppressed", at=at, data=data)

        await self._database.write(work)
        self._telemetry.ended.labels(MessageState.CANCELLED, Failure.SUPPRESSED).inc()

    async def _wait(self, hand: Hand, order: Order) -> float:
        """Seconds until the recipient may be sent the next message."""
        now = self._clock.now()

        async def work(tx: Transaction) -> int:
            return await limits.wait(
                tx,
                tenant_id=hand.tenant_id,
                action=order.limit.action,
                recipient_hash=order.recipient_hash,
                now=now,
                window=order.limit.window,
                max_sends=order.limit.sends,
            )

        return await self._database.read(work) / 1000
