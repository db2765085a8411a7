"""A page of somebody's account: signed in by the browser's session, as an application is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carteiro import errors
from carteiro.api.context import context_of
from carteiro.api.cookies import logto_hints, put_hints, session_secret
from carteiro.api.problems import status_of
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import CarteiroError
from carteiro.flows.account.inside import Bearer
from carteiro.flows.account.overview import Overview, overview
from carteiro.flows.guards.known_browsers import COOKIE
from carteiro.flows.sign_in.screens.identifiers import plain
from carteiro.flows.sign_in.screens.shown import spoken_in
from carteiro.flows.sign_in.screens.state import Said
from carteiro.flows.sign_in.screens.words import words_for
from carteiro.flows.sign_in.show_settings import experience_of
from carteiro.languages.spoken import Spoken
from carteiro.oidc.errors import OAuthError
from carteiro.pages.account.memory import Memory, remember, remembered
from carteiro.pages.forms import TOKEN, Form, holds, is_ours, new_token, read_form
from carteiro.pages.frame import Frame, render
from carteiro.pages.moves import BY_SCRIPT, moved
from carteiro.pages.notices import failed, notice
from carteiro.pages.own_client import OwnClient

HOME = "/account"
EMAIL, PHONE, PASSWORD, USERNAME = (
    f"{HOME}/{name}" for name in ("email", "phone", "password", "username")
)
SECURITY, SESSIONS = f"{HOME}/security", f"{HOME}/sessions"
CLIENT = OwnClient(
    id="account-center",
    path=HOME,
    scopes=(
        *("openid", "profile", "email", "phone", "address", "identities", "custom_data"),
        "urn:logto:scope:sessions",
    ),
    pages=frozenset({HOME, EMAIL, PHONE, PASSWORD, USERNAME, SECURITY, SESSIONS}),
)
_LONGEST = 256
_LANGUAGE = "uiLocales"
_WORDS: Mapping[type[CarteiroError], Said] = {
    errors.EmailInUse: Said("own.taken"),
    errors.PhoneInUse: Said("own.taken"),
    errors.FieldNotEditable: Said("error.feature_not_enabled"),
    errors.IdentityNotVerified: Said("account_center.verification.verification_required"),
    errors.LastSignInMethod: Said("own.last_way"),
    errors.ValueTooLong: Said("error.general_invalid"),
    errors.VerificationRecordNotFound: Said("own.no_code"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: the person, what their page shows, and what was said before."""

    request: Request
    bearer: Bearer = field(repr=False)
    workspace: Workspace = field(repr=False)
    seen: Overview
    memory: Memory

    @property
    def path(self) -> str:
        """The page."""
        path: str = self.request.scope["path"]
        return path

    async def spoken(self) -> Spoken:
        """The language that the person is met in, by page and by mail."""
        return await spoken_in(self.bearer.world, self.workspace, self.seen.tag)

    def again(self, toast: Said | None = None, **errors: Said) -> Went:
        """Show this page again, with something to say."""
        return Went(to=self.path, memory=self.memory.saying(self.path, toast, **errors))

    def on(self, to: str, toast: Said) -> Went:
        """Go on to another page, and say there what was done; no code is waited for any more."""
        return Went(to=to, memory=replace(self.memory, pending=None).saying(to, toast))

    async def page(self, template: str, *, scripts: Sequence[str] = (), **values: Any) -> Response:
        """The answer with a page. ``values`` are the template's, beside ``seen`` and ``state``."""
        request = self.request
        experience = experience_of(self.workspace)
        frame = Frame(
            spoken=await self.spoken(),
            workspace=self.workspace,
            experience=experience
            | {"customCss": self.seen.center.custom_css or experience["customCss"]},
            name="",
            app_id=CLIENT.id,
            scripts=scripts,
            choice=self.workspace.auto_detect,
            token=new_token(request, self.bearer.token),
        )
        given = {
            "seen": self.seen,
            "account": self.seen.account,
            "state": self.memory.on(self.path),
            # Each of these pages takes the choice of a language by itself.
            "to": lambda _: self.path,
        }
        return render(request, template, frame, **{**given, **values})


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """Where a form has led, and what is remembered for it."""

    to: str
    memory: Memory = field(repr=False)


Get = Callable[[Call], Awaitable[Response]]
Post = Callable[[Call, Form], Awaitable[Went]]


def words(error: CarteiroError, **values: Any) -> Said:
    """What the page says of an error."""
    for kind in type(error).__mro__:
        if kind in _WORDS:
            return _WORDS[kind]
    return words_for(error, **values)


def screen(path: str, get: Get, post: Post, *, with_sessions: bool = False) -> list[Route]:
    """The routes of a page; whoever is not signed in is sent to sign in, and comes back to it."""

    async def shown_page(request: Request) -> Response:
        if path == HOME and CLIENT.returns(request):
            return await _returned(request)
        try:
            return await get(await _enter(request, with_sessions=with_sessions))
        except CarteiroError as error:
            return await _stopped(request, path, error)

    async def sent_form(request: Request) -> Response:
        form = await read_form(request)
        try:
            call = await _enter(request)
            token = call.bearer.token
            if (
                form is None
                or not is_ours(request)
                or not holds(request, token, form.get(TOKEN, ""))
            ):
                return moved(request, path)
            if "sign_out" in form:
                return _signed_out(request)
            if "lng" in form:
                return _spoken_to(call, form["lng"])
            went = await _work(call, post, form)
        except CarteiroError as error:
            return await _stopped(request, path, error)
        response = moved(request, went.to)
        remember(request, response, token, went.memory)
        return response

    return [Route(path, shown_page), Route(path, sent_form, methods=["POST"])]


async def _work(call: Call, post: Post, form: Form) -> Went:
    try:
        return await post(call, form)
    except errors.Unauthorized:
        raise
    except errors.IdentityNotVerified as error:
        return _unproven(call, form).again(words(error))
    except CarteiroError as error:
        if status_of(error) >= 500:
            raise
        return call.again(words(error))


def _unproven(call: Call, form: Form) -> Call:
    """Their proof is over: it is asked for before anything else, and what was typed comes after."""
    waits = call.memory.on(call.path).pending
    typed = waits.identifier.value if waits and waits.binds else plain(form.get("identifier", ""))
    memory = replace(call.memory, pending=None, proof_id=None, typed=typed[:_LONGEST])
    return replace(call, memory=memory)


async def _enter(request: Request, *, with_sessions: bool = False) -> Call:
    token = CLIENT.token(request)
    if token is None:
        raise errors.Unauthorized
    context, memory = context_of(request), remembered(request, token)
    bearer = Bearer(
        world=context.world,
        tenant_id=context.tenant_id,
        origin=context.origin,
        by=context.by,
        token=token,
        proof_id=memory.proof_id,
        locales=request.query_params.getlist("locale"),
        accept_language=request.headers.get("accept-language"),
        ui_locales=logto_hints(request).get(_LANGUAGE),
        browser=request.cookies.get(COOKIE),
    )
    seen = await overview(
        bearer,
        session_secret(request),
        pending=memory.pending.proof_id if memory.pending else None,
        with_sessions=with_sessions,
    )
    if not seen.identified:
        memory = replace(memory, proof_id=None)
        bearer = replace(bearer, proof_id=None)
    workspace = await context.world.workspaces.of(context.tenant_id)
    return Call(request=request, bearer=bearer, workspace=workspace, seen=seen, memory=memory)


def _signed_out(request: Request) -> Response:
    response = CLIENT.sign_out(request)
    to = response.headers["location"]
    if BY_SCRIPT in request.headers:
        scripted = moved(request, to)
        scripted.raw_headers.extend(one for one in response.raw_headers if one[0] == b"set-cookie")
        return scripted
    return response


def _spoken_to(call: Call, tag: str) -> Response:
    """The same page in a language of the tenant's: from now on for mails, too."""
    response = moved(call.request, call.path)
    match = call.workspace.library.match(tag)
    if match is not None:
        hints = {**logto_hints(call.request), _LANGUAGE: match.tag}
        put_hints(call.request, response, hints)
    return response


async def _returned(request: Request) -> Response:
    try:
        return await CLIENT.come_back(request)
    except OAuthError:
        title, help_ = "own.session_over", "own.session_over_help"
        way_on = (HOME, "action.sign_in")
        return await notice(request, title, help_, status=400, names_request=True, way_on=way_on)


async def _stopped(request: Request, path: str, error: CarteiroError) -> Response:
    """Whoever is not signed in signs in; who has no such page reads so."""
    if isinstance(error, errors.Unauthorized):
        if request.method == "POST":
            return moved(request, path)
        chosen = logto_hints(request).get(_LANGUAGE)
        return CLIENT.send_off(request, path, [("ui_locales", chosen)] if chosen else [])
    if isinstance(error, errors.AccountCenterNotEnabled):
        title, help_ = "account_center.home.title", "account_center.home.description"
        return await notice(request, title, help_, status=404)
    if status_of(error) < 500 or BY_SCRIPT in request.headers:
        raise error
    response = await failed(request, status_of(error))
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response
