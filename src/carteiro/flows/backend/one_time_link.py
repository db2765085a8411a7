"""A magic link: a token that proves an address once, and, when asked, the mail that brings it.

Only the token's hash is stored: its value is in the answer to who made it and, if one was asked
for, in the mail.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from carteiro import secrets
from carteiro.delivery.dispatch import Order
from carteiro.errors import (
    CannotReactivateToken,
    EntityNotExistsWithId,
    EntityNotFound,
    TokenConsumed,
    TokenEmailMismatch,
    TokenExpired,
    TokenNotFound,
    TokenRevoked,
)
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.languages.negotiate import negotiate
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import address_key, parse_address
from carteiro.model.differences import difference
from carteiro.model.kinds import TemplateType
from carteiro.model.origin import Origin
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Call, Transaction
from carteiro.storage.mail import one_time_tokens
from carteiro.storage.mail.one_time_tokens import TokenRow, TokenStatus
from carteiro.storage.mail.subjects import Subject, SubjectKind
from carteiro.storage.tenancy import logs
from carteiro.verification.identity import recipient_hash

_REFUSALS = {
    TokenStatus.EXPIRED: TokenExpired,
    TokenStatus.CONSUMED: TokenConsumed,
    TokenStatus.REVOKED: TokenRevoked,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """Whom a token is for; with a ``link`` it is mailed, ``{token}`` and ``{email}`` filled in."""

    email: str
    context: Mapping[str, Any] = field(default_factory=dict)
    lifetime: int = 600
    """Seconds."""
    link: str | None = field(default=None, repr=False)
    locale: str | None = None
    organization_id: str | None = None
    """Whose mail it is; where nothing is said, the only organization that the person joins."""
    application_id: str | None = None
    """The same; where nothing is said, the application that asks."""

    def origin(self, by: Actor) -> Origin:
        """What the mail is sent for."""
        joined: Sequence[str] = self.context.get("jitOrganizationIds") or ()
        return Origin(
            organization_id=self.organization_id or (joined[0] if len(joined) == 1 else None),
            application_id=self.application_id or by.application_id,
        )


@dataclass(frozen=True, slots=True)
class OpenToken:
    """A token with its value."""

    row: TokenRow
    value: str = field(repr=False)


async def create_token(
    world: World, tenant_id: str, new: NewToken, *, by: Actor = OPERATOR
) -> OpenToken:
    """Make a token; where it is to be mailed and cannot be, there is none.

    Raises, when it is mailed, ``InvalidAddress`` or what sending raises.
    """
    now, value = world.clock.now(), secrets.secret_value()
    row = TokenRow(
        tenant_id=tenant_id,
        id=secrets.standard_id(),
        email=new.email,
        context=json.dumps(new.context, ensure_ascii=False),
        status=TokenStatus.ACTIVE,
        created_at=now,
        expires_at=now + new.lifetime * 1000,
    )
    entry = logs.entry(
        tenant_id,
        by,
        "Management.OneTimeToken.Created",
        at=now,
        payload={
            "target": {"oneTimeTokenId": row.id},
            "mailed": new.link is not None,
            **difference(None, row),
        },
    )
    calls = [one_time_tokens.create(row, secrets.fingerprint(value)), entry]

    async def tidy(tx: Transaction) -> None:
        await one_time_tokens.expire(tx, tenant_id, new.email, now=now)

    await world.database.write(tidy)
    if new.link is None:
        await world.database.apply(*calls)
    else:
        await _mail(world, row, new, _filled(new.link, value, new.email), calls, by)
    return OpenToken(row, value)


async def find_tokens(
    world: World,
    tenant_id: str,
    *,
    email: str | None,
    status: TokenStatus | None,
    page: Page | None,
) -> Part[TokenRow]:
    """A page of those that match, newest first; without a page all of them."""
    return await world.database.read(
        lambda tx: one_time_tokens.find(tx, tenant_id, email=email, status=status, page=page)
    )


async def get_token(world: World, tenant_id: str, id: str) -> TokenRow:  # noqa: A002 - the wire's name
    """One token. Raises ``EntityNotExistsWithId``."""
    found = await world.database.read(lambda tx: one_time_tokens.get(tx, tenant_id, id))
    return existing(found, EntityNotExistsWithId)


async def verify_token(
    world: World, tenant_id: str, value: str, email: str, *, by: Actor = OPERATOR
) -> OpenToken:
    """Use a token, once. Raises a ``OneTimeTokenError``; the checks stand in the wire's order."""
    now = world.clock.now()

    async def work(tx: Transaction) -> TokenRow:
        row = await one_time_tokens.find_by_hash(tx, tenant_id, secrets.fingerprint(value))
        if row is None:
            raise TokenNotFound
        if address_key(row.email) != address_key(email):
            raise TokenEmailMismatch
        used = await one_time_tokens.consume(tx, tenant_id, row.id, now=now)
        if used is None:
            current = await one_time_tokens.get(tx, tenant_id, row.id)
            status = current.status_at(now) if current else TokenStatus.REVOKED
            raise _REFUSALS.get(status, TokenConsumed)
        target = {"oneTimeTokenId": row.id}
        name = "OneTimeToken.Consumed"
        await announce(tx, world, tenant_id, by, name, target=target, before=row, after=used)
        return used

    try:
        return OpenToken(await commit(world, work), value)
    except TokenExpired:
        await world.database.write(lambda tx: one_time_tokens.expire(tx, tenant_id, email, now=now))
        raise


async def set_token_status(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    status: TokenStatus,
    *,
    by: Actor = OPERATOR,
) -> TokenRow:
    """Give a token another status. Raises ``CannotReactivateToken``, ``EntityNotExistsWithId``."""
    if status is TokenStatus.ACTIVE:
        raise CannotReactivateToken

    async def work(tx: Transaction) -> TokenRow:
        before = await one_time_tokens.get(tx, tenant_id, id)
        row = existing(
            await one_time_tokens.set_status(tx, tenant_id, id, status), EntityNotExistsWithId
        )
        target, name = {"oneTimeTokenId": id, "status": status.value}, "OneTimeToken.Updated"
        await announce(tx, world, tenant_id, by, name, target=target, before=before, after=row)
        return row

    return await commit(world, work)


async def delete_token(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        before = await one_time_tokens.get(tx, tenant_id, id)
        if not await one_time_tokens.delete(tx, tenant_id, id):
            raise EntityNotFound
        target, name = {"oneTimeTokenId": id}, "OneTimeToken.Deleted"
        await announce(tx, world, tenant_id, by, name, target=target, before=before)

    await commit(world, work)


async def _mail(
    world: World, row: TokenRow, new: NewToken, link: str, calls: list[Call], by: Actor
) -> None:
    """Commit the token with its message, hand over; take it back where that fails."""
    address = parse_address(new.email)
    workspace = await world.workspaces.of(row.tenant_id)
    decision = negotiate(
        explicit=new.locale,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=False,
    )
    kind = TemplateType(new.context.get("interactionEvent", TemplateType.SIGN_IN))
    payload = {"link": link, **({"locale": new.locale} if new.locale else {})}
    times = replace(workspace.code_policy, lifetime=new.lifetime).variables(row.created_at)
    order = Order(
        id=secrets.timed_id(row.created_at),
        to=address,
        recipient_hash=recipient_hash(world.keyring, row.tenant_id, address),
        type=kind,
        payload=payload,
        variables=_times(times),
        decision=decision,
        created_at=row.created_at,
        expires_at=row.expires_at,
        about=Subject(kind=SubjectKind.TOKEN, id=row.id),
        limit=world.code_limit,
        network=by.person_ip,
        by=by,
        with_=calls,
        origin=new.origin(by),
    )
    try:
        await world.dispatcher.deliver(workspace, order)
    except BaseException:

        async def take_back(tx: Transaction) -> None:
            if await one_time_tokens.delete(tx, row.tenant_id, row.id):
                target = {"oneTimeTokenId": row.id}
                await announce(
                    tx, world, row.tenant_id, by, "OneTimeToken.Withdrawn", target=target
                )

        await world.database.write(take_back)
        raise


def _filled(link: str, value: str, email: str) -> str:
    return link.replace("{token}", value).replace("{email}", quote(email, safe=""))


def _times(variables: Mapping[str, Any]) -> dict[str, Any]:
    """How long a link lives; tries are a code's."""
    return {name: value for name, value in variables.items() if name.startswith("expires")}
