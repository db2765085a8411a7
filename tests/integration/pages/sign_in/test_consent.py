"""Other people's applications are let in on a page, or are not, without script."""

from __future__ import annotations

import json
from typing import Any

import pytest

import organization_parts
import sign_in_parts
from carteiro.pages.sign_in import consent
from carteiro.storage.people import members, organizations, relations
from carteiro.storage.people.organizations import OrganizationRow
from carteiro.storage.sign_in import grants
from carteiro.storage.tenancy import applications
from carteiro.storage.tenancy.applications import ApplicationExperienceRow
from door_parts import TENANT, Door
from organization_parts import ORGANIZATIONS, allow
from page_parts import Reader
from sign_in_parts import BACK, query_of

ANN = "ann@example.com"
SCOPES = ["email", ORGANIZATIONS]


@pytest.fixture
async def ann(door: Door) -> None:
    """Ann belongs to two organizations; ``theirs`` is somebody else's application."""
    await sign_in_parts.make_person(door.world, "ann")
    await organization_parts.furnish(door.world)
    await sign_in_parts.make_client(door.world, "theirs", type="SPA", third_party=True)
    await allow(door.world, "theirs", user=SCOPES)
    look = ApplicationExperienceRow(
        tenant_id=TENANT,
        application_id="theirs",
        branding=json.dumps({"logoUrl": "https://theirs.test/logo.png"}),
        display_name="<b>Theirs</b>",
        terms_of_use_url="https://theirs.test/terms",
    )
    await door.world.database.write(lambda tx: applications.put_experience(tx, look))


async def come(door: Door, browser: Reader, **more: Any) -> None:
    """Sign in where that application has sent Ann."""
    scope = f"openid offline_access email {ORGANIZATIONS}"
    asked = {"client_id": "theirs", "redirect_uri": BACK, "scope": scope, "prompt": "consent"}
    await browser.begin(**asked | more)
    await browser.send(identifier=ANN)
    await browser.send(code=await door.code(ANN))


def told(browser: Reader) -> Any:
    """What the application is told."""
    assert browser.path.startswith(BACK), browser.text()
    return query_of(browser.answer)


@pytest.mark.usefixtures("ann")
async def test_a_page_says_who_asks_for_what_and_where_it_leads(
    door: Door, browser: Reader
) -> None:
    await come(door, browser)
    words = browser.text()

    assert browser.path == "/consent?app_id=theirs"
    assert browser.text("h1") == "Allow <b>Theirs</b>"
    assert "Your email address" in words
    assert "app.test" in words
    assert "Ann" in browser.text(".who")
    assert browser.one("main img").attributes["src"] == "https://theirs.test/logo.png"
    assert browser.one(".terms a").attributes["href"] == "https://theirs.test/terms"


@pytest.mark.usefixtures("ann")
async def test_an_application_that_is_let_in_gets_a_code_and_is_not_asked_for_again(
    door: Door, browser: Reader
) -> None:
    await come(door, browser)
    await browser.send()
    first = told(browser)
    await browser.begin(client_id="theirs", redirect_uri=BACK, scope="openid email", prompt="")

    assert set(first) == {"code", "state", "iss"}
    assert set(told(browser)) == {"code", "state", "iss"}


@pytest.mark.usefixtures("ann")
async def test_an_application_that_is_refused_is_told_so_and_has_nothing(
    door: Door, browser: Reader
) -> None:
    await come(door, browser)
    await browser.send(answer="refuse")

    async def held(tx: Any) -> Any:
        return await grants.of_account(tx, TENANT, "ann", now=door.clock.now(), most=9)

    answered = told(browser)
    assert (answered["error"], answered["state"]) == ("access_denied", "st4te")
    assert "code" not in answered
    assert await door.world.database.read(held) == []


@pytest.mark.usefixtures("ann")
async def test_somebody_lets_it_into_some_organizations_only(door: Door, browser: Reader) -> None:
    await come(door, browser)
    boxes = [str(one.attributes["name"]) for one in browser.page.css("fieldset input")]
    checked = [one for one in browser.page.css("fieldset input") if "checked" in one.attributes]
    await browser.send(**{boxes[0]: "yes"})
    told(browser)
    pair = {"application_id": "theirs", "user_id": "ann"}
    kind = relations.CONSENT_ORGANIZATIONS
    consented = await door.world.database.read(lambda tx: relations.held(tx, kind, TENANT, pair))

    assert checked == []
    assert len(boxes) > 1
    assert [f"organization.{one}" for one in consented] == [boxes[0]]


@pytest.mark.usefixtures("ann")
async def test_an_organization_that_one_is_not_in_gives_nothing(
    door: Door, browser: Reader
) -> None:
    await come(door, browser)
    await browser.send(**{"organization.nowhere": "yes"})

    assert browser.path == "/consent?app_id=theirs"
    assert browser.toast


@pytest.mark.usefixtures("ann")
async def test_somebody_else_may_sign_in_there(door: Door, browser: Reader) -> None:
    await come(door, browser)
    await browser.send(answer="other")

    assert browser.path == "/sign-in?app_id=theirs"


@pytest.mark.usefixtures("ann")
async def test_without_an_interaction_nobody_is_asked(browser: Reader) -> None:
    await browser.get("/consent?app_id=theirs")

    assert browser.path == "/unknown-session"


@pytest.mark.usefixtures("ann")
async def test_an_answer_without_the_pages_token_lets_nobody_in(
    door: Door, browser: Reader
) -> None:
    await come(door, browser)
    await browser.send(xsrf="forged")

    assert browser.path == "/consent?app_id=theirs"
    assert browser.text("h1") == "Allow <b>Theirs</b>"


@pytest.mark.usefixtures("ann")
async def test_who_belongs_to_many_organizations_finds_each_by_its_name(
    door: Door, browser: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = browser
    await come(door, few)
    searches = len(few.page.css("form[role=search]"))
    monkeypatch.setattr(consent, "_MOST", 2)
    await few.get("/consent?app_id=theirs")
    listed = [one.text(strip=True) for one in few.page.css("fieldset label")]
    offered = len(few.page.css("form[role=search]"))

    await few.get("/consent?app_id=theirs&find=STRI")
    found = [one.text(strip=True) for one in few.page.css("fieldset label")]
    await few.send(form="main form[method=post]", **{"organization.strict": "yes"})
    told(few)
    pair = {"application_id": "theirs", "user_id": "ann"}
    kind = relations.CONSENT_ORGANIZATIONS
    consented = await door.world.database.read(lambda tx: relations.held(tx, kind, TENANT, pair))

    assert (searches, offered) == (0, 1)
    assert listed == ["One", "Strict"]
    assert found == ["Strict"]
    assert list(consented) == ["strict"]


@pytest.mark.usefixtures("ann")
async def test_an_application_is_let_into_hundreds_of_organizations_at_once(
    door: Door, browser: Reader
) -> None:
    async def join(tx: Any) -> None:
        for number in range(120):
            id_ = f"more{number}"
            row = OrganizationRow(tenant_id=TENANT, id=id_, name=id_, created_at=0)
            await organizations.create(tx, row)
            await members.add(tx, TENANT, id_, "ann", now=0)

    await door.world.database.write(join)
    await come(door, browser)
    boxes = [str(one.attributes["name"]) for one in browser.page.css("fieldset input")]

    await browser.send(form="main form", **dict.fromkeys(boxes, "yes"))

    assert len(boxes) == 123
    assert told(browser)["code"]
