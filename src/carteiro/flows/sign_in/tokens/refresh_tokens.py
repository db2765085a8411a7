"""Refresh tokens as they are stored: the first of a chain, and the one that replaces another."""

from __future__ import annotations

from dataclasses import replace

from carteiro import secrets
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.oidc.clients import Client
from carteiro.oidc.rotation import next_end
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import tokens
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind


async def begin(tx: Transaction, visit: Visit, client: Client, code: StoredToken) -> str:
    """The first one, for what a code stands for; it ends with the session where the code does."""
    kept = ("scope", "resources", "nonce", "authTime", "saysAuthTime", "sid", "sessionUid")
    content = {name: code.content[name] for name in kept}
    return await _store(
        tx,
        replace(
            code,
            kind=TokenKind.REFRESH,
            content={**content, "chainBegan": visit.now},
            created_at=visit.now,
            expires_at=visit.now + 1000 * client.refresh_seconds,
            consumed_at=None,
        ),
    )


async def replace_by(tx: Transaction, visit: Visit, client: Client, old: StoredToken) -> str:
    """The one that comes after another."""
    ends = next_end(client, expires_at=old.expires_at, now=visit.now)
    return await _store(tx, replace(old, created_at=visit.now, expires_at=ends, consumed_at=None))


async def _store(tx: Transaction, new: StoredToken) -> str:
    value = secrets.opaque_value()
    await tokens.create(tx, replace(new, value_hash=secrets.fingerprint(value)))
    return value
