"""The audit log: what was done, by whom, to what, and how it ended. Entries are never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from carteiro import secrets
from carteiro.errors import CarteiroError
from carteiro.model.actor import Actor
from carteiro.model.masking import masked_for_log
from carteiro.storage.database import Call, Transaction


def entry(
    tenant_id: str,
    by: Actor,
    key: str,
    *,
    at: int,
    payload: Mapping[str, Any],
    error: CarteiroError | None = None,
    user_id: str | None = None,
    hook_id: str | None = None,
) -> Call:
    """Put something on record; whatever is secret is masked, at any depth.

    Of an error only its ``code`` is kept: its message and data may repeat what somebody typed.
    ``user_id`` is the person whom it concerns, where that is not the actor.
    """
    concerns = user_id or by.user_id
    known = {
        "error": None if error is None else {"code": error.code},
        "ip": by.ip,
        "userAgent": by.user_agent,
        "userId": concerns,
        "applicationId": by.application_id,
        "hookId": hook_id,
        "request": by.request or None,
    }
    fields = {
        "key": key,
        "result": "Success" if error is None else "Error",
        "actor": by.kind,
        **{name: value for name, value in known.items() if value is not None},
        **payload,
    }
    return Call(
        "logs.add",
        {
            "tenant_id": tenant_id,
            "id": secrets.standard_id(),
            "key": key,
            "payload": json.dumps(masked_for_log(fields), ensure_ascii=False, default=str),
            "user_id": concerns,
            "application_id": by.application_id,
            "hook_id": hook_id,
            "created_at": at,
        },
    )


async def add(tx: Transaction, call: Call) -> None:
    """Write an entry together with what it tells of."""
    await tx.run(call.name, **call.arguments)


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` entries made before a time."""
    return await tx.run("logs.discard", before=before, batch=batch)
