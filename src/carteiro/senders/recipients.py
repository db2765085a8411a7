"""Whether a recipient's domain takes mail, asked before the first mail to it and then remembered.

What is not known is let through: a DNS that is slow or silent keeps nobody from their code.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from carteiro.clock import Clock
from carteiro.errors import DomainTakesNoMail, NameUnavailable
from carteiro.senders.asking import Dns
from carteiro.senders.reception import Reception, reception_of

_SECONDS = 2.0
"""That a mail waits for the answer."""
_TAKES, _REFUSES, _SILENT = 3_600_000, 600_000, 60_000
"""Milliseconds for which an answer is remembered, and for which silence is."""
_MOST_DOMAINS = 4096
_MOST_ASKED = 64
"""Domains that are asked about at once; mail to others does not wait then."""


class RecipientDomains:
    """What this process has learnt of the domains that it sends to."""

    def __init__(self, dns: Dns, clock: Clock, *, seconds: float = _SECONDS) -> None:
        self._dns = dns
        self._clock = clock
        self._seconds = seconds
        self._known: OrderedDict[str, tuple[bool, int]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[bool]] = {}

    async def require(self, domain: str) -> None:
        """Refuse a domain that is not there or takes no mail. Raises ``DomainTakesNoMail``."""
        if not await self._takes(domain):
            raise DomainTakesNoMail

    async def close(self) -> None:
        """Ask nothing more."""
        for task in list(self._asking.values()):
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _takes(self, domain: str) -> bool:
        known = self._known.get(domain)
        if known is not None and self._clock.now() < known[1]:
            self._known.move_to_end(domain)
            return known[0]
        task = self._asking.get(domain)
        if task is None:
            if len(self._asking) >= _MOST_ASKED:
                return True
            task = self._asking[domain] = asyncio.create_task(self._look(domain))
            task.add_done_callback(lambda _: self._asking.pop(domain, None))
        # Who waits no longer leaves the question to those who come after.
        done, _ = await asyncio.wait({task}, timeout=self._seconds)
        return task.result() if done and not task.cancelled() else True

    async def _look(self, domain: str) -> bool:
        try:
            takes = await reception_of(self._dns, domain) is Reception.TAKES
            lives = _TAKES if takes else _REFUSES
        except NameUnavailable:
            takes, lives = True, _SILENT
        self._known[domain] = takes, self._clock.now() + lives
        self._known.move_to_end(domain)
        if len(self._known) > _MOST_DOMAINS:
            self._known.popitem(last=False)
        return takes
