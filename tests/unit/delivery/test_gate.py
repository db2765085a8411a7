"""The circuit breaker and the pace, with time that the test owns."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from carteiro.delivery.gates.gate import (
    FAILURES,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Breaker,
    Circuit,
    Gate,
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


def test_a_breaker_counts_down_to_the_probe_and_makes_others_wait_for_it() -> None:
    breaker = opened()

    assert breaker.wait(FIRST_PAUSE - 1) == 1
    assert breaker.state(FIRST_PAUSE - 1) is Circuit.OPEN
    assert breaker.wait(FIRST_PAUSE) == 0
    assert breaker.wait(FIRST_PAUSE) == FIRST_PAUSE


def test_a_success_makes_the_next_pause_a_short_one_again() -> None:
    breaker = opened()
    assert breaker.wait(FIRST_PAUSE) == 0
    breaker.failed(FIRST_PAUSE)
    assert breaker.wait(3 * FIRST_PAUSE) == 0
    breaker.succeeded()
    for _ in range(FAILURES):
        breaker.failed(100_000)

    assert breaker.wait(100_000) == FIRST_PAUSE


def test_what_was_under_way_when_it_opened_begins_the_pause_anew_and_does_not_double_it() -> None:
    breaker = opened()
    breaker.failed(4_000)

    assert breaker.wait(4_000) == FIRST_PAUSE


def throttled(limits: Limits, retry_after: float | None = None) -> Pacer:
    """Throttled at 100 after two messages 100 ms apart: measured at 20 % of ten a second."""
    pacer = Pacer(limits)
    for now in (0, 100):
        pacer.began(now)
        pacer.ended(1)
    pacer.throttled(100, retry_after)
    return pacer


def test_half_of_the_pace_that_was_seen_grows_by_a_quarter_a_second_and_is_forgotten() -> None:
    pacer = throttled(Limits())

    assert [pacer.is_paused(now) for now in (100, 1_099, 1_100)] == [True, True, False]
    assert [pacer.rate(1_100 + 1_000 * second) for second in (0, 1, 2)] == [1, 1.25, 1.5625]
    assert pacer.rate(7_100) == 1.25**6
    assert [pacer.rate(now) for now in (8_100, 1_100)] == [None, None]


def test_a_pace_of_exactly_four_times_as_fast_still_holds() -> None:
    pacer = throttled(Limits())
    at_four_times = 1_100 + 1000 * math.log(4) / math.log(1.25)

    assert pacer.rate(int(at_four_times)) is not None
    assert pacer.rate(int(at_four_times) + 1) is None


def test_what_is_learned_never_lifts_what_is_configured_and_never_ends_all_sending() -> None:
    half, slow = throttled(Limits(per_second=0.5)), throttled(Limits(per_second=0.3))

    assert [half.rate(now) for now in (1_100, 2_100, 7_100, 60_000)] == [0.25, 0.3125, 0.5, 0.5]
    assert slow.rate(1_100) == 0.2


def test_refusals_of_what_was_under_way_together_are_one_reason_to_slow_down() -> None:
    pacer = throttled(Limits())
    pacer.throttled(101, 5.0)
    pacer.throttled(102, 1.0)

    assert pacer.wait(102, 1) == 5_101 - 102
    assert pacer.rate(1_100) == 1


def test_after_the_pause_one_message_goes_at_once_and_the_next_at_the_new_pace() -> None:
    pacer = throttled(Limits())

    assert [pacer.wait(1_100, 1) for _ in range(2)] == [0, 1_000]


def test_messages_that_begin_in_one_millisecond_are_measured_as_one_apart() -> None:
    pacer = Pacer(Limits())
    for _ in range(2):
        pacer.began(0)
    pacer.throttled(0, None)

    assert pacer.rate(1_000) == 0.2 * 1000 / 2


def test_a_rest_allows_a_quarter_of_a_second_at_once() -> None:
    pacer = Pacer(Limits(per_second=40))
    assert pacer.wait(0, 1) == 0

    waits = [pacer.wait(10_000, 1) for _ in range(12)]

    assert waits == [*[0] * 10, 25, 50]


def test_a_message_goes_in_the_millisecond_of_its_place() -> None:
    pacer = Pacer(Limits(per_second=10))

    assert [pacer.wait(now, 1) for now in (0, 99, 100)] == [0, 100, 0]


def test_places_among_those_under_way_are_divided_by_processes_and_each_keeps_one() -> None:
    def admits(pacer: Pacer, default: int | None = None) -> int:
        while pacer.wait(0, 1, concurrent=default) == 0 and pacer.under_way < 9:
            pacer.began(0)
        return pacer.under_way

    halved, shared_out = Pacer(Limits(concurrent=5)), Pacer(Limits(concurrent=2))
    halved.shared_by(2)
    shared_out.shared_by(3)
    alone = Pacer(Limits(concurrent=5))
    alone.shared_by(0)

    assert (admits(halved), admits(shared_out), admits(alone)) == (2, 1, 5)
    assert admits(Pacer(Limits()), default=3) == 3
    assert admits(Pacer(Limits(concurrent=5)), default=3) == 5


def test_who_waits_for_a_place_waits_as_long_as_messages_have_taken() -> None:
    pacer = Pacer(Limits(concurrent=2))
    for _ in range(2):
        pacer.began(0)

    assert [pacer.wait(0, 1) for _ in range(2)] == [50, 100]
    assert pacer.wait(90, 1) == 60, "behind the one before"
    assert pacer.wait(1_000, 1) == 50, "nobody is before it any more"
    pacer.ended(200)
    pacer.began(1_000)
    assert pacer.wait(5_000, 1) == 60, "100 ms, and a fifth of the way to 200"


def test_every_wait_is_a_millisecond_at_least() -> None:
    pacer = Pacer(Limits(per_second=4_000))
    for _ in range(1_000):
        waited = pacer.wait(0, 1)
        if waited:
            break

    assert waited == 1


def test_a_gate_keeps_the_limits_of_its_connector() -> None:
    limits = Limits(per_second=3)

    assert Gate(limits).pacer.limits == limits
    assert Gate().pacer.limits == Limits(per_second=None, concurrent=None)


def test_a_refusal_after_the_pause_halves_the_pace_again() -> None:
    pacer = throttled(Limits())
    pacer.throttled(1_100, None)

    assert pacer.rate(2_100) == 0.5


def test_a_fast_pace_begins_again_with_one_message_and_not_with_many() -> None:
    pacer = Pacer(Limits())
    for now in range(0, 1_000, 10):
        pacer.began(now)
        pacer.ended(1)
    pacer.throttled(1_000, 0.5)

    waits = [pacer.wait(1_500, 1) for _ in range(3)]

    assert waits == [0, 20, 40], "half of a hundred a second"


def test_each_that_ends_makes_room_for_one() -> None:
    pacer = Pacer(Limits(concurrent=3))
    for _ in range(3):
        pacer.began(0)
    pacer.ended(1)
    pacer.began(1)

    full = pacer.wait(1, 1)
    pacer.ended(1)
    pacer.ended(1)

    assert full > 0
    assert pacer.under_way == 1


def test_who_is_urgent_does_not_wait_behind_those_who_wait_for_a_place() -> None:
    pacer = Pacer(Limits(concurrent=1))
    pacer.began(0)

    patient = [pacer.wait(0, 0) for _ in range(3)]

    assert patient == [100, 200, 300]
    assert pacer.wait(0, 2) == 100


def test_a_rest_at_a_slow_pace_allows_one_at_once() -> None:
    pacer = Pacer(Limits(per_second=2))
    assert pacer.wait(0, 1) == 0

    assert [pacer.wait(10_000, 1) for _ in range(2)] == [0, 500]
