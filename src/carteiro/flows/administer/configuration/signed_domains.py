"""For which domains a tenant signs its mails, as a configuration tells it: without the keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import dkim_keys
from carteiro.storage.tenancy.dkim_keys import KeyState

Records = Mapping[str, Mapping[str, str]]
"""What the DNS is to have, by domain and selector."""
_MOST_TOLD = 20


async def signed_domains(tx: Transaction, tenant_id: str) -> dict[str, dict[str, str]]:
    """The records of the keys that sign."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in await dkim_keys.list_all(tx, tenant_id):
        if row.state is KeyState.SIGNING:
            found[row.domain][row.selector] = row.record
    return dict(found)


def unsigned(here: Records, there: Records) -> tuple[str, ...]:
    """A line for each domain that is signed where a configuration is from, and not here."""
    missing = sorted(there.keys() - here.keys())
    told = [
        f"Mails from {domain} are signed where this is from, and not here: a folder holds no "
        f"private keys. Make one: carteiro dkim new {domain}"
        for domain in missing[:_MOST_TOLD]
    ]
    left = len(missing) - len(told)
    return (*told, f"So it is with {left} more domains.") if left else tuple(told)
