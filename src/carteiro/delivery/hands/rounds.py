"""One round: the connectors are tried in their order until one takes the message over.

A refusal that another connector would repeat ends the round; any other goes on to the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from carteiro.clock import Clock
from carteiro.connectors.contract import Connector
from carteiro.delivery.compose import Letter, compose
from carteiro.delivery.gates.gate import Circuit
from carteiro.delivery.gates.punctual import unhindered
from carteiro.delivery.hands import retries
from carteiro.delivery.hands.fates import death
from carteiro.delivery.hands.hand import Attempt, Hand
from carteiro.delivery.hands.recorder import Recorder
from carteiro.delivery.policy import OnUnknown
from carteiro.delivery.presence import Presence
from carteiro.delivery.states import Decision, Failure, Waiting
from carteiro.delivery.telemetry import Telemetry, span
from carteiro.delivery.workspaces.letterhead import Letterhead
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import (
    CarteiroError,
    ConnectorError,
    DeliveryFailed,
    Disposition,
    InvalidLink,
    SealBroken,
    StorageUnavailable,
)
from carteiro.model.message import Message, Receipt
from carteiro.model.turns import urgency
from carteiro.storage.drivers.database import Call, Database
from carteiro.storage.mail import messages, subjects, usage

_PATIENCE = 200
"""Milliseconds that a message in hand waits for its connector's pace; more, and it is put back."""
_PATIENCE_IN_REQUEST = 2_000
_AGAIN = 1.0
_TOLD = {Circuit.OPEN: 1.0, Circuit.HALF_OPEN: 0.5, Circuit.CLOSED: 0.0}
"""A circuit as the gauge has it."""


class _Admission(Enum):
    """What becomes of a message at a connector's gate."""

    TRIED = auto()
    PASSED_OVER = auto()
    HELD = auto()


@dataclass(slots=True)
class Round:
    """What came of trying the connectors once."""

    receipt: Receipt | None = None
    last: Attempt | None = None
    first_error: Exception | None = None
    skipped: list[dict[str, str]] = field(default_factory=list)
    waits: list[tuple[int, Waiting]] = field(default_factory=list)
    is_over: bool = False
    """Another attempt would end the same way, or may not be made."""
    death: Failure | None = None
    """What the message is about died between two attempts."""
    noting: float = 0
    """Seconds that went into putting it on record."""
    took: float | None = None
    """Seconds of trying, without those."""

    def skip(self, entry: OpenConnector, reason: str) -> None:
        self.skipped.append({"connectorId": entry.row.id, "reason": reason})


class Rounds:
    """Tries connectors and learns from what they answer.

    ``concurrent`` is how many messages of the queue one connector is given at once, so that a slow
    provider does not take every hand that this process has.
    """

    def __init__(
        self,
        *,
        database: Database,
        recorder: Recorder,
        clock: Clock,
        presence: Presence,
        telemetry: Telemetry,
        timeout: float,
        usage_cap: int | None,
        concurrent: int,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._clock = clock
        self._presence = presence
        self._telemetry = telemetry
        self._timeout = timeout
        self._usage_cap = usage_cap
        self._concurrent = concurrent

    async def owns(self, hand: Hand) -> bool:
        """Whether a message of the queue is in this process's hands still.

        It is asked only where the others may have taken this one for dead, however long it takes.
        """
        while self._presence.missed():
            try:
                row = await self._database.read(
                    lambda tx: messages.get(tx, hand.tenant_id, hand.id)
                )
            except StorageUnavailable:
                await asyncio.sleep(_AGAIN)
            else:
                return row is not None and row.owner == hand.owner
        return True

    async def go(self, workspace: Workspace, hand: Hand, *, in_request: bool) -> Round:
        """Try the connectors; what came of it is on record but for the last failure."""
        done, began = Round(), unhindered()
        head = await workspace.letterhead(hand.parcel.origin, sms=hand.parcel.is_sms)
        await self._go(workspace, hand, head, done, in_request)
        if done.receipt is not None or done.last is not None:
            done.took = unhindered() - began - done.noting
            head.route[0].gate.lately.took(done.took, hand.type)
        return done

    async def _go(
        self,
        workspace: Workspace,
        hand: Hand,
        head: Letterhead,
        done: Round,
        in_request: bool,
    ) -> None:
        route = head.route
        end = self._clock.now() + int(self._timeout * 1000)
        for left, entry in zip(range(len(route), 0, -1), route, strict=True):
            admission = await self._admit(entry, hand, done, in_request, alone=len(route) == 1)
            if admission is _Admission.HELD:
                break
            if admission is _Admission.PASSED_OVER:
                continue
            connector = entry.connector
            assert connector is not None
            try:
                letter = await self._compose(workspace, connector, hand, head)
                counted = await self._count(entry, connector, hand)
            except (ConnectorError, InvalidLink) as error:
                self._left_out(entry, done, "not possible", error)
                continue
            if done.last is not None and not await self._fall_back(
                workspace, hand, done, done.last, in_request
            ):
                await self._note(hand, counted, done, in_request)
                break
            # Who waits for the answer waits no longer than for one connector.
            seconds = self._timeout
            if in_request:
                seconds = max((end - self._clock.now()) / 1000 / left, 0.1)
            attempt = await self._attempt(entry, connector, hand, letter, done, seconds)
            if attempt.error is None:
                done.receipt = attempt.receipt
                await self._note(hand, hand.sent(attempt), done, in_request)
                return
            await self._note(hand, counted, done, in_request)
            done.last = attempt
            done.first_error = done.first_error or attempt.error
            done.is_over = not self._may_go_on(workspace, attempt)
            if done.is_over or self._past(hand):
                break
            if attempt.disposition is Disposition.UNKNOWN and _idempotent(connector):
                break  # the same provider tells a repetition from a second message

    async def _fall_back(
        self, workspace: Workspace, hand: Hand, done: Round, last: Attempt, in_request: bool
    ) -> bool:
        """Note that another connector follows; false where there is nothing to send any more."""
        done.death = await self._death(workspace, hand)
        if done.death is not None:
            return False
        await self._note(hand, hand.attempted(last, Decision.FALLBACK), done, in_request)
        return True

    async def _death(self, workspace: Workspace, hand: Hand) -> Failure | None:
        """Whether the subject died under the attempt that failed: only then there was time."""
        now = self._clock.now()
        try:
            fate, tries = await self._database.read(
                lambda tx: subjects.fate(tx, hand.tenant_id, hand.id, now=now)
            )
        except StorageUnavailable:
            return None  # it was alive when it was taken in hand, and somebody waits
        return death(fate, tries, workspace.code_policy)

    async def _note(self, hand: Hand, calls: Sequence[Call], done: Round, in_request: bool) -> None:
        if calls:
            began = unhindered()
            write = self._recorder.write_soon if in_request else self._recorder.write
            await write(hand, calls)
            done.noting += unhindered() - began

    async def _admit(
        self, entry: OpenConnector, hand: Hand, done: Round, in_request: bool, *, alone: bool
    ) -> _Admission:
        """Whether a connector is tried; why not stands in ``done``.

        A message of the queue waits for a connector that is only busy: that is no failure, and a
        flood is not to spill over to the next provider.
        """
        if entry.connector is None:
            sealed = isinstance(entry.problem, SealBroken)
            reason, wait = (Waiting.KEY, retries.WITHOUT_KEY) if sealed else ("unusable", None)
            self._left_out(entry, done, reason, entry.problem, wait)
            return _Admission.PASSED_OVER
        gate, now = entry.gate, self._clock.now()
        if not (in_request and alone) and (wait := gate.breaker.wait(now)):
            self._left_out(entry, done, Waiting.BREAKER, None, wait)
            return _Admission.PASSED_OVER
        patience = _PATIENCE_IN_REQUEST if in_request else _PATIENCE
        concurrent = None if in_request else self._concurrent
        gate.pacer.shared_by(self._presence.senders)
        throttled = gate.pacer.is_paused(now)
        while wait := gate.pacer.wait(now, urgency(hand.type), concurrent=concurrent):
            patience -= wait
            if patience < 0:
                gate.breaker.withdraw()
                self._left_out(entry, done, Waiting.RATE, None, wait)
                busy = not in_request and not throttled and done.last is None
                return _Admission.HELD if busy else _Admission.PASSED_OVER
            await asyncio.sleep(wait / 1000)
            now = self._clock.now()
        return _Admission.TRIED

    def _left_out(
        self,
        entry: OpenConnector,
        done: Round,
        reason: str,
        error: CarteiroError | None,
        wait: int | None = None,
    ) -> None:
        done.skip(entry, reason)
        done.first_error = done.first_error or error
        if wait is not None:
            done.waits.append((wait, Waiting(reason)))
        if reason == "not possible":
            entry.gate.breaker.withdraw()
        self._telemetry.skipped.labels(entry.row.connector_id, reason).inc()

    async def _compose(
        self, workspace: Workspace, connector: Connector, hand: Hand, head: Letterhead
    ) -> Letter:
        values = {**hand.variables(self._clock.now()), **hand.parcel.payload}
        return await compose(workspace, connector, hand.type, values, hand.language, head)

    async def _count(self, entry: OpenConnector, connector: Connector, hand: Hand) -> list[Call]:
        """Take a place in a further connector's cap; what gives it back if the attempt fails.

        Raises ``UsageLimitExceeded``.
        """
        if not connector.capabilities.counts_usage or hand.parcel.counted_by == entry.row.id:
            return []
        tenant_id, connector_id = hand.tenant_id, entry.row.id
        reserve = usage.reserve(tenant_id=tenant_id, connector_id=connector_id, cap=self._usage_cap)
        await self._database.apply(reserve)
        return [usage.release(tenant_id=tenant_id, connector_id=connector_id)]

    async def _attempt(
        self,
        entry: OpenConnector,
        connector: Connector,
        hand: Hand,
        letter: Letter,
        done: Round,
        seconds: float,
    ) -> Attempt:
        message = Message(
            id=hand.id,
            to=hand.parcel.to,
            type=hand.type,
            payload=hand.parcel.payload,
            created_at=hand.created_at,
            content=letter.content,
            ip=hand.parcel.by.ip,
        )
        hand.attempts += 1
        started = self._clock.now()
        entry.gate.pacer.began(started)
        receipt: Receipt | None = None
        failure: Exception | None = None
        try:
            with span("carteiro.attempt", connector=entry.row.connector_id, type=hand.type):
                async with asyncio.timeout(seconds):
                    receipt = await connector.hand_over(message)
        except TimeoutError:
            failure = DeliveryFailed(
                f"The provider did not answer within {seconds:g} seconds.",
                disposition=Disposition.UNKNOWN,
            )
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
            failure = error
        finally:
            finished = self._clock.now()
            entry.gate.pacer.ended(finished - started)
        attempt = Attempt(
            row=entry.row,
            started_at=started,
            finished_at=finished,
            receipt=receipt,
            error=failure,
            skipped=tuple(done.skipped),
            template=letter.template,
            template_revision=letter.revision,
        )
        done.skipped.clear()
        self._learn(entry, attempt)
        return attempt

    def _learn(self, entry: OpenConnector, attempt: Attempt) -> None:
        """What the attempt says of the connector."""
        gate, at, name = entry.gate, attempt.finished_at, entry.row.connector_id
        disposition = attempt.disposition
        if disposition in {Disposition.TRANSIENT, Disposition.UNKNOWN}:
            gate.breaker.failed(at)
        else:
            gate.breaker.succeeded()
        if disposition is Disposition.THROTTLED:
            error = attempt.error
            gate.pacer.throttled(
                at, error.retry_after if isinstance(error, CarteiroError) else None
            )
        self._telemetry.breakers.labels(name).set(_TOLD[gate.breaker.state(at)])
        self._telemetry.attempts.labels(name, disposition or "accepted").inc()
        self._telemetry.attempt_seconds.labels(name).observe(
            (attempt.finished_at - attempt.started_at) / 1000
        )

    def _may_go_on(self, workspace: Workspace, attempt: Attempt) -> bool:
        """Whether the same message may be tried once more, here or elsewhere."""
        if attempt.disposition is Disposition.UNKNOWN:
            return workspace.delivery.on_unknown is OnUnknown.RETRY
        return attempt.disposition is not Disposition.PERMANENT

    def _past(self, hand: Hand) -> bool:
        return retries.over(
            self._clock.now(), created_at=hand.created_at, expires_at=hand.expires_at
        )


def _idempotent(connector: Connector) -> bool:
    return connector.capabilities.idempotency_key
