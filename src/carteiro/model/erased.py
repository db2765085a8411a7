"""An entry of the audit log without the person that it named: what happened stays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

GONE = "erased"
_KEPT = frozenset(
    {
        *("key", "result", "error", "actor", "userId", "applicationId", "hookId", "request"),
        *("target", "messageId", "templateType", "connectorId", "reason", "interactionId"),
        *("sessionId", "fields", "interactionEvent", "success", "files", "messages"),
    }
)
"""Members that say what happened and to which rows."""
_DIFFERENCES = frozenset({"before", "after"})


def without_person(
    payload: Mapping[str, Any], names: Mapping[str, str], *, about: bool
) -> dict[str, Any]:
    """The entry with each of ``names`` replaced, whatever its case.

    One that is ``about`` the person keeps only what happened: no address, network or device, and of
    a change only which members it had. Any other keeps what it says of others.
    """
    if not about:
        renamed: dict[str, Any] = _renamed(payload, _patterns(names))
        return renamed
    kept = {name: value for name, value in payload.items() if name in _KEPT}
    fields = {
        name: {"fields": sorted(value)}
        for name, value in payload.items()
        if name in _DIFFERENCES and isinstance(value, Mapping)
    }
    cleaned: dict[str, Any] = _renamed({**kept, **fields}, _patterns(names))
    return cleaned


def _patterns(names: Mapping[str, str]) -> Sequence[tuple[re.Pattern[str], str]]:
    return [(re.compile(re.escape(old), re.IGNORECASE), new) for old, new in names.items()]


def _renamed(value: Any, patterns: Sequence[tuple[re.Pattern[str], str]]) -> Any:
    if isinstance(value, Mapping):
        return {_renamed(key, patterns): _renamed(one, patterns) for key, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one, patterns) for one in value]
    if isinstance(value, str):
        for pattern, new in patterns:
            value = pattern.sub(new, value)
    return value
