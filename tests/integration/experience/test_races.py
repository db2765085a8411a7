"""Two at once: one winner, and a loser who is told something that helps."""

from __future__ import annotations

import asyncio

from door_parts import ANA, GOOD_PASSWORD, Door, code_of, method, proof_of, proven


async def test_of_two_who_register_one_address_one_gets_it(door: Door) -> None:
    await door.listen("User.Created")
    browsers = [await door.browser() for _ in range(4)]
    proofs = []
    for browser in browsers:
        await browser.begin("Register")
        proofs.append(await proven(door, browser, "Register"))

    answers = await asyncio.gather(
        *(one.identify(proof) for one, proof in zip(browsers, proofs, strict=True))
    )

    found = sorted(code_of(answer) for answer in answers)
    assert found == [(201, None), *[(422, "user.email_already_in_use")] * 3]
    assert len(await door.told()) == 1


async def test_of_a_double_click_on_registering_nobody_is_made_twice(door: Door) -> None:
    await door.listen("User.Created")
    browser = await door.browser()
    await browser.begin("Register")
    proof = await proven(door, browser, "Register")

    answers = await asyncio.gather(*(browser.identify(proof) for _ in range(4)))

    assert [code_of(answer) for answer in answers] == [(201, None)] * 4
    assert len(await door.told()) == 1


async def test_of_a_double_submit_one_is_told_of_and_both_go_on(door: Door) -> None:
    await door.listen("PostSignIn")
    await door.person(primary_email=ANA)
    browser = await door.browser()
    await browser.begin()
    await browser.identify(await proven(door, browser))

    answers = await asyncio.gather(*(browser.submit() for _ in range(4)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["redirectTo"] for answer in answers}) == 1
    assert len(await door.told()) == 1


async def test_of_two_resets_at_once_one_is_made(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await door.listen("PostResetPassword")
    await door.person(primary_email=ANA)
    browser = await door.browser()
    await browser.begin("ForgotPassword")
    await browser.identify(await proven(door, browser, "ForgotPassword"))
    await browser.call("PUT", "/profile/password", {"password": GOOD_PASSWORD})

    answers = await asyncio.gather(*(browser.submit() for _ in range(3)))

    found = sorted(code_of(answer) for answer in answers)
    assert found == [(204, None), *[(404, "session.interaction_not_found")] * 2]
    assert len(await door.told()) == 1


async def test_of_two_codes_at_once_one_can_be_typed(door: Door) -> None:
    browser = await door.browser()
    await browser.begin("Register")

    answers = await asyncio.gather(*(browser.send("Register") for _ in range(3)))

    codes = [mail.payload["code"] for mail in await door.mails()]
    records = (await browser.record())["verificationRecords"]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len(records) == 1
    assert records[0]["id"] in {proof_of(answer) for answer in answers}
    outcomes = [code_of(await browser.verify(records[0]["id"], code))[0] for code in codes]
    assert outcomes.count(200) == 1


async def test_a_code_that_many_type_at_once_works_once(door: Door) -> None:
    browser = await door.browser()
    await browser.begin("Register")
    proof = proof_of(await browser.send("Register"))
    code = await door.code()

    answers = await asyncio.gather(*(browser.verify(proof, code) for _ in range(5)))

    found = sorted(code_of(answer) for answer in answers)
    assert found == [(200, None), *[(400, "verification_code.not_found")] * 4]
