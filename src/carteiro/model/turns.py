"""In which order waiting messages are sent: by urgency, then by fair turns of the tenants.

Turns follow the virtual clock of Zhang (SIGCOMM 1990): each message of a tenant moves the tenant's
clock on by a fixed step, from now on at least. A tenant that sends less often than that is always
at "now"; one that floods gets turns in the future, behind everybody else's, and still gets what
others leave. Each process keeps its own clocks: nothing is shared, nothing is locked.
"""

from __future__ import annotations

from collections import OrderedDict

from carteiro.model.kinds import NOTICES, TemplateType

_URGENT = 2
_USUAL = 1
_PATIENT = 0
_URGENCY = {
    TemplateType.MFA_VERIFICATION: _URGENT,
    TemplateType.BIND_MFA: _URGENT,
    TemplateType.FORGOT_PASSWORD: _URGENT,
    TemplateType.ORGANIZATION_INVITATION: _PATIENT,
    **dict.fromkeys(NOTICES, _PATIENT),
}
_SPAN = 1_400_000_000
"""Turns of one urgency; three of them fit into 32 bits."""
_FIRST = -2_100_000_000
_EPOCH = 1_767_225_600_000
"""2026-01-01, in milliseconds: turns are whole seconds since then, good for 44 years."""
STEP = 50
"""Milliseconds by which a message moves its tenant's clock: twenty a second stay at "now"."""
_TENANTS_AT_MOST = 10_000


def urgency(kind: TemplateType) -> int:
    """2 for second factors and password resets, 1 for most, 0 for invitations and notices."""
    return _URGENCY.get(kind, _USUAL)


class Turns:
    """The tenants' clocks of this process."""

    def __init__(self) -> None:
        self._clocks: OrderedDict[tuple[str, int], int] = OrderedDict()

    def priority(self, tenant_id: str, kind: TemplateType, now: int) -> int:
        """A message's place: the higher, the sooner. It fits into 32 bits."""
        level = urgency(kind)
        key = (tenant_id, level)
        turn = max(self._clocks.pop(key, 0), now)
        self._clocks[key] = turn + STEP
        if len(self._clocks) > _TENANTS_AT_MOST:
            self._clocks.popitem(last=False)
        return _place(level, turn)


def of_webhook(now: int) -> int:
    """A webhook's place among webhooks: in the order of time."""
    return _place(_PATIENT, now)


def _place(level: int, turn: int) -> int:
    seconds = min(max((turn - _EPOCH) // 1000, 0), _SPAN - 1)
    return _FIRST + (level + 1) * _SPAN - 1 - seconds
