"""Housekeeping while serving: what nobody needs any more is deleted.

Every step is a bounded statement over an index, and safe to run in many processes at once.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from carteiro.connectors.feedback.contract import FRESH
from carteiro.delivery.recurrence import emptied, every
from carteiro.flows.guards.known_browsers import LIFETIME
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.mail import (
    budgets,
    codes,
    limits,
    message_events,
    messages,
    notices,
    one_time_tokens,
    rates,
    suppressions,
)
from carteiro.storage.people import active_users
from carteiro.storage.queues import processes
from carteiro.storage.sign_in import (
    grants,
    interactions,
    known_browsers,
    lockouts,
    sessions,
    tokens,
    verifications,
)
from carteiro.storage.tenancy import feedback, logs, signing_keys, templates
from carteiro.verification.policy import FAILURE_WINDOW

INTERVAL = 60.0
_HOUR = 3_600_000
_DAY = 24 * _HOUR
_HINTS_LIVE = 30 * _DAY
"""How long an id token names somebody who signs out, whatever key has signed it."""
_ACTIVE_DAYS = 400
"""A year, and what is compared with its first months."""
_log = structlog.get_logger("carteiro.runtime.maintenance")


async def keep_tidy(world: World) -> None:
    """Tidy once a minute until cancelled. A failure is logged and tried again the next time."""
    await every(
        INTERVAL,
        lambda: tidy(world),
        lambda error: _log.warning("housekeeping failed", code=error.code),
    )


async def tidy(world: World) -> None:
    """One round: old messages, codes, budgets and windows that are over."""
    now = world.clock.now()
    steps: list[Callable[..., Awaitable[int]]] = [
        partial(messages.discard, before=now - world.message_retention),
        partial(message_events.discard, before=now - world.message_retention),
        partial(feedback.discard_proofs, before=now - 2 * FRESH),
        partial(suppressions.discard, now=now),
        partial(processes.discard, before=now - _DAY),
        # No policy lets a code live longer than an hour.
        partial(codes.discard, before=now - _HOUR),
        partial(budgets.discard, before=now - FAILURE_WINDOW),
        partial(limits.discard, before=now - _DAY),
        # A notice waits for a day at most.
        partial(notices.discard, before=now - 2 * _DAY),
        partial(rates.discard, before=now - _DAY),
        partial(one_time_tokens.discard, before=now - world.log_retention),
        partial(lockouts.discard, now=now, before=now - _HOUR),
        partial(known_browsers.discard, before=now - 1000 * LIFETIME),
        partial(logs.discard, before=now - world.log_retention),
        partial(templates.discard, before=now - world.log_retention),
        partial(active_users.discard, before=now // _DAY - _ACTIVE_DAYS),
        partial(interactions.discard, now=now),
        partial(tokens.discard, now=now),
        partial(verifications.discard, now=now),
        partial(sessions.discard, now=now),
        partial(grants.discard, now=now),
        partial(signing_keys.discard, now=now, least=_HINTS_LIVE),
        world.queue.discard,
    ]
    await emptied(partial(_discard, world.database, step) for step in steps)


async def _discard(
    database: Database, step: Callable[..., Awaitable[int]], batch: int
) -> tuple[int, float]:
    async def work(tx: Transaction) -> tuple[int, float]:
        began = time.monotonic()
        return await step(tx, batch=batch), time.monotonic() - began

    return await database.write(work)
