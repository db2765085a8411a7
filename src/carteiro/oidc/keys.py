"""A tenant's signing keys: sealed in the database, published as a JWKS, replaced while they serve.

The newest key whose time has come signs, and all of them verify. So a new one is published before
anything is signed with it, and the one before it stays until what it has signed is over.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import ECKey, KeySet

from carteiro.clock import Clock
from carteiro.errors import UnknownTenant
from carteiro.secrets import Keyring
from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.tenancy import signing_keys, tenants
from carteiro.storage.tenancy.signing_keys import SigningKeyRow

ALGORITHM = "ES384"
_CURVE = "P-384"
_FRESH = 300_000
"""Milliseconds for which a process that is told nothing takes its keys for the tenant's."""
_PAUSE = 5_000
"""Milliseconds between two looks for a key that nobody here has seen."""


@dataclass(frozen=True, slots=True)
class TenantKeys:
    """What signs, what verifies (all of them, the newest first), and their ids."""

    signing: ECKey
    verifying: KeySet
    ids: frozenset[str]

    def jwks(self) -> dict[str, Any]:
        """The public half, as RFC 7517 has it."""
        return {"keys": [key.as_dict(private=False) for key in self.verifying.keys]}


@dataclass(slots=True)
class _Held:
    keys: TenantKeys
    read_at: int


class SigningKeys:
    """The keys of every tenant, as this process has read them."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._tenants: dict[str, _Held] = {}
        self._changes = 0

    async def of(self, tenant_id: str) -> TenantKeys:
        """The tenant's keys; a tenant without one gets its first. Raises ``UnknownTenant``."""
        return await self._read_within(tenant_id, _FRESH)

    async def with_key(self, tenant_id: str, key_id: str) -> TenantKeys:
        """The same, for a token of this key's: another process may have made it just now.

        Whoever makes ids up has the keys read once in some seconds, and no more.
        """
        keys = await self.of(tenant_id)
        return keys if key_id in keys.ids else await self._read_within(tenant_id, _PAUSE)

    def forget(self, tenant_id: str | None = None) -> None:
        """Read a tenant's keys (``None``: everybody's) again at the next need."""
        self._changes += 1
        if tenant_id is None:
            self._tenants.clear()
        else:
            self._tenants.pop(tenant_id, None)

    async def _read_within(self, tenant_id: str, age: int) -> TenantKeys:
        held, now = self._tenants.get(tenant_id), self._clock.now()
        if held is not None and now - held.read_at < age:
            return held.keys
        if held is not None:
            # Whoever comes while they are being read goes on with those that are there.
            held.read_at = now
        changes = self._changes
        keys = await self._load(tenant_id)
        # What changes while it is read may be in it or not.
        self._tenants[tenant_id] = _Held(keys, now if changes == self._changes else 0)
        return keys

    async def _load(self, tenant_id: str) -> TenantKeys:
        async def look(tx: Transaction) -> list[SigningKeyRow]:
            return await signing_keys.list_newest_first(tx, tenant_id)

        async def begin(tx: Transaction) -> list[SigningKeyRow]:
            # Of processes that start at once one makes the key, and the others find it.
            await tenants.lock(tx, tenant_id)
            if not await look(tx):
                if await tenants.get(tx, tenant_id) is None:
                    raise UnknownTenant
                await add_key(tx, self._keyring, tenant_id, signs_from=self._clock.now())
            return await look(tx)

        rows = await self._database.read(look) or await self._database.write(begin)
        now = self._clock.now()
        # A clock that is behind may find no key whose time has come: the oldest signs then.
        signing = next((row for row in rows if row.signs_from <= now), rows[-1])
        keys = {row.id: ECKey.import_key(self._open(tenant_id, row)) for row in rows}
        return TenantKeys(keys[signing.id], KeySet(list(keys.values())), frozenset(keys))

    def _open(self, tenant_id: str, row: SigningKeyRow) -> dict[str, Any]:
        private: dict[str, Any] = json.loads(
            self._keyring.open(row.private_sealed, signing_key_context(tenant_id))
        )
        return private


async def add_key(tx: Transaction, keyring: Keyring, tenant_id: str, *, signs_from: int) -> str:
    """Make and store a key; its id. It verifies at once, and signs from that moment on."""
    # The key's id is its own thumbprint (RFC 7638).
    fresh = ECKey.generate_key(_CURVE, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    private = json.dumps(fresh.as_dict(private=True)).encode()
    key_id = fresh.thumbprint()
    await signing_keys.create(
        tx,
        tenant_id=tenant_id,
        id=key_id,
        algorithm=ALGORITHM,
        private_sealed=keyring.seal(private, signing_key_context(tenant_id)),
        signs_from=signs_from,
    )
    return key_id


def signing_key_context(tenant_id: str) -> str:
    """What a tenant's sealed private keys are bound to."""
    return f"signing_keys/{tenant_id}"
