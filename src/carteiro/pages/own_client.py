"""Pages that sign people in as any application would: by the provider, with a code and a token.

The token stays in a cookie that no script reads. Whoever comes back shows that the same browser was
sent away: a neighbouring host cannot bring somebody in as somebody else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carteiro import secrets
from carteiro.api.context import Context, context_of
from carteiro.api.cookies import put
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.flows.sign_in.tokens.authenticate import authenticate
from carteiro.flows.sign_in.tokens.exchange import exchange
from carteiro.oidc.errors import AccessDenied
from carteiro.secrets import same

_WAY_SECONDS = 86_400
_NO_STORE = {"Cache-Control": "no-store"}
_OURS = frozenset(
    {
        *("client_id", "redirect_uri", "response_type", "response_mode", "scope", "state"),
        *("code_challenge", "code_challenge_method", "request", "request_uri"),
    }
)
"""What an authorization request of these pages says by itself."""
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnClient:
    """A client that is part of the service, and lives below ``path``.

    ``pages`` are the addresses to which people may come back.
    """

    id: str
    path: str
    scopes: Sequence[str]
    pages: frozenset[str] = field(default_factory=frozenset)

    def returns(self, request: Request) -> bool:
        """Whether the provider sends somebody back with this request."""
        asked = request.query_params
        return "state" in asked and ("code" in asked or "error" in asked)

    def send_off(self, request: Request, back: str, more: Pairs = ()) -> Response:
        """Have somebody sign in, with ``more`` parameters, and come back to the page ``back``."""
        context = context_of(request)
        secret = request.cookies.get(self._name(context, "way")) or secrets.opaque_value()
        nonce = secrets.opaque_value()
        verifier = self._verifier(context, secret, nonce)
        digest = hashlib.sha256(verifier.encode()).digest()
        wished = [scope for name, value in more if name == "scope" for scope in value.split()]
        query = [
            ("client_id", self.id),
            ("redirect_uri", context.origin + self.path),
            ("response_type", "code"),
            ("scope", " ".join(dict.fromkeys([*self.scopes, *wished]))),
            ("state", f"{nonce}.{self._sealed(context, secret, nonce, back)}.{back}"),
            ("code_challenge", base64.urlsafe_b64encode(digest).rstrip(b"=").decode()),
            ("code_challenge_method", "S256"),
            *((name, value) for name, value in more if name not in _OURS),
        ]
        response = RedirectResponse(f"/oidc/auth?{urlencode(query)}", 303, _NO_STORE)
        self._put(request, response, "way", secret, _WAY_SECONDS)
        return response

    async def come_back(self, request: Request) -> Response:
        """Exchange the code that somebody comes back with. Raises an ``OAuthError``."""
        context, given = context_of(request), request.query_params
        secret = request.cookies.get(self._name(context, "way")) or ""
        nonce, _, rest = given["state"].partition(".")
        seal, _, back = rest.partition(".")
        wanted = self._sealed(context, secret, nonce, back)
        if not secret or not same(seal.encode(), wanted.encode()):
            raise AccessDenied("this browser was not sent away from here")
        if "code" not in given:
            raise AccessDenied(given.get("error_description") or given["error"])
        visit = visit_of(context)
        parameters = {
            "grant_type": "authorization_code",
            "client_id": self.id,
            "code": given["code"],
            "redirect_uri": context.origin + self.path,
            "code_verifier": self._verifier(context, secret, nonce),
        }
        endpoint = f"{context.issuer}/token"
        who = await authenticate(visit, parameters, None, endpoint=endpoint)
        got = await exchange(visit, who, parameters)
        to = back if back in self.pages else self.path
        response = RedirectResponse(to, 303, _NO_STORE)
        self._put(request, response, "token", got["access_token"], got["expires_in"])
        return response

    def token(self, request: Request) -> str | None:
        """The access token of whoever has signed in here."""
        return request.cookies.get(self._name(context_of(request), "token"))

    def sign_out(self, request: Request) -> Response:
        """End the session of the browser, and come back."""
        context = context_of(request)
        after = {"client_id": self.id, "post_logout_redirect_uri": context.origin + self.path}
        response = RedirectResponse(f"/oidc/session/end?{urlencode(after)}", 303, _NO_STORE)
        self._put(request, response, "token", "", 0)
        return response

    def _put(
        self, request: Request, response: Response, what: str, value: str, seconds: int
    ) -> None:
        put(request, response, self._name(context_of(request), what), value, seconds)

    def _name(self, context: Context, what: str) -> str:
        """A name that no neighbouring host can set, wherever there is TLS."""
        return f"{'__Host-' if _is_secure(context) else ''}_{self.id}_{what}"

    def _sealed(self, context: Context, secret: str, nonce: str, back: str) -> str:
        parts = ("own state", context.tenant_id, self.id, secret, nonce, back)
        return context.world.keyring.index_digest(*parts)

    def _verifier(self, context: Context, secret: str, nonce: str) -> str:
        parts = (context.tenant_id, self.id, secret, nonce)
        digest = context.world.keyring.index_digest
        return digest("own verifier", *parts) + digest("own verifier, too", *parts)


def visit_of(context: Context) -> Visit:
    """A page's own call to the provider."""
    return Visit(
        world=context.world, tenant_id=context.tenant_id, origin=context.origin, by=context.by
    )


def _is_secure(context: Context) -> bool:
    return context.origin.startswith("https://")
