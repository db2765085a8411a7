"""How a tenant wants its messages delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from carteiro.delivery.gates.gate import Limits
from carteiro.delivery.states import Mode
from carteiro.model.kinds import NOTICES, TemplateType


class OnUnknown(StrEnum):
    """What follows an attempt that nobody answered: it may have been sent."""

    RETRY = "retry"
    """Rather twice than never."""
    GIVE_UP = "give-up"
    """Rather never than twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPolicy:
    """The tenant's settings under ``delivery``, with their defaults."""

    mode: Mode = Mode.DIRECT
    on_unknown: OnUnknown = OnUnknown.RETRY
    limits: Limits = field(default_factory=Limits)


def delivery_policy(stored: Mapping[str, Any] | None) -> DeliveryPolicy:
    """Read the settings as they are stored."""
    stored = stored or {}
    return DeliveryPolicy(
        mode=Mode(stored.get("mode", Mode.DIRECT)),
        on_unknown=OnUnknown(stored.get("onUnknownOutcome", OnUnknown.RETRY)),
        limits=limits_of(stored.get("rateLimit")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePolicy:
    """The tenant's settings under ``notices``: which are off, and who else gets them.

    ``at_endpoints`` says that connectors which keep the words elsewhere get notices, too.
    """

    off: frozenset[TemplateType] = frozenset()
    at_endpoints: bool = False


def notice_policy(stored: Mapping[str, Any] | None) -> NoticePolicy:
    """Read the settings as they are stored; what is not set is on."""
    stored = stored or {}
    everything = stored.get("enabled", True)
    off = {kind for kind in NOTICES if not (everything and stored.get(_switch(kind), True))}
    return NoticePolicy(off=frozenset(off), at_endpoints=bool(stored.get("atEndpoints")))


def _switch(kind: TemplateType) -> str:
    return kind[:1].lower() + kind[1:]


def limits_of(stored: Mapping[str, Any] | None) -> Limits:
    """Read a connector's limits as they are stored."""
    stored = stored or {}
    return Limits(per_second=stored.get("perSecond"), concurrent=stored.get("concurrent"))
