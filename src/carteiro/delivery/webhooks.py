"""Delivering webhooks: durable, retried, never in the way of what they tell of.

The rows and their jobs are written in the unit of work that they tell of; the queue that drives
mail drives webhooks, too. Whoever works on one holds a lease on its row, so several processes never
send one webhook at once and what a crash leaves behind is taken up when the lease has run out.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from carteiro.clock import Clock
from carteiro.connectors.http.client import HttpClient, HttpReply
from carteiro.errors import CarteiroError, DeliveryFailed, Disposition
from carteiro.secrets import Keyring
from carteiro.storage.drivers.database import Call, Database, Transaction
from carteiro.storage.queues.queue import LEASE
from carteiro.storage.tenancy import hooks, logs
from carteiro.storage.tenancy.hooks import DeliveryRow, HookRow
from carteiro.webhooks.signing import signed_headers

_log = structlog.get_logger("carteiro.webhooks")
ATTEMPT_SECONDS = 10.0
"""Shorter than a lease, so that none ends under a living attempt."""
_DEFAULT_RETRIES = 3
_FIRST_PAUSE = 5_000
_LONGEST_PAUSE = 3_600_000
_GONE = 410
_RETRIED = frozenset({408, 413, 429})
_SHOWN = 8192
"""Characters of an answer that the log keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHook:
    """A hook with its config and signing key in clear."""

    row: HookRow
    config: Mapping[str, Any] = field(repr=False)
    signing_key: str = field(repr=False)


def open_hook(keyring: Keyring, row: HookRow) -> OpenHook:
    """Open what is sealed in a row. Raises ``SealBroken``."""
    context = hook_context(row.tenant_id, row.id)
    config = json.loads(keyring.open(row.config_sealed, f"{context}/config"))
    key = keyring.open(row.signing_key_sealed, f"{context}/key").decode()
    return OpenHook(row=row, config=config, signing_key=key)


def seal_config(keyring: Keyring, tenant_id: str, id: str, config: Mapping[str, Any]) -> bytes:  # noqa: A002 - the row's name
    """Seal a config for exactly this hook."""
    text = json.dumps(config, ensure_ascii=False)
    return keyring.seal(text.encode(), f"{hook_context(tenant_id, id)}/config")


def seal_key(keyring: Keyring, tenant_id: str, id: str, signing_key: str) -> bytes:  # noqa: A002 - the row's name
    """Seal a signing key for exactly this hook."""
    return keyring.seal(signing_key.encode(), f"{hook_context(tenant_id, id)}/key")


def hook_context(tenant_id: str, id: str) -> str:  # noqa: A002 - the row's name
    """What a hook's sealed members are bound to."""
    return f"hooks/{tenant_id}/{id}"


async def post(
    http: HttpClient, hook: OpenHook, *, body: str, delivery_id: str, now: int
) -> HttpReply:
    """One attempt. Raises ``DeliveryFailed`` where there is no answer."""
    headers = signed_headers(
        body=body,
        signing_key=hook.signing_key,
        custom=hook.config.get("headers") or {},
        delivery_id=delivery_id,
        now=now,
    )
    return await http.post(
        hook.config["url"], data=body.encode(), headers=headers, timeout=ATTEMPT_SECONDS
    )


class WebhookDispatcher:
    """Makes the attempts of webhooks that the queue hands to this process."""

    def __init__(
        self, *, database: Database, keyring: Keyring, clock: Clock, http: HttpClient
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._http = http

    async def work(self, row: DeliveryRow) -> int | None:
        """Make an attempt for a row of this process; milliseconds until another, if there is one.

        Raises nothing. What this process lacks, such as its database, is tried again when the lease
        has run out; a defect counts as an attempt that failed, so that none goes on for ever.
        """
        try:
            try:
                return await self._deliver(row)
            except CarteiroError:
                raise
            except Exception as error:  # noqa: BLE001 - the engine would drop the job
                _log.error("a webhook could not be made", id=row.id, error=type(error).__name__)
            return await self._record_defect(row)
        except CarteiroError as error:
            _log.warning("a webhook waits", code=error.code)
        return LEASE

    async def _record_defect(self, row: DeliveryRow) -> int | None:
        """Nothing of the webhook is shown: showing it may be what fails."""
        now = self._clock.now()
        problem = DeliveryFailed("The webhook could not be made.")
        entry = logs.entry(
            row.tenant_id,
            None,
            f"TriggerHook.{row.event}",
            at=now,
            payload={"error": problem.message},
            error=problem,
            hook_id=row.hook_id,
        )
        if row.attempts < _DEFAULT_RETRIES:
            pause = _pause_after(row.attempts, None, now)
            await self._database.apply(hooks.later(row, due_at=now + pause), entry)
            return pause
        await self._database.apply(hooks.delivered(row), entry)
        return None

    async def _deliver(self, row: DeliveryRow) -> int | None:
        hook = await self._hook(row)
        if hook is None or not hook.row.enabled:
            await self._database.apply(hooks.delivered(row))
            return None
        now = self._clock.now()
        reply: HttpReply | None = None
        error: DeliveryFailed | None = None
        try:
            reply = await post(self._http, hook, body=row.body, delivery_id=row.id, now=now)
        except DeliveryFailed as failure:
            error = failure
        return await self._record(row, hook, reply, error)

    async def _hook(self, row: DeliveryRow) -> OpenHook | None:
        async def work(tx: Transaction) -> HookRow | None:
            return await hooks.get(tx, row.tenant_id, row.hook_id)

        stored = await self._database.read(work)
        return None if stored is None else open_hook(self._keyring, stored)

    async def _record(
        self,
        row: DeliveryRow,
        hook: OpenHook,
        reply: HttpReply | None,
        error: DeliveryFailed | None,
    ) -> int | None:
        """The attempt into the log, and the row off the table or on to its next time, together."""
        now = self._clock.now()
        payload: dict[str, Any] = {"hookRequest": {"body": json.loads(row.body)}}
        if reply is not None:
            payload["response"] = {"statusCode": reply.status, "body": shown_body(reply)}
        problem = error
        if reply is not None and not reply.ok:
            problem = DeliveryFailed(f"The endpoint answered HTTP {reply.status}.")
        if problem is not None:
            payload["error"] = problem.message
        entry = logs.entry(
            row.tenant_id,
            None,
            f"TriggerHook.{row.event}",
            at=now,
            payload=payload,
            error=problem,
            hook_id=row.hook_id,
        )
        if reply is not None and reply.status == _GONE:
            await self._disable(row, hook, now, entry)
            return None
        retries = hook.config.get("retries", _DEFAULT_RETRIES)
        if row.attempts < retries and _worth_another(reply, error):
            pause = _pause_after(row.attempts, reply, now)
            await self._database.apply(hooks.later(row, due_at=now + pause), entry)
            return pause
        await self._database.apply(hooks.delivered(row), entry)
        return None

    async def _disable(self, row: DeliveryRow, hook: OpenHook, now: int, entry: Call) -> None:
        """The receiver wants nothing more (Standard Webhooks 1.0.0): the hook off, on record."""
        target = {"target": {"hookId": row.hook_id}, "reason": "The endpoint answered HTTP 410."}
        told = logs.entry(row.tenant_id, None, "Management.Hook.Disabled", at=now, payload=target)
        end = hooks.delivered(row)

        async def work(tx: Transaction) -> bool:
            await logs.add(tx, entry)
            await tx.run(end.name, **end.arguments)
            changed = await hooks.disable(tx, hook.row)
            if changed:
                await logs.add(tx, told)
            return changed

        if await self._database.write(work):
            _log.warning(
                "a webhook was disabled", tenant=row.tenant_id, hook=row.hook_id, status=_GONE
            )


def shown_body(reply: HttpReply) -> Any:
    """An answer as the log shows it: JSON where it is JSON, else text, of a bounded length."""
    text = reply.text.replace("\x00", "")[:_SHOWN]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _worth_another(reply: HttpReply | None, error: DeliveryFailed | None) -> bool:
    if reply is not None:
        return reply.status in _RETRIED or reply.status >= 500
    return error is not None and error.disposition is not Disposition.PERMANENT


def _pause_after(attempts: int, reply: HttpReply | None, now: int) -> int:
    """Milliseconds until the next attempt: what the receiver asks for, else longer each time.

    Jitter keeps receivers that failed together from being called together.
    """
    asked = reply.retry_after(now) if reply is not None else None
    if asked is not None:
        return min(int(asked * 1000), _LONGEST_PAUSE)
    pause = min(_FIRST_PAUSE * 6**attempts, _LONGEST_PAUSE)
    return int(pause * random.uniform(0.8, 1.2))  # noqa: S311 - nothing to guess
