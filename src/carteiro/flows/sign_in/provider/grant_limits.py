"""How many grants of one application somebody may have at once: the oldest ones give way."""

from __future__ import annotations

from carteiro.flows.sign_in.provider.visit import Visit, record
from carteiro.oidc.clients import Client
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import grants
from carteiro.storage.sign_in.grants import Grant
from carteiro.webhooks.telling import tell

_AT_MOST = 1000
"""Grants that one authorization looks at."""


async def enforce(tx: Transaction, visit: Visit, client: Client, grant: Grant) -> None:
    """End what is beyond the application's number, and tell of it (experience §1.3)."""
    if client.most_grants is None:
        return
    ids = await grants.ids_of_pair(
        tx, visit.tenant_id, grant.account_id, client.id, now=visit.now, most=_AT_MOST
    )
    # The one that has just been used stays, however old it is.
    kept = [grant.id, *(id_ for id_ in ids if id_ != grant.id)]
    over = kept[client.most_grants :]
    if not over:
        return
    for id_ in over:
        await grants.end(tx, visit.tenant_id, id_)
    await record(
        tx,
        visit,
        "RevokeGrants",
        client_id=client.id,
        user_id=grant.account_id,
        revokeGrantIds=over,
        reason="GrantLimitExceeded",
    )
    await tell(
        tx,
        visit.tenant_id,
        visit.by,
        "Grant.LimitExceeded",
        at=visit.now,
        data=None,
        members={
            "userId": grant.account_id,
            "applicationId": client.id,
            "revokedGrantIds": over,
            "maxAllowedGrants": client.most_grants,
            "preRevocationActiveGrantCount": len(ids),
        },
    )
