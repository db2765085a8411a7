"""What dies while its mail waits is not mailed: codes, links, invitations, people, tenants."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from carteiro.delivery.hands import retries
from carteiro.errors import DeliveryFailed, MessageRateLimited, VerificationError
from carteiro.flows.administer.mail.connectors import delete_connector
from carteiro.flows.administer.mail.fallbacks import create_fallback
from carteiro.flows.administer.organizations.organizations import (
    create_organization,
    delete_organization,
)
from carteiro.flows.administer.people.users import NewUser, create_user, delete_user
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.flows.backend.invitations import (
    accept_invitation,
    delete_invitation,
    revoke_invitation,
)
from carteiro.flows.backend.invite import NewInvitation, create_invitation, resend_invitation
from carteiro.flows.backend.one_time_link import (
    NewToken,
    OpenToken,
    create_token,
    delete_token,
    set_token_status,
    verify_token,
)
from carteiro.flows.backend.verify_address import redeem_code
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail import usage
from carteiro.storage.mail.one_time_tokens import TokenStatus
from carteiro.storage.people.invitations import Invitation
from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.postgres import free_port
from carteiro.testing.smtp_server import SmtpSink
from smtp_parts import config as smtp_config

from .conftest import Post, T, eventually, working

QUEUED = {"mode": "queued"}
WELL = Answer(200, b"{}")
ANA = "ana@example.com"
_GONE = Statement.of("test.gone", "DELETE FROM tenants WHERE id = :id RETURNING id")
_CLAIM = Statement.of(
    "test.claim",
    "UPDATE messages SET state = 'sending', owner = :owner, attempt_at = :now RETURNING id",
)
_JOBS = Statement.of(
    "test.jobs", "SELECT COUNT(*) AS total FROM pgqueuer", sqlite="SELECT 0 AS total"
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backoff in hundredths: its shape is tested with the injected clock."""
    monkeypatch.setattr(retries, "FIRST", 20)


def code_in(sink: HttpSink, number: int = 0) -> str:
    code: str = sink.requests[number].json()["payload"]["code"]
    return code


async def ends(post: Post, count: int = 1) -> list[tuple[str, str | None]]:
    """How the messages ended, oldest first, once somebody works."""
    async with working(post.world):
        rows = await post.ended(count)
    return [(row.state, row.failure) for row in sorted(rows, key=lambda row: row.id)]


async def test_of_three_codes_for_one_address_the_last_is_mailed(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        for _ in range(3):
            await post.ask(ANA)
            await asyncio.sleep(0.002)  # ids are ordered by the millisecond
        await post.ask("other@example.com")

        assert await ends(post, 4) == [
            ("cancelled", "superseded"),
            ("cancelled", "superseded"),
            ("sent", None),
            ("sent", None),
        ]
        (mailed,) = [one for one in sink.requests if one.json()["to"] == ANA]
        await redeem_code(post.world, T, mailed.json()["payload"]["code"], email=ANA)


async def test_a_code_for_another_purpose_supersedes_nothing(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask(ANA, TemplateType.SIGN_IN)
        await post.ask(ANA, TemplateType.FORGOT_PASSWORD)

        assert await ends(post, 2) == [("sent", None), ("sent", None)]
        assert len(sink.requests) == 2


async def test_what_is_not_mailed_takes_no_place_in_the_recipients_limit(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        for _ in range(10):  # ten is the limit
            await post.ask(ANA)
        await ends(post, 10)

        for _ in range(9):
            await post.ask(ANA)
        with pytest.raises(MessageRateLimited):
            await post.ask(ANA)


async def test_an_outage_of_smtp_leaves_the_last_code_and_no_deleted_link(
    client: Any, app: Any
) -> None:
    port = free_port()
    templates = smtp_config(port)["templates"]
    templates[1]["content"] = "{{code}} {{link}}"
    made = await client.post(
        "/api/connectors",
        json={
            "connectorId": "simple-mail-transfer-protocol",
            "config": smtp_config(port, templates=templates),
        },
    )
    assert made.status_code == 200, made.text
    assert (await client.patch("/api/delivery", json=QUEUED)).is_success
    world: World = app.state.world
    post = Post(world)
    for _ in range(3):
        asked = await client.post("/api/verification-codes", json={"email": "code@example.com"})
        assert asked.status_code == 204
    link = {"link": "https://app.example.com/in?t={token}"}
    token = await client.post(
        "/api/one-time-tokens", json={"email": "link@example.com", "message": link}
    )
    assert token.status_code == 201, token.text
    gone = await client.delete(f"/api/one-time-tokens/{token.json()['id']}")
    assert gone.status_code == 204
    # What was in a hand when it died fails before there is a server that would take it.
    assert await eventually(lambda: _none_in_hand(post))

    async with SmtpSink(port=port) as sink, working(world):
        rows = await eventually(lambda: _all_ended(post), 60)

    assert sorted((row.state, row.failure) for row in rows if row.failure) == [
        ("cancelled", "deleted"),
        ("cancelled", "superseded"),
        ("cancelled", "superseded"),
    ]
    (mail,) = sink.received
    code = mail.message.get_content().strip()
    right = {"email": "code@example.com", "verificationCode": code}
    assert (await client.post("/api/verification-codes/verify", json=right)).status_code == 204


async def _none_in_hand(post: Post) -> bool:
    return all(row.state != "sending" for row in await post.rows())


async def _all_ended(post: Post) -> list[Any]:
    rows = await post.rows()
    return rows if all(row.finished_at for row in rows) else []


async def test_a_code_that_is_redeemed_is_not_mailed_again(post: Post) -> None:
    """The first attempt's answer was lost, and the mail was not."""
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        sink.script.append(Answer(drop=True, delay=0.5))
        await post.ask(ANA)
        async with working(post.world):
            await sink.arrived.wait()
            await redeem_code(post.world, T, code_in(sink), email=ANA)
            (row,) = await post.ended()

    assert (row.state, row.failure, len(sink.requests)) == ("cancelled", "redeemed", 1)


async def test_a_code_without_a_try_left_is_not_mailed(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        policy = {"expirationDuration": 600, "maxRetryAttempts": 5}
        await update_experience(post.world, T, {"verificationCodePolicy": policy})
        await post.ask(ANA)
        await post.ask("live@example.com")
        for number in range(5):
            for email in (ANA, "live@example.com")[: 1 + (number < 4)]:
                with pytest.raises(VerificationError):
                    await redeem_code(post.world, T, "wrong", email=email)

        assert await ends(post, 2) == [("cancelled", "out-of-tries"), ("sent", None)]
        assert [one.json()["to"] for one in sink.requests] == ["live@example.com"]


LINK = "https://app.example.com/in?token={token}"


async def _token(post: Post) -> OpenToken:
    return await create_token(post.world, T, NewToken(email=ANA, link=LINK, lifetime=3600))


async def _consume(world: World, token: OpenToken) -> None:
    await verify_token(world, T, token.value, ANA)


async def _revoke(world: World, token: OpenToken) -> None:
    await set_token_status(world, T, token.row.id, TokenStatus.REVOKED)


async def _delete(world: World, token: OpenToken) -> None:
    await delete_token(world, T, token.row.id)


@pytest.mark.parametrize(
    ("end", "reason"), [(_consume, "consumed"), (_revoke, "revoked"), (_delete, "deleted")]
)
async def test_a_link_that_died_is_not_mailed(
    post: Post, end: Callable[[World, OpenToken], Awaitable[None]], reason: str
) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await end(post.world, await _token(post))
        await _token(post)

        assert sorted(await ends(post, 2)) == [("cancelled", reason), ("sent", None)]
        assert len(sink.requests) == 1


async def _invited(post: Post, invitee: str = ANA, **more: Any) -> Invitation:
    organization = await create_organization(post.world, T, {"name": "Acme"})
    new = NewInvitation(
        invitee=invitee,
        organization_id=organization.id,
        expires_at=post.world.clock.now() + 604_800_000,
        message={"link": "https://app.example.com/join"},
        **more,
    )
    return await create_invitation(post.world, T, new)


async def _accept(world: World, invitation: Invitation) -> None:
    person = await create_user(world, T, NewUser(primary_email=ANA))
    await accept_invitation(world, T, invitation.row.id, person.id)


async def _take_back(world: World, invitation: Invitation) -> None:
    await revoke_invitation(world, T, invitation.row.id)


async def _drop(world: World, invitation: Invitation) -> None:
    await delete_invitation(world, T, invitation.row.id)


async def _dissolve(world: World, invitation: Invitation) -> None:
    await delete_organization(world, T, invitation.row.organization_id)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (_accept, "accepted"),
        (_take_back, "revoked"),
        (_drop, "deleted"),
        (_dissolve, "deleted"),
    ],
)
async def test_an_invitation_that_waits_no_more_is_not_mailed(
    post: Post, end: Callable[[World, Invitation], Awaitable[None]], reason: str
) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await end(post.world, await _invited(post))
        await _invited(post, "other@example.com")

        assert sorted(await ends(post, 2)) == [("cancelled", reason), ("sent", None)]
        assert [one.json()["to"] for one in sink.requests] == ["other@example.com"]


async def test_an_invitation_dies_with_the_person_who_made_it(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        inviter = await create_user(post.world, T, NewUser(primary_email="boss@example.com"))
        await _invited(post, inviter_id=inviter.id)
        await delete_user(post.world, T, inviter.id)

        assert await ends(post) == [("cancelled", "deleted")]
        assert sink.requests == []


async def test_an_invitation_mailed_again_dies_only_if_it_waited_then(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        invitation = await _invited(post)
        await resend_invitation(post.world, T, invitation.row.id, {"link": "https://a.example/1"})
        await revoke_invitation(post.world, T, invitation.row.id)
        await resend_invitation(post.world, T, invitation.row.id, {"link": "https://a.example/2"})

        assert sorted(await ends(post, 3)) == [
            ("cancelled", "revoked"),
            ("cancelled", "revoked"),
            ("sent", None),
        ]
        (mail,) = sink.requests
        assert mail.json()["payload"]["link"] == "https://a.example/2"


async def test_a_deleted_person_gets_nothing_that_waited(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        person = await create_user(post.world, T, NewUser(primary_email="Ana@Example.com"))
        await post.ask(ANA)
        await post.ask("other@example.com")
        await delete_user(post.world, T, person.id)
        await post.ask(ANA, TemplateType.REGISTER)  # whoever asks from now on is somebody new

        assert await ends(post, 3) == [
            ("cancelled", "recipient-deleted"),
            ("sent", None),
            ("sent", None),
        ]


async def test_without_a_connector_what_waits_is_cancelled(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask(ANA)
        row, _ = (await post.world.workspaces.of(T)).connector()
        await delete_connector(post.world, T, row.id)

        assert await ends(post) == [("cancelled", "no-connector")]
        assert sink.requests == []


async def test_with_its_tenant_a_message_is_gone(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask(ANA)
        await post.world.database.write(lambda tx: tx.all(_GONE, id=T))
        async with working(post.world):

            async def nothing_left() -> bool:
                row = await post.world.database.read(lambda tx: tx.one(_JOBS))
                return row is not None and row["total"] == 0

            assert await eventually(nothing_left)
    assert sink.requests == []


async def test_what_dies_under_one_provider_is_not_given_to_the_next(post: Post) -> None:
    async with HttpSink(Answer(503, b"busy", delay=1)) as first, HttpSink(WELL) as second:
        await post.connect(first, **QUEUED)
        await create_fallback(post.world, T, "http-email", {"endpoint": second.url}, limits={})
        await post.ask(ANA)
        async with working(post.world):
            await first.arrived.wait()
            await redeem_code(post.world, T, code_in(first), email=ANA)
            (row,) = await post.ended()
        timeline = await post.only()

    assert (row.state, row.failure, second.requests) == ("cancelled", "redeemed", [])
    assert [(a.disposition, a.decision) for a in timeline.attempts] == [("transient", "give-up")]


async def test_it_takes_no_place_in_the_next_ones_cap(post: Post) -> None:
    async with HttpSink(Answer(503, b"busy", delay=1)) as first:
        await post.connect(first, **QUEUED)
        further = await create_fallback(post.world, T, "logto-email", {}, limits={})
        await post.ask(ANA)
        async with working(post.world):
            await first.arrived.wait()
            await redeem_code(post.world, T, code_in(first), email=ANA)
            (row,) = await post.ended()

    used = await post.world.database.read(lambda tx: usage.read(tx, T, further.row.id))
    assert (row.failure, used) == ("redeemed", 0)


async def test_the_same_holds_inside_a_request(post: Post) -> None:
    async with HttpSink(Answer(503, b"busy", delay=1)) as first, HttpSink(WELL) as second:
        await post.connect(first)
        await create_fallback(post.world, T, "http-email", {"endpoint": second.url}, limits={})
        asking = asyncio.create_task(post.ask(ANA))
        await first.arrived.wait()
        await redeem_code(post.world, T, code_in(first), email=ANA)
        with pytest.raises(DeliveryFailed):
            await asking
        (row,) = await post.rows()

    assert (row.state, row.failure, second.requests) == ("cancelled", "redeemed", [])


async def test_what_a_dead_process_leaves_is_asked_after_as_well(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask(ANA)
        await post.world.presence.ensure()
        now = post.world.clock.now()
        await post.world.database.write(lambda tx: tx.all(_CLAIM, owner="gone", now=now - 60_000))
        await post.ask(ANA)
        post.world.presence._lasting_since = now - 60_000
        assert await post.world.recovery.look() == 1

        assert await ends(post, 2) == [("cancelled", "superseded"), ("sent", None)]
        assert len(sink.requests) == 1
