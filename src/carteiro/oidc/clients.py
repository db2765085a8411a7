"""Applications as the provider's clients: what each may do and where its people are sent back to.

Defaults are the reference's (experience §1.3). Clients that are part of the service stand in no
table; their addresses are those of the tenant itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carteiro.oidc.redirects import is_registered, origin_of
from carteiro.storage.tenancy.applications import ApplicationRow

DAY = 86_400
ID_TOKEN_SECONDS = 3600
REFRESH_DAYS = 14
_PUBLIC = frozenset({"Native", "SPA"})
_INTERACTIVE = _PUBLIC | {"Traditional"}
_BUILT_IN = {
    "demo-app": ("Live Preview", "/demo-app", "/demo-app"),
    "account-center": ("Account Center", "/account", "/account"),
    "console": ("Console", "/console/callback", "/console"),
    "invitations": ("Invitations", "/invitation", "/invitation"),
}
"""Name, where people return to after signing in, and after signing out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client as the protocol sees it; times are seconds."""

    id: str
    name: str
    type: str
    is_third_party: bool = False
    is_built_in: bool = False
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    id_token_seconds: int = ID_TOKEN_SECONDS
    refresh_seconds: int = REFRESH_DAYS * DAY
    rotates: bool = True
    always_refreshes: bool = False
    most_grants: int | None = None
    logout_uri: str | None = None
    """Where it is told that somebody has signed out."""
    names_session: bool = False
    """Whether its id tokens have ``sid``."""
    jwks: Mapping[str, Any] | None = field(default=None, repr=False)
    """Public keys that its assertions are signed with."""

    @property
    def is_public(self) -> bool:
        """Whether it has no secret."""
        return self.type in _PUBLIC

    @property
    def is_interactive(self) -> bool:
        """Whether people sign in to it."""
        return self.type in _INTERACTIVE

    @property
    def is_web(self) -> bool:
        """Whether it lives behind web addresses, in a browser or on a server."""
        return self.type != "Native"

    def returns_to(self, uri: str) -> bool:
        """Whether people may be sent back there with an answer."""
        loopback = self.type == "Native"
        return any(is_registered(known, uri, loopback=loopback) for known in self.redirect_uris)

    def leaves_to(self, uri: str) -> bool:
        """Whether people may be sent there after they have signed out."""
        return any(is_registered(known, uri) for known in self.post_logout_redirect_uris)

    def calls_from(self, origin: str) -> bool:
        """Whether pages of this origin may call the provider in a browser."""
        if origin in self.allowed_origins:
            return True
        return any(is_registered(known, f"{origin}/") for known in self._origins())

    def _origins(self) -> list[str]:
        known = (origin_of(uri) for uri in (*self.redirect_uris, *self.allowed_origins))
        return [f"{origin}/" for origin in known if origin is not None]


def client_of(row: ApplicationRow) -> Client:
    """A stored application as a client."""
    metadata: dict[str, Any] = json.loads(row.oidc_client_metadata)
    custom: dict[str, Any] = json.loads(row.custom_client_metadata)
    days = custom.get("refreshTokenTtlInDays") or REFRESH_DAYS
    return Client(
        id=row.id,
        name=row.name,
        type=row.type,
        is_third_party=row.is_third_party,
        redirect_uris=tuple(metadata.get("redirectUris", ())),
        post_logout_redirect_uris=tuple(metadata.get("postLogoutRedirectUris", ())),
        allowed_origins=tuple(custom.get("corsAllowedOrigins") or ()),
        id_token_seconds=custom.get("idTokenTtl") or ID_TOKEN_SECONDS,
        refresh_seconds=custom.get("refreshTokenTtl") or days * DAY,
        rotates=custom.get("rotateRefreshToken") is not False,
        always_refreshes=custom.get("alwaysIssueRefreshToken") is True,
        most_grants=custom.get("maxAllowedGrants"),
        logout_uri=metadata.get("backchannelLogoutUri"),
        names_session=metadata.get("backchannelLogoutSessionRequired") is True,
        jwks=metadata.get("jwks"),
    )


def built_in_client(id: str, origin: str) -> Client | None:  # noqa: A002 - the wire's name
    """A client that is part of the service, for the tenant that lives at ``origin``."""
    if id not in _BUILT_IN:
        return None
    name, back, out = _BUILT_IN[id]
    return Client(
        id=id,
        name=name,
        type="SPA",
        is_built_in=True,
        redirect_uris=(f"{origin}{back}",),
        post_logout_redirect_uris=(f"{origin}{out}",),
        always_refreshes=id == "account-center",
    )
