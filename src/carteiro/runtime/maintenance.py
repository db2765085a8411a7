"""Housekeeping while serving: what nobody needs any more is deleted.

Every step is a bounded statement over an index, and safe to run in many processes at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from carteiro.connectors.feedback.contract import FRESH
from carteiro.delivery.recurrence import emptied, every
from carteiro.flows.guards.known_browsers import LIFETIME
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction
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
BATCH = 500
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
    steps: list[Callable[[Transaction], Awaitable[int]]] = [
        lambda tx: messages.discard(tx, before=now - world.message_retention, batch=BATCH),
        lambda tx: message_events.discard(tx, before=now - world.message_retention, batch=BATCH),
        lambda tx: feedback.discard_proofs(tx, before=now - 2 * FRESH, batch=BATCH),
        lambda tx: suppressions.discard(tx, now=now, batch=BATCH),
        lambda tx: processes.discard(tx, before=now - _DAY, batch=BATCH),
        # No policy lets a code live longer than an hour.
        lambda tx: codes.discard(tx, before=now - _HOUR, batch=BATCH),
        lambda tx: budgets.discard(tx, before=now - FAILURE_WINDOW, batch=BATCH),
        lambda tx: limits.discard(tx, before=now - _DAY, batch=BATCH),
        # A notice waits for a day at most.
        lambda tx: notices.discard(tx, before=now - 2 * _DAY, batch=BATCH),
        lambda tx: rates.discard(tx, before=now - _DAY, batch=BATCH),
        lambda tx: one_time_tokens.discard(tx, before=now - world.log_retention, batch=BATCH),
        lambda tx: lockouts.discard(tx, now=now, before=now - _HOUR, batch=BATCH),
        lambda tx: known_browsers.discard(tx, before=now - 1000 * LIFETIME, batch=BATCH),
        lambda tx: logs.discard(tx, before=now - world.log_retention, batch=BATCH),
        lambda tx: templates.discard(tx, before=now - world.log_retention, batch=BATCH),
        lambda tx: active_users.discard(tx, before=now // _DAY - _ACTIVE_DAYS, batch=BATCH),
        lambda tx: interactions.discard(tx, now=now, batch=BATCH),
        lambda tx: tokens.discard(tx, now=now, batch=BATCH),
        lambda tx: verifications.discard(tx, now=now, batch=BATCH),
        lambda tx: sessions.discard(tx, now=now, batch=BATCH),
        lambda tx: grants.discard(tx, now=now, batch=BATCH),
        lambda tx: signing_keys.discard(tx, now=now, least=_HINTS_LIVE, batch=BATCH),
    ]
    for step in steps:
        await emptied(partial(world.database.write, step), batch=BATCH)
    await emptied(partial(world.queue.discard, batch=BATCH), batch=BATCH)
