"""JSON as rows and cookies hold it, written and read while somebody waits.

By the core of pydantic: a sign-in does it ninety times, and the standard library makes an encoder
and a decoder for each.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json


def write(value: Any) -> str:
    """A value in as few characters as it has. Raises ``ValueError`` for what no UTF-8 can hold."""
    return to_json(value).decode()


def read(text: str | bytes) -> Any:
    """What ``write`` wrote. Raises ``ValueError`` for what is no JSON, or nested 200 deep."""
    return from_json(text)
