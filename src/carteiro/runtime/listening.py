"""The connections of `carteiro serve`: how long a request may take, and how many there may be.

Uvicorn waits for the rest of a request for ever, so that a few half-sent ones hold every connection
that a process may have. Here the head and the body each have a time in which they must be whole; a
client that reads no answers is left, too. What arrives whole at once, as nearly everything does,
costs no timer.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from carteiro.model.limits import MAX_BODY, MAX_HEAD
from carteiro.model.networks import network_of

_READ_AT_MOST = 8 * MAX_BODY
"""Bytes of a body as it is on the wire, with the lengths of its pieces and whatever trails it."""
_LINGER_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """How long clients are waited for, in seconds, and how many connections one address has."""

    head: float
    body: float
    per_address: int | None = None
    """``None``: as many as it likes, as behind a proxy, which is one address to us."""
    connections: Counter[str] = field(default_factory=Counter)
    """How many there are now of each address."""


class _Part(Enum):
    """What the client is to send next."""

    NOTHING = "nothing"
    HEAD = "head"
    BODY = "body"


class _Listener(HttpToolsProtocol):
    """One connection, whose client has so much patience and no more."""

    limits: ClassVar[ClientLimits]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._part = _Part.NOTHING
        self._begun = 0
        self._leaves = False
        self._read = 0
        self._waits: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._address: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not self._count_in():
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS, "There are too many connections from here.")
            return
        self._waits = self.loop.call_later(self.limits.head, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._stuck is not None:
            self._stuck.cancel()
        self._count_out()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._leaves:
            return
        before = self._begun, self._part
        super().data_received(data)
        if self.transport.is_closing():
            return
        if (self._begun, self._part) == before:
            self._read += len(data)
        else:
            self._read = 0
            self._stop_waiting()
        if self._part is _Part.BODY:
            if self._read > _READ_AT_MOST:
                self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request body is too large.")
            elif self._waits is None:
                self._waits = self.loop.call_later(self.limits.body, self._body_is_late)
        elif self._part is _Part.HEAD and self._read > MAX_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large.")
        elif self._waits is None and (self._part is _Part.HEAD or self._is_idle()):
            self._waits = self.loop.call_later(self.limits.head, self._head_is_late)

    def on_message_begin(self) -> None:
        self._begun += 1
        self._part = _Part.HEAD
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._part = _Part.BODY
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._part = _Part.NOTHING
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.call_later(self.limits.body, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _count_in(self) -> bool:
        """Count the connection; false when its address has as many as it may have."""
        most = self.limits.per_address
        if most is None or not self.client or not self.client[0]:
            return True
        address = network_of(self.client[0]) or self.client[0]
        if self.limits.connections[address] >= most:
            return False
        self._address = address
        self.limits.connections[address] += 1
        return True

    def _count_out(self) -> None:
        if self._address is not None:
            self.limits.connections[self._address] -= 1
            if not self.limits.connections[self._address]:
                del self.limits.connections[self._address]
            self._address = None

    def _is_answered(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _is_idle(self) -> bool:
        """Whether there is no request, nor the time that Uvicorn gives to the next one."""
        return self._is_answered() and self.timeout_keep_alive_task is None

    def _stop_waiting(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def _head_is_late(self) -> None:
        self._waits = None
        if not self._is_answered():
            # The client may well wait for the answer to an earlier request.
            self._waits = self.loop.call_later(self.limits.head, self._head_is_late)
        elif self._part is _Part.HEAD:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.")
        else:
            self.transport.close()

    def _body_is_late(self) -> None:
        self._waits = None
        if self.flow.read_paused:
            # It is we who do not read: an earlier request is being answered.
            self._waits = self.loop.call_later(self.limits.body, self._body_is_late)
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.")

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        """Answer in the words of every other answer and close; where it is no turn, only close."""
        reading = self._part is _Part.BODY and not self.cycle.response_started and not self.pipeline
        if reading or (self._part is not _Part.BODY and self._is_answered()):
            body = json.dumps({"message": message}).encode()
            lines = (
                f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(lines.encode() + body)
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        """Close when the client has read: whatever it still sends would break the answer off."""
        self._leaves = True
        self._count_out()
        self._stop_waiting()
        if not self._is_answered():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._waits = self.loop.call_later(_LINGER_SECONDS, self.transport.close)


def listener(limits: ClientLimits) -> type[asyncio.Protocol]:
    """The protocol for Uvicorn's ``http`` whose connections share these limits."""
    return type("Listener", (_Listener,), {"limits": limits})
