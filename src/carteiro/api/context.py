"""Who is asking whom: the tenant, the caller and the world that a request works in."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import HTTPConnection
from starlette.types import Scope

from carteiro.errors import (
    AuthorizationHeaderMissing,
    AuthorizationTypeNotSupported,
    UnknownTenant,
)
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.oidc.issuer import issuer

DEFAULT_TENANT = "default"
_FORWARDED = b"x-forwarded-for"
_CONTEXT = "carteiro.context"
"""Where the scope has it: pages ask for it again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where this deployment lives, from the settings."""

    public_url: str
    tenant_domain: str | None = None
    trusted_proxies: int = 0
    console_url: str | None = None
    """Whose pages may frame the preview of the sign-in page; the tenant's own where unset."""
    security_contacts: tuple[str, ...] = ()
    security_policy: str | None = None
    status_api_key: str | None = field(default=None, repr=False)

    def origin_of(self, tenant_id: str) -> str:
        """Scheme and host under which people reach a tenant; it is not looked up."""
        if self.tenant_domain is None or tenant_id == DEFAULT_TENANT:
            return self.public_url
        scheme, _, public = self.public_url.partition("://")
        port = public.partition(":")[2]
        host = f"{tenant_id}.{self.tenant_domain}".lower()
        return f"{scheme}://{host}" + (f":{port}" if port else "")


@dataclass(frozen=True, slots=True)
class Context:
    """What an endpoint needs to know of its request."""

    world: World
    tenant_id: str
    origin: str
    """Scheme and host under which this tenant is reached, without a path."""
    by: Actor
    """Who asks. Until the token is checked only the address and the user agent are known."""
    sees_secrets: bool = False
    """Whether what is stored in secret is shown: the token carries ``all``."""
    scopes: frozenset[str] = frozenset()
    """What the token carries, for routes of which a part needs more than the rest."""

    @property
    def issuer(self) -> str:
        """The issuer of this tenant's tokens."""
        return issuer(self.origin)


def context_of(request: HTTPConnection) -> Context:
    """Read the request's context. Raises ``UnknownTenant``."""
    scope = request.scope
    known: Context | None = scope.get(_CONTEXT)
    if known is not None:
        return known
    world: World = request.app.state.world
    site: Site = request.app.state.site
    tenant_id, origin = DEFAULT_TENANT, site.public_url
    if site.tenant_domain is not None:
        tenant_id, origin = _tenant_of(header(scope, b"host") or "", site)
    by = Actor(ip=client_ip(scope, site.trusted_proxies), user_agent=header(scope, b"user-agent"))
    context = scope[_CONTEXT] = Context(world, tenant_id, origin, by)
    return context


async def authorize(
    context: Context, authorization: str | None, needs: str | None = None
) -> Context:
    """Check the caller's token for the management API. Raises the ``auth.*`` errors.

    Its scope is ``all``, or the one that the route ``needs``. From then on the context knows who
    asks.
    """
    if authorization is None:
        raise AuthorizationHeaderMissing
    if not authorization.startswith("Bearer"):
        raise AuthorizationTypeNotSupported
    token = authorization.removeprefix("Bearer").strip()
    access = await context.world.tokens.verify(
        token, tenant_id=context.tenant_id, issuer=context.issuer, needs=needs
    )
    user_id = None if access.is_app else access.subject
    by = context.by.acting(application_id=access.client_id, user_id=user_id)
    return Context(
        context.world, context.tenant_id, context.origin, by, access.manages, access.scopes
    )


def client_ip(scope: Scope, trusted_proxies: int) -> str | None:
    """The caller's address: the socket's, or what the outermost trusted proxy saw.

    Only as many entries of ``X-Forwarded-For`` as there are trusted proxies are believed, counted
    from the right; whatever a client puts in front of them is ignored.
    """
    if trusted_proxies:
        # A proxy adds to the header, or one more of it below what the client has sent.
        lines = [str(value, "latin-1") for key, value in scope["headers"] if key == _FORWARDED]
        entries = [part.strip() for part in ",".join(lines).split(",") if part.strip()]
        if entries:
            return entries[-min(trusted_proxies, len(entries))]
    client = scope.get("client")
    return client[0] if client else None


def _tenant_of(host: str, site: Site) -> tuple[str, str]:
    public = site.public_url.partition("://")[2]
    name = host.lower().partition(":")[0]
    domain = (site.tenant_domain or "").lower()
    if name == public.partition(":")[0]:
        return DEFAULT_TENANT, site.public_url
    tenant_id = name.removesuffix(f".{domain}")
    if tenant_id == name or not tenant_id.replace("-", "").isalnum():
        raise UnknownTenant
    return tenant_id, site.origin_of(tenant_id)


def header(scope: Scope, name: bytes) -> str | None:
    """The first of the request's headers of that name, which is in small letters."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None
