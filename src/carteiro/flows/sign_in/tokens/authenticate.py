"""An application shows who it is: by a secret, a signature or, where it has neither, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carteiro.errors import UniqueViolation
from carteiro.flows.sign_in.provider.clients import registered
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.oidc.client_assertions import Assertion, verify_assertion
from carteiro.oidc.client_authentication import Credentials, read_credentials
from carteiro.oidc.client_secrets import secret_context
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import InvalidClient, InvalidOAuthRequest, UnknownClient
from carteiro.secrets import fingerprint, same
from carteiro.storage.sign_in import tokens
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind
from carteiro.storage.tenancy.applications import SecretRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticated:
    """An application that is who it says it is."""

    client: Client
    secret_name: str | None = None
    """The secret that it used, by name."""

    @property
    def secret(self) -> dict[str, str] | None:
        """The same as the audit log tells it."""
        return None if self.secret_name is None else {"name": self.secret_name}


async def authenticate(
    visit: Visit, parameters: Mapping[str, str], authorization: str | None
) -> Authenticated:
    """Check a client's word. Raises an ``OAuthError``.

    Any secret that has not expired opens. An unknown client is told so: ids are no secrets.
    """
    claimed = read_credentials(parameters, authorization)

    known = await registered(visit, claimed.client_id)
    if known is None:
        # RFC 6749 §5.2 wants 401 for who used the header, which the reference does not answer.
        kind = InvalidClient if claimed.by_header else UnknownClient
        raise kind(f"invalid client {claimed.client_id}")
    client, rows = known.client, known.secrets
    if client.is_public:
        if claimed.secret or claimed.assertion:
            raise InvalidClient
        return Authenticated(client=client)
    if claimed.assertion is not None:
        return await _by_assertion(visit, client, claimed.assertion, rows)
    return Authenticated(client=client, secret_name=_by_secret(visit, client, claimed, rows))


def _by_secret(
    visit: Visit, client: Client, claimed: Credentials, rows: Sequence[SecretRow]
) -> str:
    given = claimed.secret.encode()
    matches = [row for row in rows if same(_opened(visit, client, row), given)]
    for row in matches:
        if _lives(row, visit.now):
            return row.name
    if matches:
        raise InvalidOAuthRequest("client secret has expired")
    raise InvalidClient


async def _by_assertion(
    visit: Visit, client: Client, assertion: str, rows: Sequence[SecretRow]
) -> Authenticated:
    living = [row for row in rows if _lives(row, visit.now)]
    found = verify_assertion(
        assertion,
        client_id=client.id,
        audiences=(visit.issuer, f"{visit.issuer}/token"),
        secrets=[_opened(visit, client, row) for row in living],
        jwks=client.jwks,
        now=visit.now,
    )
    await _use_up(visit, client, found)
    name = None if found.place is None else living[found.place].name
    return Authenticated(client=client, secret_name=name)


async def _use_up(visit: Visit, client: Client, found: Assertion) -> None:
    """Let an assertion count once. Raises ``InvalidClient`` the second time."""
    used = StoredToken(
        tenant_id=visit.tenant_id,
        value_hash=fingerprint(f"{client.id}\0{found.jti}"),
        kind=TokenKind.ASSERTION,
        client_id=client.id,
        created_at=visit.now,
        expires_at=found.expires_at,
    )
    try:
        await visit.world.database.write(lambda tx: tokens.create(tx, used))
    except UniqueViolation as error:
        raise InvalidClient from error


def _opened(visit: Visit, client: Client, row: SecretRow) -> bytes:
    return visit.world.keyring.open(row.value_sealed, secret_context(visit.tenant_id, client.id))


def _lives(row: SecretRow, now: int) -> bool:
    return row.expires_at is None or row.expires_at > now
