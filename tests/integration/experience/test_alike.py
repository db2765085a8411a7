"""Nobody learns from an answer who has an account: byte for byte, for each way and each setting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from carteiro.flows.administer.tenant.settings import update_delivery
from door_parts import ANA, GOOD_PASSWORD, Browser, Door, method, proof_of

NOBODY = "eva@example.com"
"""As long as the other: a length of ours tells nothing of theirs."""
OPEN, CLOSED = "SignInAndRegister", "SignIn"


def whole(answer: httpx.Response, replaced: Sequence[str]) -> tuple[int, str, tuple[Any, ...]]:
    """An answer as it came, less what is new in each one and what the caller has said."""

    def same(text: str) -> str:
        for value in replaced:
            text = text.replace(value, "~")
        return text

    headers = [
        (name, same(value))
        for name, value in answer.headers.multi_items()
        if name not in {"logto-core-request-id", "etag", "date"}
    ]
    return answer.status_code, same(answer.text), tuple(sorted(headers))


async def walked(door: Door, to: str, event: str) -> list[Any]:
    """All that a stranger is answered who has no mail of an address, in the order of their calls."""
    browser = await door.browser()
    answers = [await browser.begin(event), sent := await browser.send(event, to)]
    proof = proof_of(sent)
    again = proof_of(await browser.send(event, to))
    answers += [
        await browser.verify(again, "000000", to),
        await browser.verify(again, "not a code", to),
        await browser.verify(proof, "000000", to),
        await browser.identify(again),
        await browser.identify(proof),
        await browser.password("wrong", to),
        await browser.submit(),
        await browser.call("GET", "/interaction"),
        await _turned(browser, event),
        await browser.identify(again),
        await browser.call("POST", "/profile", {"type": "email", "verificationId": again}),
        await browser.call("PUT", "/profile/password", {"password": GOOD_PASSWORD}),
        await browser.call(
            "POST",
            "/verification/one-time-token/verify",
            {"identifier": {"type": "email", "value": to}, "token": "x" * 32},
        ),
        await browser.call(
            "POST", "/verification/mfa-verification-code", {"identifierType": "email"}
        ),
    ]
    return [whole(answer, (proof, again, to)) for answer in answers]


async def _turned(browser: Browser, event: str) -> httpx.Response:
    other = "Register" if event == "SignIn" else "SignIn"
    return await browser.call("PUT", "/interaction-event", {"interactionEvent": other})


@pytest.mark.parametrize("event", ["SignIn", "Register", "ForgotPassword"])
@pytest.mark.parametrize("signing", [OPEN, CLOSED])
@pytest.mark.parametrize("mode", ["direct", "queued"])
async def test_a_stranger_is_answered_alike_byte_for_byte(
    door: Door, event: str, signing: str, mode: str
) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        signInMode=signing,
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await update_delivery(door.world, "default", {"mode": mode})
    await door.person(GOOD_PASSWORD, primary_email=ANA)

    known, unknown = [await walked(door, to, event) for to in (ANA, NOBODY)]

    assert known == unknown
    assert not [answer for answer in known if re.search(r"user\.|exist|5\d\d", answer[1])]


@pytest.mark.parametrize("mode", ["direct", "queued"])
async def test_an_address_that_is_asked_too_often_is_refused_alike(door: Door, mode: str) -> None:
    await door.settings(signInMode=CLOSED, forgotPasswordMethods=["EmailVerificationCode"])
    await update_delivery(door.world, "default", {"mode": mode})
    await door.person(primary_email=ANA)
    answers: dict[str, list[Any]] = {}

    for to in (ANA, NOBODY):
        browser = await door.browser()
        await browser.begin()
        for _ in range(12):
            answer = await browser.send("SignIn", to)
            proof = answer.json().get("verificationId", "~")
            answers.setdefault(to, []).append(whole(answer, (proof, to)))

    assert answers[ANA] == answers[NOBODY]
    assert [answer[0] for answer in answers[ANA]] == [200] * 10 + [429] * 2
