"""The tenant's signing keys: made once, sealed in the database, published as a JWKS."""

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

ALGORITHM = "ES384"
_CURVE = "P-384"


@dataclass(frozen=True, slots=True)
class TenantKeys:
    """What signs (the newest key) and what verifies (all of them)."""

    signing: ECKey
    verifying: KeySet

    def jwks(self) -> dict[str, Any]:
        """The public half, as RFC 7517 has it."""
        return {"keys": [key.as_dict(private=False) for key in self.verifying.keys]}


class SigningKeys:
    """The keys of every tenant, read once per process."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._tenants: dict[str, TenantKeys] = {}

    async def of(self, tenant_id: str) -> TenantKeys:
        """The tenant's keys; a tenant without one gets its first."""
        keys = self._tenants.get(tenant_id)
        if keys is None:
            keys = self._tenants[tenant_id] = await self._load(tenant_id)
        return keys

    def forget(self) -> None:
        """Read the keys again at the next need."""
        self._tenants.clear()

    async def _load(self, tenant_id: str) -> TenantKeys:
        async def work(tx: Transaction) -> list[signing_keys.SigningKeyRow]:
            rows = await signing_keys.list_newest_first(tx, tenant_id)
            if rows:
                return rows
            if await tenants.get(tx, tenant_id) is None:
                raise UnknownTenant
            # The key's id is its own thumbprint (RFC 7638), so two processes that start at once
            # make two keys and both verify.
            fresh = ECKey.generate_key(_CURVE, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
            private = json.dumps(fresh.as_dict(private=True)).encode()
            await signing_keys.create(
                tx,
                tenant_id=tenant_id,
                id=fresh.thumbprint(),
                algorithm=ALGORITHM,
                private_sealed=self._keyring.seal(private, signing_key_context(tenant_id)),
                created_at=self._clock.now(),
            )
            return await signing_keys.list_newest_first(tx, tenant_id)

        rows = await self._database.write(work)
        keys = [ECKey.import_key(self._open(tenant_id, row.private_sealed)) for row in rows]
        return TenantKeys(keys[0], KeySet(list(keys)))

    def _open(self, tenant_id: str, sealed: bytes) -> dict[str, Any]:
        private: dict[str, Any] = json.loads(
            self._keyring.open(sealed, signing_key_context(tenant_id))
        )
        return private


def signing_key_context(tenant_id: str) -> str:
    """What a tenant's sealed private keys are bound to."""
    return f"signing_keys/{tenant_id}"
