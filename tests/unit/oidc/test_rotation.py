"""When a refresh token is replaced, and until when the new one is good (experience §1.7)."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.oidc.clients import Client
from carteiro.oidc.rotation import GRACE, next_end, rotates

YEAR = 31_557_600_000
BEGAN = 5_000


def client(type: str, **changes: Any) -> Client:
    return Client(id="app", name="app", type=type, **changes)


def asked(client: Client, now: int, *, chain_began: int = BEGAN) -> bool:
    """About a token that lives a thousand milliseconds from ``BEGAN``."""
    return rotates(
        client, chain_began=chain_began, created_at=BEGAN, expires_at=BEGAN + 1000, now=now
    )


@pytest.mark.parametrize("type", ["SPA", "Native"])
def test_whoever_has_no_secret_gets_a_new_one_each_time(type: str) -> None:
    assert asked(client(type), BEGAN)
    assert asked(client(type), BEGAN + 999)


@pytest.mark.parametrize(
    ("after", "replaced"), [(0, False), (699, False), (700, True), (999, True)]
)
def test_others_get_one_when_seven_tenths_of_its_life_are_over(after: int, replaced: bool) -> None:
    assert asked(client("Traditional"), BEGAN + after) is replaced


@pytest.mark.parametrize("type", ["SPA", "Native", "Traditional"])
def test_who_does_not_want_new_ones_gets_none(type: str) -> None:
    assert not asked(client(type, rotates=False), BEGAN + 999)


@pytest.mark.parametrize("type", ["SPA", "Traditional"])
def test_no_chain_is_longer_than_a_year(type: str) -> None:
    now = BEGAN + 900

    assert asked(client(type), now, chain_began=now - YEAR + 1)
    assert not asked(client(type), now, chain_began=now - YEAR)


def test_a_new_one_ends_with_the_old_one_in_a_browser_and_lives_its_own_life_elsewhere() -> None:
    ends = {
        kind: next_end(client(kind, refresh_seconds=60), expires_at=BEGAN + 9, now=BEGAN)
        for kind in ("SPA", "Native", "Traditional")
    }

    assert ends == {"SPA": BEGAN + 9, "Native": BEGAN + 60_000, "Traditional": BEGAN + 60_000}


def test_a_replaced_one_is_good_for_three_seconds_more() -> None:
    assert GRACE == 3000
