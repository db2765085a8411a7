"""Messages in this process's hands: what follows a round depends on who waits.

Inside a request its failure is the answer; in the queue the message is put back until another
connector, or the same one, may be tried, or it has ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from carteiro.clock import Clock
from carteiro.delivery.gates.gate import Circuit
from carteiro.delivery.gates.punctual import punctually, unhindered
from carteiro.delivery.hands import retries
from carteiro.delivery.hands.closing import Closing
from carteiro.delivery.hands.fates import death_when_claimed
from carteiro.delivery.hands.hand import Attempt, Hand
from carteiro.delivery.hands.recorder import Ending, Recorder
from carteiro.delivery.hands.rounds import Round, Rounds
from carteiro.delivery.policy import OnUnknown
from carteiro.delivery.presence import Presence
from carteiro.delivery.states import Decision, Failure, MessageState, Waiting
from carteiro.delivery.telemetry import Telemetry
from carteiro.delivery.workspaces.kept import Workspaces
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import (
    CarteiroError,
    ConnectorNotFound,
    Disposition,
    RateLimitExceeded,
    SealBroken,
    TemplateNotFound,
    UnknownTenant,
)
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Receipt
from carteiro.secrets import Keyring
from carteiro.storage.drivers.database import Call
from carteiro.storage.drivers.job import Job
from carteiro.storage.mail import attempts, messages
from carteiro.storage.mail.attempts import AttemptRow
from carteiro.storage.mail.messages import MessageRow

_log = structlog.get_logger("carteiro.delivery")
_AFTER_A_DEFECT = 30_000


class Courier:
    """Hands messages over and decides what follows."""

    def __init__(
        self,
        *,
        workspaces: Workspaces,
        rounds: Rounds,
        recorder: Recorder,
        keyring: Keyring,
        clock: Clock,
        presence: Presence,
        telemetry: Telemetry,
        wait: Callable[[float], Awaitable[None]] = punctually,
    ) -> None:
        self._workspaces = workspaces
        self._wait = wait
        self._rounds = rounds
        self._recorder = recorder
        self._closing = Closing(recorder, keyring, clock, presence, telemetry)
        self._clock = clock
        self._presence = presence
        self._telemetry = telemetry
        self.in_hand: set[tuple[str, str]] = set()
        self._complain_at = 0
        self.working = 0
        """How many of those are the queue's."""

    async def send_now(self, workspace: Workspace, hand: Hand) -> Receipt:
        """Hand over inside a request. Raises what the first connector raised."""
        done = await self._go_now(workspace, hand)
        if done.receipt is None:
            raise done.first_error or _busy(done)
        return done.receipt

    def require_ways_out(self, route: Sequence[OpenConnector]) -> None:
        """Say that a discreet message is not tried, for whomever it is.

        What becomes of one message is not told, because it might be told of those alone that are
        sent; that nothing is sent at the moment may be. Raises ``RateLimitExceeded``.
        """
        now, waits = self._clock.now(), []
        for entry in route:
            if entry.connector is not None:
                if entry.gate.breaker.state(now) is not Circuit.OPEN:
                    return
                waits.append((entry.gate.breaker.wait(now), Waiting.BREAKER))
        raise _busy(Round(waits=waits))

    async def send_unseen(
        self, workspace: Workspace, hand: Hand, route: Sequence[OpenConnector]
    ) -> None:
        """Hand over inside a request, or do not, so that nobody can tell: it is on record only."""
        lately, began = route[0].gate.lately, unhindered()
        if hand.parcel.withheld:
            took: float | None = await self._seem_to_send(route, hand.type, withheld=True)
            await self._recorder.write_soon(hand, self._withheld(hand))
        else:
            took = (await self._go_now(workspace, hand)).took
        if took is not None:
            lately.beside(unhindered() - began - took, withheld=hand.parcel.withheld)

    async def seem_to_send(self, route: Sequence[OpenConnector], type_: TemplateType) -> None:
        """Take as long as a hand-over of this type lately took, and what is done beside it."""
        await self._seem_to_send(route, type_, withheld=False)

    async def _seem_to_send(
        self, route: Sequence[OpenConnector], type_: TemplateType, *, withheld: bool
    ) -> float:
        lately = route[0].gate.lately
        seconds = max(0.0, lately.draw(type_) + lately.missing(withheld=withheld))
        await self._wait(seconds)
        return seconds

    def _withheld(self, hand: Hand) -> list[Call]:
        """Nobody is told of its end: nothing was to be sent."""
        state, failure = MessageState.CANCELLED, Failure.WITHHELD
        self._telemetry.ended.labels(state, failure).inc()
        return hand.ended(state, failure, self._clock.now())

    async def _go_now(self, workspace: Workspace, hand: Hand) -> Round:
        key = (hand.tenant_id, hand.id)
        self.in_hand.add(key)
        try:
            done = await self._rounds.go(workspace, hand, in_request=True)
            now = self._clock.now()
            if done.receipt is not None:
                self._handed_over(hand, "direct", now)
            else:
                calls, ending = self._unsent(hand, done, now)
                await self._recorder.write_soon(hand, calls, ending)
            return done
        finally:
            self.in_hand.discard(key)

    def _unsent(self, hand: Hand, done: Round, now: int) -> tuple[list[Call], Ending]:
        """How a request's message ends that no connector took."""
        state, error = MessageState.FAILED, done.first_error
        if done.last is None:
            calls = hand.idle(now, done.skipped)
            calls += hand.ended(state, Failure.NO_CONNECTOR, now, error=error)
            return calls, Ending(state, Failure.NO_CONNECTOR)
        if done.death is not None:
            calls = hand.attempted(done.last, Decision.GIVE_UP)
            calls += hand.ended(MessageState.CANCELLED, done.death, now)
            return calls, Ending(MessageState.CANCELLED, done.death)
        reason = done.last.disposition or Disposition.UNKNOWN
        return hand.failed(done.last), Ending(state, reason)

    async def work(self, row: MessageRow) -> int | None:
        """Hand over a message of the queue that was claimed for this process.

        The answer is ``None``, or the milliseconds after which it is due again.
        """
        key = (row.tenant_id, row.id)
        self.in_hand.add(key)
        self.working += 1
        self._presence.drove_at = self._clock.now()
        try:
            return await self._work(row)
        except Exception as error:  # noqa: BLE001 - the engine would drop the job
            _log.error("a message could not be worked on", id=row.id, error=type(error).__name__)
            return await self._put_back_after_defect(row)
        finally:
            self.working -= 1
            self.in_hand.discard(key)

    async def recover(self, row: MessageRow, lost: AttemptRow) -> None:
        """Go on with a message whose process ended while it had it in hand: it may be sent."""
        key = (row.tenant_id, row.id)
        self.in_hand.add(key)
        try:
            workspace = await self._workspaces.of(row.tenant_id)
            now = self._clock.now()
            again = workspace.delivery.on_unknown is OnUnknown.RETRY
            entry = next((e for e in workspace.route() if e.row.id == row.connector_id), None)
            decision = Decision.RETRY if again else Decision.GIVE_UP
            factory_id = entry.row.connector_id if entry else lost.factory_id
            seen = replace(lost, decision=decision, factory_id=factory_id)
            calls = [attempts.made(row.tenant_id, row.id, seen)]
            tried = replace(row, attempts=lost.number)
            if retries.over(now, created_at=row.created_at, expires_at=row.expires_at):
                await self._closing.close(tried, MessageState.CANCELLED, Failure.EXPIRED, calls)
            elif not again:
                await self._closing.close(tried, MessageState.FAILED, Disposition.UNKNOWN, calls)
            else:
                calls.append(self._later(tried, now, Waiting.RETRY))
                await self._recorder.write_plain(
                    calls, jobs=[Job(tenant_id=row.tenant_id, id=row.id, priority=row.priority)]
                )
        finally:
            self.in_hand.discard(key)

    async def cancel(self, row: MessageRow, failure: Failure) -> None:
        """End a waiting message that was taken in hand for it."""
        await self._closing.close(row, MessageState.CANCELLED, failure)

    async def settle(self) -> None:
        """Wait until what was answered is on record, within bounds."""
        await self._recorder.settle()

    async def _work(self, row: MessageRow) -> int | None:
        now = self._clock.now()
        if retries.over(now, created_at=row.created_at, expires_at=row.expires_at):
            await self._closing.close(row, MessageState.CANCELLED, Failure.EXPIRED)
            return None
        if row.suppressed is not None:
            await self._closing.close(row, MessageState.CANCELLED, Failure.SUPPRESSED)
            return None
        try:
            hand = self._closing.take(row)
        except SealBroken:
            return await self._wait_for_key(row, now)
        try:
            workspace = await self._workspaces.of(row.tenant_id)
        except UnknownTenant:
            return None
        if hand.parcel.withheld:
            await self._recorder.write(hand, self._withheld(hand))
            return None
        died = death_when_claimed(row, hand, workspace.code_policy, now)
        if died is not None:
            await self._closing.end(hand, MessageState.CANCELLED, died)
            return None
        if not await self._rounds.owns(hand):
            return None
        done = await self._rounds.go(workspace, hand, in_request=False)
        if done.receipt is not None:
            self._handed_over(hand, "queued", self._clock.now())
            return None
        return await self._after(hand, done)

    async def _after(self, hand: Hand, done: Round) -> int | None:
        """What follows a round in which no connector took the message."""
        if done.last is None:
            return await self._hold(hand, done)
        if done.death is not None:
            calls = hand.attempted(done.last, Decision.GIVE_UP)
            await self._closing.end(hand, MessageState.CANCELLED, done.death, calls=calls)
            return None
        if done.is_over:
            reason = done.last.disposition or Disposition.UNKNOWN
            ending = Ending(MessageState.FAILED, reason)
            await self._recorder.write(hand, hand.failed(done.last), ending)
            return None
        return await self._retry(hand, done.last)

    async def _retry(self, hand: Hand, last: Attempt) -> int | None:
        """Put back until the backoff is over, or end where that is too late."""
        pause = retries.pause(hand.attempts, expires=hand.expires_at is not None)
        if isinstance(last.error, CarteiroError) and last.error.retry_after:
            pause = max(pause, int(last.error.retry_after * 1000))
        calls = hand.attempted(last, Decision.RETRY)
        return await self._put_back(hand, pause, Waiting.RETRY, calls, last.row.id)

    async def _hold(self, hand: Hand, done: Round) -> int | None:
        """No connector was tried: wait for the first that may be, or end where none ever will."""
        now = self._clock.now()
        if not done.waits:
            missing = isinstance(done.first_error, TemplateNotFound)
            failure = Failure.TEMPLATE if missing else Failure.NO_CONNECTOR
            calls = hand.idle(now, done.skipped)
            error = done.first_error
            # Without any connector the message died with the last one; else none can do it.
            gone = error is None and not done.skipped
            state = MessageState.CANCELLED if gone else MessageState.FAILED
            await self._closing.end(hand, state, failure, error=error, calls=calls)
            return None
        wait, waiting = min(done.waits)
        calls = hand.idle(now, done.skipped, (now + wait, waiting))
        return await self._put_back(hand, wait, waiting, calls)

    async def _put_back(
        self,
        hand: Hand,
        pause: int,
        waiting: Waiting,
        calls: Sequence[Call],
        connector_id: str | None = None,
    ) -> int | None:
        due_at = self._clock.now() + pause
        if retries.over(due_at, created_at=hand.created_at, expires_at=hand.expires_at):
            state, failure = MessageState.CANCELLED, Failure.EXPIRED
            ended = hand.ended(state, failure, self._clock.now(), connector_id=connector_id)
            ending = Ending(state, failure)
            await self._recorder.write(hand, [*calls, *ended], ending)
            return None
        await self._recorder.write(hand, [*calls, *hand.later(due_at, waiting)])
        return pause

    async def _wait_for_key(self, row: MessageRow, now: int) -> int:
        """Put back what another process, or this one with its right keys, may open."""
        if now >= self._complain_at:
            self._complain_at = now + retries.WITHOUT_KEY
            _log.error("messages wait for a key that this process does not have", id=row.id)
        due_at = now + retries.WITHOUT_KEY
        await self._recorder.write_plain([self._later(row, due_at, Waiting.KEY)])
        return retries.WITHOUT_KEY

    def _later(self, row: MessageRow, due_at: int, waiting: Waiting) -> Call:
        return messages.later(
            row.tenant_id,
            row.id,
            owner=self._presence.id,
            due_at=due_at,
            waiting_for=waiting,
            attempts=row.attempts,
        )

    async def _put_back_after_defect(self, row: MessageRow) -> int | None:
        """A defect of ours must not lose the message, nor have it tried without pause."""
        due_at = self._clock.now() + _AFTER_A_DEFECT
        tried = replace(row, attempts=row.attempts + 1)
        await self._recorder.write_plain([self._later(tried, due_at, Waiting.RETRY)])
        return _AFTER_A_DEFECT

    def _handed_over(self, hand: Hand, mode: str, now: int) -> None:
        self._telemetry.handover_seconds.labels(mode).observe((now - hand.created_at) / 1000)
        self._telemetry.ended.labels(MessageState.SENT, "").inc()


def _busy(done: Round) -> CarteiroError:
    """Every connector was passed over: the caller is told when the first may be tried again."""
    if not done.waits:
        return ConnectorNotFound()
    wait, _ = min(done.waits)
    return RateLimitExceeded(
        "Every connector is at its limit or out of order; nothing was sent.",
        retry_after=wait / 1000,
    )
