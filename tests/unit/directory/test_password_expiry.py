"""When a password is too old (sign-in details §2.7)."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.directory.passwords.expiry import is_expired

DAY = 86_400_000
MADE = 1_700_000_000_000
ON = {"enabled": True, "validPeriodDays": 10}


def expired(policy: dict[str, Any], days: float, **known: Any) -> bool:
    facts = {"flagged": False, "updated_at": None, "created_at": MADE, **known}
    return is_expired(policy, now=MADE + int(days * DAY), **facts)


@pytest.mark.parametrize(
    ("policy", "days", "known", "expected"),
    [
        ({}, 9999, {}, False),
        ({}, 0, {"flagged": True}, False),
        ({"enabled": False}, 9999, {"flagged": True}, False),
        (ON, 0, {"flagged": True}, True),
        (ON, 9.999, {}, False),
        (ON, 10, {}, True),
        ({**ON, "enabledAt": MADE + 5 * DAY}, 14.9, {}, False),
        ({**ON, "enabledAt": MADE + 5 * DAY}, 15, {}, True),
        ({**ON, "enabledAt": MADE + 5 * DAY}, 17.9, {"updated_at": MADE + 8 * DAY}, False),
        ({**ON, "enabledAt": MADE + 5 * DAY}, 18, {"updated_at": MADE + 8 * DAY}, True),
        ({**ON, "enabledAt": MADE + 5 * DAY}, 12, {"updated_at": MADE + 2 * DAY}, True),
        ({**ON, "enabledAt": MADE + 5 * DAY}, 9, {"updated_at": 0}, True),
        ({"enabled": True}, 9999, {}, False),
    ],
)
def test_a_password_lives_from_when_it_was_set(
    policy: dict[str, Any], days: float, known: dict[str, Any], expected: bool
) -> None:
    assert expired(policy, days, **known) is expected
