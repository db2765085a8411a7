"""How often a step asks the database: each statement is a round trip on PostgreSQL.

A step that changes something takes two: it is read under its lock with everything that it needs to
know, and written with its entry of the log. A password is compared outside of the lock, so whoever
has it is found before: that is a third. ``BEGIN`` and ``COMMIT`` are not counted.
"""

from __future__ import annotations

from typing import Any

import pytest

import round_trip_parts
from door_parts import ANA, GOOD_PASSWORD, Door, method, proof_of


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of units of work, by name; what is written together is one."""
    return round_trip_parts.watch(monkeypatch)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_step_asks_the_database_no_more_often_than_it_has_to(
    door: Door, asked: list[str]
) -> None:
    await door.settings(signIn={"methods": [method("email", password=True, code=True)]})
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await door.browser()
    counted: dict[str, int] = {}

    async def step(name: str, call: Any) -> Any:
        asked.clear()
        answer = await call
        counted[name] = len(asked)
        assert answer.status_code < 300, (name, answer.text)
        return answer

    await browser.begin()  # reads the settings, once for all
    await step("begin", browser.begin())
    await step("look", browser.call("GET", "/interaction"))
    turn = {"interactionEvent": "Register"}
    await step("turn", browser.call("PUT", "/interaction-event", turn))
    await browser.begin()
    proof = proof_of(await browser.send())
    await step("verify", browser.verify(proof, await door.code()))
    await step("password", browser.password())
    await step("identify", browser.identify(proof))
    await step("submit", browser.submit())

    assert counted == {
        "begin": 2,
        "look": 1,
        "turn": 2,
        "verify": 2,
        "password": 3,
        "identify": 2,
        "submit": 2,
    }
