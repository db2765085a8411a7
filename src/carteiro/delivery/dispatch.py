"""Taking a message on: composed, committed, then handed over or queued.

The message's row, the code's hash and the recipient's send counter commit together before anything
is sent: a crash at any point leaves either nothing or a message on record. What happens then is the
courier's, in the request or in the queue, as the tenant decided.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from carteiro.clock import Clock
from carteiro.delivery.compose import Letter, compose
from carteiro.delivery.gates.buckets import Bucket, SendLimit, longest_wait, rates_of, windows_of
from carteiro.delivery.gates.punctual import in_step
from carteiro.delivery.hands.courier import Courier
from carteiro.delivery.hands.hand import Hand
from carteiro.delivery.hands.parcel import Parcel
from carteiro.delivery.presence import Presence
from carteiro.delivery.states import Failure, MessageState, Mode
from carteiro.delivery.telemetry import Telemetry, span
from carteiro.delivery.workspaces.letterhead import Letterhead
from carteiro.delivery.workspaces.open_connector import first_of
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import (
    CarteiroError,
    DomainTakesNoMail,
    MessageRateLimited,
    RecipientSuppressed,
)
from carteiro.languages.negotiate import LanguageDecision
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import EmailAddress
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Receipt, Recipient
from carteiro.model.origin import NOWHERE, Origin
from carteiro.model.phones import PhoneNumber
from carteiro.model.turns import Turns
from carteiro.secrets import Keyring
from carteiro.senders.recipients import RecipientDomains
from carteiro.storage.drivers.database import Call, Database, Transaction
from carteiro.storage.drivers.job import Job
from carteiro.storage.mail import limits, messages, rates, usage
from carteiro.storage.mail.messages import NewMessage
from carteiro.storage.mail.rates import Rate
from carteiro.storage.mail.subjects import Subject
from carteiro.storage.queues.queue import Queue
from carteiro.webhooks.telling import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be sent; ``with_`` commits together with the message.

    It dies with what it is ``about``; its ``origin`` decides whose words and sender it has.
    ``payload`` is the caller's, ``variables`` are added where words are rendered here. ``network``
    is the address of the person who asks, where it is known.
    ``own`` is the hash of a browser in which the recipient signed in before: what it asks for is
    counted apart, so that nobody else uses up the recipient's limits. It takes a place in the
    window that it is ``counted`` in, too. With ``keeps``, ``with_`` is
    stored even when nothing can be sent: no connector, no template, a recipient who gets no mail.

    Of a ``discreet`` one nobody may learn from the answer, its time or the limits whether it was
    sent; one that is ``withheld``, too, is not. Of a ``quiet`` one nobody learns whether its
    recipient is on the suppression list.
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
    counted: SendLimit | None = None
    network: str | None = None
    own: str | None = None
    by: Actor = OPERATOR
    with_: Sequence[Call] = field(default=(), repr=False)
    keeps: bool = False
    discreet: bool = False
    quiet: bool = False
    withheld: bool = False
    origin: Origin = NOWHERE
    began: float = field(default_factory=time.perf_counter)
    """When that began which a discreet message is a part of (``time.perf_counter()``)."""


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
        domains: RecipientDomains,
    ) -> None:
        self._database = database
        self._courier = courier
        self._queue = queue
        self._presence = presence
        self._keyring = keyring
        self._clock = clock
        self._telemetry = telemetry
        self._usage_cap = usage_cap
        self._domains = domains
        self._turns = Turns()

    async def deliver(self, workspace: Workspace, order: Order) -> Receipt | None:
        """Compose, store, and hand over or queue; a queued message has no receipt yet.

        Raises ``TemplateNotFound``, ``InvalidLink``, ``MessageRateLimited``,
        ``RecipientSuppressed``, ``DomainTakesNoMail`` where the tenant has that looked at, and in
        ``direct`` mode the connector's error. Of a discreet message it raises what does not depend
        on who the recipient is, and gives no receipt.
        """
        sms, mode = isinstance(order.to, PhoneNumber), workspace.delivery.mode
        try:
            head = await workspace.letterhead(order.origin, sms=sms)
            row, connector = first_of(head.ways, sms=sms)
            values = {**order.variables, **order.payload}
            letter = await compose(
                workspace, connector, order.type, values, order.decision.for_templates, head
            )
            if order.discreet and mode is Mode.DIRECT:
                self._courier.require_ways_out(head.route)
        except CarteiroError:
            if order.keeps:
                await self._database.apply(*order.with_)
            raise
        windows, shared = self._buckets(workspace, order)
        hand = self._hand(workspace, order, windows)
        await self._require_reception(workspace, order, hand)
        counted = connector.capabilities.counts_usage
        if counted:
            hand.parcel = replace(hand.parcel, counted_by=row.id)
        await self._presence.ensure()
        with span("carteiro.accept", mode=mode, type=order.type):
            new = self._message(hand, order, letter, row.id, mode)
            try:
                await self._accept(hand, order, new, windows, shared)
            except RecipientSuppressed:
                if not (order.discreet or order.quiet):
                    raise
                if mode is Mode.DIRECT:
                    await self._seem_to_send(head, order)
                return None
        self._telemetry.accepted.labels(mode, order.type).inc()
        if mode is Mode.QUEUED:
            self._queue.wake()
            return None
        if order.discreet:
            await self._courier.send_unseen(workspace, hand, head.route)
            await in_step(order.began)
            return None
        return await self._courier.send_now(workspace, hand)

    async def _seem_to_send(self, head: Letterhead, order: Order) -> None:
        await self._courier.seem_to_send(head.route, order.type)
        if order.discreet:
            await in_step(order.began)

    async def _require_reception(self, workspace: Workspace, order: Order, hand: Hand) -> None:
        if not (workspace.sending.checks_domains and isinstance(order.to, EmailAddress)):
            return
        try:
            await self._domains.require(order.to.domain)
        except DomainTakesNoMail as error:
            entry = hand.logged("Message.DomainRefused", self._clock.now(), error=error)
            await self._database.apply(*(order.with_ if order.keeps else ()), entry)
            raise

    def _buckets(
        self, workspace: Workspace, order: Order
    ) -> tuple[Sequence[SendLimit], Sequence[Rate]]:
        windows = windows_of(workspace.sending, order.limit, order.type)
        if order.counted is not None:
            windows = (*windows, order.counted)
        if order.own is not None:
            windows = tuple(replace(one, action=self._apart(one, order.own)) for one in windows)
        shared = rates_of(
            workspace.sending,
            tenant_id=workspace.tenant_id,
            network=order.network,
            keys=self._keyring,
        )
        return windows, shared

    def _apart(self, window: SendLimit, own: str) -> str:
        return self._keyring.index_digest("window", window.action, own)

    def _hand(self, workspace: Workspace, order: Order, windows: Sequence[SendLimit]) -> Hand:
        return Hand(
            tenant_id=workspace.tenant_id,
            id=order.id,
            type=order.type,
            language=order.decision.for_templates,
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
                action=windows[0].action,
                stamp=limits.stamp(order.created_at),
                further=[one.action for one in windows[1:]],
                by=order.by,
                discreet=order.discreet,
                withheld=order.withheld,
                origin=order.origin,
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
            language=order.decision.for_templates,
            language_reason=order.decision.reason,
            template=letter.template,
            template_revision=letter.revision,
            connector_id=connector_id,
            payload_sealed=hand.parcel.seal(self._keyring, hand.tenant_id, hand.id),
            created_at=hand.created_at,
            expires_at=hand.expires_at,
            subject_kind=order.about.kind if order.about else None,
            subject_id=order.about.id if order.about else None,
        )

    async def _accept(
        self,
        hand: Hand,
        order: Order,
        new: NewMessage,
        windows: Sequence[SendLimit],
        shared: Sequence[Rate],
    ) -> None:
        places = [self._reserve(hand, order, one) for one in windows]
        # PostgreSQL runs the writes of one statement last first: whoever waits for a row that many
        # share holds nothing yet that another waits for.
        pace = [rates.take(rate, order.created_at) for rate in shared]
        calls = [*places, *order.with_, messages.create(new)]
        if (counted := hand.parcel.counted_by) is not None:
            calls.append(
                usage.reserve(tenant_id=hand.tenant_id, connector_id=counted, cap=self._usage_cap)
            )
        calls += pace
        jobs = []
        if new.state == MessageState.QUEUED:
            jobs.append(Job(tenant_id=hand.tenant_id, id=hand.id, priority=new.priority))
        try:
            await self._database.apply(*calls, jobs=jobs)
        except MessageRateLimited as error:
            raise await self._limited(hand, windows, shared, error) from None
        except RecipientSuppressed as error:
            kept = order.with_ if order.keeps else ()
            if order.discreet or order.quiet:
                # Whoever could ask without end would know that nothing is sent.
                kept = (*places, *kept, *pace)
            await self._refuse(hand, new, error, kept)
            raise

    def _reserve(self, hand: Hand, order: Order, window: SendLimit) -> Call:
        return limits.reserve(
            tenant_id=hand.tenant_id,
            action=window.action,
            recipient_hash=order.recipient_hash,
            stamp=hand.parcel.stamp,
            now=order.created_at,
            window=window.window,
            max_sends=window.sends,
        )

    async def _refuse(
        self, hand: Hand, new: NewMessage, error: RecipientSuppressed, kept: Sequence[Call]
    ) -> None:
        """A mail that somebody waits for meets the suppression list: whoever runs this is told."""
        at = self._clock.now()
        calls = [
            *kept,
            messages.refused(new, at=at, failure=Failure.SUPPRESSED),
            hand.logged("Message.Suppressed", at, new.connector_id, error),
        ]

        async def work(tx: Transaction) -> None:
            await tx.put(*calls)
            data = hand.told(Failure.SUPPRESSED)
            await tell(tx, hand.tenant_id, hand.parcel.by, "Message.Suppressed", at=at, data=data)

        await self._database.write(work)
        self._telemetry.ended.labels(MessageState.CANCELLED, Failure.SUPPRESSED).inc()

    async def _limited(
        self,
        hand: Hand,
        windows: Sequence[SendLimit],
        shared: Sequence[Rate],
        error: MessageRateLimited,
    ) -> MessageRateLimited:
        """When the next message may be asked for; which of the tenant's own limits says so."""
        now = self._clock.now()
        await self._database.apply(hand.logged("Message.RateLimited", now, error=error))

        async def work(tx: Transaction) -> tuple[int, Bucket]:
            return await longest_wait(
                tx,
                windows,
                shared,
                tenant_id=hand.tenant_id,
                recipient_hash=hand.recipient_hash,
                now=now,
            )

        wait, bucket = await self._database.read(work)
        data = None if bucket is Bucket.RECIPIENT else {"limit": bucket.value}
        return MessageRateLimited(retry_after=wait / 1000, data=data)
