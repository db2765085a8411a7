"""The opened world that flows work in: made by a root, handed to every request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from carteiro.clock import Clock
from carteiro.connectors.contract import Services
from carteiro.connectors.registry import Registry
from carteiro.delivery.dispatch import Dispatcher
from carteiro.delivery.feedback import Feedback
from carteiro.delivery.gates.buckets import SendLimit
from carteiro.delivery.hands.courier import Courier
from carteiro.delivery.notices import Notices
from carteiro.delivery.presence import Presence
from carteiro.delivery.recovery import Recovery
from carteiro.delivery.telemetry import Telemetry
from carteiro.delivery.webhooks import WebhookDispatcher
from carteiro.delivery.workspaces.kept import Workspaces
from carteiro.directory.passwords.hashing import Passwords
from carteiro.errors import TooBusy
from carteiro.secrets import Keyring
from carteiro.senders.asking import Dns
from carteiro.senders.recipients import RecipientDomains
from carteiro.storage.drivers.database import Database
from carteiro.storage.queues.queue import Queue

if TYPE_CHECKING:  # a worker signs nothing, and starts sooner without
    from carteiro.oidc.keys import SigningKeys
    from carteiro.oidc.tokens import AccessTokens

    Signing = tuple[SigningKeys, AccessTokens]

T = TypeVar("T")

LONG_LOOKS = 2
"""Of them at once: each keeps a core busy for seconds when a template is hostile."""
MOST_WAITING = 32
LONGEST_WAIT = 30.0
"""Seconds."""


class LongLooks:
    """Looks at long templates in threads, a few at once: threads are left for all else.

    Some wait for their turn, in the order in which they came, and no longer than a while.
    """

    def __init__(
        self,
        at_once: int = LONG_LOOKS,
        waiting: int = MOST_WAITING,
        seconds: float = LONGEST_WAIT,
    ) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._room = waiting
        self._seconds = seconds

    async def __call__(self, look: Callable[..., T], *arguments: Any) -> T:
        """What ``look`` gives. Raises ``TooBusy`` where too many wait, or its turn does not come.

        A thread cannot be stopped: its turn lasts as long as the look, also when nobody waits for
        the answer any more.
        """
        if self._room <= 0:
            raise TooBusy(retry_after=self._seconds)
        self._room -= 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise TooBusy(retry_after=self._seconds) from None
        finally:
            self._room += 1
        looking = asyncio.ensure_future(asyncio.to_thread(look, *arguments))
        looking.add_done_callback(lambda _: self._turns.release())
        return await asyncio.shield(looking)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that outlives a request."""

    clock: Clock
    keyring: Keyring = field(repr=False)
    database: Database
    registry: Registry
    services: Services
    workspaces: Workspaces
    dispatcher: Dispatcher
    notices: Notices
    courier: Courier
    queue: Queue
    presence: Presence
    recovery: Recovery
    telemetry: Telemetry
    feedback: Feedback
    webhooks: WebhookDispatcher
    open_signing: Callable[[], Signing] = field(repr=False)
    """Gives the same one each time; nothing that signs is loaded before."""
    passwords: Passwords
    dns: Dns
    """Asked by whoever looks at a sender's domain, and where a tenant wants recipients' checked."""
    recipient_domains: RecipientDomains
    long_looks: LongLooks = field(default_factory=LongLooks, repr=False)
    code_limit: SendLimit
    send_timeout: float
    message_retention: int
    """Milliseconds for which messages are kept."""
    log_retention: int
    """Milliseconds for which the audit log is kept."""
    revisions_kept: int
    """How many revisions of one template or connector there are at most."""

    @property
    def signing_keys(self) -> SigningKeys:
        """The tenants' keys."""
        return self.open_signing()[0]

    @property
    def tokens(self) -> AccessTokens:
        """The access tokens that they sign."""
        return self.open_signing()[1]
