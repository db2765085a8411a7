"""What newcomers add to their account, and whose address is not taken, over HTTP."""

from __future__ import annotations

import json

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from door_parts import ANA, GOOD_PASSWORD, TENANT, Door, code_of, email, method, proof_of, proven

BO = "bo@example.com"
BLOCKED = (422, "session.email_blocklist.email_not_allowed")


async def account(door: Door, user_id: str) -> UserRow:
    async def work(tx: Transaction) -> UserRow | None:
        return await users.get(tx, TENANT, user_id)

    found = await door.world.database.read(work)
    assert found is not None
    return found


async def test_a_newcomer_gives_the_extra_fields_of_sign_up(door: Door) -> None:
    names = ["name", "fullname", "team"]
    await door.settings(signUpProfileFields=[{"name": name} for name in names])
    browser = await door.browser()
    await browser.begin("Register")
    missing = await browser.identify(await proven(door, browser, "Register"))
    values = {"name": "Ana", "givenName": "Ana", "familyName": "Silva", "team": "red"}

    refused = await browser.call(
        "POST", "/profile", {"type": "extraProfile", "values": {**values, "plan": "paid"}}
    )
    added = await browser.call("POST", "/profile", {"type": "extraProfile", "values": values})
    made = await browser.identify()

    assert code_of(missing) == (422, "user.missing_profile")
    assert missing.json()["data"] == {"missingProfile": ["extraProfile"]}
    assert code_of(refused) == (400, "guard.invalid_input")
    assert (added.status_code, made.status_code) == (204, 201)
    row = await account(door, (await browser.record())["userId"])
    assert (row.name, json.loads(row.custom_data)) == ("Ana", {"team": "red"})
    assert json.loads(row.profile) == {"givenName": "Ana", "familyName": "Silva"}
    entries = await door.logged("Interaction.Register.Profile.Update")
    assert sorted(entry["result"] for entry in entries) == ["Error", "Success"]
    assert {entry["payload"]["type"] for entry in entries} == {"extraProfile"}


async def test_a_blocked_address_neither_registers_by_link_nor_becomes_a_factor(
    door: Door,
) -> None:
    await door.settings(
        signIn={"methods": [method("username", password=True)]},
        signUp={"identifiers": ["username"], "password": True, "verify": False},
        mfa={"factors": ["EmailVerificationCode"], "policy": "Mandatory"},
        emailBlocklistPolicy={"customBlocklist": ["@example.com"]},
    )
    await door.person(GOOD_PASSWORD, username="ana")
    newcomer, known = await door.browser(), await door.browser()
    await newcomer.begin("Register")
    body = {"identifier": email(BO), "token": await door.link(BO)}
    link = proof_of(await newcomer.call("POST", "/verification/one-time-token/verify", body))
    await known.begin()
    await known.identify(proof_of(await known.password(value="ana", kind="username")))
    proof = await proven(door, known, "SignIn", ANA)

    bound = {"type": "EmailVerificationCode", "verificationId": proof}
    answers = [await newcomer.identify(link), await known.call("POST", "/profile/mfa", bound)]

    assert [code_of(one) for one in answers] == [BLOCKED] * 2
    (entry,) = await door.logged("Interaction.SignIn.BindMfa.EmailVerificationCode.Submit")
    assert (entry["verificationId"], entry["error"]["code"]) == (proof, BLOCKED[1])
