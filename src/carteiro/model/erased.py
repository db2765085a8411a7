"""An entry of the audit log without the person that it named: what happened stays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What names the person: each of ``replaced`` and what stands there instead, and a user name.

    A user name may be any word, so it is one only where something says so.
    """

    replaced: Mapping[str, str]
    username: str | None = None


def without_person(payload: Mapping[str, Any], names: Names, *, about: bool) -> dict[str, Any]:
    """The entry with each of ``names`` replaced, whatever its case.

    One that is ``about`` the person keeps only what happened: no address, network or device, and of
    a change only which members it had. Any other keeps what it says of others.
    """
    if not about:
        renamed: dict[str, Any] = _Renaming(names).of(payload)
        return renamed
    kept = {name: value for name, value in payload.items() if name in _KEPT}
    fields = {
        name: {"fields": sorted(value)}
        for name, value in payload.items()
        if name in _DIFFERENCES and isinstance(value, Mapping)
    }
    cleaned: dict[str, Any] = _Renaming(names).of({**kept, **fields})
    return cleaned


class _Renaming:
    """Replaces names in whatever JSON holds."""

    def __init__(self, names: Names) -> None:
        self._patterns: Sequence[tuple[re.Pattern[str], str]] = [
            (_alone(old), new) for old, new in names.replaced.items()
        ]
        self._username = None if names.username is None else names.username.lower()

    def of(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            said = "username" if value.get("type") == "username" else None
            return {
                self.of(key): self._named(key if said is None or key != "value" else said, one)
                for key, one in value.items()
            }
        if isinstance(value, list):
            return [self.of(one) for one in value]
        if isinstance(value, str):
            for pattern, new in self._patterns:
                value = pattern.sub(new, value)
        return value

    def _named(self, key: str, value: Any) -> Any:
        if key == "username" and isinstance(value, str) and value.lower() == self._username:
            return GONE
        return self.of(value)


def _alone(name: str) -> re.Pattern[str]:
    """A name that is no part of a longer one: ``ana@example.com`` is not in ``joana@example.com``.

    A dot behind it ends a sentence unless more follows.
    """
    before = r"(?<![\w.+-])" if "@" in name else r"(?<!\w)"
    return re.compile(f"{before}{re.escape(name)}(?![\\w-]|\\.\\w)", re.IGNORECASE)
