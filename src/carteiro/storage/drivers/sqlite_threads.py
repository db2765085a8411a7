"""One thread that does, in turn, what would keep the event loop waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar, cast

A = TypeVar("A")
R = TypeVar("R")
_Task = tuple[asyncio.Future[Any], Callable[[Any], Any], Any]


class Beside:
    """A thread of an event loop's own.

    An executor makes two futures for each call and wakes both through locks of their own. A commit
    takes a tenth of a millisecond, and there are a dozen in a sign-in.
    """

    def __init__(self, name: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def do(self, function: Callable[[A], R], argument: A) -> R:
        """Call a function there; raises what it raises, and ``RuntimeError`` once it is closed."""
        if self._closed:
            raise RuntimeError("the thread is closed")
        future = self._loop.create_future()
        self._tasks.put((future, function, argument))
        return cast("R", await future)

    async def close(self) -> None:
        """Finish what has been asked for."""
        self._closed = True
        self._tasks.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, function, argument = task
            result, problem = None, None
            try:
                result = function(argument)
            except BaseException as error:  # noqa: BLE001 - it is the caller's, and raised there
                problem = error
            # Whoever waited may be gone with the loop.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_end, future, result, problem)
            del task, future, function, argument, result, problem


def _end(future: asyncio.Future[Any], result: Any, problem: BaseException | None) -> None:
    if future.done():
        return
    if problem is None:
        future.set_result(result)
    else:
        future.set_exception(problem)
