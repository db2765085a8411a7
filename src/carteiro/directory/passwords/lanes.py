"""Lanes on which passwords are compared: a few, each with a process of its own.

In a thread of the server's, whatever its priority: one that gives way may do so while it holds the
interpreter's lock, and then the event loop waits until nobody else wants a processor. A process
holds nothing, so it can give way to everybody.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from carteiro.directory.passwords.worker import Work, do

_COMMAND = ("-P", "-m", "carteiro.directory.passwords.worker")
_PATIENCE = 1.0
"""Seconds that a lane waits for another one's work: several times what a digest of ours takes."""
_GOING = 10.0
"""Seconds in which a process whose input has ended is over by itself."""


class Lanes:
    """Work done beside the event loop, as much at once as there are lanes.

    A lane's process is started when it is first needed, and anew where it has ended. What no
    process answers is done in the lane's thread.

    Where there are fewer processors than lanes, lanes take turns: two that share one would take
    twice as long each, and have both answers to give in the same moment. No lane waits for ever
    for one whose work is dear.
    """

    def __init__(self, count: int, *, at_once: int) -> None:
        self._turns = threading.Semaphore(at_once)
        self._threads = ThreadPoolExecutor(count, "carteiro-passwords")
        self._helpers: dict[int, _Helper] = {}
        self._helped = True

    async def run(self, work: Work, *arguments: str) -> str | bool:
        """Wait for a lane, then for the work."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._do, work, *arguments)

    def close(self) -> None:
        """Let what is under way end."""
        self._threads.shutdown()
        for helper in self._helpers.values():
            helper.end()
        self._helpers.clear()

    def _do(self, work: Work, *arguments: str) -> str | bool:
        in_turn = self._turns.acquire(timeout=_PATIENCE)
        try:
            answer = self._asked(work, *arguments) if self._helped else None
            return do(work, *arguments) if answer is None else answer
        finally:
            if in_turn:
                self._turns.release()

    def _asked(self, work: Work, *arguments: str) -> str | bool | None:
        lane = threading.get_ident()
        helper = self._helpers.get(lane)
        try:
            if helper is None:
                helper = self._helpers[lane] = _Helper()
            return helper.ask([work, *arguments])
        except (OSError, ValueError):
            # One that never answered will not the next time: this machine lets none be started.
            self._helped = helper is not None and helper.answered
            if (gone := self._helpers.pop(lane, None)) is not None:
                gone.end()
            return None


class _Helper:
    """A process of a lane. Raises ``OSError`` where there is none."""

    def __init__(self) -> None:
        self.answered = False
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter that runs this
            [sys.executable, *_COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What goes wrong there might be told with a password in it.
            stderr=subprocess.DEVNULL,
        )

    def ask(self, request: list[str]) -> str | bool | None:
        """Its answer. Raises ``OSError`` or ``ValueError`` where it is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer: str | bool | None = json.loads(self._process.stdout.readline())
        self.answered = True
        return answer

    def end(self) -> None:
        """It has nothing to do any more; what it is at ends first."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_GOING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
