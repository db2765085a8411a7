"""What people see of their accounts, and what becomes of what they change."""

from __future__ import annotations

from typing import Any

import pytest

from account_parts import EVERYTHING, NEW, House
from carteiro.flows.administer.people.users import get_user
from door_parts import ANA, TENANT, code_of

PROFILE = (
    *("name", "avatar", "username", "profile", "lastSignInAt", "createdAt", "updatedAt"),
    *("applicationId", "isSuspended", "hasPassword"),
)
ALWAYS = {"id", "hasSecurityVerificationMethod"}


@pytest.mark.parametrize(
    ("scope", "members"),
    [
        ("openid", ()),
        ("openid profile", PROFILE),
        ("openid email", ("primaryEmail",)),
        ("openid phone", ("primaryPhone",)),
        ("openid custom_data", ("customData",)),
        ("openid identities", ("identities",)),
    ],
)
async def test_the_scopes_of_a_token_show_what_is_theirs(
    house: House, scope: str, members: tuple[str, ...]
) -> None:
    ana = await house.enter(await house.person(), scope=scope)

    answer = await ana.call("GET", "/my-account")

    assert answer.json().keys() == ALWAYS | set(members)


@pytest.mark.parametrize(
    ("field", "member"),
    [
        ("name", "name"),
        ("avatar", "avatar"),
        ("username", "username"),
        ("email", "primaryEmail"),
        ("phone", "primaryPhone"),
        ("profile", "profile"),
        ("customData", "customData"),
        ("social", "identities"),
        ("password", "hasPassword"),
    ],
)
async def test_a_switch_takes_away_what_is_off_and_only_that(
    house: House, field: str, member: str
) -> None:
    ana = await house.ana()
    everything = (await ana.call("GET", "/my-account")).json().keys()

    await house.switch(**{field: "Off"})
    without = (await ana.call("GET", "/my-account")).json().keys()
    await house.switch(**{field: "ReadOnly"})
    again = (await ana.call("GET", "/my-account")).json().keys()

    assert everything - without == {member}
    assert again == everything


async def test_a_postal_address_has_a_scope_of_its_own(house: House) -> None:
    row = await house.person(profile={"nickname": "A", "address": {"country": "Peru"}})
    without = await house.enter(row, scope="openid profile")
    with_it = await house.enter(row, scope="openid profile address")

    shown = [(await one.call("GET", "/my-account")).json() for one in (without, with_it)]

    assert [one["profile"] for one in shown] == [
        {"nickname": "A"},
        {"nickname": "A", "address": {"country": "Peru"}},
    ]


async def test_what_proves_who_one_is_is_named(house: House) -> None:
    nobody = await house.enter(await house.person(None, primary_email=None, username="ana"))
    ana = await house.enter(await house.person(None))

    shown = [(await one.call("GET", "/my-account")).json() for one in (nobody, ana)]

    assert [one["hasSecurityVerificationMethod"] for one in shown] == [False, True]


async def test_a_change_is_answered_stored_told_and_on_record(house: House) -> None:
    await house.door.listen("User.Data.Updated")
    ana = await house.ana()
    house.door.clock.advance(60)
    body = {"name": "Ana", "avatar": "https://example.com/a.png", "customData": {"a": 1}}

    answer = await ana.call("PATCH", "/my-account", body)

    row = await get_user(house.door.world, TENANT, ana.row.id)
    assert {name: answer.json()[name] for name in body} == body
    assert (row.name, row.custom_data) == ("Ana", '{"a": 1}')
    assert row.updated_at == house.door.clock.now()
    [told] = await house.door.told()
    assert told["data"]["name"] == "Ana"
    asked = {name: told[name] for name in ("path", "method", "status", "matchedRoute")}
    assert asked == {
        "path": "/my-account",
        "method": "PATCH",
        "status": 200,
        "matchedRoute": "/my-account",
    }
    [entry] = await house.door.logged("Account.Profile.Update")
    assert entry["after"]["name"] == "Ana"
    assert (entry["userId"], entry["applicationId"]) == (ana.row.id, "demo-app")
    assert entry["result"] == "Success"


async def test_custom_data_is_replaced_and_a_profile_merged(house: House) -> None:
    row = await house.person(custom_data={"a": 1}, profile={"nickname": "A"})
    ana = await house.enter(row)

    data = await ana.call("PATCH", "/my-account", {"customData": {"b": 2}})
    profile = await ana.call("PATCH", "/my-account/profile", {"givenName": "Ana"})

    assert data.json()["customData"] == {"b": 2}
    assert profile.json() == {"nickname": "A", "givenName": "Ana"}


@pytest.mark.parametrize("path", ["/my-account", "/my-account/profile"])
async def test_a_change_of_nothing_tells_nobody(house: House, path: str) -> None:
    await house.door.listen("User.Data.Updated")
    ana = await house.ana()

    answer = await ana.call("PATCH", path, {})

    assert answer.status_code == 200
    assert await house.door.told() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/my-account", {"customData": {"a": "x" * 66_000}}),
        ("/my-account/profile", {"nickname": "x" * 66_000}),
    ],
)
async def test_what_people_keep_of_their_own_is_bounded(
    house: House, path: str, body: dict[str, Any]
) -> None:
    ana = await house.ana()

    answer = await ana.call("PATCH", path, body)

    assert answer.status_code == 422
    assert answer.json()["code"] == "entity.value_too_long"


@pytest.mark.parametrize(
    "body",
    [
        {"avatar": "no url"},
        {"avatar": ""},
        {"username": "1a"},
        {"customData": None},
        {"name": "x" * 129},
        {"username": "a" * 129},
    ],
    ids=["avatar", "no avatar", "username", "custom data", "long name", "long username"],
)
async def test_what_does_not_fit_is_named(house: House, body: dict[str, Any]) -> None:
    ana = await house.ana()

    answer = await ana.call("PATCH", "/my-account", body)

    assert code_of(answer) == (400, "guard.invalid_input")


async def test_a_new_address_becomes_the_accounts(house: House) -> None:
    await house.door.listen("User.Data.Updated")
    ana = await house.ana()
    identity = await ana.by_password()
    record = await house.proven(ana, NEW)
    body = {"email": NEW, "newIdentifierVerificationRecordId": record}

    answer = await ana.call("POST", "/my-account/primary-email", body, proof=identity)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await ana.call("GET", "/my-account")).json()["primaryEmail"] == NEW
    [told] = await house.door.told()
    assert (told["data"]["primaryEmail"], told["status"]) == (NEW, 204)
    [entry] = await house.door.logged("Account.PrimaryEmail.Update")
    assert NEW not in str(entry)
    assert ANA not in str(entry)


async def test_a_code_to_ones_address_lets_one_change_it(house: House) -> None:
    ana = await house.enter(await house.person(None))
    identity = await house.proven(ana)
    record = await house.proven(ana, NEW)
    body = {"email": NEW, "newIdentifierVerificationRecordId": record}

    answer = await ana.call("POST", "/my-account/primary-email", body, proof=identity)
    # The same proof counts on: it is the person's own.
    again = await ana.call("GET", "/my-account/sessions", proof=identity)

    assert (answer.status_code, again.status_code) == (204, 200)


async def test_what_others_proved_does_not_outlive_a_change_of_address(house: House) -> None:
    row = await house.person()
    ana, thief = await house.enter(row), await house.enter(row)
    stolen = await house.proven(thief)
    pending = await thief.send()
    code = await house.door.code()
    identity = await ana.by_password()
    record = await house.proven(ana, NEW)
    body = {"email": NEW, "newIdentifierVerificationRecordId": record}

    await ana.call("POST", "/my-account/primary-email", body, proof=identity)

    used = await thief.call("DELETE", "/my-account/primary-email", proof=stolen)
    typed = await thief.verify(pending.json()["verificationRecordId"], code)
    assert code_of(used) == (401, "verification_record.permission_denied")
    assert code_of(typed) == (400, "verification_record.not_found")


async def test_an_address_is_taken_away_while_another_way_is_left(house: House) -> None:
    ana = await house.enter(await house.person(username="ana"))
    identity = await ana.by_password()

    email = await ana.call("DELETE", "/my-account/primary-email", proof=identity)
    name = await ana.call("PATCH", "/my-account", {"username": None}, proof=identity)

    assert email.status_code == 204
    assert code_of(name) == (400, "user.last_sign_in_method_required")
    shown = (await ana.call("GET", "/my-account")).json()
    assert (shown["primaryEmail"], shown["username"]) == (None, "ana")


async def test_a_name_that_differs_by_case_is_taken_where_case_does_not_count(
    house: House,
) -> None:
    await house.door.settings(usernamePolicy={"caseSensitive": False})
    await house.person(None, primary_email=NEW, username="Bob")
    ana = await house.ana()
    identity = await ana.by_password()

    answer = await ana.call("PATCH", "/my-account", {"username": "bOB"}, proof=identity)

    assert code_of(answer) == (422, "user.username_already_in_use")


async def test_what_is_decided_about_second_factors_is_kept(house: House) -> None:
    ana = await house.ana()
    identity = await ana.by_password()
    settings, choices = "/my-account/mfa-settings", "/my-account/logto-configs"

    before = await ana.call("GET", settings)
    changed = await ana.call("PATCH", settings, {"skipMfaOnSignIn": True}, proof=identity)
    decided = {"mfa": {"skipped": True}, "passkeySignIn": {"skipped": True}}
    chosen = await ana.call("PATCH", choices, decided, proof=identity)

    assert before.json() == {"skipMfaOnSignIn": False}
    assert changed.json() == (await ana.call("GET", settings)).json() == {"skipMfaOnSignIn": True}
    whole = {
        "mfa": {"skipped": True, "skipMfaOnSignIn": True},
        "passkeySignIn": {"skipped": True},
    }
    assert chosen.json() == (await ana.call("GET", choices)).json() == whole


async def test_the_switch_of_passkeys_decides_about_choices_where_it_is_set(
    house: House,
) -> None:
    ana = await house.ana()

    await house.switch(mfa="Off", passkey="ReadOnly")
    shown = await ana.call("GET", "/my-account/logto-configs")
    await house.switch(mfa="Edit", passkey="Off")
    off = await ana.call("GET", "/my-account/logto-configs")

    assert shown.status_code == 200
    assert code_of(off) == (400, "account_center.field_not_enabled")


async def test_a_scope_that_is_missing_hides_nothing_else(house: House) -> None:
    scope = " ".join(name for name in EVERYTHING.split() if name != "email")
    ana = await house.enter(await house.person(), scope=scope)

    shown = (await ana.call("GET", "/my-account")).json()

    assert "primaryEmail" not in shown
    assert "primaryPhone" in shown


async def test_any_page_may_call_and_read_every_header(house: House) -> None:
    ana = await house.ana()
    ana.headers = {"Origin": "https://pages.test"}
    asks = {
        "Origin": "https://pages.test",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,logto-verification-id",
    }

    answers = [
        await ana.call("GET", "/my-account"),
        await ana.call("POST", "/verifications/password", {"password": "wrong"}),
        await ana.client.get("/api/my-account/nothing", headers={"Origin": "https://pages.test"}),
    ]
    plain = await ana.client.get("/api/my-account")
    before = await ana.client.options("/api/my-account/sessions/x", headers=asks)
    elsewhere = await ana.client.get("/api/status", headers={"Origin": "https://pages.test"})

    assert [one.status_code for one in answers] == [200, 422, 404]
    for one in answers:
        assert one.headers["access-control-allow-origin"] == "https://pages.test"
        assert one.headers["access-control-expose-headers"] == "*"
        assert "Origin" in one.headers["vary"]
    assert plain.headers["access-control-allow-origin"] == "*"
    assert before.status_code == 204
    assert before.headers["access-control-allow-headers"] == asks["Access-Control-Request-Headers"]
    assert "PATCH" in before.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in elsewhere.headers
