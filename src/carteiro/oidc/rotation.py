"""When a refresh token is replaced by a new one, and for how long that one is good.

The rules are the reference's (experience §1.7): public clients get a new one each time, others when
most of its life is over, and no chain goes on for more than a year.
"""

from __future__ import annotations

from carteiro.oidc.clients import Client

GRACE = 3000
"""Milliseconds in which a replaced token still works, for requests that were sent together."""
_LONGEST_CHAIN = 31_557_600_000
"""365.25 days in milliseconds."""


def rotates(
    client: Client, *, chain_began: int, created_at: int, expires_at: int, now: int
) -> bool:
    """Whether a token is replaced now; times are milliseconds since the epoch."""
    if not client.rotates or now - chain_began >= _LONGEST_CHAIN:
        return False
    if client.is_public:
        return True
    return 10 * (now - created_at) >= 7 * (expires_at - created_at)


def next_end(client: Client, *, expires_at: int, now: int) -> int:
    """When the new one ends: in a browser with the old one, elsewhere after a life of its own."""
    if client.type == "SPA":
        return expires_at
    return now + 1000 * client.refresh_seconds
