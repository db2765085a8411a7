"""The circuit breaker and the pace, with time that the test owns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from carteiro.delivery.gate import (
    FAILURES,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Breaker,
    Circuit,
    Limits,
    Pacer,
)


def opened(now: int = 0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.wait(now) == 0
        breaker.failed(now)
    return breaker


def test_it_opens_after_failures_in_a_row_and_not_before() -> None:
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker.failed(0)
    breaker.succeeded()
    for _ in range(FAILURES - 1):
        breaker.failed(0)
    assert breaker.state(0) is Circuit.CLOSED
    breaker.failed(0)
    assert breaker.state(0) is Circuit.OPEN
    assert breaker.wait(0) == FIRST_PAUSE


def test_one_message_goes_through_after_the_pause() -> None:
    breaker = opened()
    now = FIRST_PAUSE
    assert breaker.state(now) is Circuit.HALF_OPEN
    assert breaker.wait(now) == 0
    assert breaker.wait(now) > 0, "only one"
    breaker.succeeded()
    assert (breaker.state(now), breaker.wait(now)) == (Circuit.CLOSED, 0)


def test_each_failed_probe_doubles_the_pause_up_to_a_bound() -> None:
    breaker, now, pauses = opened(), 0, []
    for _ in range(8):
        pauses.append(breaker.wait(now))
        now += pauses[-1]
        assert breaker.wait(now) == 0
        breaker.failed(now)
    assert pauses == [10_000, 20_000, 40_000, 80_000, *[LONGEST_PAUSE] * 4]


def test_a_probe_that_was_not_made_leaves_room_for_another() -> None:
    breaker = opened()
    assert breaker.wait(FIRST_PAUSE) == 0
    breaker.withdraw()
    assert breaker.wait(FIRST_PAUSE) == 0


def admitted(pacer: Pacer, until: int, *, step: int = 10, urgency: int = 1) -> int:
    """How many messages begin when one asks every ``step`` milliseconds."""
    count = 0
    for now in range(0, until, step):
        if pacer.wait(now, urgency) == 0:
            pacer.began(now)
            pacer.ended(1)
            count += 1
    return count


def test_a_rate_is_kept_and_shared_by_processes() -> None:
    assert 100 <= admitted(Pacer(Limits(per_second=10)), 10_000) <= 105
    shared = Pacer(Limits(per_second=10))
    shared.shared_by(4)
    assert 25 <= admitted(shared, 10_000) <= 28


def test_without_a_limit_everything_passes() -> None:
    assert admitted(Pacer(Limits()), 1_000) == 100


def test_as_many_as_allowed_are_under_way() -> None:
    pacer = Pacer(Limits(concurrent=3))
    for _ in range(3):
        assert pacer.wait(0, 1) == 0
        pacer.began(0)
    assert pacer.wait(0, 1) > 0
    pacer.ended(50)
    assert pacer.wait(0, 1) == 0


def test_those_who_wait_are_given_times_one_behind_the_other() -> None:
    pacer = Pacer(Limits(per_second=10))
    assert pacer.wait(0, 0) == 0
    waits = [pacer.wait(0, 0) for _ in range(50)]
    assert waits == sorted(waits)
    assert 4_500 <= waits[-1] <= 5_500
    assert pacer.wait(0, 2) <= 100, "who is urgent does not queue behind them"


def test_throttling_stops_then_halves_the_pace_then_recovers() -> None:
    pacer = Pacer(Limits())
    for now in range(0, 1_000, 20):  # fifty a second
        assert pacer.wait(now, 1) == 0
        pacer.began(now)
        pacer.ended(5)
    pacer.throttled(1_000, 2.0)
    assert pacer.wait(1_000, 1) == 2_000
    assert pacer.wait(2_999, 1) == 1
    rate = pacer.rate(3_000)
    assert rate is not None
    assert 15 <= rate <= 30
    later = pacer.rate(8_000)
    assert later is not None
    assert later > rate
    assert pacer.rate(60_000) is None, "it has recovered"


def test_the_first_message_throttled_waits_as_told_and_no_longer() -> None:
    pacer = Pacer(Limits())
    assert pacer.wait(0, 1) == 0
    pacer.began(0)
    pacer.ended(5)
    pacer.throttled(5, 1.0)
    assert pacer.wait(5, 1) == 1_000
    assert pacer.wait(1_005, 1) == 0


@given(
    per_second=st.floats(0.1, 500),
    gaps=st.lists(st.integers(0, 2_000), min_size=1, max_size=200),
)
def test_a_rate_is_never_exceeded_over_any_window(per_second: float, gaps: list[int]) -> None:
    pacer, now, begun = Pacer(Limits(per_second=per_second)), 0, []
    for gap in gaps:
        now += gap
        if pacer.wait(now, 1) == 0:
            begun.append(now)
    burst = max(1.0, per_second / 4)
    for first in range(len(begun)):
        for last in range(first, len(begun)):
            span = (begun[last] - begun[first]) / 1000
            assert last - first + 1 <= burst + span * per_second + 1
