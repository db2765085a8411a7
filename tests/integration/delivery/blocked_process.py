"""A process that takes one message in hand and then blocks its event loop for longer than others
wait for a sign of life: run by ``test_presence``.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from carteiro.connectors.http.endpoint import HttpEndpointConnector
from carteiro.delivery.presence import DEAD_AFTER
from carteiro.runtime.opening import open_world
from carteiro.settings import read_settings
from carteiro.storage.queues.queue import Handler


async def main(url: str) -> None:
    settings = read_settings(
        {}, database_url=url, secret_keys="test:" + "A" * 43 + "=", egress_guard=False
    )
    real = HttpEndpointConnector.send

    async def send(self: HttpEndpointConnector, message: Any) -> Any:
        receipt = await real(self, message)
        time.sleep(DEAD_AFTER / 1000 + 5)
        return receipt

    HttpEndpointConnector.send = send  # type: ignore[method-assign]
    async with open_world(settings) as world:
        await world.presence.ensure()
        work: Handler = world.courier.work

        async def work_once(row: Any) -> int | None:
            try:
                return await work(row)
            finally:
                world.queue.stop()

        await world.queue.run(work_once, owner=world.presence.id, most=4)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
