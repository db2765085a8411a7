"""The opened world that flows work in: made by a root, handed to every request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
from carteiro.secrets import Keyring
from carteiro.senders.asking import Dns
from carteiro.senders.recipients import RecipientDomains
from carteiro.storage.drivers.database import Database
from carteiro.storage.queues.queue import Queue

if TYPE_CHECKING:  # a worker signs nothing, and starts sooner without
    from carteiro.oidc.keys import SigningKeys
    from carteiro.oidc.tokens import AccessTokens

    Signing = tuple[SigningKeys, AccessTokens]


LONG_LOOKS = 2
"""Of them at once: each keeps a core busy for seconds when a template is hostile."""


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
    long_looks: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(LONG_LOOKS), repr=False
    )
    """Held by whoever looks at long templates in a thread: threads are left for all else."""
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
