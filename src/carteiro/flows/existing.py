"""What has to be there: nothing found is an error, and whoever asks says which."""

from __future__ import annotations

from typing import TypeVar

from carteiro.errors import CarteiroError

T = TypeVar("T")


def existing(found: T | None, missing: type[CarteiroError]) -> T:
    """What was found. Raises ``missing`` for nothing."""
    if found is None:
        raise missing
    return found
