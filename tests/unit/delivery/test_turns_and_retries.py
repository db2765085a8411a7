"""Whose message is next, and when one is tried again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from carteiro.delivery.hands import retries
from carteiro.model.kinds import TemplateType
from carteiro.model.turns import STEP, Turns, of_webhook, urgency

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


def test_the_clocks_of_the_tenants_that_were_quiet_the_longest_are_forgotten() -> None:
    turns = Turns()
    later = [turns.priority("flood", CODE, NOW) for _ in range(1_000)][-1] - 1
    for number in range(9_999):
        turns.priority(f"tenant {number}", CODE, NOW)
    kept = turns.priority("flood", CODE, NOW)
    for number in range(10_000):
        turns.priority(f"tenant {number}", CODE, NOW)

    assert kept <= later
    assert turns.priority("flood", CODE, NOW) == turns.priority("quiet", CODE, NOW)


def test_every_kind_has_its_urgency() -> None:
    most = dict.fromkeys(TemplateType, 1)

    assert {kind: urgency(kind) for kind in TemplateType} == {
        **most,
        TemplateType.MFA_VERIFICATION: 2,
        TemplateType.BIND_MFA: 2,
        TemplateType.FORGOT_PASSWORD: 2,
        TemplateType.ORGANIZATION_INVITATION: 0,
        TemplateType.PASSWORD_CHANGED: 0,
        TemplateType.EMAIL_CHANGED: 0,
        TemplateType.PHONE_CHANGED: 0,
        TemplateType.MFA_CHANGED: 0,
        TemplateType.SESSIONS_ENDED: 0,
        TemplateType.NEW_DEVICE: 0,
    }


def test_places_of_an_urgency_are_the_seconds_since_2026_downwards() -> None:
    # 2026-01-01T00:00:00Z, as `date -u -d 2026-01-01 +%s` has it. Three times 1.4 billion places
    # stand around zero, so that the lowest is -2.1 billion.
    begins, places = 1_767_225_600_000, 1_400_000_000
    patient = -2_100_000_000 + places - 1

    moments = (begins - 5_000, begins, begins + 999, begins + 1_000, begins + 60_000)
    assert [of_webhook(moment) for moment in moments] == [
        patient,
        patient,
        patient,
        patient - 1,
        patient - 60,
    ]
    assert of_webhook(begins + (places - 1) * 1000) == -2_100_000_000
    assert of_webhook(begins + places * 1000) == -2_100_000_000
    assert Turns().priority("t", INVITATION, begins) == patient
    assert Turns().priority("t", CODE, begins) == patient + places
    assert Turns().priority("t", TemplateType.BIND_MFA, begins) == patient + 2 * places


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


def test_jitter_is_half_of_a_pause_to_either_side() -> None:
    pauses = [retries.pause(2, expires=True, chance=lambda at=at: at) for at in (0.0, 0.25, 1.0)]

    assert pauses == [1_000, 1_500, 3_000]


def test_the_first_pause_is_a_second_and_the_longest_depends_on_what_waits() -> None:
    def steady(attempts: int, *, expires: bool) -> int:
        return retries.pause(attempts, expires=expires, chance=lambda: 0.5)

    assert [steady(attempts, expires=True) for attempts in (0, 1, 6, 7, 99)] == [
        *(1_000, 1_000, 32_000),
        *(60_000, 60_000),
    ]
    assert [steady(attempts, expires=False) for attempts in (10, 11, 10_000)] == [
        *(512_000, 900_000, 900_000),
    ]
