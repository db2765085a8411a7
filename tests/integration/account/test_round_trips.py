"""How often a call inside asks the database: each statement is a round trip on PostgreSQL.

What only looks takes one, what changes something two: it is read under the person's lock with all
that it needs to know, and written with its entry of the log. A password is hashed or compared
outside of the lock, so whoever it is of is found before: that is a third. To send is one to look,
one to store message, code and proof together, one of the hand-over's own, and the entry of the log.
A change that hooks or a mail tell of puts a job into the queue: what that asks is the queue's own.

``BEGIN`` and ``COMMIT`` are not counted.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

import round_trip_parts
from account_parts import NEW, House, id_of
from door_parts import GOOD_PASSWORD

_OF_QUEUE = re.compile("pgqueuer|pg_notify")


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_call_inside_asks_the_database_no_more_often_than_it_has_to(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.door.listen("User.Data.Updated")
    row = await house.person(username="ana")
    ana, other = await house.enter(row), await house.enter(row)
    identity = await ana.by_password()  # reads the settings, once for all
    record = await house.proven(ana, NEW)
    asked = round_trip_parts.watch(monkeypatch)
    counted: dict[str, int] = {}

    async def step(name: str, call: Any) -> Any:
        asked.clear()
        with round_trip_parts.here():
            answer = await call
        counted[name] = sum(not _OF_QUEUE.search(one) for one in asked)
        assert answer.status_code < 300, (name, answer.text)
        return answer

    async def change(name: str, verb: str, path: str, body: Any = None) -> None:
        await step(name, ana.call(verb, f"/my-account{path}", body, proof=identity))

    new_email = {"email": NEW, "newIdentifierVerificationRecordId": record}
    await step("look", ana.call("GET", "/my-account"))
    await change("sessions", "GET", "/sessions")
    await change("grants", "GET", "/grants")
    await change("settings", "GET", "/mfa-settings")
    await change("name", "PATCH", "", {"name": "Ana", "username": "anna"})
    await change("profile", "PATCH", "/profile", {"nickname": "A"})
    await change("decide", "PATCH", "/mfa-settings", {"skipMfaOnSignIn": True})
    await change("bind", "POST", "/primary-email", new_email)
    proof = id_of(await step("send", ana.send(NEW)))
    code = await house.door.code(NEW)
    await step("verify", ana.verify(proof, code, NEW))
    await step("prove", ana.call("POST", "/verifications/password", {"password": GOOD_PASSWORD}))
    await change("remove", "DELETE", "/primary-email")
    await change("end a session", "DELETE", f"/sessions/{other.session_uid}")
    await change("end a grant", "DELETE", f"/grants/{other.grant_id}")
    await change("password", "POST", "/password", {"password": "another-Horse8-battery"})

    assert counted == {
        "look": 1,
        "sessions": 1,
        "grants": 1,
        "settings": 1,
        "name": 2,
        "profile": 2,
        "decide": 2,
        "bind": 2,
        "send": 4,
        "verify": 2,
        "prove": 3,
        "remove": 2,
        "end a session": 2,
        "end a grant": 2,
        "password": 3,
    }
