"""Ending a server behind a proxy without a request that fails.

A proxy keeps connections open and sends a request on one of them at any moment; if the server
closes it at that moment, the request is lost, and a POST is not sent again. So the server first
says with every answer that the connection ends, for a while, and only then stops.
"""

from __future__ import annotations

import asyncio
from types import FrameType

import uvicorn
from fastapi import FastAPI

LEAVE_SECONDS = 1.5


class _Server(uvicorn.Server):
    """Uvicorn's server, with a time of leaving before it stops; a second signal skips it."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._seconds = seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.started:
            # Whatever the start waits for is not waited for any longer.
            asyncio.get_running_loop().call_soon_threadsafe(self._app.state.given_up.set)
        if not self._seconds or getattr(self._app.state, "leaving", False):
            super().handle_exit(sig, frame)
            return
        self._app.state.leaving = True
        stop = super().handle_exit
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(loop.call_later, self._seconds, stop, sig, None)


def leaving(config: uvicorn.Config, app: FastAPI, seconds: float) -> uvicorn.Server:
    """A server that leaves for ``seconds`` when it is asked to stop."""
    return _Server(config, app, seconds)
