"""The audit log on the wire."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any

from fastapi import Query

from carteiro.errors import InvalidInput, InvalidTimeWindow
from carteiro.model.issues import issue
from carteiro.storage.tenancy.logs import LogRow

COUNTED_AT_MOST = 10_001
"""How far a capped count goes (management API §2.12)."""
Moment = Annotated[str | None, Query(description="Milliseconds since the epoch; it counts itself.")]
_LATEST = 2**53


def time_window(start: str | None, end: str | None) -> tuple[int | None, int | None]:
    """Read the bounds. Raises ``InvalidInput`` or ``InvalidTimeWindow``."""
    first, last = _moment("start_time", start), _moment("end_time", end)
    if first is not None and last is not None and first > last:
        raise InvalidTimeWindow
    return first, last


def _moment(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInput(
            [issue("custom", [name], "Expected milliseconds since the epoch.")],
            "Error in request query: invalid input.",
        )
    return int(max(-_LATEST, min(value, _LATEST)))


def log_response(row: LogRow, *, with_tenant: bool = True) -> dict[str, Any]:
    """An entry as the wire shows it."""
    shown = {
        "tenantId": row.tenant_id,
        "id": row.id,
        "key": row.key,
        "payload": json.loads(row.payload),
        "createdAt": row.created_at,
    }
    if not with_tenant:
        del shown["tenantId"]
    return shown
