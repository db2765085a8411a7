"""Somebody sees where they are signed in and which applications they let in, and ends it (§3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from carteiro.directory.applications import BUILT_IN
from carteiro.directory.settings.account_center import AccountField
from carteiro.errors import BrowserSessionNotFound, EntityNotFound, InteractionNotFound
from carteiro.experience.record import InteractionRecord
from carteiro.flows.account.endings import (
    MOST,
    asked_held,
    current_of,
    end_session,
    farewells_of,
    held,
    say_farewell,
)
from carteiro.flows.account.inside import Bearer, Inside
from carteiro.flows.account.rules import (
    require_editable,
    require_first_party,
    require_identity,
    require_scope_strictly,
    require_shown,
)
from carteiro.flows.account.steps import Taken, look, take
from carteiro.flows.back_channel import Farewell
from carteiro.model.kinds import TemplateType
from carteiro.storage.drivers.database import Question
from carteiro.storage.sign_in import grants, sessions
from carteiro.storage.sign_in.grants import NamedGrant
from carteiro.storage.sign_in.sessions import BrowserSession

_SCOPE = "urn:logto:scope:sessions"


class Party(StrEnum):
    """Whose applications."""

    FIRST = "firstParty"
    THIRD = "thirdParty"


class RevokedGrants(StrEnum):
    """Which applications lose what they were granted when a session is ended."""

    ALL = "all"
    FIRST_PARTY = "firstParty"


async def list_sessions(bearer: Bearer) -> list[dict[str, Any]]:
    """Where the person is signed in, oldest first.

    Raises ``IdentityNotVerified``, ``FieldNotEnabled``, ``Unauthorized`` without the scope.
    """

    async def work(inside: Inside) -> list[dict[str, Any]]:
        _require_to_see(inside)
        return await sessions_of(inside)

    return await look(bearer, work, asks=[asked_sessions(bearer)])


def asked_sessions(bearer: Bearer) -> Question:
    """What ``sessions_of`` asks."""
    now = bearer.world.clock.now()
    return sessions.asked_of_bearer(bearer.tenant_id, bearer.value_hash, now=now, most=MOST)


async def sessions_of(inside: Inside) -> list[dict[str, Any]]:
    """The answer, as the wire has it."""
    found = await sessions.of_bearer(inside.tx, asked_sessions(inside.bearer))
    current = current_of(inside, found)
    return [_session(one, is_current=one is current) for one in found]


async def end_browser_session(
    bearer: Bearer, uid: str, revoked: RevokedGrants | None = None
) -> None:
    """Sign out there; the token that asks stays good.

    What lives as long as the session ends with it. ``revoked`` ends more: what these applications
    were granted. Raises ``IdentityNotVerified``, ``FieldNotEditable``, ``Unauthorized``,
    ``ThirdPartyForbidden``, ``BrowserSessionNotFound``.
    """

    async def work(inside: Inside) -> Taken[list[Farewell]]:
        _require_to_end(inside)
        found = await held(inside)
        session = next((one for one in found.sessions if one.uid == uid), None)
        if session is None:
            raise BrowserSessionNotFound
        ends_grant = {
            client_id: revoked is RevokedGrants.ALL
            or (revoked is not None and not _is_third_party(found.clients.get(client_id)))
            for client_id in session.authorizations
        }
        return Taken(
            answer=farewells_of(session, found.clients),
            calls=end_session(inside, session, ends_grant),
            notices=[TemplateType.SESSIONS_ENDED],
        )

    payload = {"sessionId": uid, **({"revokeGrantsTarget": revoked.value} if revoked else {})}
    farewells = await take(bearer, "Session.Delete", work, payload=payload, asks=asked_held(bearer))
    await say_farewell(bearer, farewells)


async def list_grants(bearer: Bearer, party: Party | None = None) -> list[dict[str, Any]]:
    """Which applications the person let in, oldest first. Raises as ``list_sessions``."""
    asked = _grants(bearer)

    async def work(inside: Inside) -> list[dict[str, Any]]:
        _require_to_see(inside)
        found = await grants.of_bearer(inside.tx, asked)
        wanted = {Party.FIRST: False, Party.THIRD: True}
        return [
            _grant(one) for one in found if party is None or one.is_third_party is wanted[party]
        ]

    return await look(bearer, work, asks=[asked])


async def end_grant(bearer: Bearer, id: str) -> None:  # noqa: A002 - the wire's name
    """Take back what an application was granted: its tokens end.

    Raises as ``end_browser_session``, and ``EntityNotFound``.
    """
    asked = _grants(bearer)

    async def work(inside: Inside) -> Taken[None]:
        _require_to_end(inside)
        found = await grants.of_bearer(inside.tx, asked)
        if id not in {one.grant.id for one in found}:
            raise EntityNotFound
        calls = [grants.ending(inside.tenant_id, id)]
        for session in (await held(inside)).sessions:
            left = {
                client_id: one
                for client_id, one in session.authorizations.items()
                if one.grant_id != id
            }
            if len(left) < len(session.authorizations):
                calls.append(sessions.saving(replace(session, authorizations=left)))
        return Taken(answer=None, calls=calls, notices=[TemplateType.SESSIONS_ENDED])

    await take(
        bearer,
        "Grant.Delete",
        work,
        payload={"grantId": id},
        asks=[asked, *asked_held(bearer)],
    )


def _require_to_see(inside: Inside) -> None:
    require_identity(inside, reads=True)
    require_shown(inside, AccountField.SESSION)
    require_scope_strictly(inside, _SCOPE)


def _require_to_end(inside: Inside) -> None:
    require_identity(inside)
    require_editable(inside, AccountField.SESSION)
    require_scope_strictly(inside, _SCOPE)
    require_first_party(inside)


def _grants(bearer: Bearer) -> Question:
    now = bearer.world.clock.now()
    return grants.asked_of_bearer(bearer.tenant_id, bearer.value_hash, now=now, most=MOST)


def _is_third_party(client: Any) -> bool:
    return client is not None and client.is_third_party


def _session(session: BrowserSession, *, is_current: bool) -> dict[str, Any]:
    authorizations = {
        client_id: {"sid": one.sid, "grantId": one.grant_id}
        for client_id, one in session.authorizations.items()
    }
    return {
        "payload": {
            "exp": session.expires_at // 1000,
            "iat": session.created_at // 1000,
            "jti": session.uid,
            "uid": session.uid,
            "kind": "Session",
            "loginTs": session.login_at // 1000,
            "accountId": session.account_id,
            "authorizations": authorizations,
        },
        "lastSubmission": _submission(session.last_submission),
        "clientId": next(reversed(authorizations), None),
        "accountId": session.account_id,
        "expiresAt": session.expires_at,
        "isCurrent": is_current,
    }


def _submission(stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the person did last to get there, without anything secret."""
    try:
        return None if stored is None else InteractionRecord.from_wire(stored).shown()
    except InteractionNotFound:
        return None


def _grant(one: NamedGrant) -> dict[str, Any]:
    grant = one.grant
    name = one.client_name or BUILT_IN.get(grant.client_id, (grant.client_id, ""))[0]
    return {
        "id": grant.id,
        "payload": {
            "exp": grant.expires_at // 1000,
            "iat": grant.created_at // 1000,
            "jti": grant.id,
            "kind": "Grant",
            "clientId": grant.client_id,
            "accountId": grant.account_id,
        },
        "expiresAt": grant.expires_at,
        "application": {"id": grant.client_id, "name": name},
    }
