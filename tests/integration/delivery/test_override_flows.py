"""Everything that sends resolves overrides: at the door, inside, for backends, by hand, later."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.delivery.states import MessageState
from carteiro.flows.administer.mail.templates import put_templates
from carteiro.flows.administer.people.users import update_user
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.backend.invite import NewInvitation, create_invitation, resend_invitation
from carteiro.flows.backend.one_time_link import NewToken, create_token
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.model.kinds import TemplateType
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from door_parts import ANA, opened_door
from override_parts import T, application, connect, draft, mail, organization, override, read, sinks

from .conftest import START, Post, eventually, working

LINK = "https://example.com/join?x={token}"


@pytest.mark.parametrize("of", ["organization", "application"])
async def test_a_code_at_the_door_has_the_words_of_its_interaction(
    settings: Settings, of: str
) -> None:
    async with opened_door(settings, FrozenClock(START)) as door:
        owners = {
            "organization": await organization(door.world),
            "application": await application(door.world),
        }
        await override(door.world, owners[of], draft(f"By {of}"), from_name="Globex")
        browser = await door.browser(
            client_id=owners["application"].id,
            params={"organization_id": owners["organization"].id},
        )
        other = await door.browser()
        await browser.begin()
        await other.begin()

        sent = await browser.send()
        await other.send(to="ben@example.com")

        assert sent.status_code == 200
        ours, theirs = await door.mails()
        assert ours.content is not None
        assert theirs.content is not None
        assert (ours.content.subject, ours.content.sender.name) == (f"By {of}", "Globex")
        assert (theirs.content.subject, theirs.content.sender.name) != (f"By {of}", "Globex")


async def test_what_a_request_makes_up_finds_no_override(settings: Settings) -> None:
    async with opened_door(settings, FrozenClock(START)) as door:
        await override(door.world, await organization(door.world), draft("Globex's"))
        wished: list[Any] = ["nope", "", "x" * 5000, "' OR 1=1", None, 7, ["a"]]
        for place, one in enumerate(wished):
            browser = await door.browser(params={"organization_id": one})
            await browser.begin()

            sent = await browser.send(to=f"a{place}@example.com")

            assert sent.status_code == 200

        assert len(await door.mails()) == len(wished)


async def test_a_backend_sends_in_the_name_of_the_application_that_asks(world: World) -> None:
    owner, named = await application(world), await application(world, "Other")
    async with sinks(1) as (sink,):
        await connect(world, sink)
        await override(world, owner, draft("Shop's", TemplateType.GENERIC))
        await override(world, named, draft("Other's", TemplateType.GENERIC))
        by = Actor(application_id=owner.id)

        await send_code(world, T, Asked(email=ANA, by=by))
        await send_code(world, T, Asked(email=ANA, by=by, application_id=named.id))
        await send_code(world, T, Asked(email=ANA))

        assert [read(sink, place).subject for place in range(3)] == ["Shop's", "Other's", "Generic"]


async def test_an_invitation_and_its_repetition_have_the_words_of_the_organization(
    world: World,
) -> None:
    owner = await organization(world)
    async with sinks(1) as (sink,):
        await connect(world, sink)
        words = draft("Join Globex", TemplateType.ORGANIZATION_INVITATION, content="{{link}}")
        await override(world, owner, words, reply_to="people@globex.test")
        new = NewInvitation(
            invitee=ANA,
            organization_id=owner.id,
            expires_at=world.clock.now() + 60_000,
            message={"link": "https://example.com/join"},
        )

        made = await create_invitation(world, T, new)
        await resend_invitation(world, T, made.row.id, {"link": "https://example.com/join"})

        assert [read(sink, place).subject for place in (0, 1)] == ["Join Globex"] * 2
        assert read(sink).reply_to == "people@globex.test"


@pytest.mark.parametrize("how", ["named", "joined", "application"])
async def test_a_magic_link_has_the_words_of_whom_it_is_for(world: World, how: str) -> None:
    owner = await (application if how == "application" else organization)(world)
    given: dict[str, Any] = {
        "named": {"organization_id": owner.id},
        "joined": {"context": {"jitOrganizationIds": [owner.id]}},
        "application": {"application_id": owner.id},
    }
    async with sinks(1) as (sink,):
        await connect(world, sink)
        await override(world, owner, draft("By a link", content="{{link}}"))

        await create_token(world, T, NewToken(email=ANA, link=LINK, **given[how]))

        assert read(sink).subject == "By a link"


async def test_a_message_of_the_queue_keeps_whom_it_is_for(world: World) -> None:
    owner = await organization(world)
    async with sinks(1) as (sink,):
        await connect(world, sink)
        await override(world, owner, draft("Globex's"), from_name="Globex")
        await update_delivery(world, T, {"mode": "queued"})
        await mail(world, owner)
        world.workspaces.forget(T)

        async with working(world):
            await Post(world).ended()

        assert read(sink).subject == "Globex's"
        assert read(sink).sender.startswith("Globex ")


async def test_a_message_of_the_queue_has_the_words_of_its_hour(world: World) -> None:
    owner = await organization(world)
    async with sinks(1) as (sink,):
        await connect(world, sink)
        await override(world, owner, draft("Old"))
        await update_delivery(world, T, {"mode": "queued"})
        await mail(world, owner)
        await put_templates(world, T, [draft("New")], owner=owner)

        async with working(world):
            [row] = await Post(world).ended()

        assert row.state == MessageState.SENT
        assert read(sink).subject == "New"


async def test_a_notice_has_the_words_of_the_application_that_made_the_change(
    settings: Settings,
) -> None:
    async with opened_door(settings, FrozenClock(START)) as door, working(door.world):
        owner = await application(door.world)
        words = draft("Shop's notice", TemplateType.EMAIL_CHANGED, content="{{newAddress}}")
        await override(door.world, owner, words, from_name="Shop")
        person = await door.person(primary_email=ANA)
        by = Actor(application_id=owner.id)

        await update_user(door.world, T, person.id, {"primary_email": "new@example.com"}, by=by)

        async def two() -> list[Any]:
            mails = await door.mails()
            return mails if len(mails) == 2 else []

        told = await eventually(two)
        assert [one.content.subject for one in told] == ["Shop's notice"] * 2
        assert {one.content.sender.name for one in told} == {"Shop"}
