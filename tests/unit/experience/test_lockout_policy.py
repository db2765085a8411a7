"""What a tenant's ``sentinelPolicy`` means, whatever it says."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.experience.guards.lockouts import Lockout, lockout_policy

MINUTE = 60_000


@pytest.mark.parametrize(
    ("stored", "attempts", "minutes"),
    [
        (None, 100, 60),
        ({}, 100, 60),
        ({"maxAttempts": None, "lockoutDuration": None}, 100, 60),
        ({"maxAttempts": 5}, 5, 60),
        ({"lockoutDuration": 0.5}, 100, 0.5),
        ({"maxAttempts": 2.5}, 3, 60),
        ({"maxAttempts": 0, "lockoutDuration": -1}, 1, 0),
        ({"maxAttempts": -7}, 1, 60),
        ({"maxAttempts": 10**30, "lockoutDuration": 10**30}, 1000, 365 * 24 * 60),
        ({"maxAttempts": float("inf"), "lockoutDuration": float("nan")}, 1000, 60),
    ],
)
def test_a_setting_without_bounds_has_an_effect_within_some(
    stored: dict[str, Any] | None, attempts: int, minutes: float
) -> None:
    policy = lockout_policy(stored)

    assert (policy.attempts, policy.duration) == (attempts, minutes * MINUTE)


@pytest.mark.parametrize(
    ("remaining", "said"), [(1, "1 minute."), (MINUTE, "1 minute."), (MINUTE + 1, "2 minutes.")]
)
def test_the_time_is_said_in_whole_minutes(remaining: int, said: str) -> None:
    assert Lockout(remaining=remaining).error().message.endswith(f"Try again in {said}")
