"""Applications of other people are let in by the person, those of the tenant's own at once."""

from __future__ import annotations

from typing import Any

import pytest

import sign_in_parts
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.sign_in import grants, sessions
from carteiro.storage.tenancy import applications
from carteiro.storage.tenancy.applications import ApplicationExperienceRow
from sign_in_parts import BACK, ORIGIN, Browser, error_of, query_of

CONSENT = "/api/interaction/consent"
T = "default"


async def asked(someone: Browser, **changes: Any) -> None:
    """Ann has signed in, and an application of somebody else's wants to be let in."""
    await sign_in_parts.make_client(someone.world, "theirs", type="SPA", third_party=True)
    await someone.ask(client_id="theirs", scope="openid offline_access", **changes)
    await someone.get(await someone.submit())


async def test_a_person_is_shown_what_an_application_of_others_wants(someone: Browser) -> None:
    await asked(someone)
    look = ApplicationExperienceRow(
        tenant_id=T,
        application_id="theirs",
        branding='{"logoUrl": "https://theirs.test/logo.png"}',
        display_name="Theirs",
        terms_of_use_url="https://theirs.test/terms",
    )
    await someone.world.database.write(lambda tx: applications.put_experience(tx, look))
    shown = await someone.get(CONSENT, headers={"Logto-App-Id": "theirs"})

    assert shown.json() == {
        "application": {
            "id": "theirs",
            "name": "theirs",
            "branding": {"logoUrl": "https://theirs.test/logo.png"},
            "displayName": "Theirs",
            "termsOfUseUrl": "https://theirs.test/terms",
        },
        "user": {
            "id": "ann",
            "name": "Ann",
            "avatar": None,
            "username": "ann",
            "primaryEmail": "ann@example.com",
            "primaryPhone": None,
        },
        "organizations": [],
        "missingOIDCScope": [],
        "missingResourceScopes": [],
        "redirectUri": BACK,
    }


async def test_a_person_lets_an_application_in(someone: Browser) -> None:
    await asked(someone)
    page = await someone.get("/consent?app_id=theirs")
    assert (page.status_code, "<form" in page.text) == (200, True), "opening it lets nobody in"
    given = await someone.http.post(CONSENT, json={})
    where = given.json()["redirectTo"]
    answered = await someone.get(where)

    assert (given.status_code, where) == (200, f"{ORIGIN}/oidc/auth/{someone.uid()}")
    assert set(query_of(answered)) == {"code", "state", "iss"}


@pytest.mark.parametrize("body", ['{"organizationIds": "all"}', '{"organizationIds": [""]}'])
async def test_an_answer_that_is_none_is_refused(someone: Browser, body: str) -> None:
    await asked(someone)
    headers = {"Content-Type": "application/json"}
    answer = await someone.http.post(CONSENT, content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")


async def test_without_a_session_or_an_interaction_there_is_nothing_to_agree_to(
    someone: Browser,
) -> None:
    nobody = await someone.get(CONSENT)
    await someone.ask()
    not_yet = await someone.get(CONSENT)
    await someone.get(await someone.submit())
    for name in ("_session", "_session.sig"):
        someone.http.cookies.delete(name)
    gone = await someone.http.post(CONSENT, json={})

    for answer in (nobody, not_yet, gone):
        assert error_of(answer)[0] == 400
        assert answer.json()["code"] == "session.not_found"


async def test_an_application_of_others_asks_for_nothing_it_was_not_given(
    someone: Browser,
) -> None:
    await sign_in_parts.make_client(someone.world, "theirs", type="SPA", third_party=True)
    await someone.code()
    told = query_of(await someone.ask(client_id="theirs", scope="openid email nonsense"))

    assert told["error"] == "invalid_scope"


async def test_the_first_application_is_where_somebody_comes_from(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "second")
    await someone.code(client_id="demo-app", redirect_uri=f"{ORIGIN}/demo-app")
    before = await someone.world.database.read(lambda tx: users.get(tx, T, "ann"))
    await someone.code()
    await someone.code(client_id="second")
    after = await someone.world.database.read(lambda tx: users.get(tx, T, "ann"))

    assert before is not None
    assert after is not None
    assert (before.application_id, after.application_id) == (None, "app")


async def test_a_session_remembers_what_was_done_last_and_for_whom(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "second")
    await someone.code()
    await someone.code(client_id="second", prompt=None)

    async def work(tx: Transaction) -> Any:
        (session,) = await sessions.of_account(tx, T, "ann", now=someone.world.clock.now(), most=9)
        return session

    session = await someone.world.database.read(work)
    assert session.last_submission == {"interactionEvent": "SignIn"}
    held = {name: known.outlives for name, known in session.authorizations.items()}
    assert held == {"app": True, "second": False}


async def test_consent_again_adds_to_the_grant_that_is_there(someone: Browser) -> None:
    await someone.code(scope="openid profile")
    await someone.code(scope="openid email")

    async def work(tx: Transaction) -> Any:
        return await grants.of_account(tx, T, "ann", now=someone.world.clock.now(), most=9)

    (grant,) = await someone.world.database.read(work)
    assert grant.scopes == ("openid", "profile", "email")


async def test_the_oldest_grants_give_way(someone: Browser, audit: Any) -> None:
    await sign_in_parts.make_client(someone.world, "few", custom={"maxAllowedGrants": 2})
    browsers = [sign_in_parts.browser(someone.world, someone.http) for _ in range(3)]
    bodies = [await browser.tokens(client_id="few") for browser in browsers]
    answers = [await someone.refresh(body["refresh_token"], "few") for body in bodies]

    assert [answer.status_code for answer in answers] == [400, 200, 200]
    (entry,) = await audit("RevokeGrants")
    assert (len(entry["revokeGrantIds"]), entry["reason"]) == (1, "GrantLimitExceeded")
    assert (entry["applicationId"], entry["userId"]) == ("few", "ann")


async def test_a_consent_that_is_given_again_is_the_same_grant(someone: Browser) -> None:
    await someone.ask()
    await someone.get(await someone.submit())
    for _ in range(4):
        answered = await someone.get("/consent?app_id=app")
    told = query_of(await someone.get(answered.headers["location"]))

    async def work(tx: Transaction) -> Any:
        return await grants.of_account(tx, T, "ann", now=someone.world.clock.now(), most=9)

    assert len(await someone.world.database.read(work)) == 1
    assert (await someone.exchange(told["code"])).status_code == 200
