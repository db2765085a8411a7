"""The browser comes back from a page of ours: the session begins, or the application is answered.

A resumption is one unit of work on the locked interaction and takes it away: of two that come at
once one goes on, and the other is told that there is nothing to resume.
"""

from __future__ import annotations

from dataclasses import replace

from carteiro import secrets
from carteiro.directory.settings.tenant_settings import SESSION_DEFAULT, SettingName
from carteiro.flows.sign_in.provider.authorize import (
    NewSession,
    Outcome,
    SignOutFirst,
    ToClient,
    ToPage,
    go_on,
    hints_of,
    location_of,
    to_client,
)
from carteiro.flows.sign_in.provider.magic_links import taken_out
from carteiro.flows.sign_in.provider.visit import (
    Visit,
    find_client,
    find_person,
    find_session,
    record,
)
from carteiro.oidc.authorization import (
    AuthorizationRequest,
    answer_of,
    read_request,
    read_target,
)
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import InvalidGrant, LoginRequired, OAuthError, SessionNotFound
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import grants, interactions, sessions
from carteiro.storage.sign_in.interactions import Interaction, Prompt
from carteiro.storage.sign_in.sessions import BrowserSession


async def resume(
    visit: Visit,
    uid: str,
    resume_secret: str | None,
    session_secret: str | None,
    *,
    hinted: str | OAuthError | None = None,
) -> Outcome:
    """Go on where the person stands. Raises ``SessionNotFound``, or another ``OAuthError``.

    ``hinted`` is the person whom the request's ``id_token_hint`` names, or what is wrong with it.
    """
    seconds = await session_seconds(visit)

    async def work(tx: Transaction) -> Outcome:
        interaction = await _resumable(tx, visit, uid, resume_secret)
        client = await find_client(tx, visit, interaction.client_id)
        if client is None:
            raise SessionNotFound
        params = taken_out(visit, interaction.params)
        target = read_target(params, client)
        try:
            request = read_request(params, client, target)
            if isinstance(hinted, OAuthError):
                raise hinted
            session = await find_session(tx, visit, session_secret)
            _require_same_browser(interaction, session)
            if interaction.submitted_at is None:
                return _ask_again(interaction, request)
            if interaction.prompt is Prompt.CONSENT:
                return await _after_consent(tx, visit, client, request, interaction, session)
            if session is not None and session.account_id != interaction.account_id:
                await interactions.adopt_session(tx, visit.tenant_id, uid, None)
                return SignOutFirst(resume_uid=uid)
            if hinted is not None and hinted != interaction.account_id:
                await _end(tx, visit, interaction)
                return replace(to_client(visit, target, answer_of(LoginRequired())), ended=uid)
            return await _after_login(tx, visit, client, request, interaction, session, seconds)
        except SessionNotFound:
            raise
        except OAuthError as error:
            await _end(tx, visit, interaction)
            return replace(to_client(visit, target, answer_of(error)), ended=uid)

    return await visit.world.database.write(work)


async def session_seconds(visit: Visit) -> int:
    """How long a browser stays signed in, as the tenant has decided."""
    workspace = await visit.world.workspaces.of(visit.tenant_id)
    stored = workspace.settings.get(SettingName.OIDC_SESSION, {})
    seconds: int = stored.get("ttl") or SESSION_DEFAULT["ttl"]
    return seconds


async def hint_of(visit: Visit, uid: str) -> str | None:
    """The ``id_token_hint`` of an interaction's request, not yet verified."""

    async def work(tx: Transaction) -> Interaction | None:
        return await interactions.get(tx, visit.tenant_id, uid, visit.now)

    found = await visit.world.database.read(work)
    return None if found is None else found.params.get("id_token_hint")


async def _resumable(
    tx: Transaction, visit: Visit, uid: str, resume_secret: str | None
) -> Interaction:
    interaction = await interactions.lock(tx, visit.tenant_id, uid, visit.now)
    if interaction is None:
        raise SessionNotFound
    shown = secrets.fingerprint(resume_secret or "")
    if not secrets.same(shown, interaction.resume_hash):
        raise SessionNotFound("interaction session id cookie not found")
    return interaction


def _require_same_browser(interaction: Interaction, session: BrowserSession | None) -> None:
    began = interaction.session_uid
    if began is not None and (session is None or session.uid != began):
        raise SessionNotFound("interaction session and authentication session mismatch")


def _ask_again(interaction: Interaction, request: AuthorizationRequest) -> ToPage:
    return ToPage(
        location=location_of(interaction.prompt, request),
        client_id=interaction.client_id,
        uid=interaction.uid,
        resume=None,
        hints=hints_of(request),
    )


async def _after_login(  # noqa: PLR0917 - the unit, the visit, and what is known of the request
    tx: Transaction,
    visit: Visit,
    client: Client,
    request: AuthorizationRequest,
    interaction: Interaction,
    session: BrowserSession | None,
    seconds: int,
) -> ToClient | ToPage:
    account_id = interaction.account_id or ""
    if await find_person(tx, visit, account_id) is None:
        raise InvalidGrant("user is suspended")
    begun, secret = await _begin(tx, visit, account_id, session, seconds)
    await _end(tx, visit, interaction)
    outcome = await go_on(
        tx,
        visit,
        client,
        replace(request, prompts=request.prompts - {"login"}),
        begun,
        interaction.record,
    )
    return replace(
        outcome, session=NewSession(secret=secret, seconds=seconds), ended=interaction.uid
    )


async def _after_consent(
    tx: Transaction,
    visit: Visit,
    client: Client,
    request: AuthorizationRequest,
    interaction: Interaction,
    session: BrowserSession | None,
) -> ToClient | ToPage:
    if session is None or session.account_id != interaction.account_id:
        raise SessionNotFound("interaction session and authentication session mismatch")
    grant = await grants.get(tx, visit.tenant_id, interaction.grant_id or "", visit.now)
    if grant is None:
        raise SessionNotFound
    await _end(tx, visit, interaction)
    outcome = await go_on(tx, visit, client, request, session, interaction.record, consented=grant)
    return replace(outcome, ended=interaction.uid)


async def _begin(
    tx: Transaction,
    visit: Visit,
    account_id: str,
    session: BrowserSession | None,
    seconds: int,
) -> tuple[BrowserSession, str]:
    """The person's session with a secret that nobody has seen before they signed in."""
    secret = secrets.opaque_value()
    value_hash, ends = secrets.fingerprint(secret), visit.now + 1000 * seconds
    if session is not None:
        await sessions.renew(
            tx,
            visit.tenant_id,
            session.uid,
            secret_hash=value_hash,
            login_at=visit.now,
            expires_at=ends,
        )
        renewed = replace(session, secret_hash=value_hash, login_at=visit.now, expires_at=ends)
        return renewed, secret
    new = BrowserSession(
        tenant_id=visit.tenant_id,
        uid=secrets.standard_id(),
        secret_hash=value_hash,
        account_id=account_id,
        login_at=visit.now,
        created_at=visit.now,
        expires_at=ends,
    )
    await sessions.create(tx, new)
    return new, secret


async def _end(tx: Transaction, visit: Visit, interaction: Interaction) -> None:
    if not await interactions.end(tx, visit.tenant_id, interaction.uid):
        raise SessionNotFound
    await record(
        tx,
        visit,
        "Interaction.End",
        client_id=interaction.client_id,
        user_id=interaction.account_id,
        interactionId=interaction.uid,
        sessionId=interaction.session_uid,
        params=dict(interaction.params),
    )
