"""An application is let in: at once where it is the tenant's own, by the person otherwise."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from carteiro import secrets
from carteiro.errors import MembershipRequired, RelationNotFound
from carteiro.flows.sign_in.provider.clients import find_client, registered
from carteiro.flows.sign_in.provider.consent_scopes import consent_asks, shown_scopes
from carteiro.flows.sign_in.provider.entitlements import Wanted, asked_of_person, wanted_by
from carteiro.flows.sign_in.provider.interactions import resume_address
from carteiro.flows.sign_in.provider.magic_links import detour, taken_out
from carteiro.flows.sign_in.provider.visit import Visit, find_person, find_session, taken
from carteiro.oidc.authorization import AuthorizationRequest, read_request, read_target
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import SessionNotFound
from carteiro.secrets import fingerprint
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.people import relations, users
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import (
    ahead,
    consent_ahead,
    grants,
    interactions,
    screens,
    sessions,
)
from carteiro.storage.sign_in.grants import Grant
from carteiro.storage.sign_in.interactions import Interaction, Prompt
from carteiro.storage.sign_in.screens import ScreenRow
from carteiro.storage.sign_in.sessions import BrowserSession
from carteiro.storage.tenancy import applications

GRANT_SECONDS = 180 * 86_400


async def consent_at_once(
    visit: Visit, uid: str, session_secret: str | None
) -> str | Mapping[str, Any]:
    """Let an application of the tenant's in, unless a magic link comes first; where to go on.

    Where the person has to be asked, what (``show_consent``). Raises ``SessionNotFound`` or
    another ``OAuthError``.
    """

    async def work(unit: Transaction) -> str | Mapping[str, Any]:
        interaction, tx = await _locked(unit, visit, uid, session_secret)
        asked = await _asked(tx, visit, interaction, session_secret)
        further = await detour(tx, visit, asked.request, asked.person)
        if further is not None:
            return further
        if asked.client.is_third_party:
            return await _question(tx, visit, asked)
        await asked.grant(tx, visit)
        return resume_address(visit.origin, uid)

    return await taken(visit, work)


async def asks_person(visit: Visit, client_id: str) -> bool:
    """Whether an application is let in by people only: it is a third party's."""
    known = await registered(visit, client_id)
    return known is not None and known.client.is_third_party


async def consent_page(
    visit: Visit, uid: str, session_secret: str | None, client_id: str
) -> tuple[ScreenRow, dict[str, Any]] | str | None:
    """What somebody is asked, with what its page shows beside, in one round trip.

    ``client_id`` is whom they probably let in: of another application more is asked. Where a magic
    link comes first, the address where to go on; ``None`` where nobody is asked. Raises as
    ``show_consent`` does.
    """

    async def work(unit: Transaction) -> tuple[ScreenRow, dict[str, Any]] | str | None:
        tx = await consent_ahead.ask(
            unit,
            visit.tenant_id,
            uid=uid,
            secret_hash=None if session_secret is None else fingerprint(session_secret),
            asks=consent_asks(visit.tenant_id, client_id),
            now=visit.now,
        )
        row = await screens.get(tx, visit.tenant_id, uid, visit.now)
        asked = await _asked(tx, visit, row.interaction if row else None, session_secret)
        if row is None or not asked.client.is_third_party:
            return None
        further = await detour(tx, visit, asked.request, asked.person)
        return further or (row, await _question(tx, visit, asked))

    return await visit.world.database.read(work)


async def show_consent(visit: Visit, uid: str, session_secret: str | None) -> dict[str, Any]:
    """What somebody is asked, as the page needs it (sign-in details §1.6).

    Raises ``SessionNotFound`` or another ``OAuthError``.
    """

    async def work(unit: Transaction) -> dict[str, Any]:
        interaction, tx = await _locked(unit, visit, uid, session_secret)
        return await _question(tx, visit, await _asked(tx, visit, interaction, session_secret))

    return await visit.world.database.write(work)


async def give_consent(
    visit: Visit, uid: str, session_secret: str | None, organization_ids: Collection[str] = ()
) -> str:
    """Let an application in because the person says so; where the browser goes on.

    A third party's is let into these organizations, too; those of before stay. Raises
    ``SessionNotFound`` or another ``OAuthError``, or ``MembershipRequired`` where the person does
    not belong to one of them: then nothing is given.
    """

    async def work(unit: Transaction) -> None:
        interaction, tx = await _locked(unit, visit, uid, session_secret)
        asked = await _asked(tx, visit, interaction, session_secret)
        await asked.grant(tx, visit)
        if organization_ids and asked.client.is_third_party:
            pair = {"application_id": asked.client.id, "user_id": asked.person.id}
            await relations.add(
                tx, relations.CONSENT_ORGANIZATIONS, visit.tenant_id, pair, organization_ids
            )

    try:
        await visit.world.database.write(work)
    except RelationNotFound as error:
        # The person or the application may be gone, too: neither belongs anywhere then.
        raise (MembershipRequired if organization_ids else SessionNotFound) from error
    return resume_address(visit.origin, uid)


async def refuse_consent(visit: Visit, uid: str, session_secret: str | None) -> str:
    """Let an application in no further than it is; where the browser goes on, to tell it so.

    Raises ``SessionNotFound`` or another ``OAuthError``.
    """

    async def work(unit: Transaction) -> None:
        interaction, tx = await _locked(unit, visit, uid, session_secret)
        await _asked(tx, visit, interaction, session_secret)
        await interactions.submit_consent(tx, visit.tenant_id, uid, grant_id=None, now=visit.now)

    await visit.world.database.write(work)
    return resume_address(visit.origin, uid)


async def _question(tx: Transaction, visit: Visit, asked: _Asked) -> dict[str, Any]:
    missing = (await asked.wanted(tx, visit)).missing_from(await asked.held(tx, visit))
    organizations, resources = await shown_scopes(tx, visit, asked.client, asked.person.id, missing)
    return {
        "application": await _application(tx, visit, asked.client),
        "user": _person(asked.person),
        "organizations": organizations,
        "missingOIDCScope": list(asked_of_person(missing)),
        "missingResourceScopes": resources,
        "redirectUri": asked.request.target.redirect_uri,
    }


async def _application(tx: Transaction, visit: Visit, client: Client) -> dict[str, Any]:
    look = await applications.get_experience(tx, visit.tenant_id, client.id)
    shown: dict[str, Any] = {"id": client.id, "name": client.name}
    if look is None:
        return shown
    known = {
        "branding": json.loads(look.branding),
        "displayName": look.display_name,
        "privacyPolicyUrl": look.privacy_policy_url,
        "termsOfUseUrl": look.terms_of_use_url,
    }
    return shown | {name: value for name, value in known.items() if value is not None}


def _person(row: UserRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "avatar": row.avatar,
        "username": row.username,
        "primaryEmail": row.primary_email,
        "primaryPhone": row.primary_phone,
    }


class _Asked:
    """Who is asked what, on a locked interaction."""

    def __init__(
        self,
        interaction: Interaction,
        client: Client,
        request: AuthorizationRequest,
        session: BrowserSession,
        person: UserRow,
    ) -> None:
        self.interaction = interaction
        self.client = client
        self.request = request
        self.session = session
        self.person = person

    async def wanted(self, tx: Transaction, visit: Visit) -> Wanted:
        """What the application asks for and there is to have."""
        return await wanted_by(
            tx, visit, self.client, self.person.id, self.request.scopes, self.request.resources
        )

    async def held(self, tx: Transaction, visit: Visit) -> Grant | None:
        """What it has been granted in this browser before, be it on this very way."""
        held = self.session.authorizations.get(self.client.id)
        for grant_id in (held.grant_id if held else None, self.interaction.grant_id):
            grant = grant_id and await grants.get(tx, visit.tenant_id, grant_id, visit.now)
            if grant:
                return grant
        return None

    async def grant(self, tx: Transaction, visit: Visit) -> Grant:
        """Let it have that, beside what it has."""
        wanted = await self.wanted(tx, visit)
        held = await self.held(tx, visit)
        grant = _joined(held or self._fresh(visit), wanted)
        await (grants.save(tx, grant) if held else grants.create(tx, grant))
        if self.person.application_id is None and not self.client.is_built_in:
            await users.note_application(tx, visit.tenant_id, self.person.id, self.client.id)
        await interactions.submit_consent(
            tx, visit.tenant_id, self.interaction.uid, grant_id=grant.id, now=visit.now
        )
        return grant

    def _fresh(self, visit: Visit) -> Grant:
        return Grant(
            tenant_id=visit.tenant_id,
            id=secrets.timed_id(visit.now),
            account_id=self.person.id,
            client_id=self.client.id,
            created_at=visit.now,
            expires_at=visit.now + 1000 * GRANT_SECONDS,
        )


async def _locked(
    unit: Transaction, visit: Visit, uid: str, session_secret: str | None
) -> tuple[Interaction | None, Transaction]:
    """The locked interaction, with what is going to be asked after it."""
    tenant_id, now = visit.tenant_id, visit.now

    def asks() -> list[Question]:
        if session_secret is None:
            return []
        shown = fingerprint(session_secret)
        return [
            sessions.asked(tenant_id, shown, now),
            ahead.person_of_session(tenant_id, shown),
            ahead.grant_of_session_there(tenant_id, shown, uid, now),
            ahead.grant_of_interaction(tenant_id, uid, now),
        ]

    return await interactions.lock_and_ask(unit, tenant_id, uid, now, asks)


async def _asked(
    tx: Transaction, visit: Visit, interaction: Interaction | None, session_secret: str | None
) -> _Asked:
    session = await find_session(tx, visit, session_secret)
    if interaction is None or session is None or interaction.prompt is not Prompt.CONSENT:
        raise SessionNotFound
    if (session.uid, session.account_id) != (interaction.session_uid, interaction.account_id):
        raise SessionNotFound("interaction session and authentication session mismatch")
    client = await find_client(tx, visit, interaction.client_id)
    person = await find_person(tx, visit, session.account_id)
    if client is None or person is None:
        raise SessionNotFound
    params = taken_out(visit, interaction.params)
    request = read_request(params, client, read_target(params, client))
    return _Asked(interaction, client, request, session, person)


def _joined(grant: Grant, wanted: Wanted) -> Grant:
    inside = {
        indicator: tuple(dict.fromkeys((*grant.resource_scopes.get(indicator, ()), *names)))
        for indicator, names in wanted.resource_scopes.items()
    }
    return replace(
        grant,
        scopes=tuple(dict.fromkeys((*grant.scopes, *wanted.scopes))),
        resource_scopes={**grant.resource_scopes, **inside},
    )
