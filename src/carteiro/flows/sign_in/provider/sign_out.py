"""Somebody signs out: a page asks on the browser's behalf, and the answer to it ends the session.

What the answer may do stands in a signed note that the page carries, bound to the session of the
browser: no other site can make one, and nothing is stored for a question that is never answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from carteiro.flows.sign_in.provider.back_channel import Farewell, tell_applications
from carteiro.flows.sign_in.provider.clients import find_client, registered
from carteiro.flows.sign_in.provider.id_token_hints import read_hint
from carteiro.flows.sign_in.provider.interactions import resume_address
from carteiro.flows.sign_in.provider.visit import Visit, lock_session, record
from carteiro.oidc.errors import InvalidOAuthRequest, UnknownClient
from carteiro.oidc.signed_notes import read_note, write_note
from carteiro.secrets import fingerprint
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import grants, sessions, tokens
from carteiro.storage.sign_in.sessions import BrowserSession

_NOTE_MILLISECONDS = 3_600_000
_SUCCESS = "/session/end/success"


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Where the browser goes on, and whether its session is over."""

    location: str
    is_over: bool


async def begin_sign_out(
    visit: Visit, parameters: Mapping[str, str], session_secret: str | None
) -> str:
    """Check what is asked for; the note that the page carries. Raises an ``OAuthError``."""
    hint = parameters.get("id_token_hint")
    audience = (await read_hint(visit, hint)).client_id if hint else None
    client_id = parameters.get("client_id") or audience
    if audience is not None and client_id != audience:
        raise InvalidOAuthRequest("client_id does not match the provided id_token_hint")
    content: dict[str, Any] = {}
    if client_id is not None:
        content = await _checked(visit, client_id, parameters)
    return _write(visit, session_secret, content)


async def _checked(visit: Visit, client_id: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    known = await registered(visit, client_id)
    if known is None:
        raise UnknownClient("client is invalid")
    uri = parameters.get("post_logout_redirect_uri")
    if not uri:
        return {"client": known.client.id}
    if not known.client.leaves_to(uri):
        raise InvalidOAuthRequest("post_logout_redirect_uri not registered")
    return {"client": known.client.id, "uri": uri, "state": parameters.get("state")}


def resume_after(visit: Visit, session_secret: str | None, uid: str) -> str:
    """The note that ends a session so that somebody else's may begin at an interaction."""
    return _write(visit, session_secret, {"resume": uid})


async def confirm_sign_out(
    visit: Visit, xsrf: str | None, session_secret: str | None, *, agreed: bool
) -> SignedOut:
    """End the browser's session. Raises ``InvalidOAuthRequest`` for a note that is not its own."""
    note = read_note(
        visit.world.keyring, xsrf or "", *_binding(visit, session_secret), now=visit.now
    )
    if note is None:
        raise InvalidOAuthRequest("xsrf token invalid")

    async def work(tx: Transaction) -> list[Farewell] | None:
        session = await lock_session(tx, visit, session_secret)
        return None if session is None else await _end(tx, visit, session)

    farewells = await visit.world.database.write(work) if agreed else None
    await tell_applications(visit, farewells or ())
    return SignedOut(_location(visit, note), farewells is not None)


async def _end(tx: Transaction, visit: Visit, session: BrowserSession) -> list[Farewell]:
    """End it with all that does not outlive it; whoever is to be told."""
    if not await sessions.end(tx, visit.tenant_id, session.uid):
        return []
    farewells = []
    for client_id, held in session.authorizations.items():
        if not held.outlives:
            await grants.end(tx, visit.tenant_id, held.grant_id)
        client = await find_client(tx, visit, client_id)
        if client is not None and client.logout_uri is not None:
            farewells.append(
                Farewell(
                    address=client.logout_uri,
                    client_id=client_id,
                    account_id=session.account_id,
                    sid=held.sid if client.names_session else None,
                )
            )
    await tokens.end_with_session(tx, visit.tenant_id, session.uid)
    await record(
        tx,
        visit,
        "EndSession",
        client_id=None,
        user_id=session.account_id,
        sessionId=session.uid,
    )
    return farewells


def _location(visit: Visit, note: Mapping[str, Any]) -> str:
    if "resume" in note:
        return resume_address(visit.origin, note["resume"])
    uri = note.get("uri")
    if uri is None:
        return f"{visit.issuer}{_SUCCESS}"
    if note.get("state") is None:
        return str(uri)
    return f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode({'state': note['state']})}"


def _write(visit: Visit, session_secret: str | None, content: Mapping[str, Any]) -> str:
    return write_note(
        visit.world.keyring,
        content,
        *_binding(visit, session_secret),
        expires_at=visit.now + _NOTE_MILLISECONDS,
    )


def _binding(visit: Visit, session_secret: str | None) -> tuple[str, ...]:
    shown = fingerprint(session_secret).hex() if session_secret else ""
    return ("sign-out", visit.tenant_id, shown)
