"""Looking for a text anywhere in another one, whatever its case."""

from __future__ import annotations

import unicodedata


def containing(text: str | None) -> str | None:
    """The pattern for ``LIKE … ESCAPE '!'``; ``None`` and ``""`` look for nothing."""
    if not text:
        return None
    text = unicodedata.normalize("NFC", text.lower())
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
