"""Whatever is called in whatever order: nobody gets in without the proof that is asked for.

Random sequences of calls are made by somebody who can read one mailbox and knows one password, and
by a stranger who has neither. The first never gets further than what was proven; to the second an
address with an account looks like one without.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from carteiro.storage.drivers.database import Transaction
from carteiro.storage.sign_in import interactions
from door_parts import GOOD_PASSWORD, TENANT, Browser, Door, email, method, wrong

EVENTS = ("SignIn", "Register", "ForgotPassword")
NEW_PASSWORD = "another-Horse8-stable"
_NUMBERS = count()
BY_CODE: dict[str, Any] = {
    "signIn": {"methods": [method("email", code=True)]},
    "signUp": {"identifiers": ["email"], "password": False, "verify": True},
    "mfa": {"factors": [], "policy": "UserControlled"},
    "signInMode": "SignInAndRegister",
}
DOORS: dict[str, dict[str, Any]] = {
    "code": BY_CODE,
    "closed": {**BY_CODE, "signInMode": "SignIn"},
    "newcomers": {**BY_CODE, "signInMode": "Register"},
    "factor": {
        **BY_CODE,
        "mfa": {"factors": ["Totp"], "policy": "PromptOnlyAtSignInMandatory"},
        "adaptiveMfa": {"enabled": True},
    },
    "password": {
        "signIn": {"methods": [method("email", password=True)]},
        "signUp": {"identifiers": ["email"], "password": True, "verify": True},
        "mfa": {"factors": ["EmailVerificationCode"], "policy": "Mandatory"},
        "signInMode": "SignIn",
    },
}
STEPS = (
    *(("begin", event) for event in EVENTS),
    *(("event", event) for event in EVENTS),
    *(("send", event) for event in EVENTS),
    ("verify", "right"),
    ("verify", "wrong"),
    ("link", ""),
    ("password", "right"),
    ("password", "wrong"),
    ("identify", "last"),
    ("identify", "none"),
    ("profile", "username"),
    ("profile", "password"),
    ("profile", "email"),
    ("reset", ""),
    ("second", "send"),
    ("second", "right"),
    ("second", "wrong"),
    ("mfa", "mfa-enabled"),
    ("mfa", "mfa-skipped"),
    ("mfa", "bind"),
    ("submit", ""),
    ("look", ""),
)
IDENTIFIED = (("begin", "SignIn"), ("send", "SignIn"), ("verify", "right"), ("identify", "last"))
SEQUENCES = st.lists(st.sampled_from(STEPS), max_size=12)
quick = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(slots=True)
class Walker:
    """Somebody who takes steps with one address; ``able`` reads its mail and knows its password."""

    door: Door
    browser: Browser
    address: str
    able: bool
    proof: str = "nothing"
    second: str = "nothing"
    proven: set[str] = field(default_factory=set)
    seen: list[Any] = field(default_factory=list)

    async def take(self, step: tuple[str, str]) -> httpx.Response:
        name, how = step
        answer: httpx.Response = await getattr(self, f"_{name}")(how)
        body = re.sub(r'"(verificationId|id|userId)":"\w+"', "", answer.text)
        body = (
            re.sub(r'"username":"u\d+"', "", body)
            .replace(self.address, "")
            .replace(self.browser.uid, "")
        )
        self.seen.append((step, answer.status_code, body))
        return answer

    async def _begin(self, event: str) -> httpx.Response:
        self.proven.clear()
        return await self.browser.begin(event)

    async def _event(self, event: str) -> httpx.Response:
        return await self.browser.call("PUT", "/interaction-event", {"interactionEvent": event})

    async def _send(self, event: str) -> httpx.Response:
        answer = await self.browser.send(event, self.address)
        self.proof = answer.json().get("verificationId", self.proof)
        return answer

    async def _verify(self, how: str) -> httpx.Response:
        answer = await self.browser.verify(self.proof, await self._code(how), self.address)
        self._note("code", answer)
        return answer

    async def _link(self, _: str) -> httpx.Response:
        link = await self.door.link(self.address) if self.able else "nothing"
        body = {"identifier": email(self.address), "token": link}
        answer = await self.browser.call("POST", "/verification/one-time-token/verify", body)
        self.proof = answer.json().get("verificationId", self.proof)
        self._note("link", answer)
        return answer

    async def _password(self, how: str) -> httpx.Response:
        right = GOOD_PASSWORD if self.able and how == "right" else "wrong"
        answer = await self.browser.password(right, self.address)
        self.proof = answer.json().get("verificationId", self.proof)
        self._note("password", answer)
        return answer

    async def _identify(self, how: str) -> httpx.Response:
        answer = await self.browser.identify(self.proof if how == "last" else None)
        if answer.status_code == 201:
            self.proven.add("registered")
        return answer

    async def _profile(self, how: str) -> httpx.Response:
        body = {
            "username": {"type": "username", "value": f"u{next(_NUMBERS)}"},
            "password": {"type": "password", "value": NEW_PASSWORD},
            "email": {"type": "email", "verificationId": self.proof},
        }[how]
        return await self.browser.call("POST", "/profile", body)

    async def _reset(self, _: str) -> httpx.Response:
        return await self.browser.call("PUT", "/profile/password", {"password": GOOD_PASSWORD})

    async def _second(self, how: str) -> httpx.Response:
        path = "/verification/mfa-verification-code"
        if how == "send":
            answer = await self.browser.call("POST", path, {"identifierType": "email"})
            self.second = answer.json().get("verificationId", self.second)
            return answer
        body = {
            "identifierType": "email",
            "verificationId": self.second,
            "code": await self._code(how),
        }
        answer = await self.browser.call("POST", f"{path}/verify", body)
        self._note("second", answer)
        return answer

    async def _mfa(self, how: str) -> httpx.Response:
        if how != "bind":
            return await self.browser.call("POST", f"/profile/mfa/{how}")
        body = {"type": "EmailVerificationCode", "verificationId": self.proof}
        return await self.browser.call("POST", "/profile/mfa", body)

    async def _submit(self, _: str) -> httpx.Response:
        return await self.browser.submit()

    async def _look(self, _: str) -> httpx.Response:
        return await self.browser.call("GET", "/interaction")

    async def _code(self, how: str) -> str:
        try:
            code = await self.door.code(self.address)
        except LookupError:
            return "000000"
        return code if self.able and how == "right" else wrong(code)

    def _note(self, what: str, answer: httpx.Response) -> None:
        if answer.status_code == 200:
            self.proven.add(what)


async def signed_in(door: Door, browser: Browser) -> bool:
    async def work(tx: Transaction) -> interactions.Interaction | None:
        return await interactions.get(tx, TENANT, browser.uid, door.clock.now())

    found = await door.world.database.read(work)
    return found is not None and found.account_id is not None


def suffices(kind: str, proven: set[str]) -> bool:
    """Whether the settings ask for no more than what was proven since the person began."""
    match kind:
        case "closed":
            return "link" in proven or ("code" in proven and "registered" not in proven)
        case "newcomers":
            return bool({"link", "registered"} & proven)
        case "factor":
            return "registered" in proven
        case "password":
            first = bool({"password", "link"} & proven)
            return "registered" in proven or (first and "second" in proven)
        case _:
            return bool({"code", "link"} & proven)


@pytest.mark.parametrize("kind", [*DOORS])
@quick
@example(steps=[*IDENTIFIED, ("event", "Register"), ("submit", "")], known=True)
@example(steps=[*IDENTIFIED, ("submit", ""), ("begin", "SignIn"), ("submit", "")], known=True)
@given(steps=SEQUENCES, known=st.booleans())
async def test_nobody_gets_in_without_the_proof_that_is_asked_for(
    door: Door, kind: str, steps: list[tuple[str, str]], *, known: bool
) -> None:
    await door.settings(**DOORS[kind], forgotPasswordMethods=["EmailVerificationCode"])
    address = f"walker{next(_NUMBERS):05d}@example.com"
    if known:
        await door.person(GOOD_PASSWORD, primary_email=address)
    walker = Walker(door, await door.browser(), address, able=True)

    for step in steps:
        answer = await walker.take(step)
        entered = await signed_in(door, walker.browser)

        assert answer.status_code < 500, walker.seen
        assert not entered or suffices(kind, walker.proven), walker.seen
        assert "passwordEncrypted" not in answer.text


@pytest.mark.parametrize("kind", [*DOORS])
@quick
@given(steps=SEQUENCES)
async def test_a_stranger_learns_nothing_of_who_has_an_account(
    door: Door, kind: str, steps: list[tuple[str, str]]
) -> None:
    await door.settings(**DOORS[kind], forgotPasswordMethods=["EmailVerificationCode"])
    number = next(_NUMBERS)
    known, unknown = f"kn{number:06d}@example.com", f"un{number:06d}@example.com"
    await door.person(GOOD_PASSWORD, primary_email=known)
    walkers = [Walker(door, await door.browser(), to, able=False) for to in (known, unknown)]

    for step in steps:
        for walker in walkers:
            answer = await walker.take(step)
            assert answer.status_code < 500, walker.seen
            assert not await signed_in(door, walker.browser)

    first, second = (json.dumps(walker.seen) for walker in walkers)
    assert first == second
