"""Forms of pages: that a page of ours has sent it, and that it was made for this interaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from carteiro.api.context import context_of
from carteiro.secrets import same
from carteiro.verification.policy import LONGEST_CODE

_MOST_BYTES = 32 * 1024
_MOST_FIELDS = 1000
TOKEN = "xsrf"  # noqa: S105 - a field's name
Form = Mapping[str, str]


async def read_form(request: Request) -> Form | None:
    """The fields of a form, the last of each name; ``None`` for what is no form of a page."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return None
    body = await request.body()
    if len(body) > _MOST_BYTES:
        return None
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        return None
    return {name: value.replace("\x00", "") for name, value in pairs}


def typed_code(form: Form, box: str) -> str:
    """What was typed into the boxes, or into the one field that there is without script."""
    boxes = "".join(form.get(f"{box}_{place}", "") for place in range(LONGEST_CODE))
    return boxes or form.get("code", "")


def is_ours(request: Request) -> bool:
    """Whether a page of this origin has sent it (Fetch standard §3.2, §2.2.5).

    A page without a referrer sends ``Origin: null`` with its forms; then the browser says by
    itself whether it was of the same origin, wherever there is TLS. Else the token decides.
    """
    origin = request.headers.get("origin", "null")
    if origin != "null":
        return origin == context_of(request).origin
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def new_token(request: Request, about: str) -> str:
    """What a form carries: made anew for each, and good for one interaction or session only."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_signed(request, about, nonce)}"


def holds(request: Request, about: str, token: str) -> bool:
    """Whether a form's token was made for this interaction or session."""
    nonce, _, signature = token.partition(".")
    return same(signature.encode(), _signed(request, about, nonce).encode())


def submission_of(request: Request, form: Form) -> str:
    """What tells a form, with all that is in it, from every other; nothing can be read from it."""
    context = context_of(request)
    parts = [part for name in sorted(form) for part in (name, form[name])]
    path = request.scope["path"]
    return context.world.keyring.index_digest("submission", context.tenant_id, path, *parts)


def _signed(request: Request, about: str, nonce: str) -> str:
    context = context_of(request)
    return context.world.keyring.index_digest("form", context.tenant_id, about, nonce)
