"""Handing a message over, and writing down what came of it.

The message's row, the code's hash and the recipient's send counter commit together before anything
is sent: a crash at any point leaves either nothing or a message on record. After the attempt one
more commit records its outcome. A failed send gives its place in the recipient's limit back.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from carteiro.clock import Clock
from carteiro.connectors.contract import Connector
from carteiro.delivery.compose import Letter
from carteiro.delivery.states import MessageState, Outcome
from carteiro.delivery.workspace import Workspace
from carteiro.errors import (
    CarteiroError,
    ConnectorError,
    DeliveryFailed,
    Disposition,
    MessageRateLimited,
)
from carteiro.languages.negotiate import LanguageDecision
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Receipt, Recipient
from carteiro.model.phones import PhoneNumber
from carteiro.secrets import Keyring
from carteiro.storage import limits, logs, messages, usage
from carteiro.storage.connectors import ConnectorRow
from carteiro.storage.database import Call, Database, Transaction

_log = structlog.get_logger("carteiro.delivery")
_write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLimit:
    """How many messages of one action a recipient gets in a rolling window (milliseconds)."""

    action: str
    sends: int
    window: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be sent, decided and composed; ``with_`` commits together with the message."""

    id: str
    to: Recipient
    recipient_hash: str
    type: TemplateType
    payload: Mapping[str, Any] = field(repr=False)
    letter: Letter
    decision: LanguageDecision
    created_at: int
    expires_at: int | None
    limit: SendLimit
    by: Actor = OPERATOR
    with_: Sequence[Call] = field(default=(), repr=False)


class Dispatcher:
    """The only writer of message and attempt states."""

    def __init__(
        self,
        *,
        database: Database,
        keyring: Keyring,
        clock: Clock,
        timeout: float,
        usage_cap: int | None,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._timeout = timeout
        self._usage_cap = usage_cap

    async def deliver(self, workspace: Workspace, order: Order) -> Receipt:
        """Store, send, record. Raises ``MessageRateLimited`` or the connector's error."""
        row, connector = workspace.connector(sms=isinstance(order.to, PhoneNumber))
        record = _Record(
            tenant_id=workspace.tenant_id,
            order=order,
            row=row,
            stamp=limits.stamp(order.created_at),
            usage_cap=self._usage_cap,
            counts_usage=connector.capabilities.counts_usage,
        )
        await self._accept(record)
        started = self._clock.now()
        try:
            receipt = await self._hand_over(connector, order)
        except Exception as error:
            await self._write(record.failed(error, started, self._clock.now()))
            raise
        await self._write(record.sent(receipt, started, self._clock.now()))
        return receipt

    async def _accept(self, record: _Record) -> None:
        sealed = self._keyring.seal(record.contents(), record.context)
        try:
            await self._database.apply(*record.accepted(sealed))
        except MessageRateLimited as error:
            await self._write([record.logged("Message.RateLimited", self._clock.now(), error)])
            raise MessageRateLimited(retry_after=await self._wait(record)) from None

    async def _wait(self, record: _Record) -> float:
        """Seconds until the recipient may be sent the next message."""
        now = self._clock.now()

        async def work(tx: Transaction) -> int:
            limit = record.order.limit
            return await limits.wait(
                tx,
                tenant_id=record.tenant_id,
                action=limit.action,
                recipient_hash=record.order.recipient_hash,
                now=now,
                window=limit.window,
                max_sends=limit.sends,
            )

        return await self._database.read(work) / 1000

    async def _hand_over(self, connector: Connector, order: Order) -> Receipt:
        message = Message(
            id=order.id,
            to=order.to,
            type=order.type,
            payload=order.payload,
            created_at=order.created_at,
            content=order.letter.content,
            ip=order.by.ip,
        )
        try:
            async with asyncio.timeout(self._timeout):
                return await connector.send(message)
        except TimeoutError:
            raise DeliveryFailed(
                f"The provider did not answer within {self._timeout:g} seconds.",
                disposition=Disposition.UNKNOWN,
            ) from None

    async def _write(self, calls: Sequence[Call]) -> None:
        """Record an outcome. The mail is out or refused either way, so that is what is answered."""
        try:
            await self._database.apply(*calls)
        except CarteiroError as error:
            _log.error("the outcome of a message could not be recorded", code=error.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """One message's writes, from acceptance to its final state."""

    tenant_id: str
    order: Order
    row: ConnectorRow
    stamp: str
    usage_cap: int | None
    counts_usage: bool

    @property
    def context(self) -> str:
        return f"messages/{self.tenant_id}/{self.order.id}"

    def contents(self) -> bytes:
        """What a later attempt would need; sealed, and erased at the final state."""
        order = self.order
        fields = {"to": str(order.to), "payload": order.payload, "ip": order.by.ip}
        return _write_json(fields).encode()

    def accepted(self, sealed: bytes) -> list[Call]:
        order = self.order
        calls = [
            limits.reserve(
                tenant_id=self.tenant_id,
                action=order.limit.action,
                recipient_hash=order.recipient_hash,
                stamp=self.stamp,
                now=order.created_at,
                window=order.limit.window,
                max_sends=order.limit.sends,
            ),
            *order.with_,
            messages.create(
                tenant_id=self.tenant_id,
                id=order.id,
                type=order.type,
                state=MessageState.SENDING,
                recipient_hash=order.recipient_hash,
                recipient_masked=order.to.masked,
                language=order.decision.tag,
                language_reason=order.decision.reason,
                template=order.letter.template,
                connector_id=self.row.id,
                payload_sealed=sealed,
                created_at=order.created_at,
                expires_at=order.expires_at,
            ),
        ]
        if self.counts_usage:
            calls.append(
                usage.reserve(
                    tenant_id=self.tenant_id, connector_id=self.row.id, cap=self.usage_cap
                )
            )
        return calls

    def sent(self, receipt: Receipt, started: int, finished: int) -> list[Call]:
        return [
            self._finish(MessageState.SENT, finished),
            self._attempt(Outcome.ACCEPTED, started, finished, provider_id=receipt.provider_id),
            self.logged("Message.Sent", finished),
        ]

    def failed(self, error: Exception, started: int, finished: int) -> list[Call]:
        if isinstance(error, ConnectorError):
            outcome, disposition = Outcome.REFUSED, error.disposition
            detail: dict[str, Any] = {"code": error.code, "data": error.data}
        else:
            outcome, disposition = Outcome.BROKEN, Disposition.UNKNOWN
            detail = {"type": type(error).__name__}
        calls = [
            self._finish(MessageState.FAILED, finished, failure=disposition),
            self._attempt(
                outcome, started, finished, disposition=disposition, error=json.dumps(detail)
            ),
            self.logged("Message.Failed", finished, _known(error)),
            limits.release(
                tenant_id=self.tenant_id,
                action=self.order.limit.action,
                recipient_hash=self.order.recipient_hash,
                stamp=self.stamp,
            ),
        ]
        if self.counts_usage:
            calls.append(usage.release(tenant_id=self.tenant_id, connector_id=self.row.id))
        return calls

    def logged(self, key: str, at: int, error: CarteiroError | None = None) -> Call:
        """The message's entry in the audit log."""
        order = self.order
        payload = {
            "messageId": order.id,
            "templateType": order.type,
            "recipient": order.to.masked,
            "connectorId": self.row.id,
        }
        return logs.entry(self.tenant_id, order.by, key, at=at, payload=payload, error=error)

    def _finish(self, state: MessageState, at: int, failure: str | None = None) -> Call:
        return messages.finish(
            tenant_id=self.tenant_id,
            id=self.order.id,
            state=state,
            finished_at=at,
            failure=failure,
        )

    def _attempt(
        self,
        outcome: Outcome,
        started: int,
        finished: int,
        *,
        disposition: Disposition | None = None,
        provider_id: str | None = None,
        error: str | None = None,
    ) -> Call:
        return messages.attempt(
            tenant_id=self.tenant_id,
            message_id=self.order.id,
            number=1,
            connector_id=self.row.id,
            factory_id=self.row.connector_id,
            started_at=started,
            finished_at=finished,
            outcome=outcome,
            disposition=disposition,
            provider_id=provider_id,
            error=error,
        )


def _known(error: Exception) -> CarteiroError:
    """A plug-in's defect as an error that has a name."""
    return error if isinstance(error, CarteiroError) else DeliveryFailed()
