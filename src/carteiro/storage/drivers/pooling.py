"""How pooled connections of PostgreSQL are taken back."""

from __future__ import annotations

from typing import Any


async def keep(connection: Any) -> None:
    """Take a connection back as it is: nothing here sets, locks or listens on a pooled one.

    The driver would ask the server to reset it, one more round trip for each. An open transaction
    is still rolled back.
    """
