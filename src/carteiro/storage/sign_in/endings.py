"""What ends with a session, a person's access or an application: all of it, in one unit of work.

Opaque tokens end with the row that they hang on: with their grant, which is deleted with them, and
with their session where they do not outlive it.
"""

from __future__ import annotations

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import grants, sessions, tokens
from carteiro.storage.sign_in.sessions import BrowserSession

_AT_ONCE = 100
"""Sessions that are ended between two looks for more."""


async def end_session(tx: Transaction, session: BrowserSession) -> bool:
    """End a session with all that does not outlive it; false for whoever comes second."""
    if not await sessions.end(tx, session.tenant_id, session.uid):
        return False
    for held in session.authorizations.values():
        if not held.outlives:
            await grants.end(tx, session.tenant_id, held.grant_id)
    await tokens.end_with_session(tx, session.tenant_id, session.uid)
    return True


async def end_sessions_of(tx: Transaction, tenant_id: str, account_id: str, now: int) -> int:
    """End every session of somebody's that lasts; how many. What outlives sessions stays."""
    ended = 0
    while found := await sessions.lock_of_account(
        tx, tenant_id, account_id, now=now, most=_AT_ONCE
    ):
        for session in found:
            ended += await end_session(tx, session)
    return ended


async def end_application(tx: Transaction, tenant_id: str, client_id: str) -> int:
    """End everything that people granted an application; how many grants that were."""
    return await grants.end_of_client(tx, tenant_id, client_id)
