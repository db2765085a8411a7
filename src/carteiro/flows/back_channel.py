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
from carteiro.flows.world import World
from carteiro.oidc.clients import Client, client_of
from carteiro.oidc.id_tokens import sign_logout_token
from carteiro.oidc.issuer import issuer
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import sessions
from carteiro.storage.sign_in.sessions import BrowserSession
from carteiro.storage.tenancy import applications

_SECONDS = 2.5
_MOST = 500
"""Sessions and applications of one person that are told of."""
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
_log = structlog.get_logger("carteiro.sign_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """What one application is told, and where."""

    address: str
    client_id: str
    account_id: str
    sid: str | None


def farewell_of(session: BrowserSession, client: Client | None) -> Farewell | None:
    """What an application is to be told of a session that ends, if it wants to be."""
    if client is None or client.logout_uri is None:
        return None
    return Farewell(
        address=client.logout_uri,
        client_id=client.id,
        account_id=session.account_id,
        sid=session.authorizations[client.id].sid if client.names_session else None,
    )


async def farewells_to(
    tx: Transaction, tenant_id: str, account_id: str, now: int
) -> list[Farewell]:
    """What applications are to be told of all of somebody's sessions; asked before these end."""
    found = await sessions.of_account(tx, tenant_id, account_id, now=now, most=_MOST)
    if not any(session.authorizations for session in found):
        return []
    asked = applications.asked_granted_by(tenant_id, account_id, most=_MOST)
    clients = {row.id: client_of(row) for row in await applications.granted(tx, asked)}
    said = [
        farewell_of(session, clients.get(client_id))
        for session in found
        for client_id in session.authorizations
    ]
    return [one for one in said if one is not None]


async def tell_applications(
    world: World, tenant_id: str, origin: str, farewells: Sequence[Farewell]
) -> None:
    """Tell them; it takes as long as the slowest, and at most some seconds."""
    await asyncio.gather(*(_tell(world, tenant_id, origin, one) for one in farewells))


async def _tell(world: World, tenant_id: str, origin: str, farewell: Farewell) -> None:
    keys = await world.signing_keys.of(tenant_id)
    token = sign_logout_token(
        keys,
        issuer=issuer(origin),
        client_id=farewell.client_id,
        subject=farewell.account_id,
        sid=farewell.sid,
        jti=secrets.standard_id(),
        now=world.clock.now() // 1000,
    )
    body = urlencode({"logout_token": token}).encode()
    try:
        reply = await world.services.http.post(
            farewell.address, data=body, headers=_HEADERS, timeout=_SECONDS
        )
    except CarteiroError as error:
        _log.warning("a back-channel logout failed", client=farewell.client_id, code=error.code)
        return
    if not reply.ok:
        _log.warning(
            "a back-channel logout was refused", client=farewell.client_id, status=reply.status
        )
