"""Taking secrets out of what a provider says, before anybody is shown it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LONGEST = 2048
_MARK = "[…]"
_SHORTEST_SECRET = 4


def scrub(text: str, *, secrets: Iterable[str | None], payload: Mapping[str, Any]) -> str:
    """The text without the given secrets and without the message's code and link, cut to length."""
    values = {value for value in secrets if value}
    values |= {value for name in ("code", "link") if isinstance(value := payload.get(name), str)}
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, _MARK)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
