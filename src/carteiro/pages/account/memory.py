"""What the account's pages remember in the browser between a form and the page after it.

Ids and words by their keys, signed, and good for one token only: no password and no code.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.context import context_of
from carteiro.api.cookies import put
from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.flows.sign_in.screens.state import Said
from carteiro.secrets import same

_NAME = "_account_pages"
_SECONDS = 3600
_MOST = 4000
"""Characters that a browser keeps of a cookie."""
_NOTHING: Mapping[str, Any] = {"errors": {}, "toast": None, "typed": "", "fields": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A code that was sent: by its proof, to where, and when the next may be asked for."""

    proof_id: str
    identifier: Identifier
    next_at: int
    page: str
    """The path of the page that waits for it."""
    binds: bool
    """Whether the address is to become the account's; else it shows who the person is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All of it. ``proof_id`` shows who somebody is; ``errors`` and ``toast`` are for ``page``."""

    proof_id: str | None = None
    pending: Pending | None = None
    page: str = ""
    errors: Mapping[str, Said] = field(default_factory=dict)
    toast: Said | None = None
    typed: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What was typed into the fields of a form that was not taken."""

    def saying(self, page: str, toast: Said | None = None, **errors: Said) -> Self:
        """The same with something to say on a page."""
        return replace(self, page=page, errors=errors, toast=toast)

    def on(self, page: str) -> Self:
        """What there is to say on this page, and the code that it waits for."""
        pending = self.pending if self.pending and self.pending.page == page else None
        quiet = self if page == self.page else replace(self, **_NOTHING)
        return replace(quiet, pending=pending)


def remembered(request: Request, token: str) -> Memory:
    """What was remembered; nothing where the cookie is not of this browser's page."""
    value, _, seal = request.cookies.get(_NAME, "").partition(".")
    if not value or not same(seal.encode(), _seal(request, token, value).encode()):
        return Memory()
    stored = json.loads(base64.urlsafe_b64decode(value.encode()))
    waits, toast = stored.get("pending"), stored.get("toast")
    return Memory(
        proof_id=stored.get("proof"),
        pending=None if waits is None else _pending(waits),
        page=stored.get("page", ""),
        errors={name: Said.from_wire(one) for name, one in stored.get("errors", {}).items()},
        toast=None if toast is None else Said.from_wire(toast),
        typed=stored.get("typed", ""),
        fields=stored.get("fields", {}),
    )


def remember(request: Request, response: Response, token: str, memory: Memory) -> None:
    """Keep it for the page that comes next."""
    waits, toast = memory.pending, memory.toast
    stored = {
        "proof": memory.proof_id,
        "pending": None if waits is None else _pending_to_wire(waits),
        "page": memory.page,
        "errors": {name: said.to_wire() for name, said in memory.errors.items()},
        "toast": None if toast is None else toast.to_wire(),
        "typed": memory.typed,
        "fields": memory.fields,
    }
    text = json.dumps({name: value for name, value in stored.items() if value})
    value = base64.urlsafe_b64encode(text.encode()).decode()
    if len(value) > _MOST:
        # What is wrong with a field is said before what was typed there is kept.
        less = _NOTHING if not memory.fields else {"fields": {}}
        return remember(request, response, token, replace(memory, **less))
    sealed = f"{value}.{_seal(request, token, value)}"
    put(request, response, _NAME, sealed, _SECONDS, "/account")
    return None


def _pending(stored: Mapping[str, Any]) -> Pending:
    return Pending(
        proof_id=stored["id"],
        identifier=Identifier(IdentifierType(stored["type"]), stored["to"]),
        next_at=stored["nextAt"],
        page=stored["page"],
        binds=stored["binds"],
    )


def _pending_to_wire(waits: Pending) -> dict[str, Any]:
    return {
        "id": waits.proof_id,
        "type": waits.identifier.type.value,
        "to": waits.identifier.value,
        "nextAt": waits.next_at,
        "page": waits.page,
        "binds": waits.binds,
    }


def _seal(request: Request, token: str, value: str) -> str:
    context = context_of(request)
    return context.world.keyring.index_digest("account pages", context.tenant_id, token, value)
