"""What ends with a person's change: proofs, sessions, grants and their tokens (§3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from carteiro.flows.account.inside import Bearer, Inside
from carteiro.flows.back_channel import Farewell, farewell_of, tell_applications
from carteiro.flows.everywhere import sign_out_everywhere
from carteiro.oidc.clients import Client, client_of
from carteiro.storage.drivers.database import Call, Question
from carteiro.storage.sign_in import grants, sessions, tokens
from carteiro.storage.sign_in.sessions import BrowserSession
from carteiro.storage.tenancy import applications

MOST = 500
"""Sessions, grants and applications of one person that a call looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A person's sessions, oldest first, and the applications that they let in, by their ids."""

    sessions: list[BrowserSession]
    clients: Mapping[str, Client] = field(default_factory=dict)


def asked_held(bearer: Bearer) -> list[Question]:
    """What ``held`` asks; nobody else changes the sessions until the unit ends."""
    return [_sessions(bearer), _clients(bearer)]


async def held(inside: Inside) -> Held:
    """The answer."""
    rows = await applications.granted(inside.tx, _clients(inside.bearer))
    return Held(
        sessions=await sessions.of_bearer(inside.tx, _sessions(inside.bearer)),
        clients={row.id: client_of(row) for row in rows},
    )


def current_of(inside: Inside, found: Iterable[BrowserSession]) -> BrowserSession | None:
    """The session that the caller's token comes from, if it goes on."""
    row = inside.row
    for session in found:
        authorization = session.authorizations.get(row.client_id)
        if session.uid == row.session_uid:
            return session
        if authorization is not None and authorization.grant_id == row.grant_id:
            return session
    return None


def end_everything_else(inside: Inside, found: Held) -> tuple[list[Call], list[Farewell]]:
    """Sign the person out everywhere but here: what is written, and who is to be told."""
    current = current_of(inside, found.sessions)
    others = [one for one in found.sessions if current is None or one.uid != current.uid]
    calls = sign_out_everywhere(
        inside.tenant_id,
        inside.user.id,
        session_uid=current.uid if current else None,
        grant_id=inside.row.grant_id,
        proof_id=inside.proof.id if inside.proof else None,
    )
    return calls, [one for session in others for one in farewells_of(session, found.clients)]


def end_session(
    inside: Inside, session: BrowserSession, ends_grant: Mapping[str, bool]
) -> list[Call]:
    """End a session with the grants of the applications that are named; the caller's token stays.

    What lives only as long as the session ends in any case.
    """
    tenant_id, kept = inside.tenant_id, inside.bearer.value_hash
    calls = [sessions.ending(tenant_id, session.uid)]
    for client_id, authorization in session.authorizations.items():
        if authorization.outlives and not ends_grant.get(client_id):
            continue
        if authorization.grant_id == inside.row.grant_id:
            calls.append(tokens.ending_of_grant(tenant_id, authorization.grant_id, kept=kept))
        else:
            calls.append(grants.ending(tenant_id, authorization.grant_id))
    return [*calls, *tokens.ending_of_session(tenant_id, session.uid, kept=kept)]


def farewells_of(session: BrowserSession, clients: Mapping[str, Client]) -> list[Farewell]:
    """Who is to be told that a session is over."""
    said = (farewell_of(session, clients.get(client_id)) for client_id in session.authorizations)
    return [one for one in said if one is not None]


async def say_farewell(bearer: Bearer, farewells: list[Farewell]) -> None:
    """Tell the applications, once everything is committed."""
    await tell_applications(bearer.world, bearer.tenant_id, bearer.origin, farewells)


def _sessions(bearer: Bearer) -> Question:
    now = bearer.world.clock.now()
    return sessions.asked_of_bearer(
        bearer.tenant_id, bearer.value_hash, now=now, most=MOST, locked=True
    )


def _clients(bearer: Bearer) -> Question:
    return applications.asked_granted(bearer.tenant_id, bearer.value_hash, most=MOST)
