"""An application sends somebody: they sign in, let it in, or go back at once (OIDC Core §3.1.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from carteiro import secrets
from carteiro.flows.sign_in.provider import grant_limits
from carteiro.flows.sign_in.provider.clients import registered
from carteiro.flows.sign_in.provider.entitlements import (
    Wanted,
    asked_available,
    require_available,
    wanted_by,
)
from carteiro.flows.sign_in.provider.id_token_hints import hinted_by
from carteiro.flows.sign_in.provider.magic_links import put_away, taken_out
from carteiro.flows.sign_in.provider.visit import Visit, find_person, lock_session, record, taken
from carteiro.oidc.authorization import (
    OFFLINE_ACCESS,
    AuthorizationRequest,
    Target,
    answer_of,
    kept_parameters,
    read_request,
    read_target,
)
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import (
    ConsentRequired,
    InvalidOAuthRequest,
    InvalidRequestUri,
    LoginRequired,
    OAuthError,
    UnknownClient,
)
from carteiro.oidc.screens import consent_location, login_location
from carteiro.storage.drivers.asked import asked
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.sign_in import ahead, grants, interactions, sessions, tokens
from carteiro.storage.sign_in.grants import Grant
from carteiro.storage.sign_in.interactions import Interaction, Prompt, Record
from carteiro.storage.sign_in.sessions import Authorization, BrowserSession
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind

INTERACTION_SECONDS = 3600
CODE_SECONDS = 60
REQUEST_URI = "urn:ietf:params:oauth:request_uri:"
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """What the browser shows from now on, and for how many seconds."""

    secret: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPage:
    """The person is asked for something, on a page of ours."""

    location: str
    client_id: str
    uid: str
    resume: str | None = field(repr=False)
    """What shows that this browser began the interaction; ``None`` where it has it already."""
    hints: Mapping[str, str]
    session: NewSession | None = None
    ended: str | None = None
    """The interaction that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToClient:
    """The application gets its answer."""

    target: Target
    values: Mapping[str, str] = field(repr=False)
    session: NewSession | None = None
    ended: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOutFirst:
    """Somebody else is signed in in this browser: their session ends before this one begins."""

    resume_uid: str


Outcome = ToPage | ToClient | SignOutFirst


async def authorize(
    visit: Visit,
    parameters: Parameters,
    resources: Sequence[str],
    session_secret: str | None,
) -> ToPage | ToClient:
    """Answer a request. Raises an ``OAuthError`` that the application is not told."""
    client_id = parameters.get("client_id")
    if not client_id:
        raise InvalidOAuthRequest("missing required parameter 'client_id'")
    known = await registered(visit, client_id)
    if known is None:
        raise UnknownClient("client is invalid")
    client = known.client
    keys = await visit.world.signing_keys.of(visit.tenant_id)

    async def work(unit: Transaction) -> ToPage | ToClient:
        asks = partial(_asks, visit, client, parameters, resources, session_secret)
        tx = await asked(unit, asks)
        kept = await _request_of(tx, visit, client, parameters, resources)
        target = read_target(kept, client)
        hinted = hinted_by(keys, visit.issuer, kept.get("id_token_hint"))
        try:
            request = read_request(kept, client, target)
            if isinstance(hinted, OAuthError):
                raise hinted
            session = await _usable_session(tx, visit, session_secret)
            if _must_sign_in(request, session, hinted, visit.now):
                if not parameters.get("request_uri"):  # That one was looked through before.
                    await require_available(tx, visit, client, request)
                if "none" in request.prompts:
                    raise LoginRequired
                return await _ask(tx, visit, request, Prompt.LOGIN, session)
            assert session is not None
            outcome, now = await go_on(tx, visit, client, request, session)
            if now != session:
                await sessions.save(tx, now)
            return outcome
        except OAuthError as error:
            return to_client(visit, target, answer_of(error))

    return await taken(visit, work)


async def go_on(
    tx: Transaction,
    visit: Visit,
    client: Client,
    request: AuthorizationRequest,
    session: BrowserSession,
    submission: Record | None = None,
    *,
    language: Mapping[str, Any] | None = None,
    consented: Grant | None = None,
) -> tuple[ToPage | ToClient, BrowserSession]:
    """Go on with somebody who is signed in: ask for their consent, or answer with a code.

    ``submission`` is what they did to sign in, ``language`` the one that was decided on then,
    ``consented`` what they have just granted. The session is locked, or new; it comes back as it
    is to be stored.
    """
    wanted = await wanted_by(
        tx, visit, client, session.account_id, request.scopes, request.resources
    )
    grant = consented or await _grant_held(tx, visit, session, client)
    wished = "consent" in request.prompts and consented is None
    if grant is None or wished or (consented is None and not wanted.missing_from(grant).is_empty):
        if "none" in request.prompts:
            raise ConsentRequired
        asked = await _ask(tx, visit, request, Prompt.CONSENT, session, submission, language)
        return asked, session
    noted = _note(client, session, grant, submission, OFFLINE_ACCESS in _granted(request, grant))
    code = await _give_code(tx, visit, client, request, noted, grant, wanted)
    return to_client(visit, request.target, {"code": code}), noted


def to_client(visit: Visit, target: Target, values: Mapping[str, str]) -> ToClient:
    """An answer with what every one has: the application's ``state``, and our ``iss``."""
    state = {} if target.state is None else {"state": target.state}
    return ToClient(target=target, values={**values, **state, "iss": visit.issuer})


def hints_of(request: AuthorizationRequest) -> dict[str, str]:
    """What pages and mails are told of the request by a cookie."""
    known = {
        "appId": request.client_id,
        "organizationId": request.extras.organization_id,
        "uiLocales": request.extras.ui_locales,
    }
    return {name: value for name, value in known.items() if value is not None}


def location_of(prompt: Prompt, request: AuthorizationRequest) -> str:
    """The page that asks, relative to the tenant's address."""
    if prompt is Prompt.CONSENT:
        return consent_location(request.client_id)
    return login_location(request.client_id, request.extras)


def _asks(
    visit: Visit,
    client: Client,
    parameters: Parameters,
    resources: Sequence[str],
    session_secret: str | None,
) -> list[Question]:
    if pushed := parameters.get("request_uri"):
        value_hash = secrets.fingerprint(pushed.removeprefix(REQUEST_URI))
        asks = [tokens.asked_lock(visit.tenant_id, TokenKind.REQUEST, value_hash)]
    else:
        asks = asked_available(visit, client, resources)
    if session_secret is not None:
        shown, now = secrets.fingerprint(session_secret), visit.now
        asks += [
            sessions.asked_lock(visit.tenant_id, shown, now),
            ahead.person_of_session(visit.tenant_id, shown),
            ahead.grant_of_session(visit.tenant_id, shown, client.id, now),
        ]
    return asks


async def _request_of(
    tx: Transaction,
    visit: Visit,
    client: Client,
    parameters: Parameters,
    resources: Sequence[str],
) -> Mapping[str, Any]:
    """The request, which may have been pushed before: then once. Raises ``InvalidRequestUri``."""
    pushed = parameters.get("request_uri")
    if not pushed:
        return kept_parameters(parameters, resources)
    value_hash = secrets.fingerprint(pushed.removeprefix(REQUEST_URI))
    held = await tokens.lock(tx, visit.tenant_id, TokenKind.REQUEST, value_hash)
    if held is None or held.client_id != client.id or held.expires_at <= visit.now:
        raise InvalidRequestUri
    await tokens.end(tx, held)
    return taken_out(visit, held.content)


async def _usable_session(
    tx: Transaction, visit: Visit, secret: str | None
) -> BrowserSession | None:
    session = await lock_session(tx, visit, secret)
    if session is None or await find_person(tx, visit, session.account_id) is None:
        return None
    return session


def _must_sign_in(
    request: AuthorizationRequest, session: BrowserSession | None, hinted: str | None, now: int
) -> bool:
    if session is None or "login" in request.prompts:
        return True
    if request.max_age is not None and now - session.login_at > 1000 * request.max_age:
        return True
    return hinted is not None and hinted != session.account_id


async def _ask(  # noqa: PLR0917 - the unit, the visit, and what is known of whom is asked
    tx: Transaction,
    visit: Visit,
    request: AuthorizationRequest,
    prompt: Prompt,
    session: BrowserSession | None,
    submission: Record | None = None,
    language: Mapping[str, Any] | None = None,
) -> ToPage:
    resume = secrets.opaque_value()
    new = Interaction(
        tenant_id=visit.tenant_id,
        uid=secrets.timed_id(visit.now),
        client_id=request.client_id,
        prompt=prompt,
        params=put_away(visit, request.parameters),
        record=submission,
        language=language,
        account_id=session.account_id if session and prompt is Prompt.CONSENT else None,
        session_uid=session.uid if session else None,
        resume_hash=secrets.fingerprint(resume),
        created_at=visit.now,
        expires_at=visit.now + 1000 * INTERACTION_SECONDS,
    )
    await interactions.create(tx, new)
    await record(
        tx,
        visit,
        "Interaction.Create",
        client_id=request.client_id,
        user_id=new.account_id,
        prompt=prompt.value,
        interactionId=new.uid,
        sessionId=new.session_uid,
        params=dict(request.parameters),
    )
    return ToPage(
        location=location_of(prompt, request),
        client_id=request.client_id,
        uid=new.uid,
        resume=resume,
        hints=hints_of(request),
    )


async def _grant_held(
    tx: Transaction, visit: Visit, session: BrowserSession, client: Client
) -> Grant | None:
    held = session.authorizations.get(client.id)
    if held is None:
        return None
    return await grants.get(tx, visit.tenant_id, held.grant_id, visit.now)


async def _give_code(  # noqa: PLR0917 - the unit, the visit, and what the code stands for
    tx: Transaction,
    visit: Visit,
    client: Client,
    request: AuthorizationRequest,
    session: BrowserSession,
    grant: Grant,
    wanted: Wanted,
) -> str:
    scopes = _granted(request, grant)
    code = secrets.opaque_value()
    await tokens.create(
        tx,
        StoredToken(
            tenant_id=visit.tenant_id,
            value_hash=secrets.fingerprint(code),
            kind=TokenKind.CODE,
            client_id=client.id,
            grant_id=grant.id,
            account_id=grant.account_id,
            session_uid=None if OFFLINE_ACCESS in scopes else session.uid,
            content={
                "redirectUri": request.target.redirect_uri,
                "challenge": request.challenge,
                "scope": " ".join(scopes),
                "resources": [*wanted.resource_scopes],
                "nonce": request.nonce,
                "authTime": session.login_at // 1000,
                "saysAuthTime": request.max_age is not None,
                "sid": session.authorizations[client.id].sid,
                "sessionUid": session.uid,
            },
            created_at=visit.now,
            expires_at=visit.now + 1000 * CODE_SECONDS,
        ),
    )
    await grant_limits.enforce(tx, visit, client, grant)
    return code


def _note(
    client: Client,
    session: BrowserSession,
    grant: Grant,
    submission: Record | None,
    outlives: bool,
) -> BrowserSession:
    """The session with what the application has, and how its id tokens name the session."""
    held = session.authorizations.get(client.id)
    sid = held.sid if held else secrets.standard_id()
    if held is not None and held.grant_id == grant.id:
        # What was given before goes on, whatever is asked for now.
        outlives = outlives or held.outlives
    now = Authorization(sid=sid, grant_id=grant.id, outlives=outlives)
    known = {**session.authorizations, client.id: now}
    last = session.last_submission if submission is None else submission
    return replace(session, authorizations=known, last_submission=last)


def _granted(request: AuthorizationRequest, grant: Grant) -> tuple[str, ...]:
    """Of what is asked for what is granted, to the provider and on this request's resources."""
    held = set(grant.scopes)
    for indicator in request.resources:
        held.update(grant.resource_scopes.get(indicator, ()))
    return tuple(name for name in request.scopes if name in held)
