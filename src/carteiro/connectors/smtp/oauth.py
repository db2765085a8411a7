"""Access tokens for XOAUTH2: given, refreshed (RFC 6749 §6), or asked for with a key (RFC 7523)."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from carteiro.connectors.contract import Services
from carteiro.connectors.smtp.config import OAuthKeyAuth, OAuthTokenAuth, PrivateKey
from carteiro.errors import DeliveryFailed, InvalidConfig
from carteiro.model.issues import issue

DEFAULT_TOKEN_URL = "https://accounts.google.com/o/oauth2/token"  # noqa: S105 - an address
_MAIL_SCOPE = "https://mail.google.com/"
_ASSERTION_SECONDS = 300
_EARLY_MS = 60_000


class TokenSource:
    """The current token of one account; a new one is asked for once, however many wait."""

    def __init__(self, auth: OAuthKeyAuth | OAuthTokenAuth, services: Services) -> None:
        self._auth = auth
        self._services = services
        self._lock = asyncio.Lock()
        self._token = auth.access_token if isinstance(auth, OAuthTokenAuth) else None
        self._expires = auth.expires if isinstance(auth, OAuthTokenAuth) else None

    async def token(self) -> str:
        """A token that is good for a minute at least. Raises ``ConnectorError``."""
        async with self._lock:
            if self._token is None or self._stale():
                await self._renew()
            assert self._token is not None
            return self._token

    def reject(self, token: str) -> bool:
        """The server did not take the token: is there another to try?"""
        if self._token == token and self._renewable:
            self._token = None
        return self._token is None

    @property
    def _renewable(self) -> bool:
        auth = self._auth
        return isinstance(auth, OAuthKeyAuth) or auth.refresh_token is not None

    def _stale(self) -> bool:
        if self._expires is None or not self._renewable:
            return False
        return self._services.clock.now() > self._expires - _EARLY_MS

    async def _renew(self) -> None:
        if not self._renewable:
            text = "Give an access token, or a refresh token with client id and secret"
            raise InvalidConfig([issue("custom", ["auth"], text)])
        parameters = (
            self._assertion(self._auth)
            if isinstance(self._auth, OAuthKeyAuth)
            else self._refresh(self._auth)
        )
        reply = await self._services.http.post(
            self._auth.access_url or DEFAULT_TOKEN_URL,
            data=urlencode(parameters).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        answer: Any = reply.json()
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not reply.ok or not isinstance(token, str):
            reason = answer.get("error", "no token") if isinstance(answer, dict) else "no token"
            raise DeliveryFailed(
                f"Invalid login: the token endpoint answered {reply.status} ({str(reason)[:100]})"
            )
        self._token = token
        lifetime = answer.get("expires_in")
        now = self._services.clock.now()
        self._expires = now + lifetime * 1000 if isinstance(lifetime, (int, float)) else None

    def _refresh(self, auth: OAuthTokenAuth) -> dict[str, str]:
        given = {
            "grant_type": "refresh_token",
            "client_id": auth.client_id,
            "client_secret": auth.client_secret,
            "refresh_token": auth.refresh_token,
        }
        return {name: value for name, value in given.items() if value is not None}

    def _assertion(self, auth: OAuthKeyAuth) -> dict[str, str]:
        now = self._services.clock.now() // 1000
        claims = {
            "iss": auth.service_client,
            "scope": _MAIL_SCOPE,
            "sub": auth.user,
            "aud": auth.access_url or DEFAULT_TOKEN_URL,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        key = auth.private_key
        pem, password = (key.key, key.passphrase) if isinstance(key, PrivateKey) else (key, None)
        try:
            signer = RSAKey.import_key(pem, password=password)
            assertion = jwt.encode({"alg": "RS256"}, claims, signer, algorithms=["RS256"])
        except (JoseError, ValueError, TypeError):
            text = "The private key cannot be read"
            raise InvalidConfig([issue("custom", ["auth", "privateKey"], text)]) from None
        return {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": assertion,
        }
