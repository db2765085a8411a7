"""Where somebody is signed in, which applications they let in, and how each of that ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest

from account_parts import House, Person
from carteiro import secrets
from carteiro.flows.administer.people.passwords import set_password
from carteiro.flows.administer.people.users import suspend_user, update_user
from carteiro.flows.sign_in.provider.interactions import step, submit_login
from carteiro.runtime.maintenance import tidy
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import sessions, tokens
from carteiro.storage.sign_in.interactions import Interaction
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind
from carteiro.testing.http_sink import HttpSink
from door_parts import ANA, GOOD_PASSWORD, ORIGIN, TENANT, code_of, method, proven
from sign_in_parts import make_client

NEW = "another-Horse8-battery"
BOTH, ACCESS, NEITHER = (True, True), (True, False), (False, False)


async def sessions_of(person: Person) -> list[tuple[str | None, bool]]:
    """Which sessions there are, and whether each is the caller's own."""
    proof = await person.by_password(NEW if person.headers.get("x-changed") else GOOD_PASSWORD)
    answer = await person.call("GET", "/my-account/sessions", proof=proof)
    assert answer.status_code == 200, answer.text
    return [(one["payload"]["uid"], one["isCurrent"]) for one in answer.json()["sessions"]]


async def test_a_changed_password_ends_everything_but_what_asked_for_it(house: House) -> None:
    await make_client(house.door.world, "app")
    row = await house.person()
    ana = await house.enter(row)
    beside = await house.enter(row, client_id="app", session_uid=ana.session_uid)
    elsewhere = await house.enter(row)
    bound = await house.enter(row, outlives=False)
    lasting = await house.enter(row, client_id="app", in_session=False)
    bob = await house.enter(await house.person(primary_email="bob@example.com"))
    identity = await ana.by_password()

    answer = await ana.call("POST", "/my-account/password", {"password": NEW}, proof=identity)

    ended = [beside, elsewhere, bound, lasting]
    assert answer.status_code == 204
    assert await house.living(ana, *ended, bob) == [BOTH, *[NEITHER] * 4, BOTH]
    ana.headers = {"x-changed": "1"}
    assert await sessions_of(ana) == [(ana.session_uid, True)]
    assert code_of(await elsewhere.call("GET", "/my-account")) == (401, "auth.unauthorized")


async def test_what_others_proved_does_not_outlive_a_changed_password(house: House) -> None:
    row = await house.person()
    ana = await house.enter(row)
    stolen, identity = await ana.by_password(), await ana.by_password()

    await ana.call("POST", "/my-account/password", {"password": NEW}, proof=identity)

    with_stolen = await ana.call("GET", "/my-account/sessions", proof=stolen)
    with_own = await ana.call("GET", "/my-account/sessions", proof=identity)
    assert code_of(with_stolen) == (401, "verification_record.permission_denied")
    assert with_own.status_code == 200


@pytest.mark.parametrize("column", ["primary_email", "primary_phone"])
async def test_what_was_proven_does_not_outlive_an_address_that_an_administrator_changes(
    house: House, column: str
) -> None:
    ana = await house.ana()
    by_mail, by_password = await house.proven(ana), await ana.by_password()

    value = {"primary_email": "safe@example.com", "primary_phone": "61412345678"}[column]
    await update_user(house.door.world, TENANT, ana.row.id, {column: value})

    for proof in (by_mail, by_password):
        refused = await ana.call("GET", "/my-account/sessions", proof=proof)
        assert code_of(refused) == (401, "verification_record.permission_denied")


async def test_what_was_proven_counts_on_where_an_administrator_changes_something_else(
    house: House,
) -> None:
    ana = await house.ana()
    proof = await house.proven(ana)

    await update_user(house.door.world, TENANT, ana.row.id, {"name": "Ana", "primary_email": ANA})

    assert (await ana.call("GET", "/my-account/sessions", proof=proof)).status_code == 200


async def test_who_has_signed_in_and_not_gone_on_does_not_after_a_changed_password(
    house: House,
) -> None:
    ana = await house.ana()
    browser = await house.door.browser()

    async def work(tx: Transaction, found: Interaction) -> str:
        now = house.door.clock.now()
        return await submit_login(
            tx, found, origin=ORIGIN, account_id=ana.row.id, record=None, now=now
        )

    await step(house.door.world, TENANT, browser.uid, work)
    identity = await ana.by_password()

    await ana.call("POST", "/my-account/password", {"password": NEW}, proof=identity)

    assert code_of(await browser.begin()) == (400, "session.not_found")


async def test_a_first_password_needs_no_proof_where_nothing_could_be_one(house: House) -> None:
    row = await house.person(None, primary_email=None, username="ana")
    ana = await house.enter(row)

    first = await ana.call("POST", "/my-account/password", {"password": NEW})
    second = await ana.call("POST", "/my-account/password", {"password": GOOD_PASSWORD})

    assert code_of(first) == (204, None)
    assert code_of(second) == (401, "verification_record.permission_denied")


async def test_two_changed_passwords_at_once_leave_one_of_them(house: House) -> None:
    row = await house.person()
    people = [await house.enter(row), await house.enter(row)]
    proofs = [await one.by_password() for one in people]
    words = [NEW, "third-Horse9-battery"]

    answers = await asyncio.gather(
        *(
            one.call("POST", "/my-account/password", {"password": word}, proof=proof)
            for one, word, proof in zip(people, words, proofs, strict=True)
        )
    )

    assert sorted(code_of(one) for one in answers) == [(204, None), (401, "auth.unauthorized")]
    winner = [one.status_code for one in answers].index(204)
    assert await people[winner].by_password(words[winner]) is not None


async def test_a_password_that_was_reset_by_mail_ends_everything(house: House) -> None:
    await house.door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    row = await house.person()
    inside, lasting = await house.enter(row), await house.enter(row, in_session=False)
    stolen = await inside.by_password()
    browser = await house.door.browser()
    await browser.begin("ForgotPassword")
    await browser.identify(await proven(house.door, browser, "ForgotPassword"))
    await browser.call("PUT", "/profile/password", {"password": NEW})
    assert await house.living(inside, lasting) == [BOTH, BOTH]

    await browser.submit()

    assert await house.living(inside, lasting) == [NEITHER, NEITHER]
    again = await house.enter(row)
    answer = await again.call("GET", "/my-account/sessions", proof=stolen)
    assert code_of(answer) == (401, "verification_record.permission_denied")


async def test_sessions_are_shown_as_clients_know_them(house: House) -> None:
    ana = await house.ana()
    identity = await ana.by_password()

    answer = await ana.call("GET", "/my-account/sessions", proof=identity)

    [session] = answer.json()["sessions"]
    now = house.door.clock.now() // 1000
    authorization = session["payload"]["authorizations"]["demo-app"]
    assert authorization["grantId"] == ana.grant_id
    assert {**session["payload"], "authorizations": 0} == {
        "exp": now + 14 * 86_400,
        "iat": now,
        "jti": ana.session_uid,
        "uid": ana.session_uid,
        "kind": "Session",
        "loginTs": now,
        "accountId": ana.row.id,
        "authorizations": 0,
    }
    assert session["expiresAt"] == 1000 * (now + 14 * 86_400)
    assert (session["clientId"], session["accountId"]) == ("demo-app", ana.row.id)
    assert (session["lastSubmission"], session["isCurrent"]) == (None, True)


async def test_a_session_that_is_ended_takes_what_does_not_outlive_it(house: House) -> None:
    await make_client(house.door.world, "app")
    row = await house.person()
    ana = await house.enter(row)
    bound = await house.enter(row, outlives=False)
    lasting = await house.enter(row, client_id="app", session_uid=bound.session_uid)
    identity = await ana.by_password()

    path = f"/my-account/sessions/{bound.session_uid}"
    answers = [await ana.call("DELETE", path, proof=identity) for _ in range(2)]

    assert [code_of(one) for one in answers] == [(204, None), (404, "oidc.session_not_found")]
    assert await house.living(ana, bound, lasting) == [BOTH, NEITHER, BOTH]
    assert await sessions_of(ana) == [(ana.session_uid, True)]


async def test_what_applications_were_granted_ends_with_a_session_where_it_is_asked_for(
    house: House,
) -> None:
    await make_client(house.door.world, "app")
    await make_client(house.door.world, "third", third_party=True)
    row = await house.person()
    ana = await house.enter(row)
    identity = await ana.by_password()
    left = {}

    for target in ("firstParty", "all"):
        first = await house.enter(row, client_id="app")
        third = await house.enter(row, client_id="third", session_uid=first.session_uid)
        path = f"/my-account/sessions/{first.session_uid}?revokeGrantsTarget={target}"
        assert (await ana.call("DELETE", path, proof=identity)).status_code == 204
        left[target] = await house.living(first, third)
    wrong = await ana.call("DELETE", "/my-account/sessions/x?revokeGrantsTarget=x")

    assert left == {"firstParty": [NEITHER, BOTH], "all": [NEITHER, NEITHER]}
    assert code_of(wrong) == (400, "guard.invalid_input")


async def test_the_token_that_ends_its_own_session_stays_good(house: House) -> None:
    row = await house.person()
    found = {}

    for outlives, target in ((True, ""), (False, ""), (True, "?revokeGrantsTarget=all")):
        ana = await house.enter(row, outlives=outlives)
        identity = await ana.by_password()
        path = f"/my-account/sessions/{ana.session_uid}{target}"
        assert (await ana.call("DELETE", path, proof=identity)).status_code == 204
        [tokens] = await house.living(ana)
        found[outlives, target] = (tokens, await sessions_of(ana))

    assert found == {
        (True, ""): (BOTH, []),
        (False, ""): (ACCESS, []),
        (True, "?revokeGrantsTarget=all"): (ACCESS, []),
    }


async def test_nobody_ends_what_is_another_persons(house: House) -> None:
    bob = await house.enter(await house.person(primary_email="bob@example.com"))
    ana = await house.ana()
    identity = await ana.by_password()

    session = await ana.call("DELETE", f"/my-account/sessions/{bob.session_uid}", proof=identity)
    grant = await ana.call("DELETE", f"/my-account/grants/{bob.grant_id}", proof=identity)

    assert code_of(session) == (404, "oidc.session_not_found")
    assert code_of(grant) == (404, "entity.not_found")
    assert await house.living(bob) == [BOTH]


async def test_grants_are_shown_by_whose_applications_they_are_of(house: House) -> None:
    await make_client(house.door.world, "third", third_party=True)
    row = await house.person()
    ana, third = await house.enter(row), await house.enter(row, client_id="third")
    identity = await ana.by_password()
    found = {}

    for kind in ("", "?appType=firstParty", "?appType=thirdParty"):
        answer = await ana.call("GET", f"/my-account/grants{kind}", proof=identity)
        found[kind] = [(one["id"], one["application"]) for one in answer.json()["grants"]]
    [grant, *_] = (await ana.call("GET", "/my-account/grants", proof=identity)).json()["grants"]

    own = (ana.grant_id, {"id": "demo-app", "name": "Live Preview"})
    other = (third.grant_id, {"id": "third", "name": "third"})
    assert sorted(found[""], key=str) == sorted([own, other], key=str)
    assert (found["?appType=firstParty"], found["?appType=thirdParty"]) == ([own], [other])
    assert (grant["payload"]["kind"], grant["payload"]["accountId"]) == ("Grant", row.id)


async def test_a_grant_that_is_taken_back_ends_its_tokens_and_leaves_the_session(
    house: House,
) -> None:
    await make_client(house.door.world, "app")
    row = await house.person()
    ana = await house.enter(row)
    other = await house.enter(row, client_id="app", session_uid=ana.session_uid)
    identity = await ana.by_password()

    answer = await ana.call("DELETE", f"/my-account/grants/{other.grant_id}", proof=identity)

    shown = await ana.call("GET", "/my-account/sessions", proof=identity)
    [session] = shown.json()["sessions"]
    assert answer.status_code == 204
    assert await house.living(ana, other) == [BOTH, NEITHER]
    assert session["payload"]["authorizations"].keys() == {"demo-app"}
    [entry] = await house.door.logged("Account.Grant.Delete")
    assert entry["grantId"] == other.grant_id


async def test_applications_are_told_that_a_session_is_over(house: House) -> None:
    async with HttpSink() as sink:
        metadata = {"backchannelLogoutUri": f"http://127.0.0.1:{sink.port}/bye"}
        await make_client(house.door.world, "app", metadata=metadata)
        row = await house.person()
        ana, other = await house.enter(row), await house.enter(row, client_id="app")
        identity = await ana.by_password()

        path = f"/my-account/sessions/{other.session_uid}"
        await ana.call("DELETE", path, proof=identity)
        one = len(sink.requests)
        await house.enter(row, client_id="app")
        await ana.call("POST", "/my-account/password", {"password": NEW}, proof=identity)

    assert (one, len(sink.requests)) == (1, 2)
    assert ANA not in str(sink.requests)


async def test_applications_are_told_when_a_reset_at_the_door_ends_sessions(house: House) -> None:
    door = house.door
    async with HttpSink() as sink:
        metadata = {"backchannelLogoutUri": f"http://127.0.0.1:{sink.port}/bye"}
        await make_client(door.world, "app", metadata=metadata)
        await door.settings(forgotPasswordMethods=["EmailVerificationCode"])
        row, bob = await house.person(), await house.person(primary_email="bob@example.com")
        for each in (row, bob):
            await house.enter(each, client_id="app")
        browser = await door.browser()
        await browser.begin("ForgotPassword")
        await browser.identify(await proven(door, browser, "ForgotPassword"))
        await browser.call("PUT", "/profile/password", {"password": NEW})

        assert (await browser.submit()).status_code == 204

    assert [told_to(request) for request in sink.requests] == [(f"{ORIGIN}/oidc", "app", row.id)]


@pytest.mark.parametrize("change", ["password", "suspension", "first password"])
async def test_applications_are_told_when_an_administrator_ends_sessions(
    house: House, change: str
) -> None:
    world = house.door.world
    async with HttpSink() as sink:
        metadata = {"backchannelLogoutUri": f"http://127.0.0.1:{sink.port}/bye"}
        await make_client(world, "app", metadata=metadata)
        row = await house.person(None if change == "first password" else GOOD_PASSWORD)
        await house.enter(row, client_id="app")

        if change == "suspension":
            await suspend_user(world, TENANT, row.id, suspended=True, origin=ORIGIN)
            await suspend_user(world, TENANT, row.id, suspended=False, origin=ORIGIN)
        else:
            await set_password(world, TENANT, row.id, NEW, origin=ORIGIN)

    told = [told_to(request) for request in sink.requests]
    ended = change != "first password"
    assert told == [(f"{ORIGIN}/oidc", "app", row.id)] * ended


def told_to(request: Any) -> tuple[str, str, str]:
    """Who says it, to whom, of whom."""
    token = parse_qs(request.body.decode())["logout_token"][0]
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims["iss"], claims["aud"], claims["sub"]


async def test_a_token_that_ended_with_its_session_stays_over_once_the_session_is_swept_away(
    house: House,
) -> None:
    world, clock = house.door.world, house.door.clock
    row = await house.person()
    bound, other = await house.enter(row, outlives=False), await house.enter(row)

    async def ends_in_a_minute(tx: Transaction) -> None:
        for one in await sessions.of_account(tx, TENANT, row.id, now=clock.now(), most=9):
            await sessions.save(tx, replace(one, expires_at=clock.now() + 60_000))

    await world.database.write(ends_in_a_minute)
    clock.advance(61)

    ended = await bound.call("GET", "/my-account")
    await tidy(world)
    swept = await bound.call("GET", "/my-account")

    assert code_of(ended) == code_of(swept) == (401, "auth.unauthorized")
    assert (await other.call("GET", "/my-account")).status_code == 200


async def test_the_token_that_ends_its_own_session_outlives_it_everywhere(house: House) -> None:
    world, clock = house.door.world, house.door.clock
    ana = await house.ana(outlives=False)
    identity = await ana.by_password()

    answer = await ana.call("DELETE", f"/my-account/sessions/{ana.session_uid}", proof=identity)

    async def find(tx: Transaction) -> StoredToken | None:
        hashed = secrets.fingerprint(ana.token)
        return await tokens.find(tx, TENANT, TokenKind.ACCESS, hashed)

    stored = await world.database.read(find)
    assert answer.status_code == 204
    assert stored is not None
    assert stored.lives(clock.now())
    assert (await ana.call("GET", "/my-account")).status_code == 200
