"""What ends when somebody's password changes: all that whoever knew the old one may still hold."""

from __future__ import annotations

from carteiro.storage.drivers.database import Call


def signing_out(tenant_id: str, account_id: str) -> tuple[Call, ...]:
    """End every session of somebody's, and every grant with all its tokens.

    To be written together with the new password.
    """
    whose = {"tenant_id": tenant_id, "account_id": account_id}
    return (Call("browser_sessions.end_of_account", whose), Call("grants.end_of_account", whose))
