"""Who acts, once they are known."""

from __future__ import annotations

import pytest

from carteiro.model.actor import Actor

CALL = {"path": "/users", "method": "GET"}


@pytest.mark.parametrize("at_door", [False, True])
def test_who_is_known_now_asks_as_before(at_door: bool) -> None:
    asked = Actor(ip="192.0.2.1", user_agent="browser", at_door=at_door, request=CALL)

    known = asked.acting(application_id="app", user_id="person")

    assert known == Actor(
        application_id="app",
        user_id="person",
        ip="192.0.2.1",
        user_agent="browser",
        at_door=at_door,
        request=CALL,
    )


def test_somebody_at_the_door_is_a_person_before_they_are_known() -> None:
    asked = Actor(ip="192.0.2.1").acting(application_id="app", user_id=None, at_door=True)

    assert (asked.kind, asked.person_ip) == ("User", "192.0.2.1")
