"""Boolean flags of a query (management API §1.5)."""

from __future__ import annotations

_TRUE = frozenset({"1", "true", "y", "yes", "yep", "yeah"})


def flag(text: str) -> bool:
    """Whether a flag is set: a few words mean yes, in any case; everything else means no."""
    return text.lower() in _TRUE
