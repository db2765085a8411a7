"""The page of an invitation, without script: who invites to what, sign in or register, accept."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.flows.backend.invitations import get_invitation, revoke_invitation
from carteiro.flows.backend.invite import NewInvitation, create_invitation, resend_invitation
from carteiro.storage.people import members, organization_roles, organizations
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.people.organizations import OrganizationRow
from door_parts import ANA, HOUR, ORIGIN, TENANT, Door
from page_parts import HTML, Reader, reader
from round_trip_parts import here, watch

BO = "bo@example.com"
NAME = "<i>Acme</i>"


@pytest.fixture
async def invitation(door: Door) -> str:
    """The page of Ana's invitation to Acme, by Rui, as a clerk."""
    rui = await door.person(name="Rui", primary_email="rui@example.com")
    role = OrganizationRoleRow(
        tenant_id=TENANT, id="clerk", name="Clerk", description=None, type="User"
    )
    row = OrganizationRow(tenant_id=TENANT, id="acme", name=NAME, created_at=0)

    async def work(tx: Any) -> None:
        await organizations.create(tx, row)
        await organization_roles.create(tx, role)

    await door.world.database.write(work)
    new = NewInvitation(
        invitee=ANA,
        organization_id="acme",
        inviter_id=rui.id,
        expires_at=door.clock.now() + HOUR,
        role_ids=["clerk"],
        message={"link": f"{ORIGIN}/invitation/{{invitation}}"},
    )
    made = await create_invitation(door.world, TENANT, new)
    link: str = (await door.outbox()).last_to(ANA).payload["link"]
    assert link == f"{ORIGIN}/invitation/{made.row.id}"
    return link.removeprefix(ORIGIN)


async def roles_of(door: Door, user_id: str) -> Any:
    async def work(tx: Any) -> Any:
        return await members.role_rows(tx, TENANT, "acme", user_id)

    return await door.world.database.read(work)


async def test_a_mail_that_is_sent_once_more_leads_there_too(door: Door, invitation: str) -> None:
    message = {"link": f"{ORIGIN}/invitation/{{invitation}}"}
    await resend_invitation(door.world, TENANT, invitation.rpartition("/")[2], message)

    links = [mail.payload["link"] for mail in await door.mails()]
    assert links == [f"{ORIGIN}{invitation}"] * 2


async def test_a_page_says_who_invites_to_what(browser: Reader, invitation: str) -> None:
    await browser.get(invitation)

    assert browser.text("h1") == f"Your invitation to {NAME}"
    assert "Rui invites you" in browser.text()
    assert "Clerk" in browser.text()
    assert ANA in browser.text()
    assert [one.text(strip=True) for one in browser.page.css("main a")] == [
        "Sign in",
        "Create account",
    ]
    assert browser.page.css("main form") == []


async def test_somebody_with_an_account_signs_in_and_accepts(
    door: Door, browser: Reader, invitation: str
) -> None:
    ana = await door.person(primary_email=ANA)
    await browser.get(invitation)
    await browser.follow("Sign in")
    kept = browser.one("input[name=identifier]").attributes["value"]
    await browser.send()
    await browser.send(code=await door.code())
    back, before = browser.path, await roles_of(door, ana.id)
    await browser.send()

    assert (kept, back, before) == (ANA, invitation, [])
    assert browser.path == invitation
    assert f"You belong to {NAME} now." in browser.text()
    assert [one.id for one in await roles_of(door, ana.id)] == ["clerk"]


async def test_somebody_without_an_account_registers_and_accepts(
    door: Door, browser: Reader, invitation: str
) -> None:
    await browser.get(invitation)
    await browser.follow("Create account")
    await browser.send()
    await browser.send(code=await door.code())
    await browser.send()
    found = await get_invitation(door.world, TENANT, invitation.rpartition("/")[2])

    assert f"You belong to {NAME} now." in browser.text()
    assert found.row.status == "Accepted"


async def test_where_nobody_registers_the_page_offers_no_account(
    door: Door, browser: Reader, invitation: str
) -> None:
    await door.settings(signInMode="SignIn")
    await browser.get(invitation)

    assert "Create account" not in browser.text()


async def test_whoever_is_signed_in_as_somebody_else_is_told_and_may_change(
    door: Door, browser: Reader, invitation: str
) -> None:
    await door.person(primary_email=ANA)
    await door.person(primary_email=BO)
    await browser.begin()
    await browser.send(identifier=BO)
    await browser.send(code=await door.code(BO))
    await browser.get(invitation)
    said, forms = browser.alerts, browser.page.css("main form")
    await browser.follow("Use another account")
    await browser.send()
    await browser.send(code=await door.code())
    if "op.logoutForm" in browser.answer.text:
        await browser.send(form="form", logout="yes")
    await browser.send()

    assert said == [f"You are signed in as {BO}, and the invitation is for {ANA}."]
    assert forms == []
    assert f"You belong to {NAME} now." in browser.text()


@pytest.mark.parametrize("fate", ["expired", "revoked", "used"])
async def test_what_cannot_be_accepted_any_more_says_why(
    door: Door, browser: Reader, invitation: str, fate: str
) -> None:
    ana = await door.person(primary_email=ANA)
    await browser.get(invitation)
    await browser.follow("Sign in")
    await browser.send()
    await browser.send(code=await door.code())
    stale = browser.filled()
    match fate:
        case "expired":
            door.clock.advance(3601)
        case "revoked":
            await revoke_invitation(door.world, TENANT, invitation.rpartition("/")[2])
        case _:
            await browser.send()
            browser = reader(door)
    await browser.http.post(stale[0], data=stale[1], headers={"origin": ORIGIN, **HTML})
    await browser.get(invitation)

    said = {"expired": "too old", "revoked": "taken back", "used": "accepted already"}[fate]
    assert said in browser.alerts[0]
    assert ANA not in browser.text()
    assert bool(await roles_of(door, ana.id)) is (fate == "used")


@pytest.mark.parametrize("forged", [{"xsrf": "x.y"}, {"xsrf": ""}], ids=["another", "none"])
async def test_no_other_site_accepts_for_anybody(
    door: Door, browser: Reader, invitation: str, forged: dict[str, str]
) -> None:
    ana = await door.person(primary_email=ANA)
    await browser.get(invitation)
    await browser.follow("Sign in")
    await browser.send()
    await browser.send(code=await door.code())
    action, values = browser.filled()
    await browser.http.post(action, data=values | forged, headers={"origin": ORIGIN})
    await browser.http.post(action, data=values, headers={"origin": "https://evil.test"})

    assert await roles_of(door, ana.id) == []


async def test_an_invitation_that_is_none_is_no_page(browser: Reader) -> None:
    await browser.get("/invitation/nothing")
    nothing = browser.answer.status_code
    await browser.get("/invitation?state=../sign-in")

    assert (nothing, browser.answer.status_code) == (404, 404)


@pytest.mark.usefixtures("unheard")
async def test_the_page_asks_the_database_once(
    request: pytest.FixtureRequest,
    browser: Reader,
    invitation: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "postgresql" not in request.node.name:
        pytest.skip("round trips are those to PostgreSQL")
    await browser.get(invitation)
    seen = watch(monkeypatch)

    with here():
        await browser.http.get(invitation, headers=HTML)

    assert seen == ["invitations.opened"]
