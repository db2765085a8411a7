"""A mail that is late tells the time that is left; one that is too late is not sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.errors import DeliveryFailed, Disposition
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.flows.backend.invite import NewInvitation, create_invitation
from carteiro.flows.backend.one_time_link import NewToken, create_token
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import OutboxConnector

from .conftest import Post, T
from .test_outage import live

ANA = "ana@example.com"
LINK = "https://app.example.com/in?token={token}"
WORDS = "{{code}}: {{expiresInMinutes}} min, {{expiresInSeconds}} s, {{expiresAt}}{{link}}"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(1_800_000_000_000)


@pytest.fixture
async def late(settings: Settings, clock: FrozenClock) -> AsyncIterator[World]:
    """A tenant whose provider keeps mails in memory, and whose template tells the time."""
    async with open_world(settings, clock, [OutboxConnector]) as world:
        await create_connector(world, T, NewConnector(connector_id="outbox"))
        await update_delivery(world, T, {"mode": "queued"})
        details = {"subject": "s", "content": WORDS, "contentType": "text/plain"}
        kinds = (TemplateType.GENERIC, TemplateType.SIGN_IN)
        await put_templates(
            world,
            T,
            [Draft(language_tag="en", template_type=kind, details=details) for kind in kinds],
        )
        yield world


async def mail_of(world: World) -> str:
    _, connector = (await world.workspaces.of(T)).connector()
    assert isinstance(connector, OutboxConnector)
    (message,) = connector.outbox.messages
    assert message.content is not None
    return message.content.text


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (5, "10 min, 600 s"),
        (6, "9 min, 594 s"),
        (61, "8 min, 539 s"),
        (240, "6 min, 360 s"),
        (575, "1 min, 25 s"),
    ],
)
async def test_a_late_mail_tells_the_time_that_is_left(
    late: World, clock: FrozenClock, seconds: int, told: str
) -> None:
    await send_code(late, T, Asked(email=ANA))
    clock.advance(seconds)
    await live(late, clock, clock.now())

    assert told in await mail_of(late)
    assert "2027-01-15T08:10:00Z" in await mail_of(late), "the end is where it was"


async def test_a_late_link_tells_the_time_that_is_left(late: World, clock: FrozenClock) -> None:
    await create_token(late, T, NewToken(email=ANA, link=LINK, lifetime=3600))
    clock.advance(1800)
    await live(late, clock, clock.now())

    assert "30 min, 1800 s" in await mail_of(late)


async def test_a_retry_tells_less_than_the_first_attempt(late: World, clock: FrozenClock) -> None:
    _, connector = (await late.workspaces.of(T)).connector()
    assert isinstance(connector, OutboxConnector)
    gone = DeliveryFailed("gone", disposition=Disposition.TRANSIENT)
    connector.outbox.failures.append(gone)
    await send_code(late, T, Asked(email=ANA))
    await live(late, clock, clock.now() + 1)
    clock.advance(300)
    await live(late, clock, clock.now())

    (message,) = connector.outbox.messages
    assert message.content is not None
    assert "4 min" in message.content.text


async def test_a_stricter_policy_reaches_the_mails_that_wait(
    late: World, clock: FrozenClock
) -> None:
    await send_code(late, T, Asked(email=ANA))
    await send_code(late, T, Asked(email="b@example.com"))
    policy = {"expirationDuration": 300, "maxRetryAttempts": 5}
    clock.advance(120)
    await update_experience(late, T, {"verificationCodePolicy": policy})
    (first, _) = sorted(await Post(late).rows(), key=lambda row: row.id)
    await live(late, clock, clock.now())
    _, connector = (await late.workspaces.of(T)).connector()
    assert isinstance(connector, OutboxConnector)
    told = [message.content.text for message in connector.outbox.messages if message.content]

    assert ["3 min, 180 s" in text for text in told] == [True, True]


async def test_a_code_that_a_stricter_policy_ends_is_not_mailed(
    late: World, clock: FrozenClock
) -> None:
    await send_code(late, T, Asked(email=ANA))
    clock.advance(400)
    policy = {"expirationDuration": 300, "maxRetryAttempts": 5}
    await update_experience(late, T, {"verificationCodePolicy": policy})
    await live(late, clock, clock.now())

    (row,) = await Post(late).rows()
    assert (row.state, row.failure) == ("cancelled", "expired")


async def test_an_invitation_that_is_over_is_not_mailed(late: World, clock: FrozenClock) -> None:
    organization = await create_organization(late, T, {"name": "Acme"})
    new = NewInvitation(
        invitee=ANA,
        organization_id=organization.id,
        expires_at=clock.now() + 60_000,
        message={"link": "https://app.example.com/join"},
    )
    await create_invitation(late, T, new)
    clock.advance(61)
    await live(late, clock, clock.now())

    (row,) = await Post(late).rows()
    assert (row.state, row.failure) == ("cancelled", "expired")
