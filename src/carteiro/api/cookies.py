"""The cookies of signing in, in the reference's form (experience §0.5, §1.5).

Each but ``_logto`` has a companion ``<name>.sig`` over its name and value. A name that comes twice
with different values is as good as none: one of the two was put there by a neighbouring host.

Such a host may as well put a whole interaction of its own into a browser that has none, and go on
as whoever proves themselves in it. So under https a browser also keeps, in a cookie that none but
this very host can set, which interactions began in it; the others are none here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.context import Context, context_of
from carteiro.model import json_text
from carteiro.oidc.errors import SessionNotFound
from carteiro.secrets import same

INTERACTION, RESUME, SESSION, LOGTO = "_interaction", "_interaction_resume", "_session", "_logto"
BEGUN = "__Host-_interaction"
"""The interactions that began in this browser, newest last; under https alone."""
LEGACY = "_legacy"
"""The entry of the interaction that began last."""
_APPS = 20
"""Applications whose interactions a browser keeps at once: the cookie stays under 4 kB."""
_UNRESERVED = "!*'()"
_VALUES = "carteiro.cookies"
"""Where the scope has the request's."""


def interaction_uid(request: Request) -> str:
    """The interaction that a request is about. Raises ``SessionNotFound``.

    The header ``Logto-App-Id`` or the query's ``app_id`` picks one, else it is the latest.
    """
    known = _interactions(request)
    asked = request.headers.get("logto-app-id") or request.query_params.get("app_id")
    uid = known.get(asked or LEGACY)
    if uid is None and known.keys() == {LEGACY}:
        # A cookie from before there was more than one.
        uid = known[LEGACY]
    if uid is None or not _began_here(request, uid):
        raise SessionNotFound("interaction session id cookie not found")
    return uid


def resume_secret(request: Request, uid: str) -> str | None:
    """What shows that this browser began the interaction, at whose address it is."""
    return _signed(request, RESUME) if _began_here(request, uid) else None


def session_secret(request: Request) -> str | None:
    """What shows which session the browser has."""
    return _signed(request, SESSION)


def only(request: Request, name: str) -> str | None:
    """A cookie's value; none where it comes twice with different ones."""
    values = _values(request).get(name)
    return values[0] if values and values.count(values[0]) == len(values) else None


def logto_hints(request: Request) -> Mapping[str, str]:
    """``appId``, ``organizationId`` and ``uiLocales`` of the latest redirect to a page.

    It is not signed and read leniently: whatever cannot be read says nothing.
    """
    values = _values(request).get(LOGTO, [])
    try:
        given = json_text.read(unquote(values[0])) if values else {}
    except ValueError:
        given = {}
    if not isinstance(given, dict):
        return {}
    names = ("appId", "organizationId", "uiLocales")
    return {name: given[name] for name in names if isinstance(given.get(name), str)}


def put_interaction(
    request: Request,
    response: Response,
    *,
    client_id: str,
    uid: str,
    resume: str,
    hints: Mapping[str, str],
    seconds: int,
) -> None:
    """Give the browser an interaction beside those of other applications."""
    others = {
        name: other
        for name, other in _interactions(request).items()
        if name not in {client_id, LEGACY}
    }
    kept = dict(list(others.items())[-(_APPS - 1) :])
    value = _encoded({**kept, client_id: uid, LEGACY: uid})
    _put_signed(request, response, INTERACTION, value, seconds)
    _put_signed(request, response, RESUME, resume, seconds, path=f"/oidc/auth/{uid}")
    if _is_secure(context_of(request)):
        begun = ".".join([*_begun(request)[-(_APPS - 1) :], uid])
        put(request, response, BEGUN, begun, seconds)
    put_hints(request, response, hints)


def put_hints(request: Request, response: Response, hints: Mapping[str, str]) -> None:
    """Say what ``logto_hints`` reads."""
    secure = _is_secure(context_of(request))
    _put(response, f"{LOGTO}={_encoded(hints)}; Path=/; SameSite=lax", secure=secure)


def put(
    request: Request, response: Response, name: str, value: str, seconds: int, path: str = "/"
) -> None:
    """Give the browser a cookie that no script reads and no other site has sent.

    ``value`` is of the characters that RFC 6265 §4.1.1 lets a cookie have.
    """
    # Written out: Starlette's own way puts a jar around each, and a sign-in sets seventeen.
    text = f"{name}={value}; HttpOnly; Max-Age={seconds}; Path={path}; SameSite=lax"
    _put(response, text, secure=_is_secure(context_of(request)))


def clear_resume(request: Request, response: Response, uid: str) -> None:
    """Take the proof of an interaction that is over from the browser."""
    for name in (RESUME, f"{RESUME}.sig"):
        _clear(request, response, name, path=f"/oidc/auth/{uid}")


def put_session(request: Request, response: Response, secret: str, seconds: int) -> None:
    """Give the browser its session."""
    _put_signed(request, response, SESSION, secret, seconds)


def clear_session(request: Request, response: Response) -> None:
    """Take its session from the browser."""
    for name in (SESSION, f"{SESSION}.sig"):
        _clear(request, response, name, path="/")


def _began_here(request: Request, uid: str) -> bool:
    return uid in _begun(request) or not _is_secure(context_of(request))


def _begun(request: Request) -> list[str]:
    found = only(request, BEGUN)
    return [] if found is None else found.split(".")


def _interactions(request: Request) -> dict[str, str]:
    value = _signed(request, INTERACTION)
    if value is None:
        return {}
    text = unquote(value)
    try:
        given: Any = json_text.read(text)
    except ValueError:
        return {LEGACY: text}
    if not isinstance(given, dict):
        return {}
    return {name: uid for name, uid in given.items() if isinstance(uid, str)}


def _signed(request: Request, name: str) -> str | None:
    """A cookie's value as the browser sends it, if it is ours and not ambiguous."""
    found, signature = only(request, name), only(request, f"{name}.sig")
    if found is None or signature is None:
        return None
    wanted = _signature(context_of(request), name, found)
    return found if same(wanted.encode(), signature.encode()) else None


def _values(request: Request) -> Mapping[str, list[str]]:
    """Every cookie of the request, each value as it is sent."""
    known: dict[str, list[str]] | None = request.scope.get(_VALUES)
    if known is None:
        known = request.scope[_VALUES] = {}
        for name, line in request.scope["headers"]:
            if name != b"cookie":
                continue
            for pair in str(line, "latin-1").split(";"):
                key, separator, value = pair.strip().partition("=")
                if separator:
                    known.setdefault(key.strip(), []).append(value.strip().strip('"'))
    return known


def _put_signed(
    request: Request,
    response: Response,
    name: str,
    value: str,
    seconds: int,
    path: str = "/",
) -> None:
    context = context_of(request)
    pairs = {name: value, f"{name}.sig": _signature(context, name, value)}
    for key, text in pairs.items():
        put(request, response, key, text, seconds, path)


def _put(response: Response, text: str, *, secure: bool) -> None:
    whole = f"{text}; Secure" if secure else text
    response.raw_headers.append((b"set-cookie", whole.encode("latin-1")))


def _clear(request: Request, response: Response, name: str, *, path: str) -> None:
    put(request, response, name, "", 0, path)


def _signature(context: Context, name: str, value: str) -> str:
    """It outlives a rotation of the keys, so that nobody is signed out by one."""
    return context.world.keyring.index_digest("cookie", context.tenant_id, name, value)


def _encoded(value: Mapping[str, str]) -> str:
    return quote(json_text.write(value), safe=_UNRESERVED)


def _is_secure(context: Context) -> bool:
    return context.origin.startswith("https://")
