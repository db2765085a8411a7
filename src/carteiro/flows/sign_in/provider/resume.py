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
from carteiro.flows.sign_in.provider.clients import find_client
from carteiro.flows.sign_in.provider.id_token_hints import hinted_by
from carteiro.flows.sign_in.provider.magic_links import taken_out
from carteiro.flows.sign_in.provider.visit import Visit, find_person, lock_session, record, taken
from carteiro.oidc.authorization import (
    AuthorizationRequest,
    answer_of,
    read_request,
    read_target,
)
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import (
    AccessDenied,
    InvalidGrant,
    LoginRequired,
    OAuthError,
    SessionNotFound,
)
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.sign_in import ahead, grants, interactions, sessions
from carteiro.storage.sign_in.interactions import Interaction, Prompt
from carteiro.storage.sign_in.sessions import BrowserSession


async def resume(
    visit: Visit, uid: str, resume_secret: str | None, session_secret: str | None
) -> Outcome:
    """Go on where the person stands. Raises ``SessionNotFound``, or another ``OAuthError``."""
    seconds = await session_seconds(visit)
    keys = await visit.world.signing_keys.of(visit.tenant_id)

    async def work(unit: Transaction) -> Outcome:
        interaction, tx = await _resumable(unit, visit, uid, resume_secret, session_secret)
        hinted = hinted_by(keys, visit.issuer, interaction.params.get("id_token_hint"))
        client = await find_client(tx, visit, interaction.client_id)
        if client is None:
            raise SessionNotFound
        params = taken_out(visit, interaction.params)
        target = read_target(params, client)
        try:
            request = read_request(params, client, target)
            if isinstance(hinted, OAuthError):
                raise hinted
            session = await lock_session(tx, visit, session_secret)
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

    return await taken(visit, work)


async def session_seconds(visit: Visit) -> int:
    """How long a browser stays signed in, as the tenant has decided."""
    workspace = await visit.world.workspaces.of(visit.tenant_id)
    stored = workspace.settings.get(SettingName.OIDC_SESSION, {})
    seconds: int = stored.get("ttl") or SESSION_DEFAULT["ttl"]
    return seconds


async def _resumable(
    tx: Transaction,
    visit: Visit,
    uid: str,
    resume_secret: str | None,
    session_secret: str | None,
) -> tuple[Interaction, Transaction]:
    """The locked interaction, with what is going to be asked after it."""
    tenant_id, now = visit.tenant_id, visit.now

    def asks() -> list[Question]:
        found = [
            ahead.person_of_interaction(tenant_id, uid),
            ahead.grant_of_interaction(tenant_id, uid, now),
        ]
        if session_secret is None:
            return found
        shown = secrets.fingerprint(session_secret)
        return [
            *found,
            sessions.asked_lock(tenant_id, shown, now),
            ahead.grant_of_session_there(tenant_id, shown, uid, now),
        ]

    interaction, asked = await interactions.lock_and_ask(tx, tenant_id, uid, now, asks)
    if interaction is None:
        raise SessionNotFound
    proven = secrets.fingerprint(resume_secret or "")
    if not secrets.same(proven, interaction.resume_hash):
        raise SessionNotFound("interaction session id cookie not found")
    return interaction, asked


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
        raise InvalidGrant
    begun, secret = _begun(visit, account_id, session, seconds)
    after = replace(request, prompts=request.prompts - {"login"})
    outcome: ToClient | ToPage
    try:
        outcome, now = await go_on(
            tx, visit, client, after, begun, interaction.record, language=interaction.language
        )
    except OAuthError as error:
        # The person has signed in, whatever the application does not get.
        outcome, now = to_client(visit, request.target, answer_of(error)), begun
    await (sessions.create if session is None else sessions.save)(tx, now)
    await _end(tx, visit, interaction)
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
    if interaction.grant_id is None:
        raise AccessDenied("the person has not let the application in")
    grant = await grants.get(tx, visit.tenant_id, interaction.grant_id, visit.now)
    if grant is None:
        raise SessionNotFound
    outcome, now = await go_on(
        tx,
        visit,
        client,
        request,
        session,
        interaction.record,
        language=interaction.language,
        consented=grant,
    )
    await sessions.save(tx, now)
    await _end(tx, visit, interaction)
    return replace(outcome, ended=interaction.uid)


def _begun(
    visit: Visit, account_id: str, session: BrowserSession | None, seconds: int
) -> tuple[BrowserSession, str]:
    """The person's session with a secret that nobody has seen before they signed in."""
    secret, now = secrets.opaque_value(), visit.now
    value_hash, ends = secrets.fingerprint(secret), now + 1000 * seconds
    if session is not None:
        return replace(session, secret_hash=value_hash, login_at=now, expires_at=ends), secret
    new = BrowserSession(
        tenant_id=visit.tenant_id,
        uid=secrets.timed_id(now),
        secret_hash=value_hash,
        account_id=account_id,
        login_at=now,
        created_at=now,
        expires_at=ends,
    )
    return new, secret


async def _end(tx: Transaction, visit: Visit, interaction: Interaction) -> None:
    await interactions.end(tx, visit.tenant_id, interaction.uid)
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
