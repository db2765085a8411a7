"""Telling applications that somebody has signed out (OpenID Connect Back-Channel Logout 1.0).

Each is told once, all at the same time, through the guard of outgoing connections. One that does
not answer loses nothing but the word: its tokens have ended already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import structlog

from carteiro import secrets
from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.oidc.id_tokens import sign_logout_token

_SECONDS = 2.5
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
_log = structlog.get_logger("carteiro.sign_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """What one application is told, and where."""

    address: str
    client_id: str
    account_id: str
    sid: str | None


async def tell_applications(visit: Visit, farewells: Sequence[Farewell]) -> None:
    """Tell them; it takes as long as the slowest, and at most some seconds."""
    await asyncio.gather(*(_tell(visit, farewell) for farewell in farewells))


async def _tell(visit: Visit, farewell: Farewell) -> None:
    keys = await visit.world.signing_keys.of(visit.tenant_id)
    token = sign_logout_token(
        keys,
        issuer=visit.issuer,
        client_id=farewell.client_id,
        subject=farewell.account_id,
        sid=farewell.sid,
        jti=secrets.standard_id(),
        now=visit.now // 1000,
    )
    body = urlencode({"logout_token": token}).encode()
    try:
        reply = await visit.world.services.http.post(
            farewell.address, data=body, headers=_HEADERS, timeout=_SECONDS
        )
    except CarteiroError as error:
        _log.warning("a back-channel logout failed", client=farewell.client_id, code=error.code)
        return
    if not reply.ok:
        _log.warning(
            "a back-channel logout was refused", client=farewell.client_id, status=reply.status
        )
