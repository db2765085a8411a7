"""Somebody has typed the code: the application gets a statement of it, and acts on it once."""

from __future__ import annotations

from joserfc.errors import JoseError

from carteiro import secrets
from carteiro.errors import CannotConfirm, InvalidStatement, StatementSpent, UniqueViolation
from carteiro.flows.backend.ask_to_confirm import capped, identity_of, recorded, require_waiting
from carteiro.flows.guards.networks import wrong_tries_of
from carteiro.flows.guards.tries import counting_a_try
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.oidc.keys import TenantKeys
from carteiro.oidc.statements import Statement, read_statement, sign_statement, stated
from carteiro.oidc.tokens import key_id_of
from carteiro.storage.sign_in import confirmations, tokens
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind
from carteiro.storage.tenancy import logs
from carteiro.verification.redeem import redeem


async def redeem_confirmation(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    typed: str,
    *,
    issuer: str,
    application_id: str,
    by: Actor,
) -> str:
    """Redeem the code that somebody typed. Returns the signed statement.

    Code and confirmation are spent together, before anything is signed: what is lost on its way
    to the application is lost, and the person is asked anew. Raises what ``require_waiting`` does,
    ``CannotConfirm`` for somebody who is gone or suspended by now, or a ``VerificationError``;
    ``EmailMismatch`` where they have another address since.
    """
    found = await world.database.read(lambda tx: confirmations.find(tx, tenant_id, id))
    now = world.clock.now()
    asked = require_waiting(found, application_id, now)
    if found is None or found.address is None or found.is_suspended:
        raise CannotConfirm
    workspace = await world.workspaces.of(tenant_id)
    keys = await world.signing_keys.of(tenant_id)
    with counting_a_try(world):
        await redeem(
            identity_of(asked, found.address),
            typed,
            database=world.database,
            keys=world.keyring,
            clock=world.clock,
            policy=capped(workspace.code_policy),
            by=by,
            network=wrong_tries_of(world, workspace, by.person_ip),
            then=[
                confirmations.spending(tenant_id, id, now),
                recorded(asked, "Confirmed", by, now),
            ],
        )
    return sign_statement(
        keys,
        stated(
            issuer=issuer,
            application_id=application_id,
            user_id=asked.user_id,
            operation=asked.operation,
            parameters_hash=asked.parameters_hash,
            shown=asked.words is not None,
            confirmation_id=asked.id,
            asked_at=now,
            now=now,
        ),
    )


async def spend_statement(
    world: World, tenant_id: str, token: str, *, issuer: str, application_id: str, by: Actor
) -> Statement:
    """Act on a statement: true for one caller, in whatever process.

    Raises ``InvalidStatement``, ``StatementExpired`` or ``StatementSpent``.
    """
    now = world.clock.now()
    keys = await _keys_for(world, tenant_id, token)
    statement = read_statement(
        keys, token, issuer=issuer, application_id=application_id, now=now // 1000
    )
    used = StoredToken(
        tenant_id=tenant_id,
        value_hash=secrets.fingerprint(f"statement\0{application_id}\0{statement.jti}"),
        kind=TokenKind.STATEMENT,
        client_id=application_id,
        account_id=statement.user_id,
        created_at=now,
        expires_at=statement.expires_at * 1000,
    )
    entry = logs.entry(
        tenant_id,
        by,
        "Management.Confirmation.Used",
        at=now,
        payload={
            "target": {"confirmationId": statement.confirmation_id, "userId": statement.user_id},
            "operation": statement.operation,
        },
        user_id=statement.user_id,
    )
    try:
        await world.database.apply(tokens.creating(used), entry)
    except UniqueViolation:
        raise StatementSpent from None
    return statement


async def _keys_for(world: World, tenant_id: str, token: str) -> TenantKeys:
    """The keys, with that of a statement that another process has signed by a fresh one."""
    try:
        return await world.signing_keys.with_key(tenant_id, key_id_of(token))
    except (JoseError, ValueError) as error:
        raise InvalidStatement from error
