"""Webhooks on the wire."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.delivery.webhooks import OpenHook
from carteiro.model.wire import Wire
from carteiro.storage.tenancy.logs import Executions
from carteiro.webhooks.events import HookEvent

Event = Annotated[HookEvent, Field(strict=False)]
Events = Annotated[list[Event], Field(min_length=1)]
Name = Annotated[str, Field(min_length=1, max_length=256)]
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _require_header_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise PydanticCustomError("custom", "A header's name is letters, digits and a few signs.")
    return name


def _require_header_value(value: str) -> str:
    if any((letter < " " and letter != "\t") or letter == "\x7f" for letter in value):
        raise PydanticCustomError("custom", "A header's value has no line breaks or controls.")
    return value


HeaderName = Annotated[str, AfterValidator(_require_header_name)]
"""RFC 9110 §5.1: a token."""
HeaderValue = Annotated[str, AfterValidator(_require_header_value)]


class HookConfig(Wire):
    """Where to and how."""

    url: str
    headers: dict[HeaderName, HeaderValue] | None = Field(
        None, description="Sent with every webhook."
    )
    retries: Annotated[int, Field(ge=0, le=3)] | None = Field(
        None, description="Attempts after the first; 3 when not given."
    )

    def stored(self) -> dict[str, Any]:
        """The given members."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class CreateHook(Wire):
    """A new hook; it gets a signing key of its own."""

    name: Name | None = None
    event: Event | None = Field(None, description="Deprecated: use `events`.")
    events: Events | None = None
    config: HookConfig
    enabled: bool | None = None


class UpdateHook(Wire):
    """What changes; `config` is replaced as a whole."""

    nullable = frozenset({"event"})

    name: Name | None = None
    event: Event | None = None
    events: Events | None = None
    config: HookConfig | None = None
    enabled: bool | None = None

    def changes(self) -> dict[str, Any]:
        """The given members as the flow takes them."""
        given: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        if self.config is not None:
            given["config"] = self.config.stored()
        return given


class TestHook(Wire):
    """Which events to make up, and where to send them."""

    __test__ = False  # the name is the wire's; pytest need not collect it

    events: Events
    config: HookConfig


def hook_response(hook: OpenHook, stats: Executions | None = None) -> dict[str, Any]:
    """A hook as the wire shows it, with its signing key."""
    row = hook.row
    shown: dict[str, Any] = {
        "tenantId": row.tenant_id,
        "id": row.id,
        "name": row.name,
        "event": row.event,
        "events": json.loads(row.events),
        "config": hook.config,
        "signingKey": hook.signing_key,
        "enabled": row.enabled,
        "createdAt": row.created_at,
    }
    if stats is not None:
        counts = {"successCount": stats.successes, "requestCount": stats.requests}
        shown["executionStats"] = counts
    return shown
