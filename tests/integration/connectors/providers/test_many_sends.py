"""A thousand sends: counted, not timed."""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import Any

import pytest

from carteiro.connectors.contract import Services
from carteiro.connectors.http.api import HttpApiConnector
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import sample_message
from carteiro.testing.http_provider import client_of, server_tls
from carteiro.testing.http_sink import HttpSink
from provider_parts import api_connectors, contract_of, documented

CONNECTIONS = 8
IN_FLIGHT = 32
# Allocated blocks may differ by what caches and buffers hold; a leak of one object a send is 800.
SLACK = 600


class _Watch:
    """Counts files that are opened and connections that are made, while it is armed."""

    def __init__(self) -> None:
        self.armed = False
        self.events: list[str] = []
        sys.addaudithook(self._see)

    def _see(self, event: str, args: tuple[Any, ...]) -> None:
        if self.armed and event in {"open", "socket.connect", "import"}:
            self.events.append(f"{event} {args[0]!r}")


WATCH = _Watch()


@pytest.mark.parametrize("factory", api_connectors(), ids=lambda factory: factory.metadata.id)
async def test_a_thousand_sends_open_nothing_read_nothing_and_leave_nothing(
    factory: type[HttpApiConnector], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = contract_of(factory).accepted
    parsed: list[Any] = []
    config = factory.parse(documented(factory.metadata.id))
    monkeypatch.setattr(factory.config_model, "model_validate", parsed.append)
    probe: Any = None
    host = factory(config, Services(http=probe, clock=FrozenClock())).request(sample_message()).url
    async with HttpSink(answer, tls=server_tls(host.split("/")[2])) as sink:
        http = client_of(sink, limit=CONNECTIONS)
        connector = factory(config, Services(http=http, clock=FrozenClock()))
        await many(connector, sink, 200)
        before = sys.getallocatedblocks()
        WATCH.events.clear()
        WATCH.armed = True
        await many(connector, sink, 800)
        WATCH.armed = False
        gc.collect()
        after = sys.getallocatedblocks()
        await http.close()

    assert http.sessions_opened == 1
    assert sink.connections <= CONNECTIONS
    assert WATCH.events == []
    assert parsed == []
    assert after - before < SLACK


async def many(connector: HttpApiConnector, sink: HttpSink, total: int) -> None:
    left = iter(range(total))

    async def sender() -> None:
        for _ in left:
            await connector.send(sample_message())

    await asyncio.gather(*(sender() for _ in range(IN_FLIGHT)))
    sink.requests.clear()
    gc.collect()
