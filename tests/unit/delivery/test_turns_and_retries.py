"""Whose message is next, and when one is tried again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from carteiro.delivery import retries
from carteiro.delivery.turns import STEP, Turns, urgency
from carteiro.model.kinds import TemplateType

NOW = 1_800_000_000_000
CODE, INVITATION = TemplateType.SIGN_IN, TemplateType.ORGANIZATION_INVITATION


def test_urgency_comes_before_everything_else() -> None:
    turns = Turns()
    for _ in range(100_000):
        last_invitation = turns.priority("acme", INVITATION, NOW)
    late_code = turns.priority("acme", CODE, NOW + 10**9)
    late_factor = turns.priority("acme", TemplateType.MFA_VERIFICATION, NOW + 10**9)
    assert last_invitation < late_code < late_factor
    assert urgency(TemplateType.FORGOT_PASSWORD) == urgency(TemplateType.MFA_VERIFICATION)


def test_a_flood_stands_behind_who_asks_for_little() -> None:
    turns = Turns()
    flood = [turns.priority("flood", CODE, NOW) for _ in range(10_000)]
    quiet = turns.priority("quiet", CODE, NOW)
    ahead = sum(1 for priority in flood if priority >= quiet)
    assert ahead <= 1_000 // STEP
    assert flood == sorted(flood, reverse=True), "within a tenant the first is the first"


def test_a_flood_that_is_over_is_forgiven() -> None:
    turns = Turns()
    for _ in range(1_000):
        turns.priority("flood", CODE, NOW)
    later = NOW + 1_000 * STEP
    assert turns.priority("flood", CODE, later) == turns.priority("quiet", CODE, later)


@given(st.sampled_from(TemplateType), st.integers(0, 4_102_444_800_000))
def test_a_priority_fits_into_the_engines_column(kind: TemplateType, now: int) -> None:
    assert -(2**31) <= Turns().priority("acme", kind, now) < 2**31


@given(st.integers(1, 1000), st.booleans(), st.floats(0, 1, exclude_max=True))
def test_pauses_double_within_bounds(attempts: int, expires: bool, chance: float) -> None:
    longest = retries.LONGEST_FOR_CODES if expires else retries.LONGEST
    pause = retries.pause(attempts, expires=expires, chance=lambda: chance)
    assert retries.FIRST / 2 <= pause <= longest * 1.5
    steady = [retries.pause(n, expires=expires, chance=lambda: 0.5) for n in (1, 2, 3, 4)]
    assert steady == [1_000, 2_000, 4_000, 8_000]


def test_nothing_is_sent_after_its_time() -> None:
    assert not retries.over(NOW, created_at=NOW, expires_at=NOW + 1)
    assert retries.over(NOW + 1, created_at=NOW, expires_at=NOW + 1)
    assert not retries.over(NOW + 86_399_999, created_at=NOW, expires_at=None)
    assert retries.over(NOW + 86_400_000, created_at=NOW, expires_at=None)
