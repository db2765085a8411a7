"""New addresses that a tenant does not take, and messages that count although none is sent."""

from __future__ import annotations

import asyncio

import pytest

from carteiro import secrets
from carteiro.delivery.dispatch import Order
from carteiro.errors import (
    CodeMismatch,
    DeliveryFailed,
    Disposition,
    EmailNotAllowed,
    EmailSubaddressingNotAllowed,
    InvalidBlocklistEmail,
    MessageRateLimited,
)
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.limits import clear_limits
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook
from carteiro.flows.administer.tenant.settings import update_protection
from carteiro.flows.backend.verify_address import redeem_code
from carteiro.flows.guards.attempts import (
    report_rate_limited,
    require_email_allowed,
    take_send_slot,
)
from carteiro.flows.world import World
from carteiro.languages.negotiate import negotiate
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import OutboxConnector
from carteiro.verification.identity import Identity
from carteiro.verification.issue import issue
from guard_parts import BY, TENANT, VICTIM, decided, told_of

pytestmark = pytest.mark.anyio
OWN = "a" * 32
_MESSAGES = Statement.of("test.messages", "SELECT id FROM messages")


async def refusal(world: World, email: str) -> type[Exception] | None:
    try:
        await require_email_allowed(await world.workspaces.of(TENANT), email)
    except (InvalidBlocklistEmail, EmailSubaddressingNotAllowed, EmailNotAllowed) as error:
        return type(error)
    return None


async def test_what_the_tenant_decided_is_what_keeps_an_address_out(world: World) -> None:
    before = [await refusal(world, "a+b@x.com"), await refusal(world, "a@mailinator.com")]
    policy = {"blockSubaddressing": True, "customBlocklist": ["FOO*@X.COM"]}
    await decided(world, emailBlocklistPolicy=policy)
    await update_protection(world, TENANT, {"blockDisposableAddresses": True})

    assert before == [None, None]
    assert await refusal(world, "nothing") is InvalidBlocklistEmail
    assert await refusal(world, "a+b@x.com") is EmailSubaddressingNotAllowed
    assert await refusal(world, "fool@x.com") is EmailNotAllowed
    assert await refusal(world, "a@sub.mailinator.com") is EmailNotAllowed
    assert await refusal(world, "a@x.com") is None


async def order(world: World, email: str = VICTIM, own: str | None = None) -> Order:
    workspace = await world.workspaces.of(TENANT)
    recipient = parse_address(email)
    now, policy = world.clock.now(), workspace.code_policy
    id_ = secrets.timed_id(now)
    identity = Identity(tenant_id=TENANT, type=TemplateType.GENERIC, recipient=recipient)
    issued = issue(identity, keys=world.keyring, now=now, message_id=id_, policy=policy)
    return Order(
        id=id_,
        to=recipient,
        recipient_hash=issued.recipient_hash,
        type=TemplateType.GENERIC,
        payload={"code": issued.code},
        decision=negotiate(library=workspace.library, fallback="en", auto_detect=True),
        created_at=now,
        expires_at=policy.expires_at(now),
        about=issued.subject,
        limit=world.code_limit,
        network=BY.ip,
        own=own,
        by=BY,
        with_=(issued.store,),
    )


async def unsent(world: World, email: str = VICTIM) -> MessageRateLimited | None:
    workspace = await world.workspaces.of(TENANT)
    try:
        await take_send_slot(world, workspace, await order(world, email))
    except MessageRateLimited as error:
        return error
    return None


async def test_a_message_that_nobody_gets_counts_like_one_and_needs_no_connector(
    world: World, clock: FrozenClock
) -> None:
    first = [await unsent(world) for _ in range(9)]
    at_once = await asyncio.gather(*(unsent(world) for _ in range(4)))
    clock.advance(600)

    async def stored(tx: Transaction) -> int:
        return len(await tx.all(_MESSAGES))

    assert first == [None] * 9
    assert [error.retry_after for error in at_once if error is not None] == [600] * 3
    assert await unsent(world) is None
    assert await world.database.read(stored) == 0


async def test_the_code_of_a_message_that_nobody_gets_is_wrong_and_not_unknown(
    world: World,
) -> None:
    await unsent(world)

    with pytest.raises(CodeMismatch):
        await redeem_code(world, TENANT, "x", email=VICTIM)


async def test_sent_and_unsent_messages_share_their_limits(world: World) -> None:
    await update_protection(world, TENANT, {"sendsPerHour": 2, "networkSendsPerHour": 3})
    known = [await unsent(world) for _ in range(3)]
    others = [await unsent(world, f"{name}@example.com") for name in "abc"]

    assert [error and error.data for error in known] == [None, None, {"limit": "recipient-hour"}]
    assert [error and error.data for error in others] == [None, *[{"limit": "network-hour"}] * 2]


async def sent(world: World, own: str | None = None) -> type[Exception] | None:
    workspace = await world.workspaces.of(TENANT)
    try:
        await world.dispatcher.deliver(workspace, await order(world, own=own))
    except (MessageRateLimited, DeliveryFailed) as error:
        return type(error)
    return None


async def test_a_stranger_uses_up_no_messages_of_the_owner_s_browser(world: World) -> None:
    await create_connector(world, TENANT, NewConnector(connector_id="outbox"))
    await update_protection(world, TENANT, {"cooldown": None, "sendsPerHour": 12})
    strangers = [await sent(world) for _ in range(11)]
    own = [await sent(world, OWN) for _ in range(11)]

    assert strangers == own == [None] * 10 + [MessageRateLimited]
    assert await sent(world, "b" * 32) is None


async def test_what_could_not_be_sent_to_the_owner_s_browser_does_not_count(world: World) -> None:
    await create_connector(world, TENANT, NewConnector(connector_id="outbox"))
    connector = (await world.workspaces.of(TENANT)).connector()[1]
    assert isinstance(connector, OutboxConnector)
    refusal = DeliveryFailed("no", disposition=Disposition.PERMANENT)
    connector.outbox.failures.extend([refusal] * 12)
    failed = [await sent(world, OWN) for _ in range(12)]

    assert failed == [DeliveryFailed] * 12
    assert [await sent(world, OWN) for _ in range(11)] == [None] * 10 + [MessageRateLimited]


async def test_an_administrator_lifts_the_limits_of_the_owner_s_browser_too(world: World) -> None:
    await create_connector(world, TENANT, NewConnector(connector_id="outbox"))
    for _ in range(11):
        await sent(world, OWN)
    await clear_limits(world, TENANT, [VICTIM])

    assert await sent(world, OWN) is None


async def test_hooks_are_told_who_asked_for_too_many_messages(world: World) -> None:
    config = {"url": "http://hooks.test/"}
    await create_hook(world, TENANT, NewHook(config=config, events=["Message.RateLimited"]))
    workspace = await world.workspaces.of(TENANT)
    told = {"interactionEvent": "SignIn"}
    await report_rate_limited(world, workspace, await order(world), told)
    (body,) = await told_of(world, "Message.RateLimited")

    assert body["action"] == "VerificationCodeSend"
    assert body["recipient"] == VICTIM
    assert body["interactionEvent"] == "SignIn"
