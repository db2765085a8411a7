"""The bodies of webhooks (management API §7.2). What is not known is left out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from carteiro.model.actor import Actor


def iso(milliseconds: int) -> str:
    """A time as webhooks write it: UTC with milliseconds and ``Z``."""
    time = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def data_body(
    *,
    hook_id: str,
    event: str,
    by: Actor,
    at: int,
    data: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
    members: Mapping[str, Any],
) -> str:
    """What happened to a person, an organization or a role, and the call that did it."""
    body = {
        "hookId": hook_id,
        "event": event,
        "createdAt": iso(at),
        "userAgent": by.user_agent,
        "ip": by.ip,
        **by.request,
        "data": data,
        **members,
    }
    return _written(body)


def interaction_body(
    *,
    hook_id: str,
    event: str,
    by: Actor,
    at: int,
    envelope: Mapping[str, Any],
    user: Mapping[str, Any] | None,
    application: Mapping[str, Any] | None,
) -> str:
    """How an interaction ended, and for whom."""
    shown = {name: value for name, value in envelope.items() if name != "applicationId"}
    return _written(
        {
            "hookId": hook_id,
            "event": event,
            "createdAt": iso(at),
            **shown,
            "userAgent": by.user_agent,
            "userId": None if user is None else user["id"],
            "userIp": by.ip,
            "user": user,
            "application": application,
        }
    )


def person_body(
    *,
    hook_id: str,
    event: str,
    by: Actor,
    at: int,
    envelope: Mapping[str, Any],
    application: Mapping[str, Any] | None,
    data: Mapping[str, Any] | None,
    members: Mapping[str, Any],
) -> str:
    """What a person at the door changed of themselves, or was refused."""
    return _written(
        {
            "hookId": hook_id,
            "event": event,
            "createdAt": iso(at),
            **envelope,
            "userAgent": by.user_agent,
            "ip": by.ip,
            "application": application,
            "data": data,
            **members,
        }
    )


def _written(body: Mapping[str, Any]) -> str:
    known = {name: value for name, value in body.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))
