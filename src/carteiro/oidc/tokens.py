"""Access tokens: issued to machine-to-machine applications, checked on every management call.

The claims, the audience and the checks follow the reference's management API; the grant is RFC 6749
§4.4 with the resource indicator of RFC 8707, the token's form is RFC 9068.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from carteiro import secrets
from carteiro.clock import Clock
from carteiro.errors import Forbidden, SubjectMissing, Unauthorized
from carteiro.model.management import MANAGEMENT_SCOPE, management_audience
from carteiro.oidc.keys import ALGORITHM, SigningKeys

LIFETIME = 3600
"""Seconds that an access token lives where its resource says nothing else."""
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A verified token."""

    subject: str
    client_id: str | None
    scopes: frozenset[str]
    expires_at: int
    """Milliseconds since the epoch."""

    @property
    def manages(self) -> bool:
        """Whether it may do everything that the management API can do."""
        return MANAGEMENT_SCOPE in self.scopes

    @property
    def is_app(self) -> bool:
        """Whether an application speaks for itself, rather than for a person."""
        return self.subject == self.client_id


class AccessTokens:
    """Issues and verifies.

    A verified token is remembered, with the id of its key, until either is over: a signature check
    on P-384 costs more than all the rest of a request.
    """

    def __init__(self, keys: SigningKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._verified: dict[tuple[str, str, bytes], tuple[AccessToken, str]] = {}

    async def issue(
        self,
        *,
        tenant_id: str,
        issuer: str,
        client_id: str,
        audience: str,
        scope: str | None,
        lifetime: int = LIFETIME,
        subject: str | None = None,
        organization_id: str | None = None,
    ) -> str:
        """Sign a token for an application; it lives ``lifetime`` seconds.

        Without a ``subject`` the application speaks for itself; without a ``scope`` or an
        ``organization_id`` there is no such claim.
        """
        now = self._clock.now() // 1000
        claims = {
            "jti": secrets.standard_id(),
            "sub": subject or client_id,
            "client_id": client_id,
            "iat": now,
            "exp": now + lifetime,
            "iss": issuer,
            "aud": audience,
            **({} if scope is None else {"scope": scope}),
            **({} if organization_id is None else {"organization_id": organization_id}),
        }
        key = (await self._keys.of(tenant_id)).signing
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}
        return jwt.encode(header, claims, key, algorithms=[ALGORITHM])

    async def verify(
        self, token: str, *, tenant_id: str, issuer: str, needs: str | None = None
    ) -> AccessToken:
        """Check a management token: it carries ``all``, or the scope that it ``needs``.

        Raises one of the ``auth.*`` errors.
        """
        slot = (tenant_id, issuer, secrets.fingerprint(token))
        remembered = self._verified.get(slot)
        if remembered is None:
            claims, key_id = await self._claims(token, tenant_id)
            access = self._accept(claims, audience=management_audience(tenant_id), issuer=issuer)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[slot] = access, key_id
        else:
            access, key_id = remembered
            if access.expires_at <= self._clock.now():
                del self._verified[slot]
                raise Unauthorized("The access token has expired.")
            if key_id not in (await self._keys.of(tenant_id)).ids:
                del self._verified[slot]
                raise Unauthorized
        if not access.manages and needs not in access.scopes:
            raise Forbidden
        return access

    async def _claims(self, token: str, tenant_id: str) -> tuple[Mapping[str, Any], str]:
        """What a token says, and the id of the key that has signed it."""
        try:
            keys = await self._keys.with_key(tenant_id, key_id_of(token))
            read = jwt.decode(token, keys.verifying, algorithms=[ALGORITHM])
        except (JoseError, ValueError) as error:
            raise Unauthorized from error
        return read.claims, keys.verifying.get_by_kid(read.header.get("kid")).kid or ""

    def _accept(self, claims: Mapping[str, Any], *, audience: str, issuer: str) -> AccessToken:
        now = self._clock.now() // 1000
        audiences = claims.get("aud")
        audiences = audiences if isinstance(audiences, list) else [audiences]
        expires, not_before = claims.get("exp"), claims.get("nbf", 0)
        if claims.get("iss") != issuer or audience not in audiences:
            raise Unauthorized("The access token is for another issuer or audience.")
        if not isinstance(expires, (int, float)) or not isinstance(not_before, (int, float)):
            raise Unauthorized("The access token has no valid times.")
        if expires <= now or not_before > now:
            raise Unauthorized("The access token has expired or is not valid yet.")
        subject, scope = claims.get("sub"), claims.get("scope")
        if not isinstance(subject, str) or not subject:
            raise SubjectMissing
        client_id = claims.get("client_id")
        return AccessToken(
            subject=subject,
            client_id=client_id if isinstance(client_id, str) else None,
            scopes=frozenset(scope.split()) if isinstance(scope, str) else frozenset(),
            expires_at=int(expires * 1000),
        )


def key_id_of(token: str) -> str:
    """The key that a token names, not yet verified; empty for none. Raises ``ValueError``."""
    try:
        header = jws.extract_compact(token.encode()).headers()
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return str(header.get("kid", ""))
