"""Who asks for a code learns nothing of an account: not by a failure, a limit, or what it costs."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import argon2
import pytest

from carteiro.delivery import dispatch
from carteiro.delivery.gates import punctual
from carteiro.delivery.gates.lately import Lately
from carteiro.directory.passwords import worker
from carteiro.directory.passwords.hashing import Algorithm, Digest
from carteiro.errors import ConnectorError, Disposition, DomainTakesNoMail, RateLimitExceeded
from carteiro.flows.administer.mail.connectors import delete_connector, list_connectors
from carteiro.flows.administer.mail.suppressions import suppress
from carteiro.flows.administer.tenant.settings import update_delivery, update_protection
from carteiro.flows.operate.messages import Wanted, find_messages
from carteiro.flows.sign_in.door import verify_by_code
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.model.kinds import TemplateType
from carteiro.model.page import Page
from dns_parts import DnsServer
from door_parts import ANA, GOOD_PASSWORD, TENANT, Door, code_of, method, proof_of
from round_trip_parts import here, watch

NOBODY = "eva@example.com"
WAYS = [("SignIn", "direct"), ("ForgotPassword", "direct"), ("ForgotPassword", "queued")]


@pytest.fixture
async def door(door: Door) -> Door:
    """Only people with accounts get in; one of them is Ana."""
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        signInMode="SignIn",
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    return door


@pytest.fixture
async def waits(door: Door) -> list[float]:
    """For how many seconds nothing was handed over."""
    seen: list[float] = []

    async def wait(seconds: float) -> None:
        seen.append(seconds)

    door.world.courier._wait = wait
    return seen


async def answers(door: Door, to: str, times: int = 1, event: str = "SignIn") -> list[Any]:
    """What a stranger is told who asks for a code, less what is new in each answer."""
    browser = await door.browser()
    await browser.begin(event)
    found = []
    for _ in range(times):
        answer = await browser.send(event, to)
        body = answer.json()
        told = "proof" if body.pop("verificationId", None) else answer.headers.get("retry-after")
        found.append((answer.status_code, body, told))
    return found


def failing(disposition: Disposition) -> ConnectorError:
    return ConnectorError(
        "550 ana@example.com is not known here", data={"to": ANA}, disposition=disposition
    )


@pytest.mark.parametrize("disposition", list(Disposition))
async def test_what_becomes_of_one_message_is_answered_to_nobody(
    door: Door, waits: list[float], disposition: Disposition
) -> None:
    (await door.outbox()).failures.append(failing(disposition))

    known, unknown = await answers(door, ANA), await answers(door, NOBODY)

    assert known == unknown == [(200, {}, "proof")]
    assert not (await door.outbox()).failures


async def test_a_message_that_failed_counts_for_its_address_like_one_for_nobody(
    door: Door, waits: list[float]
) -> None:
    (await door.outbox()).failures.extend([failing(Disposition.PERMANENT)] * 20)

    known, unknown = await answers(door, ANA, 12), await answers(door, NOBODY, 12)

    assert known == unknown
    assert [status for status, *_ in known] == [200] * 10 + [429] * 2


@pytest.mark.parametrize("first", [ANA, NOBODY])
async def test_when_nothing_can_be_sent_everybody_is_told_so(
    door: Door, waits: list[float], first: str
) -> None:
    (await door.outbox()).failures.extend([failing(Disposition.TRANSIENT)] * 5)
    await answers(door, ANA, 5)

    told = [await answers(door, to) for to in (first, ANA, NOBODY)]
    door.clock.advance(11)
    later = [await answers(door, to) for to in (NOBODY, ANA)]

    status, body, retry_after = told[0][0]
    assert (status, body["code"], retry_after) == (429, RateLimitExceeded.code, "10")
    assert told[0] == told[1] == told[2]
    assert later == [[(200, {}, "proof")]] * 2


@pytest.mark.parametrize(("event", "mode"), WAYS)
async def test_a_domain_that_takes_no_mail_is_told_of_whoever_has_an_account_there(
    door: Door, event: str, mode: str
) -> None:
    await update_delivery(door.world, TENANT, {"mode": mode})
    await update_protection(door.world, TENANT, {"checkRecipientDomains": True})
    async with DnsServer({"example.com": {"MX": "0 ."}}) as server:
        door.world.recipient_domains._dns = server.asking(5, 20)

        known, unknown = (
            await answers(door, ANA, event=event),
            await answers(door, NOBODY, event=event),
        )

    assert known == unknown
    assert (known[0][0], known[0][1]["code"]) == (422, DomainTakesNoMail.code)
    assert [(name, kind) for name, kind, _ in server.asked] == [("example.com", "MX")]


async def test_without_a_connector_everybody_is_told_so(door: Door) -> None:
    for row in await list_connectors(door.world, TENANT):
        await delete_connector(door.world, TENANT, row.row.id)

    known, unknown = await answers(door, ANA), await answers(door, NOBODY)

    assert known == unknown
    assert (known[0][0], known[0][1]["code"]) == (501, "connector.not_found")


async def test_an_address_that_gets_no_mail_is_answered_after_as_long(
    door: Door, waits: list[float]
) -> None:
    await suppress(door.world, TENANT, ANA, note=None, expires_at=None)
    await lately(door, 0.25)

    assert await answers(door, ANA) == await answers(door, NOBODY)
    assert waits == [0.25, 0.25]


@pytest.mark.parametrize("event", ["SignIn", "ForgotPassword"])
async def test_answers_that_nobody_may_tell_apart_end_at_a_step_since_the_call_came(
    door: Door, waits: list[float], monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    came: list[float] = []
    ended: list[float] = []
    look = verify_by_code._look

    async def looked(guest: Guest, *given: Any) -> Any:
        came.append(guest.began)
        return await look(guest, *given)

    async def in_step(began: float) -> None:
        ended.append(began)

    monkeypatch.setattr(verify_by_code, "_look", looked)
    monkeypatch.setattr(dispatch, "in_step", in_step)

    await answers(door, ANA, event=event)
    await answers(door, NOBODY, event=event)
    await suppress(door.world, TENANT, ANA, note=None, expires_at=None)
    await answers(door, ANA, event=event)

    assert len(set(ended)) == 3
    assert ended == came


async def test_whoever_may_be_told_apart_waits_for_no_step(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "in_step", lambda _: pytest.fail("nobody is told apart here"))
    await door.settings(signInMode="SignInAndRegister")

    assert await answers(door, ANA) == await answers(door, NOBODY)


async def lately(door: Door, *seconds: float) -> Lately:
    """Hand-overs took so long."""
    connector = (await door.world.workspaces.of(TENANT)).email
    assert connector is not None
    kept = connector.gate.lately
    kept._seconds.clear()
    for one in seconds:
        kept.took(one, TemplateType.SIGN_IN)
    return kept


async def test_what_others_held_a_hand_over_up_nobody_waits_for(
    door: Door, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await lately(door)
    seen = iter(range(1_000))
    # A kernel that says of a thread that it waits for ever longer.
    monkeypatch.setattr(punctual, "_held_up", lambda _thread: float(next(seen)))

    await answers(door, ANA)
    await answers(door, NOBODY)

    assert kept._seconds == {TemplateType.SIGN_IN: deque([0.0])}
    assert waits == [0.0]


async def test_what_is_done_beside_a_hand_over_is_measured_and_waited_for(
    door: Door, waits: list[float]
) -> None:
    kept = await lately(door, 0.25)
    await answers(door, ANA)
    await answers(door, NOBODY)
    measured = {withheld: len(times) for withheld, times in kept._beside.items()}

    await lately(door, 0.25)
    for withheld, seconds in ((False, 0.5), (True, 0.125)):
        kept._beside[withheld].clear()
        kept.beside(seconds, withheld=withheld)
    del waits[:]
    await answers(door, NOBODY)
    await suppress(door.world, TENANT, ANA, note=None, expires_at=None)
    kept._beside[True].clear()
    await answers(door, ANA)

    assert measured == {False: 1, True: 1}
    assert waits == [0.25 + 0.5 - 0.125, 0.25 + 0.5]


async def test_nobody_waits_as_long_as_somebody_lately_did(door: Door, waits: list[float]) -> None:
    await answers(door, NOBODY)
    kept = await lately(door, 0.1, 0.2, 0.3)
    chosen = iter([2, 0, 1])
    kept._chance = lambda among: list(among)[next(chosen)] if 0.3 in among else 0.0
    del waits[:]

    for _ in range(3):
        await answers(door, NOBODY)
    await update_delivery(door.world, TENANT, {"mode": "queued"})
    await answers(door, NOBODY)

    assert waits == [0.3, 0.1, 0.2]


@pytest.mark.parametrize("mode", ["direct", "queued"])
async def test_a_message_for_nobody_is_on_record_and_told_to_nobody(
    door: Door, waits: list[float], mode: str
) -> None:
    await update_delivery(door.world, TENANT, {"mode": mode})
    await door.listen("Message.Cancelled", "Message.Failed", "Message.Suppressed")
    await answers(door, NOBODY)
    if mode == "queued":
        await drained(door)

    (row,) = (await find_messages(door.world, TENANT, Wanted(), Page())).rows
    (entry,) = await door.logged("Message.Withheld")

    assert (row.state, row.failure, row.payload_sealed) == ("cancelled", "withheld", None)
    assert entry["recipient"] == row.recipient_masked != NOBODY
    assert await door.mails() == await door.told() == []


async def drained(door: Door) -> None:
    """What waits in the queue is worked on."""
    world = door.world
    await world.presence.ensure()
    work = world.queue.run(world.courier.work, owner=world.presence.id, most=1)
    task = asyncio.create_task(work)
    while (await find_messages(world, TENANT, Wanted(), Page())).rows[0].finished_at is None:
        await asyncio.sleep(0.02)
    world.queue.stop()
    await asyncio.wait_for(task, 60)


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("event", "mode"), WAYS)
async def test_nobody_costs_the_database_what_somebody_costs(
    door: Door, waits: list[float], monkeypatch: pytest.MonkeyPatch, event: str, mode: str
) -> None:
    await update_delivery(door.world, TENANT, {"mode": mode})
    await answers(door, ANA, event=event)  # what is read once for all
    asked: dict[str, list[list[str]]] = {}

    seen = watch(monkeypatch)
    with here():
        for to in (ANA, NOBODY):
            browser = await door.browser()
            await browser.begin(event)
            seen.clear()
            proof = proof_of(await browser.send(event, to))
            asked.setdefault(to, []).append(trips(seen))
            await browser.verify(proof, "000000", to)
            asked[to].append(trips(seen))
            await browser.password("wrong", to)
            asked[to].append(trips(seen))
            await browser.identify(proof)
            asked[to].append(trips(seen))

    assert asked[ANA] == asked[NOBODY]
    assert all(asked[ANA])


ENDS = {"messages.sent+attempts.made+logs.add", "messages.finish+logs.add"}
"""How a message is put on record that was sent, and one that was not: one trip each."""


def trips(seen: list[str]) -> list[str]:
    """What was asked since the last time, less what the process does by itself."""
    found = ["its end" if one in ENDS else one for one in seen if not one.startswith("processes.")]
    seen.clear()
    return found


async def test_nobodys_password_is_hashed_as_often_as_somebodys(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    real = argon2.PasswordHasher.verify

    def counted(self: Any, text: str, password: str) -> Any:
        computed.append(str(argon2.extract_parameters(text)))
        return real(self, text, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    monkeypatch.setattr(
        argon2.PasswordHasher, "hash", lambda *_: pytest.fail("nobody is given a password")
    )
    browser = await door.browser()
    await browser.begin()
    costs = []
    for to in (NOBODY, ANA, NOBODY):
        computed.clear()
        assert code_of(await browser.password("wrong", to))[0] == 422
        costs.append([*computed])

    assert costs[0] == costs[1] == costs[2]
    assert len(costs[0]) == 1


async def test_a_digest_that_is_never_compared_costs_as_much_as_another(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords, compared, real = door.world.passwords, [], worker._as_long
    monkeypatch.setattr(worker, "_as_long", lambda typed: compared.append(typed) or real(typed))
    dear = "$argon2id$v=19$m=99999999,t=3,p=4$c2FsdHNhbHRzYWx0$" + "aGFzaA" * 4

    for text in (dear, "$argon2id$nothing"):
        digest = Digest(Algorithm.ARGON2ID, text)
        assert await passwords.verify(digest, "typed") is False

    assert compared == ["typed", "typed"]
