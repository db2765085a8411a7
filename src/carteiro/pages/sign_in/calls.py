"""A page of an interaction is asked for, or sends its form: what every such call has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carteiro.api.context import context_of
from carteiro.api.guests import guest_of, put_browser
from carteiro.api.problems import status_of
from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.provider.guard_pages import elsewhere
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.flows.sign_in.screens.once import Went, astray, once
from carteiro.flows.sign_in.screens.paths import SIGN_IN
from carteiro.flows.sign_in.screens.shown import Shown, show
from carteiro.flows.sign_in.screens.state import ScreenState
from carteiro.flows.sign_in.screens.words import words_for
from carteiro.oidc.errors import SessionNotFound
from carteiro.pages.forms import TOKEN, Form, holds, is_ours, new_token, read_form, submission_of
from carteiro.pages.frame import ANY_TOKEN, Frame, render, render_kept
from carteiro.pages.moves import BY_SCRIPT, moved
from carteiro.pages.notices import failed, not_found
from carteiro.pages.sign_in.preview import asks_preview, preview

_NO_STORE = {"Cache-Control": "no-store"}
_NOTHING_DONE = ScreenState()


@dataclass(frozen=True, slots=True)
class Addresses:
    """The pages' addresses within the interactions of one application."""

    client_id: str

    def __call__(self, path: str) -> str:
        return address_of(path, self.client_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: the browser with its interaction, and what its pages show."""

    request: Request
    guest: Guest
    shown: Shown

    def page(
        self,
        template: str,
        *,
        scripts: Sequence[str] = (),
        foreign: Sequence[str] = (),
        alike: bool = False,
        **values: Any,
    ) -> Response:
        """The answer with a page. ``values`` are the template's, beside ``state`` and ``shown``.

        With ``alike`` whoever comes to it afresh sees the same as everybody else. Then it is kept,
        and nothing of ``shown`` is for its template.
        """
        state = self.shown.state.on(self.request.scope["path"])
        token = new_token(self.request, self.guest.uid)
        if alike and state == _NOTHING_DONE:
            frame = frame_of(self.shown, ANY_TOKEN, scripts, foreign)
            to = Addresses(self.shown.interaction.client_id)
            return render_kept(self.request, template, frame, token, state=state, to=to, **values)
        return render(
            self.request,
            template,
            frame_of(self.shown, token, scripts, foreign),
            **{"shown": self.shown, "state": state, "to": self.address, **values},
        )

    def address(self, path: str) -> str:
        """A page's address within this interaction."""
        return address_of(path, self.shown.interaction.client_id)

    def go(self, path: str) -> Response:
        """Send the browser to another page."""
        return RedirectResponse(self.address(path), 303, _NO_STORE)


Get = Callable[[Call], Awaitable[Response]]
Post = Callable[[Guest, Shown, Form], Awaitable[Went]]


def screen(path: str, get: Get, post: Post | None = None) -> list[Route]:
    """The routes of a screen: ``get`` shows it, ``post`` takes its form and says where it leads.

    ``get`` looks at what it is given and changes nothing. ``post`` runs once for each form.
    """

    async def shown_page(request: Request) -> Response:
        if path == SIGN_IN and asks_preview(request):
            return await preview(request)
        try:
            guest = guest_of(request)
            call = Call(request=request, guest=guest, shown=await show(guest))
            return await get(call)
        except SessionNotFound:
            return await nowhere(request)
        except CarteiroError as error:
            return await _fault(request, error)

    async def sent_form(request: Request) -> Response:
        assert post is not None
        return await take_form(request, path, post)

    routes = [Route(path, shown_page)]
    if post is not None:
        routes.append(Route(path, sent_form, methods=["POST"]))
    return routes


async def take_form(request: Request, path: str, post: Post) -> Response:
    """Take a form that was sent to a page, and redirect to where it has led."""
    form = await read_form(request)
    try:
        guest = guest_of(request)
        client_id = request.query_params.get("app_id", "")
        if form is None or not is_ours(request):
            return moved(request, address_of(path, client_id))
        if not holds(request, guest.uid, form.get(TOKEN, "")):
            # A page that was open before another interaction began, in a further tab, say: it is
            # shown as it is now, with a form of its own and what was typed.
            await astray(guest, path, form.get("identifier", ""))
            return moved(request, address_of(path, client_id))
        given = form

        async def work(shown: Shown) -> Went:
            try:
                return await post(guest, shown, given)
            except SessionNotFound:
                raise
            except CarteiroError as error:
                if status_of(error) >= 500:
                    raise
                return Went(to=path, state=shown.state.saying(path, toast=words_for(error)))

        went = await once(guest, submission_of(request, given), work)
    except SessionNotFound:
        return await nowhere(request)
    except CarteiroError as error:
        return await _fault(request, error)
    to = address_of(went.to, client_id) if went.to.startswith("/") else went.to
    response = moved(request, to)
    put_browser(request, response, went.browser)
    return response


async def nowhere(request: Request) -> Response:
    """Send away who is on no way through the pages; whoever wants a preview needs none."""
    if "preview" in request.query_params:
        return await not_found(request)
    context = context_of(request)
    visit = Visit(
        world=context.world, tenant_id=context.tenant_id, origin=context.origin, by=context.by
    )
    return moved(request, await elsewhere(visit), 302)


async def _fault(request: Request, error: CarteiroError) -> Response:
    """A page for what is no fault of the person's: the database is away, a key is missing."""
    if status_of(error) < 500 or BY_SCRIPT in request.headers:
        raise error
    response = await failed(request, status_of(error))
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def address_of(path: str, client_id: str) -> str:
    """A page's address: what the interaction does not know of is not in it."""
    return f"{path}?{urlencode({'app_id': client_id})}" if client_id else path


def frame_of(
    shown: Shown, token: str, scripts: Sequence[str] = (), foreign: Sequence[str] = ()
) -> Frame:
    """The frame of an interaction's pages."""
    return Frame(
        spoken=shown.spoken,
        workspace=shown.workspace,
        experience=shown.experience,
        name=shown.name,
        app_id=shown.interaction.client_id,
        organization_id=shown.extras.organization_id,
        targets=_targets(shown),
        scripts=scripts,
        foreign=foreign,
        choice=shown.workspace.auto_detect,
        token=token,
    )


def _targets(shown: Shown) -> list[str]:
    """Where the last redirect of a form leads: a browser stops it at what is not allowed."""
    parts = urlsplit(str(shown.interaction.params.get("redirect_uri", "")))
    # The numbers of IPv6 are no host that a policy could name (CSP 3 §2.3.1).
    if parts.scheme in {"http", "https"} and parts.netloc and "[" not in parts.netloc:
        return [f"{parts.scheme}://{parts.netloc}"]
    return [f"{parts.scheme}:"] if parts.scheme else []
