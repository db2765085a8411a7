"""The keys that sign a tenant's mails, opened once and kept until one of them changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import structlog

from carteiro.connectors.contract import Services
from carteiro.connectors.dkim.keys import DkimKey, KeyAlgorithm, read_private
from carteiro.connectors.dkim.signing import Signer
from carteiro.errors import SealBroken
from carteiro.secrets import Keyring
from carteiro.storage.tenancy.dkim_keys import DkimKeyRow

_log = structlog.get_logger("carteiro.delivery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Who signs what a tenant sends itself, and what it sends from the deployment's address."""

    rows: Sequence[DkimKeyRow] = ()
    own: Signer | None = field(default=None, compare=False, repr=False)
    relay: Signer | None = field(default=None, compare=False, repr=False)

    def given_to(self, services: Services) -> Services:
        """What a connector of the tenant's is opened with, so that it signs."""
        return replace(services, signer=self.own, relay_signer=self.relay)


NOTHING = Signing()


def open_signing(
    keyring: Keyring,
    rows: Sequence[DkimKeyRow],
    *,
    tenant_id: str,
    deployment: str,
    domain: str,
    before: Signing,
) -> Signing:
    """Open the keys of ``rows``; what was open ``before`` stays while they are the same.

    A tenant's own keys never sign what leaves by the relay, nor the deployment's what leaves by a
    tenant's own mail server: there it chooses the words and the sender.
    """
    if tuple(rows) == before.rows:
        return before
    return Signing(
        rows=tuple(rows),
        own=_signer(keyring, [row for row in rows if row.tenant_id == tenant_id]),
        relay=_signer(
            keyring, [row for row in rows if row.tenant_id == deployment and row.domain == domain]
        ),
    )


def _signer(keyring: Keyring, rows: Sequence[DkimKeyRow]) -> Signer | None:
    return Signer(_opened(keyring, rows)) or None


def _opened(keyring: Keyring, rows: Sequence[DkimKeyRow]) -> Iterator[DkimKey]:
    for row in rows:
        try:
            yield open_key(keyring, row)
        except (SealBroken, ValueError):
            # Mail that is not signed may still arrive; mail that is not sent does not.
            _log.error("a key that signs mail cannot be used", domain=row.domain, key=row.selector)


def open_key(keyring: Keyring, row: DkimKeyRow) -> DkimKey:
    """A stored key. Raises ``SealBroken``, or ``ValueError`` for one that is none."""
    clear = keyring.open(row.private_sealed, dkim_context(row.tenant_id, row.domain, row.selector))
    return DkimKey(
        domain=row.domain,
        selector=row.selector,
        algorithm=KeyAlgorithm(row.algorithm),
        private=read_private(clear),
    )


def dkim_context(tenant_id: str, domain: str, selector: str) -> str:
    """What a sealed key is bound to."""
    return f"dkim_keys/{tenant_id}/{domain}/{selector}"
